"""Makes docs/pictures anew: every widget in a real JupyterLab, and the webmail; light and dark, wide and narrow, midway
and in error.

`python tasks.py pictures [WORD ...]` makes all, or those whose name holds one of the words. A widget's scenes are in
SCENES: the cells that show it, and what the learner does then.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the tests' own house is used

from PIL import Image  # noqa: E402
from playwright.sync_api import Locator  # noqa: E402

from tests.browser.house import House  # noqa: E402
from tests.browser.looks import set_width  # noqa: E402
from tools.cells import BOXES, DESKS, IMAP, POP3, READ  # noqa: E402
from tools.letters import scenes as of_letters  # noqa: E402
from tools.pages import scenes as of_pages  # noqa: E402
from tools.reports import scenes as of_reports  # noqa: E402
from tools.seals import scenes as of_seals  # noqa: E402
from tools.verdicts import scenes as of_verdicts  # noqa: E402
from tools.webmail import take as take_webmail  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
WIDE, NARROW = 880, 420  # px, of the widget
MARGIN = 16
TALL = {"width": 1280, "height": 3400}  # px: each widget is in sight as a whole
# Our pages are flat surfaces and letters with smooth edges: with 64 colours no loss is seen, and everybody who clones
# the repository pays for a third of the octets. 32 would save a tenth more, and accents turn grey.
COLOURS = 64
FONTS = "Inter, system-ui, sans-serif"

STYLE = f"""
body {{ --jp-ui-font-family: {FONTS}; }}
.jp-OutputPrompt {{ visibility: hidden; }}
.lm-face:not(.lm .lm-face) {{ box-sizing: content-box; padding: {MARGIN}px; background: var(--jp-layout-color0); }}
"""

LAB = "from labmail import Lab, cake\nimport labmail.widgets as widgets\nlab = Lab('01-smtp-dialog')"
SEND = (
    "import smtplib\nwith lab.at('mail.example.net'), smtplib.SMTP('mx1.example.com') as smtp:\n"
    "    smtp.helo()\n    smtp.sendmail('alice@example.net', ['bob@example.com'], cake)"
)
STEPPER = "widgets.Stepper(lab, title='Alice’s server hands the letter to Bob’s server')"
SAMPLE = "from tests.lessons.sample import predict"
LESSONS = "from labmail.lessons import check, predict, reveal"
ANSWERS = "dict(a='go on', b='try later', c='give up', d='send the rest', e='try later')"
CONVERSATION = "lab.conversation('mail.example.net', 'mx1.example.com')"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`act` is what happens before the picture is taken; `shows` is the cell whose widget it shows."""

    cells: tuple[str, ...]
    act: Callable[[Locator], None] = lambda widget: None
    shows: int = -1
    narrow: bool = True
    dark: bool = True


def settle(widget: Locator) -> None:
    widget.page.wait_for_timeout(120)
    widget.page.wait_for_function("(e) => !e.querySelector('[aria-busy]')", arg=widget.element_handle())


def press(widget: Locator, name: str, times: int = 1) -> None:
    for _ in range(times):
        widget.get_by_role("button", name=name).click()
        settle(widget)


def predicted(widget: Locator, choice: str) -> None:
    widget.get_by_role("radio", name=choice).check()
    press(widget, "Commit")


def to_data(widget: Locator) -> None:
    press(widget, "Next", 3)
    predicted(widget, "yes, and the address it sees")
    press(widget, "Next", 3)
    predicted(widget, "yes, this mailbox is here")
    press(widget, "Next")


def asking(widget: Locator) -> None:
    to_data(widget)
    widget.get_by_role("radio", name="yes, the letter is accepted").check()


def wrong(widget: Locator) -> None:
    to_data(widget)
    predicted(widget, "yes, the letter is accepted")


def own(widget: Locator) -> None:
    press(widget, "Next", 2)
    for line in ("MAIL FROM:<alice@example.net>", "EHLO mail.example.net", "MAIL FROM:<alice@example.net>"):
        widget.get_by_label("Your own line").fill(line)
        press(widget, "Send")
    widget.get_by_label("Your own line").fill("RCPT TO:<nobody@example.com>")
    press(widget, "Send")


