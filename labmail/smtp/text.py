"""A letter on the wire: dots are stuffed on the way out and taken off on the way in. RFC 5321 section 4.5.2.

Only CR LF ends a line of a letter. A bare LF or CR is an octet like any other, kept as it came; so what ends a letter
for one server ends it for the next, and none can be smuggled inside another.
"""

from __future__ import annotations

import re

from labmail.errors import LabError, cited, in_utf8
from labmail.smtp.words import CRLF, Refusal

__all__ = ["TEXT_LINE_MAX_OCTETS", "Text", "as_octets", "stuff"]

TEXT_LINE_MAX_OCTETS = 1000  # with its end, without a dot that was stuffed: RFC 5321 section 4.5.3.1.6
LAST = b".\r\n"


class Text:
    """What follows 354, as it comes in."""

    def __init__(self, size_max_octets: int) -> None:
        self.refusal: Refusal | None = None  # said after the end: the client does not listen before
        self._size_max_octets, self._size_octets = size_max_octets, 0
        self._lines: list[bytes] = []
        self._fresh = True  # at the start of a line
        self._run_octets = 0  # since the last line feed

    def ends_with(self, piece: bytes) -> bool:
        """Whether this piece is the line with a dot alone."""
        return self._fresh and piece == LAST

    def take(self, piece: bytes) -> None:
        """A piece ends with a line feed, or is part of a line too long."""
        text = piece[1:] if self._fresh and piece.startswith(b".") else piece
        self._fresh = piece.endswith(CRLF)
        self._size_octets += len(text)
        self._run_octets += len(text)
        if self._run_octets > TEXT_LINE_MAX_OCTETS:
            self._refuse(500, "5.5.2", f"Line too long: {TEXT_LINE_MAX_OCTETS} octets at most, with its end")
        elif self._size_octets > self._size_max_octets:  # RFC 1870 section 6.3
            self._refuse(552, "5.3.4", f"Message too big: {self._size_max_octets} octets at most")
        if piece.endswith(b"\n"):
            self._run_octets = 0
        if self.refusal is None:
            self._lines.append(text)

    @property
    def octets(self) -> bytes:
        return b"".join(self._lines)

    def _refuse(self, code: int, enhanced: str, text: str) -> None:
        self.refusal = self.refusal or Refusal(code, enhanced, text)
        self._lines.clear()


def as_octets(message: str | bytes) -> bytes:
    """Text gets the line ends of mail; octets stay as they are. LabError where it is neither."""
    if isinstance(message, bytes):
        return message
    if not isinstance(message, str):
        raise LabError(f"a letter is text or octets, and not {cited(message)}")
    return in_utf8(re.sub(r"\r\n|\r|\n", "\r\n", message))


def stuff(octets: bytes) -> bytes:
    """A letter as it follows 354, with the line that ends it."""
    if not octets.endswith(CRLF) and octets:
        octets += CRLF  # the end of a letter begins with one: RFC 5321 section 4.1.1.4
    dotted = octets.replace(b"\r\n.", b"\r\n..")
    return (b"." if octets.startswith(b".") else b"") + dotted + LAST
