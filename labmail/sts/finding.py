"""A sender's way to the policy of a domain, and what it remembers. RFC 8461 sections 3.3 and 5.1.

DNS says only that there is a policy, and which edition: the policy itself comes by HTTPS, or from memory. Who forges
DNS can keep a sender from its first policy, and not from one that it remembers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from labmail.errors import LabError
from labmail.record import Event
from labmail.sts.policy import Policy, read_policy
from labmail.sts.record import Record, choose

__all__ = ["POLICY_MAX_OCTETS", "POLICY_MAX_S", "TARGET", "Finder", "Got", "Judged", "Looked", "policy_host"]

POLICY_MAX_OCTETS = 65_536  # RFC 8461 section 3.3 suggests 64 kilobytes
POLICY_MAX_S = 60  # lab seconds: RFC 8461 section 3.3 suggests a minute
TARGET = "/.well-known/mta-sts.txt"
TYPE = "text/plain"


def policy_host(domain: str) -> str:
    """Who serves it. RFC 8461 section 3.3"""
    return f"mta-sts.{domain}"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What DNS said at _mta-sts.DOMAIN."""

    domain: str
    record: Record | None = None
    why: str = ""  # there is none that counts

    def __str__(self) -> str:
        said = f"announces a policy, id {self.record.id}" if self.record else f"announces no policy: {self.why}"
        return f"_mta-sts.{self.domain} {said}"


@dataclass(frozen=True, kw_only=True)
class Got:
    """A policy, or why there is none."""

    domain: str
    policy: Policy | None = None
    remembered: bool = False
    why: str = ""

    def __str__(self) -> str:
        if self.policy is None:
            return f"no policy of {self.domain}: {self.why}"
        how = "remembered" if self.remembered else "fetched"
        return f"the policy of {self.domain}, {how}: {self.policy.mode}, {', '.join(self.policy.mx) or 'no servers'}"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Whether a server may get the letter. `why` says what is against it."""

    domain: str
    server: str
    mode: str
    why: str = ""

    @property
    def holds(self) -> bool:
        return not self.why

    def __str__(self) -> str:
        if self.holds:
            return f"{self.server} is as the policy of {self.domain} wants it"
        end = ", so it gets no letter" if self.mode == "enforce" else ", and gets the letter all the same: testing"
        return f"{self.server}: {self.why}{end}"


@dataclass(frozen=True, kw_only=True)
class _Kept:
    policy: Policy
    id: str
    since: datetime


class Finder:
    """One sending host's. `look(name)` gives the TXT records there, `fetch(domain)` the media type and the file; both
    raise LabError where there is none. `now()` is lab time.
    """

    def __init__(
        self,
        look: Callable[[str], Awaitable[Sequence[str]]],
        fetch: Callable[[str], Awaitable[tuple[str, bytes]]],
        now: Callable[[], datetime],
        note: Callable[[Event], object],
    ) -> None:
        self._look, self._fetch, self._now, self._note = look, fetch, now, note
        self._memory: dict[str, _Kept] = {}

    async def find(self, domain: str) -> Policy | None:
        """The policy that holds for a letter to that domain. RFC 8461 section 5.1"""
        domain = domain.lower().removesuffix(".")
        kept = self._kept(domain)
        looked = await self._looked(domain)
        self._note(Event(kind="sts-record", value=looked))
        if looked.record is not None and (kept is None or kept.id != looked.record.id):
            got = await self._got(domain, looked.record.id)
            self._note(Event(kind="sts-policy", value=got))
            if got.policy is not None:
                return got.policy
        if kept is None:
            return None
        self._note(Event(kind="sts-policy", value=Got(domain=domain, policy=kept.policy, remembered=True)))
        return kept.policy

    def judge(self, domain: str, server: str, mode: str, why: str = "") -> Judged:
        """What came of it, on the timeline."""
        judged = Judged(domain=domain, server=server, mode=mode, why=why)
        self._note(Event(kind="sts-verdict", value=judged))
        return judged

    def _kept(self, domain: str) -> _Kept | None:
        kept = self._memory.get(domain)
        if kept is not None and self._now() - kept.since >= timedelta(seconds=kept.policy.max_age):
            del self._memory[domain]
            return None
        return kept

    async def _looked(self, domain: str) -> Looked:
        try:
            record, why = choose(await self._look(f"_mta-sts.{domain}"))
        except LabError as fault:
            record, why = None, str(fault)
        return Looked(domain=domain, record=record, why=why)

    async def _got(self, domain: str, id: str) -> Got:
        try:
            type, content = await self._fetch(domain)
        except LabError as fault:
            return Got(domain=domain, why=str(fault))
        if type != TYPE:
            return Got(domain=domain, why=f"it is {type or 'of no named type'}, and not {TYPE}")
        policy = read_policy(content)
        if not policy.valid:
            return Got(domain=domain, why=next(str(problem) for problem in policy.problems if problem.fatal))
        self._memory[domain] = _Kept(policy=policy, id=id, since=self._now())
        return Got(domain=domain, policy=policy)
