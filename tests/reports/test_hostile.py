"""What strangers may send as a report: each is refused in one sentence, and costs little. RFC 9990 section 8.1."""

from __future__ import annotations

import contextlib
import gzip
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import dmarc, reports
from labmail.reports import NoReport
from labmail.reports.mailing import pack
from labmail.reports.reading import DEPTH_MAX, ELEMENTS_MAX, XML_MAX_OCTETS
from tests.reports.samples import report

XML = reports.write(report())

LAUGHS = b"".join(
    [
        b"<?xml version='1.0'?>\n<!DOCTYPE lolz [\n<!ENTITY lol0 'lol'>\n",
        *(b"<!ENTITY lol%d '%b'>\n" % (level, b"&lol%d;" % (level - 1) * 10) for level in range(1, 10)),
        b"]>\n<feedback>&lol9;</feedback>",
    ]
)
OUTSIDE = b"<?xml version='1.0'?><!DOCTYPE f [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><feedback>&x;</feedback>"
REMOTE = b"<?xml version='1.0'?><!DOCTYPE f SYSTEM 'http://mallory.example/f.dtd'><feedback/>"

REFUSED = {
    "billion laughs": (LAUGHS, "the XML declares a document type in line 2"),
    "external entity": (OUTSIDE, "the XML declares a document type in line 1"),
    "external document type": (REMOTE, "the XML declares a document type in line 1"),
    "an entity nobody declared": (b"<feedback>&x;</feedback>", "the XML cannot be read: undefined entity, in line 1"),
    "no XML": (b"<feedback", "the XML cannot be read: unclosed token, in line 1"),
    "half of one": (XML[: len(XML) // 2], "the XML cannot be read"),
    "another document": (b"<html/>", "the XML is no DMARC report: it begins with <html>"),
    "another name space": (XML.replace(b"dmarc-2.0", b"other"), "the XML is no DMARC report"),
    "a strange encoding": (b"<?xml version='1.0' encoding='klingon'?><feedback/>", "the XML "),
    "an encoding of Python's": (b"<?xml version='1.0' encoding='rot13'?><feedback/>", "the XML "),
    "too deep": (b"<feedback>" + b"<a>" * DEPTH_MAX, f"the XML has elements more than {DEPTH_MAX} deep"),
    "too many elements": (b"<feedback>" + b"<a/>" * ELEMENTS_MAX, f"the XML has more than {ELEMENTS_MAX:,} elements"),
    "too long": (b"<feedback>" + b" " * XML_MAX_OCTETS, f"and a report may have {XML_MAX_OCTETS:,}"),
    "nothing in it": (b"<feedback/>", "<feedback> has no <report_metadata>"),
    "no record": (XML[: XML.index(b"<record>")] + b"</feedback>", "the report has no record"),
    "no policy": (XML.replace(b"<p>reject</p>", b""), "<policy_published> has no <p>, or nothing stands in it"),
    "a policy nobody knows": (XML.replace(b"<p>reject", b"<p>shrug"), "<p> is “shrug” in <policy_published>"),
    "a count that is none": (
        XML.replace(b"<count>1<", b"<count>-1<"),
        "<count> is “-1” in <row>; it is a whole number",
    ),
    "digits of another script": (XML.replace(b"<count>1<", "<count>١<".encode()), "<count> is “١”"),
    "a huge count": (XML.replace(b"<count>1<", b"<count>" + b"9" * 5000 + b"<"), "<count> is “9999"),
    "a time that is none": (XML.replace(b"<begin>1", b"<begin>9999999991"), "<begin> is “9999999991780272000”"),
    "an address that is none": (XML.replace(b"192.0.2.67", b"mail.example"), "<source_ip> is “mail.example”, which"),
    "a result nobody knows": (XML.replace(b"<result>fail<", b"<result>maybe<"), "<result> is “maybe”"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_sentence(name: str):
    octets, says = REFUSED[name]
    began = time.perf_counter()
    with pytest.raises(NoReport) as caught:
        reports.read(octets)
    assert time.perf_counter() - began < 5
    assert says in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def bomb(octets: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    spaces = b" " * 1_000_000
    return b"".join([packer.compress(b"<feedback>"), *(packer.compress(spaces) for _ in range(octets // 10**6))]) + (
        packer.flush()
    )


def test_a_gzip_bomb_is_unpacked_to_the_limit_and_no_further():
    with pytest.raises(NoReport, match=f"unpacks to more than {XML_MAX_OCTETS:,} octets"):
        dmarc.reports(bomb(200_000_000))


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (pack(XML)[:-9], "the file ends before its gzip data do: part of it is missing"),
        (b"\x1f\x8b" + b"nothing of the kind", "the file begins as gzip does, and cannot be unpacked: it is damaged"),
        (b"PK\x03\x04" + XML, "the file is a ZIP archive; RFC 9990 section 3.5.2 asks for gzip"),
        (b"\x1f\x8b" + bytes(2_000_000), "the file has 2,000,002 octets, and a report may have 1,048,576"),
        (b"Subject: Hello\r\n\r\nNo report.\r\n", "the letter has no DMARC report with it"),
        (b"", "the letter has no DMARC report with it"),
        (17, "a report is looked for in a letter or in octets, and this is of type int"),
    ],
)
def test_what_is_no_file_of_a_report(octets: object, says: str):
    with pytest.raises(NoReport, match=says):
        dmarc.reports(octets)


def test_a_file_in_other_hands():
    assert dmarc.reports(gzip.compress(XML)) == dmarc.reports(XML) == dmarc.reports(XML.decode()) == (report(),)


@given(st.binary(max_size=200))
def test_nothing_else_is_raised(octets: bytes):
    for source in (octets, b"<feedback>" + octets, b"\x1f\x8b" + octets, XML[:600] + octets + XML[600:]):
        with contextlib.suppress(NoReport):
            dmarc.reports(source)
