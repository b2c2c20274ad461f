"""The handshake: a tree of fields and the octets beside it share one selection; its looks in both themes."""

from tests.browser.looks import amiss

CELLS = (
    "from labmail import Lab, cake, widgets\nlab = Lab()\nlab.send(cake, 'bob@example.com')",
    "widgets.Handshake(lab.conversation('mail.example.net', 'mx1.example.com'))",
)


def test_a_field_its_octets_and_its_meaning_are_one_selection(house):
    with house.notebook(*CELLS) as book:
        widget, page = book.widget(1), house.page
        detail = widget.get_by_label("The chosen field")
        live = widget.locator(".lm-live")
        assert live.inner_text() == "mail.example.net says ClientHello."
        widget.get_by_role("button", name="mx1.example.com").click()
        assert live.inner_text() == "ClientHello: server_name, mx1.example.com."
        assert "learns whom you visit" in detail.inner_text()
        on = widget.locator(".lm-octets8 .t [data-on]").all_inner_texts()
        assert "".join(on).endswith("mx1.example.com")
        assert widget.locator(".lm-octets8 .x [data-on]").count() == len(on)
        widget.locator(".lm-octets8 .x i").nth(0).click()
        assert live.inner_text() == "ClientHello: type, handshake."
        widget.locator("[role=treeitem][tabindex='0']").focus()
        page.keyboard.press("ArrowDown")
        assert live.inner_text().startswith("ClientHello: version")
        page.keyboard.press("ArrowLeft")
        assert live.inner_text() == "mail.example.net says ClientHello."
        page.keyboard.press("ArrowRight")
        assert live.inner_text() == "ClientHello: type, handshake."
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen field"
        page.keyboard.press("Escape")
        assert page.evaluate("() => document.activeElement.getAttribute('role')") == "treeitem"
        page.keyboard.press("End")
        assert live.inner_text() == "mail.example.net says the rest of the handshake, sealed."
        assert widget.get_by_role("button", name="Next").is_disabled()
        assert book.errors() == []


def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(house):
    with house.notebook(*CELLS) as book:
        widget = book.widget(1)
        widget.get_by_role("button", name="TLS 1.3").click()
        assert amiss(house, widget) == {}
