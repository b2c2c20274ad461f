"""The words of an SPF record: where each stands, what is wrong with it and in which column. RFC 7208 sections 4.6, 12.

pyspf parses; its complaints get a place and a sentence here. Where it is laxer than the grammar, this file says no:
signs that no word may hold, macros, the end of a name, `redirect=` and `exp=` written twice or in capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labmail.errors import needs_text
from labmail.spf.verdict import LOOKUPS_MAX, Fault

__all__ = ["Record", "Term", "Warned", "is_spf", "macros", "read"]

VERSION = re.compile(r"v=spf1(?= |\Z)", re.IGNORECASE)  # RFC 7208 section 4.5
MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=", re.IGNORECASE)
MECHANISM = re.compile(r"([+?~-]?)([^:/]*)")
LENGTHS = re.compile(r"(?:/\d+)?(?://\d+)?\Z", re.ASCII)
MACRO = re.compile(r"%(?:\{([slodiphcrtv])(\d*)r?[.+,/_=-]*\}|[%_-])", re.IGNORECASE | re.ASCII)  # section 7.1
TOP_LABEL = re.compile(r"(?=.*[a-z]|.*-)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z", re.IGNORECASE)
SECTIONS = {
    "all": "5.1",
    "include": "5.2",
    "a": "5.3",
    "mx": "5.4",
    "ptr": "5.5",
    "ip4": "5.6",
    "ip6": "5.6",
    "exists": "5.7",
    "redirect": "6.1",
    "exp": "6.2",
}
ASKS = ("include", "a", "mx", "ptr", "exists", "redirect")  # words that cost a lookup: RFC 7208 section 4.6.4
MEANT = {"ip": "ip4", "ipv4": "ip4", "ipv6": "ip6", "prt": "ptr", "all.": "all", "includes": "include"}
DIGITS_MAX = 9  # of a macro's number or a network's length; no name has so many labels
A_NAME = ("a: takes a name; for an address write ip4:", "5.3")

# pyspf's words -> the place of the fault, our words, the section; no section: that of the mechanism
COMPLAINTS = {
    "Do not separate": ("end", "words are separated by blanks, not by commas", "4.6.1"),
    "Missing IP4": ("name", "an address needs ip4: before it", "5.6"),
    "Invalid IP4 CIDR": ("slash", "after the slash comes a number from 0 to 32", ""),
    "Invalid IP6 CIDR": ("slash", "after the slash comes a number from 0 to 128", ""),
    "Dual CIDR": ("slash", "there is one length of network too many", "5.6"),
    "CIDR not allowed": ("slash", "a length of network follows only a, mx, ip4 and ip6", ""),
    "Invalid IP4 address": ("arg", "this is no IPv4 address: four numbers from 0 to 255, joined by dots", "5.6"),
    "Invalid IP6 address": ("arg", "this is no IPv6 address", "5.6"),
    "implicit exists": ("end", "exists: needs a name", "5.7"),
    "include mechanism missing": ("end", "include: needs the name of a domain", "5.2"),
    "Invalid all": ("arg", "all takes nothing after it", "5.1"),
    "empty domain": ("end", "the name is missing", "7.1"),
    "Unknown qualifier": ("start", "the sign before a mechanism is one of + - ~ ?", "4.6.1"),
}


@dataclass(frozen=True, kw_only=True)
class Term:
    """A mechanism or a modifier, and where it stands in the record."""

    text: str
    start: int
    end: int
    name: str  # in small letters, without its sign
    modifier: bool = False
    value: str = ""  # of a modifier: what follows "="

    @property
    def section(self) -> str:
        return SECTIONS.get(self.name, "6" if self.modifier else "4.6.1")

    @property
    def asks(self) -> bool:
        """It costs a lookup."""
        return self.name in ASKS and self.modifier == (self.name == "redirect")


@dataclass(frozen=True, kw_only=True)
class Warned:
    """A record may say this, and its owner will be sorry."""

    key: str
    says: str
    section: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record as text, without anybody asked. With a fault it is a permerror for everyone: RFC 7208 section 4.6."""

    text: str
    terms: tuple[Term, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Warned, ...] = ()
    lookups: int = 0  # words of this record that ask DNS; what they lead to comes on top

    def __repr__(self) -> str:
        lines = [f'"{self.text}"']
        lines += [f"column {fault.column}: {fault.says}  §{fault.section}" for fault in self.faults]
        lines += [f"warning: {warned.says}  §{warned.section}" for warned in self.warnings]
        return "\n".join([*lines, f"lookups of its own {self.lookups} of {LOOKUPS_MAX}"])


