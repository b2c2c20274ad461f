"""A letter as the store keeps it: what came, octet for octet, and what receivers added, apart from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, compat32
from functools import cached_property
from typing import Any, NamedTuple

from labmail.authres import without

__all__ = ["Brief", "Letter", "join_flags", "joined", "letter_of", "split_flags"]

SUBJECT_SHOWN_MAX = 40  # characters


class Brief(NamedTuple):  # ten thousand of them are made while others wait
    """What a list of letters needs of one: its text stays where it is."""

    number: int  # the letter's
    uid: int
    size_octets: int  # of `Letter.message`
    ends_line: int  # 1: it ends with CR LF


@dataclass(frozen=True, kw_only=True, repr=False)
class Letter:
    """A letter in a folder. Headers by name, in any case: `letter["Subject"]`; None where there is none."""

    number: int  # per store, in order of arrival
    address: str  # whose mailbox it is in
    folder: str
    uid: int  # per folder, never used twice
    octets: bytes  # as it came
    trace: bytes  # whole header lines, added on the way in
    return_path: str | None  # the envelope's sender; "" is <>, None: no envelope, as of a copy that a program put there
    recipient: str  # the envelope's, as the client wrote it
    flags: frozenset[str]
    at: datetime  # lab time of its arrival
    hosts: tuple[str, ...] = ()  # of the provider: nobody else writes results in their names

    @cached_property
    def message(self) -> bytes:
        """What a program reads: the trace on top, then the letter as it came."""
        return joined(self.return_path, self.trace, self.octets, self.hosts)

    @cached_property
    def headers(self) -> EmailMessage:
        """Its headers; the body is left out."""
        ends = [end + 2 for mark in (b"\r\n\r\n", b"\n\n") if (end := self.message.find(mark)) >= 0]
        return BytesHeaderParser(policy=SMTP).parsebytes(self.message[: min(ends, default=None)])

    def __getitem__(self, name: str) -> str | None:
        return next(iter(self.get_all(name)), None)

    def __contains__(self, name: str) -> bool:
        return name in self.headers

    def __iter__(self) -> Iterator[str]:
        """The names of its headers, from the top."""
        return iter(self.headers)

    def get_all(self, name: str) -> list[str]:
        """Every header of that name, from the top."""
        try:
            return list(self.headers.get_all(name, []))
        except Exception:  # a hostile header can upset the parser of structured fields: then its text has to do
            rows = [row for row in self.headers.raw_items() if row[0].lower() == name.lower()]
            return [str(compat32.header_fetch_parse(*row)) for row in rows]

    def __repr__(self) -> str:
        subject = " ".join(str(self["Subject"] or "").split())
        if len(subject) > SUBJECT_SHOWN_MAX:
            subject = f"{subject[: SUBJECT_SHOWN_MAX - 1]}…"
        sender = "no envelope" if self.return_path is None else f"from <{self.return_path}>"
        place = f"{self.uid} in {self.folder} of {self.address}"
        return f"<Letter {place}: {subject!r}, {sender}, {len(self.octets)} octets>"


def joined(return_path: str | None, trace: bytes, octets: bytes, hosts: tuple[str, ...] = ()) -> bytes:
    """Authentication-Results that came with the letter and claim to be ours are left out: RFC 8601 section 5."""
    if return_path is None:
        return trace + octets
    kept = without(octets, *hosts) if hosts else octets
    return f"Return-Path: <{return_path}>\r\n".encode() + trace + kept


def join_flags(flags: frozenset[str]) -> str:
    return " ".join(sorted(flags))


def split_flags(text: str) -> frozenset[str]:
    return frozenset(text.split())


def letter_of(row: tuple[Any, ...], hosts: tuple[str, ...] = ()) -> Letter:
    number, address, folder, uid, octets, trace, return_path, recipient, flags, at = row
    return Letter(
        number=number,
        address=address,
        folder=folder,
        uid=uid,
        octets=octets,
        trace=trace,
        return_path=return_path,
        recipient=recipient,
        flags=split_flags(flags),
        at=datetime.fromisoformat(at),
        hosts=hosts,
    )
