"""A message as a tree of parts, each by where it stands: no octet is lost. RFC 2045, RFC 2046.

A part knows places alone; what it holds is decoded, and looked over for defects, when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from labmail.errors import LabError
from labmail.mime import check, content, words
from labmail.mime.defect import Defect
from labmail.mime.header import FIELD_MAX_OCTETS, Field, Header, fields

__all__ = ["Pairs", "Part", "Ranges", "Span"]

_WORD = re.compile(rb'[^\x00-\x20\x7f()<>@,;:\\"/\[\]?=]+')
_CONTENT_ID = re.compile(rb"<([^<>]*)>|(\S+)")

Pairs = tuple[tuple[bytes, bytes], ...]
Ranges = tuple[tuple[int, int], ...]


class Span(NamedTuple):
    """A piece of a message: `kind` is header, blank, body, preamble, delimiter, closing delimiter or epilogue."""

    number: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """Header from `start`, its empty line from `header_end`, body from `body_start` to `end`, in the whole message.

    `type`, `subtype` and `parameters` say as what it is read; `content_type` is what its header says.
    """

    whole: bytes = field(repr=False)
    number: str  # as IMAP counts: RFC 3501 section 6.4.5; a multipart that is a message within one is "2.TEXT"
    start: int
    header_end: int
    body_start: int
    end: int
    content_type: str = "text/plain"
    type: bytes = b"text"
    subtype: bytes = b"plain"
    parameters: Pairs = ()
    parts: tuple[Part, ...] = ()  # of a multipart; of message/rfc822 the message, alone
    delimiters: Ranges = field(default=(), repr=False)  # their lines, with the line end before
    closed: bool = True  # the last of them ends the multipart
    is_message: bool = False  # its header is that of a message

    # ---- as it stands

    @property
    def octets(self) -> bytes:
        """Header and body."""
        return self.whole[self.start : self.end]

    @property
    def header_octets(self) -> bytes:
        """With the empty line that ends it, if there is one."""
        return self.whole[self.start : self.body_start]

    @property
    def body_octets(self) -> bytes:
        return self.whole[self.body_start : self.end]

    @property
    def size(self) -> int:
        """Octets of the body, as they travel."""
        return self.end - self.body_start

    @property
    def lines(self) -> int:
        return self.whole.count(b"\n", self.body_start, self.end)

    @cached_property
    def header(self) -> Header:
        """For looking up a field by its name."""
        return Header(self.header_octets)

    @cached_property
    def headers(self) -> tuple[Field, ...]:
        """Every field from the top: (name, raw value, start, end)."""
        return tuple(fields(self.whole, self.start, self.header_end))

    def spans(self) -> Iterator[Span]:
        """All its octets, piece by piece, without gap or overlap."""
        yield from self._own_spans(("header", self.start, self.header_end), ("blank", self.header_end, self.body_start))
        if not self.delimiters:
            for part in self.parts:
                yield from part.spans()
            if not self.parts:
                yield from self._own_spans(("body", self.body_start, self.end))
            return
        yield from self._own_spans(("preamble", self.body_start, self.delimiters[0][0]))
        last = len(self.delimiters) - 1
        for at, (start, end) in enumerate(self.delimiters):
            kind = "closing delimiter" if self.closed and at == last else "delimiter"
            yield from self._own_spans((kind, start, end))
            if at < len(self.parts):
                yield from self.parts[at].spans()
        if len(self.delimiters) > len(self.parts):
            yield from self._own_spans(("epilogue", self.delimiters[-1][1], self.end))

    def _own_spans(self, *pieces: tuple[str, int, int]) -> Iterator[Span]:
        return (Span(self.number, kind, start, end) for kind, start, end in pieces if start < end)

    # ---- what it is

    @property
    def is_multipart(self) -> bool:
        return self.type == b"multipart"

    @property
    def message(self) -> Part | None:
        """The message inside, where this part is one."""
        return self.parts[0] if self.type == b"message" and self.parts else None

    @cached_property
    def charset(self) -> str | None:
        """As the header names it."""
        value = dict(self.parameters).get(b"charset")
        return None if value is None else words.shown(value).lower()

    @cached_property
    def encoding(self) -> str:
        """Of the body, for the way: 7bit where the header is silent. RFC 2045 section 6.1"""
        return self._word(b"content-transfer-encoding") or "7bit"

    @cached_property
    def disposition(self) -> str | None:
        """inline, attachment, or another word. RFC 2183 section 2"""
        return self._word(b"content-disposition") or None

    @cached_property
    def filename(self) -> str | None:
        """What the sender calls it, without folders: RFC 2183 section 2.3."""
        name = words.filename(self)
        return None if name is None else words.without_folders(name) or None

    @cached_property
    def content_id(self) -> str | None:
        """Without its angle brackets: what `cid:` points to. RFC 2392 section 2"""
        found = _CONTENT_ID.search(self.header.get(b"content-id") or b"")
        return words.shown(found[1] or found[2] or b"") if found else None

    def _word(self, name: bytes) -> str:
        found = _WORD.search((self.header.get(name) or b"")[:FIELD_MAX_OCTETS])
        return words.shown(found[0]).lower() if found else ""

    # ---- what it holds

    def decoded(self) -> bytes:
        """The body as it was before it was encoded for the way; of a multipart, the body as it stands."""
        return self._content.octets

    @property
    def decoded_size(self) -> int:
        return len(self._content.octets)

    def text(self) -> str:
        """The body's characters, lines ending with a line feed; what is no character of its charset is �."""
        return self._text.value

    @cached_property
    def _content(self) -> content.Decoded:
        return content.decode(self)

    @cached_property
    def _text(self) -> content.Text:
        return content.text(self)

    @cached_property
    def defects(self) -> tuple[Defect, ...]:
        """What is wrong with this part itself, in order; its parts have their own."""
        return tuple(check.find(self))

    # ---- its parts

    def find(self, path: Sequence[int]) -> Part | None:
        """The part with that number, of a whole message; a message that is no multipart has a part 1, its body.

        RFC 3501 section 6.4.5.
        """
        here: Part | None = self  # a message, or a multipart
        part: Part | None = self
        for number in path:
            if here is None:
                return None
            if here.is_multipart:
                part = here.parts[number - 1] if 0 < number <= len(here.parts) else None
            else:
                part = here if number == 1 else None
            if part is None:
                return None
            here = part if part.is_multipart else part.message
        return part

    def __getitem__(self, number: str) -> Part:
        """`message["1.2"]`."""
        for part in self.walk():
            if part.number == number:
                return part
        known = ", ".join(part.number for part in self.walk() if part.number) or "none: it has only itself"
        raise LabError(f"the message has no part {number}; its parts are {known}")

    def walk(self) -> Iterator[Part]:
        """Itself, and all below it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def leaves(self) -> Iterator[Part]:
        return (part for part in self.walk() if not part.parts)

    def __repr__(self) -> str:
        """The tree, a line for each part."""
        return "\n".join(_line(part, depth) for part, depth in _steps(self, 0))


def _steps(part: Part, depth: int) -> Iterator[tuple[Part, int]]:
    yield part, depth
    for inner in part.parts:
        yield from _steps(inner, depth + 1)


def _line(part: Part, depth: int) -> str:
    name = f" {part.filename!r}" if part.filename else ""
    wrong = f", {len(part.defects)} defect{'s' * (len(part.defects) != 1)}" if part.defects else ""
    return f"{'  ' * depth}{part.number or 'message'} {part.content_type}{name}, {part.size} octets{wrong}"
