"""The mailboxes in a browser: walked by mouse and keyboard, live, and brought in step by real clients."""

import pytest

from tests.browser.looks import amiss, set_width
from tests.browser.test_timeline import focus, then

LAB = """\
import imaplib
import poplib
from labmail import Lab, cake, widgets
lab = Lab("03-reading-mail")
HOST, BOB = "mail.example.com", "bob@example.com"
def letter(subject):
    lab.send(cake.replace("Re: The Cake", subject), BOB)
def imap(host):
    with lab.at(host):
        client = imaplib.IMAP4(HOST)
    client.login(BOB, "teaching-bob")
    client.select()
    client.fetch("1:*", "(FLAGS)")
    return client
letter("Oven")
letter("Candles")
phone, tablet = imap("phone.example.com"), imap("laptop.example.com")
phone.send(b"X1 IDLE\\r\\n")
line = phone.readline()
with lab.at("laptop.example.com"):
    desk = poplib.POP3(HOST)
said = [desk.user(BOB), desk.pass_("teaching-bob"), desk.uidl(), desk.retr(1), desk.dele(1), desk.quit()]"""
SHOWN = 'face = widgets.Mailboxes(lab, BOB, bring={"laptop.example.com imap": tablet.noop})\nface'
HEARD = "The phone (IMAP) heard it at once: “Oven” is gone."


@pytest.fixture
def book(house):
    with house.notebook(LAB, SHOWN, "1") as book:
        assert book.errors() == []
        yield book


@pytest.fixture
def widget(book):
    return book.widget(1)


def live(widget) -> str:
    return widget.locator(".lm-live").text_content()


def row(widget, name: str) -> list[str]:
    """The cells of the row with that heading, in words."""
    return (
        widget.locator(".lm-beliefs tr")
        .filter(has=widget.page.get_by_role("rowheader", name=name))
        .evaluate(
            "(e) => [...e.querySelectorAll('td')].map((td) => [...td.children].map((c) => c.textContent).join(': '))"
        )
    )


def until_live(widget, text: str) -> None:
    widget.locator(".lm-live").get_by_text(text, exact=True).wait_for()


def test_the_truth_stands_beside_what_each_believes(widget):
    assert widget.get_by_role("columnheader").all_text_contents() == [
        *("UID, letter", "serverthe truth", "laptopIMAP", "phoneIMAP, IDLE", "laptopPOP3"),
    ]
    assert row(widget, "Oven") == ["deleted", "stale: still shown", "gone", "own copy: on its disk"]
    assert row(widget, "Candles") == ["unread", "unread", "unread", "there: not fetched"]
    assert row(widget, "counts") == ["1 message", "2 messages", "1 message", "2 messages"]
    assert row(widget, "hears of news")[1:] == ["with its next command", "at once", "when it connects again"]
    assert row(widget, "last heard")[2].endswith(": * 1 EXPUNGE")
    assert row(widget, "bring in step") == ["", "NOOP", "in step", "in step"]
    assert live(widget) == HEARD


def test_back_next_and_the_scrub_walk_through_what_has_changed(widget, house):
    page = house.page
    widget.get_by_role("button", name="Back").click()
    assert live(widget).startswith("The laptop (POP3) deleted “Oven” on the server. The laptop (IMAP) and the phone")
    assert row(widget, "Oven") == ["deleted", "stale: still shown", "stale: still shown", "own copy: on its disk"]
    assert widget.locator("td[data-fresh]").count() == 4
    assert row(widget, "bring in step")[1] == "not in step"  # buttons are of the present
    widget.get_by_role("button", name="Next").click()
    assert live(widget) == HEARD
    assert widget.get_by_role("button", name="Next").is_disabled()
    scrub = widget.get_by_role("slider")
    scrub.focus()
    page.keyboard.press("Home")
    assert live(widget) == "Nobody has looked into this mailbox yet. It holds no messages."
    page.keyboard.press("ArrowRight")
    assert live(widget) == "“Oven” came by SMTP. The laptop (IMAP) has not heard of it."
    assert widget.get_by_role("rowheader", name="Candles").count() == 0
    assert scrub.get_attribute("aria-valuetext").startswith("step 2, event ")
    page.keyboard.press("End")
    assert live(widget) == HEARD


def test_a_client_is_brought_in_step_for_real_and_the_focus_is_not_lost(widget, book):
    page = book.page
    widget.get_by_role("button", name="NOOP: laptop, IMAP").focus()
    page.keyboard.press("Enter")
    until_live(widget, "The laptop (IMAP) was told with its command: “Oven” is gone.")
    assert row(widget, "Oven") == ["deleted", "gone", "gone", "own copy: on its disk"]
    assert row(widget, "bring in step") == ["", "in step", "in step", "in step"]
    page.wait_for_function("() => document.activeElement.classList.contains('lm-live')")
    for key in "abxzmyrcvdd":  # JupyterLab's own: none of them may act
        page.keyboard.press(key)
    assert page.locator(".jp-Notebook:visible .jp-Cell").count() == 3
    assert book.errors() == []


def test_what_a_cell_does_is_seen_at_once_unless_an_earlier_step_is_read(widget, book):
    then(book, 2, "letter('Plates')")
    until_live(widget, "The phone (IMAP) heard it at once: “Plates” has come.")
    assert row(widget, "Plates") == [
        *("unread", "unknown: has not heard of it", "there: flags not asked", "unknown: has not heard of it"),
    ]
    widget.get_by_role("button", name="Back").click()
    before = live(widget)
    count = widget.locator(".lm-count").text_content()
    then(book, 2, "letter('Spoons')")
    widget.page.wait_for_function(
        "([e, had]) => e.textContent !== had", arg=[widget.locator(".lm-count").element_handle(), count]
    )
    assert live(widget) == before
    assert widget.get_by_role("rowheader", name="Spoons").count() == 0


def test_a_function_that_fails_is_a_sentence(house):
    with house.notebook(LAB, SHOWN.replace("tablet.noop", "lambda: 1 / 0")) as book:
        widget = book.widget(1)
        widget.get_by_role("button", name="NOOP").click()
        widget.get_by_role("alert").get_by_text("could not be brought in step: division by zero.").wait_for()


def test_after_a_reset_it_says_so(widget, book):
    then(book, 2, "lab.reset()")
    widget.get_by_text("This is of an earlier run: the lab was reset since.").wait_for()
    assert widget.get_by_role("button", name="NOOP").count() == 0


def test_before_anything_happens_it_says_so(house):
    with house.notebook(
        "from labmail import Lab, widgets\nlab = Lab()", "widgets.Mailboxes(lab, 'bob@example.com')"
    ) as book:
        widget = book.widget(1)
        assert live(widget) == "Nothing has happened to this mailbox yet."
        assert widget.get_by_role("table").count() == 0


def test_looks(widget, house):
    assert amiss(house, widget) == {}
    widget.get_by_role("button", name="Back").click()
    set_width(widget, 420)
    assert widget.locator(".lm-beliefs tr").first.evaluate("(e) => getComputedStyle(e.parentElement).display") == "none"
    set_width(widget, None)


def test_two_views_share_one_step_and_a_new_page_shows_the_same(book, house):
    widget = book.widget(1)
    widget.get_by_role("button", name="Back").click()
    then(book, 2, "face")
    other = book.widget(2)
    assert live(other) == live(widget)
    other.get_by_role("button", name="Next").click()
    assert live(widget) == HEARD
    assert focus(house.page) != ""
