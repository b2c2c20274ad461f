"""What vouches for a letter, in a word and a sentence each: the signature, and the three checks of who receives it.

RFC 6376, RFC 7208, RFC 9989.
"""

from __future__ import annotations

from typing import Any

from labmail import explain, spf
from labmail.mta.outgoing import Signed
from labmail.record import Event
from labmail.verdicts import Verdicts

__all__ = ["Check", "judged", "signed"]

Check = dict[str, Any]
LOOKS = {"pass": "pass", "fail": "fail", "softfail": "fail", "permerror": "error", "temperror": "error"}


def signed(event: Event) -> dict[str, Check]:
    """What the sending server did: name -> check."""
    done = event.value
    if isinstance(done, Signed) and done.field:
        says = _told("signature", "signed", domain=done.domain, selector=done.selector)
        return {"signature": _check("signature", event, "pass", "signed", says)}
    says = f"{event.by}: {done}."
    return {"signature": _check("signature", event, "neutral", "not signed", says)}


def judged(event: Event) -> dict[str, Check]:
    """What the receiving server found: all three, or SPF alone where it is judged before the letter."""
    found = event.value
    if isinstance(found, spf.Verdict):
        return {"SPF": _spf(event, found)}
    if not isinstance(found, Verdicts):
        return {}
    checks = {} if found.spf is None else {"SPF": _spf(event, found.spf)}
    if found.dkim is not None:
        one = next((each for each in found.dkim.signatures if each.result == found.dkim.result), None)
        facts = {"domain": one.domain or "-", "why": one.why.removesuffix(".")} if one else {}
        says = _told("dkim", found.dkim.result if one or found.dkim.result == "none" else "other", **facts)
        checks["DKIM"] = _check("DKIM", event, _look(found.dkim.result), found.dkim.result, says)
    if found.dmarc is not None:
        by = dict.fromkeys(each.method.upper() for each in found.dmarc.alignments if each.vouches)
        facts = {"domain": found.dmarc.domain or "-", "by": " and ".join(by), "policy": found.dmarc.policy or "none"}
        says = _told("dmarc", found.dmarc.result, **facts)
        checks["DMARC"] = _check("DMARC", event, _look(found.dmarc.result), found.dmarc.result, says)
    return checks


def _spf(event: Event, verdict: spf.Verdict) -> Check:
    facts = {"ip": verdict.ip, "domain": verdict.domain, "mechanism": verdict.mechanism or "nothing"}
    return _check("SPF", event, _look(verdict.result), verdict.result, _told("spf", verdict.result, **facts))


def _look(result: str) -> str:
    return LOOKS.get(result, "neutral")


def _check(name: str, event: Event, look: str, word: str, says: str) -> Check:
    return {"name": name, "by": event.by, "is": look, "word": word, "says": says, "n": event.number}


def _told(method: str, result: str, **facts: str) -> str:
    found = explain.find_any((f"journey.{method}", result)) or explain.find(f"journey.{method}", "other")
    return found.says.format(result=result, **{"domain": "", "why": "", "by": "", "policy": "", **facts})
