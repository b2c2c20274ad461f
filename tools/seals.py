"""The scenes of what is sealed and what is not, for pictures.py: two views of one conversation, a handshake."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator

ENDS = '"mail.example.net", "mx1.example.com"'
SENT = "from labmail import Lab, cake, widgets\nlab = Lab()\n{act}lab.send(cake, 'bob@example.com')"
VIEWS = f"widgets.TwoViews(lab.conversation({ENDS}))"
SHAKEN = f"widgets.Handshake(lab.conversation({ENDS}))"
OLD = """from labmail import Lab, widgets
import smtplib, ssl
lab = Lab()
context = ssl.create_default_context(cafile=lab.ca_file)
context.maximum_version = ssl.TLSVersion.TLSv1_2
with lab.at("mail.example.net"), smtplib.SMTP("mx1.example.com") as smtp:
    smtp.starttls(context=context)"""

LAB = "from labmail import Lab, widgets\nlab = Lab()"
CERTIFICATE = 'widgets.Certificate(lab, "mx1.example.com")'
ATTACKER = "widgets.Attacker(lab)"
AT_HOME = 'widgets.Attacker(lab, "laptop.example.net")'
RELAY = 'widgets.Relay(lab, "mx1.example.com")'


def sent(act: str = "") -> str:
    """A letter, after what somebody on the wire does."""
    return SENT.format(act=f"lab.wire({ENDS}).{act}\n" if act else "")


def row(text: str) -> Callable[[Locator], None]:
    return lambda widget: widget.get_by_role("option").filter(has_text=text).first.click()


def press(fact: str) -> Callable[[Locator], None]:
    return lambda widget: widget.get_by_role("listitem").filter(has_text=fact).get_by_role("button").click()


def opened(widget: Locator) -> None:
    widget.get_by_role("button", name="Open relay").click()
    widget.get_by_text("Asked again").wait_for()


def shelf(kind: str) -> Callable[[Locator], None]:
    def choose(widget: Locator) -> None:
        widget.get_by_role("button", name=kind).click()
        widget.get_by_text(f"{kind}: refused").wait_for()

    return choose


def attacked(name: str) -> Callable[[Locator], None]:
    def attack(widget: Locator) -> None:
        widget.get_by_role("switch", name=name).check()
        widget.get_by_text("only listens").wait_for(state="detached")
        widget.get_by_role("button", name="Send Alice’s letter").click()
        widget.get_by_text(re.compile("The letter (arrived|went)")).wait_for()

    return attack


def filtered(widget: Locator) -> None:
    send = widget.get_by_role("button", name="Send Alice’s letter")
    send.click()
    widget.get_by_text("its provider lets nobody out there").wait_for()
    widget.get_by_role("button", name="Through her provider").click()
    widget.get_by_text("takes it on 587").wait_for()
    send.click()
    widget.get_by_text("took the letter on port 587").wait_for()


def sealed(widget: Locator) -> None:
    widget.get_by_role("button", name="To the handshake").click()
    row("MAIL FROM")(widget)


def scenes(scene: Any) -> dict[str, Any]:
    return {
        "two-views": scene(cells=(sent(), VIEWS), act=sealed),
        "two-views-start": scene(cells=(sent(), VIEWS), narrow=False, dark=False),
        "two-views-stripped": scene(cells=(sent("strip()"), VIEWS), act=row("STARTTLS")),
        "handshake": scene(cells=(sent(), SHAKEN), act=press("Server’s name")),
        "handshake-sealed": scene(cells=(sent(), SHAKEN), act=press("Certificate"), narrow=False),
        "handshake-1.2": scene(cells=(OLD, SHAKEN), act=press("Certificate"), narrow=False),
        "relay": scene(cells=(LAB, RELAY)),
        "relay-open": scene(cells=(LAB, RELAY), act=opened),
        "certificate": scene(cells=(LAB, CERTIFICATE), narrow=False, dark=False),
        "certificate-unknown-ca": scene(cells=(LAB, CERTIFICATE), act=shelf("unknown CA")),
        "certificate-wrong-host": scene(cells=(LAB, CERTIFICATE), act=shelf("wrong host"), narrow=False),
        "attacker-before": scene(cells=(LAB, ATTACKER), narrow=False, dark=False),
        "attacker": scene(cells=(LAB, ATTACKER), act=attacked("Strip STARTTLS")),
        "attacker-forge": scene(cells=(LAB, ATTACKER), act=attacked("Forge the MX answer"), narrow=False, dark=False),
        "attacker-home": scene(cells=(LAB, AT_HOME), act=filtered),
        "attacker-lose": scene(cells=(LAB, ATTACKER), act=attacked("Lose everything"), narrow=False, dark=False),
        "two-views-stolen": scene(cells=(sent("substitute()"), VIEWS), act=row("TLS stands"), narrow=False),
    }
