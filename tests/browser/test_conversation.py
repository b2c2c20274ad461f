"""The conversation: two lifelines, arrows step, Enter goes to the bytes, Escape comes back."""

SEND = """
import smtplib
from labmail import Lab, cake
lab = Lab("01-smtp-dialog")
with lab.at("mail.example.net"), smtplib.SMTP("mx1.example.com") as smtp:
    smtp.helo()
    smtp.sendmail("alice@example.net", ["bob@example.com"], cake)
"""
CELLS = (SEND, "lab.conversation('mail.example.net', 'mx1.example.com')")


def test_a_bare_conversation_shows_itself_and_is_walked_by_keyboard(house):
    with house.notebook(*CELLS) as book:
        widget, page = book.widget(1), house.page
        rows = widget.get_by_role("option")
        assert rows.first.get_attribute("aria-selected") == "true"
        rows.first.focus()
        page.keyboard.press("ArrowUp")  # at the upper end nothing happens
        assert "is ready" in widget.get_by_label("The chosen line").text_content()
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        assert widget.locator(".lm-live").inner_text() == "The client said mail FROM:<alice@example.net>."
        assert widget.locator(".lm-count").inner_text() == "line 4 of 19"
        widget.get_by_role("button", name="Back").click()
        assert rows.nth(2).get_attribute("aria-selected") == "true"
        widget.get_by_role("button", name="Next").click()
        rows.nth(3).focus()
        detail = widget.get_by_label("The chosen line")
        assert "mail.example.net says" in detail.text_content()
        assert "RFC 5321 section 4.1.1.2" in detail.text_content()
        hexdump = detail.get_by_role("img")
        assert hexdump.get_attribute("aria-label").startswith("31 octets: 6d 61 69 6c 20 46 52 4f 4d")  # mail FROM
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen line"
        page.keyboard.press("Escape")
        assert page.evaluate("() => document.activeElement.getAttribute('role')") == "option"
        page.keyboard.press("End")
        assert "Goodbye" in detail.text_content()
        page.keyboard.press("Home")
        assert "is ready" in detail.text_content()
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.getAttribute('role')") != "option"
        assert book.errors() == []


def test_stepping_never_scrolls_the_notebook(house):
    with house.notebook(*CELLS, *["print('\\n' * 30)"] * 3) as book:
        rows = book.widget(1).get_by_role("option")
        rows.nth(1).click()
        where = "() => document.querySelector('.jp-WindowedPanel-outer, .jp-Notebook').scrollTop"
        before = house.page.evaluate(where)
        for _ in range(30):
            house.page.keyboard.press("ArrowDown")
        assert house.page.evaluate(where) == before


READ = """
import poplib
from labmail import Lab, cake
lab = Lab()
lab.send(cake, "bob@example.com")
with lab.at("phone.example.com"):
    pop = poplib.POP3("mail.example.com")
said = [pop.user("bob"), pop.pass_("teaching-bob"), pop.retr(1)]
try:
    pop.retr(2)
except poplib.error_proto:
    pop.quit()
"""


def test_pop3_is_shown_by_its_own_words(house):
    with house.notebook(READ, "lab.conversation('phone.example.com', 'mail.example.com')") as book:
        widget = book.widget(1)
        detail = widget.get_by_label("The chosen line")
        widget.get_by_role("option").filter(has_text="PASS teaching-bob").click()
        assert "The password, as it is: teaching-bob. Nothing hides it here" in detail.text_content()
        refused = widget.get_by_role("option").filter(has_text="-ERR there is no message 2")
        assert refused.locator(".lm-is").text_content() == "no"
        assert refused.locator(".lm-wire b").text_content() == "-ERR"
        folded = widget.get_by_role("option").filter(has_text="by mx1.example.com with ESMTP")
        assert folded.locator(".lm-wire").text_content().startswith("\t")  # a tab is a space, and no picture
        assert "+OK yes" in widget.get_by_label("Legend").text_content()
        assert book.errors() == []
