"""What one zone holds at one moment, and the rules that hold between its records. RFC 1034 section 4.2.

Contents never change: an edit makes others. So a name server may look at them from any thread without a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import dns.name
import dns.rrset
from dns.name import Name
from dns.rdata import Rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.SOA import SOA
from dns.rrset import RRset

from labmail.dns.master import TTL_S, Entry, Master
from labmail.dns.names import Fault, shown
from labmail.dns.rdata import FORMS

__all__ = ["Contents"]

SERIALS = 2**32  # serial numbers run in a circle: RFC 1982 section 3
Rule = Callable[[Entry, Sequence[Entry], Name], None]  # an entry, those of its name that stand before it, the origin


def soa_on_top(entry: Entry, earlier: Sequence[Entry], origin: Name) -> None:  # RFC 1035 section 5.2
    if entry.type != "SOA":
        return
    if entry.owner != origin:
        says = f"gives {shown(entry.owner, origin)} an SOA record, but that belongs to @, the zone’s own name, alone"
        raise Fault(says, "RFC 1035 section 5.2", field="name", line=entry.line)
    for other in earlier:
        if other.type == "SOA":
            says = f"gives @ a second SOA record, but {_already(other)}, and a zone has exactly one"
            raise Fault(says, "RFC 1035 section 5.2", field="type", line=entry.line)


def no_delegation(entry: Entry, _: Sequence[Entry], origin: Name) -> None:  # simpler than life, and said so
    if entry.type == "NS" and entry.owner != origin:
        below = shown(entry.owner, origin)
        says = f"hands {below} to a name server of its own, but here one server answers for all: write its records here"
        raise Fault(says, "RFC 1034 section 4.2.1", field="type", line=entry.line)


def alias_alone(entry: Entry, earlier: Sequence[Entry], origin: Name) -> None:  # RFC 1034 section 3.6.2
    owner, gives = shown(entry.owner, origin), FORMS[entry.type].gives
    for other in earlier:
        if entry.type == other.type == "CNAME":
            says = f"gives {owner} a second alias, but {_already(other)}, and a name has at most one"
            raise Fault(says, "RFC 2181 section 10.1", field="type", line=entry.line)
        if "CNAME" in (entry.type, other.type):
            says = f"gives {owner} {gives}, but {_already(other)}, and a name with a CNAME may have nothing else"
            raise Fault(says, "RFC 1034 section 3.6.2", field="type", line=entry.line)


def one_ttl(entry: Entry, earlier: Sequence[Entry], origin: Name) -> None:  # RFC 2181 section 5.2
    owner, gives = shown(entry.owner, origin), FORMS[entry.type].gives
    for other in earlier:
        if other.type == entry.type and other.ttl != entry.ttl:
            has = f"line {other.line} has" if other.line else "there is"
            has += f" one with {other.ttl}, and records of one name and type share their TTL"
            says = f"gives {owner} {gives} with the TTL {entry.ttl}, but {has}"
            raise Fault(says, "RFC 2181 section 5.2", field="TTL", line=entry.line)


def null_mx_alone(entry: Entry, earlier: Sequence[Entry], origin: Name) -> None:  # RFC 7505 section 3
    servers = [other for other in [*earlier, entry] if other.type == "MX"]
    nobody = [server for server in servers if cast(MX, server.rdata).exchange == dns.name.root]
    if entry.type == "MX" and nobody and len(servers) > 1:
        dot = "this one" if nobody[0] is entry else f"line {nobody[0].line}" if nobody[0].line else "the other"
        says = (
            f"gives {shown(entry.owner, origin)} a second MX record, but {dot} says “no mail here” and must stand alone"
        )
        raise Fault(says, "RFC 7505 section 3", field="host", line=entry.line)


RULES: tuple[Rule, ...] = (soa_on_top, no_delegation, alias_alone, one_ttl, null_mx_alone)
ON_TOP = {  # what @ must have
    "SOA": ("@ SOA ns.example. hostmaster.example. 1 86400 7200 2419200 300", "RFC 1035 section 5.2"),
    "NS": ("@ NS ns.example.", "RFC 1034 section 4.2.1"),
}


def _already(other: Entry) -> str:
    gives = FORMS[other.type].gives
    return f"line {other.line} already gives it {gives}" if other.line else f"it already has {gives}"


@dataclass(frozen=True)
class Contents:
    origin: Name
    file: Master
    nodes: Mapping[Name, Mapping[str, RRset]] = field(repr=False, compare=False)  # every name that exists

    @classmethod
    def of(cls, origin: Name, file: Master) -> Contents:
        """The contents that a file describes, or the Fault of its first record that breaks a rule."""
        at: dict[Name, list[Entry]] = {}
        for entry in file.entries:
            earlier = at.setdefault(entry.owner, [])
            for rule in RULES:
                rule(entry, earlier, origin)
            if not any(entry.type == other.type and entry.rdata == other.rdata for other in earlier):
                earlier.append(entry)  # a record said twice is one record: RFC 2181 section 5
        for type, (example, rfc) in ON_TOP.items():
            if not any(entry.type == type for entry in at.get(origin, [])):
                raise Fault(f'has no {type} record for its own name: right would be "{example}"', rfc, field=type)
        kept = {id(entry) for entries in at.values() for entry in entries}
        entries = tuple(replace(entry, line=None) for entry in file.entries if id(entry) in kept)
        return cls(origin, Master(ttl=file.ttl, entries=entries), _nodes(origin, at))

    @property
    def soa(self) -> SOA:
        return cast(SOA, self.nodes[self.origin]["SOA"][0])

    def entries(self, owner: Name, type: str) -> list[Entry]:
        return [entry for entry in self.file.entries if (entry.owner, entry.type) == (owner, type)]

    def having(self, owner: Name, type: str, data: Sequence[Rdata]) -> Contents:
        """These contents with that data in place of all that `owner` had of that type."""
        old, entries = self.entries(owner, type), list(self.file.entries)
        ttl = old[0].ttl if old else TTL_S
        new = [Entry(owner=owner, ttl=ttl, type=type, rdata=rdata) for rdata in data]
        beside = [at for at, entry in enumerate(entries) if entry.owner == owner]
        place = entries.index(old[0]) if old else beside[-1] + 1 if beside else len(entries)
        rest = [entry for entry in entries[place:] if (entry.owner, entry.type) != (owner, type)]
        # what is new comes last, so that a rule speaks of it and not of what was there
        Contents.of(self.origin, replace(self.file, entries=(*entries[:place], *rest, *new)))
        return Contents.of(self.origin, replace(self.file, entries=(*entries[:place], *new, *rest)))

    def followed_by(self, other: Contents) -> Contents:
        """What an edit leads to: `other` with a serial that has grown, or these contents if nothing differs."""
        mine, given = self.soa.serial, other.soa.serial
        if 0 < (given - mine) % SERIALS < SERIALS // 2:  # RFC 1982 section 3.2
            return other
        same = other._with_serial(mine)
        return self if same == self else other._with_serial((mine + 1) % SERIALS)

    def _with_serial(self, serial: int) -> Contents:
        entries = [
            replace(entry, rdata=entry.rdata.replace(serial=serial)) if entry.type == "SOA" else entry
            for entry in self.file.entries
        ]
        return Contents.of(self.origin, replace(self.file, entries=tuple(entries)))


def _nodes(origin: Name, at: Mapping[Name, Sequence[Entry]]) -> dict[Name, dict[str, RRset]]:
    nodes: dict[Name, dict[str, RRset]] = {}
    for owner, entries in at.items():
        node = nodes.setdefault(owner, {})
        for type in dict.fromkeys(entry.type for entry in entries):
            same = [entry for entry in entries if entry.type == type]
            node[type] = dns.rrset.from_rdata_list(owner, same[0].ttl, [entry.rdata for entry in same])
        between = owner
        while between != origin:  # such a name exists too, without a record: RFC 4592 section 2.2.2
            between = between.parent()
            nodes.setdefault(between, {})
    return nodes
