"""From a question to its records: aliases, wildcards, names between, names that are not there.

RFC 1034 section 4.3.2 gives the way; what a wildcard covers is in RFC 4592, what a no must carry in RFC 2308.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import dns.rrset
from dns.name import Name
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rrset import RRset

from labmail.dns.contents import Contents
from labmail.dns.zones import Zones

__all__ = ["CHAIN_MAX", "Found", "find"]

CHAIN_MAX = 16  # aliases that one answer follows: ours; RFC 1034 section 3.6.2 wants chains followed, not for ever
POINTING = {"MX": "exchange", "NS": "target", "SRV": "target"}  # types whose host's address comes along


@dataclass
class Found:
    """The three sections of an answer, and its rcode."""

    rcode: str = "NOERROR"
    answer: list[RRset] = field(default_factory=list)
    authority: list[RRset] = field(default_factory=list)
    additional: list[RRset] = field(default_factory=list)


def find(zones: Zones, name: Name, type: str) -> Found:
    """What these zones say to a question. Follow the numbers in RFC 1034 section 4.3.2."""
    found = Found()
    contents = zones.find(name)  # step 2: the zone nearest above the name
    if contents is None:
        return Found(rcode="REFUSED")
    seen: set[Name] = set()
    while contents is not None and name not in seen and len(seen) < CHAIN_MAX:
        seen.add(name)
        node = _node(contents, name)
        if node is None:  # step 3c: neither the name nor a wildcard
            found.rcode = "NXDOMAIN"  # of an alias's target as well: RFC 2308 section 2.1
            found.authority.append(_no(contents))
            break
        wanted = [rrset for rrset in node.values() if type in ("ANY", _type(rrset))]
        found.answer += [_owned(rrset, name) for rrset in wanted]
        if wanted:
            break
        if "CNAME" not in node:  # the name is there, without such a record
            found.authority.append(_no(contents))
            break
        alias = node["CNAME"]  # step 3a: start again with the name that it stands for
        found.answer.append(_owned(alias, name))
        name = cast(CNAME, alias[0]).target
        contents = zones.find(name)
    found.additional += _addresses(zones, found.answer)
    return found


def _node(contents: Contents, name: Name) -> dict[str, RRset] | None:
    """What is at a name, or what a wildcard puts there; None: the name does not exist."""
    if name in contents.nodes:
        return dict(contents.nodes[name])
    encloser = name.parent()  # the nearest name above that exists: RFC 4592 section 3.3.1
    while encloser not in contents.nodes:
        encloser = encloser.parent()
    wildcard = contents.nodes.get(Name((b"*", *encloser.labels)))
    return None if wildcard is None else dict(wildcard)


def _owned(rrset: RRset, name: Name) -> RRset:
    """The records with the name that was asked: a wildcard's own name never shows."""
    if rrset.name == name:
        return rrset
    return dns.rrset.from_rdata_list(name, rrset.ttl, list(rrset))


def _no(contents: Contents) -> RRset:
    """The SOA record that a no carries; its TTL says how long the no may be remembered. RFC 2308 section 3"""
    ttl = min(contents.nodes[contents.origin]["SOA"].ttl, contents.soa.minimum)
    return dns.rrset.from_rdata(contents.origin, ttl, contents.soa)


def _addresses(zones: Zones, answer: list[RRset]) -> Iterator[RRset]:
    """The addresses of the hosts in an answer, which save a second question. RFC 1035 section 3.3.9"""
    seen = {(rrset.name, _type(rrset)) for rrset in answer}
    for rrset in answer:
        for rdata in rrset if _type(rrset) in POINTING else ():
            host = getattr(rdata, POINTING[_type(rrset)])
            contents = zones.find(host)
            node = contents.nodes.get(host, {}) if contents else {}
            for type in ("A", "AAAA"):
                if type in node and (host, type) not in seen:
                    seen.add((host, type))
                    yield node[type]


def _type(rrset: RRset) -> str:
    return rrset.rdtype.name
