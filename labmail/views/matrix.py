"""What becomes of a letter, for each thing that SPF and DKIM can say, each policy and each way to compare names.

Nothing here is a table of outcomes: real letters are judged by real checks over a few records, and what a receiving
server does about it, `receiving.outcome` says. RFC 9989 sections 4.4, 4.7, 7.4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from labmail import dkim, dmarc, explain, spf
from labmail.dkim.letter import octets_of
from labmail.errors import LabError, cited
from labmail.mta.receiving import Outcome, outcome
from labmail.verdicts import Verdicts
from labmail.views import dmarc as evidence
from labmail.views.line import meaning
from labmail.world import cake

__all__ = ["POLICIES", "chosen", "matrix", "table", "text"]

Data = dict[str, Any]
DOMAIN, BELOW, OTHER = "example.net", "news.example.net", "mallory.example"
SPF = {  # what SPF said -> the domain it was asked about, and that domain's record
    "same": (DOMAIN, "v=spf1 +all"),
    "below": (BELOW, "v=spf1 +all"),
    "other": (OTHER, "v=spf1 +all"),
    "softfail": (DOMAIN, "v=spf1 ~all"),
    "fail": (DOMAIN, "v=spf1 -all"),
    "none": (DOMAIN, ""),
}
DKIM = {"same": DOMAIN, "below": BELOW, "other": OTHER, "fail": DOMAIN, "none": ""}  # who signed
POLICIES = {"": "no record", "none": "p=none", "quarantine": "p=quarantine", "reject": "p=reject"}
MODES = {"relaxed": "r", "strict": "s"}
KEY = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="  # of RFC 8463 appendix A.2, which everybody knows
AT = 1780304400.0  # the lab's first minute
WORDS = {"INBOX": ("pass", "inbox"), "Junk": ("neutral", "Junk")}


@dataclass(frozen=True, kw_only=True)
class Answer:
    rcode: str
    texts: tuple[bytes, ...] = ()
    ttl: int = 0

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(f'"{text.decode("ascii")}"' for text in self.texts)


@dataclass(frozen=True, kw_only=True)
class Records:
    """A resolver that knows these TXT records, and that all else does not exist."""

    known: dict[str, str] = field(default_factory=dict)

    def lookup(self, name: str, type: str) -> Answer:
        text = self.known.get(name.lower()) if type == "TXT" else None
        return Answer(rcode="NOERROR", texts=(text.encode("ascii"),)) if text else Answer(rcode="NXDOMAIN")


def _spf(said: str) -> spf.Verdict:
    domain, record = SPF[said]
    return spf.check("192.0.2.67", "mail.example.net", f"alice@{domain}", Records(known={domain: record}))


def _dkim(said: str) -> dkim.Verdict:
    key, letter = dkim.load(KEY), octets_of(cake)
    signer = DKIM[said]
    if signer:
        letter = dkim.sign(letter, "s1", signer, key, now=AT).message
    if said == "fail":
        letter = letter.replace(b"cake!", b"cake.")
    return dkim.verify(letter, Records(known={f"s1._domainkey.{signer}": key.record}), now=AT)


class _Pool:
    """Each sentence or picture once, however many cells show it."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._places: dict[str, int] = {}

    def __call__(self, item: Any) -> int:
        key = json.dumps(item, sort_keys=True)
        if key not in self._places:
            self._places[key] = len(self.items)
            self.items.append(item)
        return self._places[key]


def matrix(policy: str, alignment: str, *, reject_on_policy: bool) -> Data:
    """All cells of all states; the arguments say which state is shown first."""
    if not isinstance(policy, str) or policy not in POLICIES:
        raise LabError(f'{cited(policy)} is no policy: none, quarantine and reject are, and "" stands for no record')
    if not isinstance(alignment, str) or alignment not in MODES:
        raise LabError(f"{cited(alignment)} is no way to compare names: relaxed and strict are")
    by_spf, by_dkim = {said: _spf(said) for said in SPF}, {said: _dkim(said) for said in DKIM}
    pool = _Pool()
    cells: dict[str, dict[str, Data]] = {}
    for name, mode, (row, one), (column, other) in product(POLICIES, MODES, by_spf.items(), by_dkim.items()):
        found = _judge(name, mode, one, other)
        for strict in (False, True):
            state = _state(name, mode, strict)
            cells.setdefault(state, {})[f"{row} {column}"] = _cell(found, strict, pool)
    return {
        "title": "What becomes of a letter?",
        "about": f"It says From: alice@{DOMAIN}. Rows are what SPF said about the envelope, columns what DKIM said.",
        "rows": [_side("spf", key, SPF[key][0], by_spf[key].result) for key in SPF],
        "columns": [_side("dkim", key, DKIM[key], by_dkim[key].result) for key in DKIM],
        "policies": [
            {"key": key, "word": word, "records": {mode: _record(key, mode) for mode in MODES}}
            for key, word in POLICIES.items()
        ],
        "modes": list(MODES),
        "domain": DOMAIN,
        "cells": cells,
        "pool": pool.items,
        "start": {"policy": policy, "mode": alignment, "strict": reject_on_policy},
        "receivers": [explain.find("matrix.receiver", key).says for key in ("advised", "strict")],
        "code": 'from labmail import widgets\n\nwidgets.Matrix("{policy}", "{mode}", reject_on_policy={strict})',
    }


