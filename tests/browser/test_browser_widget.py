"""The browser in the notebook: the page in its sandbox, by mouse and by keyboard; only the kernel asks for anything."""

from __future__ import annotations

import json

import pytest

from tests.browser.looks import amiss, set_width

LETTER = (
    "From: Alice <alice@example.net>\\r\\nTo: bob@example.com\\r\\nSubject: Cake\\r\\n"
    "Content-Type: text/html\\r\\n\\r\\n<p>It is <a href='http://mail.example.com/mailbox'>in the oven</a>."
    "<img src='http://mallory.example/seen.gif'><script>parent.owned = 1</script></p>"
)
CELLS = (
    f'from labmail import Lab, widgets\nlab = Lab()\nlab.send("{LETTER}", "bob@example.com")',
    "browser = widgets.Browser(lab)\nbrowser",
    "lab.reset()",
    "browser",
)


@pytest.fixture
def book(house):
    with house.notebook(*CELLS, run=False) as book:
        book.run(0)
        book.run(1)
        yield book
        assert book.errors() == []


@pytest.fixture
def widget(book):
    widget = book.widget(1)
    shown(widget, "Log in · Webmail")
    return widget


def page(widget):
    return widget.locator("iframe").content_frame


def shown(widget, title: str) -> None:
    """The page is there, drawn, and its links and buttons are listened to."""
    widget.locator(f"iframe[title='The page: {title}'][data-shown]").wait_for()


def until(widget, script: str, *more: object) -> None:
    """Until it holds of the page's frame."""
    widget.page.wait_for_function(script, arg=[widget.locator("iframe").element_handle(), *more])


def log_in(widget) -> None:
    page(widget).get_by_label("Name").fill("bob")
    page(widget).get_by_label("Password").fill("teaching-bob")
    page(widget).get_by_role("button", name="Log in").click()
    shown(widget, "Inbox (1) · Webmail")


def rows(widget) -> list[str]:
    return widget.locator("[role=option] .lm-wire").all_text_contents()


def test_log_in_and_read_a_letter_by_mouse(widget):
    log_in(widget)
    assert widget.get_by_text("200 OK", exact=True).is_visible()
    assert widget.get_by_label("Address").input_value() == "http://mail.example.com/mailbox"
    assert "POST /login HTTP/1.1␍␊" in rows(widget)
    assert any("LOGIN bob" in row for row in rows(widget))
    page(widget).get_by_text("Cake").click()
    shown(widget, "Cake · Webmail")
    letter = page(widget).locator("iframe").content_frame
    letter.get_by_text("in the oven").wait_for()
    assert letter.locator("img[src], script").count() == 0
    widget.get_by_role("button", name="Back").click()
    shown(widget, "Inbox · Webmail")


def test_by_keyboard_alone(widget, book):
    keyboard = book.page.keyboard
    widget.get_by_label("Address").focus()
    keyboard.press("Tab")  # Go
    keyboard.press("Tab")
    keyboard.type("bob")
    keyboard.press("Tab")
    keyboard.type("teaching-bob")
    keyboard.press("Enter")
    shown(widget, "Inbox (1) · Webmail")
    focused = "(e) => document.activeElement === e && e.contentDocument.activeElement === e.contentDocument.body"
    assert widget.locator("iframe").evaluate(focused)
    live = widget.locator(".lm-answered")
    assert live.get_attribute("aria-live") == "polite"
    assert live.text_content() == "Inbox (1) · Webmail200 OK"
    keyboard.press("Tab")
    inside = "(frame) => frame.contentDocument.activeElement.textContent.trim()"
    assert widget.locator("iframe").evaluate(inside) == "Skip to the content"
    outline = "(frame) => getComputedStyle(frame.contentDocument.activeElement).outlineStyle"
    assert widget.locator("iframe").evaluate(outline) == "solid"
    keyboard.press("Tab")
    keyboard.press("Enter")
    shown(widget, "Inbox (1) · Webmail")


def test_the_address_bar(widget):
    bar = widget.get_by_label("Address")
    bar.fill("exa mple")
    bar.press("Enter")
    widget.get_by_role("alert").get_by_text("is no address of a page: one looks like").wait_for()
    bar.fill("mail.example.com/nowhere")
    widget.get_by_role("button", name="Go").click()
    widget.get_by_text("404 Not Found", exact=True).wait_for()
    assert bar.input_value() == "http://mail.example.com/nowhere"
    assert widget.locator(".lm-is[data-is=fail]").first.text_content() == "404 Not Found"


def test_every_line_is_explained_and_no_cookie_is_shown(widget, book):
    widget.get_by_role("button", name="Every line").click()
    cookie = widget.locator("[role=option]").filter(has_text="Set-Cookie").first
    cookie.click()
    detail = widget.get_by_label("The chosen line")
    assert "webmail=(secret); HttpOnly; SameSite=Strict" in cookie.text_content()
    assert "`HttpOnly`" not in detail.text_content()
    assert "no script on the page can read it" in detail.text_content()
    assert detail.get_by_role("link", name="RFC 6265 section 4.1.1").count() == 1
    book.page.keyboard.press("ArrowDown")
    assert widget.locator("[role=option][aria-selected=true]").count() == 1
    book.page.keyboard.press("Enter")
    assert detail.evaluate("(e) => document.activeElement === e")
    book.page.keyboard.press("Escape")
    assert book.page.evaluate("() => document.activeElement.getAttribute('role')") == "option"


