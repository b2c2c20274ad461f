"""An SPF verdict as plain data: the question, the result, and a tree with a row for each word of each record.

Rows are in the order of reading. Each brings what was asked and answered, how much was spent by then, and the records
around it with the part that is being read. RFC 7208 section 4.6.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from labmail import explain
from labmail.spf import transcript
from labmail.spf.verdict import LOOKUPS_MAX, VOID_MAX, Host, Lookup, Reading, Step, Verdict

__all__ = ["HEAD", "LOOKS", "Verdict", "table", "tree"]

Data = dict[str, Any]
HEAD = ["word of the record", "looked at", "result", "lookup", "RFC 7208"]
LOOKS = {"pass": "pass", "fail": "fail", "permerror": "error", "temperror": "error"}  # all other results are neutral
SKIPPED_MAX = 12  # words not reached that get a row each
INDENT = "  "  # of the static table


def tree(verdict: Verdict) -> Data:
    """All that the widget shows."""
    rows = _Rows(verdict).all()
    facts = {"domain": verdict.domain, "ip": verdict.ip}
    chosen = next((row["key"] for row in rows if row["decides"]), rows[0]["key"])
    return {
        "title": f"May {verdict.ip} send for {_plain(verdict.sender)}?",
        "about": explain.find("spf.asks", verdict.identity).says.format(**facts),
        "result": _is(verdict.result),
        "domain": verdict.domain,
        **_told("result", verdict.result, facts),
        "explanation": verdict.explanation,
        "rows": rows,
        "chosen": chosen,
        "meters": [
            {"name": "lookups", "key": "lookups", "used": verdict.lookups, "max": LOOKUPS_MAX},
            {"name": "void lookups", "key": "voids", "used": verdict.void_lookups, "max": VOID_MAX},
        ],
        "limits": _reference("4.6.4"),
        "code": _code(verdict),
    }


def table(data: Data) -> list[list[str]]:
    """The rows of the static table."""
    return [
        [
            f"{INDENT * (row['level'] - 1)}{row['code']}",
            row["looked"],
            row["result"]["word"],
            str(row["number"] or ""),
            f"section {row['section']}",
        ]
        for row in data["rows"]
    ]


class _Rows:
    """The rows of a verdict, as they are read: what is spent grows from row to row."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.rows: list[Data] = []
        self.lookups = self.voids = 0

    def all(self) -> list[Data]:
        self._reading(self.verdict.reading, [], 1, "", root=True)
        return self.rows

    def _row(self, *, level: int, above: str, key: str, facts: Data, asks: list[Lookup], **more: Any) -> Data:
        self.lookups = max(self.lookups, more["number"])
        self.voids = max([self.voids, *(lookup.void for lookup in asks)])
        row = {
            "key": str(len(self.rows)),
            "level": level,
            "above": above,
            "decides": False,
            "skipped": False,
            "asks": [_asked(lookup) for lookup in asks],
            "spent": {"lookups": self.lookups, "voids": self.voids},
            **more,
            **_told("step", key, facts, more["section"]),
        }
        self.rows.append(row)
        return row

    def _reading(self, reading: Reading, around: list[Data], level: int, above: str, *, root: bool = False) -> None:
        around = [*around, {"domain": reading.domain, "text": _plain(reading.record)}] if reading.record else around
        if root:
            self._record(reading, around)
        skipped = [step for step in reading.steps if step.outcome == "not reached"]
        extra = skipped[SKIPPED_MAX:] if len(skipped) > SKIPPED_MAX + 1 else []
        for step in reading.steps:
            if step not in extra:
                self._step(step, reading, around, level, above)
        if extra:
            more = {"code": f"… {len(extra)} more words", "looked": "", "result": _is("not reached"), "number": 0}
            more |= {"section": "4.6.2", "skipped": True, "records": around}
            self._row(level=level, above=above, key="more", facts={}, asks=[], **more)

    def _record(self, reading: Reading, around: list[Data]) -> None:
        """The record itself: fetching the first one is free."""
        asks = [reading.lookup] if reading.lookup else []
        result, key = _is("found", "neutral"), "record" if reading.section != "4.6" else "broken-record"
        code, looked = reading.record[:6], f"the record of {reading.domain}"
        if not reading.record:
            code, result = reading.domain, _is(reading.result)
            looked = transcript.none_found(asks[0]) if asks and not asks[0].records else "no SPF record"
            key = {"4.3": "no-name", "4.4": "no-answer"}.get(reading.section, "no-record")
            if reading.result == "permerror":
                key, looked = "two-records", "more than one SPF record"
        facts = {"domain": reading.domain, "fault": _sentence(reading.fault.says if reading.fault else "")}
        self._row(
            level=1,
            above="",
            key=key,
            facts=facts,
            asks=asks,
            code=code,
            looked=looked,
            result=result,
            number=0,
            section=reading.section if not reading.record else "4.5",
            records=_marked(around, 0, len(code)) if reading.record else [],
            decides=not reading.record,
        )

    def _step(self, step: Step, reading: Reading, around: list[Data], level: int, above: str) -> None:
        start, end = step.start, step.end
        if step.fault is not None and step.fault.column and step.outcome == "permerror" and not step.number:
            start = step.fault.column - 1
            end = start + step.fault.length
        here = _marked(around, start, end)
        hosts = [host.lookup for host in step.hosts if host.lookup]
        asks = [*(lookup for lookup in step.lookups if lookup not in hosts)]
        asks += [step.reading.lookup] if step.reading and step.reading.lookup else []
        inner = step.reading.result if step.reading else ""
        facts = {"ip": self.verdict.ip, "target": step.target, "result": step.result, "domain": reading.domain}
        facts |= {"asked": step.target, "inner": inner, "text": reading.explanation}
        facts |= {"fault": _sentence(step.fault.says if step.fault else "")}
        row = self._row(
            level=level,
            above=above,
            key=_key(step, self.verdict.ip),
            facts=facts,
            asks=asks,
            code=_plain(step.text),
            looked=_looked(step, self.verdict.ip, matched=_matched(reading)),
            result=_became(step),
            number=step.number,
            section=step.section,
            records=here,
            skipped=step.outcome == "not reached",
            decides=bool(step.result) and level == 1,
        )
        for host in step.hosts:
            self._host(host, step, here, level + 1, row["key"])
        if step.reading is not None and step.reading.record:
            self._reading(step.reading, here, level + 1, row["key"])

    def _host(self, host: Host, step: Step, around: list[Data], level: int, above: str) -> None:
        key = f"{step.name}-host" if host.reached else "host-not-reached"
        word = ("match" if host.matches else "no match") if host.reached else "not reached"
        name = f"{host.preference} {host.name}" if host.preference is not None else host.name
        self._row(
            level=level,
            above=above,
            key=key,
            facts={},
            asks=[host.lookup] if host.lookup else [],
            code=_plain(name),
            looked=transcript.host_found(host),
            result=_is(word, "pass" if host.matches else "neutral"),
            number=0,
            section="5.5" if step.name == "ptr" else "5.4",
            records=around,
            skipped=not host.reached,
        )