def _side(method: str, key: str, domain: str, result: str) -> Data:
    told = meaning((f"matrix.{method}", key), domain=domain)
    return {"key": key, "word": explain.find("matrix.state", key).says, "domain": domain, "result": result, **told}


def _state(policy: str, mode: str, strict: bool) -> str:
    return f"{policy or '-'} {mode} {'strict' if strict else 'advised'}"


def _record(policy: str, mode: str) -> str:
    letter = MODES[mode]
    return f"v=DMARC1; p={policy}; adkim={letter}; aspf={letter}" if policy else ""


def _judge(policy: str, mode: str, by_spf: spf.Verdict, by_dkim: dkim.Verdict) -> Verdicts:
    record = _record(policy, mode)
    resolver = Records(known={f"_dmarc.{DOMAIN}": record} if record else {})
    by_dmarc = dmarc.evaluate(DOMAIN, by_spf, by_dkim.signatures, resolver)
    return Verdicts(
        ip=by_spf.ip,
        helo=by_spf.helo,
        mail_from=by_spf.sender,
        receiver="mx1.example.com",
        spf=by_spf,
        dkim=by_dkim,
        dmarc=by_dmarc,
    )


def _cell(found: Verdicts, strict: bool, pool: _Pool) -> Data:
    done = outcome(found, reject_on_policy=strict)
    kind, word = WORDS[done.folder] if done.reply is None else ("fail", str(done.reply.code))
    assert found.dmarc is not None
    shown = evidence.view(found.dmarc, spf=found.spf, dkim=found.dkim)
    return {
        "is": kind,
        "word": word,
        "result": pool(shown["result"]),
        "ties": [pool(tie) for tie in shown["ties"]],
        "sum": pool(shown["sum"]),
        "wants": [pool(want) for want in shown["wants"]],
        "rule": pool(_rule(found, done)),
        "reply": pool(repr(done.reply) if done.reply else ""),
    }


def _rule(found: Verdicts, done: Outcome) -> Data:
    """Which rule of the receiver's decided, in a sentence."""
    by_dmarc = found.dmarc
    assert by_dmarc is not None
    if done.reply is not None:
        key = "spf" if done.reply.enhanced == "5.7.23" else "policy"
    elif by_dmarc.result == "fail":
        key = "quarantine" if done.folder == "Junk" else "monitored"
    elif by_dmarc.result == "pass":
        key = "pass"
    else:
        key = "unknown" if done.folder == "Junk" else "somebody"
    return meaning(("matrix.rule", key))


# ---- without a browser


def chosen(data: Data) -> dict[str, Data]:
    """The cells of the state that is shown first."""
    start = data["start"]
    found: dict[str, Data] = data["cells"][_state(start["policy"], start["mode"], start["strict"])]
    return found


def table(data: Data) -> list[list[str]]:
    """The head, then a row for each thing that SPF can say."""
    cells = chosen(data)
    return [["SPF \\ DKIM", *(column["word"] for column in data["columns"])], *_rows(data, cells)]


def _rows(data: Data, cells: dict[str, Data]) -> Iterator[list[str]]:
    for row in data["rows"]:
        yield [row["word"], *(cells[f"{row['key']} {column['key']}"]["word"] for column in data["columns"])]


def heading(data: Data) -> str:
    start = data["start"]
    record = _record(start["policy"], start["mode"])
    publishes = f'{DOMAIN} publishes "{record}"' if record else f"{DOMAIN} publishes no DMARC record"
    return f"{publishes}; {data['receivers'][start['strict']]}."


def text(data: Data) -> str:
    rows = table(data)
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in rows]
    return "\n".join([data["title"], data["about"], heading(data), "", *told])