def test_a_field_that_is_left_out_is_said(widget):
    page(widget).get_by_role("button", name="Log in").click()
    widget.locator(".lm-answered").get_by_text("fill out this field").wait_for()
    assert "POST /login HTTP/1.1␍␊" not in rows(widget)


def test_what_code_does_is_seen_and_two_views_show_the_same(house):
    cells = (*CELLS[:2], 'browser.fill(user="bob", password="teaching-bob")', 'browser.press("Log in")\nbrowser')
    with house.notebook(*cells, run=False) as book:
        for cell in range(3):
            book.run(cell)
        first = book.widget(1)
        shown(first, "Log in · Webmail")
        until(first, "([e]) => e.contentDocument.querySelector('#user')?.value === 'bob'")
        book.run(3)
        second = book.widget(3)
        for widget in (first, second):
            shown(widget, "Inbox (1) · Webmail")
        page(second).get_by_role("link", name="Drafts").click()
        for widget in (first, second):
            shown(widget, "Drafts · Webmail")
        assert book.errors() == []


def test_after_a_reset_it_says_so_and_reload_asks_the_new_lab(widget, book):
    log_in(widget)
    book.run(2)
    widget.get_by_text("This is of an earlier run: the lab was reset since.").wait_for()
    widget.get_by_role("button", name="Reload").click()
    shown(widget, "Log in · Webmail")
    assert not widget.get_by_text("earlier run").is_visible()
    assert book.cell(3).locator(".lm").count() == 0


def test_the_page_follows_the_notebook_s_theme(house, widget):
    paper = "getComputedStyle(e.contentDocument.body).backgroundColor"
    light = widget.locator("iframe").evaluate(f"(e) => {paper}")
    house.theme(dark=True)
    until(widget, f"([e, light]) => {paper} !== light", light)
    house.theme(dark=False)


def test_its_looks(house, widget):
    log_in(widget)
    widget.get_by_role("button", name="Every line").click()
    assert amiss(house, widget) == {}
    set_width(widget, 420)
    until(widget, "([e]) => e.offsetWidth <= 420 && e.contentDocument.documentElement.scrollWidth <= e.clientWidth")


def test_a_page_that_would_escape_stays_in(house):
    """A stranger's page: nothing runs, nothing is fetched, and no click leads out of the frame."""
    code = """
from labmail import Lab, widgets
from labmail.http.agent import Answer
lab = Lab()
browser = widgets.Browser(lab)
evil = '''<title>Evil</title><body onload="parent.owned=1"><script>parent.owned=1</script>
<a href="http://mallory.example/" target="_top">out</a> <a href="javascript:parent.owned=1">run</a>
<form action="http://mallory.example/"><input name="q"></form>
<img src="http://mallory.example/x" onerror="parent.owned=1">
<iframe src="http://mallory.example/"></iframe><iframe srcdoc="<script>top.owned=1</script>"></iframe>
<meta http-equiv="refresh" content="0;url=http://mallory.example/">
<svg><a href="http://mallory.example/"><text>svg</text></a></svg>
<link rel="stylesheet" href="http://mallory.example/x.css"><style>@import "http://mallory.example/y.css";</style>'''
ask = browser._tab.agent.ask
def answered(method, url, *rest, **more):
    if not url.endswith("/evil"):
        return ask(method, url, *rest, **more)
    html = ("Content-Type", "text/html"),
    return Answer(method=method, url=url, code=200, reason="OK", headers=html, content=evil.encode()),
browser._tab.agent.ask = answered
browser.open("mail.example.com/evil")
browser
"""
    with house.notebook(code) as book:
        assert book.errors() == []
        widget = book.widget(0)
        shown(widget, "Evil")
        before = book.page.url
        page(widget).get_by_text("out").click()
        widget.get_by_role("alert").filter(has_text="mallory.example").wait_for()
        page(widget).get_by_text("run").click()
        widget.get_by_role("alert").filter(has_text="javascript: is no page").wait_for()
        page(widget).get_by_role("textbox").press("Enter")
        widget.get_by_role("alert").filter(has_text="mallory.example").wait_for()
        assert book.page.url == before
        assert book.page.evaluate("() => window.owned === undefined")
        assert (
            widget.locator("iframe").evaluate("(e) => e.contentWindow.owned === undefined && e.contentDocument.URL")
            == "about:srcdoc"
        )


def test_the_code_that_recreates_it_is_what_was_done(widget, book):
    log_in(widget)
    page(widget).get_by_role("link", name="Drafts").click()
    shown(widget, "Drafts · Webmail")
    code = widget.locator(".lm-code pre").text_content()
    assert code.splitlines()[2:] == [
        'browser = widgets.Browser(lab, "http://mail.example.com/", at="phone.example.com")',
        'browser.fill(user="bob", password="teaching-bob")',
        'browser.press("Log in")',
        'browser.press("Drafts")',
        "browser",
    ]
    assert "(secret)" not in json.dumps(book.outputs(1))  # the text and the table do not need to speak of it
