"""The SPF tree in a browser: stepped by mouse and keyboard, each word with what was asked for it; and its looks."""

from __future__ import annotations

import pytest

from tests.browser.looks import amiss

SETUP = """
from labmail import Lab, spf, widgets
lab = Lab()
def judge(record, ip="203.0.113.66"):
    lab.zone("example.net")["@", "TXT"] = record
    return spf.check(ip, "mallory.example", "alice@example.net", lab.resolver)
"""
ALUMNI = "spf.check('203.0.113.80', 'list.alumni.example', 'bounce@alumni.example', lab.resolver)"


@pytest.fixture
def book(house):
    with house.notebook(SETUP, ALUMNI) as book:
        assert book.errors() == []
        yield book


@pytest.fixture
def widget(book):
    return book.widget(1)


def row(widget, text: str):
    return widget.get_by_role("treeitem").filter(has_text=text).first


def chosen(widget) -> str:
    found = widget.locator("[role=treeitem][aria-selected=true] > code")
    assert found.count() == 1
    return found.text_content()


def detail(widget) -> str:
    return widget.get_by_label("The chosen word").text_content()


def test_a_bare_verdict_shows_itself_and_the_word_that_decided(widget):
    assert widget.locator("h2").text_content() == "May 203.0.113.80 send for bounce@alumni.example?"
    assert widget.get_by_role("treeitem").count() == 8
    assert chosen(widget) == "mx"
    assert widget.locator(".lm-live").text_content() == "mx: match: pass"
    assert widget.locator(".lm-record mark").all_text_contents() == ["mx"]
    assert "20 list.alumni.example." in detail(widget)
    link = widget.get_by_label("The chosen word").get_by_role("link")
    assert link.get_attribute("href") == "https://www.rfc-editor.org/rfc/rfc7208#section-5.4"


def test_a_click_on_an_inner_word_shows_both_records_and_counts_what_was_spent(widget):
    row(widget, "ip4:198.51.100.80/28").click()
    assert widget.locator(".lm-record mark").all_text_contents() == [
        "include:_spf.mailhost.example",
        "ip4:198.51.100.80/28",
    ]
    assert "203.0.113.80 is not in 198.51.100.80/28" in detail(widget)
    assert widget.locator(".lm-meters > p").first.text_content() == "1 of 10 lookups, 2 in the end"
    assert widget.locator(".lm-meter").first.locator("i[data-on]").count() == 1
    row(widget, "include:").click()
    assert "_spf.mailhost.example TXT" in detail(widget)
    assert '"v=spf1 ip4:198.51.100.80/28 -all"' in detail(widget)


def test_the_tree_is_walked_by_keyboard(widget, book):
    page = book.page
    row(widget, "mx").click()
    walked = []
    for key in ("Home", "ArrowUp", "ArrowDown", "ArrowRight", "ArrowDown", "ArrowLeft", "End"):
        page.keyboard.press(key)
        walked.append(chosen(widget))
    include = "include:_spf.mailhost.example"
    assert walked == ["v=spf1", "v=spf1", include, "ip4:198.51.100.80/28", "-all", include, "-all"]
    assert "before this word" in detail(widget)
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen word"
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.getAttribute('role')") == "treeitem"
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.getAttribute('role')") != "treeitem"


def test_back_and_next_step_in_the_order_of_reading(widget):
    assert widget.locator(".lm-count").first.text_content() == "step 5 of 8"
    widget.get_by_role("button", name="Back").click()
    assert widget.locator(".lm-live").text_content() == "-all: match: fail"
    for _ in range(4):
        widget.get_by_role("button", name="Next").click()
    assert widget.get_by_role("button", name="Next").is_disabled()


def test_the_code_that_recreates_it_runs_and_text_stands_beside_it(house):
    with house.notebook(
        SETUP, f"face = widgets.SpfTree({ALUMNI})\nprint(face.data['code'])\nexec(face.data['code'])\nface"
    ) as book:
        assert book.errors() == []
        book.widget(1)
        outputs = book.outputs(1)
        assert "widgets.SpfTree(spf.check(" in outputs[0]["text"]
        shown = outputs[1]["data"]
        assert "".join(shown["text/plain"]).startswith("pass  bounce@alumni.example from 203.0.113.80\n")
        assert "".join(shown["text/html"]).count("<tr>") == 9


SCENES = {
    "pass": ALUMNI,
    "eleven lookups": "judge('v=spf1 ' + 'a:mail.example.net ' * 11 + '-all')",
    "broken": "judge('v=spf1 ipv4:192.0.2.67 mx ~all exp=why.example.net')",
    "void": "judge('v=spf1 a:a.very.long.name.that.is.gone.and.goes.on.example.net a:gone.example.net ?all')",
    "none": "judge([])",
}


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_amiss_in_both_themes_and_at_each_width(house, scene):
    with house.notebook(SETUP, SCENES[scene]) as book:
        assert book.errors() == []
        assert amiss(house, book.widget(1)) == {}
