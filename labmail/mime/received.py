"""The way of a letter, from its Received fields: each host that took it put one on top. RFC 5321 section 4.4.

What a host wrote can be believed as far as the host can: all below the first one that is yours may be invented. Lines
that follow no syntax are kept, with what can be made out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from labmail.mime.header import FIELD_MAX_OCTETS, Field, unfolded
from labmail.mime.parts import Part
from labmail.mime.reader import structure
from labmail.mime.words import shown

__all__ = ["Hop", "hops"]

HOPS_MAX = 100  # ours; a server gives up a letter after as many: RFC 5321 section 6.3
KEYWORDS = ("from", "by", "via", "with", "id", "for")

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s();"]+|[();"]', re.S)
_ADDRESS = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]{3,45})\]")


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One host took the letter: `by` from `from_`. None where its line does not say."""

    number: int  # in the order travelled, from 1
    from_: str | None = None  # as the client called itself
    address: str | None = None  # as the host saw it
    by: str | None = None
    with_: str | None = None
    id: str | None = None
    for_: str | None = None
    at: datetime | None = None
    delay: timedelta | None = None  # to the next hop; below zero where a clock is wrong
    start: int = field(default=0, repr=False)  # of the field, in the message
    end: int = field(default=0, repr=False)

    def __repr__(self) -> str:
        seen = f" [{self.address}]" if self.address else ""
        way = f"{self.from_ or 'somebody'}{seen} to {self.by or 'some host'}"
        with_ = f" with {self.with_}" if self.with_ else ""
        at = f", {self.at:%a, %d %b %Y %H:%M:%S %z}" if self.at else ", at an unknown time"
        later = f", then {self.delay.total_seconds():.0f} s" if self.delay is not None else ""
        return f"{self.number}. {way}{with_}{at}{later}"


def hops(message: bytes | Part) -> tuple[Hop, ...]:
    """The trail of a message, in the order travelled; the last is the topmost line."""
    root = message if isinstance(message, Part) else structure(message)
    lines = [each for each in root.headers if each.name.lower() == "received"][:HOPS_MAX]
    found = [_read(line, number) for number, line in enumerate(reversed(lines), 1)]
    nexts = [*(hop.at for hop in found[1:]), None]
    return tuple(_with_delay(hop, after) for hop, after in zip(found, nexts, strict=False))


def _with_delay(hop: Hop, after: datetime | None) -> Hop:
    if hop.at is None or after is None:
        return hop
    return replace(hop, delay=after - hop.at)


def _read(line: Field, number: int) -> Hop:
    value = shown(unfolded(line.raw)[:FIELD_MAX_OCTETS])
    said: dict[str, str] = {}
    comments: dict[str, str] = {}
    keyword, date = "", ""
    for word, is_comment, end in _words(value):
        if is_comment:
            comments.setdefault(keyword, word)
        elif word == ";":
            date = value[end:]
        elif word.lower() in KEYWORDS and word.lower() not in said:
            keyword = word.lower()
            said[keyword] = ""
        elif keyword and not said[keyword]:
            said[keyword] = word
    seen = _ADDRESS.search(comments.get("from", "")) or _ADDRESS.fullmatch(said.get("from", ""))
    return Hop(
        number=number,
        from_=said.get("from") or None,
        address=seen[1] if seen else None,
        by=said.get("by") or None,
        with_=said.get("with") or None,
        id=said.get("id") or None,
        for_=said.get("for", "").strip("<>") or None,
        at=_date(date),
        start=line.start,
        end=line.end,
    )


def _words(value: str) -> Iterator[tuple[str, bool, int]]:
    """Words, semicolons and whole comments, each with where it ends."""
    depth, begun = 0, 0
    for found in _TOKEN.finditer(value):
        token = found[0]
        if token == "(":
            begun = begun if depth else found.end()
            depth += 1
        elif token == ")" and depth:
            depth -= 1
            if not depth:
                yield value[begun : found.start()], True, found.end()
        elif not depth:
            yield token, False, found.end()


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text.strip()[:100])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)  # -0000 is a time in UTC from nobody knows where
        return at if abs(at.utcoffset() or timedelta()) < timedelta(hours=24) and at.astimezone(UTC) else None
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
