"""DMARC reports in a browser: figures for either theme, rows by mouse and keyboard, and their looks."""

from __future__ import annotations

import pytest

from tests.browser.looks import amiss

SETUP = """
from labmail import Lab, cake, widgets
lab = Lab()
lab.send(cake, "bob@example.com")
for _ in range(2):
    lab.send(cake, "bob@example.com", at="mallory.example", mail_from="mallory@mallory.example")
lab.clock.advance(days=1)
box = lab.mailbox("dmarc@example.net")
"""


@pytest.fixture
def book(house):
    with house.notebook(SETUP, "widgets.Reports(box)") as book:
        assert book.errors() == []
        yield book


@pytest.fixture
def widget(book):
    return book.widget(1)


def detail(widget) -> str:
    return widget.get_by_label("The chosen row").text_content()


def test_what_failed_is_shown_first_with_what_it_means(widget):
    assert widget.locator("h2").text_content() == "DMARC reports about example.net"
    assert widget.get_by_role("option").count() == 2
    assert widget.locator("[role=option][aria-selected=true] code").text_content() == "203.0.113.66"
    assert "2 letters from 203.0.113.66" in detail(widget)
    assert "Nobody vouches for example.net here." in detail(widget)
    assert "<source_ip>203.0.113.66</source_ip>" in detail(widget)
    link = widget.get_by_label("The chosen row").get_by_role("link")
    assert link.get_attribute("href") == "https://www.rfc-editor.org/rfc/rfc9989#section-5.3.5"


def test_rows_are_chosen_by_mouse_and_by_keyboard(widget, book):
    widget.get_by_role("option").filter(has_text="192.0.2.67").click()
    assert "SPF and DKIM both passed" in detail(widget)
    page = book.page
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen row"
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.getAttribute('role')") == "option"


def test_one_figure_of_two_themes_is_in_sight_and_its_picture_is_whole(widget):
    for name in ("What became of the letters, in time", "Where the letters came from"):
        pictures = widget.get_by_role("group", name=name).locator("img")
        assert pictures.count() == 2
        seen = [picture for picture in pictures.all() if picture.is_visible()]
        assert len(seen) == 1
        assert seen[0].evaluate("(img) => img.complete && img.naturalWidth > 0")
        assert seen[0].get_attribute("alt").startswith(name)


def test_the_code_that_recreates_it_runs(house):
    again = "face = widgets.Reports(box)\nexec(face.data['code'])\nface"
    with house.notebook(SETUP, again) as book:
        assert book.errors() == []
        shown = book.outputs(1)[0]["data"]
        assert "".join(shown["text/plain"]).startswith("DMARC reports about example.net: 1 report from mx1.example.com")


SCENES = {
    "some": "widgets.Reports(box)",
    "a broken one": "widgets.Reports([b'<feedback><report_metadata/></feedback>', *box])",
    "none": "widgets.Reports([])",
}


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_amiss_in_both_themes_and_at_each_width(house, scene):
    with house.notebook(SETUP, SCENES[scene]) as book:
        assert book.errors() == []
        assert amiss(house, book.widget(1)) == {}