def cut(widget: Locator) -> None:
    press(widget, "Next", 3)
    predicted(widget, "yes, and the address it sees")
    page = widget.page
    page.evaluate(
        "async () => { const k = jupyterapp.shell.currentWidget.sessionContext.session.kernel;"
        " await k.requestExecute({ code: 'lab.reset()' }).done; }"
    )
    press(widget, "Next")


def line(number: int) -> Callable[[Locator], None]:
    return lambda widget: widget.get_by_role("option").nth(number).click()


BASE = "from labmail import Lab, cake, widgets\nlab = Lab()"
JOURNEY = (
    f"{BASE}\nlab.host('mx1.example.com').stop()\nlab.send(cake, 'bob@example.com')\nlab.dig('nobody.example.com')"
)
TIMELINE = "widgets.Timeline(lab.record, title='How Alice’s letter reached Bob')"
SENDING = "widgets.Journey(lab)"
EXPLORER = "widgets.DnsExplorer(lab)"


def event(text: str) -> Callable[[Locator], None]:
    """Step to the event that says this: what the detail shows then stands beside it."""

    def step(widget: Locator) -> None:
        while text not in (widget.locator(".lm-live").first.text_content() or ""):
            widget.get_by_role("button", name="Next").click()

    return step


def crossed(widget: Locator) -> None:
    """Alice's letter is sent, and has arrived."""
    press(widget, "Send Alice’s letter")
    widget.get_by_text(re.compile("Bob’s mailbox holds")).wait_for()


def judged(widget: Locator) -> None:
    """Bob's phone has fetched it, and what vouches for it is read."""
    crossed(widget)
    press(widget, "Fetch Bob’s mail on phone.example.com")
    widget.get_by_text("a copy is there").wait_for()
    widget.get_by_role("button", name=re.compile("^DMARC")).click()


def unplugged(widget: Locator) -> None:
    press(widget, "Unplug mx1.example.com")
    crossed(widget)
    while "nobody listens" not in (widget.locator(".lm-live").first.text_content() or ""):
        widget.get_by_role("button", name="Back").click()


def every_line(widget: Locator) -> None:
    press(widget, "Every line")
    event("Don't forget")(widget)


def last_event(widget: Locator) -> None:
    widget.locator("[role=option][tabindex='0']").focus()
    widget.page.keyboard.press("End")


def fallback(widget: Locator) -> None:
    event("mx1 →")(widget)
    press(widget, "Stop mx1.example.com")
    press(widget, "Send the cake")


def wrong_zone(widget: Locator) -> None:
    fallback(widget)
    zone = widget.get_by_label("Zone file of example.com")
    zone.fill(f"{zone.input_value()}mx1    CNAME mail\n")
    press(widget, "Publish the zone")


def negative(widget: Locator) -> None:
    widget.get_by_label("Name", exact=True).fill("nobody.example.com")
    widget.get_by_label("Type", exact=True).select_option("A")
    press(widget, "Ask")
    event("NXDOMAIN")(widget)


def earlier(widget: Locator) -> None:
    press(widget, "Back", 3)


