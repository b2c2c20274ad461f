"""What an SPF evaluation came to, and each step of it, as frozen values. RFC 7208 sections 2.6 and 4.6.

A verdict holds the reading of one record. A reading holds a step for each word of its record, and a step that leads to
another record (`include`, `redirect=`) holds that one's reading. The repr of a verdict is its transcript.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["LOOKUPS_MAX", "RESULTS", "VOID_MAX", "Fault", "Host", "Lookup", "Reading", "Step", "Verdict"]

RESULTS = ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")  # RFC 7208 section 2.6
LOOKUPS_MAX = 10  # words that ask DNS, in one evaluation: RFC 7208 section 4.6.4
VOID_MAX = 2  # lookups that find nothing, in one evaluation: RFC 7208 section 4.6.4


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong, and where: `column` counts from 1 within the record, and is 0 where no word of it is at fault."""

    says: str
    section: str
    column: int = 0
    length: int = 0  # of the part at fault


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """One question to DNS, and what came of it."""

    name: str
    type: str
    rcode: str
    records: tuple[str, ...] = ()
    void: int = 0  # it found nothing, and was the void lookup of that number; 0: it found something, or does not count

    @property
    def outcome(self) -> str:
        """In two or three words, where there is nothing to show."""
        if self.records:
            return ", ".join(self.records)
        return {"NOERROR": f"no {self.type} record", "NXDOMAIN": "no such name"}.get(self.rcode, self.rcode)


@dataclass(frozen=True, kw_only=True)
class Host:
    """A host that `mx` or `ptr` came upon, and its addresses."""

    name: str
    preference: int | None = None  # of an MX record
    addresses: tuple[str, ...] = ()
    reached: bool = True
    matches: bool = False  # mx: the connecting address is among its own. ptr: it is, and the name belongs to the domain
    lookup: Lookup | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One word of a record, and what became of it.

    `outcome` is "match", "no match", "not reached", "permerror" or "temperror"; of a modifier it may also be
    "followed", "used", "not used" or "ignored".
    """

    text: str
    start: int  # in the record, from 0
    end: int
    name: str  # in small letters: "ip4", "include", "redirect"
    outcome: str
    section: str
    result: str = ""  # of the record, if this word decided it
    target: str = ""  # the network or the name that is meant, macros expanded
    number: int = 0  # it was the lookup of that number, of 10; 0: it cost none
    lookups: tuple[Lookup, ...] = ()
    hosts: tuple[Host, ...] = ()
    reading: Reading | None = None
    fault: Fault | None = None

    @property
    def modifier(self) -> bool:
        return "=" in self.text and self.text.lower().startswith(f"{self.name}=")

    @property
    def voids(self) -> tuple[int, ...]:
        return tuple(lookup.void for lookup in self.lookups if lookup.void)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One domain's record, read for one connection. Steps are in the order of reading: modifiers come last."""

    domain: str
    result: str
    section: str
    lookup: Lookup | None = None  # of the record; None: nothing was asked
    record: str = ""
    steps: tuple[Step, ...] = ()
    fault: Fault | None = None
    explanation: str = ""

    @property
    def decided(self) -> Step | None:
        """The word that gave the result; None where none did."""
        return next((step for step in self.steps if step.result), None)


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict:
    """`result` is the RFC's own word. `explanation` is what the owner says to whom it fails; mostly empty."""

    result: str
    domain: str
    mechanism: str  # the word that matched, in the record or in the one that it redirects to; "" where none did
    explanation: str
    ip: str
    helo: str
    sender: str  # with "postmaster" where it had no local part: RFC 7208 section 4.3
    identity: str  # "mailfrom", or "helo" where there was no sender: RFC 7208 section 2.4
    lookups: int  # words that asked DNS; 11 is one too many
    void_lookups: int
    reading: Reading

    @property
    def fault(self) -> Fault | None:
        """Why there is a permerror or temperror, where it lies."""
        return next((reading.fault for reading in self.readings if reading.fault), None)

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All records that were read, innermost first."""
        return tuple(_within(self.reading))

    def __repr__(self) -> str:
        from labmail.spf import transcript

        return transcript.of(self)


def _within(reading: Reading) -> Iterator[Reading]:
    for step in reading.steps:
        if step.reading is not None:
            yield from _within(step.reading)
    yield reading
