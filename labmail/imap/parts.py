"""A message as a tree of parts, each by where it stands: nothing is decoded, no octet is lost. RFC 2045, RFC 2046.

Whatever comes is read: a message without an empty line is all header, a multipart without parts counts as text, and
what lies deeper or is more than our limits is left whole. Lines may end with CR LF or LF alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["Header", "Part", "parse", "read_parameters"]

DEPTH_MAX = 32  # ours: of parts within parts
PARTS_MAX = 1000  # ours: of one message
FIELD_MAX_OCTETS = 65_536  # ours: what we read of one structured field

_EMPTY_FIRST = re.compile(rb"\r?\n")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([^\r\n:]+):([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)|[^\n]*(?:\n|\Z)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_TOKEN = rb'[^\x00-\x20\x7f()<>@,;:\\"/\[\]?=]+'
_MEDIA = re.compile(rb"(%b)[ \t]*/[ \t]*(%b)" % (_TOKEN, _TOKEN))
_PARAMETER = re.compile(rb';\s*(%b)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s;"]*))' % _TOKEN, re.S)


class Header:
    """The fields of a header block, from the top."""

    def __init__(self, block: bytes) -> None:
        self.fields = [(found[1].rstrip(b" \t"), found[2], found[0]) for found in _FIELD.finditer(block) if found[1]]
        self._first = {name.lower(): value for name, value, _ in reversed(self.fields)}

    def get(self, name: bytes) -> bytes | None:
        """The first field of that name, unfolded; None where there is none."""
        value = self._first.get(name.lower())
        return None if value is None else _unfolded(value)

    def get_all(self, name: bytes) -> list[bytes]:
        return [_unfolded(value) for key, value, _ in self.fields if key.lower() == name.lower()]

    def lines(self, names: Sequence[bytes], *, without: bool = False) -> bytes:
        """The whole lines of these fields, or of all others, as they stand."""
        wanted = {name.lower() for name in names}
        return b"".join(line for key, _, line in self.fields if (key.lower() in wanted) is not without)


def _unfolded(value: bytes) -> bytes:
    return _FOLD.sub(b"", value).strip(b" \t\r\n")


@dataclass(kw_only=True)
class Part:
    """Header from `start`, body from `body` to `end`, in the octets of the whole message."""

    whole: bytes = field(repr=False)
    start: int
    body: int
    end: int
    type: bytes = b"text"
    subtype: bytes = b"plain"
    parameters: list[tuple[bytes, bytes]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)  # of a multipart; of message/rfc822 the message, alone

    @property
    def header_octets(self) -> bytes:
        """With the empty line that ends it, if there is one."""
        return self.whole[self.start : self.body]

    @property
    def body_octets(self) -> bytes:
        return self.whole[self.body : self.end]

    @cached_property
    def header(self) -> Header:
        return Header(self.header_octets)

    @property
    def is_multipart(self) -> bool:
        return self.type == b"multipart"

    @property
    def message(self) -> Part | None:
        """The message inside, where this part is one."""
        return self.parts[0] if self.type == b"message" and self.parts else None

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

    def leaves(self) -> Iterator[Part]:
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def parse(octets: bytes) -> Part:
    """A whole message."""
    return _Reader(octets).read(0, len(octets), 0, b"text/plain")


class _Reader:
    def __init__(self, whole: bytes) -> None:
        self.whole, self.left = whole, PARTS_MAX

    def read(self, start: int, end: int, depth: int, default: bytes) -> Part:
        found = _EMPTY_FIRST.match(self.whole, start, end) or _EMPTY_LINE.search(self.whole, start, end)
        part = Part(whole=self.whole, start=start, body=found.end() if found else end, end=end)
        value = part.header.get(b"content-type")
        media = _MEDIA.match(value or default) or _MEDIA.match(b"text/plain")
        assert media is not None
        part.type, part.subtype = media[1].lower(), media[2].lower()
        if value is not None and _MEDIA.match(value):
            part.parameters = read_parameters(value)
        self._fill(part, depth)
        return part

    def _fill(self, part: Part, depth: int) -> None:
        if part.type == b"multipart":
            boundary = dict(part.parameters).get(b"boundary", b"").rstrip()
            if boundary and depth < DEPTH_MAX:
                default = b"message/rfc822" if part.subtype == b"digest" else b"text/plain"  # RFC 2046 section 5.1.5
                for start, end in self._between(part.body, part.end, boundary):
                    part.parts.append(self.read(start, end, depth + 1, default))
            if not part.parts:  # BODYSTRUCTURE knows no multipart without parts
                part.type, part.subtype, part.parameters = b"text", b"plain", []
        elif (part.type, part.subtype) == (b"message", b"rfc822"):
            if depth < DEPTH_MAX:
                part.parts.append(self.read(part.body, part.end, depth + 1, b"text/plain"))
            else:
                part.type, part.subtype, part.parameters = b"application", b"octet-stream", []

    def _between(self, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
        """What stands between the delimiters: the line end before one belongs to it. RFC 2046 section 5.1.1."""
        line = re.compile(rb"(?:\r?\n|(?<![^\n]))--%b(--)?[ \t]*(?=(\r?\n)|\Z)" % re.escape(boundary))
        begun: int | None = None
        for found in line.finditer(self.whole, start, end):
            if begun is not None:
                yield begun, max(begun, found.start())
                self.left -= 1
            if found[1] or self.left <= 0:
                return
            begun = found.end() + len(found[2] or b"")
        if begun is not None:  # the last delimiter is missing
            yield begun, end


def read_parameters(value: bytes) -> list[tuple[bytes, bytes]]:
    """`; name=value; name="quoted value"`: RFC 2045 section 5.1. What is no parameter is passed over."""
    found = _PARAMETER.finditer(value[:FIELD_MAX_OCTETS])
    return [
        (match[1].lower(), re.sub(rb"\\(.)", rb"\1", match[2], flags=re.S) if match[2] is not None else match[3])
        for match in found
    ]
