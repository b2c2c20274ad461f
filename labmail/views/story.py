"""From events, as they come, to the rows of a timeline: who, to whom, what it says, what it means, where it belongs.

A Story needs no look ahead, so a live timeline and one of the past are the same. What many rows share (hosts, wires,
stages, meanings, the letter's fate) stands once, in tables that only grow; a row holds places in them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from labmail.dns.message import Answer
from labmail.record import Event, Wire
from labmail.smtp.deliver import Choice
from labmail.views import packets, reading
from labmail.views.letters import Letters
from labmail.views.line import Reader, meaning
from labmail.views.notes import NAMES, NOTES, PLACE, plain

__all__ = ["TABLES", "Story"]

Row = dict[str, Any]
TABLES = ("hosts", "wires", "stages", "meanings", "letters")
RELAY = 25  # RFC 5321 section 4.5.4.2
SUBMISSION = (465, 587)  # RFC 8314 section 3.3, RFC 6409 section 3.1
OF_USERS = (*SUBMISSION, 110, 143, 993, 995)  # and where letters are read: RFC 8314 section 3


class Story:
    """`tell(event)` gives its row; `rows` are all so far. `hosts` have lifelines before anything happens to them."""

    def __init__(self, hosts: Iterable[tuple[str, str]] = ()) -> None:
        self.rows: list[Row] = []
        self.tables: dict[str, list[Any]] = {name: [] for name in TABLES}
        self._seen: dict[str, dict[Hashable, int]] = {name: {} for name in TABLES}
        self._readers: dict[int, Reader] = {}  # by wire
        self._letters = Letters()
        self._addresses: dict[str, str] = {}  # as DNS gave them
        self._stage: Hashable = None
        self._down: set[str] = set()  # hosts that are unplugged
        self.met: set[int] = set()  # the hosts to which something has happened
        for name, address in hosts:
            self._lifeline(name, address)

    def tell(self, event: Event) -> Row:
        wire = event.wire
        row: Row = {
            "n": event.number,
            "kind": event.kind,
            "at": event.at.strftime("%H:%M:%S") if event.at else "",
            "by": "",
            "text": "",
            "end": "",
            "code": "",
            "octets": event.octets.hex(),
            "binary": False,
            "result": None,
            "details": [],  # what else there is to know: names and values
            "lock": "TLS"
            if event.sealed
            else None,  # how the octets are sealed on the wire; None: readable by everyone between
            "main": True,
            "wire": None if wire is None else self._place("wires", wire.number, lambda: _wire(wire)),
        }
        spoken = wire is not None and event.octets and event.kind in ("heard", "said")
        row |= self._said(event, wire) if wire and spoken else self._noted(event)
        told = row.pop("meaning")
        row["meaning"] = self._place("meanings", str(told), lambda: told) if told["says"] else None
        self._letters.hear(event, row)
        row["stage"] = self._stage_of(event, row)
        row["letter"] = self._letter()
        self._letters.leave(event)
        self.rows.append(row)
        return row

    # ---- what was put on a wire

    def _said(self, event: Event, wire: Wire) -> Row:
        hears = wire.server if event.kind == "heard" else wire.client
        row: Row = {"by": "client" if event.kind == "heard" else "server", **self._lanes(event.by, hears, wire)}
        if wire.protocol == "dns":
            self._addresses |= packets.addresses(event)
            return row | packets.line(event)
        line = self._reader(wire).read(event)
        row |= {key: line[key] for key in ("octets", "text", "end", "part", "code", "result", "details", "main")}
        return row | {"meaning": {"says": line["says"], "rfc": line["rfc"]}}

    def _reader(self, wire: Wire) -> Reader:
        if wire.number not in self._readers:
            self._readers[wire.number] = reading.reader(wire.protocol)
        return self._readers[wire.number]

    # ---- what happened beside the words

    def _noted(self, event: Event) -> Row:
        note = NOTES.get(event.kind, plain)(event)
        if event.kind in ("stopped", "started"):
            self._addresses[event.by] = str(event.value)
            (self._down.add if event.kind == "stopped" else self._down.discard)(event.by)
        key = self._refusal(event) or note.pop("key", event.kind)
        goes = note.pop("to", event.by)
        told = meaning(("timeline.event", key), ("timeline.event", "note"))
        lanes = {"from": None, "to": None} if event.by == "lab" else self._lanes(event.by, goes, event.wire)
        return {"meaning": told, "part": "note", **lanes, **note}

    def _refusal(self, event: Event) -> str:
        """Why a host that is unplugged did not listen, and what its client does then."""
        aim = PLACE.match(str(event.value)) if event.kind == "refused" else None
        if aim is None or aim["host"] not in self._down:
            return ""
        port = int(aim["port"])
        return "refused-relay" if port == RELAY else "refused-user" if port in OF_USERS else "refused-unplugged"

    def _lanes(self, source: str, target: str, wire: Wire | None) -> Row:
        return {"from": self._host(source, wire), "to": self._host(target, wire)}

    def _host(self, name: str, wire: Wire | None) -> int:
        """Its lifeline. Its address is that of its wire, or what DNS said before."""
        address = self._addresses.get(name, "")
        if wire is not None and name in (wire.client, wire.server):
            address = wire.client_address if name == wire.client else wire.server_address
        place = self._lifeline(name, address)
        self.met.add(place)
        return place

    def _lifeline(self, name: str, address: str) -> int:
        return self._place("hosts", name, lambda: {"name": name, "address": address})

    # ---- the stages: derived from who talks to whom, in which protocol

    def _stage_of(self, event: Event, row: Row) -> int | None:
        key, name, about = self._stage_named(event, row)
        if key is not None and key != self._stage:
            self._stage = key
            self.tables["stages"].append({"name": name, "about": about})
        return len(self.tables["stages"]) - 1 if self.tables["stages"] else None

    def _stage_named(self, event: Event, row: Row) -> tuple[Hashable, str, str]:
        wire = event.wire
        if wire is None:
            return self._stage_aside(event)
        if event.kind == "verdict":
            return self._stage_of_lookup(event.by, "", "")
        if wire.protocol == "dns":
            return self._stage_of_lookup(wire.client, wire.server, row["text"])
        ends = f"{wire.client} to {wire.server}, port {wire.server_port}"
        if self._stage == ("hand", ends):  # as announced
            self._stage = (wire.number, "hand")
        if wire.protocol == "http" and self._stage in (("find", wire.client), ("policy", wire.client)):
            return ("policy", wire.client), "Fetch the policy", ends  # of MTA-STS: RFC 8461 section 3.3
        if wire.protocol != "smtp":
            name = self._reader(wire).stage or wire.protocol.upper()
            return (wire.number, name), name, ends
        if self._letters.is_kept(wire.number):
            if wire.server_port in SUBMISSION:
                return (wire.number, "keep"), "Take in", f"{wire.server} answers for it now, and sends it on"
            return (wire.number, "keep"), "Keep", "and only then say yes"
        return (wire.number, "hand"), "Hand in" if wire.server_port in SUBMISSION else "Hand over", ends

    def _stage_aside(self, event: Event) -> tuple[Hashable, str, str]:
        if event.kind in ("refused", "timeout") and (aim := PLACE.match(str(event.value))):
            if int(aim["port"]) == NAMES:
                return self._stage_of_lookup(event.by, aim["host"], "")
            ends = f"{event.by} to {aim['host']}, port {aim['port']}"
            return ("hand", ends), "Hand over", ends
        if event.kind in ("signed", "unsigned"):
            return ("sign", event.number), "Sign", f"{event.by} puts its name to the letter, if it can"
        if event.kind == "written":
            return ("write", event.number), "Write", f"{event.by} has a letter"
        if event.kind in ("stopped", "started"):
            return ("plug",), "Meanwhile", "somebody is at the plugs"
        if isinstance(event.value, Choice):
            ends = f"{event.by} to {event.value.server}, port {RELAY}"
            return ("hand", ends), "Hand over", ends
        if isinstance(event.value, Answer):
            return self._stage_of_lookup(event.by, "", packets.question(event.value.name, event.value.type))
        return None, "", ""  # it belongs where the story is

    def _stage_of_lookup(self, asker: str, server: str, question: str) -> tuple[Hashable, str, str]:
        if self._letters.is_receiving(asker):
            return ("judge", asker), "Judge", f"{asker} asks what others have published"
        if self._stage in (("find", asker), ("look", asker)):
            return self._stage, "", ""
        if found := packets.MAIL_QUESTION.match(question):
            return ("find", asker), "Find the server", f"who takes mail for {found['name']}?"
        return ("look", asker), "Look up", f"{asker} asks {server}" if server else f"{asker} asks its own memory"

    # ---- the tables

    def _letter(self) -> int | None:
        letter = self._letters.now
        return self._place("letters", str(letter), lambda: letter) if letter else None

    def _place(self, table: str, key: Hashable, make: Callable[[], Any]) -> int:
        seen = self._seen[table]
        if key not in seen:
            seen[key] = len(self.tables[table])
            self.tables[table].append(make())
        return seen[key]


def _wire(wire: Wire) -> Row:
    """A wire as the detail of a row names it."""
    ends = f"port {wire.client_port} to port {wire.server_port}, {wire.over.upper()}"
    return {"number": wire.number, "protocol": wire.protocol, "ends": ends}
