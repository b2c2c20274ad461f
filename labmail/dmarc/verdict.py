"""What a DMARC evaluation came to, with its evidence: who was asked, who vouches for whom, what is asked for.

RFC 9989 sections 4.4, 4.10 and 5.3. The repr of a verdict is its transcript.
"""

from __future__ import annotations

from dataclasses import dataclass

from labmail.dmarc.record import Record

__all__ = ["RESULTS", "Alignment", "Query", "Verdict"]

RESULTS = ("pass", "fail", "none", "temperror")


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question of a walk up the tree, and the record that it found."""

    domain: str
    name: str  # what was asked: _dmarc. and the domain
    rcode: str
    records: int = 0  # DMARC records there; more than one count as none: RFC 9989 section 4.10
    record: Record | None = None
    doubled: str = ""  # the tag for which a record counts as none: it stands twice. RFC 6376 section 3.2

    @property
    def failed(self) -> bool:
        return self.rcode not in ("NOERROR", "NXDOMAIN")

    @property
    def outcome(self) -> str:
        if self.failed:
            return "no answer" if self.rcode == "TIMEOUT" else self.rcode
        if self.record is not None:
            return f'"{self.record.text}"'
        if self.records:
            return f"{self.records} records, so none counts"
        return f"a record with {self.doubled} twice, so it does not count" if self.doubled else "no record"


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """One name that SPF or DKIM judged, beside the name in From:. RFC 9989 sections 4.4.1 and 4.4.2"""

    method: str  # "spf" or "dkim"
    domain: str
    result: str  # of that check; only a pass can align
    mode: str  # "relaxed" or "strict"
    organizational_domain: str = ""  # in relaxed mode, where it had to be found out
    aligned: bool = False
    queries: tuple[Query, ...] = ()

    @property
    def vouches(self) -> bool:
        """It passed, and it speaks for the name in From:."""
        return self.aligned and self.result == "pass"


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict:
    """`policy` is what the domain asks for, `disposition` what a receiver that knows nothing more should do."""

    result: str
    domain: str  # of From:, in ASCII
    why: str = ""  # in a few words, where there is no pass or fail
    section: str = "5.3.5"
    organizational_domain: str = ""  # "" where nobody needed it
    policy_domain: str = ""  # where the record stands
    record: Record | None = None
    policy: str | None = None
    tag: str = ""  # "p", "sp" or "np"
    applied: str | None = None  # the policy after t=y, which asks for one level less: RFC 9989 section 4.7
    disposition: str = "none"  # RFC 9989 section 7.4: reject alone is no ground for rejecting, so quarantine
    alignments: tuple[Alignment, ...] = ()
    queries: tuple[Query, ...] = ()

    def __repr__(self) -> str:
        lines = [f"{self.result}  From: {self.domain}" + (f"  {self.why}  §{self.section}" if self.why else ""), ""]
        lines += [f"{query.name}  {query.outcome}" for query in self.queries]
        if self.organizational_domain:
            lines.append(f"organizational domain {self.organizational_domain}  §4.10.2")
        lines += [f"  {line}" for line in _told(self.alignments)]
        if self.policy is not None:
            test = f", in test mode {self.applied}" if self.applied != self.policy else ""
            lines.append(f"{self.policy_domain} asks for {self.tag}={self.policy}{test}  §4.10.1")
            lines.append(f"a receiver should do: {self.disposition}  §7.4")
        return "\n".join(lines)


def _told(alignments: tuple[Alignment, ...]) -> list[str]:
    rows = [
        (
            f"{each.method} {each.result}",
            each.domain,
            f"{each.mode}: {'aligned' if each.aligned else 'not aligned'}",
            f"§4.4.{1 if each.method == 'dkim' else 2}",
        )
        for each in alignments
    ]
    wide = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    return ["   ".join([*(f"{row[column]:{wide[column]}}" for column in range(3)), row[3]]) for row in rows]
