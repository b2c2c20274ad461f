"""Two views: both sides of each row, the mark of the handshake, the keyboard, and its looks in both themes."""

import pytest

from tests.browser.looks import amiss

LAB = "from labmail import Lab, cake, widgets\nlab = Lab('05-starttls-and-submission')\n"
SEND = LAB + "{act}lab.send(cake, 'bob@example.com')"
VIEWS = "widgets.TwoViews(lab.conversation('mail.example.net', 'mx1.example.com'))"
WIRE = "lab.wire('mail.example.net', 'mx1.example.com').{}()\n"
ACTS = {"sealed": "", "stripped": WIRE.format("strip"), "substituted": WIRE.format("substitute")}


def cells(act=""):
    return SEND.format(act=ACTS.get(act, "")), VIEWS


def test_one_selection_and_both_its_sides(house):
    with house.notebook(*cells()) as book:
        widget, page = book.widget(1), house.page
        rows = widget.get_by_role("option")
        detail = widget.get_by_label("The chosen row")
        live = widget.locator(".lm-live")
        rows.first.focus()
        page.keyboard.press("ArrowUp")  # at the upper end nothing happens
        assert live.inner_text().endswith("SMTP server ready; a listener reads the same.")
        widget.get_by_role("button", name="To the handshake").click()
        assert live.inner_text().startswith("TLS 1.3 handshake")
        widget.get_by_role("button", name="Next").click()
        assert detail.locator("h3").all_inner_texts() == ["mail.example.net says, as TLS", "A listener has"]
        assert "ClientHello" in live.inner_text()
        rows.filter(has_text="MAIL FROM").click()
        assert live.inner_text().endswith("a listener sees a sealed record.")
        left, right = detail.get_by_role("img").all()
        assert "4d 41 49 4c" in left.get_attribute("aria-label")
        assert ": 17 03 03 00" in right.get_attribute("aria-label")
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen row"
        page.keyboard.press("Escape")
        assert page.evaluate("() => document.activeElement.getAttribute('role')") == "option"
        page.keyboard.press("End")
        assert widget.get_by_role("button", name="Next").is_disabled()
        widget.get_by_label("Scrub through the conversation").fill("0")
        assert rows.first.get_attribute("aria-selected") == "true"
        assert book.errors() == []


def test_lines_of_one_record_stand_beside_one_block(house):
    with house.notebook(*cells()) as book:
        widget = book.widget(1)
        widget.get_by_role("option").filter(has_text="Subject: Re: The Cake").click()
        same = widget.locator("[data-same]")
        assert same.count() == 6  # the rest of the letter, its dot included
        blocks = [block.bounding_box() for block in widget.locator("[data-same] .lm-block").all()]
        assert len({(round(box["x"]), round(box["width"])) for box in blocks}) == 1
        before = widget.locator("[data-which=stands]").bounding_box()["height"]
        assert before >= 40  # the mark is larger than a row


def test_a_stripped_session_shows_both_sides_the_same(house):
    with house.notebook(*cells("stripped")) as book:
        widget = book.widget(1)
        assert widget.locator(".lm-block").count() == 0
        changed = widget.get_by_role("option").filter(has_text="changed by mallory.example")
        assert "250-STARTTLS" in changed.inner_text() and "250-XXXXXXXX" in changed.inner_text()
        assert "both sides are the same" in widget.inner_text()
        widget.get_by_role("button", name="To the missing handshake").click()
        assert "No handshake" in widget.locator(".lm-live").inner_text()


@pytest.mark.parametrize("act", ACTS)
def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(house, act):
    with house.notebook(*cells(act)) as book:
        widget = book.widget(1)
        widget.get_by_role("option").filter(has_text="STARTTLS").first.click()
        assert amiss(house, widget) == {}
