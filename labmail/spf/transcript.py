"""An SPF verdict as text: the question, each record under it word by word, and what was spent. The repr of a verdict.

Twenty lines at most where that can be: inner records are folded first, then what was not reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labmail.spf.verdict import LOOKUPS_MAX, VOID_MAX, Host, Lookup, Reading, Step, Verdict

__all__ = ["found", "host_found", "none_found", "of"]

LINES_MAX = 20
GAP = "   "
NO_ANSWER = {"TIMEOUT": "no answer"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line under a record; a heading has the first column alone."""

    depth: int
    term: str
    found: str = ""
    outcome: str = ""
    section: str = ""
    heading: bool = False
    skipped: bool = False


def of(verdict: Verdict) -> str:
    rows = list(_reading(verdict.reading, verdict, 0, folded=False))
    if len(rows) > LINES_MAX - 4:
        rows = _short(list(_reading(verdict.reading, verdict, 0, folded=True)))
    title = f"{verdict.result}  {verdict.sender} from {verdict.ip}"
    spent = f"lookups {verdict.lookups} of {LOOKUPS_MAX}, void lookups {verdict.void_lookups} of {VOID_MAX}"
    said = [f"explanation: {verdict.explanation}"] if verdict.explanation else []
    return "\n".join([title, "", *_aligned(rows), spent, *said])


# ---- what a word found, in a few words


def found(step: Step, ip: str) -> str:
    """What was looked at for a word: addresses, a comparison, or that nothing was there."""
    if step.outcome in ("not reached", "ignored"):
        return ""
    parts = [f"lookup {step.number}"] if step.number else []
    lookup = step.reading.lookup if step.reading else (step.lookups[-1] if step.lookups else None)
    if lookup is not None and not lookup.records and not step.hosts:
        parts += [f"void {lookup.void}"] if lookup.void else []
        parts.append(none_found(lookup))
    elif step.name in ("a", "exists") and lookup is not None:
        parts += lookup.records
    elif step.fault is not None and step.reading is None and step.number <= LOOKUPS_MAX:
        parts.append(f"column {step.fault.column}: {step.fault.says}" if step.fault.column else step.fault.says)
    parts += filter(None, [_compared(step, ip)])
    return ", ".join(parts)


def none_found(lookup: Lookup) -> str:
    if lookup.rcode in ("NOERROR", "NXDOMAIN"):
        return lookup.outcome
    return NO_ANSWER.get(lookup.rcode, f"the name server said {lookup.rcode}")


def host_found(host: Host) -> str:
    if host.lookup is not None and not host.lookup.records:
        return f"void {host.lookup.void}, {none_found(host.lookup)}" if host.lookup.void else none_found(host.lookup)
    return ", ".join(host.lookup.records) if host.lookup else ", ".join(host.addresses)


def _compared(step: Step, ip: str) -> str:
    if step.fault is not None:
        return ""
    if step.name == "all":
        return "holds every address"
    if step.name in ("ip4", "ip6"):
        if (":" in ip) != (step.name == "ip6"):
            return f"is of {'IPv6' if step.name == 'ip6' else 'IPv4'}, {ip} is not"
        yes, no = ("holds", "does not hold") if "/" in step.target else ("is", "is not")
        return f"{yes if step.outcome == 'match' else no} {ip}"
    return ""


# ---- lines


def _reading(reading: Reading, verdict: Verdict, depth: int, *, folded: bool) -> Iterator[Row]:
    if not reading.record:
        found = none_found(reading.lookup) if reading.lookup and not reading.lookup.records else "no SPF record"
        if reading.section == "4.3" and reading.lookup is None:
            found = "no name that DNS could have a record for"
        says = reading.fault.says if reading.fault and reading.result == "permerror" else found
        yield Row(depth=depth, term=f"{reading.domain}  {says}  §{reading.section}", heading=True)
        return
    yield Row(depth=depth, term=f'{reading.domain}  "{_plain(reading.record)}"', heading=True)
    for step in reading.steps:
        yield from _step(step, verdict, depth + 1, folded=folded)


def _step(step: Step, verdict: Verdict, depth: int, *, folded: bool) -> Iterator[Row]:
    outcome = f"match: {step.result}" if step.outcome == "match" else step.outcome
    section = "" if step.outcome == "not reached" else f"§{step.section}"
    inner = step.reading if step.reading is not None and step.reading.record else None
    row = Row(
        depth=depth,
        term=_plain(step.text),
        found=found(step, verdict.ip),
        outcome=outcome,
        section=section,
        skipped=step.outcome == "not reached",
    )
    if inner is None or folded:
        yield row
        yield from (_host(host, depth + 1) for host in step.hosts if not folded)
        return
    yield Row(depth=depth, term=row.term, found=row.found, section=section)
    yield from _reading(inner, verdict, depth + 1, folded=False)
    closing = f"match: {step.result}" if step.outcome == "match" else step.outcome
    yield Row(depth=depth + 1, term=f"the inner result is {inner.result}", outcome=closing, section=section)


def _host(host: Host, depth: int) -> Row:
    name = f"{host.preference} {host.name}" if host.preference is not None else host.name
    outcome = ("match" if host.matches else "no match") if host.reached else "not reached"
    return Row(depth=depth, term=name, found=host_found(host), outcome=outcome)


def _short(rows: list[Row]) -> list[Row]:
    """What was not reached in one line, and of the rest the first and the last."""
    skipped = [row for row in rows if row.skipped]
    if len(rows) > LINES_MAX - 4 and len(skipped) > 1:
        at = rows.index(skipped[0])
        line = Row(depth=1, term=f"… {len(skipped)} more words", outcome="not reached")
        rows = [*rows[:at], line, *(row for row in rows[at:] if not row.skipped)]
    if len(rows) > LINES_MAX - 4:
        first, last = LINES_MAX - 8, 3
        line = Row(depth=1, term=f"… {len(rows) - first - last} more words", outcome="no match")
        rows = [*rows[:first], line, *rows[-last:]]
    return rows


def _aligned(rows: list[Row]) -> Iterator[str]:
    lines = [row for row in rows if not row.heading]
    wide = [
        max((len("  " * row.depth + row.term) for row in lines), default=0),
        max((len(row.found) for row in lines), default=0),
        max((len(row.outcome) for row in lines), default=0),
    ]
    for row in rows:
        term = "  " * row.depth + row.term
        if row.heading:
            yield term
            continue
        cells = [f"{text:{width}}" for text, width in zip((term, row.found, row.outcome), wide, strict=True) if width]
        yield GAP.join([*cells, row.section]).rstrip()


def _plain(text: str) -> str:
    """Octets that are no visible ASCII, as a zone file writes them."""
    return "".join(sign if " " <= sign <= "~" else f"\\{ord(sign):03d}" for sign in text)
