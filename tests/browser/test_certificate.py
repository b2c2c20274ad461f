"""The certificate: another one from the shelf, what fails is chosen, and its looks in both themes."""

from tests.browser.looks import amiss

CELLS = ("from labmail import Lab, widgets\nlab = Lab()", 'widgets.Certificate(lab, "mx1.example.com")')


def test_another_one_from_the_shelf(house):
    with house.notebook(*CELLS) as book:
        widget, page = book.widget(1), house.page
        rows = widget.get_by_role("option")
        detail = widget.get_by_label("The chosen check")
        assert widget.locator(".lm-certverdict").inner_text().startswith("accepted")
        assert widget.locator(".lm-joint[data-gap]").count() == 0
        widget.get_by_role("button", name="unknown CA").click()
        widget.get_by_text("unknown CA: refused").wait_for()
        assert "refused, error 20" in widget.locator(".lm-certverdict").inner_text()
        assert widget.locator(".lm-joint[data-gap]").count() == 1
        assert "nobody whom the client knows" in detail.inner_text()  # what failed is chosen
        told = widget.get_by_label("What the server saw").inner_text()
        assert told.startswith("What mx1.example.com saw")
        assert "unknown_ca (48)" in told and "15 03 03 00 02 02 30" in told
        widget.get_by_role("button", name="expired").click()
        widget.get_by_text("expired: refused").wait_for()
        assert rows.nth(1).get_attribute("aria-selected") == "true"
        rows.nth(1).focus()
        page.keyboard.press("ArrowDown")
        assert "The name that the client wanted" in detail.inner_text()
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen check"
        assert book.errors() == []


def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(house):
    with house.notebook(*CELLS) as book:
        widget = book.widget(1)
        widget.get_by_role("button", name="self-signed").click()
        widget.get_by_text("self-signed: refused").wait_for()
        assert amiss(house, widget) == {}
