"""The two names of a letter: the envelope's, which SPF looks up, and the one in From:, which a reader sees.

What was found out is read off the letter, where the receiving server wrote it. RFC 7208 section 11.2, RFC 8601.
"""

from __future__ import annotations

from typing import Any

from labmail import authres, explain
from labmail.spf import RESULTS
from labmail.store import Letter
from labmail.verdicts import author_domains
from labmail.views.spf import LOOKS

__all__ = ["Letter", "names", "table", "text"]

Data = dict[str, Any]
SHOWN, HIDDEN = ("From", "To", "Subject"), ("Return-Path", "Authentication-Results")
PROPERTIES = ("smtp.mailfrom", "smtp.helo")  # RFC 8601 section 2.7.2


def names(letter: Letter) -> Data:
    """All that the widget shows."""
    found = {result.method: result for each in authres.read(letter.trace) for result in each.results}
    by_spf, by_dmarc = found.get("spf"), found.get("dmarc")
    looked = _domain(dict(by_spf.properties)) if by_spf else ""
    shown = ", ".join(author_domains(letter.message)) or "no domain"
    key = "unchecked" if by_spf is None else "compared" if by_dmarc else "same" if looked == shown else "apart"
    told = explain.find("spf.names", key)
    return {
        "title": "Which name was checked?",
        "about": f"A letter in the {letter.folder} of {letter.address}.",
        "hidden": _fields(letter, HIDDEN),
        "shown": _fields(letter, SHOWN),
        "looked": {"domain": looked or "no name", **_is(by_spf.result if by_spf else "not checked")},
        "from": shown,
        "gap": f"DMARC compared: {by_dmarc.result}" if by_dmarc else "nobody compared these",
        "compared": by_dmarc.result if by_dmarc else "",
        "says": told.says,
        "rfc": explain.reference(told),
        "code": f'from labmail import widgets\n\nwidgets.TwoNames(lab.mailbox("{letter.address}")[-1])',
    }


def text(data: Data) -> str:
    """The letter in two halves, and below them who compared what."""
    looked = f"SPF looked up {data['looked']['domain']}: {data['looked']['word']}."
    gap = f"{data['gap'][:1].upper()}{data['gap'][1:]}."
    lines = [f"  {name}: {value}" for name, value in data["hidden"]]
    shown = [f"  {name}: {value}" for name, value in data["shown"]]
    last = f"{looked} From: shows {data['from']}. {gap}"
    return "\n".join(["what a mail program leaves out", *lines, "what it shows", *shown, last])


def table(data: Data) -> list[list[str]]:
    hidden = [[name, value, "not shown"] for name, value in data["hidden"]]
    return hidden + [[name, value, "shown"] for name, value in data["shown"]]


def _fields(letter: Letter, wanted: tuple[str, ...]) -> list[list[str]]:
    return [[name, str(letter[name])] for name in wanted if letter[name] is not None]


def _domain(properties: dict[str, str]) -> str:
    value = next((properties[name] for name in PROPERTIES if name in properties), "")
    return value.rpartition("@")[2]


def _is(word: str) -> Data:
    return {"is": LOOKS.get(word, "neutral") if word in RESULTS else "neutral", "word": word}
