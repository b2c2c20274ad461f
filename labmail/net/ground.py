"""What every wire stands on: the lab's loop with its timeline, the weather, and what hosts offer."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from labmail.net.gate import Gate, Weather
from labmail.net.loop import Loop
from labmail.net.pace import Job
from labmail.record import Event, Record, Wire

__all__ = ["Ground", "Service", "Standing"]

READ_MAX_OCTETS = 65_536  # at once from one wire: as much as a socket's buffer holds by default, and a little more


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a host offers on a port. `make(tap)` is the server's protocol for one connection; for datagrams, the tap
    is the wire's exchange and the protocol a session.

    With `tls`, a server may start TLS: for a connection and a kind of certificate, its own if none is named, it gives
    the context and says which kind it is. With `implicit`, the server begins with it.
    """

    host: str
    port: int
    protocol: str
    make: Callable[[Any], Any]
    over: str = "tcp"
    tls: Callable[[Any, str], Awaitable[tuple[ssl.SSLContext, str]]] | None = None
    implicit: bool = False
    name: str = ""  # as it is listed: "submission" speaks smtp


class Standing(Protocol):
    """A connection that was welcome, and has not ended."""

    wire: Wire
    inward: Gate
    outward: Gate

    def abort(self) -> None: ...

    def afterwards(self, job: Job, why: str) -> None: ...


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
