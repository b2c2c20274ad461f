"""The pictures of the webmail: its own pages in a browser of this machine, as `labmail up` offers them.

Its letters come at different minutes of lab time and from three people, one of whom would like to know who reads.
"""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from itertools import product

from imapclient import IMAPClient
from playwright.sync_api import Page

from labmail import Lab, cake
from tests.browser.house import BROWSER_ARGS, House, browser_path

BOB = "bob@example.com"
SIZES = {"": {"width": 1100, "height": 440}, "narrow": {"width": 420, "height": 700}}  # px
FONT = ":root { --ui: Inter, system-ui, sans-serif; }"
PARTY = """<body style="background: #f5f1e8; font-family: Inter">
<table width="92%" align="center" bgcolor="#ffffff" cellpadding="18"><tr><td>
<h2 style="color: #8a3b12">Summer party</h2><img src="http://mallory.example/banner.png" width="320" height="72"
alt="A banner">
<p>Dear Bob, come on <b>Saturday</b> at four, and bring the cake.
<a href="http://mallory.example/yes?bob">I am coming</a></p>
<img src="http://mallory.example/seen.gif?bob" width="1" height="1"></td></tr></table></body>"""


def letter(sender: str, subject: str, text: str, page: str = "") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, f"Bob <{BOB}>", subject
    made["Date"] = "Mon, 01 Jun 2026 09:00:00 +0000"
    made.set_content(text)
    if page:
        made.add_alternative(page, subtype="html")
    return made.as_bytes().replace(b"\n", b"\r\n")


LETTERS = [
    cake.encode(),
    letter("Zoë Müller <zoe@alumni.example>", "Käsekuchen: das Rezept", "Hier ist es.\n"),
    letter("The club <chair@club.example>", "The summer party, and who brings what", "Come on Saturday.\n", PARTY),
    letter("Alice <alice@example.net>", "Candles", "I have twelve.\n"),
]


def inbox(page: Page) -> None:
    page.locator("h1", has_text="Inbox").wait_for()


def read(page: Page) -> None:
    page.goto(page.url.replace("mailbox", "message?uid=3"))
    page.frame_locator("iframe").get_by_text("Dear Bob").wait_for()


def write(page: Page) -> None:
    page.goto(page.url.replace("mailbox", "compose"))
    page.fill("#to", "alice at example.net")
    page.fill("#subject", "The cake")
    page.fill("#text", "Dear Alice,\n\nit is in the oven. Four o’clock?\n\nBob\n")
    page.get_by_role("button", name="Send").click()
    page.locator("#to-problem").wait_for()


SCENES: dict[str, Callable[[Page], None] | None] = {
    "webmail-login": None,  # nobody is logged in
    "webmail": inbox,
    "webmail-letter": read,
    "webmail-error": write,
}


def take(house: House, words: list[str], save: Callable[[bytes, str], None]) -> None:
    names = [name for name in SCENES if not words or any(word in name for word in words)]
    if not names:
        return
    args = [*BROWSER_ARGS, "--disable-features=IsolateSandboxedIframes"]  # such a frame would be drawn half as fine
    browser = house.browser.browser_type.launch(executable_path=browser_path(), args=args)
    with Lab("trusting") as lab:
        for octets in LETTERS:
            lab.send(octets, BOB)
            lab.clock.advance(minutes=17)
        with lab.at("phone.example.com"), IMAPClient("mail.example.com", 143, ssl=False) as client:
            client.login("bob", "teaching-bob")
            client.select_folder("INBOX")
            client.add_flags([1, 2], ["\\Seen"])
            client.add_flags([2], ["\\Flagged"])
        port = next(each.port for each in lab.expose() if each.protocol == "http")
        password = next(each.password for each in lab.accounts(outside=True) if each.address == BOB)
        for name, (size, area), scheme in product(names, SIZES.items(), ("light", "dark")):
            # the pages allow no style but their own, and the font is ours
            page = browser.new_page(color_scheme=scheme, viewport=area, device_scale_factor=2, bypass_csp=True)
            page.goto(f"http://127.0.0.1:{port}/")
            if act := SCENES[name]:
                log_in(page, password)
                act(page)
            page.add_style_tag(content=FONT)
            save(page.screenshot(full_page=True), "-".join(filter(None, (name, size, scheme))))
            page.close()
    browser.close()


def log_in(page: Page, password: str) -> None:
    page.fill("#user", "bob")
    page.fill("#password", password)
    page.get_by_role("button", name="Log in").click()
    inbox(page)
