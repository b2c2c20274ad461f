"""From octets to the tree of a message's parts: where each begins and ends. RFC 2046 section 5.1.

Whatever comes is read: a message without an empty line is all header, a multipart without parts counts as text, and
what lies deeper or is more than our limits is left whole. Lines may end with CR LF or LF alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from labmail.mime import words
from labmail.mime.header import MEDIA, Header, read_parameters
from labmail.mime.parts import Part, Ranges

__all__ = ["DEPTH_MAX", "PARTS_MAX", "structure"]

DEPTH_MAX = 32  # ours: of parts within parts
PARTS_MAX = 1000  # ours: of one message

PLAIN, MESSAGE, OCTETS = (b"text", b"plain"), (b"message", b"rfc822"), (b"application", b"octet-stream")

_EMPTY_FIRST = re.compile(rb"\r?\n")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
# a line that may be a delimiter; one pattern for all boundaries, as to compile one for each takes longer than to read
_DASHED = re.compile(rb"--(?<![^\n]--)([^\r\n]*)(\r?\n|\Z)")
_LINE_END = re.compile(rb"\r?\n\Z")


def structure(octets: bytes) -> Part:
    """A whole message. It never raises."""
    return _Reader(octets).read(0, len(octets), 0, b"text/plain", _Place("", "", "", "1", True))


class _Place(NamedTuple):
    """How a message or part is numbered, and what the numbers in it begin with: as a multipart, and else."""

    if_multipart: str
    number: str
    in_multipart: str
    inside: str
    is_message: bool = False


class _Reader:
    def __init__(self, whole: bytes) -> None:
        self.whole, self.left = whole, PARTS_MAX

    def read(self, start: int, end: int, depth: int, default: bytes, place: _Place) -> Part:
        header_end, body = self._header(start, end)
        value = Header(self.whole[start:header_end]).get(b"content-type") or b""
        media = MEDIA.match(value)
        parameters = tuple(read_parameters(value)) if media else ()
        media = media or MEDIA.match(default)
        assert media is not None
        kind = said = (media[1].lower(), media[2].lower())
        number, closed = place.number, True
        parts: tuple[Part, ...] = ()
        delimiters: Ranges = ()
        if kind[0] == b"multipart":
            boundary = dict(parameters).get(b"boundary", b"").rstrip()
            if boundary and depth < DEPTH_MAX:
                delimiters, closed = self._delimiters(body, end, boundary)
            if len(delimiters) > closed:
                number = place.if_multipart
                within = b"message/rfc822" if kind[1] == b"digest" else b"text/plain"  # RFC 2046 section 5.1.5
                parts = tuple(self._between(delimiters, closed, end, depth, within, place.in_multipart))
            else:  # BODYSTRUCTURE knows no multipart without parts
                kind, parameters, delimiters, closed = PLAIN, (), (), True
        elif kind == MESSAGE:
            if depth < DEPTH_MAX:
                above = place.inside
                inner = _Place(f"{above}.TEXT", f"{above}.1", above, f"{above}.1", True)
                parts = (self.read(body, end, depth + 1, b"text/plain", inner),)
            else:
                kind, parameters = OCTETS, ()
        return Part(
            whole=self.whole,
            number=number,
            start=start,
            header_end=header_end,
            body_start=body,
            end=end,
            content_type=words.shown(b"/".join(said)),
            type=kind[0],
            subtype=kind[1],
            parameters=parameters,
            parts=parts,
            delimiters=delimiters,
            closed=closed,
            is_message=place.is_message,
        )

    def _header(self, start: int, end: int) -> tuple[int, int]:
        """Where the header ends, and where the body begins."""
        if first := _EMPTY_FIRST.match(self.whole, start, end):
            return start, first.end()
        found = _EMPTY_LINE.search(self.whole, start, end)
        return (found.start() + 1, found.end()) if found else (end, end)

    def _delimiters(self, start: int, end: int, boundary: bytes) -> tuple[Ranges, bool]:
        """Their lines, and whether one closes the multipart: the line end before one belongs to it.

        RFC 2046 section 5.1.1.
        """
        last = boundary + b"--"
        found: list[tuple[int, int]] = []
        for each in _DASHED.finditer(self.whole, start, end):
            said = each[1].rstrip(b" \t")
            if said in (boundary, last):
                before = _LINE_END.search(self.whole, max(start, each.start() - 2), each.start())
                begins = before.start() if before else each.start()
                found.append((max(found[-1][1], begins) if found else begins, each.end()))
                self.left -= len(found) > 1
                if said == last or self.left <= 0:
                    return tuple(found), True
        return tuple(found), False

    def _between(
        self, delimiters: Ranges, closed: bool, end: int, depth: int, default: bytes, prefix: str
    ) -> Iterator[Part]:
        """The parts: where the last delimiter is missing, the last part reaches to the end."""
        ends = [begins for begins, _ in delimiters[1:]] + [end] * (not closed)
        for count, ((_, begun), ended) in enumerate(zip(delimiters, ends, strict=False), 1):
            number = f"{prefix}.{count}".lstrip(".")
            yield self.read(begun, ended, depth + 1, default, _Place(number, number, number, number))
