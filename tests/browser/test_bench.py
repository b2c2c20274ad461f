"""The bench in a browser: words are said as they are typed, Replay waits for a tick, old and new stand side by side."""

from __future__ import annotations

import re

from labmail import dmarc, spf
from tests.browser.looks import amiss, overflowing

SETUP = """
from labmail import Lab, widgets
lab = Lab()
mx1 = lab.host("mx1.example.com")
mx1.spf_at, mx1.check_dkim, mx1.check_dmarc = "MAIL", False, False
"""
BENCH = 'widgets.RecordBench(lab, "example.net")'
PUBLISHED = 'print(lab.zone("example.net")["@", "TXT"])'


def test_edit_predict_replay_compare(house):
    with house.notebook(SETUP, BENCH, PUBLISHED) as book:
        widget, page = book.widget(1), house.page
        field, replay = widget.get_by_role("textbox"), widget.get_by_role("button", name="Replay")
        words = widget.get_by_label("What each word is").get_by_role("listitem")
        assert "everybody who is left" in words.nth(2).inner_text()
        field.fill("v=spf1 ip4:192.0.2.67 ?all nonsense")
        assert words.nth(2).locator(".lm-is").inner_text() == "neutral"
        assert words.nth(3).locator(".lm-is").inner_text() == "unknown"
        field.fill("v=spf1 ip4:192.0.2.67 +all")
        assert replay.get_attribute("aria-disabled") == "true"
        widget.get_by_role("checkbox", name="nothing changes").check()
        assert replay.get_attribute("aria-disabled") is None
        widget.get_by_role("checkbox", name="mallory.example").check()
        assert not widget.get_by_role("checkbox", name="nothing changes").is_checked()
        replay.click()
        widget.get_by_text("What changed?").wait_for()
        rows = widget.locator("tbody tr")
        assert re.sub(r"\s+", " ", rows.nth(3).inner_text()) == (
            "right mallory.example 203.0.113.66 fail → pass 550 refused → 250 delivered"
        )
        assert rows.nth(0).get_attribute("data-same") is not None
        assert "mx.mailhost.example changed" in widget.locator(".lm-bar .lm-live").first.inner_text()
        assert replay.get_attribute("aria-disabled") == "true"  # the next round wants ticks of its own
        book.run(2)
        book.cell(2).get_by_text("+all").wait_for()
        assert page.evaluate("() => document.activeElement !== null") and book.errors() == []


def test_a_row_opens_its_evidence_and_its_dialog_by_keyboard(house):
    with house.notebook(SETUP, BENCH) as book:
        widget, page = book.widget(1), house.page
        widget.get_by_role("button", name="mail.example.net").click()
        page.keyboard.press("ArrowDown")
        assert widget.locator(".lm-bench-detail h3").first.inner_text() == "mx.mailhost.example"
        page.keyboard.press("End")
        assert widget.locator("tr[data-chosen] .lm-opens").inner_text() == "mallory.example"
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen letter"
        assert widget.get_by_role("treeitem").count() == 3
        widget.get_by_role("button", name="Dialog").click()
        assert "MAIL FROM:<alice@example.net>" in widget.get_by_label("The dialog, line by line").inner_text()
        assert widget.locator("li[data-decided]").inner_text().startswith("S\n550 5.7.23")
        page.keyboard.press("Escape")
        assert page.evaluate("() => document.activeElement.textContent") == "mallory.example"
        assert book.errors() == []


def test_a_letter_is_edited_and_replayed(house):
    bench = 'widgets.RecordBench(lab, "example.net", "_dmarc")'
    with house.notebook("from labmail import Lab, widgets\nlab = Lab()", bench) as book:
        assert book.errors() == []
        widget = book.widget(1)
        widget.get_by_role("button", name="mail.example.net").click()
        widget.get_by_role("button", name="Letter").click()
        paper = widget.get_by_label("The letter, as it will be sent")
        paper.fill(paper.input_value().replace("cake!", "cakes!"))
        row = widget.locator("tbody tr").first
        assert "the letter was edited" in row.inner_text()
        widget.get_by_role("checkbox", name="mail.example.net").check()
        widget.get_by_role("button", name="Replay").click()
        widget.get_by_text("What changed?").wait_for()
        assert row.locator("td").nth(3).locator(".lm-is").all_inner_texts() == ["pass", "fail"]
        assert "cakes!" in paper.input_value()
        widget.get_by_role("button", name="As it was at first").click()
        assert "cake!" in paper.input_value()


BEYOND = """(all) => all.filter((e) => e.getBoundingClientRect().right > e.closest("li").getBoundingClientRect().right)
  .map((e) => e.textContent)"""
