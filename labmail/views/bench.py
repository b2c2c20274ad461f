"""The bench as plain data: a record to edit, and a row for each letter with what became of it, before and now.

`Bench` is the state: which records stood, which letters came of them, what was ticked. `data` is all that the widget
shows; each row brings its evidence and its dialog. What a word of a record is, the browser looks up in `words`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labmail import explain
from labmail.dkim.letter import octets_of
from labmail.errors import LabError
from labmail.replay import Replayed, Sending, publish, published, replay, usual
from labmail.views import spf
from labmail.views.evidence import CHECKS, checks, evidence
from labmail.views.reading import lines
from labmail.world import cake

__all__ = ["Bench", "Replayed", "data", "opened", "played", "sendings", "table", "text"]

Data = dict[str, Any]
FOLDERS = {"INBOX": "delivered", "Junk": "into Junk"}
CLASSES = {2: "taken", 4: "not now", 5: "refused"}
ANSWERS = {2: "pass", 4: "error", 5: "fail"}
SIGNS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}  # RFC 7208 section 4.6.2
VERSIONS = {"spf": "v=spf1", "dmarc": "v", "dkim": "v"}
NOT_JUDGED = {"is": "neutral", "word": "not checked"}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """`name` is where the record stands, `kind` which of the three it is."""

    domain: str
    name: str
    kind: str
    to: str
    server: str
    sendings: tuple[Sending, ...]
    records: tuple[str, ...] = ()
    now: tuple[Replayed, ...] = ()
    before: tuple[Replayed, ...] = ()
    were: tuple[str, ...] | None = None  # the records before; None: nothing was replayed yet
    ticks: frozenset[str] = field(default_factory=frozenset)
    rounds: int = 0
    own: bool = False  # the letters are a learner's

    @property
    def place(self) -> str:
        return self.domain if self.name == "@" else f"{self.name}.{self.domain}"


def opened(lab: Any, domain: str, name: str, *, letters: Iterable[Any] | None, to: str, server: str) -> Bench:
    """The bench as it stands before anybody edits: the letters are sent once."""
    domain = domain.removesuffix(".").lower()
    kind = "dkim" if "_domainkey" in name.split(".") else "dmarc" if name == "_dmarc" else "spf"
    found = sendings(letters) if letters is not None else usual(lab, domain, server, whole=kind != "spf")
    if not found:
        raise LabError("the bench replays letters, and there is none: letters=[(host, mail_from, message), ...]")
    bench = Bench(
        domain=domain, name=name, kind=kind, to=to, server=server, sendings=tuple(found), own=letters is not None
    )
    stands = tuple(published(lab, bench.place))
    return replace(bench, records=stands, now=tuple(replay(lab, bench.sendings, to=to, server=server)))


def sendings(letters: Iterable[Any]) -> list[Sending]:
    """A learner's own: (host, mail_from, message) each."""
    found = []
    for each in letters:
        if not isinstance(each, tuple | list) or len(each) != 3:
            raise LabError(f"a letter for the bench is (host, mail_from, message), and this is {each!r}")
        host, mail_from, message = each
        found.append(Sending(host=host, mail_from=mail_from, message=message))
    return found


def played(lab: Any, bench: Bench, texts: Sequence[str], ticks: Iterable[str]) -> Bench:
    """The record published and the letters sent once more; `ticks` are the keys of rows said to change."""
    known = {_key(n): each.host for n, each in enumerate(bench.sendings)}
    chosen = frozenset(key for key, host in known.items() if key in ticks or host in ticks)
    strange = sorted(set(ticks) - set(known) - set(known.values()))
    if strange:
        raise LabError(f"{strange[0]} is no row of the bench: they are {', '.join(known.values())}")
    wanted = [text.strip() for text in texts if text.strip()]
    publish(lab, bench.place, wanted)
    fresh = replay(lab, bench.sendings, to=bench.to, server=bench.server)
    stands = tuple(published(lab, bench.place))
    had = {"before": bench.now, "were": bench.records}
    return replace(bench, now=tuple(fresh), records=stands, ticks=chosen, rounds=bench.rounds + 1, **had)  # type: ignore[arg-type]


# ---- all that the widget shows


def data(bench: Bench) -> Data:
    names = _checked(bench)
    rows = [_row(n, bench, names) for n in range(len(bench.sendings))]
    sender = bench.sendings[0].mail_from
    return {
        "title": "What would change?" if bench.were is None else "What changed?",
        "about": f"{bench.place}, and how {bench.server} answers those who write in its name.",
        "asks": explain.find("bench.asks", bench.kind).says.format(sender=sender, domain=bench.domain),
        "place": bench.place,
        "records": list(bench.records),
        "were": list(bench.were) if bench.were is not None else None,
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


def _key(number: int) -> str:
    return f"row{number + 1}"


def _row(number: int, bench: Bench, names: Sequence[str]) -> Data:
    sending, now = bench.sendings[number], bench.now[number]
    before = bench.before[number] if bench.before else None
    found, had = _results(now, names), _results(before, names) if before else None
    changed = had is not None and had != found
    spoken = now.conversation
    told = lines(spoken.wire.protocol, spoken.events) if spoken else []
    return {
        "key": _key(number),
        "host": sending.host,
        "address": spoken.wire.client_address if spoken else "",
        "from": sending.mail_from,
        "story": explain.find("bench.story", sending.story).says.format(domain=bench.domain) if sending.story else "",
        "now": found,
        "before": had,
        "changed": changed,
        "ticked": _key(number) in bench.ticks,
        "evidence": evidence(now.verdict),
        "lines": [{key: line[key] for key in ("by", "text", "end", "code")} for line in told],
        "decided": str(now.reply).partition("\n")[0] if now.reply else now.fault,
    }


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
    }


def _told(bench: Bench, rows: Sequence[Data]) -> Data:
    """Which ticks were right: one sentence, and whether all was said as it came."""
    if bench.were is None:
        return {"is": "", "word": "", "says": ""}
    right = [row["host"] for row in rows if row["ticked"] and row["changed"]]
    wrong = [row["host"] for row in rows if row["ticked"] and not row["changed"]]
    missed = [row["host"] for row in rows if row["changed"] and not row["ticked"]]
    other = [_ticked("missed", name) for name in missed] + [_ticked("kept", name) for name in wrong]
    if bench.were == bench.records and not (missed or wrong):
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
    if bench.kind != "spf" or bench.own or bench.sendings[0].message != octets_of(cake):
        where = "" if bench.name == "@" else f", name={json.dumps(bench.name)}"
        where += ", letters=letters" if bench.own else ""
        making = f"bench = widgets.RecordBench(lab, {json.dumps(bench.domain)}{where})"
        return "\n".join(["from labmail import widgets", "", making, f"bench.replay({texts})", "bench"])
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
