"""DNS as plain data: a packet field by field, a question with all its bytes, the order in which hosts are tried.

The explorer's widget, its text and its static table come from these dicts. RFC 1035 section 4, RFC 5321 section 5.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labmail import explain
from labmail.dns import mx, packet
from labmail.dns.message import Answer, Query
from labmail.dns.resolver import Cached, Resolver
from labmail.errors import LabError
from labmail.record import Event
from labmail.smtp.deliver import Attempt, Delivery
from labmail.views import packets

__all__ = ["Exchanges", "dissect", "memory", "order", "search", "table", "text", "told"]

Data = dict[str, Any]
SECTIONS = {"length": "length", "header": "header", "question": "question", "answer": "answer record"}
PASSED_OVER = {"is": "error", "word": "passed over"}
HEAD = ["octet", "bytes", "field", "what it means"]


def told(kind: str, key: str, facts: dict[str, Any]) -> Data:
    """An explanation with its facts filled in, as a widget shows it."""
    found = explain.find_any((kind, key))
    return {"says": found.says.format(**facts), "rfc": explain.reference(found)} if found else {"says": "", "rfc": None}


# ---- one message, octet by octet


def dissect(octets: bytes, *, title: str, by: str, over: str) -> Data:
    """A packet as rows of fields: the header, a question, a record. No octet is left out."""
    rows: list[Data] = []
    row = None
    for field in packet.fields(octets, over):
        if field.row != row:
            row = field.row
            section = SECTIONS.get(field.section, field.section)
            rows.append({"at": f"{field.start:04x}", "section": section, "fields": []})
        rows[-1]["fields"].append(_field(field, octets))
    return {"title": title, "by": by, "size": len(octets), "rows": rows}


def _field(field: packet.Field, octets: bytes) -> Data:
    return {
        "start": field.start,
        "end": field.end,
        "hex": octets[field.start : field.end].hex(" "),
        "label": field.label,
        "key": field.key,
        "to": field.points_to,
        **told("dns.field", field.key, dict(field.facts)),
    }


# ---- questions and answers, as they come


class Exchanges:
    """`tell(event)` gives what became of a question, once that is known: with its bytes, or out of a memory."""

    def __init__(self) -> None:
        self._asked: dict[int, Event] = {}  # wire -> the question that waits for its answer

    def tell(self, event: Event) -> Data | None:
        if event.kind == "cached" and isinstance(event.value, Answer):
            return _remembered(event, event.value)
        if event.wire is None or event.wire.protocol != "dns":
            return None
        if event.kind == "heard":
            self._asked[event.wire.number] = event
        elif event.kind in ("said", "dropped") and (asked := self._asked.pop(event.wire.number, None)):
            return _exchange(asked, event)
        return None


def _exchange(asked: Event, event: Event) -> Data:
    wire, answer = event.wire, event.value
    assert wire is not None
    shown = [dissect(asked.octets, title="Question", by="client", over=wire.over)]
    if event.kind == "said":
        shown.append(dissect(event.octets, title="Answer", by="server", over=wire.over))
    said = packets.answered(answer) if isinstance(answer, Answer) else "nothing came"
    silence = packets.result("no answer") if event.kind == "dropped" else None
    return _entry(asked, asked.value) | {
        "wire": isinstance(answer, Answer) and bool(answer.answers),
        "about": f"{wire.client} {wire.client_address} asks {wire.server} {wire.server_address}, "
        f"{wire.over.upper()} port {wire.server_port}. These are all the bytes.",
        "said": said,
        "result": packets.result(packets.outcome(answer)) if isinstance(answer, Answer) else silence,
        "packets": shown,
    }


def _remembered(event: Event, answer: Answer) -> Data:
    return _entry(event, answer) | {
        "about": f"{event.by} remembers the answer, so nobody was asked, and no packet was sent.",
        "said": packets.answered(answer),
        "wire": bool(answer.answers),
        "result": packets.result(packets.outcome(answer)),
        "packets": [],
        **told("timeline.event", "cached", {}),
    }


def _entry(event: Event, value: object) -> Data:
    known = isinstance(value, Query | Answer)
    name, type = (value.name, value.type) if isinstance(value, Query | Answer) else ("", "")
    plain = name.removesuffix(".") or name
    kind = type if explain.find_any(("dns.title", type)) else "other"
    return {
        "n": event.number,
        "at": event.at.strftime("%H:%M:%S") if event.at else "",
        "asker": event.by,
        "name": plain,
        "type": type,
        "title": told("dns.title", kind, {"name": plain})["says"] if known else "Something that is no question",
    }


# ---- which host, in which order


def search(domain: str, resolver: Resolver, me: str) -> mx.MxAnswer:
    """What a mail server at `me` does before it sends. A word that is no domain name raises, and asks nobody."""
    found = mx.find(domain, resolver, me)
    last = found.steps[-1]
    if last.key == "nodomain" and last.answer is None:
        raise LabError(last.other)
    return found


def order(found: mx.MxAnswer, delivery: Delivery | None = None) -> Data:
    """The hosts for a domain's mail in the order in which they are tried, and what came of each that was."""
    tries = delivery.attempts if delivery else ()
    rows = [row for step in found.steps for row in _hosts(step, tries)]
    verdict = found.steps[-1]
    says = told("dns.mx", verdict.key, _facts(verdict, found.domain))
    if delivery and found.candidates:
        says = _verdict(delivery)
    return {"domain": found.domain, "sent": delivery is not None, "rows": rows, **says}


