"""From a command to its arguments: a cursor that takes one thing after another, or says what is wrong. RFC 3501
section 9.

Lenient in nothing: what a client may not say is BAD, with a sentence. Numbers and names above the limits are BAD too.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from labmail.imap.intake import Parts
from labmail.imap.words import Bad

__all__ = ["MONTHS", "SYSTEM_FLAGS", "Cursor", "SequenceSet"]

NUMBER_MAX = 2**32 - 1
DEPTH_MAX = 50  # ours: of parentheses, NOT and OR within one another
FLAG_MAX_OCTETS = 100  # ours

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SYSTEM_FLAGS = {flag.lower(): flag for flag in ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")}

_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_LIST_MAILBOX = re.compile(rb'[^\x00-\x20\x7f-\xff(){"\\]+')
_STORE = re.compile(rb"[+-]?FLAGS(?:\.SILENT)?", re.I)
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00\x80-\xff]|\\["\\])*)"')
_NUMBER = re.compile(rb"\d+")
_SET = re.compile(rb"(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*")
_DATE = re.compile(rb"(\d{1,2})-([A-Za-z]{3})-(\d{4})")
_DATE_TIME = re.compile(rb'"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')


@dataclass(frozen=True)
class SequenceSet:
    """`2,4:7,9,12:*`, of numbers or UIDs; None stands for `*`, the highest there is."""

    ranges: tuple[tuple[int | None, int | None], ...]

    def pick(self, known: Sequence[int]) -> list[int]:
        """Which of the known ones (in rising order) are meant, each once, in order."""
        found: list[int] = []
        for low, high in self._merged(known[-1]) if known else ():
            found += known[bisect_left(known, low) : bisect_right(known, high)]
        return found

    def beyond(self, highest: int) -> bool:
        """Whether it names a number that is not there; `*` is always there."""
        return any(a is not None and b is not None and max(a, b) > highest for a, b in self.ranges)

    def _merged(self, highest: int) -> list[tuple[int, int]]:
        pairs = sorted((min(a or highest, b or highest), max(a or highest, b or highest)) for a, b in self.ranges)
        merged = pairs[:1]
        for low, high in pairs[1:]:
            if low <= merged[-1][1] + 1:
                merged[-1] = merged[-1][0], max(high, merged[-1][1])
            else:
                merged.append((low, high))
        return merged


class Cursor:
    """A place in a command."""

    def __init__(self, parts: Parts) -> None:
        self._texts, self._literals = parts.texts, parts.literals
        self._index, self._at = 0, 0

    # ---- signs

    @property
    def _text(self) -> bytes:
        return self._texts[self._index]

    def rest(self) -> bytes:
        """What stands between here and the next literal."""
        return self._text[self._at :]

    def ahead(self, sign: bytes) -> bool:
        return self._text.startswith(sign, self._at)

    def accept(self, sign: bytes) -> bool:
        """Take it if it stands here."""
        if not self.ahead(sign):
            return False
        self._at += len(sign)
        return True

    def expect(self, sign: bytes) -> None:
        if not self.accept(sign):
            what = {b" ": "a space"}.get(sign, sign.decode())
            raise Bad(f"{what} should stand {self._here()}")

    def space(self) -> None:
        self.expect(b" ")

    def end(self) -> None:
        if self._at < len(self._text) or self._index < len(self._texts) - 1:
            raise Bad(f"the command should end {self._here()}")

    def listed(self) -> Iterator[None]:
        """Once for each thing in a list: `(` things with a space between them `)`."""
        self.expect(b"(")
        if self.accept(b")"):
            return
        while True:
            yield
            if self.accept(b")"):
                return
            self.space()

    def _here(self) -> str:
        text = self._text[self._at : self._at + 20].decode("ascii", "replace")
        text = re.sub(r"[^ -~]", "?", text)
        if text:
            return f"before {text!r}"
        return "before the literal" if self._index < len(self._texts) - 1 else "at the end of the line"

    def _match(self, pattern: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        found = pattern.match(self._text, self._at)
        if found is None:
            more = "" if self.rest().isascii() else "; octets above 127 go in a literal"
            raise Bad(f"{what} should stand {self._here()}{more}")
        self._at = found.end()
        return found

    def take(self, pattern: re.Pattern[bytes], what: str = "a word") -> bytes:
        return self._match(pattern, what)[0]

    def ahead_of(self, pattern: re.Pattern[bytes]) -> bool:
        return pattern.match(self._text, self._at) is not None

    # ---- words and strings

    def tag(self) -> str:
        return self._match(_TAG, "a tag")[0].decode()

    def atom(self, what: str = "an atom") -> str:
        return self._match(_ATOM, what)[0].decode()

    def word(self, what: str) -> str:
        return self.atom(what).upper()

    def string(self, what: str = "a string") -> bytes:
        if self.ahead(b'"'):
            return re.sub(rb"\\(.)", rb"\1", self._match(_QUOTED, what)[1])
        return self.literal(what)

    def at_literal(self) -> bool:
        return self._at == len(self._text) and self._index < len(self._texts) - 1

    def literal(self, what: str) -> bytes:
        if not self.at_literal():
            raise Bad(f"{what} should stand {self._here()}")
        self._index, self._at = self._index + 1, 0
        found = self._literals[self._index - 1]
        if 0 in found:
            raise Bad("a literal holds no NUL (RFC 3501 section 4.3)")
        return found

    def astring(self, what: str = "a string") -> bytes:
        found = _ASTRING.match(self._text, self._at)
        return self._match(_ASTRING, what)[0] if found else self.string(what)

    def list_mailbox(self) -> bytes:
        found = _LIST_MAILBOX.match(self._text, self._at)
        return self._match(_LIST_MAILBOX, "a pattern")[0] if found else self.string("a pattern")

    def nstring(self) -> bytes | None:
        if self._text[self._at : self._at + 3].upper() == b"NIL":
            self._at += 3
            return None
        return self.string("a string or NIL")

    # ---- numbers and dates

    def number(self, what: str = "a number") -> int:
        return _limited(self._match(_NUMBER, what)[0])

    def sequence_set(self) -> SequenceSet:
        text = self._match(_SET, "a set of numbers")[0]
        return SequenceSet(tuple(_range(part) for part in text.split(b",")))

    def is_set_ahead(self) -> bool:
        return _SET.match(self._text, self._at) is not None

    def date(self) -> date:
        quotes = self.accept(b'"')
        day, month, year = self._match(_DATE, "a date such as 1-Jun-2026").groups()
        if quotes:
            self.expect(b'"')
        try:
            return date(int(year), _month(month), int(day))
        except ValueError:
            raise Bad("there is no such day") from None

    def date_time(self) -> datetime:
        found = self._match(_DATE_TIME, 'a time such as " 1-Jun-2026 09:00:00 +0000"').groups()
        day, month, year, hour, minute, second, sign, hours, minutes = found
        off = timedelta(hours=int(hours), minutes=int(minutes))
        try:
            zone = timezone(-off if sign == b"-" else off)
            when = datetime(int(year), _month(month), int(day), int(hour), int(minute), int(second), tzinfo=zone)
            when.timestamp()
        except (ValueError, OverflowError):
            raise Bad("there is no such time") from None
        return when

    # ---- flags

    def flag(self) -> str:
        slash = self.accept(b"\\")
        text = self.atom("a flag")
        if len(text) > FLAG_MAX_OCTETS:
            raise Bad(f"a flag has {FLAG_MAX_OCTETS} octets at most")
        if not slash:
            return text
        known = SYSTEM_FLAGS.get(f"\\{text.lower()}")
        if known is None:
            raise Bad(f"\\{text} is no flag that a client sets; there are {' '.join(SYSTEM_FLAGS.values())}")
        return known

    def store_word(self) -> str:
        return self._match(_STORE, "FLAGS, +FLAGS or -FLAGS")[0].decode().upper()

    def flag_list(self) -> list[str]:
        return [self.flag() for _ in self.listed()]

    def flags(self) -> list[str]:
        """As STORE takes them: a list, or flags with a space between them."""
        if self.ahead(b"("):
            return self.flag_list()
        found = [self.flag()]
        while self.accept(b" "):
            found.append(self.flag())
        return found


def _limited(digits: bytes) -> int:
    number = int(digits) if len(digits) <= 10 else NUMBER_MAX + 1
    if number > NUMBER_MAX:
        raise Bad(f"a number is {NUMBER_MAX} at most")
    return number


def _range(part: bytes) -> tuple[int | None, int | None]:
    first, colon, second = part.partition(b":")
    ends = [None if end == b"*" else _limited(end) for end in (first, second if colon else first)]
    if 0 in ends:
        raise Bad("numbers count from 1")
    return ends[0], ends[1]


def _month(name: bytes) -> int:
    return MONTHS.index(name.decode().capitalize()) + 1
