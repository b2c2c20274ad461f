"""DNS messages as values: what was asked, and what came of it. RFC 1035 section 4.

dnspython reads and writes the octets. These frozen values are what everyone else sees: timeline, resolver, pictures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
from dns.rdata import Rdata
from dns.rrset import RRset

__all__ = ["Answer", "Query", "Record"]

FLAGS = {word.lower(): dns.flags.Flag[word] for word in ("QR", "AA", "TC", "RD", "RA")}  # in the order of the octets


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question; its name is absolute and spelled as it was asked."""

    name: str
    type: str
    id: int
    class_: str = "IN"
    recursion_desired: bool = False
    edns_octets: int | None = None  # how long an answer over UDP may be; None: 512, as without EDNS (RFC 6891)

    @classmethod
    def of(cls, message: dns.message.Message) -> Query | None:
        """The question of a message; None: it does not ask exactly one."""
        if message.opcode() != dns.opcode.QUERY or len(message.question) != 1:
            return None
        question = message.question[0]
        return cls(
            name=question.name.to_text(),
            type=dns.rdatatype.to_text(question.rdtype),
            id=message.id,
            class_=dns.rdataclass.to_text(question.rdclass),
            recursion_desired=bool(message.flags & dns.flags.RD),
            edns_octets=message.payload if message.edns >= 0 else None,
        )


@dataclass(frozen=True, kw_only=True)
class Record:
    name: str  # absolute, with its last dot
    ttl: int
    type: str
    text: str  # its data as dig prints them: "10 mx1.example.com."
    rdata: bytes  # its data as octets, names uncompressed

    @classmethod
    def of(cls, rrset: RRset) -> tuple[Record, ...]:
        name, type = rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype)
        return tuple(
            cls(name=name, ttl=rrset.ttl, type=type, text=rdata.to_text(), rdata=_octets(rdata)) for rdata in rrset
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a question. `rcode` is the RFC's own word, or TIMEOUT where nothing came."""

    name: str
    type: str
    rcode: str
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    flags: tuple[str, ...] = ()  # "qr", "aa", "tc", "rd", "ra"
    edns_octets: int | None = None
    size_octets: int = 0
    over: str = "udp"
    from_cache: bool = False

    @classmethod
    def of(cls, message: dns.message.Message, *, size_octets: int, over: str) -> Answer:
        asked = message.question[0] if message.question else None
        return cls(
            name=asked.name.to_text() if asked is not None else "",
            type=dns.rdatatype.to_text(asked.rdtype) if asked is not None else "",
            rcode=dns.rcode.to_text(message.rcode()),
            answers=_records(message.answer),
            authority=_records(message.authority),
            additional=_records(message.additional),
            flags=tuple(word for word, flag in FLAGS.items() if message.flags & flag),
            edns_octets=message.payload if message.edns >= 0 else None,
            size_octets=size_octets,
            over=over,
        )

    @cached_property
    def chain(self) -> tuple[str, ...]:
        """The names that aliases led to, in order; empty without an alias."""
        aliases = {record.name.lower(): record.text for record in self.answers if record.type == "CNAME"}
        chain: list[str] = []
        name = self.name
        while self.type not in ("CNAME", "ANY") and name.lower() in aliases and len(chain) < len(aliases):
            name = aliases[name.lower()]
            chain.append(name)
        return tuple(chain)

    @cached_property
    def found(self) -> tuple[Record, ...]:
        """The records that were asked for, where the aliases end."""
        name = (self.chain or (self.name,))[-1].lower()
        return tuple(
            record for record in self.answers if record.name.lower() == name and self.type in (record.type, "ANY")
        )

    @cached_property
    def records(self) -> tuple[str, ...]:
        """Their data as text: "10 mx1.example.com."."""
        return tuple(record.text for record in self.found)

    @property
    def rdatas(self) -> tuple[bytes, ...]:
        """Their data as octets."""
        return tuple(record.rdata for record in self.found)

    @property
    def rdata(self) -> bytes:
        """The first answer's data as octets; none: b""."""
        return self.rdatas[0] if self.found else b""

    @cached_property
    def texts(self) -> tuple[bytes, ...]:
        """Of each TXT record, its strings joined without a blank. RFC 7208 section 3.3, RFC 6376 section 3.6.2.2"""
        return tuple(_joined(record.rdata) for record in self.found if record.type == "TXT")

    @property
    def nodata(self) -> bool:
        """The name exists, and has no record of the type that was asked for."""
        return self.rcode == "NOERROR" and not self.found

    @property
    def authoritative(self) -> bool:
        return "aa" in self.flags

    @property
    def truncated(self) -> bool:
        return "tc" in self.flags

    @property
    def ttl(self) -> int:
        """For how many seconds it may be remembered; 0: not at all."""
        ttls = [record.ttl for record in self.answers]
        if not self.found:  # a no lives as long as its SOA says: RFC 2308 section 5
            ttls += [min(soa.ttl, int(soa.text.split()[-1])) for soa in self.authority if soa.type == "SOA"][:1] or [0]
        return min(ttls) if self.rcode in ("NOERROR", "NXDOMAIN") else 0


def _records(rrsets: Iterable[RRset]) -> tuple[Record, ...]:
    return tuple(record for rrset in rrsets for record in Record.of(rrset))


def _octets(rdata: Rdata) -> bytes:
    return rdata.to_wire() or b""


def _joined(strings: bytes) -> bytes:
    text, at = b"", 0
    while at < len(strings):
        text += strings[at + 1 : at + 1 + strings[at]]
        at += 1 + strings[at]
    return text
