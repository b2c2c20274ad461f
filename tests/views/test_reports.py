"""DMARC reports as data: sums, bars, a row for each kind of letter, and the figures that are drawn from them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from labmail import explain, reports
from labmail.reports.reading import DISPOSITIONS, REASONS
from labmail.views import report_figures
from labmail.views import reports as view
from tests.reports.samples import LETTER, NOW, RENTED, SIGNED, judge, report

SHOWN = """\
DMARC reports about example.net: 2 reports from mx1.example.com, 1 June to 2 June 2026: 4 of 8 letters passed.
from            passed  failed, and taken  failed, set apart  failed, refused
192.0.2.67           4                  0                  0                0
198.51.100.120       0                  0                  4                0

in              passed  failed, and taken  failed, set apart  failed, refused
1 June               2                  0                  2                0
2 June               2                  0                  2                0"""


def later(days: int):
    """The same report, of another day."""
    span = timedelta(days=days)
    one = report()
    return replace(one, begin=one.begin + span, end=one.end + span, report_id=f"{days}@mx1.example.com")


TWO = [report(), later(1)]


def test_the_sums_as_text():
    data = view.view(TWO)
    assert json.loads(json.dumps(data)) == data
    assert view.text(data) == SHOWN
    assert [one["count"] for one in data["outcomes"]] == [4, 0, 4, 0]


def test_a_row_says_what_it_means():
    rows = view.view(report())["rows"]
    assert [(row["source"], row["result"]["is"], row["done"]) for row in rows] == [
        ("192.0.2.67", "pass", "pass"),
        ("192.0.2.67", "pass", "pass"),
        (RENTED, "fail", "quarantine"),
        (RENTED, "fail", "quarantine"),
    ]
    row = next(row for row in rows if ["MAIL FROM", "of vps.example"] in row["facts"])
    assert row["says"][0].startswith("Nobody vouches for `example.net` here.")
    assert row["says"][1:] == [
        "mx1.example.com put them into Junk, or set them apart in another way.",
        "It did not do what `p=reject` asks for: its own rules came first.",
    ]
    facts = dict(map(tuple, row["facts"]))
    assert facts["signature"] == "fail: d=example.net, s=s1"
    assert facts["SPF itself"] == "pass for vps.example"
    assert facts["the receiver says"] == "p=reject alone is no ground for refusing: RFC 9989 section 7.4"
    assert row["rfc"]["name"] == "RFC 9989 section 5.3.5"
    assert row["xml"].startswith("<record>\n  <row>\n    <source_ip>198.51.100.120<")
    assert row["xml"].endswith("</record>")


def test_what_is_looked_at_first_is_what_failed_most():
    data = view.view(report(*[judge(SIGNED)] * 9, judge(LETTER, RENTED), *[judge(LETTER, "203.0.113.66")] * 2))
    chosen = next(row for row in data["rows"] if row["key"] == data["chosen"])
    assert (chosen["source"], chosen["count"]) == ("203.0.113.66", 2)
    assert view.view(report(judge()))["chosen"] == "0"


def test_everything_that_may_stand_in_a_report_is_explained():
    kinds = explain.kinds()
    assert set(kinds["reports.done"]) == set(DISPOSITIONS)
    assert set(kinds["reports.reason"]) == set(REASONS)


def test_letters_of_a_mailbox_are_read_and_others_passed_over():
    mailed = reports.letter(report(), "dmarc@example.net", sender="postmaster@example.com", at=NOW)
    data = view.view([LETTER, mailed.octets, b"<feedback/>"])
    assert len(data["rows"]) == 4
    assert data["faults"] == ["Letter 3: the report is not whole: <feedback> has no <report_metadata>."]
    assert view.text(data).splitlines()[1] == data["faults"][0]


def test_one_letter_alone_must_hold_a_report():
    data = view.view(LETTER)
    assert data["faults"] == [
        "Letter 1: the letter has no DMARC report with it: that would be a file of the type application/gzip."
    ]
    assert view.text(data).splitlines()[0] == "DMARC reports: No report."


def test_no_report_yet():
    data = view.view([])
    assert (data["title"], data["rows"], data["chosen"], data["code"]) == ("DMARC reports", [], "", "")
    assert "send_reports()" in data["says"]


def test_many_reports_are_days_and_many_sources_are_others():
    found = [later(day) for day in range(40)]
    many = [replace(judge(), ip=f"192.0.2.{number}") for number in range(20)]
    data = view.view([*found, report(*many)])
    assert len(data["spans"]) == view.BARS_MAX
    assert data["spans"][-1]["label"] == "10 July"
    assert data["sources"][-1] == {"label": "14 others", "pass": 14, "none": 0, "quarantine": 0, "reject": 0}
    assert len(view.text(data).splitlines()) <= view.TEXT_LINES_MAX


def test_there_is_an_end_to_rows():
    many = [replace(judge(), ip=f"192.0.{number // 250}.{number % 250}") for number in range(view.ROWS_MAX + 7)]
    data = view.view(report(*many))
    assert (len(data["rows"]), data["more"]) == (view.ROWS_MAX, 7)


def test_spans_of_one_day_have_their_times():
    one = report()
    noon = one.begin + timedelta(hours=12)
    halves = [replace(one, end=noon), replace(one, begin=noon + timedelta(seconds=1), report_id="2@mx1.example.com")]
    labels = [bar["label"] for bar in view.view(halves)["spans"]]
    assert labels == ["1 June\nto 12:00:00", "1 June\nto 23:59:59"]


# ---- the figures


@pytest.mark.parametrize("theme", report_figures.THEMES)
@pytest.mark.parametrize("name", report_figures.FIGURES)
def test_a_figure_is_the_same_every_time_and_has_no_ground_of_its_own(name: str, theme: str):
    data = view.view(TWO)
    drawn = report_figures.svg(data, name, theme)
    assert drawn == report_figures.svg(data, name, theme)
    root = etree.fromstring(drawn.encode())
    assert root.tag.endswith("svg")
    assert "<dc:date>" not in drawn
    ink = report_figures.THEMES[theme][3][0]
    assert f"fill: {ink}" in drawn


def test_only_what_happened_stands_in_the_legend():
    drawn = report_figures.figure(view.view(TWO), "spans")
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["passed", "failed, set apart"]
    heights = [patch.get_height() for patch in drawn.axes[0].patches]
    assert heights == [2, 2, 2, 2]


def test_drawing_changes_nothing_for_others():
    import matplotlib

    before = dict(matplotlib.rcParams)
    report_figures.svg(view.view(TWO), "spans", "dark")
    assert dict(matplotlib.rcParams) == before
