"""The two names of a letter in a browser."""

from tests.browser.looks import amiss

CELLS = (
    """from labmail import Lab, cake, widgets
lab = Lab("06-spf")
lab.send(cake, "bob@example.com", at="mallory.example", mail_from="mallory@mallory.example")""",
    'widgets.TwoNames(lab.mailbox("bob@example.com")[-1])',
)


def test_the_gap_is_said_in_words_and_nothing_is_amiss(house):
    with house.notebook(*CELLS) as book:
        widget = book.widget(1)
        shown = widget.get_by_role("img").get_attribute("aria-label")
        assert shown == "SPF looked up mallory.example: pass. From: shows example.net. nobody compared these."
        assert "Alice <alice@example.net>" in widget.inner_text()
        assert amiss(house, widget) == {}
        assert book.errors() == []
