"""One conversation, seen twice: what its two ends say, and beside it what a listener on the wire has. RFC 8446.

`two_views(conversation)` gives one dict of JSON values, a row for each line and for each record of TLS that carries
none. Text and static table tell types and directions alone: sizes and octets of what is sealed differ from run to run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from labmail import explain
from labmail.net.seal import Handshake
from labmail.net.stripping import without_starttls
from labmail.record import Conversation, Event
from labmail.tls.records import Record, read_all
from labmail.views.line import Line, meaning
from labmail.views.reading import is_dialog, lines
from labmail.views.shake import said_by

__all__ = ["HEAD", "SEALED_SHOWN_OCTETS", "table", "text", "two_views"]

HEAD = ["", "what the two ends say", "what a listener sees"]
SEALED_SHOWN_OCTETS = 256  # of a sealed record: more of it would say no more
LEFT_MAX, LEFT_MIN = 60, 24  # columns of the text form


def two_views(conversation: Conversation) -> dict[str, Any]:
    """All that both see, row by row."""
    is_dialog(conversation)
    rows = _Rows(conversation).all()
    wire = conversation.wire
    verdict, facts = _verdict(conversation, rows)
    return {
        "title": "Who can read it on the way?",
        "about": f"{wire.client} to {wire.server}, {wire.protocol.upper()} on port {wire.server_port}: "
        "one conversation, seen twice.",
        "client": wire.client,
        "server": wire.server,
        "verdict": verdict,
        "told": _share(rows),
        "rows": rows,
        "code": _code(conversation),
        **meaning(("tls.views", verdict), **facts),
    }


def _share(rows: list[Line]) -> dict[str, Line]:
    """What many rows say of the wire, once; the octets of a record stay with the first of its lines."""
    told: dict[str, Line] = {}
    for row in rows:
        seen = row["seen"]
        if "key" in seen:
            told[seen["key"]] = {name: seen.pop(name) for name in ("says", "rfc")}
        if not seen["first"] or seen.get("octets") == row.get("octets"):
            seen.pop("octets", None)
    return told


class _Rows:
    """Lines and records in the order in which they crossed, each line with what the wire had of it."""

    def __init__(self, conversation: Conversation) -> None:
        self._wire, self._events = conversation.wire, conversation.events
        self._told = {line["n"]: line for line in lines(self._wire.protocol, self._spoken())}
        self._records = {each.crossed.number: each for each in read_all(conversation.tls) if each.crossed}
        self._altered = _altered(self._events)
        self._thief = next((event.by for event in self._events if event.kind == "substituted"), "")
        self._carried = {event.sealed for event in self._events if event.sealed}

    def _spoken(self) -> list[Event]:
        """Its lines as they may be shown."""
        return [replace(event, octets=event.shown) for event in self._events if event.kind in ("heard", "said")]

    def all(self) -> list[Line]:
        found = [row for _, row in sorted(self._placed(), key=lambda each: each[0])]
        for _, group in groupby(found, key=lambda row: row["seen"].get("record") or row["key"]):
            same = list(group)
            for place, row in enumerate(same):
                row["seen"] |= {"first": place == 0, "last": place == len(same) - 1}
        return found

    def _placed(self) -> Iterator[tuple[tuple[int, int], Line]]:
        """Each row with its place: the number of an event, and of a record that crossed after it."""
        begun = False
        for number, record in self._records.items():
            after = record.crossed.after if record.crossed else 0
            if not begun:
                begun = True
                yield (after, 2 * number - 1), self._wall()
            if number not in self._carried:
                yield (after, 2 * number), self._of_tls(number, record)
        missed = None if self._records else self._no_wall()
        for event in self._events:
            if event.number in self._told:
                if missed and event.kind == "heard" and event.number > missed:
                    yield (event.number, -1), _wall("none", "", by=self._altered[missed - 1][1])
                    missed = None
                yield (event.number, 0), self._line(event)
            elif event.kind == "tls" and isinstance(event.value, Handshake):
                yield (event.number, 0), self._stands(event.value)
            elif event.kind == "discarded":
                yield (event.number, 0), self._discarded(event)

    def _no_wall(self) -> int:
        """After which event the handshake is missed: the line that was made unreadable."""
        return max(self._altered, default=-1) + 1

    # ---- rows

    def _line(self, event: Event) -> Line:
        told = self._told[event.number]
        return {"key": f"e{event.number}", "kind": "line", **told, "seen": self._seen(event)}

    def _seen(self, event: Event) -> Line:
        """What the wire had of a line."""
        if event.sealed:
            record = self._records.get(event.sealed)
            return _sealed(event.sealed, record, "stolen" if self._thief else "sealed", by=self._thief)
        if event.number in self._altered:
            octets, by = self._altered[event.number]
            text = octets.decode("utf-8", "replace").rstrip("\r\n")
            return _seen("altered", text, octets, by=by)
        text = self._told[event.number]["text"]
        return _seen("open", text, event.shown)

    def _of_tls(self, number: int, record: Record) -> Line:
        """A record that carries no line: a part of the handshake, or TLS's own goodbye."""
        by = "client" if record.crossed and record.crossed.by == self._wire.client else "server"
        after = record.crossed.after if record.crossed else 0
        shaking = not any(event.number <= after for event in self._events if event.kind == "tls")
        key, says = said_by(record, shaking=shaking)
        seen = (
            _sealed(number, record, "sealed-tls")
            if record.sealed
            else _seen("hello", says, record.octets, key=f"hello-{key}", record=number)
        )
        told = meaning(("tls.part", key), ("tls.part", "other"))
        head = f"{record.crossed.by if record.crossed else by} says, as TLS"
        return {"key": f"r{number}", "kind": "tls", "by": by, "text": says, "head": head, "seen": seen, **told}

    def _discarded(self, event: Event) -> Line:
        text = event.octets.decode("utf-8", "replace").rstrip("\r\n")
        told = meaning(("timeline.event", "discarded"))
        seen = _seen("open", text, event.octets)
        return {
            "key": f"e{event.number}",
            "kind": "discarded",
            "by": "client",
            "text": text,
            "seen": seen,
            "head": f"{event.by} throws this away",
            **told,
        }

    def _wall(self) -> Line:
        stands = [event.value for event in self._events if isinstance(event.value, Handshake)]
        version = stands[0].version if stands else ""
        return _wall("begins", f"{version} handshake".lstrip() if version else "TLS handshake")

    def _stands(self, handshake: Handshake) -> Line:
        if not handshake.success:
            return _wall("failed", str(handshake).removeprefix("no TLS: "))
        about = f"{handshake.version}, {handshake.cipher}"
        return _wall("stolen" if self._thief else "stands", about, by=self._thief, certificate=handshake.certificate)


