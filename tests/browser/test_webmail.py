"""The webmail in a real browser: every act by keyboard alone, hostile letters that do nothing, and its looks."""

from __future__ import annotations

import re
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from labmail import Lab, cake
from tests.browser.looks import overflowing, pale, serious

ALICE, BOB = "alice@example.net", "bob@example.com"
TABS_MAX = 80
REFUSED = "the server responded with a status of 4"  # what Chromium says on the console of a page that is an answer


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def site(lab):
    """Where a browser of this machine finds it, and Bob's password there."""
    port = next(each.port for each in lab.expose() if each.protocol == "http")
    password = next(each.password for each in lab.accounts(outside=True) if each.address == BOB)
    return f"http://127.0.0.1:{port}/", password


@contextmanager
def inside(house, site, **options):
    """A page, logged in as Bob."""
    with house.visitor(**options) as page:
        page.goto(site[0])
        page.fill("#user", "bob")
        page.fill("#password", site[1])
        page.keyboard.press("Enter")
        page.locator("h1", has_text="Inbox").wait_for()
        yield page


def tab_to(page, name: str) -> None:
    """Press Tab until what has that name is in focus, and can be seen to be."""
    met = []
    page.wait_for_load_state()  # with its style sheet
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => { const e = document.activeElement;
            const label = e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent;
            return [label.trim().replace(/\\s+/g, " "), getComputedStyle(e).outlineStyle]; }"""
        )
        met.append(at[0])
        if name == at[0]:
            assert at[1] == "solid", f"the focus on {at[0]} cannot be seen"
            return
    raise AssertionError(f"{TABS_MAX} times Tab do not lead to {name}, but to {dict.fromkeys(met)}")


def title(page, text: str) -> None:
    page.wait_for_function("(t) => document.title.startsWith(t) && document.readyState === 'complete'", arg=text)


def notice(page, text: str) -> None:
    page.get_by_role("status").filter(has_text=text).wait_for()


def test_every_act_by_keyboard_alone(house, lab, site):
    lab.send(cake, BOB)
    lab.send(cake.replace("Re: The Cake", "Candles"), BOB)
    house.allowed.append(REFUSED)
    with house.visitor() as page:
        page.goto(site[0])
        log_in(page, site[1])
        search_and_mark(page)
        read(page)
        answer(page)
        write(page)
        tidy_up(page)
        press(page, "Log out")
        notice(page, "You are logged out.")
    assert [letter["Subject"] for letter in lab.wait_for_mail(ALICE, 2)] == ["Re: The Cake", "Balloons"]
    assert lab.mailbox(ALICE)[0].octets.decode().partition("\r\n\r\n")[2].startswith("I will!\r\n\r\nOn Mon, 01 Jun")
    places = {letter["Subject"]: letter.folder for letter in lab.mailbox(BOB) if letter.folder != "Sent"}
    assert places == {"Candles": "Archive"}


def press(page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")


def log_in(page, password: str) -> None:
    title(page, "Log in")
    page.keyboard.type("bob")  # the field is in focus already
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="no such user").wait_for()
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    title(page, "Inbox (2)")


def search_and_mark(page) -> None:
    tab_to(page, "Search in this folder")
    page.keyboard.type("candles")
    page.keyboard.press("Enter")
    page.get_by_text("1 letter contains “candles”.").wait_for()
    press(page, "Show all letters")
    page.get_by_text("2 letters, 2 unread").wait_for()
    press(page, "Skip to the content")
    tab_to(page, "Select “Candles”")
    page.keyboard.press("Space")
    tab_backwards(page, "Mark read")
    page.keyboard.press("Enter")
    notice(page, "Marked as read.")


def read(page) -> None:
    press(page, "Unread: Alice Re: The Cake 09:00")
    title(page, "Re: The Cake")
    assert "bring the cake!" in page.locator("pre").inner_text()
    for view, seen in (("Headers", "Return-Path"), ("Parts", "text/plain"), ("Source", "Received: from")):
        press(page, view)
        page.locator("[aria-current=page]", has_text=view).wait_for()
        assert seen in page.locator("main").inner_text()
    press(page, "Star")
    notice(page, "Starred.")


def answer(page) -> None:
    press(page, "Reply")
    title(page, "Reply")
    page.keyboard.type("I will!")  # above what is quoted
    press(page, "Send")
    notice(page, "Your letter is sent.")


def write(page) -> None:
    """First to nobody: what was typed stays."""
    press(page, "Write")
    title(page, "Write")
    page.keyboard.type("alice")
    tab_to(page, "Subject")
    page.keyboard.type("Balloons")
    tab_to(page, "Letter")
    page.keyboard.type("How many?")
    press(page, "Send")
    page.get_by_text("“alice” is not an address").wait_for()
    assert page.input_value("#text") == "How many?"
    tab_to(page, "To")
    page.keyboard.press("End")
    page.keyboard.type("@example.net")
    press(page, "Send")
    notice(page, "Your letter is sent.")


def tidy_up(page) -> None:
    """Move one; delete the other, and then for good."""
    tab_to(page, "Select “Candles”")
    page.keyboard.press("Space")
    tab_backwards(page, "Move to")
    page.keyboard.type("Archive")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    notice(page, "Moved.")
    press(page, "Alice Re: The Cake answered 09:00")
    title(page, "Re: The Cake")
    press(page, "Delete")
    notice(page, "Moved to the trash.")
    press(page, "Trash")
    title(page, "Trash")
    press(page, "Select all")
    page.locator("input:checked").wait_for()
    press(page, "Delete for good")
    notice(page, "Deleted for good.")


def tab_backwards(page, name: str) -> None:
    for _ in range(TABS_MAX):
        page.keyboard.press("Shift+Tab")
        found = page.evaluate("() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()")
        if found == name:
            return
    raise AssertionError(f"{TABS_MAX} times Shift-Tab do not lead to {name}")


HOSTILE = """\
<html><head><meta http-equiv="refresh" content="0;url=http://evil.example/refresh">
<base href="http://evil.example/"><link rel="stylesheet" href="http://evil.example/x.css">
<style>@import "http://evil.example/i.css"; body { background: url(http://evil.example/style.png) }</style>
<script>document.title = "ran"; fetch("http://evil.example/script")</script></head>
<body onload="document.title = 'ran'" background="http://evil.example/body.png">
<h1>Still here</h1>
<script src="http://evil.example/x.js"></script>
<img src="http://evil.example/p.gif" onerror="document.title = 'ran'">
<img srcset="http://evil.example/q.gif 1x"><p style="background: url('http://evil.example/css.png')">x</p>
<svg onload="document.title = 'ran'"><image href="http://evil.example/svg.png"/></svg>
<iframe srcdoc="<script>top.document.title = 'ran'</script>"></iframe><iframe src="http://evil.example/frame"></iframe>
<form action="http://evil.example/form"><input name="x" autofocus onfocus="document.title = 'ran'"><button>Go</button>
</form>
<a href="http://evil.example/link" id="away">A link</a> <a href="javascript:document.title='ran'">Another</a>
<video src="http://evil.example/v.mp4" autoplay></video><object data="http://evil.example/o"></object>
<math><mtext></form><form><mglyph><style></math><img src onerror="document.title = 'ran'">
</body></html>
"""


def hostile() -> bytes:
    letter = EmailMessage()
    letter["From"] = '"<script>document.title=1</script>" <mallory@mallory.example>'
    letter["To"] = BOB
    letter["Subject"] = "<img src=http://evil.example/subject onerror=alert(1)>"
    letter.set_content(HOSTILE, subtype="html")
    letter.add_attachment(HOSTILE, subtype="html", filename="page.html")
    return letter.as_bytes().replace(b"\n", b"\r\n")


def test_a_hostile_letter_runs_nothing_and_fetches_nothing(house, lab, site, tmp_path):
    """The house fails on a request that leaves the machine, and on an error of the console."""
    lab.send(hostile(), BOB, mail_from="mallory@mallory.example", at="mallory.example")
    with inside(house, site) as page:
        asked, dialogs, pages = [], [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.context.on("page", lambda page: pages.append(page.url))
        page.locator("li.row a").click()
        frame = page.frame_locator("iframe")
        frame.get_by_role("heading", name="Still here").wait_for()
        assert page.title().startswith("<img src=http://evil.example/subject")
        assert "5 pictures were not fetched" in page.locator(".shield").inner_text()
        assert "evil.example" in page.locator(".shield").inner_text()
        assert (
            frame.locator("script, iframe, form, input, svg, video, object, link, meta[http-equiv], base").count() == 0
        )
        frame.get_by_text("A link").click()
        frame.get_by_text("Another").click()
        for view in ("Headers", "Parts", "Source"):
            page.get_by_role("link", name=view, exact=True).click()
            page.locator(".views [aria-current]", has_text=view).wait_for()
        page.get_by_role("link", name="Letter", exact=True).click()
        with page.expect_download() as saved:
            page.get_by_role("link", name="page.html").click()
        assert saved.value.suggested_filename == "page.html"
        assert "document.title" in Path(saved.value.path()).read_text()
        page.goto(f"{site[0]}html?folder=INBOX&uid=1")  # the frame's content as a page of its own
        page.get_by_role("heading", name="Still here").wait_for()
        assert page.evaluate("() => self.origin") == "null"
        assert page.title() == "Letter"
        assert not dialogs and not pages
        assert {url.partition("?")[0].removeprefix(site[0]) for url in asked} <= {
            "message",
            "html",
            "part",
            "style.css",
        }


def letters(lab) -> None:
    lab.send(cake, BOB)
    lab.send(hostile(), BOB, mail_from="mallory@mallory.example", at="mallory.example")
    long = cake.replace("Re: The Cake", "A-subject-without-any-blank-" * 12).replace("Alice", "A. very long name " * 6)
    lab.send(long + "w" * 400 + "\n", BOB)


PAGES = {
    "mailbox": "Inbox",
    "mailbox?all=1": "Inbox",
    "mailbox?folder=Junk": "Junk",
    "mailbox?q=nothing": "Inbox",
    "message?uid=1": "Re: The Cake",
    "message?uid=2": "<img",
    "message?uid=2&view=headers": "<img",
    "message?uid=2&view=parts": "<img",
    "message?uid=2&view=source": "<img",
    "message?uid=3": "A-subject",
    "compose?how=all&uid=3": "Reply",
    "message?uid=99": "Not possible",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_looks(house, lab, site, scheme):
    letters(lab)
    house.allowed.append(REFUSED)
    with inside(house, site, color_scheme=scheme, viewport={"width": 1100, "height": 800}) as page:
        found = {}
        for path, begins in PAGES.items():
            for width in (1100, 420):
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(site[0] + path)
                title(page, begins)
                body = page.locator("body")
                problems = [*pale(body), *overflowing(body)]
                if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
                    problems.append("the page can be moved sideways")
                if scheme == "light" or width == 420:
                    problems += serious(body)
                if problems:
                    found[path, width] = problems
        assert not found
        page.goto(f"{site[0]}compose")
        page.locator("summary").click()
        page.fill("#to", "x")
        page.get_by_role("button", name="Send").click()
        page.locator("#to-problem").wait_for()
        assert not [*pale(page.locator("body")), *serious(page.locator("body"))]


def test_the_door_looks_well_too(house, site):
    for scheme in ("light", "dark"):
        with house.visitor(color_scheme=scheme, viewport={"width": 420, "height": 700}) as page:
            page.goto(site[0])
            title(page, "Log in")
            body = page.locator("body")
            assert not [*pale(body), *overflowing(body), *serious(body)]


LINK = """
from labmail import Lab, cake
lab = Lab()
lab.send(cake, "bob@example.com")
lab.webmail()
"""


HEARD = "b''.join(e.octets for e in lab.record.filter(by='phone.example.com', kind='heard')).decode()"


def test_from_a_notebook_through_jupyters_own_server(house):
    """A click on the link, a log-in, and the letter; afterwards the kernel's lab has it all on its timeline."""
    with house.notebook(LINK, HEARD) as book:
        link = book.cell(0).get_by_role("link", name="The webmail of mail.example.com")
        with house.page.context.expect_page() as opened:
            link.click()
        page = opened.value
        house._watch(page)
        title(page, "Log in")
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/labmail-webmail/login", page.url)
        page.fill("#user", "bob")
        page.fill("#password", "teaching-bob")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="Re: The Cake").click()
        page.get_by_text("Don't forget to bring the cake!").wait_for()
        cookies = [each for each in page.context.cookies(page.url) if each["name"] == "webmail"]
        assert [(each["path"], each["httpOnly"], each["sameSite"]) for each in cookies] == [
            ("/labmail-webmail", True, "Strict")
        ]
        page.close()
        book.run(1)
        heard = str(book.outputs(1))
        assert "GET /message?folder=INBOX&uid=1 HTTP/1.1" in heard
        assert "Cookie: webmail=" in heard
        assert "xsrf" not in heard.lower() and "username-" not in heard  # Jupyter's own cookies stay with Jupyter
        assert book.errors() == []
