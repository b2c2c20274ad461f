"""The bench as plain data: a record to edit, and a row for each letter with what became of it, before and now.

`data` is all that the widget shows of a `rounds.Bench`; each row brings its letter, its evidence and its dialog. What a
word of a record is, the browser looks up in `words`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from labmail import explain
from labmail.dkim.letter import octets_of
from labmail.dmarc import record
from labmail.lab.replay import Replayed, Sending
from labmail.spf import words as spf_words
from labmail.views import spf
from labmail.views.evidence import CHECKS, checks, evidence
from labmail.views.reading import lines
from labmail.views.rounds import Bench, opened, played
from labmail.world import cake

__all__ = ["SERVER", "TO", "data", "opened", "played", "record_lines", "table", "text", "told_lines"]

Data = dict[str, Any]
TO, SERVER = "bob@example.com", "mx1.example.com"  # where letters go, unless one says otherwise
FOLDERS = {"INBOX": "delivered", "Junk": "into Junk"}
CLASSES = {2: "taken", 4: "not now", 5: "refused"}
ANSWERS = {2: "pass", 4: "error", 5: "fail"}
SIGNS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}  # RFC 7208 section 4.6.2
VERSIONS = {"spf": "v=spf1", "dmarc": "v", "dkim": "v"}
NOT_JUDGED = {"is": "neutral", "word": "not checked"}


# ---- all that the widget shows


def data(bench: Bench) -> Data:
    names = _checked(bench)
    rows = [_row(n, key, bench, names) for n, key in enumerate(bench.keys)]
    sender = bench.sendings[0].mail_from
    return {
        "title": "What changed?" if bench.rounds else "What would change?",
        "about": f"{bench.place}, and how {bench.server} answers those who write in its name.",
        "asks": explain.find("bench.asks", bench.kind).says.format(sender=sender, domain=bench.domain),
        "place": bench.place,
        "records": list(bench.records),
        "words": _words(bench.kind),
        "server": bench.server.partition(".")[0],
        "checks": [CHECKS[name] for name in names],
        "rows": rows,
        "round": bench.rounds,
        "told": _told(bench, rows),
        "start": explain.find("bench.ticks", "start").says,
        "code": _code(bench),
    }


def _checked(bench: Bench) -> list[str]:
    """The checks that were made of any of the letters, now or before; SPF has a column where nothing was checked."""
    made = {name for each in (*bench.now, *bench.before) for name in checks(each.verdict)}
    return [name for name in CHECKS if name in made] or ["spf"]


def _row(number: int, key: str, bench: Bench, names: Sequence[str]) -> Data:
    sending, now = bench.sendings[number], bench.now[number]
    before = bench.before[number] if bench.before else None
    found, had = _results(now, names), _results(before, names) if before else None
    changed = had is not None and had != found
    spoken = now.conversation
    told = lines(spoken.wire.protocol, spoken.events) if spoken else []
    return {
        "key": key,
        "host": bench.keys[key],
        "address": spoken.wire.client_address if spoken else "",
        "from": sending.mail_from,
        "story": _story(sending, bench),
        "letter": _as_text(sending.message),
        "first": _as_text(bench.first[number].message),
        "now": found,
        "before": had,
        "changed": changed,
        "ticked": key in bench.ticks,
        "evidence": evidence(now.verdict),
        "lines": [{key: line[key] for key in ("by", "text", "end", "code")} for line in told],
        "decided": str(now.reply).partition("\n")[0] if now.reply else now.fault,
    }


def _story(sending: Sending, bench: Bench) -> str:
    found = explain.find("bench.story", sending.story).says.format(domain=bench.domain) if sending.story else ""
    return found or sending.label


def _as_text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace").replace("\r\n", "\n")


def _results(replayed: Replayed, names: Sequence[str]) -> list[Data]:
    """A cell for each check, and one for the answer."""
    found = checks(replayed.verdict)
    return [*(found.get(name, NOT_JUDGED) for name in names), _answer(replayed)]


def _answer(replayed: Replayed) -> Data:
    if replayed.reply is None:
        return {"is": "error", "word": "no answer"}
    kind = replayed.reply.code // 100
    word = FOLDERS.get(replayed.folder, CLASSES.get(kind, ""))
    look = "neutral" if replayed.folder == "Junk" else ANSWERS.get(kind, "neutral")
    return {"is": look, "word": f"{replayed.reply.code} {word}"}


def _words(kind: str) -> Data:
    """What the browser needs to say what each word is, as it is typed."""
    labels = {key: explain.find(f"bench.{kind}", key) for key in explain.kinds()[f"bench.{kind}"]}
    signs = {sign: {"is": spf.LOOKS.get(word, "neutral"), "word": word} for sign, word in SIGNS.items()}
    return {
        "kind": kind,
        "version": VERSIONS[kind],
        "labels": {key: found.says for key, found in labels.items() if key != "other"},
        "other": labels["other"].says,
        "signs": signs if kind == "spf" else {},
        "rules": RULES[kind]() if kind in RULES else {},
    }


# What the reading of a record goes by, so that the browser judges a word as the verdict does.


def _dmarc_rules() -> Data:
    return {
        **_patterns(version=record.VERSION, tag=record.TAG, uri=record.URI),
        "values": {tag: list(words) for tag, words in record.VALUES.items()},
        "policies": ["p", "sp", "np"],
        "says": _says("bench.reading"),
    }


def _spf_rules() -> Data:
    patterns = _patterns(version=spf_words.VERSION, modifier=spf_words.MODIFIER)
    return {**patterns, "modifiers": ["redirect", "exp"], "says": _says("bench.spf-reading")}


RULES = {"dmarc": _dmarc_rules, "spf": _spf_rules}


def _patterns(**patterns: re.Pattern[str]) -> Data:
    return {name: pattern.pattern.replace(r"\Z", "$") for name, pattern in patterns.items()}


def _says(kind: str) -> Data:
    return {key: explain.find(kind, key).says for key in explain.kinds()[kind]}


def _told(bench: Bench, rows: Sequence[Data]) -> Data:
    """Which ticks were right: one sentence, and whether all was said as it came."""
    if not bench.rounds:
        return {"is": "", "word": "", "says": ""}
    right = [row["host"] for row in rows if row["ticked"] and row["changed"]]
    wrong = [row["host"] for row in rows if row["ticked"] and not row["changed"]]
    missed = [row["host"] for row in rows if row["changed"] and not row["ticked"]]
    other = [_ticked("missed", name) for name in missed] + [_ticked("kept", name) for name in wrong]
    if not bench.edited and not (missed or wrong):
        key = "same"
    elif not other:
        key = "all" if right else "nothing"
    else:
        key = "mixed" if right else "wrong" if wrong else "none"
    says = explain.find("bench.ticks", key).says
    facts = {"right": ", ".join(right), "missed": ", ".join(missed), "other": "; ".join(other)}
    word = "right" if not other else "partly right" if right else "not so"
    look = {"right": "pass", "partly right": "neutral"}.get(word, "fail")
    return {"is": look, "word": word, "says": says.format(**facts)}


def _ticked(key: str, name: str) -> str:
    return explain.find("bench.ticked", key).says.format(name=name)


# ---- the code that does the same


def _code(bench: Bench) -> str:
    """The plain calls for the letters that the bench chose; for a learner's own, the bench itself."""
    texts = json.dumps(list(bench.records), ensure_ascii=False)
    if bench.kind != "spf" or bench.own or any(each.message != octets_of(cake) for each in bench.sendings):
        return _by_bench(bench, texts)
    sender, to, server = (json.dumps(each) for each in (bench.sendings[0].mail_from, bench.to, bench.server))
    hosts = json.dumps([each.host for each in bench.sendings])
    return f"""import smtplib
from labmail import cake

lab.zone({json.dumps(bench.domain)})[{json.dumps(bench.name)}, "TXT"] = {texts}
lab.clock.advance(minutes=5)
for host in {hosts}:
    with lab.at(host), smtplib.SMTP({server}, 25, host) as smtp:
        smtp.helo()
        if smtp.mail({sender})[0] == 250 and smtp.rcpt({to})[0] == 250:
            smtp.data(cake)
    print(*lab.conversation(host, {server}).lines[-3:], sep="\\n")"""


