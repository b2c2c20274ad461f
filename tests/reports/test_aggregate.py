"""From verdicts to a report, to XML that the schema holds to be right, and back. RFC 9990."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from labmail import reports
from labmail.reports import Collector, DkimResult, Reason, SpfResult
from tests.reports.samples import BROKEN, HONEST, LETTER, RENTED, SIGNED, judge, made, report

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "dmarc-2.0.xsd"))

SHOWN = """\
example.com on example.net (p=reject), 2026-06-01 00:00:00 to 2026-06-01 23:59:59: 2 of 4 passed
source          count  disposition  DKIM  SPF   From:
192.0.2.67          1  pass         fail  pass  example.net
192.0.2.67          1  pass         pass  pass  example.net
198.51.100.120      1  quarantine   fail  fail  example.net
198.51.100.120      1  quarantine   fail  fail  example.net"""


def valid(xml: bytes) -> bool:
    found: bool = SCHEMA.validate(etree.fromstring(xml))
    return found


def test_a_report_is_what_the_schema_asks_for_and_reads_back_the_same():
    before = report()
    xml = reports.write(before)
    SCHEMA.assertValid(etree.fromstring(xml))
    assert reports.read(xml) == before
    assert reports.write(reports.read(xml)) == xml == reports.write(report())
    assert repr(before) == SHOWN


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"<version>1.0<", b"<version>2.0<"),
        (b"<disposition>quarantine<", b"<disposition>junk<"),
        (b"<p>reject<", b"<p>refuse<"),
        (b"<discovery_method>treewalk<", b"<discovery_method>list<"),
        (b"<selector>s1</selector>", b""),
        (b"@mx1.example.com</report_id>", b" mx1</report_id>"),
        (b"<source_ip>192.0.2.67<", b"<source_ip>192.0.2<"),
        (b"dmarc-2.0", b"dmarc-1.0"),
        (b"<scope>mfrom<", b"<scope>helo<"),
    ],
)
def test_the_schema_can_say_no(was: bytes, becomes: bytes):
    xml = reports.write(report())
    assert was in xml
    assert not valid(xml.replace(was, becomes))


def test_letters_that_are_alike_are_one_row():
    found = report(*[judge(SIGNED)] * 3, judge(LETTER, RENTED), judge(LETTER, RENTED, "alice@EXAMPLE.net"))
    assert [(row.source_ip, row.count) for row in found.rows] == [(HONEST, 3), (RENTED, 2)]
    assert (found.count, found.passed) == (5, 3)


def test_what_a_row_says():
    (row,) = report(judge(BROKEN, RENTED, "list@vps.example")).rows
    assert (row.source_ip, row.header_from, row.envelope_from) == (RENTED, "example.net", "vps.example")
    assert (row.disposition, row.dkim, row.spf, row.passed) == ("quarantine", "fail", "fail", False)
    assert row.sender == SpfResult(domain="vps.example", result="pass")
    (signature,) = row.signatures
    assert (signature.domain, signature.selector, signature.result) == ("example.net", "s1", "fail")
    assert "body" in signature.human_result


def test_what_the_record_does_not_say_has_its_default():
    published = report(judge(record="v=DMARC1; p=quarantine; sp=none; t=y; rua=mailto:d@example.net")).published
    assert (published.p, published.sp, published.np, published.testing) == ("quarantine", "none", "none", "y")
    assert (published.adkim, published.aspf, published.fo) == ("r", "r", "0")
    assert (published.domain, published.discovery_method) == ("example.net", "treewalk")


def test_a_record_that_is_not_whole_counts_as_none_and_the_owner_hears_of_it():
    found = report(judge(record="v=DMARC1; p=refuse; rua=mailto:d@example.net"))
    assert found.published.p == found.published.sp == "none"
    assert found.error == '"refuse" is no policy: none, quarantine and reject are'
    assert valid(reports.write(found))


@pytest.mark.parametrize(
    ("record", "done", "disposition", "reasons"),
    [
        ("p=reject", "", "quarantine", ["local_policy"]),  # RFC 9989 section 7.4
        ("p=reject", "reject", "reject", []),
        ("p=quarantine", "", "quarantine", []),
        ("p=quarantine", "none", "none", ["local_policy"]),
        ("p=none", "", "none", []),
        ("p=none", "reject", "reject", ["local_policy"]),  # for SPF, say
        ("p=quarantine; t=y", "", "none", ["policy_test_mode"]),
        ("p=reject; t=y", "", "quarantine", ["policy_test_mode"]),
        ("p=reject; t=y", "none", "none", ["policy_test_mode", "local_policy"]),
    ],
)
def test_what_was_not_done_as_asked_has_a_reason(record, done, disposition, reasons):
    found = replace(judge(ip=RENTED, record=f"v=DMARC1; {record}; rua=mailto:d@example.net"), disposition=done)
    (row,) = report(found).rows
    assert row.disposition == disposition
    assert [reason.type for reason in row.reasons] == reasons
    assert valid(reports.write(report(found)))


def test_a_pass_is_called_so_where_something_might_have_been_done():
    assert [row.disposition for row in report(judge()).rows] == ["pass"]
    assert [row.disposition for row in report(judge(record="v=DMARC1; p=none; rua=mailto:d@example.net")).rows] == [
        "none"
    ]


def test_only_mail_of_a_domain_that_asks_is_counted():
    collector = Collector()
    assert not collector.add(judge(record="v=DMARC1; p=reject"))
    assert not collector.add(replace(judge(), dmarc=None))
    assert not collector.add(replace(judge(), disposition="defer"))  # it comes again
    assert not collector
    assert collector.add(judge())
    assert collector
    assert len(collector.take()) == 1
    assert collector.take() == []


def test_letters_of_reports_are_counted_and_are_no_reason_for_one():
    collector = Collector()
    assert collector.add(judge(), is_report=True)
    assert not collector
    collector.add(judge(ip=RENTED))
    assert collector
    assert made(collector).count == 2


def test_the_last_policy_seen_is_named():
    """RFC 9990 section 3.3"""
    again = judge(record="v=DMARC1; p=none; rua=mailto:new@example.net")
    collector = Collector()
    collector.add(judge())
    collector.add(again)
    (seen,) = collector.take()
    assert (seen.published.p, seen.rua) == ("none", ("mailto:new@example.net",))
    assert len(seen.rows) == 2


def test_signatures_come_in_the_order_of_their_weight():
    """RFC 9990 section 3.1.3"""
    found = judge(SIGNED)
    (good,) = found.dkim.signatures
    bad = replace(good, result="fail", why="the body was changed", selector="old")
    other = replace(good, domain="list.example", selector="l1")
    many = replace(found, dkim=replace(found.dkim, signatures=(bad, other, good, *[bad] * 200)))
    (row,) = report(many).rows
    assert [one.selector for one in row.signatures[:3]] == ["s1", "l1", "old"]
    assert row.signatures[2] == DkimResult(
        domain="example.net", selector="old", result="fail", human_result="the body was changed"
    )
    assert len(row.signatures) == 100


def test_a_sender_cannot_make_rows_without_end(monkeypatch):
    from labmail.reports import collecting

    monkeypatch.setattr(collecting, "ROWS_MAX", 2)
    collector = Collector()
    kept = [collector.add(replace(judge(), ip=f"192.0.2.{number}")) for number in range(4)]
    assert kept == [True, True, False, False]


TEXT = st.text(max_size=20)


@given(TEXT.filter(str.strip), TEXT, TEXT)
def test_whatever_a_sender_writes_is_xml(name: str, comment: str, selector: str):
    (row,) = report(judge()).rows
    row = replace(
        row,
        header_from=name,
        reasons=(Reason(type="other", comment=comment),),
        signatures=(DkimResult(domain=name, selector=selector, result="fail"),),
    )
    xml = reports.write(replace(report(judge()), rows=(row,)))
    assert len(etree.fromstring(xml)) == 4
    assert reports.read(xml).rows[0].source_ip == HONEST


def test_a_report_of_the_old_form_is_read_as_well():
    """RFC 7489 had no name space, and asked for no selector."""
    xml = reports.write(report()).replace(b' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"', b"")
    old = xml.replace(b"<selector>s1</selector>", b"").replace(b"<discovery_method>treewalk</discovery_method>", b"")
    found = reports.read(old)
    assert found.count == 4
    assert found.published.discovery_method == ""


def test_what_is_not_known_is_passed_over():
    xml = reports.write(report())
    more = xml.replace(b"<policy_published>", b"<policy_published><x:new xmlns:x='urn:x'><x:p>none</x:p></x:new>")
    more = more.replace(b"</policy_published>", b"</policy_published><extension><e xmlns='urn:e'/></extension>")
    assert reports.read(more) == report()


def test_times_are_of_the_lab():
    assert report().begin == datetime(2026, 6, 1, tzinfo=UTC)
    assert b"<begin>1780272000</begin>" in reports.write(report())