def _wall(which: str, about: str, *, by: str = "", certificate: str = "") -> Line:
    """A mark across both columns, at the beginning or the end of a handshake, or where there should have been one."""
    facts = {"about": about, "attacker": by, "certificate": certificate}
    told = meaning(("tls.wall", which))
    halves = {side: explain.find(f"tls.wall-{side}", which).says.format(**facts) for side in ("ends", "wire")}
    seen = {"is": "wall", "text": halves["wire"]}
    return {
        "key": f"w-{which}",
        "kind": "wall",
        "which": which,
        "by": "",
        "text": halves["ends"],
        "about": about,
        "seen": seen,
        "head": halves["ends"],
        **told,
    }


def _seen(
    kind: str,
    text: str,
    octets: bytes,
    *,
    by: str = "",
    key: str = "",
    record: int | None = None,
    most: int | None = None,
) -> Line:
    told = meaning(("tls.seen", key or kind), ("tls.seen", kind), attacker=by)
    seen = {
        "is": kind,
        "key": key or kind,
        "text": text,
        "octets": octets[:most].hex(),
        "size": len(octets),
        "by": by,
        **told,
    }
    return seen | ({"record": record} if record else {})


def _sealed(number: int, record: Record | None, kind: str, *, by: str = "") -> Line:
    """A sealed record. The oldest are no longer kept where very much has crossed."""
    octets = record.octets if record else b""
    text = record.type if record else "application_data"
    return _seen(kind, text, octets, by=by, record=number, most=SEALED_SHOWN_OCTETS)


