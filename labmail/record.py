"""The timeline: everything that happens in a lab is one Event, and every picture is a view of it.

Events are frozen and numbered per lab, in the order in which the loop saw them. Only the loop thread notes;
any thread may read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from labmail.errors import LabError

__all__ = ["EVENTS_MAX", "Conversation", "Event", "Record", "Wire"]

EVENTS_MAX = 50_000  # ours: about 25 MB; views say how many older ones are gone
EVENTS_SPARE = (
    5_000  # ours: so many older ones go at once, in some 2 ms; what is kept, the garbage collector looks through
)
BATCH_S = 0.05  # subscribers hear at most 20 batches a second: a notebook server drops messages above 1,000/s


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One connection, or one exchange of datagrams, as the ends see it. Addresses and ports are the lab's."""

    number: int  # per lab, in the order of admission
    protocol: str  # "smtp", "dns", ...
    client: str
    client_address: str
    client_port: int
    server: str
    server_address: str
    server_port: int
    over: str = "tcp"  # or "udp"

    def __str__(self) -> str:
        return f"{self.client} [{self.client_address}] to {self.server} [{self.server_address}] port {self.server_port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened.

    A session yields `kind`, `octets` and `value`; its carrier adds the rest. On a wire, `heard` is a line or packet
    of the client and `said` one of the server, so `by` is the host that put it there.
    """

    kind: str
    octets: bytes = b""  # exact, as sent
    value: object = None  # the command, reply, query, answer or verdict; None: the octets mean only themselves
    number: int = 0
    wire: Wire | None = None
    at: datetime | None = None  # lab time
    by: str = ""

    @property
    def shown(self) -> bytes:
        """The octets as they may be shown: without what is secret and differs from run to run, if the value knows."""
        mask = getattr(self.value, "mask", None)
        shown: bytes = mask(self.octets) if mask else self.octets
        return shown


class Conversation:
    """The lines of one wire, in order; its repr is the transcript."""

    def __init__(self, wire: Wire, events: Sequence[Event]) -> None:
        self.wire, self.events = wire, tuple(events)

    @property
    def lines(self) -> list[str]:
        """Its lines as strings with `C: ` or `S: ` before them, without their ends."""
        return [
            f"{'C' if event.kind == 'heard' else 'S'}: {event.shown.decode('utf-8', 'replace').rstrip()}".rstrip()
            for event in self.events
            if event.kind in ("heard", "said")
        ]

    @property
    def open(self) -> bool:
        return not any(event.kind == "close" for event in self.events)

    def __repr__(self) -> str:
        return "\n".join([str(self.wire), *self.lines])


class Record:
    """The last EVENTS_MAX events of a lab.

    `later(seconds, callback)` is the loop's timer, for the batches of `subscribe`; a record without one hands each
    event over at once.
    """

    def __init__(self, later: Callable[[float, Callable[[], None]], object] | None = None) -> None:
        self._later = later
        self._events: list[Event] = []
        self._first = 1  # the number of the oldest event kept
        self._lock = threading.Lock()  # taken for each event: a condition's own way to it takes longer
        self._changed = threading.Condition(self._lock)
        self._waiting = 0  # how many threads wait_for something
        self._subscribers: list[tuple[Callable[[list[Event]], None], list[Event]]] = []
        self._flushing = False
        self.over = ""  # why nothing more will come: "reset", "stopped"

    def note(self, event: Event, *, by: str, at: datetime, wire: Wire | None = None) -> Event:
        """Number an event and keep it. On the loop thread only."""
        return self.add(event.kind, event.octets, event.value, by=by, at=at, wire=wire)

    def add(
        self, kind: str, octets: bytes = b"", value: object = None, *, by: str, at: datetime, wire: Wire | None
    ) -> Event:
        """As `note`, without an event made only to be made again: for the many lines of a letter."""
        with self._lock:
            number = self._first + len(self._events)
            noted = Event(kind=kind, octets=octets, value=value, number=number, wire=wire, at=at, by=by)
            self._events.append(noted)
            if len(self._events) >= EVENTS_MAX + EVENTS_SPARE:
                del self._events[:-EVENTS_MAX]
                self._first = self._events[0].number
            if self._waiting:
                self._changed.notify_all()
        if self._subscribers:
            for _, batch in self._subscribers:
                batch.append(noted)
            self._flush_soon()
        return noted

    @property
    def gone(self) -> int:
        """How many of the oldest events are no longer kept."""
        with self._lock:
            return max(self._first + len(self._events) - 1 - EVENTS_MAX, 0)

    @property
    def events(self) -> tuple[Event, ...]:
        with self._lock:
            return tuple(self._events[-EVENTS_MAX:])

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __getitem__(self, number: int) -> Event:
        """The event with that number, counted from 1."""
        with self._lock:
            if self._first <= number < self._first + len(self._events):
                return self._events[number - self._first]
        raise LabError(f"event {number} is not in the record: it holds {self.gone + 1} to {self.gone + len(self)}")

    def since(self, number: int) -> tuple[Event, ...]:
        """The events after that number."""
        with self._lock:
            return tuple(self._events[max(number + 1 - self._first, 0) :])

    def filter(
        self, *, kind: str | None = None, by: str | None = None, protocol: str | None = None, wire: int | None = None
    ) -> list[Event]:
        """The events for which all that is given holds."""
        return [
            event
            for event in self.events
            if (kind is None or event.kind == kind)
            and (by is None or event.by == by)
            and (protocol is None or (event.wire is not None and event.wire.protocol == protocol))
            and (wire is None or (event.wire is not None and event.wire.number == wire))
        ]

    def wait_for(self, wanted: Callable[[Event], bool], timeout_s: float = 10) -> Event:
        """The first event, kept or to come, for which `wanted(event)` holds; `timeout_s` are real seconds.

        `wanted` is asked on this thread and under no lock: it may look at the lab, whose loop notes meanwhile.
        """
        until, seen = time.monotonic() + timeout_s, 0
        while True:
            fresh = self._later_than(seen, until)
            for event in fresh:
                if wanted(event):
                    return event
            if not fresh or time.monotonic() > until:
                break
            seen = fresh[-1].number
        raise LabError(f"waited {timeout_s} s for an event that did not come; the record holds {len(self)}")

    def _later_than(self, number: int, until: float) -> tuple[Event, ...]:
        """The events after that number, as soon as there is one; none, if the time is up."""
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: self._first + len(self._events) > number + 1, until - time.monotonic())
            finally:
                self._waiting -= 1
        return self.since(number)

    def subscribe(self, hear: Callable[[list[Event]], None]) -> Callable[[], None]:
        """Hand every later event to `hear`, in batches, on the loop's thread; the result ends it."""
        entry: tuple[Callable[[list[Event]], None], list[Event]] = (hear, [])
        self._subscribers = [*self._subscribers, entry]

        def leave() -> None:
            self._subscribers = [other for other in self._subscribers if other is not entry]

        return leave

    def end(self, why: str) -> None:
        """Nothing more will come; subscribers hear an empty batch. On the loop thread only."""
        self._flush()
        self.over = why
        for hear, _ in self._subscribers:
            hear([])

    def _flush_soon(self) -> None:
        if self._later is None:
            self._flush()
        elif not self._flushing:
            self._flushing = True
            self._later(BATCH_S, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        for hear, batch in self._subscribers:
            events, batch[:] = batch[:], []
            if events:
                hear(events)
