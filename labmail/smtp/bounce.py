"""What comes back when a letter cannot be delivered: a report that people and programs can read. RFC 3464, RFC 6522.

It has no sender, <>, so that no report is ever made about a report. RFC 5321 section 6.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime

from labmail.smtp.deliver import Result

__all__ = ["bounce"]

WHOLE_MAX_OCTETS = 50_000  # ours: of a longer letter the header alone comes back
LINE_MAX = 900  # characters; RFC 5322 section 2.1.1 allows 998 in a line
CRLF2 = b"\r\n\r\n"

# what must not stand in utf-8-addr-xtext: RFC 6533 section 3
_NOT_XTEXT = re.compile(r"[^!-*,-<>-\[\]-~]")


def bounce(
    letter: bytes,
    sender: str,
    results: Sequence[Result],
    *,
    host: str,
    number: str,
    arrived: datetime,
    at: datetime,
    was: Mapping[str, str],
) -> bytes:
    """The report for the sender of a letter; `number` is its own, counted by the host. `was`: whom the sender meant."""
    fields = f"Reporting-MTA: dns; {host}\r\nArrival-Date: {format_datetime(arrived)}\r\n"  # RFC 3464 section 2.2
    status = "\r\n".join([fields, *(_about(each, at) for each in results)])
    parts = (  # RFC 6522 section 3
        ("text/plain; charset=utf-8", _in_words(results, host, was)),
        ("message/delivery-status", status.encode("ascii", "replace")),
        _returned(letter),
    )
    eight_bit = "" if all(body.isascii() for _, body in parts) else "Content-Transfer-Encoding: 8bit\r\n"
    boundary = f"{number}/{host}"
    while boundary.encode() in letter:
        boundary += "+"
    top = (
        f"From: Mail Delivery System <MAILER-DAEMON@{host}>\r\nTo: <{sender}>\r\nDate: {format_datetime(at)}\r\n"
        f"Message-ID: <{number}@{host}>\r\nSubject: Undelivered mail returned to sender\r\n"
        f"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n{eight_bit}"
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"\r\n\r\n'
    ).encode()
    return top + b"".join(_part(boundary, *part) for part in parts) + f"--{boundary}--\r\n".encode()


def _part(boundary: str, kind: str, body: bytes) -> bytes:
    eight_bit = "" if body.isascii() else "Content-Transfer-Encoding: 8bit\r\n"
    end = b"" if body.endswith(b"\r\n") else b"\r\n"
    return f"--{boundary}\r\nContent-Type: {kind}\r\n{eight_bit}\r\n".encode() + body + end


def _in_words(results: Sequence[Result], host: str, was: Mapping[str, str]) -> bytes:
    lines = [f"This is the mail server {host}. Your letter could not be delivered, and is not tried again:"]
    for each in results:
        meant = f" (you wrote to <{was[each.recipient]}>)" if each.recipient in was else ""
        says = f"{each.server} said: " if each.server != "-" and each.reply else ""
        lines += ["", f"  <{each.recipient}>{meant}"]
        lines += [f"    {says if number == 0 else ''}{line}" for number, line in enumerate(each.why.splitlines())]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _about(result: Result, at: datetime) -> str:
    """One recipient: RFC 3464 section 2.3"""
    gave_up = result.status == "deferred"  # with 4: the letter was good, and the fault lasted. RFC 3463 section 2
    status = "4.4.7" if gave_up else (result.reply.enhanced if result.reply else None) or "5.0.0"
    lines = [f"Final-Recipient: {_typed(result.recipient)}", "Action: failed", f"Status: {status}"]
    if result.server != "-":
        lines.append(f"Remote-MTA: dns; {result.server}")
    if result.reply is not None:
        lines += _folded(f"Diagnostic-Code: smtp; {result.reply!r}")
    lines.append(f"Last-Attempt-Date: {format_datetime(at)}")
    return "".join(f"{line}\r\n" for line in lines)


def _typed(address: str) -> str:
    return f"rfc822; {address}" if address.isascii() else f"utf-8; {_NOT_XTEXT.sub(_escaped, address)}"


def _escaped(sign: re.Match[str]) -> str:
    return rf"\x{{{ord(sign[0]):02X}}}"


def _folded(field: str) -> Iterator[str]:
    """Of a reply in several lines each is one of the field."""
    for number, line in enumerate(field.splitlines()):
        for at in range(0, len(line), LINE_MAX):
            yield (" " if number or at else "") + line[at : at + LINE_MAX]


def _returned(letter: bytes) -> tuple[str, bytes]:
    """Whole, as long as it is short: RFC 6522 section 3. A header that is not ASCII has types: RFC 6533 section 4"""
    head = b"" if letter.startswith(b"\r\n") else letter.partition(CRLF2)[0] + b"\r\n"
    if len(letter) <= WHOLE_MAX_OCTETS:
        return ("message/rfc822" if head.isascii() else "message/global"), letter
    return ("text/rfc822-headers" if head.isascii() else "message/global-headers"), head
