"""DMARC reports as plain data: how many letters, from where, what became of them, and a row for each kind of letter.

`view(letters)` takes what a mailbox holds, or reports; a letter whose report cannot be read is told in a sentence.
RFC 9990.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from labmail import explain, reports
from labmail.reports import NoReport, Report, Row

__all__ = ["HEAD", "OUTCOMES", "ROWS_MAX", "outcome", "read", "table", "text", "view"]

Data = dict[str, Any]

HEAD = ["day", "source", "letters", "From:", "DKIM", "SPF", "result", "what was done", "receiver"]
OUTCOMES = {  # in the order of the bars: each with the word that stands beside it
    "pass": "passed",
    "none": "failed, and taken",
    "quarantine": "failed, set apart",
    "reject": "failed, refused",
}
ROWS_MAX = 300  # in the browser; ours
SPANS_MAX = 12  # bars of the figure, of as many reports; of more, one bar is a day
BARS_MAX = 31  # of the figure: the last ones
SOURCES_MAX = 8  # of the figure; the others are one bar
TEXT_LINES_MAX = 20
TEXT_SOURCES_MAX, TEXT_SPANS_MAX = 8, 6
XML_MAX = 4_000  # characters of a row's own XML
LETTERS = {1: "letter"}


def read(source: Any) -> tuple[list[Report], list[str]]:
    """The reports, and what is wrong with letters that seem to hold one. Letters of another kind are passed over."""
    found: list[Report] = []
    faults: list[str] = []
    each_one = _each(source)
    for number, each in enumerate(each_one, 1):
        if isinstance(each, Report):
            found.append(each)
            continue
        try:
            found += reports.find(each)
        except NoReport as fault:
            if not str(fault).startswith("the letter has no DMARC report") or len(each_one) == 1:
                faults.append(f"Letter {number}: {fault}.")
    return sorted(found, key=lambda report: (report.begin, report.report_id)), faults


def _each(source: Any) -> list[Any]:
    one = isinstance(source, Report | bytes | str) or not isinstance(source, Iterable) or hasattr(source, "octets")
    return [source] if one else list(source)


def _code(each_one: Sequence[Any]) -> str:
    """Of letters of one mailbox; of others nobody knows where they came from."""
    boxes = {getattr(each, "address", "") for each in each_one}
    return f'widgets.Reports(lab.mailbox("{boxes.pop()}"))' if len(boxes) == 1 and all(boxes) else ""


def view(source: Any) -> Data:
    """All that the widget shows."""
    source = _each(source)
    found, faults = read(source)
    rows = [(report, row) for report in found for row in report.rows]
    domains = list(dict.fromkeys(report.published.domain for report in found))
    about = explain.find("reports.about", "some" if found else "none")
    return {
        "title": f"DMARC reports about {_list(domains)}" if found else "DMARC reports",
        "about": _sum(found),
        "says": about.says,
        "rfc": explain.reference(about),
        "faults": faults,
        "spans": _spans(rows),
        "sources": _sources(rows),
        "outcomes": [{"key": key, "word": word, "count": _count(rows, key)} for key, word in OUTCOMES.items()],
        "rows": [_row(report, row, number) for number, (report, row) in enumerate(rows[:ROWS_MAX])],
        "chosen": _first(rows[:ROWS_MAX]),
        "more": max(0, len(rows) - ROWS_MAX),
        "code": _code(source),
    }


def _first(rows: Sequence[tuple[Report, Row]]) -> str:
    """What to look at first: most letters that failed, else most letters."""
    order = sorted(range(len(rows)), key=lambda at: (rows[at][1].passed, -rows[at][1].count))
    return str(order[0]) if order else ""


def outcome(row: Row) -> str:
    """Of OUTCOMES."""
    return "pass" if row.passed else row.disposition if row.disposition in OUTCOMES else "none"


# ---- sums


def _count(rows: Iterable[tuple[Report, Row]], key: str) -> int:
    return sum(row.count for _, row in rows if outcome(row) == key)


def _counts(rows: Iterable[tuple[Report, Row]]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for _, row in rows:
        counted[outcome(row)] += row.count
    return {key: counted[key] for key in OUTCOMES}


def _sum(found: Sequence[Report]) -> str:
    if not found:
        return "No report."
    letters, passed = sum(report.count for report in found), sum(report.passed for report in found)
    receivers = list(dict.fromkeys(_receiver(report) for report in found))
    span = _days(min(report.begin for report in found), max(report.end for report in found))
    return (
        f"{_many(len(found), 'report')} from {_list(receivers)}, {span}: {passed} of {_many(letters, 'letter')} passed."
    )


def _spans(rows: Sequence[tuple[Report, Row]]) -> list[Data]:
    """What became of letters, report by report; of many reports, day by day."""
    spans = sorted({(report.begin, report.end) for report, _ in rows})
    by_day = len(spans) > SPANS_MAX
    groups: dict[Any, list[tuple[Report, Row]]] = {}
    for report, row in rows:
        key = report.begin.date() if by_day else (report.begin, report.end)
        groups.setdefault(key, []).append((report, row))
    bars = [(key, groups[key]) for key in sorted(groups)][-BARS_MAX:]
    return [{"label": _day(key) if by_day else _label(*key), **_counts(of)} for key, of in bars]


def _sources(rows: Sequence[tuple[Report, Row]]) -> list[Data]:
    """By address, the most letters first."""
    groups: dict[str, list[tuple[Report, Row]]] = {}
    for report, row in rows:
        groups.setdefault(row.source_ip, []).append((report, row))
    order = sorted(groups, key=lambda source: (-sum(row.count for _, row in groups[source]), source))
    shown = [{"label": source, **_counts(groups[source])} for source in order[:SOURCES_MAX]]
    others = [each for source in order[SOURCES_MAX:] for each in groups[source]]
    if others:
        shown.append({"label": f"{_many(len(order) - SOURCES_MAX, 'other')}", **_counts(others)})
    return shown


# ---- a row


def _row(report: Report, row: Row, number: int) -> Data:
    asks = f"p={report.published.p}"
    names = {"domain": row.header_from, "policy": report.published.domain, "source": row.source_ip}
    words = {**names, "receiver": _receiver(report), "asks": asks}
    vouched = {(True, True): "both", (True, False): "dkim", (False, True): "spf"}
    key = vouched.get((row.dkim == "pass", row.spf == "pass"), "neither")
    told = [explain.find("reports.authenticated", key), explain.find("reports.done", row.disposition)]
    told += [explain.find("reports.reason", reason.type) for reason in row.reasons]
    return {
        "key": str(number),
        "when": _day(report.end),
        "source": row.source_ip,
        "count": row.count,
        "from": row.header_from,
        "dkim": _is(row.dkim),
        "spf": _is(row.spf),
        "result": {"is": "pass" if row.passed else "fail", "word": "pass" if row.passed else "fail"},
        "outcome": outcome(row),
        "done": row.disposition,
        "receiver": _receiver(report),
        "says": [each.says.format(**words) for each in told],
        "rfc": explain.reference(told[0]),
        "facts": _facts(report, row),
        "xml": _xml(report, row),
    }


def _facts(report: Report, row: Row) -> list[list[str]]:
    """Names and values of the detail."""
    policy = report.published
    tags = [f"p={policy.p}", *(f"{tag}={getattr(policy, tag)}" for tag in ("sp", "np") if getattr(policy, tag))]
    envelope = f"<{row.envelope_from}>" if row.envelope_from is not None else "not told"
    facts = [
        ["counted by", f"{_receiver(report)}, {_label(report.begin, report.end)}"],
        ["policy", f"{policy.domain}: {', '.join(tags)}" + (", t=y" if policy.testing == "y" else "")],
        ["MAIL FROM", f"of {row.envelope_from}" if row.envelope_from else envelope],
    ]
    if row.sender is not None:
        facts.append(["SPF itself", f"{row.sender.result} for {row.sender.domain}"])
    facts += [["signature", f"{one.result}: d={one.domain}, s={one.selector}"] for one in row.signatures[:5]]
    facts += [["the receiver says", reason.comment] for reason in row.reasons if reason.comment]
    if report.error:
        facts.append(["the record", report.error])
    return facts


def _xml(report: Report, row: Row) -> str:
    """The row as it stands in the report."""
    whole = reports.write(replace(report, rows=(row,))).decode()
    start = whole.index("  <record>")
    lines = whole[start : whole.index("</feedback>")].rstrip("\n").split("\n")
    return "\n".join(line.removeprefix("  ") for line in lines)[:XML_MAX]


def _is(result: str) -> Data:
    return {"is": result, "word": result}


# ---- words


def table(data: Data) -> list[list[str]]:
    """The rows of the static table."""
    return [
        [
            *(row["when"], row["source"], str(row["count"]), row["from"], row["dkim"]["word"], row["spf"]["word"]),
            *(row["result"]["word"], row["done"], row["receiver"]),
        ]
        for row in data["rows"]
    ]


def text(data: Data) -> str:
    """The sums, by source and in time: at most 20 lines."""
    lines = [f"{data['title']}: {data['about']}", *data["faults"][:2]]
    if not data["rows"]:
        return "\n".join(lines)
    head = [*OUTCOMES.values()]
    sources, spans = data["sources"][:TEXT_SOURCES_MAX], data["spans"][-TEXT_SPANS_MAX:]
    rows = [["from", *head], *_cells(sources), ["in", *head], *_cells(spans)]
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    written = ["  ".join([row[0].ljust(wide[0]), *(_right(row, wide))]) for row in rows]
    cut = len(sources) + 1
    lines += [*written[:cut], "", *written[cut:]]
    return "\n".join(lines[:TEXT_LINES_MAX])


def _cells(bars: Sequence[Data]) -> list[list[str]]:
    return [[bar["label"].replace("\n", " "), *(str(bar[key]) for key in OUTCOMES)] for bar in bars]


def _right(row: Sequence[str], wide: Sequence[int]) -> list[str]:
    return [cell.rjust(width) for cell, width in zip(row[1:], wide[1:], strict=True)]


def _receiver(report: Report) -> str:
    """Who wrote it: the id ends with the host's name where it is one of ours."""
    return report.report_id.rpartition("@")[2] if "@" in report.report_id else report.org_name


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _list(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _day(at: Any) -> str:
    return f"{at.day} {at:%B}"


def _days(begin: datetime, end: datetime) -> str:
    first, last = _day(begin), _day(end)
    return f"{first} {end.year}" if first == last else f"{first} to {last} {end.year}"


def _label(begin: datetime, end: datetime) -> str:
    """A day, or a part of one."""
    whole = (begin.hour, begin.minute, begin.second, end.hour, end.minute) == (0, 0, 0, 23, 59)
    if whole and begin.date() == end.date():
        return _day(begin)
    if begin.date() == end.date():
        return f"{_day(end)}\nto {end:%H:%M:%S}"
    return f"{_day(begin)}\nto {_day(end)}"
