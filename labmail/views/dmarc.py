"""A DMARC verdict as plain data: the name in From: beside the names that SPF and DKIM judged, and the link or the gap.

Then how the policy was found, what its owner asks for, and what the receiver did. RFC 9989 sections 4.4, 4.10, 7.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labmail import dmarc, explain
from labmail.views.line import meaning

__all__ = ["HEAD", "LOOKS", "table", "view"]

Data = dict[str, Any]
HEAD = ["", "domain", "result", "beside From:"]
LOOKS = {"pass": "pass", "fail": "fail", "permerror": "error", "temperror": "error"}  # all other results are neutral
METHODS = {"spf": "SPF", "dkim": "DKIM"}
SECTIONS = {"spf": "section-spf", "dkim": "section-dkim"}


def view(verdict: dmarc.Verdict, *, spf: Any = None, dkim: Any = None) -> Data:
    """`spf` and `dkim` are those checks' own verdicts: their names are shown even where nobody compared them."""
    facts = {"domain": verdict.domain, "why": verdict.why}
    return {
        "domain": verdict.domain,
        "result": _is(verdict.result),
        **meaning(("dmarc.result", verdict.result), **facts),
        "ties": [_tie(each, verdict) for each in verdict.alignments] or [*_uncompared(spf, dkim)],
        "sum": _sum(verdict),
        "walk": _walk(verdict),
        "record": verdict.record.text if verdict.record else "",
        "policy_domain": verdict.policy_domain,
        "remarks": [each.says for each in verdict.record.remarks] if verdict.record else [],
        "wants": _wants(verdict),
        "disposition": verdict.disposition,
    }


def _tie(each: dmarc.Alignment, verdict: dmarc.Verdict) -> Data:
    method, mode = METHODS[each.method], each.mode
    kind = "same" if each.domain == verdict.domain else "strict" if mode == "strict" else "gap"
    if each.aligned and kind != "same":
        kind = "relaxed"
    elif kind == "gap" and each.organizational_domain == each.domain:
        kind = "own"
    told = meaning(("dmarc.tie", kind), method=method, other=each.domain, organization=each.organizational_domain)
    return {
        "method": method,
        "domain": each.domain,
        "result": _is(each.result),
        "aligned": each.aligned,
        "vouches": each.vouches,
        "word": "aligned" if each.aligned else "not aligned",
        "mode": mode,
        "says": told["says"],
        "rfc": meaning(("dmarc.tie", SECTIONS[each.method]))["rfc"],
    }


def _uncompared(spf: Any, dkim: Any) -> Iterable[Data]:
    """What was judged, though no record asked anybody to compare it with From:."""
    checks = [("spf", spf)] if spf is not None else []
    checks += [("dkim", one) for one in getattr(dkim, "signatures", ())]
    for method, check in checks:
        yield {
            "method": METHODS[method],
            "domain": check.domain,
            "result": _is(check.result),
            "aligned": False,
            "vouches": False,
            "word": "nobody compared",
            "mode": "",
            "says": "",
            "rfc": None,
        }


def _sum(verdict: dmarc.Verdict) -> str:
    if not verdict.alignments:
        return ""
    vouching = {METHODS[each.method] for each in verdict.alignments if each.vouches}
    passes = any(each.result == "pass" for each in verdict.alignments)
    aligned = any(each.aligned for each in verdict.alignments)
    if vouching:
        key = "both" if len(vouching) > 1 else "one"
    else:
        key = {(True, True): "apart", (True, False): "passes", (False, True): "aligned"}.get(
            (passes, aligned), "nothing"
        )
    return explain.find("dmarc.sum", key).says.format(method="".join(sorted(vouching)))


def _walk(verdict: dmarc.Verdict) -> Data:
    """The questions for the policy, in order."""
    place = "nowhere" if verdict.record is None else "here" if verdict.policy_domain == verdict.domain else "above"
    if place == "here" and len(verdict.queries) > 1:
        place = "organization"
    told = meaning(("dmarc.walk", place)) if verdict.queries else {"says": "", "rfc": None}
    others = {
        each.domain: each.queries for each in verdict.alignments if each.queries and each.domain != verdict.domain
    }
    return {
        "queries": [_query(query) for query in verdict.queries],
        "others": [
            {"domain": domain, "queries": [_query(query) for query in queries]} for domain, queries in others.items()
        ],
        **told,
    }


def _query(query: dmarc.Query) -> Data:
    kind = "error" if query.failed else "pass" if query.record is not None else "neutral"
    return {"name": query.name, "outcome": query.outcome, "found": query.record is not None, "is": kind}


def _wants(verdict: dmarc.Verdict) -> list[Data]:
    """What the owner asks for, in one to three sentences."""
    if verdict.policy is None:
        return []
    told = []
    if verdict.result == "pass":
        told.append(meaning(("dmarc.wants", "passed"), policy=verdict.policy))
    else:
        told.append(meaning(("dmarc.wants", verdict.policy)))
    if verdict.tag != "p":
        told.append(meaning(("dmarc.tag", verdict.tag)))
    if verdict.applied != verdict.policy and verdict.result != "pass":
        told.append(meaning(("dmarc.wants", "test"), applied=verdict.applied))
    return told


def _is(word: str) -> Data:
    return {"is": LOOKS.get(word, "neutral"), "word": word}


# ---- without a browser


def table(data: Data) -> list[list[str]]:
    """The rows of the static table: From:, then what each check judged, then what was asked and done."""
    rows = [["From:", data["domain"], data["result"]["word"], ""]]
    for tie in data["ties"]:
        mode = f" ({tie['mode']})" if tie["mode"] else ""
        rows.append([tie["method"], tie["domain"], tie["result"]["word"], f"{tie['word']}{mode}"])
    rows += [["asked", query["name"], "", query["outcome"]] for query in data["walk"]["queries"]]
    rows += [[name, "", "", value] for name, value in data.get("did", [])]
    return rows
