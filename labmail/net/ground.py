"""What every wire stands on: the lab's loop with its timeline, the weather, and what hosts offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from labmail.net.gate import Gate, Weather
from labmail.net.loop import Loop
from labmail.record import Event, Record, Wire

__all__ = ["Ground", "Service", "Standing"]

READ_MAX_OCTETS = 65_536  # at once from one wire: as much as a socket's buffer holds by default, and a little more


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a host offers on a port. `make(tap)` is the server's protocol for one connection; for datagrams, the tap
    is the wire's exchange and the protocol a session."""

    host: str
    port: int
    protocol: str
    make: Callable[[Any], Any]
    over: str = "tcp"


class Standing(Protocol):
    """A connection that was welcome, and has not ended."""

    wire: Wire
    inward: Gate
    outward: Gate

    def abort(self) -> None: ...


class Ground(Loop):
    """Known to a wire; which hosts there are and where they listen is not."""

    record: Record

    def __init__(self) -> None:
        self.wires: dict[int, Standing] = {}
        self.inbox = memoryview(bytearray(READ_MAX_OCTETS))
        self._weather: dict[tuple[str, str], tuple[Weather, Weather]] = {}
        super().__init__()

    def note(self, event: Event, *, by: str, wire: Wire | None = None) -> Event:
        return self.record.note(event, by=by, at=self.agenda.now, wire=wire)

    def weather_between(self, client: str, server: str) -> tuple[Weather, Weather]:
        return self._weather.get((client, server), (Weather(), Weather()))

    def taps_between(self, client: str, server: str) -> list[Standing]:
        return [tap for tap in self.wires.values() if (tap.wire.client, tap.wire.server) == (client, server)]
