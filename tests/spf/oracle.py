"""pyspf's own check over the same zone, and the differences from it that have a name.

Each is a place where pyspf 2.0.14 departs from RFC 7208; the section says what holds. What has no name is a fault.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

with warnings.catch_warnings():
    for kind in (SyntaxWarning, DeprecationWarning):
        warnings.simplefilter("ignore", kind)
    import spf as pyspf

from labmail.spf import Step, Verdict
from tests.spf.zone import Zone

ERRORS = ("TIMEOUT", "SERVFAIL")


@dataclass(frozen=True, kw_only=True)
class Theirs:
    result: str
    lookups: int


def check(ip: str, helo: str, mail_from: str, zone: Zone) -> Theirs:
    def ask(name: str, qtype: str, *_: object) -> Iterator[tuple[tuple[str, str], object]]:
        answer = zone.lookup(name, qtype)
        if answer.rcode in ERRORS:
            raise pyspf.TempError(answer.rcode)
        for record, text in zip(answer.found, answer.texts or answer.records, strict=True):
            yield (name, qtype), _value(record.type, text)

    before, pyspf.DNSLookup = pyspf.DNSLookup, ask  # the door that pyspf leaves open
    try:
        query = pyspf.query(i=ip, s=mail_from, h=helo)
        return Theirs(result=query.check()[0], lookups=query.lookups)
    finally:
        pyspf.DNSLookup = before


def _value(type: str, text: bytes | str) -> object:
    if isinstance(text, bytes):
        return (text,)
    preference, _, name = text.removesuffix(".").rpartition(" ")
    return (int(preference), name) if type == "MX" else name


def named(mail_from: str, ours: Verdict, theirs: Theirs) -> str:
    """The section of RFC 7208, or of the RFC named, by which the two differ; empty: they agree, or nobody knows why."""
    if (ours.result, ours.lookups) == (theirs.result, theirs.lookups):
        return ""
    steps = [(reading.domain, step) for reading in ours.readings for step in reading.steps]
    if mail_from.count("@") > 1:
        return "RFC 5321 4.1.2"  # a quoted local part may hold an "@"; pyspf cuts at the first
    if any(step.name == "include" and _itself(domain, step) for domain, step in steps):
        return "4.6"  # pyspf takes a record that includes itself for wrong even where that word is never reached
    unread = sum(step.name == "redirect" and step.outcome == "not reached" for _, step in steps)
    if theirs.result == ours.result and ours.lookups < theirs.lookups <= ours.lookups + unread:
        return "6.1"  # pyspf counts a redirect= that nobody follows
    if unread and theirs.result == "permerror" and theirs.lookups == 11:
        return "6.1"  # and so comes to the limit earlier
    if theirs.result == "temperror" and any(_failed_ptr(step) for _, step in steps):
        return "5.5"  # for ptr a DNS error is no match
    if theirs.result in ("temperror", "permerror") and any(_left_out(step) for _, step in steps):
        return "5.4"  # pyspf asks for the addresses of all hosts of an mx before it looks at one
    return ""


def _itself(domain: str, step: Step) -> bool:
    return step.text.lower().partition(":")[2] in (domain.lower(), "%{d}")


def _failed_ptr(step: Step) -> bool:
    return step.name == "ptr" and any(lookup.rcode in ERRORS for lookup in step.lookups)


def _left_out(step: Step) -> bool:
    return any(not host.reached for host in step.hosts)