def _altered(events: tuple[Event, ...]) -> dict[int, tuple[bytes, str]]:
    """The number of each line that somebody on the wire has changed, with what became of it, and who did it."""
    found: dict[int, tuple[bytes, str]] = {}
    for at, event in enumerate(events):
        if event.kind == "altered":
            for line in reversed(events[:at]):
                if line.number not in found and line.octets and without_starttls(line.octets) == event.octets:
                    found[line.number] = event.octets, event.by
                    break
    return found


def _verdict(conversation: Conversation, rows: list[Line]) -> tuple[str, dict[str, object]]:
    """What a listener is left with, in one word of `tls.views`."""
    kinds = {row["which"] for row in rows if row["kind"] == "wall"}
    open_lines = sum(row["seen"]["is"] in ("open", "altered") for row in rows)
    attackers = [event.by for event in conversation.events if event.kind in ("altered", "substituted")]
    facts: dict[str, object] = {"lines": open_lines, "attacker": attackers[0] if attackers else ""}
    facts["count"] = f"{open_lines} readable line{'s' * (open_lines != 1)}"
    for which in ("stolen", "failed", "stands", "begins"):
        if which in kinds:
            return ("implicit" if which == "stands" and not open_lines else which), facts
    return ("stripped" if attackers else "open"), facts


def _code(conversation: Conversation) -> str:
    wire = conversation.wire
    ends = f'"{wire.client}", "{wire.server}"'
    acts = {"altered": "strip()", "substituted": "substitute({value!r})"}
    found = [(acts[event.kind], event.value) for event in conversation.events if event.kind in acts][:1]
    done = [f"lab.wire({ends}).{act.format(value=value)}  # then the same letter once more" for act, value in found]
    return "\n".join(["from labmail import widgets", "", *done, f"widgets.TwoViews(lab.conversation({ends}))"])


# ---- without a browser


def table(data: dict[str, Any]) -> list[list[str]]:
    """Who, what the ends say, what a listener has of it. TLS's own records after the handshake are left out: whether
    there are any is a matter of moments.
    """
    rows: list[list[str]] = []
    shaking = False
    for row in data["rows"]:
        if row["kind"] == "wall":
            shaking = row["which"] == "begins"
        if row["kind"] == "tls" and not shaking:
            continue
        who = {"client": "C", "server": "S", "": ""}[row["by"]]
        told = [who, row["text"], _plain(row["seen"], gone=row["kind"] == "discarded")]
        if row["kind"] == "wall":
            told = ["--", *told[1:]]
        if row["kind"] != "tls" or told != rows[-1]:  # how many sealed records a handshake takes is OpenSSL's affair
            rows.append(told)
    return rows


def _plain(seen: Line, *, gone: bool = False) -> str:
    words = {"open": "readable", "hello": "readable", "sealed": "sealed", "sealed-tls": "sealed", "stolen": "sealed"}
    if seen["is"] in ("wall", "altered"):
        return str(seen["text"]) + (f"  (changed by {seen['by']})" if seen["is"] == "altered" else "")
    if seen["is"] == "stolen":
        return f"{words['stolen']}: {seen['text']}, opened by {seen['by']}"
    if gone:
        return f"{words[seen['is']]}; the server throws it away"
    return words[seen["is"]] + (f": {seen['text']}" if seen["is"] in ("sealed", "sealed-tls") else "")


def text(data: dict[str, Any]) -> str:
    rows = [
        [who, said if len(said) <= LEFT_MAX else f"{said[: LEFT_MAX - 1]}…", seen] for who, said, seen in table(data)
    ]
    width = max([LEFT_MIN, *(len(said) for _, said, _ in rows)])
    told = [f"{who:<2} {said:<{width}}  {seen}".rstrip() for who, said, seen in [HEAD, *rows]]
    return "\n".join([data["title"], data["about"], data["says"], *told])
