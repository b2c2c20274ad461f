"""From a letter's From: and what SPF and DKIM said, to the verdict. RFC 9989 section 5.3.

DMARC asks one thing: did a check pass for a name of the domain that the reader sees? One such pass is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from labmail.dmarc.record import POLICIES, Record
from labmail.dmarc.verdict import Alignment, Query, Verdict
from labmail.dmarc.walk import Walker, organizational_domain
from labmail.errors import LabError, cited, needs_text

__all__ = ["Checked", "evaluate"]


class Checked(Protocol):
    """A verdict of SPF, or of one DKIM signature: its result, and the domain that it speaks for."""

    @property
    def result(self) -> str: ...
    @property
    def domain(self) -> str: ...


def evaluate(from_domain: str | Sequence[str], spf: Checked | None, dkim: Iterable[Checked], resolver: Any) -> Verdict:
    """`from_domain` is the domain in From:, or all of them; DMARC needs exactly one."""
    checks = _needed(from_domain, spf, dkim, resolver)
    domains = {_in_ascii(name) for name in ([from_domain] if isinstance(from_domain, str) else from_domain)} - {""}
    if len(domains) != 1:
        why = "From: names more than one domain" if domains else "From: names no domain"
        return Verdict(result="none", domain=", ".join(sorted(domains)), why=why, section="5.3.1")
    return _Evaluation(domains.pop(), Walker(resolver)).judge(spf, checks)


def _needed(from_domain: object, spf: object, dkim: object, resolver: object) -> tuple[Checked, ...]:
    """The signatures; LabError where something is of the wrong kind."""
    names = from_domain if isinstance(from_domain, list | tuple | set | frozenset) else [from_domain]
    for name in names:
        needs_text("the domain in From:", name, "example.net")
    if not isinstance(dkim, Iterable) or isinstance(dkim, str | bytes):
        raise LabError(
            f"dkim is a list of verdicts about signatures, such as dkim.verify(...).signatures, not {cited(dkim)}"
        )
    checks = tuple(dkim)
    for each in (*checks, *([spf] if spf is not None else [])):
        if not (hasattr(each, "result") and isinstance(getattr(each, "domain", None), str)):
            raise LabError(f"a verdict of SPF or of a signature has a result and a domain, and {cited(each)} has not")
    if not hasattr(resolver, "lookup"):
        raise LabError(f"a resolver is one such as lab.resolver, and not {cited(resolver)}")
    return checks


class _Evaluation:
    def __init__(self, domain: str, walker: Walker) -> None:
        self.domain, self.walker = domain, walker
        self.queries: tuple[Query, ...] = ()
        self.walked = False

    def judge(self, spf: Checked | None, dkim: tuple[Checked, ...]) -> Verdict:
        self.queries = (self.walker.ask(self.domain),)
        if not self.queries[0].failed and self.queries[0].record is None:
            self._organization()
        place = self._place()
        if place is None or place.record is None:
            failed = next((query for query in self.queries if query.failed), None)
            if failed is not None:
                return self._nothing("temperror", f"{failed.outcome} at {failed.name}", "5.3.6")
            bad = next((query for query in self.queries if query.records or query.doubled), None)
            why = f"{bad.name} has {bad.outcome}" if bad is not None else "no DMARC record"
            return self._nothing("none", why, "5.3.2")
        if not place.record.usable:
            return self._nothing("none", "the record has no valid policy, and no address for reports", "4.10.1")
        alignments = tuple(self._aligned(place.record, spf, dkim))
        if any(each.vouches for each in alignments):
            return self._verdict(place, alignments, passed=True)
        unsure = self._unsure(alignments)
        if unsure is not None:
            return self._nothing("temperror", f"{unsure.outcome} at {unsure.name}", "5.3.6", alignments)
        return self._verdict(place, alignments, passed=False)

    def _organization(self) -> str:
        """The organization behind the name in From:, found out when it is first needed."""
        self.queries, self.walked = self.walker.walk(self.domain), True
        return organizational_domain(self.queries)

    def _place(self) -> Query | None:
        """Where the policy stands: at the name itself, its organization, or its public suffix. Section 4.10.1"""
        found = [query for query in self.queries if query.record is not None]
        if self.queries[0].record is not None:
            return self.queries[0]
        if not found or any(query.failed for query in self.queries):
            return None
        organization = organizational_domain(self.queries)
        return next((query for query in found if query.domain == organization), found[-1])

    def _aligned(self, record: Record, spf: Checked | None, dkim: tuple[Checked, ...]) -> Iterable[Alignment]:
        """Each name that was judged, beside the one in From:. RFC 9989 section 4.10.2"""
        for method, mode, checks in (("spf", record.aspf, (spf,) if spf else ()), ("dkim", record.adkim, dkim)):
            for check in checks:
                domain = _in_ascii(check.domain)
                queries: tuple[Query, ...] = ()
                aligned, organization = domain == self.domain, ""
                if not aligned and mode == "r":
                    queries = self.walker.walk(domain)
                    organization = organizational_domain(queries)
                    aligned = organization == self._organization()
                    aligned = aligned and not any(query.failed for query in (*queries, *self.queries))
                yield Alignment(
                    method=method,
                    domain=domain,
                    result=check.result,
                    mode="strict" if mode == "s" else "relaxed",
                    organizational_domain=organization,
                    aligned=aligned,
                    queries=queries,
                )

    def _unsure(self, alignments: tuple[Alignment, ...]) -> Query | None:
        """A question that DNS did not answer, and on which it depends whether a check that passed is aligned."""
        walks = [each.queries for each in alignments if each.result == "pass" and each.queries]
        asked = [query for queries in walks for query in (*queries, *self.queries)]
        return next((query for query in asked if query.failed), None)

    def _verdict(self, place: Query, alignments: tuple[Alignment, ...], *, passed: bool) -> Verdict:
        assert place.record is not None
        below = place.domain != self.domain
        exists = not (below and place.record.np) or self.walker.exists(self.domain)
        policy, tag = place.record.policy(subdomain=below, exists=exists)
        applied = POLICIES[max(0, POLICIES.index(policy) - 1)] if place.record.t == "y" else policy
        return Verdict(
            result="pass" if passed else "fail",
            domain=self.domain,
            organizational_domain=organizational_domain(self.queries) if self.walked else "",
            policy_domain=place.domain,
            record=place.record,
            policy=policy,
            tag=tag,
            applied=applied,
            disposition="none" if passed else min(applied, "quarantine", key=POLICIES.index),
            alignments=alignments,
            queries=self.queries,
        )

    def _nothing(self, result: str, why: str, section: str, alignments: tuple[Alignment, ...] = ()) -> Verdict:
        return Verdict(
            result=result, domain=self.domain, why=why, section=section, alignments=alignments, queries=self.queries
        )


def _in_ascii(domain: str) -> str:
    """Small A-labels without a dot at the end: RFC 9989 section 5.3.1."""
    plain = domain.strip().rpartition("@")[2].removesuffix(".").lower()
    if plain.isascii():
        return plain
    try:
        return plain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return plain
