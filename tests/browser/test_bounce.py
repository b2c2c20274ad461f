"""A bounce in a browser: the field and the line are one, each field says what it is, and it looks right everywhere."""

from __future__ import annotations

from tests.browser.looks import amiss

SETUP = """
from labmail import Lab, cake, widgets
lab = Lab()
lab.submit(cake, ["nobody@example.com", "bob@nowhere.example"])
lab.host("mx1.example.com").spf_at = "later"
lab.send(cake, "bob@example.com", at="mallory.example")
first, late = lab.wait_for_mail("alice@example.net", 2)
"""
BOUNCE, LATE = "widgets.Bounce(lab, first)", "widgets.Bounce(lab, late)"
IN_SIGHT = """(line) => { const list = line.parentElement.getBoundingClientRect(), row = line.getBoundingClientRect();
  return row.top >= list.top && row.bottom <= list.bottom; }"""


def test_field_and_line_are_joined(house):
    with house.notebook(SETUP, BOUNCE) as book:
        assert book.errors() == []
        widget, page = book.widget(1), house.page
        line = widget.locator(".lm-caused [data-joined]")
        assert "550 5.1.1 <nobody@example.com>: no such user here" in line.inner_text()
        page.wait_for_function(IN_SIGHT, arg=line.element_handle())
        chosen = widget.locator("[role=option][aria-selected=true]")
        assert chosen.inner_text().startswith("Diagnostic-Code")
        chosen.click()
        page.keyboard.press("ArrowUp")
        assert widget.get_by_label("The chosen field").inner_text().startswith("Remote-MTA")
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen field"
        page.keyboard.press("Escape")
        assert page.evaluate("() => document.activeElement.textContent").startswith("Remote-MTA")
        assert "whoever wrote the letter" in widget.get_by_label("To do").inner_text()
        widget.get_by_role("button", name="bob@nowhere.example").click()
        assert widget.locator(".lm-caused").is_hidden()
        assert "5.1.2" in widget.get_by_label("It means").inner_text()


def test_each_check_has_a_row(house):
    with house.notebook(SETUP, LATE) as book:
        widget = book.widget(1)
        assert [name for name in ("SPF", "DKIM", "DMARC") if widget.get_by_label(name, exact=True).count() == 1] == [
            "SPF", "DKIM", "DMARC",
        ]  # fmt: skip


def test_nothing_is_amiss(house):
    with house.notebook(SETUP, BOUNCE, LATE) as book:
        assert amiss(house, book.widget(1)) == {}
        assert amiss(house, book.widget(2)) == {}
