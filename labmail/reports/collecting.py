"""From a receiver's verdicts to one report for each policy domain. RFC 9990 sections 3.1.2, 3.1.3, 3.1.6 and 3.3.

Letters that are alike in all that a report says become one row. Where the policy changed meanwhile, the last one seen
is what the report names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from labmail.reports.values import DkimResult, Published, Reason, Report, Row, SpfResult

if TYPE_CHECKING:
    from labmail import dmarc
    from labmail.verdicts import Verdicts

__all__ = ["SIGNATURES_MAX", "Collector", "Seen", "published", "row"]

SIGNATURES_MAX = 100  # in a row: RFC 9990 section 3.1.3
ROWS_MAX = 5_000  # in a report; ours: a sender chooses some of what makes rows differ


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a report may say of one domain: who asked for it, and what was counted."""

    published: Published
    error: str
    rua: tuple[str, ...]
    rows: tuple[Row, ...]
    wanted: bool  # some letter was no report itself: RFC 9990 section 3.5.2


class Collector:
    """Of one receiver. `add` counts a letter, `take` hands out what was counted and begins anew."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._rows: dict[str, Counter[Row]] = {}
        self._last: dict[str, dmarc.Verdict] = {}
        self._wanted: set[str] = set()

    def __bool__(self) -> bool:
        """Whether a report is due."""
        return bool(self._wanted)

    def add(self, found: Verdicts, *, is_report: bool = False) -> bool:
        """Whether it was counted: only mail of a domain that asks for reports is.

        A report's own letter counts as any other, but it alone is no reason to write one: else two receivers would
        tell each other of their reports for ever.
        """
        verdict = found.dmarc
        if verdict is None or verdict.record is None or not verdict.record.rua or found.disposition == "defer":
            return False
        if verdict.result not in ("pass", "fail"):
            return False
        domain = verdict.policy_domain
        rows, this = self._rows.setdefault(domain, Counter()), row(found)
        if this not in rows and len(rows) >= ROWS_MAX:
            return False
        rows[this] += 1
        self._last[domain] = verdict
        if not is_report:
            self._wanted.add(domain)
        return True

    def take(self) -> list[Seen]:
        """By domain, in the order of their names."""
        seen = [self._seen(domain) for domain in sorted(self._rows)]
        self._clear()
        return seen

    def _seen(self, domain: str) -> Seen:
        verdict, rows = self._last[domain], self._rows[domain]
        assert verdict.record is not None
        counted = sorted(rows.items(), key=lambda one: (-one[1], one[0].source_ip, repr(one[0])))
        return Seen(
            published=published(verdict),
            error=_error(verdict),
            rua=verdict.record.rua,
            rows=tuple(replace(one, count=count) for one, count in counted),
            wanted=domain in self._wanted,
        )


def report(seen: Seen, *, receiver: str, org_name: str, email: str, begin: datetime, end: datetime) -> Report:
    """Its id is made of what makes it unique: when, about whom, by whom. RFC 9990 section 3.5.1"""
    return Report(
        org_name=org_name,
        email=email,
        report_id=f"{int(begin.timestamp())}.{seen.published.domain}@{receiver}",
        begin=begin,
        end=end,
        error=seen.error,
        generator="labmail",
        published=seen.published,
        rows=seen.rows,
    )


def published(verdict: dmarc.Verdict) -> Published:
    """The record that counted, with the defaults of what it does not say. RFC 9990 section 3.1.1.5"""
    record = verdict.record
    assert record is not None
    p = record.p if record.whole else "none"  # RFC 9989 section 4.10.1
    sp = (record.sp if record.whole else "") or p
    return Published(
        domain=verdict.policy_domain,
        p=p,
        sp=sp,
        np=(record.np if record.whole else "") or sp,
        fo=record.fo,
        adkim=record.adkim,
        aspf=record.aspf,
        testing=record.t,
    )


def _error(verdict: dmarc.Verdict) -> str:
    """What is wrong with the record, in short. RFC 9990 section 3.1.5"""
    assert verdict.record is not None
    return "; ".join(remark.says for remark in verdict.record.remarks)


def row(found: Verdicts) -> Row:
    """What a report says of one letter; its count is 1."""
    verdict = found.dmarc
    assert verdict is not None and verdict.policy is not None
    vouching = {each.method for each in verdict.alignments if each.vouches}
    passed = verdict.result == "pass"
    disposition = found.disposition or verdict.disposition
    if passed and disposition == "none" and verdict.applied != "none":
        disposition = "pass"  # RFC 9990 appendix A: nothing was done, where something might have been
    return Row(
        source_ip=found.ip,
        count=1,
        disposition=disposition,
        dkim="pass" if "dkim" in vouching else "fail",
        spf="pass" if "spf" in vouching else "fail",
        reasons=() if passed else tuple(_reasons(found, disposition)),
        header_from=verdict.domain,
        envelope_from=found.mail_from.rpartition("@")[2].lower(),
        signatures=tuple(_signatures(found))[:SIGNATURES_MAX],
        sender=_sender(found),
    )


def _reasons(found: Verdicts, disposition: str) -> Iterator[Reason]:
    """Why it was not done what the domain asks for: RFC 9990 section 3.1.1.9 wants to know."""
    verdict = found.dmarc
    assert verdict is not None
    if disposition == verdict.policy:
        return
    if verdict.applied != verdict.policy:
        yield Reason(type="policy_test_mode", comment="the record says t=y")
    if disposition == verdict.applied:
        return
    if disposition == "reject" and found.spf is not None and found.spf.result == "fail":
        yield Reason(type="local_policy", comment="this receiver refuses what fails SPF")
    elif verdict.applied == "reject" and disposition == "quarantine":
        yield Reason(type="local_policy", comment="p=reject alone is no ground for refusing: RFC 9989 section 7.4")
    else:
        yield Reason(type="local_policy")


def _signatures(found: Verdicts) -> Iterator[DkimResult]:
    """In the order of RFC 9990 section 3.1.3: strictly aligned, aligned, other passes, the rest."""
    signatures = found.dkim.signatures if found.dkim is not None else ()
    assert found.dmarc is not None
    author = found.dmarc.domain
    aligned = {each.domain for each in found.dmarc.alignments if each.method == "dkim" and each.vouches}
    ranks = [0 if one.domain == author else 1 if one.domain in aligned else 2 for one in signatures]
    order = sorted(range(len(signatures)), key=lambda at: ranks[at] if signatures[at].result == "pass" else 3)
    for one in (signatures[at] for at in order):
        why = one.why if one.result != "pass" else ""
        yield DkimResult(domain=one.domain.lower(), selector=one.selector, result=one.result, human_result=why)


def _sender(found: Verdicts) -> SpfResult | None:
    spf = found.spf
    if spf is None:
        return None
    return SpfResult(domain=spf.domain.lower(), result=spf.result, human_result=spf.fault.says if spf.fault else "")
