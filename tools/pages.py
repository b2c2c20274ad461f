"""The scenes of the browser widget: a mailbox, a letter of HTML, a cookie, a page that is not there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator

LETTER = (
    "From: Alice <alice@example.net>\\r\\nTo: bob@example.com\\r\\nSubject: The cake\\r\\nMIME-Version: 1.0\\r\\n"
    "Content-Type: text/html; charset=utf-8\\r\\n\\r\\n<h2>The cake is in the oven</h2><p>Come at <b>four</b>, and "
    "<a href='http://mallory.example/'>bring candles</a>.<img src='http://mallory.example/seen.gif'></p>"
)
LAB = f'from labmail import Lab, widgets\nlab = Lab()\nlab.send("{LETTER}", "bob@example.com")'
BROWSER = "browser = widgets.Browser(lab)"
LOGGED_IN = f'{BROWSER}\nbrowser.fill(user="bob", password="teaching-bob")\nbrowser.press("Log in")'


def drawn(widget: Locator) -> None:
    widget.locator("iframe[data-shown]").wait_for()
    widget.page.wait_for_timeout(200)


def cookie(widget: Locator) -> None:
    widget.get_by_role("button", name="Every line").click()
    widget.get_by_role("option").filter(has_text="Set-Cookie").first.click()
    drawn(widget)


def nowhere(widget: Locator) -> None:
    widget.get_by_label("Address").fill("mail.example.com/cake")
    widget.get_by_role("button", name="Go").click()
    widget.get_by_text("404 Not Found", exact=True).wait_for()
    drawn(widget)


def scenes(scene: Any) -> dict[str, Any]:
    return {
        "browser": scene(cells=(LAB, f"{LOGGED_IN}\nbrowser"), act=drawn),
        "browser-letter": scene(cells=(LAB, f'{LOGGED_IN}\nbrowser.press("The cake")\nbrowser'), act=drawn),
        "browser-cookie": scene(cells=(LAB, f"{BROWSER}\nbrowser"), act=cookie, narrow=False),
        "browser-error": scene(cells=(LAB, f"{BROWSER}\nbrowser"), act=nowhere, narrow=False),
    }
