"""From octets to whole commands: lines, and the literals that stand between them. RFC 3501 section 4.3, RFC 7888.

A line that ends with {n} announces n octets as they are; the client sends them once it is told to go on, or, with
{n+}, at once. A line too long is thrown away up to its end, a literal too big is not even asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["LINE_MAX_OCTETS", "Inbox", "Parts", "announced"]

LINE_MAX_OCTETS = 65_536  # ours, of a command without its literals; RFC 2683 section 3.2.1.5 asks for at least 8000
PIECE_MAX_OCTETS = 8192  # ours: what a literal's line is taken in

_ANNOUNCED = re.compile(rb"\{(\d{1,20})(\+?)\}\r\n\Z")


def announced(line: bytes) -> tuple[int, bool] | None:
    """The octets of the literal that a line announces, and whether the client waits to be told to go on."""
    found = _ANNOUNCED.search(line[-30:])
    return (int(found[1]), not found[2]) if found else None


class Inbox:
    """What has arrived and was not taken yet."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._looked = 0  # so far there is no line feed

    def put(self, octets: bytes) -> None:
        self._octets += octets

    def clear(self) -> bytes:
        """Forget it; the result is what it was."""
        octets = bytes(self._octets)
        self._octets.clear()
        self._looked = 0
        return octets

    def line(self) -> bytes | None:
        """What ends with the next line feed, or a piece of LINE_MAX_OCTETS without one; None: it is not there yet."""
        return self._piece(LINE_MAX_OCTETS)

    def of_literal(self, left: int) -> bytes | None:
        """The next line or piece of a literal of which `left` octets are to come."""
        return self._piece(min(left, PIECE_MAX_OCTETS))

    def _piece(self, most: int) -> bytes | None:
        end = self._octets.find(b"\n", self._looked, most) + 1
        if not end and len(self._octets) < most:
            self._looked = len(self._octets)
            return None
        end = end or most
        piece = bytes(self._octets[:end])
        del self._octets[:end]
        self._looked = 0
        return piece


@dataclass
class Parts:
    """A command as it comes in: texts without their ends, and between each two of them a literal."""

    texts: list[bytes] = field(default_factory=list)
    literals: list[bytes] = field(default_factory=list)
    size_octets: int = 0
    left: int = 0  # octets of the present literal that are to come
    _pieces: list[bytes] = field(default_factory=list)

    def add_line(self, line: bytes) -> None:
        self.size_octets += len(line)
        text = line.removesuffix(b"\r\n")
        self.texts.append(_ANNOUNCED.sub(b"", line) if announced(line) else text)

    def begin_literal(self, size_octets: int) -> None:
        self.left, self._pieces = size_octets, []
        if not size_octets:
            self.literals.append(b"")

    def add_piece(self, piece: bytes) -> None:
        self.left -= len(piece)
        self._pieces.append(piece)
        if not self.left:
            self.literals.append(b"".join(self._pieces))
