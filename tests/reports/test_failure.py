"""The report about one letter, as the standard library reads it, and when there is one. RFC 9991, RFC 6591."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from labmail import reports
from labmail.reports import NoReport, arf, failures, is_report, read_failure
from labmail.reports.failure import wanted
from tests.reports.samples import BROKEN, LETTER, NOW, RECORD, RENTED, SIGNED, judge


def fo(option: str) -> str:
    return f"{RECORD}; fo={option}"


def made(found=None, letter: bytes = BROKEN):
    (failure,) = failures(found or judge(letter, RENTED), letter, at=NOW)
    return failure, arf(failure, "dmarc@example.net", number="failure-00001", sender="postmaster@example.com", at=NOW)


def test_as_the_standard_library_reads_it():
    _, mailed = made()
    message = message_from_bytes(mailed.octets, policy=default)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "feedback-report"
    assert message["Auto-Submitted"] == "auto-generated"
    text, feedback, header = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert feedback.get_content_type() == "message/feedback-report"
    assert header.get_content_type() == "text/rfc822-headers"
    (fields,) = feedback.get_payload()
    assert fields["Feedback-Type"] == "auth-failure"
    assert fields["Version"] == "1"
    assert fields["Auth-Failure"] == "dmarc"
    assert fields["Identity-Alignment"] == "dkim, spf"
    assert fields["Reported-Domain"] == "example.net"
    assert fields["Source-IP"] == RENTED
    assert fields["Original-Mail-From"] == "<alice@example.net>"
    assert fields["Arrival-Date"] == "Mon, 01 Jun 2026 09:00:00 +0000"
    assert fields["Reporting-MTA"] == "dns; mx1.example.com"
    assert fields["Authentication-Results"].startswith("mx1.example.com; spf=fail")
    assert (fields["DKIM-Domain"], fields["DKIM-Selector"]) == ("example.net", "s1")
    assert fields["SPF-DNS"] == 'txt : example.net : "v=spf1 ip4:192.0.2.67 -all"'
    assert "Subject: Re: The Cake" in header.get_content()
    assert not message.defects


def test_the_body_stays_between_those_who_wrote_it():
    """RFC 9991 section 7"""
    _, mailed = made()
    assert b"bring the" not in mailed.octets
    assert b"\n" not in mailed.octets.replace(b"\r\n", b"")


def test_it_reads_back_the_same():
    failure, mailed = made()
    again = read_failure(mailed.octets)
    assert replace(again, header=b"") == replace(failure, header=b"")
    assert again.header.split(b"\r\n")[:3] == failure.header.split(b"\r\n")[:3]
    assert is_report(mailed.octets)
    assert repr(again).splitlines()[0] == f"a letter from {RENTED}, in the name of example.net: dmarc failed"


@pytest.mark.parametrize(
    ("option", "letter", "ip", "kinds"),
    [
        ("0", SIGNED, RENTED, ()),  # DKIM alone is enough
        ("0", LETTER, RENTED, ("dmarc",)),
        ("1", SIGNED, RENTED, ("dmarc",)),
        ("1", SIGNED, "192.0.2.67", ()),
        ("d", BROKEN, "192.0.2.67", ("bodyhash",)),
        ("d", SIGNED.replace(b"Subject: Re", b"Subject: Fw"), "192.0.2.67", ("signature",)),
        ("d", LETTER, RENTED, ()),  # nobody signed
        ("s", SIGNED, RENTED, ("spf",)),
        ("s", LETTER, "192.0.2.67", ()),
        ("d:s", BROKEN, RENTED, ("bodyhash", "spf")),
        ("1:d:s", BROKEN, RENTED, ("dmarc", "bodyhash", "spf")),
        ("x", LETTER, RENTED, ("dmarc",)),  # nobody knows it, so the default holds
    ],
)
def test_fo_says_when(option: str, letter: bytes, ip: str, kinds: tuple[str, ...]):
    assert wanted(judge(letter, ip, record=fo(option))) == kinds


def test_there_is_none_without_ruf_and_none_for_a_public_suffix():
    assert wanted(judge(LETTER, RENTED, record="v=DMARC1; p=reject; rua=mailto:d@example.net")) == ()
    assert wanted(judge(LETTER, RENTED, record=f"{RECORD}; psd=y")) == ()
    assert wanted(replace(judge(), dmarc=None)) == ()


def test_what_a_sender_chose_makes_no_lines_and_no_parts():
    letter = b"X-One: a\r\n--failure-00001/mx1.example.com: b\r\n--failure-00001/mx1.example.com--\r\n" + LETTER
    letter += "X\xe4".encode("latin-1")
    letter = letter.replace(b"Subject: ", b"Subject: \xe4")
    found = judge(letter, RENTED, "al\r\nX-Evil: 1@example.net")
    failure, mailed = made(found, letter)
    message = message_from_bytes(mailed.octets, policy=default)
    assert len(list(message.iter_parts())) == 3
    assert b"\r\nX-Evil" not in mailed.octets
    assert mailed.octets.isascii()
    assert failure.original_mail_from != read_failure(mailed.octets).original_mail_from


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        (b"message/feedback-report", b"text/plain", "the letter has no failure report with it"),
        (b"auth-failure", b"abuse", "the feedback report is of the type “abuse”, and one about DMARC of auth-failure"),
        (b"Auth-Failure: dmarc\r\n", b"", "the feedback report is not whole: it has no Auth-Failure"),
        (b"Reported-Domain", b"Reported-Name", "the feedback report is not whole: it has no Reported-Domain"),
    ],
)
def test_what_is_none_is_told(was: bytes, becomes: bytes, says: str):
    _, mailed = made()
    with pytest.raises(NoReport, match=says):
        read_failure(mailed.octets.replace(was, becomes))


def test_an_aggregate_report_is_no_failure_report():
    with pytest.raises(NoReport):
        reports.find(made()[1].octets)
