"""The DNS explorer: ask, and see every octet of question and answer; edit the zone; see which host is tried first.

The browser gets plain data and asks for acts by name. `Desk` alone knows the lab, and of it only what a learner has.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import traitlets

import labmail
from labmail.errors import LabError, LabStopped, ZoneError, needs_text
from labmail.record import Event
from labmail.views import dns, timeline
from labmail.widgets.face import Face, Held, script, static_table

__all__ = ["TYPES", "DnsExplorer"]

Data = dict[str, Any]
LOG_MAX = 20  # exchanges kept with all their octets, about 14 kB each; lab.record has them all
TYPES = ("MX", "A", "AAAA", "TXT", "CNAME", "NS", "SOA", "PTR")
BOB = "bob@example.com"
ADVANCE_MIN = 5  # the TTL of the lab's zones


class Desk:
    """A learner's acts on the lab, from one host; each adds the line of code that would do the same."""

    def __init__(self, lab: Any, at: str) -> None:
        self._held, self.at = Held(lab), at
        self.code: list[str] = []
        self._state: Data = {}

    @property
    def lab(self) -> Any:
        return self._held()

    def ask(self, name: str, type: str) -> Data | None:
        """Ask from the host; for MX as its mail server does, and the hosts' order comes back."""
        with self.lab.at(self.at):
            resolver = self.lab.resolver
            if type == "MX":
                found = dns.order(dns.search(name, resolver, self.at))
            else:
                resolver.lookup(name, type)
        self.code.append(f"face.ask({_quoted(name)}, {_quoted(type)})")
        return found if type == "MX" else None

    def send(self, to: str) -> Data:
        delivery = self.lab.send(labmail.cake, to, at=self.at)
        self.code.append("face.deliver()")
        return dns.order(delivery.lookups[0], delivery)

    def publish(self, origin: str, text: str) -> Data:
        zone = self.lab.zone(origin)
        zone.publish(text)
        written = text.rstrip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        self.code.append(f'lab.zone("{origin}").publish("""\\\n{written}\n""")')
        return dns.told("dns.zone", "published", {"serial": zone["@", "SOA"][0].split()[2]})

    def switch(self, host: str, up: bool) -> None:
        act = "start" if up else "stop"
        getattr(self.lab.host(host), act)()
        self.code.append(f'lab.host("{host}").{act}()')

    def advance(self) -> None:
        self.lab.clock.advance(minutes=ADVANCE_MIN)
        self.code.append(f"lab.clock.advance(minutes={ADVANCE_MIN})")

    def settle(self) -> None:
        """Wait until nothing moves: what an act has caused is on the record then."""
        _ = self.lab.record

    def zone_of(self, name: str) -> str:
        """The zone nearest above a name."""
        needs_text("a domain name", name, "example.com")
        labels = name.removesuffix(".").split(".")
        above = [".".join(labels[at:]) for at in range(len(labels))]
        return next((origin for origin in above if origin in self.lab.zones), next(iter(self.lab.zones)))

    def state(self, origin: str, hosts: list[str]) -> Data:
        """What a look at the lab shows now. It waits for nothing, so that the loop's own thread may look."""
        try:
            lab = self.lab
        except LabStopped:
            return self._state  # as it was at the end
        with lab.at(self.at):
            remembered = dns.memory(lab.resolver.cache)
        known = lab.hosts
        self._state = {
            "zone": lab.zones[origin].text,
            "memory": remembered,
            "clock": f"{lab.clock.now:%H:%M:%S}",
            "up": {host: known[host].up for host in hosts if host in known},
        }
        return self._state


