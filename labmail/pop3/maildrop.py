"""A maildrop: what one login sees of an INBOX, and alone may change. RFC 1939 sections 4 to 6.

What lies there is counted once, at the login; what comes later waits for the next one. Marks are kept here, and the
letters go when the client says QUIT, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from labmail.errors import LabError
from labmail.pop3.words import CRLF, Refusal
from labmail.store import INBOX, Brief, Store

__all__ = ["Maildrop", "Office", "stuffed", "top"]

_LINE = re.compile(rb"[^\n]*\n")


class Office:
    """The maildrops of one provider, whichever of its hosts is asked; each is open to one client at a time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._in_use: set[str] = set()

    def open(self, address: str) -> Maildrop:
        if address in self._in_use:  # RFC 2449 section 8.1.2
            raise Refusal(f"another client has the mailbox of {address} open, and POP3 serves one", code="IN-USE")
        self._in_use.add(address)
        return Maildrop(self, address)

    def close(self, address: str) -> None:
        self._in_use.discard(address)


class Maildrop:
    """An INBOX as it lay at the login; the first letter is number 1."""

    def __init__(self, office: Office, address: str) -> None:
        self.address = address
        self._office = office
        self._briefs = office.store.briefs(address, INBOX)
        self._sizes = [size + (0 if ends_line else len(CRLF)) for _, _, size, ends_line in self._briefs]
        self._marked: set[int] = set()  # numbers

    @property
    def numbers(self) -> list[int]:
        """What is not marked."""
        return [number for number in range(1, len(self._briefs) + 1) if number not in self._marked]

    def size_octets(self, *numbers: int) -> int:
        """What RETR sends of them, before dots are stuffed: RFC 1939 section 11."""
        return sum(self._sizes[number - 1] for number in numbers)

    def unique_id(self, number: int) -> str:
        """Never another letter's, in this session or a later one: RFC 1939 section 7, UIDL."""
        return str(self._briefs[number - 1].uid)

    def pick(self, text: str) -> int:
        """The number that a client wrote, of a letter that is here and not marked."""
        if not (text.isascii() and text.isdigit()):
            raise Refusal(f"a message has a number, and {text or 'nothing'} is none")
        number = int(text[:10])  # a number of more digits is beyond any mailbox
        if not 1 <= number <= len(self._briefs):
            raise Refusal(f"there is no message {text}; this mailbox holds {len(self._briefs)}")
        if number in self._marked:
            raise Refusal(f"message {number} is marked as deleted; RSET takes all marks off")
        return number

    def message(self, number: int) -> bytes:
        try:
            return self._office.store.letter(self.address, INBOX, self._briefs[number - 1].uid).message
        except LabError:
            raise Refusal(f"message {number} has been taken away meanwhile, by another program") from None

    def mark(self, number: int) -> None:
        self._marked.add(number)

    def unmark_all(self) -> None:
        self._marked.clear()

    def update(self) -> tuple[int, int]:
        """Take out what is marked and let go: how many went, and how many are left. RFC 1939 section 6"""
        marked: list[Brief] = [self._briefs[number - 1] for number in sorted(self._marked)]
        self._office.store.remove(marked)
        self.release()
        return len(marked), len(self._briefs) - len(marked)

    def release(self) -> None:
        """Let go, and take nothing out."""
        self._office.close(self.address)


def stuffed(message: bytes) -> Iterator[bytes]:
    """A message as whole lines, with the dot that ends it: RFC 1939 section 3.

    Only CR LF ends a line; a bare CR or LF is an octet like any other. A last line without its end gets one.
    """
    start = 0
    while start < len(message) or not message:
        end = message.find(CRLF, start)
        line = message[start : end + 2] if end >= 0 else message[start:] + CRLF
        yield b"." + line if line.startswith(b".") else line
        if end < 0:
            break
        start = end + 2
    yield b".\r\n"


def top(message: bytes, count: int) -> bytes:
    """The headers, the empty line and that many lines of the body: RFC 1939 section 7, TOP.

    Here LF alone ends a line as well: a message without one CR LF would be all headers.
    """
    end, left = 0, -1  # lines of the body still to come; -1: still among the headers
    for line in _LINE.finditer(message):
        if left == 0:
            return message[:end]
        end = line.end()
        if left > 0:
            left -= 1
        elif not line[0].rstrip(CRLF):
            left = count
    return message[:end] if left == 0 else message
