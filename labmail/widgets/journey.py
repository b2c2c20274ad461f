"""The way of one letter: a map with buttons that send and fetch it and plugs to pull, and below it the timeline, live.

The map and its sentence come from the events, whoever caused them. The browser gets plain data and asks for three acts.
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
    """`Journey(lab)`: send Alice's letter, see it cross, fetch it on Bob's phone, unplug a host, send again."""

    _esm = script("parts.js", "rows.js", "lifelines.js", "stations.js", "journey.js")

    def __init__(self, lab: Any) -> None:
        self._lab, self._fate, self._did = Held(lab), journey.Fate(), list[str]()
        self._hosts = {name: lab.hosts[name] for name in journey.HOSTS if name in lab.hosts}
        self._heard = 0  # the number of the last event that the fate has heard
        self._hear_all(list(lab.record))
        self._fate.letters = len(lab.mailbox(journey.BOX))  # of a store in a file: older than the record
        hosts = [(name, host.address) for name, host in self._hosts.items()]
        deliver, fetch, switch = self.deliver, self.fetch, self.switch
        super().__init__(lab.record, title=TITLE, hosts=hosts, deliver=deliver, fetch=fetch, switch=switch)

    # ---- acts

    def deliver(self) -> None:
        """Alice's laptop hands the letter in, as `lab.submit` does it, and her provider's server sends it on."""
        self._refuse_if_over()
        self._lab().submit(labmail.cake, journey.BOX, at=journey.LAPTOP)
        self._act(f'lab.submit(cake, "{journey.BOX}")')

    def fetch(self) -> None:
        """Bob's phone fetches his last letter, as `lab.fetch` does it."""
        self._refuse_if_over()
        self._lab().fetch(journey.BOX, at=journey.PHONE)
        self._act(f'lab.fetch("{journey.BOX}")')

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
        hosts = self._hosts
        found = journey.chart(
            {name: host.address for name, host in hosts.items()},
            {name: host.up for name, host in hosts.items()},
            self._fate,
        )
        # an answer may overtake a batch: the browser keeps the latest
        return found | {"serial": self._heard + len(self._did), "code": self._code()}

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
        data, found = self._whole(), self.map
        caption = f"{data['title']}: {data['says']}"
        drawn = [static_table(journey.table(found["stations"]), head=journey.HEAD, caption=caption)]
        if checked := journey.checks_table(found["checks"]):
            drawn.append(static_table(checked, head=journey.CHECKED))
        if data["rows"]:
            drawn.append(static_table(timeline.table(data), head=timeline.HEAD, caption=data["about"]))
        return "".join(drawn)