class DnsExplorer(Face):
    """`DnsExplorer(lab)`, or with another name, type and host: it asks at once, and on each press of Ask.

    `to` is who gets the cake; `zone` is the one to edit, by default that of the name.
    """

    _esm = script("parts.js", "zone.js", "dns.js")
    log: traitlets.List[Data] = traitlets.List().tag(sync=True)
    _leave: Callable[[], None] = staticmethod(lambda: None)  # one that was never made is closed as well

    def __init__(
        self,
        lab: Any,
        name: str = "example.com",
        type: str = "MX",
        *,
        at: str = "mail.example.net",
        to: str = BOB,
        zone: str | None = None,
    ) -> None:
        self._desk, self._to = Desk(lab, at), to
        self._zone = zone or self._desk.zone_of(name)
        edits = f", zone={_quoted(zone)}" if zone else ""
        gets = f", to={_quoted(to)}" if to != BOB else ""
        self._begun = f"widgets.DnsExplorer(lab, {_quoted(name)}, {_quoted(type)}, at={_quoted(at)}{gets}{edits})"
        self._exchanges, self._lock = dns.Exchanges(), threading.RLock()
        self._log: list[Data] = []  # the last LOG_MAX
        self._count = 0  # exchanges so far
        self._asked: Data = {"name": name, "type": type}
        self._order: Data | None = None
        self._words: Data = {"ask": "", "zone": None, "published": None}  # what the last act of each kind said
        self._order = self._desk.ask(name, type)
        self._desk.code.clear()  # to show this is to ask it
        self._record = lab.record
        self._last = 0
        self._leave: Callable[[], None] = lambda: None
        self._hear_events(list(self._record))
        acts: dict[str, Callable[..., object]] = {"ask": self.ask, "deliver": self.deliver, "publish": self.publish}
        acts |= {"switch": self.switch, "advance": self.advance, "since": self.since}
        super().__init__(self._data(), **acts)
        self.log = list(self._log)
        self._leave = self._record.subscribe(self._take)

    # ---- acts

    def ask(self, name: str, type: str) -> int | None:
        """The result is the number of the exchange to show."""
        before, name = self._count, name.strip()
        self._words["ask"] = ""
        try:
            order = self._desk.ask(name, type)
        except LabError as fault:
            self._words["ask"] = str(fault)
            self._renew()
            return None
        self._asked, self._order = {"name": name, "type": type}, order or self._order
        self._renew()
        return self._fresh(before)[0]["n"] if self._count > before else None

    def deliver(self) -> None:
        self._words["ask"] = ""
        try:
            self._order = self._desk.send(self._recipient())
        except LabError as fault:
            self._words["ask"] = str(fault)
        self._renew()

    def publish(self, text: str) -> bool:
        """Whether the new zone answers; if not, the widget says which line breaks which rule."""
        self._words |= {"zone": None, "published": None}
        try:
            self._words["published"] = self._desk.publish(self._zone, text)
        except ZoneError as fault:
            self._words["zone"] = {"says": str(fault), "line": fault.line, "rfc": _link(fault.rfc)}
        self._renew()
        return self._words["zone"] is None

    def switch(self, host: str, up: bool) -> None:
        """Start a host's servers, or stop them; as often as you like."""
        self._desk.switch(host, up)
        self._renew()

    def advance(self) -> None:
        self._desk.advance()
        self._renew()

    def since(self) -> Data:
        """All exchanges that are kept, for a view that starts or has missed some."""
        with self._lock:
            return {"at": self._count - len(self._log), "entries": self._log}

    def close(self) -> None:
        self._leave()
        super().close()

    # ---- what comes of them

    def _renew(self) -> None:
        """After an act: all that came of it, and not only what the last batch brought."""
        self._desk.settle()
        self._take(list(self._record.since(self._last)))

    def _take(self, events: list[Event]) -> None:
        """New events, on whichever thread; or none, and the rest may have changed."""
        with self._lock:
            before = self._count
            self._hear_events(events)
            if self._count > before:
                fresh = self._fresh(before)
                self.send({"more": {"at": self._count - len(fresh), "entries": fresh}})
            self.data = self._data()

    def _fresh(self, before: int) -> list[Data]:
        return self._log[-min(self._count - before, LOG_MAX) :]

    def _hear_events(self, events: list[Event]) -> None:
        for event in events:
            if event.number > self._last:
                self._last = event.number
                if entry := self._exchanges.tell(event):
                    self._count += 1
                    self._log = [*self._log, entry][-LOG_MAX:]

    def _recipient(self) -> str:
        domain = self._order["domain"] if self._order else self._asked["name"]
        return self._to if self._to.endswith(f"@{domain}") else f"postmaster@{domain}"

    def _data(self) -> Data:
        hosts = [row["host"] for row in self._order["rows"]] if self._order else []
        shown = self._shown()
        return {
            "title": shown["title"],
            "at": self._desk.at,
            "asked": self._asked,
            "types": list(TYPES),
            "origin": self._zone,
            "order": self._order,
            "to": self._recipient(),
            "words": dict(self._words),
            "over": timeline.over(self._record.over),
            "minutes": ADVANCE_MIN,
            "code": self._code(),
            **self._desk.state(self._zone, hosts),
        }

    def _shown(self) -> Data:
        """The exchange that a first look shows: the latest with this question and with packets."""
        same = [entry for entry in self._log if self._asked.items() <= entry.items()]
        return next((entry for entry in reversed(same) if entry["packets"]), (same or self._log)[-1])

    def _code(self) -> str:
        """What comes to the same: the explorer as it began, and all that was done with it since."""
        acts = [f"face = {self._begun}", *self._desk.code, "face"] if self._desk.code else [self._begun]
        return "\n".join(["from labmail import widgets", "", *acts])

    def __repr__(self) -> str:
        return dns.text(self._shown(), self._order)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[Data, Data]:
        self._renew()  # what was done without it since
        return super()._repr_mimebundle_(**kwargs)

    def _static_html(self) -> str:
        shown = self._shown()
        return static_table(dns.table(shown), head=dns.HEAD, caption=f"{shown['title']} {shown['about']}")


def _quoted(text: str) -> str:
    """The text as Python with double quotes writes it."""
    return json.dumps(text, ensure_ascii=False)


def _link(rfc: str) -> Data | None:
    """`RFC 1034 section 3.6.2` as a link."""
    match rfc.split():
        case ["RFC", number, "section", section]:
            return {"name": rfc, "href": f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"}
    return None
