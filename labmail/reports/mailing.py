"""A report as a letter, and out of one: subject, file name and attachment. RFC 9990 section 3.5.2.

`find` takes whatever may hold a report: a letter from a mailbox, octets of one, a file that was saved.
"""

from __future__ import annotations

import re
import zlib
from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from labmail import mime
from labmail.dkim.letter import places
from labmail.dkim.letter import read as read_letter
from labmail.errors import in_utf8
from labmail.mime import Part
from labmail.reports.reading import XML_MAX_OCTETS, NoReport, read
from labmail.reports.values import Report, Reports
from labmail.reports.writing import write

__all__ = ["FILE_MAX_OCTETS", "Mailed", "file_name", "find", "is_report", "letter", "octets_of", "subject", "unpack"]

FILE_MAX_OCTETS = 1024 * 1024  # packed; ours: XML of 4 MiB packs to a twentieth of that
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"  # what such files begin with; RFC 1952 for the first
GZIP_BITS = 31  # zlib reads gzip with these
EXTENSIONS = (".xml", ".xml.gz", ".gz", ".zip")
TYPES = (b"gzip", b"x-gzip", b"xml", b"zip", b"x-zip-compressed", b"x-gzip-compressed")
GENERATED = re.compile(r"auto-generated\b", re.IGNORECASE)  # RFC 3834 section 5
SUBJECT = re.compile(r"\s*Report\s+Domain:\s", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Mailed:
    """The letter, and what its envelope says: <>, so that nobody reports about it, and SPF looks at the host's name."""

    octets: bytes
    recipient: str
    mail_from: str = ""


# ---- into a letter


def file_name(report: Report) -> str:
    """`mx1.example.com!example.net!1780272000!1780358399.xml.gz`"""
    begin, end = (int(moment.timestamp()) for moment in (report.begin, report.end))
    return f"{_receiver(report)}!{report.published.domain}!{begin}!{end}.xml.gz"


def subject(report: Report) -> str:
    """Folded as the RFC's own example is."""
    words = f"Report Domain: {report.published.domain}", f"Submitter: {_receiver(report)}"
    return "\r\n ".join([*words, f"Report-ID: <{report.report_id}>"])


def letter(report: Report, to: str, *, sender: str, at: datetime) -> Mailed:
    """`sender` is the address in From:, which must be aligned with who sends it. RFC 9990 section 3.5.2"""
    boundary = f"report/{report.report_id}"
    begin, end = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (report.begin, report.end))
    text = (
        f"This is a DMARC report about mail in the name of {report.published.domain},\r\n"
        f"as {_receiver(report)} received it\r\nfrom {begin} to {end} UTC.\r\n"
        f"{report.passed} of {report.count} passed. All of it is in the attached file.\r\n"
    )
    top = (
        f'From: "DMARC reports of {_receiver(report)}" <{sender}>\r\nTo: <{to}>\r\nDate: {format_datetime(at)}\r\n'
        f"Message-ID: <{report.report_id}>\r\nSubject: {subject(report)}\r\nAuto-Submitted: auto-generated\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="{boundary}"\r\n\r\n'
    )
    attached = (
        f"Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment;\r\n filename="{file_name(report)}"\r\n\r\n'
    )
    packed = encodebytes(pack(write(report))).decode("ascii").replace("\n", "\r\n")
    parts = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}", f"{attached}{packed}"
    body = "".join(f"--{boundary}\r\n{part}" for part in parts)
    return Mailed(octets=f"{top}{body}--{boundary}--\r\n".encode(), recipient=to)


def pack(xml: bytes) -> bytes:
    """gzip, without the time and name of a file: the same XML gives the same octets. RFC 1952"""
    packer = zlib.compressobj(9, zlib.DEFLATED, GZIP_BITS)
    packed = packer.compress(xml) + packer.flush()
    return packed[:9] + b"\xff" + packed[10:]  # the operating system: unknown


def _receiver(report: Report) -> str:
    return report.report_id.rpartition("@")[2]


# ---- out of a letter


def is_report(octets: bytes) -> bool:
    """Whether a program wrote that letter to report about others: by its header fields alone, of either kind."""
    head = octets[: places(octets)[0]].lower()
    if b"auto-submitted" not in head and b"feedback-report" not in head:  # most letters, and soon told
        return False
    fields = {one.name: one.value.decode("latin-1") for one in read_letter(octets).fields}
    feedback = "feedback-report" in fields.get("content-type", "").lower()
    generated = GENERATED.match(fields.get("auto-submitted", "").strip()) is not None
    return feedback or (generated and SUBJECT.match(fields.get("subject", "")) is not None)


def find(source: Any) -> Reports:
    """The reports in a letter, or in a file's octets; NoReport says why there is none."""
    octets = octets_of(source)
    if octets.startswith((GZIP, ZIP)) or octets.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Reports([read(unpack(octets))])
    parts = list(_attached(mime.structure(octets)))
    if not parts:
        raise NoReport("the letter has no DMARC report with it: that would be a file of the type application/gzip")
    return Reports(read(unpack(part.decoded())) for part in parts)


def octets_of(source: Any) -> bytes:
    """Of a letter in a store, of a message of the standard library, or as they are."""
    octets = getattr(source, "octets", source)
    if hasattr(octets, "as_bytes"):
        octets = octets.as_bytes()
    if isinstance(octets, str):
        octets = in_utf8(octets)
    if not isinstance(octets, bytes | bytearray):
        raise NoReport(f"a report is looked for in a letter or in octets, and this is of type {type(source).__name__}")
    return bytes(octets)


def _attached(message: Part) -> Iterator[Part]:
    for part in message.leaves():
        name = (part.filename or "").lower()
        known = part.type in (b"application", b"text") and part.subtype in TYPES
        if (known and part.type != b"multipart") or name.endswith(EXTENSIONS):
            yield part


def unpack(octets: bytes) -> bytes:
    """The XML. What grows beyond our limit is not unpacked further. RFC 9990 section 8.1"""
    if len(octets) > FILE_MAX_OCTETS and not octets.lstrip().startswith(b"<"):
        raise NoReport(f"the file has {len(octets):,} octets, and a report may have {FILE_MAX_OCTETS:,}")
    if octets.startswith(ZIP):
        raise NoReport("the file is a ZIP archive; RFC 9990 section 3.5.2 asks for gzip")
    if not octets.startswith(GZIP):
        return octets
    unpacker = zlib.decompressobj(GZIP_BITS)
    try:
        xml = unpacker.decompress(octets, XML_MAX_OCTETS + 1)
    except zlib.error:
        raise NoReport("the file begins as gzip does, and cannot be unpacked: it is damaged") from None
    if len(xml) > XML_MAX_OCTETS:
        raise NoReport(f"the file unpacks to more than {XML_MAX_OCTETS:,} octets, and that is too much for a report")
    if not unpacker.eof:
        raise NoReport("the file ends before its gzip data do: part of it is missing")
    return xml
