"""Who may relay: the switch acts on the lab, the chosen row shows its dialog, and its looks in both themes."""

from tests.browser.looks import amiss

CELLS = (
    "from labmail import Lab, widgets\nlab = Lab()",
    'widgets.Relay(lab, "mx1.example.com")',
    "print(lab.host('mx1.example.com').open_relay)",
)


def test_the_switch_and_the_dialog_of_a_row(house):
    with house.notebook(*CELLS) as book:
        widget, page = book.widget(1), house.page
        rows = widget.get_by_role("option")
        detail = widget.get_by_label("The chosen row")
        assert rows.count() == 7
        assert "relaying denied" in detail.inner_text()  # the stranger is met first
        rows.first.click()
        assert "RCPT TO:<bob@example.com>" in detail.inner_text()
        page.keyboard.press("ArrowDown")
        assert rows.nth(1).get_attribute("aria-selected") == "true"
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen row"
        widget.get_by_role("button", name="Open relay").click()
        widget.get_by_text("3 of 3 strangers were let through").wait_for()
        assert rows.nth(1).get_attribute("aria-selected") == "true"
        assert "an open relay" in rows.nth(1).inner_text()
        assert widget.get_by_role("button", name="Open relay").get_attribute("aria-pressed") == "true"
        book.run(2)
        book.cell(2).get_by_text("True").wait_for()
        widget.get_by_role("button", name="Relays for its own").click()
        widget.get_by_text("no stranger was let through").wait_for()
        assert book.errors() == []


def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(house):
    with house.notebook(*CELLS[:2]) as book:
        widget = book.widget(1)
        widget.get_by_role("button", name="Open relay").click()
        widget.get_by_text("strangers were let through").wait_for()
        assert amiss(house, widget) == {}
