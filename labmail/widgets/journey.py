"""The way of one letter: a map with a button that sends it and plugs to pull, and below it the timeline, live.

The map and its sentence come from the events, whoever caused them. The browser gets plain data and asks for two acts.
"""

from __future__ import annotations

import json
from typing import Any

import labmail
from labmail.errors import LabError
from labmail.record import Event
from labmail.views import journey, timeline
from labmail.widgets.face import Held, script, static_table
from labmail.widgets.timeline import Timeline

__all__ = ["Journey"]

TITLE = "How Alice’s letter reaches Bob"
AGAIN = "Run the cell that shows this once more."


class Journey(Timeline):
    """`Journey(lab)`: send Alice's letter, see it cross, unplug a host, send again."""

    _esm = script("parts.js", "rows.js", "lifelines.js", "journey.js")

    def __init__(self, lab: Any) -> None:
        self._lab, self._fate, self._did = Held(lab), journey.Fate(), list[str]()
        self._hosts = {name: lab.hosts[name] for name in journey.HOSTS if name in lab.hosts}
        self._heard = 0  # the number of the last event that the fate has heard
        self._hear_all(list(lab.record))
        self._fate.letters = len(lab.mailbox(journey.BOX))  # of a store in a file: older than the record
        hosts = [(name, host.address) for name, host in self._hosts.items()]
        super().__init__(lab.record, title=TITLE, hosts=hosts, deliver=self.deliver, switch=self.switch)

    # ---- acts

    def deliver(self) -> None:
        """mail.example.net delivers the letter, as `lab.send` does it."""
        self._refuse_if_over()
        self._lab().send(labmail.cake, journey.BOX, at=journey.SENDER)
        self._act(f'lab.send(cake, "{journey.BOX}", at="{journey.SENDER}")')

    def switch(self, host: str, up: bool) -> None:
        """Pull a host's plug, or put it in again; as often as you like."""
        self._refuse_if_over()
        act = "start" if up else "stop"
        getattr(self._lab().host(host), act)()
        self._act(f"lab.host({json.dumps(host)}).{act}()")

    def _refuse_if_over(self) -> None:
        if self._record is not None and self._record.over:
            raise LabError(f"{timeline.over(self._record.over)} {AGAIN}")

    def _act(self, code: str) -> None:
        """After an act: all that came of it is told before the browser hears that it is done."""
        _ = self._lab().record  # once all is quiet
        letters = len(self._lab().mailbox(journey.BOX))  # the mailbox knows best: letters are taken out of it, too
        self._catch_up()
        with self._lock:
            self._did.append(code)
            self._fate.letters = letters
            self.send({"more": self._batch(len(self._story.rows), self._lengths)})

    # ---- what comes of them

    def _take(self, events: list[Event]) -> None:
        with self._lock:
            self._hear_all(events)
            super()._take(events)

    def _hear_all(self, events: list[Event]) -> None:
        for event in events:
            if event.number > self._heard:
                self._heard = event.number
                self._fate.tell(event)

    def _batch(self, count: int, lengths: dict[str, int]) -> dict[str, Any]:
        return super()._batch(count, lengths) | {"map": self.map}

    def _data(self) -> dict[str, Any]:
        return super()._data() | {"map": self.map}

    @property
    def map(self) -> dict[str, Any]:
        """The machines and the letter, as they are now."""
        fate, hosts = self._fate, self._hosts
        places = journey.stations(
            {name: host.address for name, host in hosts.items()},
            {name: host.up for name, host in hosts.items()},
            fate.letters,
        )
        return {
            "serial": self._heard + len(self._did),  # an answer may overtake a batch: the browser keeps the latest
            "stations": places,
            "letter": len(places) - 1 if fate.delivered else 0,
            "says": fate.says(),
            "going": journey.going(),
            "code": self._code(),
        }

    def _code(self) -> str:
        """What comes to the same in a lab like this one: all that was done with it, and then the widget."""
        names = "cake, widgets" if any("cake" in line for line in self._did) else "widgets"
        return "\n".join([f"from labmail import {names}", "", *self._did, "widgets.Journey(lab)"])

    def _whole(self) -> dict[str, Any]:
        return super()._whole() | {"says": self._fate.says()}

    def __repr__(self) -> str:
        data = self._whole()
        return timeline.text(data) if data["rows"] else f"{data['title']}: {data['says']} {data['about']}"

    def _static_html(self) -> str:
        data, places = self._whole(), self.map["stations"]
        drawn = static_table(journey.table(places), head=journey.HEAD, caption=f"{data['title']}: {data['says']}")
        if not data["rows"]:
            return drawn
        return drawn + static_table(timeline.table(data), head=timeline.HEAD, caption=data["about"])
