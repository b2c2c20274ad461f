"""An aggregate report as frozen values, named as its XML is. RFC 9990 section 3.1.1.

A report speaks of one policy domain and one span of time; each row counts letters that are alike in everything the
report says of them. The repr of a report is a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["NAMESPACE", "DkimResult", "Published", "Reason", "Report", "Reports", "Row", "SpfResult"]

NAMESPACE = "urn:ietf:params:xml:ns:dmarc-2.0"  # RFC 9990 section 6
ROWS_SHOWN = 15  # of a repr; ours


@dataclass(frozen=True, kw_only=True)
class Published:
    """The policy record as the receiver found it. RFC 9990 section 3.1.1.5: what it does not say has its default."""

    domain: str
    discovery_method: str = "treewalk"
    p: str = "none"
    sp: str = ""
    np: str = ""
    fo: str = ""
    adkim: str = ""
    aspf: str = ""
    testing: str = ""  # the tag t


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a receiver did not do what was asked for. RFC 9990 section 3.1.6"""

    type: str
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class DkimResult:
    """One signature, whether it is aligned or not. RFC 9990 section 3.1.1.12"""

    domain: str
    selector: str
    result: str
    human_result: str = ""


@dataclass(frozen=True, kw_only=True)
class SpfResult:
    """RFC 9990 section 3.1.1.13: DMARC looks at MAIL FROM alone."""

    domain: str
    result: str
    scope: str = "mfrom"
    human_result: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """So many letters from one address. `dkim` and `spf` count alignment in: "pass" is a pass for the name in From:."""

    source_ip: str
    count: int
    disposition: str
    dkim: str
    spf: str
    header_from: str
    envelope_from: str | None = None  # "" is <>
    envelope_to: str | None = None
    reasons: tuple[Reason, ...] = ()
    signatures: tuple[DkimResult, ...] = ()
    sender: SpfResult | None = None

    @property
    def passed(self) -> bool:
        """DMARC did: one aligned pass is enough."""
        return "pass" in (self.dkim, self.spf)


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """`begin` and `end` are the first and the last second of the span. RFC 9990 section 3.1.1.4"""

    org_name: str
    email: str
    report_id: str
    begin: datetime
    end: datetime
    published: Published
    rows: tuple[Row, ...]
    extra_contact_info: str = ""
    error: str = ""
    generator: str = ""
    xml: bytes = field(default=b"", compare=False)  # what it was read from

    @property
    def count(self) -> int:
        """All letters."""
        return sum(row.count for row in self.rows)

    @property
    def passed(self) -> int:
        return sum(row.count for row in self.rows if row.passed)

    def __repr__(self) -> str:
        policy = f"p={self.published.p}" + (", t=y" if self.published.testing == "y" else "")
        span = f"{self.begin:%Y-%m-%d %H:%M:%S} to {self.end:%Y-%m-%d %H:%M:%S}"
        lines = [
            f"{self.org_name} on {self.published.domain} ({policy}), {span}: {self.passed} of {self.count} passed",
            *_columns(self.rows[:ROWS_SHOWN]),
        ]
        more = len(self.rows) - ROWS_SHOWN
        return "\n".join([*lines, *([f"and {more} more rows"] if more > 0 else [])])


class Reports(tuple[Report, ...]):
    """Several; the repr is their tables."""

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self)) or "no reports"


def _columns(rows: tuple[Row, ...]) -> list[str]:
    cells = [("source", "count", "disposition", "DKIM", "SPF", "From:")]
    cells += [(row.source_ip, str(row.count), row.disposition, row.dkim, row.spf, row.header_from) for row in rows]
    wide = [max(len(line[column]) for line in cells) for column in range(6)]
    lines = []
    for line in cells:
        source, count, *words = line
        texts = [
            source.ljust(wide[0]),
            count.rjust(wide[1]),
            *(w.ljust(n) for w, n in zip(words, wide[2:], strict=True)),
        ]
        lines.append("  ".join(texts).rstrip())
    return lines
