"""A message as a signature sees it: its header fields, each with its octets, and its body. RFC 6376 section 3.4.

Octets stay as they are. Only a message without a single CR LF, as text and many files are, gets them first: it would
have got them on its way (RFC 6376 section 5.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from labmail.errors import LabError, in_utf8
from labmail.mime.header import fields

__all__ = ["Field", "Letter", "as_it_is", "octets_of", "places", "read"]

EMPTY_FIRST = re.compile(rb"\r?\n")
EMPTY_LINE = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, kw_only=True)
class Field:
    """A header field, with its line end; `start` and `end` are places in the message."""

    name: str  # in small letters
    octets: bytes
    start: int
    end: int

    @property
    def value(self) -> bytes:
        """What stands after the colon, folded as it came, without the last line end."""
        return self.octets.partition(b":")[2].removesuffix(b"\r\n")


@dataclass(frozen=True, kw_only=True)
class Letter:
    octets: bytes = field(repr=False)
    fields: tuple[Field, ...]
    body_start: int

    @cached_property
    def body(self) -> bytes:
        return self.octets[self.body_start :]


def octets_of(message: object) -> bytes:
    """Of octets, of text, or of a letter of `lab.mailbox(...)`."""
    if isinstance(message, str):
        message = in_utf8(message)
    octets = message if isinstance(message, bytes | bytearray) else getattr(message, "octets", None)
    if not isinstance(octets, bytes | bytearray):
        kind = type(message).__name__
        raise LabError(f"a message is octets, text or a letter of lab.mailbox(...), and this is of type {kind}")
    octets = bytes(octets)
    return octets if b"\r\n" in octets else octets.replace(b"\n", b"\r\n")


def read(message: object) -> Letter:
    return message if isinstance(message, Letter) else as_it_is(octets_of(message))


def as_it_is(octets: bytes) -> Letter:
    """The same of octets that get no other line ends."""
    header_end, body_start = places(octets)
    return Letter(
        octets=octets,
        fields=tuple(
            Field(name=each.name.lower(), octets=octets[each.start : each.end], start=each.start, end=each.end)
            for each in fields(octets, 0, header_end)
        ),
        body_start=body_start,
    )


def places(octets: bytes) -> tuple[int, int]:
    """Where the header ends, and where the body begins."""
    if first := EMPTY_FIRST.match(octets):
        return 0, first.end()
    if found := EMPTY_LINE.search(octets):
        return found.start() + 1, found.end()
    return len(octets), len(octets)
