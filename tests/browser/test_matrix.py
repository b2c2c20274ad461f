"""The matrix in a browser: switches change cells, arrows walk it in four directions, a cell opens its path."""

from __future__ import annotations

from tests.browser.looks import amiss, overflowing, set_width

MATRIX = "from labmail import widgets\nwidgets.Matrix()"


def test_switch_walk_and_path(house):
    with house.notebook(MATRIX) as book:
        assert book.errors() == []
        widget, page = book.widget(0), house.page
        chosen = widget.locator("[role=gridcell][aria-selected=true]")
        path = widget.get_by_label("The path of the chosen cell")
        assert (chosen.get_attribute("data-at"), chosen.inner_text()) == ("other none", "Junk")
        widget.get_by_role("button", name="obeyed").click()
        assert chosen.inner_text() == "550"
        assert widget.locator(".lm-live").inner_text() == "18 of 30 reach the inbox, 0 Junk, 12 are refused; 9 changed."
        assert widget.locator("[role=gridcell][data-fresh2]").count() == 9
        assert "550 5.7.1 DMARC fail" in path.inner_text()
        chosen.click()
        for key, at in (("ArrowLeft", "other fail"), ("ArrowUp", "below fail"), ("End", "below none")):
            page.keyboard.press(key)
            assert chosen.get_attribute("data-at") == at
        page.keyboard.press("Enter")
        assert path.evaluate("(e) => e === document.activeElement")
        page.keyboard.press("Escape")
        assert page.evaluate("() => document.activeElement.dataset.at") == "below none"
        widget.get_by_role("button", name="strict").click()
        assert "strict: not aligned" in path.inner_text()
        assert "aspf=s" in widget.locator(".lm-bar .lm-wire").inner_text()
        assert 'Matrix("reject", "strict", reject_on_policy=True)' in widget.locator(".lm-code pre").text_content()
        widget.get_by_role("button", name="no record").click()
        assert "nobody compared" in path.inner_text()


NARROW = 330  # px: a window of 620 with the file browser open
TOO_WIDE = """(root) => [...root.querySelectorAll("td .lm-is")].filter((word) =>
  word.getBoundingClientRect().right > word.parentElement.getBoundingClientRect().right + 0.5).length"""


def test_in_a_very_narrow_cell_words_stay_in_their_places(house):
    with house.notebook(MATRIX) as book:
        widget = book.widget(0)
        widget.get_by_role("button", name="obeyed").click()
        set_width(widget, NARROW)
        assert overflowing(widget) == []
        assert widget.evaluate(TOO_WIDE) == 0
        set_width(widget, None)


def test_nothing_is_amiss(house):
    with house.notebook(MATRIX) as book:
        widget = book.widget(0)
        widget.get_by_role("button", name="obeyed").click()
        assert amiss(house, widget) == {}