def _by_bench(bench: Bench, texts: str) -> str:
    said = {"name": (bench.name, "@"), "to": (bench.to, TO), "server": (bench.server, SERVER)}
    more = [f"{key}={json.dumps(value)}" for key, (value, usual) in said.items() if value != usual]
    words = ", ".join([json.dumps(bench.domain), *more, *(["letters=letters"] if bench.own else [])])
    pairs = zip(bench.keys, bench.sendings, bench.first, strict=True)
    edited = {key: each.message for key, each, first in pairs if each.message != first.message}
    letters = f", letters={edited!r}" if edited else ""
    making = f"bench = widgets.RecordBench(lab, {words})"
    return "\n".join(["from labmail import widgets", "", making, f"bench.replay({texts}{letters})", "bench"])


# ---- without a browser


def _head(shown: Data) -> list[str]:
    names = ["result"] if shown["checks"] == ["SPF"] else shown["checks"]
    return ["host", "address", *names, f"{shown['server']} answers"]


def table(shown: Data) -> list[list[str]]:
    """The head, then a row for each letter; what changed shows both."""
    rows = []
    for row in shown["rows"]:
        had = row["before"] or row["now"]
        cells = [
            now["word"] if now == was else f"{was['word']} → {now['word']}"
            for was, now in zip(had, row["now"], strict=True)
        ]
        rows.append([row["host"], row["address"], *cells])
    return [_head(shown), *rows]


def record_lines(shown: Data) -> list[str]:
    return [f'{shown["place"]}  "{text}"' for text in shown["records"]] or [f"{shown['place']}  no TXT record"]


def told_lines(shown: Data) -> list[str]:
    told = shown["told"]
    return [f"{told['word'].capitalize()}. {told['says']}"] if told["says"] else []


def text(shown: Data) -> str:
    rows = table(shown)
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in rows]
    return "\n".join([*record_lines(shown), "", *told, *(f"\n{line}" for line in told_lines(shown))])
