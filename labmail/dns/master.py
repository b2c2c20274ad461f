"""Zone files, which RFC 1035 section 5 calls master files: from text to entries, one a record, and back.

Reading knows one record at a time; what holds between records (one SOA, an alias alone) is the zone's to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dns.name import Name
from dns.rdata import Rdata

from labmail.dns.names import Fault, plain, read_name, shown
from labmail.dns.rdata import FORMS, TTL_MAX_S, Word, read_rdata, read_type

__all__ = ["TTL_S", "Entry", "Line", "Master", "lines", "read", "write"]

TTL_S = 300  # where a file says nothing: five minutes, the lab's measure for every record
SYNTAX = "RFC 1035 section 5.1"
TOKEN = re.compile(
    r"""(?P<blank>   [ \t\r]+ )
      | (?P<comment> ; [^\n]* )
      | (?P<end>     \n )
      | (?P<open>    \( )
      | (?P<close>   \) )
      | "(?P<quoted> (?: [^"\\\n] | \\[^\n] )* )"
      | (?P<word>    (?: [^ \t\r\n;()"\\] | \\[^\n] )+ )""",
    re.VERBOSE,
)
STRAY = {  # what can begin no token
    '"': "opens a quote that the same line does not close",
    "\\": "ends with a backslash, which belongs before another sign",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One record of a zone; `line` is where its file has it."""

    owner: Name
    ttl: int
    type: str
    rdata: Rdata
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class Master:
    ttl: int  # of the entries that state none
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """The words of one line, or of several that parentheses join."""

    number: int
    words: Sequence[Word]
    indented: bool  # it begins with a blank: the name is that of the record before


def lines(text: str) -> Iterator[Line]:
    """The lines that say something, without their comments."""
    words: list[Word] = []
    opened: list[int] = []  # the lines of the parentheses that are open
    indented, fresh = False, True
    for kind, said, number, cut in _tokens(text):
        if kind in ("word", "quoted"):
            words.append(Word(text=said, line=number, quoted=kind == "quoted", cut=cut))
        elif kind == "open":
            opened.append(number)
        elif kind == "close":
            if not opened:
                raise Fault("closes a parenthesis that is not open", SYNTAX, field=")", line=number)
            opened.pop()
        elif kind == "blank" and fresh:
            indented = True
        fresh = kind == "end" and not opened
        if fresh:
            if words:
                yield Line(number=words[0].line, words=words, indented=indented)
            words, indented = [], False
    if opened:
        raise Fault("opens a parenthesis that is never closed", SYNTAX, field="(", line=opened[-1])


def _tokens(text: str) -> Iterator[tuple[str, str, int, bool]]:
    """Kind, text and line of every token, and whether a comment follows right upon it."""
    at, number, text = 0, 1, f"{text}\n"
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise Fault(STRAY[text[at]], SYNTAX, field=text[at], line=number)
        at = token.end()
        kind = token.lastgroup or ""
        yield kind, token[kind], number, text[at : at + 1] == ";"
        number += kind == "end"


def read(text: str, origin: Name, start: Name | None = None) -> Master:
    """The entries of a zone file. Every name comes out absolute; `start` is what the first are relative to."""
    reader = _Reader(origin, start or origin)
    entries = []
    for line in lines(text):
        try:
            if line.words[0].text.startswith("$") and not line.indented:
                reader.direct(line)
            else:
                entries.append(reader.entry(line))
        except Fault as fault:
            fault.line = fault.line or line.number
            raise
    return Master(ttl=reader.ttl or TTL_S, entries=tuple(entries))


class _Reader:
    """What one line of a file leaves to the next: the origin, the TTL, the name."""

    def __init__(self, zone: Name, origin: Name) -> None:
        self.zone, self.origin = zone, origin
        self.ttl: int | None = None  # of $TTL
        self.last_ttl: int | None = None
        self.owner: Name | None = None

    def direct(self, line: Line) -> None:
        directive, words = line.words[0].text.upper(), [word.text for word in line.words[1:]]
        if directive not in ("$ORIGIN", "$TTL"):
            says = f"has {directive}, but a zone of this lab is one text with $ORIGIN and $TTL alone"
            raise Fault(says, SYNTAX, field=directive)
        if len(words) != 1:
            raise Fault(f"has {directive} with {len(words)} words after it, and it takes one", SYNTAX, field=directive)
        if directive == "$TTL":
            self.ttl = _ttl(words[0], directive)
        else:
            self.origin = self._name(words[0], "origin")  # may lie outside: only who owns a record may not

    def entry(self, line: Line) -> Entry:
        words = list(line.words)
        if not line.indented:
            self.owner = self._name(words.pop(0).text, "name")
            if not self.owner.is_subdomain(self.zone):
                says = f"names {plain(self.owner)}, which lies outside the zone {plain(self.zone)}"
                raise Fault(says, "RFC 1035 section 5.2", field="name")
        elif self.owner is None:
            says = "begins with a blank, so its name is that of the record before, and there is none"
            raise Fault(says, SYNTAX, field="name")
        assert self.owner is not None
        owner = shown(self.owner, self.zone)
        ttl = self._ttl_and_class(owner, words)
        if not words:
            raise Fault(f"gives {owner} no type: right would be a line as {owner} A 192.0.2.67", SYNTAX, field="type")
        try:
            type = read_type(words.pop(0).text)
        except Fault:
            first = line.words[0].text.upper()
            if first not in FORMS or line.indented:
                raise
            says = f"begins with the type {first}, but a name stands before it: @ is the zone’s own"
            raise Fault(says, SYNTAX, field="name") from None
        return Entry(
            owner=self.owner, ttl=ttl, type=type, rdata=read_rdata(type, owner, words, self.origin), line=line.number
        )

    def _ttl_and_class(self, owner: str, words: list[Word]) -> int:
        """TTL and class, in either order, each at most once; they leave `words`."""
        stated: int | None = None
        for _ in range(2):
            word = words[0].text.upper() if words else ""
            if word in ("CH", "HS", "CS"):
                says = f"gives {owner} the class {word}, but the Internet’s class is IN"
                raise Fault(says, "RFC 1035 section 3.2.4", field="class")
            if word == "IN":
                words.pop(0)
            elif re.match(r"[-+]?[0-9]", word) and stated is None:
                stated = _ttl(words.pop(0).text, owner)
        self.last_ttl = stated if stated is not None else self.last_ttl
        if stated is None:  # RFC 2308 section 4, then RFC 1035 section 5.1
            stated = self.ttl if self.ttl is not None else self.last_ttl
        return TTL_S if stated is None else stated

    def _name(self, word: str, field: str) -> Name:
        try:
            return read_name(word, self.origin)
        except Fault as fault:
            raise Fault(f'has the {field} "{word}", but {fault.says}', fault.rfc, field=field) from None


def _ttl(word: str, whose: str) -> int:
    if re.fullmatch(r"[0-9]{1,10}", word) and int(word) <= TTL_MAX_S:
        return int(word)
    says = f'gives {whose} the TTL "{word}", but a TTL is a whole number of seconds from 0 to {TTL_MAX_S}'
    raise Fault(says, "RFC 2181 section 8", field="TTL")


def write(master: Master, origin: Name) -> str:
    """The zone file that `read` reads as the same entries: one look for every zone, its columns aligned."""
    rows = [
        (shown(entry.owner, origin), "" if entry.ttl == master.ttl else str(entry.ttl), entry)
        for entry in master.entries
    ]
    owner_width = max([len(owner) for owner, _, _ in rows], default=0) + 2
    ttl_width = max([len(ttl) + 1 for _, ttl, _ in rows if ttl], default=0)
    text = [f"$ORIGIN {origin}", f"$TTL {master.ttl}"]
    for owner, ttl, entry in rows:
        head = f"{owner:<{owner_width}}{ttl:<{ttl_width}}{entry.type:<6}"
        data = entry.rdata.to_text(origin=origin, relativize=True)
        if entry.type == "SOA":  # its numbers get a line of their own
            mname, rname, *numbers = data.split()
            data = f"{mname} {rname} (\n{'':<{len(head)}}{' '.join(numbers)} )"
        text.append(head + data)
    return "\n".join(text) + "\n"