SPF_READINGS = {  # all that stands at the name -> what is said of each word that has something said of it
    "v=spf1 ip4:192.0.2.67 -all": ["pass", "fail"],
    "V=SPF1 a ~all exp=why.example.net": ["pass", "softfail"],
    "spf1 ip4:192.0.2.67 -all": ["no record"],
    "v=spf10 -all": ["no record"],
    "v=spf1 moo=1 v=spf1 -all": ["unknown", "unknown", "fail"],
    "v=spf1 redirect -all= all": ["unknown", "unknown", "pass"],
    "v=spf1 -all\nv=spf1 +all": ["no record", "no record"],
    "v=spf1 -all\nsome other text": ["fail", "no record"],
}


def test_the_words_of_an_spf_record_are_read_as_its_verdict_reads_it(house):
    with house.notebook(SETUP, BENCH) as book:
        widget = book.widget(1)
        words = widget.get_by_label("What each word is")
        for text, faults in SPF_READINGS.items():
            widget.get_by_role("textbox").first.fill(text)
            assert words.locator(".lm-is").all_inner_texts() == faults, text
            assert words.locator(".lm-is").evaluate_all(BEYOND) == [], text
            count = sum(spf.words.is_spf(line) for line in text.split("\n"))
            told = words.get_by_text("one of 2 SPF records, and one is allowed")
            assert told.count() == (2 if count > 1 else 0), text
        assert words.get_by_text("no SPF record: one begins with v=spf1").count() == 1
        assert book.errors() == []


def test_what_is_long_stays_within_the_bench(house):
    """A word that no line holds, and a record longer than DNS can answer."""
    with house.notebook(SETUP, BENCH) as book:
        widget = book.widget(1)
        field = widget.get_by_role("textbox").first
        long = {"v=spf1 " + "a" * 2000 + " -all": "permerror", "v=spf1" + " ip4:192.0.2.1" * 7000: "451"}
        for text, answer in long.items():
            field.fill(text)
            assert field.bounding_box()["height"] < 300
            widget.get_by_role("checkbox", name="mallory.example").check()
            widget.get_by_role("button", name="Replay").click()
            widget.locator("tbody tr").last.get_by_text(answer).wait_for()
            assert overflowing(widget) == []
        assert widget.get_by_label("What each word is").get_by_role("listitem").last.inner_text() == "… 6941 more"
        assert book.errors() == []


READINGS = {
    "v=DMARC1; p=reject; rua=mailto:dmarc@example.net": [],
    "v=dmarc1; p=reject": ["no record"],
    "p=reject; v=DMARC1": ["no record"],
    "v=DMARC1": ["missing"],
    "v=DMARC1; p=none; p=reject": ["no record"],
    "v=DMARC1; p=none; rua=bob": ["not valid"],
    "v=DMARC1; p=block; sp=x; adkim=q; moo=1; nothing": ["not valid", "not valid", "not valid", "unknown", "unknown"],
    "V = DMARC1 ; P=Quarantine; rua=mailto:a@example.net!10m , mailto:b@example.net;": [],
}


def test_the_words_of_a_dmarc_record_are_read_as_its_verdict_reads_it(house):
    bench = 'widgets.RecordBench(lab, "example.net", "_dmarc")'
    with house.notebook("from labmail import Lab, widgets\nlab = Lab()", bench) as book:
        widget = book.widget(1)
        words = widget.get_by_label("What each word is")
        for text, faults in READINGS.items():
            widget.get_by_role("textbox").first.fill(text)
            assert words.locator(".lm-is").all_inner_texts() == faults, text
            record = dmarc.read(text)
            assert (record is None) == ("no record" in faults), text
            assert record is None or bool(record.remarks) == bool(faults), text
        assert book.errors() == []


TOGETHER = {  # all that stands at the name
    "v=DMARC1; p=none\nv=DMARC1; p=reject": ["no record", "no record"],
    "v=spf1 -all\nv=DMARC1; p=reject": ["no record"],
    "v=DMARC1; p=none; p=none\nv=DMARC1; p=reject": ["no record"],
}


def test_two_dmarc_records_are_none_and_each_says_so(house):
    bench = 'widgets.RecordBench(lab, "example.net", "_dmarc")'
    with house.notebook("from labmail import Lab, widgets\nlab = Lab()", bench) as book:
        widget = book.widget(1)
        words = widget.get_by_label("What each word is")
        for text, faults in TOGETHER.items():
            widget.get_by_role("textbox").first.fill(text)
            assert words.locator(".lm-is").all_inner_texts() == faults, text
            several = sum(dmarc.read(line) is not None for line in text.split("\n")) > 1
            assert words.get_by_text("one of 2 DMARC records at this name").count() == 2 * several, text
        assert book.errors() == []


def test_nothing_is_amiss(house):
    with house.notebook(
        SETUP + "mx1.check_dkim = mx1.check_dmarc = True\nmx1.spf_at = 'DATA'",
        f"bench = {BENCH}\nbench.replay('v=spf1 ip:192.0.2.67 ~all', ['mallory.example', 'mail.example.net'])\nbench",
        'widgets.RecordBench(lab, "example.net", name="_dmarc")',
    ) as book:
        assert book.errors() == []
        assert amiss(house, book.widget(1)) == {}
        assert amiss(house, book.widget(2)) == {}