def is_spf(text: str) -> bool:
    """Whether a TXT record is meant as an SPF record."""
    return VERSION.match(text) is not None


def read(record: str) -> Record:
    """The record's words, each fault with its column, and warnings. Nothing is asked of DNS."""
    needs_text("a record", record, "v=spf1 -all")
    return _read(record)


@lru_cache(maxsize=128)  # records: many letters come from one domain
def _read(record: str) -> Record:
    if not is_spf(record):
        says = 'an SPF record begins with "v=spf1" and a blank; without it this is some other text'
        return Record(text=record, faults=(Fault(says=says, section="4.5", column=1, length=len(record)),))
    terms = tuple(_terms(record))
    faults = tuple(fault for term in terms if (fault := _fault(term, terms)))
    return Record(
        text=record,
        terms=terms,
        faults=faults,
        warnings=tuple(_warnings(terms)),
        lookups=sum(term.asks for term in terms),
    )


def macros(text: str) -> tuple[str, int, str] | None:
    """The first thing that is no macro, with its place and what is wrong with it; None: all is well."""
    at = text.find("%")
    while at >= 0:
        found = MACRO.match(text, at)
        if found is None:
            whole = re.match(r"%(?:\{[^}]*\}?|.)?", text[at:])
            return (whole[0] if whole else "%"), at, "this is no macro; a plain % is written %%"
        if (found[2] or "") and (int(found[2][:DIGITS_MAX]) == 0 or len(found[2]) > DIGITS_MAX):
            return found[0], at, "the number in a macro counts labels: 1 or more"
        at = text.find("%", found.end())
    return None


def _terms(record: str) -> list[Term]:
    terms = []
    for found in re.finditer(r"[^ ]+", record[len("v=spf1") :]):
        start, text = found.start() + len("v=spf1"), found[0]
        modifier = MODIFIER.match(text)
        name = modifier[1] if modifier else str(MECHANISM.match(text)[2])  # type: ignore[index]
        value = text[modifier.end() :] if modifier else ""
        terms.append(
            Term(
                text=text,
                start=start,
                end=start + len(text),
                name=name.lower(),
                modifier=bool(modifier),
                value=value,
            )
        )
    return terms


# ---- what is wrong


def _fault(term: Term, terms: tuple[Term, ...]) -> Fault | None:
    if odd := re.search(r"[^\x21-\x7e]", term.text):
        return _at(term, odd.start(), 1, "a record holds visible ASCII signs and blanks, and nothing else", "3.1")
    if wrong := macros(term.text):
        text, at, says = wrong
        return _at(term, at, len(text), f"{text}: {says}", "7.1")
    if found := re.search(r"%\{[crt]", term.text, re.IGNORECASE):
        return _at(term, found.start(), 3, f"{found[0]}…}} may stand in an explanation's text only", "7.2")
    if term.modifier:
        return _modifier_fault(term, terms)
    return _mechanism_fault(term)


def _modifier_fault(term: Term, terms: tuple[Term, ...]) -> Fault | None:
    if term.name not in ("redirect", "exp"):
        return None  # RFC 7208 section 6: what nobody knows is ignored
    if next(other for other in terms if other.modifier and other.name == term.name) is not term:
        return _at(term, 0, len(term.text), f"{term.name}= may stand in a record once", "6")
    at = len(term.text) - len(term.value)
    if not term.value:
        return _at(term, at, 0, f"{term.name}= needs a name", term.section)
    return _name_fault(term, at, term.value)


def _mechanism_fault(term: Term) -> Fault | None:
    lengths = LENGTHS.search(term.text) if term.name in ("a", "mx") else None
    head, colon, value = term.text[: lengths.start() if lengths else None].partition(":")
    if colon and term.name in ASKS and (fault := _name_fault(term, len(head) + 1, value)):
        return fault if term.name != "a" or not _is_address(value) else _at(term, len(head) + 1, len(value), *A_NAME)
    if found := re.search(rf"/\d{{{DIGITS_MAX + 1}}}", term.text):  # more than int() takes, sometimes
        return _at(term, found.start(), 0, "no network has such a length", "5.6")
    complaint = _complaint(term.text)
    if complaint.startswith("Unknown mechanism"):
        return _unknown(term)
    for begin, (place, says, section) in COMPLAINTS.items():
        if complaint.startswith(begin):
            at = _place(term.text, place)
            return _at(term, at, 0, says, section or term.section)
    return _at(term, 0, 0, complaint, term.section) if complaint else None


