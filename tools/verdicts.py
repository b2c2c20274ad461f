"""The scenes of verdicts, for pictures.py: SPF word by word, a DKIM signature and what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator

BASE = "from labmail import Lab, cake, widgets\nlab = Lab()"
EARLY = "mx1 = lab.host('mx1.example.com')\nmx1.spf_at, mx1.check_dkim, mx1.check_dmarc = 'MAIL', False, False"
LISTED = """widgets.RecordBench(lab, 'example.net', name='_dmarc')
widgets.DmarcEvidence(lab.conversation('list.alumni.example', 'mx1.example.com'))"""
DEEP = """from labmail import verify
lab.zone('example.net')['_dmarc', 'TXT'] = 'v=DMARC1; p=none; sp=quarantine; adkim=s; t=y; pct=50'
verify(cake.replace('alice@example.net', 'alice@news.shop.example.net'), ip='192.0.2.67', helo='mail.example.net',
       mail_from='alice@example.net', resolver=lab.resolver)"""
RETURNED = """lab.submit(cake, ['nobody@example.com', 'bob@nowhere.example'])
widgets.Bounce(lab, lab.wait_for_mail('alice@example.net', 1)[-1])"""
LATE = """lab.host('mx1.example.com').spf_at = 'later'
lab.send(cake, 'bob@example.com', at='mallory.example')
widgets.Bounce(lab, lab.wait_for_mail('alice@example.net', 1)[-1])"""
BOUNCE = "'bounce@alumni.example'"
ALUMNI = f"{BASE}\nfrom labmail import spf\nspf.check('203.0.113.80', 'list.alumni.example', {BOUNCE}, lab.resolver)"
PUBLISH = f"""{BASE}
from labmail import spf
def judge(record):
    lab.zone('example.net')['@', 'TXT'] = record
    return spf.check('203.0.113.66', 'mallory.example', 'alice@example.net', lab.resolver)
"""
SIGNED = f"""{BASE}
from labmail import cake, dkim
key = dkim.load("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")  # of RFC 8463 appendix A
lab.zone("example.net")["s1._domainkey", "TXT"] = key.record
signed = dkim.sign(cake, "s1", "example.net", key, now=lab.clock.now)
dkim.verify(b"Received: from mail.example.net by mx1.example.com\\r\\n" + signed.message, lab.resolver)"""
ELEVEN = "'v=spf1 ip4:192.0.2.67 ' + 'a:mail.example.net ' * 11 + '-all'"


def word(text: str) -> Callable[[Locator], None]:
    return lambda widget: widget.get_by_role("treeitem").filter(has_text=text).first.click()


def tamper(widget: Locator) -> None:
    """One octet of the body becomes another, by hand."""
    widget.get_by_role("option").filter(has_text="forget").click()
    widget.get_by_label("octet 30:").click()
    widget.page.keyboard.type(".")
    widget.get_by_text("hash differs", exact=True).wait_for()


def replayed(record: str, *ticks: str) -> Callable[[Locator], None]:
    """The record typed over, rows ticked, and replayed."""

    def act(widget: Locator) -> None:
        widget.get_by_role("textbox").fill(record)
        for name in ticks:
            widget.get_by_role("checkbox", name=name).check()
        widget.get_by_role("button", name="Replay").click()
        widget.get_by_text("What changed?").wait_for()

    return act


def letter(widget: Locator) -> None:
    """One word of the letter is another, and not yet sent."""
    widget.get_by_role("button", name="Letter").click()
    paper = widget.get_by_label("The letter, as it will be sent")
    paper.fill(paper.input_value().replace("cake!", "cakes!"))
    widget.get_by_role("checkbox", name="mail.example.net").check()


def turned(widget: Locator) -> None:
    """The receiver obeys p=reject, and the cell of the mailing list is chosen."""
    widget.get_by_role("button", name="obeyed").click()
    widget.locator("[data-at='other fail']").click()


def scenes(scene: Callable[..., Any]) -> dict[str, Any]:
    """Each by its name, made by pictures.py's own `Scene`."""
    return {
        "bounce": scene(cells=(f"{BASE}\n{RETURNED}",)),
        "bounce-late": scene(cells=(f"{BASE}\n{LATE}",), narrow=False),
        "bench": scene(cells=(f"{BASE}\n{EARLY}\nwidgets.RecordBench(lab, 'example.net')",)),
        "bench-replayed": scene(
            cells=(f"{BASE}\n{EARLY}\nwidgets.RecordBench(lab, 'example.net')",),
            act=replayed("v=spf1 ip4:192.0.2.67 ~all", "mallory.example", "mx.alumni"),
        ),
        "bench-letter": scene(
            cells=(f"{BASE}\nwidgets.RecordBench(lab, 'example.net', name='_dmarc')",), act=letter, narrow=False
        ),
        "bench-dmarc": scene(
            cells=(f"{BASE}\nwidgets.RecordBench(lab, 'example.net', name='_dmarc')",),
            act=replayed("v=DMARC1; p=none; pct=10; rua=mailto:dmarc@example.net", "mallory.example", "list.alumni"),
            narrow=False,
        ),
        "dmarc-evidence": scene(cells=(f"{BASE}\n{LISTED}",)),
        "dmarc-evidence-deep": scene(cells=(f"{BASE}\n{DEEP}",), narrow=False),
        "dkim-view": scene(cells=(SIGNED,)),
        "dkim-view-tampered": scene(cells=(SIGNED,), act=tamper),
        "matrix": scene(cells=("from labmail import widgets\nwidgets.Matrix()",)),
        "matrix-strict": scene(cells=("from labmail import widgets\nwidgets.Matrix()",), act=turned, narrow=False),
        "spf-tree": scene(cells=(ALUMNI,)),
        "spf-tree-inside": scene(cells=(ALUMNI,), act=word("ip4:198"), narrow=False),
        "spf-tree-broken": scene(cells=(f"{PUBLISH}judge('v=spf1 ipv4:192.0.2.67 mx -all')",), narrow=False),
        "spf-tree-eleven": scene(cells=(f"{PUBLISH}judge({ELEVEN})",)),
    }
