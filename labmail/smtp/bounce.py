"""What comes back when a letter cannot be delivered: a report that people and programs can read. RFC 3464.

It has no sender, <>, so that no report is ever made about a report. RFC 5321 section 6.1
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from labmail.smtp.deliver import Result

__all__ = ["bounce"]

CRLF2 = b"\r\n\r\n"


def bounce(letter: bytes, sender: str, results: Sequence[Result], *, host: str, number: str, at: datetime) -> bytes:
    """The report for the sender of a letter; `number` is its own, counted by the host."""
    boundary = f"{number}/{host}"
    said = "\r\n".join(f"  <{each.recipient}>: {each.why.splitlines()[0]}" for each in results)
    report = "\r\n".join(_about(each) for each in results)
    head = letter.partition(CRLF2)[0]
    parts = (
        ("text/plain; charset=utf-8", f"Your letter could not be delivered to\r\n\r\n{said}\r\n".encode()),
        ("message/delivery-status", f"Reporting-MTA: dns; {host}\r\n\r\n{report}".encode()),  # RFC 3464 section 2.2
        ("text/rfc822-headers", head + b"\r\n"),
    )
    top = (
        f"From: Mail Delivery System <MAILER-DAEMON@{host}>\r\nTo: <{sender}>\r\nDate: {format_datetime(at)}\r\n"
        f"Message-ID: <{number}@{host}>\r\nSubject: Undelivered mail returned to sender\r\n"
        f"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"\r\n\r\n'
    ).encode()
    bodies = b"".join(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() + body for kind, body in parts)
    return top + bodies + f"--{boundary}--\r\n".encode()


def _about(result: Result) -> str:
    """One recipient: RFC 3464 section 2.3"""
    status = (result.reply.enhanced if result.reply else None) or ("5.0.0" if result.status == "refused" else "4.4.7")
    lines = [f"Final-Recipient: rfc822; {result.recipient}", "Action: failed", f"Status: {status}"]
    if result.reply is not None and result.server != "-":
        lines += [f"Remote-MTA: dns; {result.server}", f"Diagnostic-Code: smtp; {' '.join(repr(result.reply).split())}"]
    return "\r\n".join(lines) + "\r\n"
