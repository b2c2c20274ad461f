"""A report as a letter: read by the standard library, and by us. RFC 9990 section 3.5.2."""

from __future__ import annotations

import gzip
from email import message_from_bytes
from email.policy import default

import pytest

from labmail import dmarc, reports
from tests.reports.samples import LETTER, NOW, report

MAILED = reports.letter(report(), "dmarc@example.net", sender="postmaster@example.com", at=NOW)


def test_the_letter_as_another_program_reads_it():
    message = message_from_bytes(MAILED.octets, policy=default)
    assert message["Subject"] == (
        "Report Domain: example.net Submitter: mx1.example.com Report-ID: <1780272000.example.net@mx1.example.com>"
    )
    assert message["Message-ID"] == "<1780272000.example.net@mx1.example.com>"
    assert message["From"].addresses[0].addr_spec == "postmaster@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    text, file = message.iter_parts()
    assert "2 of 4 passed" in text.get_content()
    assert file.get_content_type() == "application/gzip"
    assert file.get_filename() == "mx1.example.com!example.net!1780272000!1780358399.xml.gz"
    assert gzip.decompress(file.get_content()) == reports.write(report())
    assert not message.defects and not file.defects


def test_the_letter_as_we_read_it():
    assert dmarc.reports(MAILED.octets) == (report(),)
    assert dmarc.reports(message_from_bytes(MAILED.octets)) == (report(),)
    assert all(len(line) <= 78 for line in MAILED.octets.split(b"\r\n"))
    assert b"\n" not in MAILED.octets.replace(b"\r\n", b"")


def test_the_same_report_is_the_same_letter():
    again = reports.letter(report(), "dmarc@example.net", sender="postmaster@example.com", at=NOW)
    assert again == MAILED
    assert again.mail_from == ""


@pytest.mark.parametrize(
    ("kind", "name"),
    [("text/xml", "a.xml"), ("application/octet-stream", "a.xml.gz"), ("application/gzip", None)],
)
def test_a_report_is_known_by_its_type_or_by_its_name(kind: str, name: str | None):
    message = message_from_bytes(LETTER, policy=default)
    octets = reports.write(report())
    packed = octets if kind == "text/xml" else gzip.compress(octets)
    main, sub = kind.split("/")
    message.add_attachment(packed, main, sub, **({"filename": name} if name else {}))
    assert dmarc.reports(message.as_bytes()) == (report(),)


def test_letters_of_reports_are_known_by_their_header():
    assert reports.is_report(MAILED.octets)
    assert not reports.is_report(LETTER)
    assert not reports.is_report(LETTER.replace(b"Subject: ", b"Subject: Report Domain: "))  # a person may write that
    assert not reports.is_report(b"")