def _hosts(step: mx.Step, tries: Iterable[Attempt]) -> list[Data]:
    if step.preference is None:
        return []
    row = {"preference": step.preference, "host": step.host or ".", "address": "", "wire": False}
    if step.candidate is None:
        return [row | {"result": PASSED_OVER, "said": told("dns.mx", step.key, _facts(step, ""))["says"]}]
    return [row | {"address": address} | _outcome(step.host, address, tries) for address in step.candidate.addresses]


def _facts(step: mx.Step, domain: str) -> Data:
    return {"host": step.host or domain, "other": step.other, "preference": step.preference}


def _outcome(host: str, address: str, tries: Iterable[Attempt]) -> Data:
    for attempt in tries:
        if (attempt.server, attempt.address) == (host, address):
            kind, word = _looks(attempt)
            return {"result": {"is": kind, "word": word}, "said": attempt.outcome, "wire": attempt.reply is not None}
    return {"result": {"is": "neutral", "word": "not tried"}, "said": ""}


def _looks(attempt: Attempt) -> tuple[str, str]:
    if attempt.reply is None:
        return ("fail", "refused") if "refused" in attempt.outcome else ("error", "no answer")
    return {2: ("pass", "delivered"), 5: ("fail", "said no")}.get(attempt.reply.code // 100, ("error", "not now"))


def _verdict(delivery: Delivery) -> Data:
    *before, last = delivery.attempts
    key = "fallback" if before else "first"
    if not delivery.delivered:
        key = "refused" if delivery.refused else "deferred"
    failed = " and ".join(attempt.server for attempt in before)
    return told("dns.tried", key, {"failed": failed, "server": last.server})


# ---- what a host remembers


def memory(cached: Iterable[Cached]) -> list[Data]:
    """A host's cache, oldest first: the question, what is remembered, and for how long still."""
    return [
        {
            "name": entry.answer.name.removesuffix("."),
            "type": entry.answer.type,
            "said": packets.answered(entry.answer),
            "wire": bool(entry.answer.answers),
            "result": packets.result(packets.outcome(entry.answer)),
            "left": entry.left_s,
        }
        for entry in cached
    ]


# ---- without a browser


def text(exchange: Data, tried: Data | None) -> str:
    """The transcript: every packet with the names of its fields, then the hosts in order."""
    lines = [exchange["title"], exchange["about"]]
    for shown in exchange["packets"]:
        lines.append(f"{shown['title']}, {shown['size']} octets")
        lines += [f"  {row['at']}  {', '.join(field['label'] for field in row['fields'])}" for row in shown["rows"]]
    if not exchange["packets"]:
        lines.append(f"  {exchange['said']}")
    if tried and (tried["rows"] or tried["says"]):
        lines.append("Tried in this order" if tried["sent"] else "To be tried in this order")
        lines += [_tried(row) for row in tried["rows"]] + [f"  {tried['says']}"]
    return "\n".join(lines)


def _tried(row: Data) -> str:
    words = (f"{row['preference']:>3}", row["host"], row["address"] or "-", row["result"]["word"], row["said"])
    return f"  {'  '.join(words)}".rstrip()


def table(exchange: Data) -> list[list[str]]:
    """The rows of the static table: every field of every packet."""
    return [
        [f"{field['start']:04x}", field["hex"], field["label"], field["says"]]
        for shown in exchange["packets"]
        for row in shown["rows"]
        for field in row["fields"]
    ]
