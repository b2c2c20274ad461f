"""The header in a browser: the way as a lane of machines, each field with its meaning and whom to believe."""

import pytest

from tests.browser.looks import amiss

CELLS = (
    "from labmail import Lab, cake, mime, widgets\nlab = Lab()",
    """letter = (
    b"Received: from mail.example.net ([192.0.2.67])\\r\\n\\tby mx1.example.com with ESMTP id 1;\\r\\n"
    b"\\tMon, 01 Jun 2026 09:02:05 +0000\\r\\n"
    b"Received: from laptop ([203.0.113.17]) by mail.example.net; Mon, 01 Jun 2026 09:00:02 +0000\\r\\n"
) + mime.build.plain(subject="Käsekuchen für Bob")
widgets.Headers(letter)""",
    "lab.send(cake, 'bob@example.com')\nwidgets.Headers(lab.mailbox('bob@example.com')[0])",
)


@pytest.fixture
def book(house):
    with house.notebook(*CELLS) as book:
        assert book.errors() == []
        yield book


@pytest.fixture
def widget(book):
    return book.widget(1)


def fields(widget):
    return widget.get_by_label("The fields, as they came").get_by_role("option")


def hops(widget):
    return widget.get_by_label("The way, the oldest hop first").get_by_role("option")


def detail(widget):
    return widget.get_by_label("The chosen field")


def test_a_hop_marks_its_received_line(widget):
    names = widget.locator(".lm-begins b, .lm-trail b").all_text_contents()
    assert names == ["laptop", "mail.example.net", "mx1.example.com"]
    hops(widget).nth(0).click()
    assert fields(widget).nth(1).get_attribute("aria-selected") == "true"
    assert hops(widget).nth(0).get_attribute("aria-selected") == "true"
    told = detail(widget).text_content()
    assert "Hop1 of 2" in told and "2 min 3 s later" in told and "a claim" in told
    fields(widget).nth(0).click()
    assert hops(widget).nth(1).get_attribute("aria-selected") == "true"
    assert "Your own server wrote this" in detail(widget).text_content()
    fields(widget).nth(2).click()
    assert widget.locator(".lm-trail [aria-selected=true]").count() == 0


def test_an_encoded_word_is_taken_apart(widget):
    subject = fields(widget).filter(has_text="Subject")
    assert "reads Käsekuchen für Bob" in subject.text_content()
    subject.click()
    told = detail(widget).text_content()
    assert "=?utf-8?q?K=C3=A4sekuchen_f=C3=BCr?=" in told and "4b c3 a4 73" in told
    assert detail(widget).get_by_role("link", name="RFC 5322 section 3.6.5").count() == 1


def test_by_keyboard(widget, book):
    page = book.page
    widget.locator(".lm-trail [tabindex='0']").focus()
    page.keyboard.press("End")
    assert widget.locator(".lm-count").text_content() == "field 1 of 10"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen field"
    widget.locator(".lm-fieldlist [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    assert widget.locator(".lm-live").text_content() == "Received: a claim."
    widget.get_by_role("button", name="Next").click()
    assert widget.locator(".lm-live").text_content() == "From: unproven."


def test_a_way_of_one_hop_is_chosen_by_keyboard(book):
    widget, page = book.widget(2), book.page
    for key in ("Enter", "ArrowDown"):
        fields(widget).last.click()
        hops(widget).first.focus()
        page.keyboard.press(key)
        assert hops(widget).first.get_attribute("aria-selected") == "true", key
        assert "Received" in detail(widget).text_content()


def test_at_either_end_the_button_keeps_the_focus(widget, book):
    widget.get_by_role("button", name="Next").focus()
    for _ in range(12):
        book.page.keyboard.press("Enter")
    assert widget.locator(".lm-count").text_content() == "field 10 of 10"
    assert book.page.evaluate("() => document.activeElement.textContent") == "Next"


def test_many_fields_scroll_beside_the_detail_and_nothing_of_a_stranger_turns_the_order(house):
    made = "b''.join(b'X-%d: y\\r\\n' % i for i in range(80)) + 'Subject: \\u202egnp.exe'.encode()"
    with house.notebook("from labmail import widgets", f"widgets.Headers({made})") as book:
        widget = book.widget(1)
        assert widget.bounding_box()["height"] < 1100
        widget.locator(".lm-fieldlist [tabindex='0']").focus()
        book.page.keyboard.press("End")
        inside = "(e) => { const [a, b] = [e, e.parentElement].map((each) => each.getBoundingClientRect());"
        assert fields(widget).last.evaluate(f"{inside} return a.top >= b.top && a.bottom <= b.bottom + 1; }}")
        assert fields(widget).last.locator(".lm-wire").text_content() == "Subject: U+202Egnp.exe"


def test_a_letter_of_the_lab(book):
    widget = book.widget(2)
    trust = widget.locator(".lm-fieldlist li").evaluate_all("(all) => all.map((e) => e.dataset.trust)")
    assert trust == ["own"] * 3 + ["anyone"] * 5
    assert "mail.example.net192.0.2.67handed it over" in widget.locator(".lm-begins").text_content()


def test_looks(house, widget):
    assert amiss(house, widget) == {}


def test_a_message_without_a_header(house):
    with house.notebook("from labmail import widgets", "widgets.Headers(b'')") as book:
        assert "There is no field." in book.widget(1).text_content()
        assert amiss(house, book.widget(1)) == {}
