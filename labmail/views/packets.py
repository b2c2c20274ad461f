"""A DNS message as one line of a timeline: the question, or what came of it. RFC 1035 section 4."""

from __future__ import annotations

import re
from typing import Any

from labmail.dns.message import Answer, Query
from labmail.record import Event
from labmail.views.line import meaning as tell

__all__ = ["MAIL_QUESTION", "addresses", "answered", "line", "outcome", "question", "remembered", "result"]

MAIL_QUESTION = re.compile(r"(?P<name>\S+?)\.? IN MX \?")
NEUTRAL = ("NXDOMAIN", "NODATA", "TRUNCATED")  # a clear no is an answer; every other rcode is an error


def line(event: Event) -> dict[str, Any]:
    """One packet's row: its text, what it means, and its result where that is not simply an answer."""
    row: dict[str, Any] = {"binary": True, "main": True, "part": "query" if event.kind == "heard" else "answer"}
    value = event.value
    if isinstance(value, Query):
        meaning = tell(("dns.query", value.type), ("dns.query", "other"))
        return row | {"text": question(value.name, value.type), "meaning": meaning}
    if isinstance(value, Answer):
        word = outcome(value)
        key = value.type if word == "NOERROR" else word
        meaning = tell(("dns.answer", key), ("dns.answer", "other"))
        return row | {"text": answered(value), "words": not value.answers, "meaning": meaning, "result": result(word)}
    meaning = tell(("dns.query", "malformed"))
    malformed = {"is": "error", "word": "malformed"}
    return row | {"text": "no DNS question", "words": True, "meaning": meaning, "result": malformed}


def addresses(event: Event) -> dict[str, str]:
    """The addresses that an answer gives, by name."""
    records = (*event.value.answers, *event.value.additional) if isinstance(event.value, Answer) else ()
    return {record.name.rstrip("."): record.text for record in records if record.type == "A"}


def question(name: str, type: str) -> str:
    return f"{name} IN {type} ?"


def answered(answer: Answer) -> str:
    """The records in one line; a type is named where it is not the one that was asked for."""
    texts = [text if type == answer.type else f"{type} {text}" for type, text in _records(answer)]
    return ", ".join(texts) or _why_none(answer)


def _why_none(answer: Answer) -> str:
    """In our words: no server writes them."""
    if answer.truncated:
        return "too long for UDP"
    if answer.rcode == "NXDOMAIN":
        return f"no such name: {answer.name.removesuffix('.')}"
    return f"no {answer.type} for {answer.name}" if answer.nodata else f"no answer for {answer.name}"


def _records(answer: Answer) -> list[tuple[str, str]]:
    return [(record.type, record.text) for record in answer.answers]


def remembered(answer: Answer) -> str:
    """An answer out of a host's memory."""
    told = answered(answer)
    return f"remembers {told}" if told.startswith("no ") else f"remembers {answer.name} {answer.type} {told}"


def outcome(answer: Answer) -> str:
    """The rcode, or the two that no rcode names: NODATA (RFC 2308 section 2.2) and TRUNCATED."""
    if answer.truncated:
        return "TRUNCATED"
    return "NODATA" if answer.nodata else answer.rcode


def result(word: str) -> dict[str, str] | None:
    """How an outcome looks: one of the four results, with the RFC's own word."""
    return None if word == "NOERROR" else {"is": "neutral" if word in NEUTRAL else "error", "word": word}
