"""Receiving hosts report: as the day ends, at once, to whom they may, and never without end. RFC 9990, RFC 9991."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from labmail import Lab, cake, dmarc
from labmail.errors import LabError
from labmail.mta.reporting import FAILURES_MAX
from labmail.reports import read_failure

BOX = "dmarc@example.net"
ASKED = "example.net._report._dmarc"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(memory=True) as here:
        yield here


def honest(lab: Lab) -> None:
    lab.send(cake, "bob@example.com")


def spoofed(lab: Lab, times: int = 1) -> None:
    for _ in range(times):
        lab.send(cake, "bob@example.com", at="mallory.example", mail_from="mallory@mallory.example")


def said(lab: Lab) -> list[str]:
    """What the hosts noted about reports."""
    return [f"{event.by}: {event.value}" for event in lab.record if event.kind == "report"]


def publish(lab: Lab, record: str) -> None:
    lab.zone("example.net")["_dmarc", "TXT"] = [f'"v=DMARC1; p=reject; {record}"']


def test_at_once(lab: Lab):
    honest(lab)
    spoofed(lab, 2)
    (sent,) = lab.host("mx1.example.com").send_reports()
    (letter,) = lab.wait_for_mail(BOX)
    assert dmarc.reports(letter) == (sent,)
    assert [(row.source_ip, row.count, row.disposition) for row in sent.rows] == [
        ("203.0.113.66", 2, "quarantine"),
        ("192.0.2.67", 1, "pass"),
    ]
    assert (sent.org_name, sent.email) == ("example.com", "postmaster@example.com")
    assert (letter.folder, letter.return_path) == ("INBOX", "")


def test_its_letter_passes_dmarc_itself(lab: Lab):
    """RFC 9990 section 3.5.2"""
    honest(lab)
    lab.host("mx1.example.com").send_reports()
    results = " ".join(str(lab.wait_for_mail(BOX)[0]["Authentication-Results"]).split())
    assert "dmarc=pass header.from=example.com" in results


@pytest.mark.parametrize("host", ["mx1.example.com", "mail.example.net", "mx.mailhost.example", "mx.alumni.example"])
def test_whoever_sends_it_is_aligned(lab: Lab, host: str):
    """The name in From: is one for which the host's own SPF record vouches, also at a host of many domains."""
    address = {"mx1.example.com": "bob@example.com", "mail.example.net": "alice@example.net"}.get(host)
    address = address or {"mx.mailhost.example": "info@example.org"}.get(host, "postmaster@alumni.example")
    lab.zone("mallory.example")["_dmarc", "TXT"] = ['"v=DMARC1; p=none; rua=mailto:mallory@mallory.example"']
    lab.send(cake.replace("alice@example.net", "mallory@mallory.example"), address, at="mallory.example")
    lab.host("mallory.example").spf_at = "DATA"
    assert lab.host(host).send_reports()
    (letter,) = lab.wait_for_mail("mallory@mallory.example")
    results = " ".join(str(letter["Authentication-Results"]).split())
    assert "spf=pass smtp.helo=" in results
    if lab.dig(f"_dmarc.{letter['From'].partition('@')[2].rstrip('>')}", "TXT").answer.rcode == "NOERROR":
        assert "dmarc=pass" in results


def test_at_the_end_of_the_day(lab: Lab):
    honest(lab)
    assert lab.mailbox(BOX) == []
    lab.clock.advance(hours=14)
    assert lab.mailbox(BOX) == []
    lab.clock.advance(hours=1)
    (letter,) = lab.mailbox(BOX)
    (found,) = dmarc.reports(letter)
    assert found.begin == datetime(2026, 6, 1, tzinfo=UTC)
    assert found.end == datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    assert letter.at == datetime(2026, 6, 2, tzinfo=UTC)


def test_a_day_without_mail_has_no_report_and_reports_end(lab: Lab):
    """Both domains ask for reports, and each gets mail from the other: from the reports."""
    honest(lab)
    lab.clock.advance(days=30)
    assert len(lab.mailbox(BOX)) == 1
    assert lab.mailbox("dmarc@example.com") == []
    assert lab._net.agenda.next_due() is None


def test_a_reports_letter_counts_where_there_is_other_mail(lab: Lab):
    honest(lab)
    lab.host("mx1.example.com").send_reports()
    lab.send(cake.replace("alice@example.net", "bob@example.com"), "alice@example.net", at="mail.example.com")
    (sent,) = lab.host("mail.example.net").send_reports()
    assert (sent.published.domain, sent.count, sent.passed) == ("example.com", 2, 2)
    assert {row.source_ip for row in sent.rows} == {"198.51.100.1", "198.51.100.10"}


def test_spans_do_not_overlap(lab: Lab):
    """RFC 9990 section 3.1.1.4, though the lab's time stands still"""
    sent = []
    for _ in range(3):
        honest(lab)
        sent += lab.host("mx1.example.com").send_reports()
    lab.clock.advance(days=1)
    honest(lab)
    lab.clock.advance(days=1)
    found = [dmarc.reports(letter)[0] for letter in lab.mailbox(BOX)]
    assert found[:3] == sent
    assert all(one.begin <= one.end < two.begin for one, two in pairwise(found))
    assert len({one.report_id for one in found}) == len(found) == 4
    assert found[3].begin == datetime(2026, 6, 2, tzinfo=UTC)


