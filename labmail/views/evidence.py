"""What a receiver found out about one letter, as plain data: which checks there were, and the evidence of each.

For widgets that show verdicts among other things. RFC 8601 section 2.7.1 has the words of the results.
"""

from __future__ import annotations

from typing import Any

from labmail.spf import Verdict as SpfVerdict
from labmail.verdicts import Verdicts
from labmail.views import dkim, dmarc, spf

__all__ = ["CHECKS", "Verdicts", "checks", "evidence", "judged"]

Data = dict[str, Any]
CHECKS = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}


def judged(verdict: object) -> dict[str, Any]:
    """The verdicts there are, each under its check's name; of a server that checked SPF alone, that one."""
    if isinstance(verdict, SpfVerdict):
        return {"spf": verdict}
    if not isinstance(verdict, Verdicts):
        return {}
    found = {name: getattr(verdict, name) for name in CHECKS}
    return {name: each for name, each in found.items() if each is not None}


def checks(verdict: object) -> dict[str, Data]:
    """The result of each check."""
    return {name: _is(each.result) for name, each in judged(verdict).items()}


def evidence(verdict: object) -> Data:
    """The tree of SPF, a line for each signature, and DMARC's comparison; None where that was not checked."""
    found = judged(verdict)
    by_spf, by_dkim, by_dmarc = (found.get(name) for name in CHECKS)
    return {
        "spf": spf.tree(by_spf) if by_spf is not None else None,
        "dkim": _signatures(by_dkim) if by_dkim is not None else None,
        "dmarc": dmarc.view(by_dmarc, spf=by_spf, dkim=by_dkim) if by_dmarc is not None else None,
    }


def _signatures(verdict: Any) -> list[Data]:
    return [
        {
            "domain": one.domain or "nobody",
            "selector": one.selector,
            "result": _is(one.result),
            "why": dkim.sentence(one.why),
            "rfc": {
                "name": f"RFC {one.rfc} section {one.section}",
                "href": f"https://www.rfc-editor.org/rfc/rfc{one.rfc}#section-{one.section}",
            },
        }
        for one in verdict.signatures
    ]


def _is(word: str) -> Data:
    return {"is": dmarc.LOOKS.get(word, "neutral"), "word": word}
