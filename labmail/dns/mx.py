"""From a domain to the hosts that take its mail, in the order in which to try them. RFC 5321 section 5.1, RFC 7505.

Every step says what was looked up or decided, and by which rule, as data: words for it are kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labmail.dns.message import Answer
from labmail.dns.resolver import Resolver
from labmail.errors import LabError

__all__ = ["KEYS", "STATUS", "Candidate", "MxAnswer", "Step", "find"]

SELECTION = "RFC 5321 section 5.1"

# verdict -> the enhanced status code for a letter that stays here: RFC 3463 sections 3.2, 3.5; RFC 7505 section 4
STATUS = {
    "mx": "",  # hosts to try, from MX records
    "implicit": "",  # the domain's own address, for it has no MX record
    "null": "5.1.10",  # the domain says that it takes no mail
    "nodomain": "5.1.2",  # there is no such name
    "nohost": "5.4.4",  # there is one, and no host to go to
    "self": "5.4.6",  # the best host is the one that asks: a loop
    "temporary": "4.4.3",  # the name server could not say
}
# the keys of all other steps
KEYS = (
    *("alias", "no-mx", "records", "equal", "not-back", "stray-null", "candidate"),
    *("target-alias", "target-unknown", "target-temporary", "target-no-address"),
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    preference: int
    host: str  # without a dot at its end, as people write it
    addresses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that was found out; `key` names it for whoever has the words. The last step is the verdict."""

    key: str
    rfc: str
    host: str = ""
    preference: int | None = None
    other: str = ""  # the name that an alias leads to, an rcode, or what is wrong with a domain
    candidate: Candidate | None = None  # what the step adds to the list
    answer: Answer | None = None  # of the lookup behind it


@dataclass(frozen=True, kw_only=True)
class MxAnswer:
    domain: str
    verdict: str  # a key of STATUS
    candidates: tuple[Candidate, ...]
    steps: tuple[Step, ...]

    @property
    def status(self) -> str:
        return STATUS[self.verdict]

    @property
    def permanent(self) -> bool:
        """Trying again later would change nothing."""
        return self.status.startswith("5")


def find(domain: str, resolver: Resolver, me: str | None = None) -> MxAnswer:
    """Which hosts take mail for `domain`. `me` is the host that asks, in case it is one of them."""
    steps = tuple(_search(domain.removesuffix("."), resolver, (me or "").lower()))
    candidates = tuple(step.candidate for step in steps if step.candidate)
    return MxAnswer(domain=domain, verdict=steps[-1].key, candidates=candidates, steps=steps)


def _search(domain: str, resolver: Resolver, me: str) -> Iterator[Step]:
    try:
        answer = resolver.lookup(domain, "MX")
    except LabError as fault:
        yield Step(key="nodomain", rfc="RFC 5321 section 2.3.5", host=domain, other=str(fault))
        return
    for alias in answer.chain:  # the domain itself may be an alias: its target is taken as if it had been asked for
        yield Step(key="alias", rfc=SELECTION, host=domain, other=_plain(alias), answer=answer)
    if answer.rcode == "NXDOMAIN":
        yield Step(key="nodomain", rfc=SELECTION, host=domain, answer=answer)
    elif answer.rcode != "NOERROR":  # not knowing is not a no
        yield Step(key="temporary", rfc=SELECTION, host=domain, other=answer.rcode, answer=answer)
    elif answer.nodata:
        yield Step(key="no-mx", rfc=SELECTION, host=domain, answer=answer)
        yield from _implicit(domain, resolver, me)
    else:
        yield from _explicit(domain, resolver, me, answer)


def _implicit(domain: str, resolver: Resolver, me: str) -> Iterator[Step]:
    """No MX record: the domain's own address takes the mail, as if with preference 0."""
    if domain.lower() == me:
        yield Step(key="self", rfc=SELECTION, host=domain)
        return
    answer = resolver.lookup(domain, "A")
    if answer.records:
        found = Candidate(preference=0, host=domain, addresses=answer.records)
        yield Step(key="implicit", rfc=SELECTION, host=domain, preference=0, candidate=found, answer=answer)
    elif answer.rcode in ("NOERROR", "NXDOMAIN"):
        yield Step(key="nohost", rfc=SELECTION, host=domain, answer=answer)
    else:
        yield Step(key="temporary", rfc=SELECTION, host=domain, other=answer.rcode, answer=answer)


def _explicit(domain: str, resolver: Resolver, me: str, answer: Answer) -> Iterator[Step]:
    listed = [(int(preference), _plain(host)) for preference, host in map(str.split, answer.records)]
    if [host for _, host in listed] == [""]:
        yield Step(key="null", rfc="RFC 7505 section 3", host=domain, answer=answer)
        return
    yield Step(key="records", rfc=SELECTION, host=domain, answer=answer)
    # Hosts of one preference must be taken in random order (RFC 5321 section 5.1). Here they stay in the order of the
    # answer, so that a lesson shows the same each time.
    listed.sort(key=lambda server: server[0])
    if len({preference for preference, _ in listed}) < len(listed):
        yield Step(key="equal", rfc=SELECTION, host=domain)
    mine = min((preference for preference, host in listed if me and host.lower() == me), default=None)
    steps = []
    for preference, host in listed:
        if mine is not None and preference >= mine:  # mail must not come back to me, or go where I am preferred
            steps.append(Step(key="not-back", rfc=SELECTION, host=host, preference=preference))
        else:
            steps.append(_examined(preference, host, resolver))
        yield steps[-1]
    if any(step.candidate for step in steps):
        verdict = "mx"
    elif any(step.key == "target-temporary" for step in steps):
        verdict = "temporary"
    else:
        verdict = "nohost" if mine is None else "self"
    yield Step(key=verdict, rfc=SELECTION, host=domain)


def _examined(preference: int, host: str, resolver: Resolver) -> Step:
    """One host of the list: a candidate, or why it is passed over."""
    if not host:  # a null MX beside others
        return Step(key="stray-null", rfc="RFC 7505 section 3", preference=preference)
    answer = resolver.lookup(host, "A")  # no AAAA: the lab has no IPv6 host
    key, rfc, other = "candidate", SELECTION, ""
    if answer.chain:
        key, rfc, other = "target-alias", "RFC 2181 section 10.3", _plain(answer.chain[-1])
    elif answer.rcode == "NXDOMAIN":
        key, rfc = "target-unknown", "RFC 2181 section 10.3"
    elif answer.rcode != "NOERROR":
        key, other = "target-temporary", answer.rcode
    elif answer.nodata:
        key, rfc = "target-no-address", "RFC 2181 section 10.3"
    found = Candidate(preference=preference, host=host, addresses=answer.records) if key == "candidate" else None
    return Step(key=key, rfc=rfc, host=host, preference=preference, other=other, candidate=found, answer=answer)


def _plain(name: str) -> str:
    return name.removesuffix(".")
