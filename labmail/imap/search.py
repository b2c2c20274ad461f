"""SEARCH: which letters a client means, by flags, dates, sizes and text. RFC 3501 section 6.4.4.

The keys become tests, one within the other; a letter is opened only when a test needs what is inside. Text is compared
decoded and without regard to case: in headers encoded words, in bodies transfer encodings and character sets.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import operator
import quopri
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import parsedate_tz
from functools import cached_property

from labmail.imap.fetch import Opened
from labmail.imap.grammar import DEPTH_MAX, Cursor
from labmail.imap.view import View
from labmail.imap.words import Bad, No
from labmail.mime import Part
from labmail.mime.header import Header

__all__ = ["Candidate", "Test", "read_search"]

CHARSETS = {"US-ASCII": "ascii", "UTF-8": "utf-8"}
FIELD_MAX_OCTETS = 65_536  # ours: what is decoded of one field
KEYS_MAX = 1000  # ours: of one SEARCH


class Candidate:
    """A letter that is asked about."""

    def __init__(self, view: View, uid: int) -> None:
        self.view, self.uid = view, uid

    @cached_property
    def opened(self) -> Opened | None:
        """None: it is gone, and no text matches."""
        letter = self.view.read(self.uid)
        return None if letter is None else Opened(letter)

    @property
    def flags(self) -> frozenset[str]:
        return self.view.flags.get(self.uid, frozenset())

    @property
    def header(self) -> Header:
        return self.opened.header if self.opened else Header(b"")

    @cached_property
    def body(self) -> str:
        return _folded(_body(self.opened.root)) if self.opened else ""

    @cached_property
    def head(self) -> str:
        return _folded("\n".join(f"{_text(name)}: {_decoded(value)}" for name, value, _ in self.header.fields))

    @cached_property
    def sent(self) -> date | None:
        """What Date: says, whatever the zone; None where it says no date."""
        try:
            found = parsedate_tz(_text(self.header.get(b"date") or b"")[:100])
            return date(*found[:3]) if found else None
        except (ValueError, TypeError, IndexError, OverflowError):
            return None


Test = Callable[[Candidate], bool]


@dataclass
class _Reader:
    cursor: Cursor
    charset: str
    view: View
    keys: int = 0

    def key(self, depth: int) -> Test:
        self.keys += 1
        if depth > DEPTH_MAX or self.keys > KEYS_MAX:
            raise Bad(f"SEARCH takes {KEYS_MAX} keys and {DEPTH_MAX} levels at most")
        if self.cursor.ahead(b"("):
            return _all([self.key(depth + 1) for _ in self.cursor.listed()])
        if self.cursor.is_set_ahead():
            return self._numbers(by_uid=False)
        name = self.cursor.word("a search key")
        if name in _ALONE:
            return _ALONE[name]
        self.cursor.space()
        if name == "NOT":
            inner = self.key(depth + 1)
            return lambda letter: not inner(letter)
        if name == "OR":
            first = self.key(depth + 1)
            self.cursor.space()
            second = self.key(depth + 1)
            return lambda letter: first(letter) or second(letter)
        return self._with_argument(name)

    def _with_argument(self, name: str) -> Test:
        if name == "UID":
            return self._numbers(by_uid=True)
        if name in ("KEYWORD", "UNKEYWORD"):
            return _flag(self.cursor.atom("a keyword"), is_set=name == "KEYWORD")
        if name in ("LARGER", "SMALLER"):
            return _sized(self.view, name, self.cursor.number())
        if name.removeprefix("SENT") in ("BEFORE", "ON", "SINCE"):
            return (_sent if name.startswith("SENT") else _arrived)(self.view, name, self.cursor.date())
        if name in ("FROM", "TO", "CC", "BCC", "SUBJECT"):
            return _field(name.encode(), self.text())
        if name == "HEADER":
            field = self.cursor.astring("the name of a field")
            self.cursor.space()
            return _field(field, self.text())
        if name in ("BODY", "TEXT"):
            text = self.text()
            body: Test = lambda letter: text in letter.body  # noqa: E731
            return body if name == "BODY" else lambda letter: text in letter.head or text in letter.body
        raise Bad(f"SEARCH knows no key {name}")

    def _numbers(self, *, by_uid: bool) -> Test:
        picked = frozenset(self.view.pick(self.cursor.sequence_set(), by_uid=by_uid))
        return lambda letter: letter.uid in picked

    def text(self) -> str:
        octets = self.cursor.astring("what to look for")
        try:
            return _folded(octets.decode(self.charset))
        except UnicodeDecodeError:
            more = "; say CHARSET UTF-8" if self.charset == "ascii" else ""
            raise Bad(f"what to look for is not in the charset that was named{more}") from None


def read_search(cursor: Cursor, view: View) -> Test:
    """`[CHARSET name] key key ...`, all of which must hold."""
    charset = "US-ASCII"
    if cursor.rest()[:8].upper() == b"CHARSET ":
        cursor.accept(cursor.rest()[:8])
        charset = cursor.astring("a charset").decode("ascii", "replace").upper()
        cursor.space()
        if charset not in CHARSETS:
            raise No("these are the charsets that SEARCH takes", f"BADCHARSET ({' '.join(CHARSETS)})")
    reader = _Reader(cursor, CHARSETS[charset], view)
    tests = [reader.key(0)]
    while cursor.accept(b" "):
        tests.append(reader.key(0))
    cursor.end()
    return _all(tests)


# ---- tests


def _all(tests: list[Test]) -> Test:
    return lambda letter: all(test(letter) for test in tests)


def _flag(flag: str, *, is_set: bool) -> Test:
    wanted = flag.lower()
    return lambda letter: (wanted in {each.lower() for each in letter.flags}) is is_set


def _is(flag: str) -> Test:
    return lambda letter: flag in letter.flags


def _is_not(flag: str) -> Test:
    return lambda letter: flag not in letter.flags


_ALONE: dict[str, Test] = {
    "ALL": lambda letter: True,
    "RECENT": lambda letter: letter.view.is_recent(letter.uid),
    "OLD": lambda letter: not letter.view.is_recent(letter.uid),
    "NEW": lambda letter: letter.view.is_recent(letter.uid) and "\\Seen" not in letter.flags,
}
for _name in ("Answered", "Deleted", "Draft", "Flagged", "Seen"):
    _ALONE[_name.upper()], _ALONE[f"UN{_name.upper()}"] = _is(f"\\{_name}"), _is_not(f"\\{_name}")


def _sized(view: View, name: str, size: int) -> Test:
    sizes = view.sizes()
    if name == "LARGER":
        return lambda letter: sizes.get(letter.uid, size) > size
    return lambda letter: sizes.get(letter.uid, size) < size


_DAYS: dict[str, Callable[[date, date], bool]] = {"BEFORE": operator.lt, "ON": operator.eq, "SINCE": operator.ge}


def _arrived(view: View, name: str, day: date) -> Test:
    """The date of arrival, whatever the zone."""
    compare, arrivals = _DAYS[name], view.arrivals()
    return lambda letter: letter.uid in arrivals and compare(arrivals[letter.uid].date(), day)


def _sent(view: View, name: str, day: date) -> Test:
    compare = _DAYS[name.removeprefix("SENT")]
    return lambda letter: letter.sent is not None and compare(letter.sent, day)


def _field(name: bytes, text: str) -> Test:
    """An empty text asks whether there is such a field at all."""
    return lambda letter: any(text in _folded(_decoded(value)) for value in letter.header.get_all(name))


# ---- text


def _folded(text: str) -> str:
    return text.casefold()


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _decoded(value: bytes) -> str:
    text = _text(value[:FIELD_MAX_OCTETS])
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (ValueError, LookupError, MessageError):
        return text


def _body(root: Part) -> str:
    """All text of a message, and the headers of messages within it."""
    found = []
    for leaf in root.leaves():
        if leaf.type in (b"text", b"message"):
            found.append(_leaf(leaf))
    found += [_text(part.header_octets) for part in _messages(root)]
    return "\n".join(found)


def _messages(part: Part) -> list[Part]:
    inner = [part.message] if part.message else []
    return inner + [found for each in part.parts for found in _messages(each)]


def _leaf(part: Part) -> str:
    octets = part.body_octets
    encoding = (part.header.get(b"content-transfer-encoding") or b"").lower()
    with contextlib.suppress(ValueError, binascii.Error):
        if encoding == b"base64":
            octets = base64.b64decode(octets)
        elif encoding == b"quoted-printable":
            octets = quopri.decodestring(octets)
    charset = dict(part.parameters).get(b"charset", b"utf-8").decode("ascii", "replace")
    try:
        return octets.decode(charset)
    except (LookupError, ValueError):
        return _text(octets)
