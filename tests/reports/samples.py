"""Verdicts on letters in the name of example.net, as mx1.example.com comes to them, and a report about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from labmail import cake, dkim, reports
from labmail.reports import Collector, Report
from labmail.verdicts import Verdicts, verify
from tests.dkim.letters import key
from tests.spf.zone import Zone

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
BEGIN, END = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
HONEST, RENTED = "192.0.2.67", "198.51.100.120"
LETTER = cake.replace("\n", "\r\n").encode()
SIGNED = dkim.sign(LETTER, "s1", "example.net", key("ed25519"), now=NOW).message
BROKEN = SIGNED.replace(b"cake", b"pie")
RECORD = "v=DMARC1; p=reject; rua=mailto:dmarc@example.net; ruf=mailto:dmarc@example.net"


def zone(record: str = RECORD, more: dict[str, Any] | None = None) -> Zone:
    entries: dict[str, Any] = {
        "example.net": [("TXT", f"v=spf1 ip4:{HONEST} -all")],
        "_dmarc.example.net": [("TXT", record)],
        "s1._domainkey.example.net": [("TXT", key("ed25519").record)],
        "vps.example": [("TXT", f"v=spf1 ip4:{RENTED} -all")],
    }
    return Zone({**entries, **(more or {})})


def judge(
    letter: bytes = LETTER,
    ip: str = HONEST,
    mail_from: str = "alice@example.net",
    record: str = RECORD,
    helo: str = "mail.example.net",
) -> Verdicts:
    return verify(
        letter, ip=ip, helo=helo, mail_from=mail_from, resolver=zone(record), now=NOW, receiver="mx1.example.com"
    )


def made(collector: Collector) -> Report:
    (seen,) = collector.take()
    return reports.report(
        seen, receiver="mx1.example.com", org_name="example.com", email="postmaster@example.com", begin=BEGIN, end=END
    )


def report(*found: Verdicts) -> Report:
    """About those letters, or about four of every day."""
    collector = Collector()
    for one in found or (judge(SIGNED), judge(), judge(BROKEN, RENTED, "list@vps.example"), judge(LETTER, RENTED)):
        collector.add(one)
    return made(collector)
