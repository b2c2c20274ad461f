"""FETCH: what a client may ask of a letter, and the octets that answer it. RFC 3501 sections 6.4.5, 7.4.2.

A body section is served as it stands in the letter, octet for octet. What holds a NUL cannot be said in IMAP4rev1; it
is left out, and the command ends with NO.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from labmail.imap.envelope import envelope
from labmail.imap.grammar import MONTHS, Cursor
from labmail.imap.structure import structure
from labmail.imap.words import Bad, literal, string
from labmail.mime import Part
from labmail.mime import structure as parse
from labmail.mime.header import Header
from labmail.store import Letter

__all__ = ["Item", "Opened", "internal_date", "read_items"]

MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_NAME = re.compile(rb"[A-Za-z0-9.]+")
_PATH = re.compile(rb"\d+(?:\.\d+)*(?=[\].])")
_PARTIAL = re.compile(rb"<(\d{1,10})\.(\d{1,10})>")
_HEAD_ENDS = re.compile(rb"\A\r?\n|\n\r?\n")
PATH_MAX = 100  # ours: numbers in one section


class Opened:
    """A letter that is being looked at, taken apart once."""

    def __init__(self, letter: Letter) -> None:
        self.letter, self.octets = letter, letter.message

    @cached_property
    def root(self) -> Part:
        return parse(self.octets)

    @cached_property
    def head(self) -> bytes:
        """The header as it stands, with the empty line that ends it: most of what is asked needs no part."""
        found = _HEAD_ENDS.search(self.octets)
        return self.octets[: found.end()] if found else self.octets

    @property
    def body(self) -> bytes:
        return self.octets[len(self.head) :]

    @cached_property
    def header(self) -> Header:
        return Header(self.head)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that a client asks of each letter."""

    name: str
    say: Callable[[Opened], bytes] | None = None  # None: the view knows it
    seen: bool = False  # whoever asks for it has read the letter

    @cached_property
    def label(self) -> bytes:
        return self.name.encode("latin-1")


def internal_date(letter: Letter) -> bytes:
    at = letter.at
    return f'"{at.day:2}-{MONTHS[at.month - 1]}-{at.year:04} {at:%H:%M:%S %z}"'.encode()


_SIMPLE: dict[str, Callable[[Opened], bytes] | None] = {
    "FLAGS": None,
    "UID": None,
    "INTERNALDATE": lambda opened: internal_date(opened.letter),
    "RFC822.SIZE": lambda opened: b"%d" % len(opened.octets),
    "ENVELOPE": lambda opened: envelope(opened.header),
    "BODYSTRUCTURE": lambda opened: structure(opened.root, extended=True),
    "BODY": lambda opened: structure(opened.root, extended=False),
    "RFC822": lambda opened: literal(opened.octets),
    "RFC822.HEADER": lambda opened: literal(opened.head),
    "RFC822.TEXT": lambda opened: literal(opened.body),
}


def read_items(cursor: Cursor) -> list[Item]:
    """One item, a macro, or a list of items."""
    if cursor.ahead(b"("):
        items = [_item(cursor) for _ in cursor.listed()]
        if not items:
            raise Bad("FETCH asks for something: the list is empty")
        return items
    name = cursor.take(_NAME).decode().upper()
    return [_plain(each) for each in MACROS[name]] if name in MACROS else [_item(cursor, name)]


def _plain(name: str) -> Item:
    return Item(name=name, say=_SIMPLE[name], seen=name in ("RFC822", "RFC822.TEXT"))


def _item(cursor: Cursor, name: str = "") -> Item:
    name = name or cursor.take(_NAME).decode().upper()
    if name in ("BODY", "BODY.PEEK") and cursor.accept(b"["):
        return _section(cursor, seen=name == "BODY")
    if name not in _SIMPLE:
        raise Bad(f"FETCH knows no item {name}")
    return _plain(name)


# ---- body sections


def _section(cursor: Cursor, *, seen: bool) -> Item:
    """What stands between the brackets, and after them."""
    found = cursor.take(_PATH) if cursor.ahead_of(_PATH) else b""
    if len(found) > PATH_MAX * 11:
        raise Bad(f"a section has {PATH_MAX} numbers at most")
    path = [min(int(number), 10**6) for number in found.split(b".")] if found else []
    if 0 in path:
        raise Bad("parts count from 1")
    if path and cursor.accept(b"."):
        kind = cursor.take(_NAME).decode().upper()
    else:
        kind = cursor.take(_NAME).decode().upper() if cursor.ahead_of(_NAME) else ""
    names: list[bytes] = []
    if kind in ("HEADER.FIELDS", "HEADER.FIELDS.NOT"):
        cursor.space()
        names = [cursor.astring("the name of a field") for _ in cursor.listed()]
        if not names:
            raise Bad(f"{kind} names at least one field")
    elif kind not in ("", "HEADER", "TEXT") and not (kind == "MIME" and path):
        raise Bad(f"a section is HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT or TEXT, or MIME of a part, not {kind}")
    cursor.expect(b"]")
    first, most, suffix = _partial(cursor)
    numbers = [str(number) for number in path]
    shown = f" ({' '.join(_shown(name) for name in names)})" if names else ""
    label = f"BODY[{'.'.join([*numbers, kind] if kind else numbers)}{shown}]{suffix}"

    def say(opened: Opened) -> bytes:
        octets = _octets(opened, path, kind, names)
        if octets is None:
            return b"NIL"
        return literal(octets if most is None else octets[first : first + most])

    return Item(name=label, say=say, seen=seen)


def _shown(name: bytes) -> str:
    text = name.decode("latin-1")
    return text.upper() if re.fullmatch(r"[A-Za-z0-9-]+", text) else string(name).decode("latin-1")


def _partial(cursor: Cursor) -> tuple[int, int | None, str]:
    if not cursor.ahead(b"<"):
        return 0, None, ""
    numbers = cursor.take(_PARTIAL, "a range of octets such as <0.2048>").strip(b"<>").split(b".")
    first, most = int(numbers[0]), int(numbers[1])
    if not most:
        raise Bad("a range has at least one octet")
    return first, most, f"<{first}>"


def _octets(opened: Opened, path: list[int], kind: str, names: list[bytes]) -> bytes | None:
    """None: there is no such part, or it is no message and has no header of its own to show."""
    if not path:
        return _of_message(kind, names, opened.head, opened.body) if kind else opened.octets
    part = opened.root.find(path)
    if part is None:
        return None
    if kind == "MIME":
        return part.header_octets
    if not kind:
        return part.body_octets
    inner = part.message
    return None if inner is None else _of_message(kind, names, inner.header_octets, inner.body_octets)


def _of_message(kind: str, names: list[bytes], head: bytes, body: bytes) -> bytes:
    if kind == "TEXT":
        return body
    if kind == "HEADER":
        return head
    return Header(head).lines(names, without=kind.endswith("NOT")) + _empty_line(head)


def _empty_line(head: bytes) -> bytes:
    """The one that ends the header, where there is one: RFC 3501 section 6.4.5."""
    if head in (b"\r\n", b"\n") or head.endswith(b"\n\r\n"):
        return b"\r\n" if head.endswith(b"\r\n") else b"\n"
    return b"\n" if head.endswith(b"\n\n") else b""
