"""The attacker: switches act on the lab's wires, the next letter shows what they did, and its looks in both themes."""

from tests.browser.looks import amiss

CELLS = (
    "from labmail import Lab, widgets\nlab = Lab()",
    "widgets.Attacker(lab)",
    "lab.wire('mail.example.net', 'mx1.example.com')",
)


def test_a_switch_and_the_letter_after_it(house):
    with house.notebook(*CELLS) as book:
        widget = book.widget(1)
        send = widget.get_by_role("button", name="Send Alice’s letter")
        assert "No letter was sent yet" in widget.inner_text()
        send.click()
        widget.get_by_text("The letter arrived, sealed").wait_for()
        assert widget.locator("[data-which=stands]").count() == 1
        widget.get_by_role("switch", name="Strip STARTTLS").check()
        widget.get_by_text("strip STARTTLS", exact=True).wait_for()
        book.run(2)
        book.cell(2).get_by_text("stripped of STARTTLS by mallory.example").wait_for()
        send.click()
        widget.get_by_text("has read all of it").wait_for()
        assert widget.locator("[data-which=none]").count() == 1
        assert widget.locator(".lm-block").count() == 0
        widget.get_by_role("button", name="To the missing handshake").click()
        assert "No handshake" in widget.locator(".lm-nested .lm-live").inner_text()
        widget.get_by_role("switch", name="Strip STARTTLS").focus()
        house.page.keyboard.press("Space")
        widget.get_by_text("only listens").wait_for()
        assert book.errors() == []


def test_a_home_has_a_filter_and_ways_around_it(house):
    cells = ("from labmail import Lab, widgets\nlab = Lab('05-starttls-and-submission')",)
    with house.notebook(*cells, "widgets.Attacker(lab, 'laptop.example.net')", "lab.isp()") as book:
        widget = book.widget(1)
        send = widget.get_by_role("button", name="Send Alice’s letter")
        assert widget.get_by_role("switch", name="Filter port 25 at home").is_checked()
        send.click()
        widget.get_by_text("its provider lets nobody out there").wait_for()
        assert widget.get_by_role("group", name="Which way the letter takes").get_by_role("button").count() == 3
        widget.get_by_role("button", name="Through her provider").click()
        widget.get_by_text("takes it on 587").wait_for()
        send.click()
        widget.get_by_text("took the letter on port 587").wait_for()
        widget.get_by_role("button", name="Straight to port 25").click()
        widget.get_by_role("switch", name="Filter port 25 at home").uncheck()
        widget.get_by_role("switch", name="Forge the MX answer").check()
        widget.get_by_text("forge the MX answer", exact=True).wait_for()
        send.click()
        widget.get_by_text("delivered to mallory.example").wait_for()
        book.run(2)
        book.cell(2).get_by_text("lets everybody out to every port").wait_for()
        assert amiss(house, widget) == {}
        assert book.errors() == []


def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(house):
    with house.notebook(*CELLS[:2]) as book:
        widget = book.widget(1)
        widget.get_by_role("switch", name="Show another certificate").check()
        widget.get_by_text("show another certificate", exact=True).wait_for()
        widget.get_by_role("button", name="Send Alice’s letter").click()
        widget.get_by_text("The letter arrived sealed").wait_for()
        assert amiss(house, widget) == {}
