"""Lines of IMAP put together again: a command with its literals, an answer without them. RFC 3501 section 4.3."""

from __future__ import annotations

import re

from labmail.imap.grammar import Cursor
from labmail.imap.intake import Parts
from labmail.imap.names import name_of
from labmail.imap.words import Fault

__all__ = ["Answer", "Asked", "spread"]

LITERAL = re.compile(rb"\{(\d{1,20})\}\r\n\Z")


class Asked:
    """A command as a whole: its arguments are read when it is clear that it was done."""

    def __init__(self, parts: Parts) -> None:
        self.cursor = Cursor(parts)
        self.tag = self.verb = ""
        self.by_uid = False
        try:
            self.tag = self.cursor.tag()
            self.cursor.space()
            self.verb = self.cursor.word("a command")
            if self.verb == "UID":
                self.cursor.space()
                self.verb, self.by_uid = self.cursor.word("a command"), True
        except Fault:
            self.verb = ""

    def name(self) -> str:
        self.cursor.space()
        return name_of(self.cursor.astring())


class Answer:
    """What a server says, as its lines come; what stands in literals is passed over."""

    def __init__(self) -> None:
        self._text, self._left = bytearray(), 0  # octets of a literal that are still to come

    def take(self, octets: bytes) -> str | None:
        """The answer, once it is whole; None: it goes on."""
        skipped = min(self._left, len(octets))
        self._left -= skipped
        octets = octets[skipped:]
        if self._left or not octets:
            return None
        self._text += octets
        if found := LITERAL.search(octets):
            self._left = int(found[1])
            return None
        if not octets.endswith(b"\n"):
            return None
        text, self._text = self._text.decode("utf-8", "replace").rstrip("\r\n"), bytearray()
        return text


def spread(text: str) -> list[int]:
    """`3:5,9` as numbers."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        if first.isdigit() and (last or first).isdigit():
            found += range(int(first), int(last or first) + 1)
    return found