SCENES = {
    "mailboxes": Scene(cells=(BASE, DESKS, BOXES)),
    "mailboxes-earlier": Scene(cells=(BASE, DESKS, BOXES), act=earlier, narrow=False),
    "conversation-pop3": Scene(cells=(BASE, POP3, READ), act=event("PASS teaching")),
    "conversation-imap": Scene(cells=(BASE, IMAP, READ), act=event("EXISTS")),
    "timeline-imap": Scene(cells=(BASE, IMAP, TIMELINE), act=event("EXISTS"), narrow=False),
    "stepper-start": Scene(cells=(LAB, STEPPER), narrow=False),
    "stepper-asking": Scene(cells=(LAB, STEPPER), act=asking),
    "stepper-answered": Scene(cells=(LAB, STEPPER), act=wrong),
    "stepper-own-lines": Scene(cells=(LAB, STEPPER), act=own, narrow=False),
    "stepper-error": Scene(cells=(LAB, STEPPER), act=cut, narrow=False),
    "conversation": Scene(cells=(LAB, SEND, CONVERSATION), act=line(5)),
    "journey-before": Scene(cells=(BASE, SENDING)),
    "journey": Scene(cells=(BASE, SENDING), act=judged),
    "journey-unplugged": Scene(cells=(BASE, SENDING), act=unplugged),
    "timeline": Scene(cells=(JOURNEY, TIMELINE), act=event("RCPT TO")),
    "timeline-every-line": Scene(cells=(JOURNEY, TIMELINE), act=every_line, narrow=False),
    "timeline-lookup": Scene(cells=(JOURNEY, TIMELINE), act=event("10 mx1"), narrow=False),
    "timeline-error": Scene(cells=(JOURNEY, TIMELINE), act=event("nobody listens"), narrow=False),
    "timeline-end": Scene(cells=(JOURNEY, TIMELINE), act=last_event, narrow=False),
    "dns-explorer": Scene(cells=(BASE, EXPLORER), act=fallback),
    "dns-explorer-error": Scene(cells=(BASE, EXPLORER), act=wrong_zone),
    "dns-explorer-no-such-name": Scene(cells=(BASE, EXPLORER), act=negative, narrow=False),
    "predict": Scene(cells=(SAMPLE, "predict('first-verdict')"), act=lambda w: w.get_by_role("radio").nth(1).check()),
    "predict-committed": Scene(cells=(SAMPLE, "p = predict('first-verdict')\np.commit('b')\np"), narrow=False),
    "reveal-covered": Scene(cells=(LESSONS, "reveal('helo-name', 1)"), narrow=False),
    "reveal-open": Scene(
        cells=(LAB, SEND, LESSONS, f"predict('helo-name').commit('a')\nreveal('helo-name', {CONVERSATION})"),
        act=line(2),
    ),
    "check-right": Scene(cells=(LESSONS, f"check('next-step', {ANSWERS})")),
    "check-not-yet": Scene(cells=(LESSONS, f"check('next-step', {ANSWERS} | dict(e='give up'))"), narrow=False),
    "check-open": Scene(cells=(LESSONS, f"check('next-step', {ANSWERS} | dict(b=..., d=...))"), narrow=False),
    **of_letters(Scene),
    **of_pages(Scene),
    **of_seals(Scene),
    **of_reports(Scene),
    **of_verdicts(Scene),
}


def save(shot: bytes, name: str) -> None:
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    picture = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)  # rare ones too
    picture.save(PICTURES / f"{name}.png", optimize=True)
    print(f"docs/pictures/{name}.png")


def shoot(widget: Locator, name: str) -> None:
    widget.page.mouse.move(0, 0)
    settle(widget)
    save(widget.locator("xpath=ancestor::*[contains(@class, 'lm-face')][last()]").screenshot(), name)


def take(house: House, name: str, scene: Scene) -> None:
    with house.notebook(*scene.cells) as book:
        if errors := book.errors():
            raise SystemExit(f"{name}: {errors}")
        widget = book.widget(scene.shows % len(scene.cells))
        set_width(widget, WIDE)
        scene.act(widget)
        for width in (WIDE, NARROW) if scene.narrow else (WIDE,):
            set_width(widget, width)
            for dark in (False, True) if scene.dark else (False,):
                house.theme(dark)
                shoot(widget, "-".join([name, *["narrow"] * (width == NARROW), "dark" if dark else "light"]))
        house.theme(dark=False)


def main(words: list[str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with House(scale=2) as house:
        house.page.set_viewport_size(TALL)
        house.page.add_style_tag(content=STYLE)
        for name, scene in SCENES.items():
            if not words or any(word in name for word in words):
                take(house, name, scene)
        take_webmail(house, words, save)
        if house.faults:
            raise SystemExit("\n".join(["while the pictures were made:", *house.faults]))


if __name__ == "__main__":
    main(sys.argv[1:])