# ---- words


def _key(step: Step, ip: str) -> str:
    """The explanation of a step."""
    name = {"ip4": "ip", "ip6": "ip"}.get(step.name, step.name)
    if step.outcome == "not reached":
        return "redirect-not-reached" if step.name == "redirect" and step.modifier else "not-reached"
    if step.outcome in ("permerror", "temperror"):
        return "inner-error" if step.reading is not None and step.reading.fault else step.outcome
    if step.modifier:
        return "ignored" if step.outcome == "ignored" else f"{name}-{step.outcome.replace(' ', '-')}"
    if name == "ip" and (":" in ip) != (step.name == "ip6"):
        return "ip-family"
    if step.number and not step.lookups and step.reading is None:
        return "not-a-name"
    if step.voids and not step.hosts:
        return "void"
    return f"{name}-{step.outcome.replace(' ', '-')}"


def _looked(step: Step, ip: str, *, matched: bool) -> str:
    """What was looked at, without the number of the lookup, which has a column of its own."""
    if step.reading is not None and step.reading.record:
        return f"its record gives {step.reading.result}"
    words = transcript.found(step, ip).removeprefix(f"lookup {step.number}").removeprefix(", ")
    if not words and step.outcome == "not reached":
        return "after the first match" if matched else ""
    return _plain(words) or {"mx": "the hosts that take its mail", "ptr": "the names of the address"}.get(step.name, "")


def _matched(reading: Reading) -> bool:
    return reading.decided is not None and reading.decided.outcome == "match"


def _became(step: Step) -> Data:
    if step.outcome == "match":
        return _is(f"match: {step.result}", LOOKS.get(step.result, "neutral"))
    if step.outcome == "followed":
        return _is(step.result)
    return _is(step.outcome)


def _is(word: str, kind: str | None = None) -> Data:
    return {"is": kind or LOOKS.get(word, "neutral"), "word": word}


def _told(kind: str, key: str, facts: Data, section: str = "") -> Data:
    found = explain.find(f"spf.{kind}", key)
    plain = {name: _plain(value).replace("`", "ˋ") for name, value in facts.items()}  # a backtick begins code
    return {"says": found.says.format(**plain), "rfc": _reference(section or found.section)}


def _reference(section: str) -> Data:
    return {
        "name": f"RFC 7208 section {section}",
        "href": f"https://www.rfc-editor.org/rfc/rfc7208#section-{section}",
    }


def _asked(lookup: Lookup) -> Data:
    return {
        "question": f"{_plain(lookup.name)} {lookup.type}",
        "answer": [_plain(record) for record in lookup.records] or [transcript.none_found(lookup)],
        "wire": bool(lookup.records),
        "void": lookup.void,
    }


def _marked(around: list[Data], start: int, end: int) -> list[Data]:
    """The records from the outermost to the one that is read; the innermost marks its part."""
    return [*around[:-1], around[-1] | {"start": start, "end": end}]


def _sentence(says: str) -> str:
    """With a capital letter; the name of a domain stays as it is written."""
    return says if "." in says.partition(" ")[0] else says[:1].upper() + says[1:]


def _plain(text: str) -> str:
    """Signs that no screen shows, as pictures of the same width."""
    return "".join(_pictured(text))


def _pictured(text: str) -> Iterator[str]:
    for sign in text:
        yield sign if " " <= sign <= "~" else chr(0x2400 + ord(sign)) if sign < " " else "�"


def _code(verdict: Verdict) -> str:
    mail_from = verdict.sender if verdict.identity == "mailfrom" else ""
    words = ", ".join(json.dumps(word, ensure_ascii=False) for word in (verdict.ip, verdict.helo, mail_from))
    return f"from labmail import spf, widgets\n\nwidgets.SpfTree(spf.check({words}, lab.resolver))"
