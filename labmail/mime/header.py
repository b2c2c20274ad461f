"""A header block: its fields from the top, each with the octets it was written in. RFC 5322 section 2.2, RFC 2045
section 5.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["FIELD_MAX_OCTETS", "MEDIA", "Field", "Header", "fields", "read_parameters", "unfolded"]

FIELD_MAX_OCTETS = 65_536  # ours: what we read of one structured field

_FIELD = re.compile(rb"([^\r\n:]+):([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)|[^\n]*(?:\n|\Z)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_TOKEN = rb'[^\x00-\x20\x7f()<>@,;:\\"/\[\]?=]+'
MEDIA = re.compile(rb"(%b)[ \t]*/[ \t]*(%b)" % (_TOKEN, _TOKEN))
_PARAMETER = re.compile(rb';\s*(%b)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s;"]*))' % _TOKEN, re.S)


class Field(NamedTuple):
    """One field of a message; `raw` is what stands after the colon, folded as it came, without its last line end."""

    name: str
    raw: bytes
    start: int
    end: int


class Header:
    """The fields of a header block, from the top."""

    def __init__(self, block: bytes) -> None:
        self.fields = [(found[1].rstrip(b" \t"), found[2], found[0]) for found in _FIELD.finditer(block) if found[1]]
        self._first = {name.lower(): value for name, value, _ in reversed(self.fields)}

    def get(self, name: bytes) -> bytes | None:
        """The first field of that name, unfolded; None where there is none."""
        value = self._first.get(name.lower())
        return None if value is None else unfolded(value)

    def get_all(self, name: bytes) -> list[bytes]:
        return [unfolded(value) for key, value, _ in self.fields if key.lower() == name.lower()]

    def lines(self, names: Sequence[bytes], *, without: bool = False) -> bytes:
        """The whole lines of these fields, or of all others, as they stand."""
        wanted = {name.lower() for name in names}
        return b"".join(line for key, _, line in self.fields if (key.lower() in wanted) is not without)


def fields(octets: bytes, start: int, end: int) -> Iterator[Field]:
    """The fields of a header block within a message; a line that is none has the name ""."""
    for found in _FIELD.finditer(octets, start, end):
        if found[1]:
            name = found[1].rstrip(b" \t").decode("utf-8", "replace")
            yield Field(name, found[2].removesuffix(b"\r"), found.start(), found.end())
        elif found[0]:
            yield Field("", found[0].rstrip(b"\r\n"), found.start(), found.end())


def unfolded(value: bytes) -> bytes:
    """RFC 5322 section 2.2.3"""
    return _FOLD.sub(b"", value).strip(b" \t\r\n")


def read_parameters(value: bytes) -> list[tuple[bytes, bytes]]:
    """`; name=value; name="quoted value"`: RFC 2045 section 5.1. What is no parameter is passed over."""
    found = _PARAMETER.finditer(value[:FIELD_MAX_OCTETS])
    return [
        (match[1].lower(), re.sub(rb"\\(.)", rb"\1", match[2], flags=re.S) if match[2] is not None else match[3])
        for match in found
    ]