def test_nothing_to_tell(lab: Lab):
    assert repr(lab.host("mx1.example.com").send_reports()) == "no reports"
    with pytest.raises(LabError, match=r"laptop.example.net takes no mail, so it has nothing to report"):
        lab.host("laptop.example.net").send_reports()


def test_a_lab_whose_domains_ask_for_none_has_an_empty_agenda(lab: Lab):
    publish(lab, "t=n")
    honest(lab)
    lab.clock.advance(seconds=1)
    assert lab._net.agenda.next_due() is None
    assert lab.host("mx1.example.com").send_reports() == ()


def test_a_host_that_checks_nothing_reports_nothing(lab: Lab):
    lab.host("mx1.example.com").check_dmarc = False
    honest(lab)
    assert lab.host("mx1.example.com").send_reports() == ()


def test_reset_begins_anew(lab: Lab):
    honest(lab)
    lab.reset()
    assert lab.host("mx1.example.com").send_reports() == ()
    honest(lab)
    lab.host("mx1.example.com").send_reports()
    assert len(lab.mailbox(BOX)) == 1


# ---- elsewhere


def test_an_address_elsewhere_is_asked(lab: Lab):
    publish(lab, "rua=mailto:info@example.org")
    honest(lab)
    assert len(lab.host("mx1.example.com").send_reports()) == 1
    assert lab.mailbox("info@example.org") == []
    assert "no report to mailto:info@example.org: example.org takes no reports about example.net" in said(lab)[-1]
    lab.zone("example.org")[ASKED, "TXT"] = ['"v=DMARC1"']
    lab.clock.advance(minutes=10)  # that there was none is remembered for a while
    honest(lab)
    lab.host("mx1.example.com").send_reports()
    assert len(lab.wait_for_mail("info@example.org")) == 1


def test_every_address_gets_it(lab: Lab):
    publish(lab, "rua=mailto:alice@example.net,https://example.net/r,mailto:dmarc@example.net")
    honest(lab)
    lab.host("mx1.example.com").send_reports()
    assert len(lab.wait_for_mail(BOX)) == len(lab.wait_for_mail("alice@example.net")) == 1
    assert "mx1.example.com: no report to https://example.net/r: it is no mailto: with one address" in said(lab)


def test_a_report_that_cannot_be_delivered_is_no_ground_for_another_letter(lab: Lab):
    publish(lab, "rua=mailto:nobody@example.net")
    honest(lab)
    assert lab.host("mx1.example.com").send_reports()
    lab.clock.advance(days=10)
    kinds = [event.kind for event in lab.record]
    assert "undeliverable" in kinds
    assert lab.mailbox("postmaster@example.com") == lab.mailbox("postmaster@example.net") == []


# ---- of one letter


def test_a_letter_that_fails_is_reported_at_once(lab: Lab):
    publish(lab, "ruf=mailto:dmarc@example.net")
    honest(lab)
    spoofed(lab)
    (letter,) = lab.wait_for_mail(BOX)
    failure = read_failure(letter)
    assert (failure.auth_failure, failure.source_ip) == ("dmarc", "203.0.113.66")
    assert failure.delivery_result == "spam"
    assert failure.original_mail_from == "mallory@mallory.example"
    assert b"Subject: Re: The Cake" in failure.header
    assert letter["Message-ID"] == "<failure-00001@mx1.example.com>"
    assert "dmarc=pass" in str(letter["Authentication-Results"])


def test_fo_says_when(lab: Lab):
    publish(lab, "ruf=mailto:dmarc@example.net; fo=1")
    lab.host("mail.example.net").sign = False
    honest(lab)  # SPF passes, and nobody signed
    failure = read_failure(lab.wait_for_mail(BOX)[0])
    assert (failure.identity_alignment, failure.delivery_result) == (("dkim",), "delivered")


def test_many_failures_are_not_many_reports(lab: Lab):
    """RFC 9991 section 8.1"""
    publish(lab, "ruf=mailto:dmarc@example.net")
    spoofed(lab, FAILURES_MAX + 3)
    assert len(lab.wait_for_mail(BOX, FAILURES_MAX)) == FAILURES_MAX
    lab.clock.advance(days=1)
    spoofed(lab)
    assert len(lab.wait_for_mail(BOX, FAILURES_MAX + 1)) == FAILURES_MAX + 1


def test_no_failure_report_about_a_failure_report(lab: Lab):
    """RFC 9991 section 5.1: two domains that fail each other's reports would write for ever."""
    publish(lab, "ruf=mailto:dmarc@example.net; fo=1")
    lab.zone("example.com")["_dmarc", "TXT"] = ['"v=DMARC1; p=reject; ruf=mailto:dmarc@example.com; fo=1"']
    for host in ("mx1.example.com", "mail.example.net"):
        lab.host(host).sign = False
    honest(lab)
    assert len(lab.wait_for_mail(BOX)) == 1
    lab.clock.advance(days=2)
    assert lab.mailbox("dmarc@example.com") == []