def _name_fault(term: Term, at: int, value: str) -> Fault | None:
    """`domain-spec`: it ends in a macro, or in a dot and a label that is no number. RFC 7208 section 7.1"""
    end = 0
    for found in MACRO.finditer(value):
        end = found.end()
    last = value[end:].removesuffix(".") if value[end:] != "." else value[end:]
    if end and not last:
        return None
    _, dot, label = last.rpartition(".")
    if dot and label and TOP_LABEL.match(label):
        return None
    if not value:
        return _at(term, at, 0, "the name is missing", "7.1")
    return _at(term, at, len(value), f"{value} is no whole domain name, such as example.com", "7.1")


def _is_address(value: str) -> bool:
    return re.fullmatch(r"[\d.]+", value) is not None


def _unknown(term: Term) -> Fault:
    sign = len(MECHANISM.match(term.text)[1])  # type: ignore[index]
    if term.name in ("redirect", "exp"):
        says = f"{term.name} is followed by = and not by a colon"
    elif term.name in MEANT:
        says = f"no mechanism is called {term.name}; {MEANT[term.name]} is meant"
    else:
        says = f"no mechanism is called {term.name or term.text}"
    return _at(term, sign, len(term.name), says, "4.6.1")


def _complaint(text: str) -> str:
    """What pyspf says against a mechanism; empty: nothing."""
    try:
        _parser().validate_mechanism(text)
    except Exception as fault:  # its PermError, and what its regular expressions let through
        message = str(getattr(fault, "msg", fault))
        return "" if message.startswith("include has trivial") else message  # no fault of grammar
    return ""


def _parser() -> Any:
    from labmail.spf import engine

    return engine.parser()


def _place(text: str, place: str) -> int:
    if place == "start":
        return 0
    if place == "name":
        return len(MECHANISM.match(text)[1])  # type: ignore[index]
    if place == "end":
        return len(text) - text.endswith(",")
    mark = "/" if place == "slash" else ":"
    if place == "slash" and text.rfind("//") >= 0:
        return text.rindex("//")
    return text.find(mark) + 1 if place == "arg" else text.rfind(mark)


def _at(term: Term, at: int, length: int, says: str, section: str) -> Fault:
    column = term.start + at + 1
    return Fault(says=says, section=section, column=column, length=length or term.end - term.start - at or 1)


# ---- what is unwise


def _warnings(terms: tuple[Term, ...]) -> list[Warned]:
    found = []
    every = next((term for term in terms if term.name == "all" and not term.modifier), None)
    if every is not None and every.text[0] not in "-~?":
        found.append(Warned(key="everybody", says="+all: the whole Internet may send for this domain", section="5.1"))
    if any(term.name == "ptr" and not term.modifier for term in terms):
        says = "ptr is slow, is not reliable, and should not be published"
        found.append(Warned(key="ptr", says=says, section="5.5"))
    if every is not None and (lost := [term.text for term in terms[terms.index(every) + 1 :] if not term.modifier]):
        says = f"all ends the reading: {' '.join(lost)} is never reached"
        found.append(Warned(key="after-all", says=says, section="5.1"))
    if every is not None and any(term.modifier and term.name == "redirect" for term in terms):
        says = "where there is an all, redirect= is ignored"
        found.append(Warned(key="redirect-and-all", says=says, section="6.1"))
    if every is None and not any(term.modifier and term.name == "redirect" for term in terms):
        says = "there is no all: whoever matches nothing gets neutral"
        found.append(Warned(key="no-all", says=says, section="4.7"))
    if (asks := sum(term.asks for term in terms)) > LOOKUPS_MAX:
        says = f"{asks} of its words ask DNS, and {LOOKUPS_MAX} may: whoever needs one more gets permerror"
        found.append(Warned(key="lookups", says=says, section="4.6.4"))
    return found
