"""A verdict as a row of the timeline: what each check came to, and what the server did about it."""

from __future__ import annotations

from typing import Any

from labmail import spf
from labmail.record import Event
from labmail.verdicts import Verdicts

__all__ = ["noted"]

Row = dict[str, Any]
ACTS = {  # what was done -> how it looks, and its explanation
    "none": ({"is": "pass", "word": "taken"}, "verdict"),
    "quarantine": ({"is": "error", "word": "Junk"}, "verdict-junk"),
    "reject": ({"is": "fail", "word": "refused"}, "verdict-refused"),
    "defer": ({"is": "error", "word": "not now"}, "verdict-deferred"),
}
LOOKS = {"pass": "pass", "fail": "fail", "permerror": "error", "temperror": "error"}  # all others are neutral


def noted(event: Event) -> Row:
    found = event.value
    if isinstance(found, spf.Verdict):
        details = [["Sender", found.sender], ["Address", found.ip]]
        text = f"SPF {found.result} for {found.domain}"
        return {"text": text, "details": details, "result": _result(found.result), "key": "verdict-spf"}
    if not isinstance(found, Verdicts):
        return {"text": f"verdict: {found}"}
    said = {"SPF": found.spf, "DKIM": found.dkim, "DMARC": found.dmarc}
    text = ", ".join(f"{name} {verdict.result}" for name, verdict in said.items() if verdict is not None)
    junk = "quarantine" if found.folder == "Junk" else found.disposition
    look, key = ACTS.get(junk, ({"is": "neutral", "word": "judged"}, "verdict"))
    details = [[method.upper(), _said(result, domain, why)] for method, result, domain, why in found.rows]
    return {"text": text, "details": details, "result": dict(look), "key": key}


def _said(result: str, domain: str, why: str) -> str:
    whom = result if domain == "-" else f"{result} for {domain}"
    return f"{whom}: {why}" if why else whom


def _result(word: str) -> Row:
    return {"is": LOOKS.get(word, "neutral"), "word": word}
