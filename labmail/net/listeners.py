"""What the hosts of a lab offer: each listener on loopback is the far end of an address and a port of the lab."""

from __future__ import annotations

import asyncio
import itertools
import weakref
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from labmail.errors import LabError, UnknownHost, cited
from labmail.net.book import Book
from labmail.net.datagram import Datagrams
from labmail.net.gate import Weather
from labmail.net.ground import Ground, Service, Standing
from labmail.net.loop import STOP_MAX_S
from labmail.net.page import Sifted, UnixPage
from labmail.net.tap import Tap, Ticket
from labmail.record import Event, Record, Wire

__all__ = ["LOOPBACK", "Listeners", "Place"]

LOOPBACK = "127.0.0.1"
PORT_FIRST = 49152  # the first port a client uses: RFC 6335 section 6
PORTS = 65536 - PORT_FIRST
FREE_PORT_TRIES = 20
ARRIVING_TURNS = 3  # of the loop, until what was accepted has its transport and can be cut

Place = tuple[str, int, str]  # address, port, "tcp" or "udp"


class Listeners(Ground):
    """The hosts of one lab, what they offer, and the weather on the wires to it."""

    def __init__(self, *, memory: bool = False) -> None:
        self.memory = memory
        self.hosts: dict[str, str] = {}  # name -> address
        self.services: dict[Place, Service] = {}
        self.book = Book()
        self.resolve: Callable[[str, str], str] = self._by_host_name  # (who asks, name) -> address; blocking
        self.is_lab_name: Callable[[str], bool] = lambda name: name in self.hosts
        self.filtered: set[tuple[str, int]] = set()  # (host, port): what the host's provider does not let out
        self._listeners: dict[Place, Any] = {}
        self._doors: dict[tuple[str, int, str], list[Any]] = {}  # exposed on purpose: address, port, as whom
        self._pages: list[UnixPage] = []
        self._clients: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        super().__init__()
        self._begin()

    def _begin(self) -> None:
        self._numbers = itertools.count(1)
        self._ports: dict[str, itertools.count[int]] = {}
        self.record = Record(self.loop.call_later)

    # ---- the timeline

    def jumped(self, jump: timedelta) -> None:
        self.note(Event(kind="jump", value=jump), by="lab")

    def failed(self, why: str, fault: Exception) -> None:
        self.note(Event(kind="fault", value=f"{why}: {type(fault).__name__}: {fault}"), by="lab")
        super().failed(why, fault)

    # ---- hosts, services, weather: on the loop

    def address_of(self, host: str) -> str:
        if isinstance(host, str) and host in self.hosts:
            return self.hosts[host]
        known = ", ".join(sorted(self.hosts))
        raise UnknownHost(f"{cited(host)} is no host of this lab; it has {known}")

    def name_of(self, address: str) -> str | None:
        return next((name for name, own in self.hosts.items() if own == address), None)

    async def listen(self, *services: Service) -> None:
        for service in services:
            place = self.address_of(service.host), service.port, service.over
            if place in self.services:
                raise LabError(f"{service.host} already listens on port {service.port}")
            self.services[place] = service
            if not self.memory:
                self._listeners[place] = await self._listener(place, self.book.arrive)

    async def unlisten(self, host: str) -> None:
        """Stop everything that a host offers; who connects from now on is refused, and open wires are cut."""
        address = self.address_of(host)
        for place in [place for place in self.services if place[0] == address]:
            del self.services[place]
            if not self.memory:
                self._listeners.pop(place).close()
        for tap in [tap for tap in self.wires.values() if tap.wire.server == host]:
            tap.abort()

    def set_weather(self, client: str, server: str, there: Weather, back: Weather) -> None:
        """From now on, on open wires and on those to come: client to server, and back."""
        self._weather[client, server] = there, back
        for tap in self.taps_between(client, server):
            tap.inward.change(there)
            tap.outward.change(back)

    async def reset(self) -> None:
        """Cut every wire, clear the sky and go back to the first minute with a new record. Listeners stay."""
        await self._let_go()
        self._weather.clear()
        self.record.end("reset")
        self._begin()

    def why(self) -> str:
        held = [
            f"{len(gate.waiting)} lines are held on the wire from {ends}"
            for tap in self.wires.values()
            for gate, ends in (
                (tap.inward, f"{tap.wire.client} to {tap.wire.server}"),
                (tap.outward, f"{tap.wire.server} to {tap.wire.client}"),
            )
            if gate.waiting
        ]
        return " ".join(["; ".join(held) + "."] * bool(held) + [super().why()])

    # ---- exposed on purpose

    async def expose(self, target: str, port: int, outsider: str) -> tuple[str, int]:
        """Open a free loopback port for a service, the same until it ends; who comes there sits at `outsider`.

        What a host offers on a port over TCP and UDP shares the number, as a name server's clients expect.
        """
        key = target, port, outsider
        if key not in self._doors:
            places = [place for place in self.services if place[:2] == (target, port)]
            if not places:
                raise LabError(f"{self.name_of(target) or target} offers nothing on port {port}")
            self._doors[key] = await self._open_doors(places, outsider)
        return LOOPBACK, int(_name(self._doors[key][0])[1])

    async def _open_doors(self, places: list[Place], outsider: str) -> list[Any]:
        for _ in range(FREE_PORT_TRIES):
            opened: list[Any] = []
            try:
                for place in places:
                    number = _name(opened[0])[1] if opened else 0
                    opened.append(await self._listener(place, self._welcome_to(place, outsider), outsider, number))
            except OSError:  # the number is free for one of them only
                for listener in opened:
                    listener.close()
                continue
            return opened
        raise LabError(f"no loopback port was free for {places[0][0]} port {places[0][1]}")

    def _welcome_to(self, place: Place, outsider: str, *, exposed: bool = True) -> Callable[[Tap, Ticket], None]:
        return lambda tap, _: tap.admit(self._wire(outsider, place), exposed=exposed)

    async def open_page(
        self, target: str, port: int, visitor: str, path: Path, sieve: Callable[[], Callable[[bytes], bytes]]
    ) -> None:
        """Open a service on a Unix socket of this user; who comes there is the user, and sits at `visitor`.

        Of what comes in on one connection, the lab hears only what a `sieve()` leaves.
        """
        place = target, port, "tcp"
        page = UnixPage(path)
        answer = self._answerer(place, self._welcome_to(place, visitor, exposed=False))
        await page.open(self.loop, lambda: Sifted(answer(), sieve()))
        for former in [former for former in self._pages if former.path == path]:
            former.close()
            self._pages.remove(former)
        self._pages.append(page)

    def unexpose(self) -> None:
        while self._pages:
            self._pages.pop().close()
        for opened in self._doors.values():
            for listener in opened:
                listener.close()
        self._doors.clear()

    # ---- the end

    async def close(self) -> None:
        self.unexpose()
        for listener in self._listeners.values():
            listener.close()
        await self._let_go()
        self.record.end("stopped")

    async def _let_go(self) -> None:
        """Cut every wire, drop every job, and cut what a job had just opened."""
        await self._cut_all()
        await self.forget()
        await self._cut_all()

    async def _cut_all(self) -> None:
        for _ in range(ARRIVING_TURNS):
            await asyncio.sleep(0)
        ends: list[Standing | asyncio.Transport] = [*self.wires.values(), *self.book.strangers(), *self._clients]
        for end in ends:
            end.abort()
        async with asyncio.timeout(STOP_MAX_S):
            while self.wires or self.book.strangers():  # each leaves in connection_lost
                await asyncio.sleep(0)

    # ---- inside

    def _by_host_name(self, _host: str, name: str) -> str:
        return self.address_of(name.rstrip(".").lower())

    def _door(self, place: Place) -> tuple[str, int]:
        return LOOPBACK, int(_name(self._listeners[place])[1])

    async def _listener(
        self, place: Place, welcome: Callable[[Tap, Ticket], None], outsider: str = "", number: int = 0
    ) -> Any:
        if place[2] == "udp":
            stranger = (lambda: self._wire(outsider, place)) if outsider else (lambda: None)
            transport, _ = await self.loop.create_datagram_endpoint(
                lambda: Datagrams(self, self.book, lambda: self.services.get(place), stranger),
                local_addr=(LOOPBACK, number),
            )
            return transport

        return await self.loop.create_server(self._answerer(place, welcome), LOOPBACK, number, backlog=1024)

    def _answerer(self, place: Place, welcome: Callable[[Tap, Ticket], None]) -> Callable[[], asyncio.Protocol]:
        def answer() -> asyncio.Protocol:
            service = self.services.get(place)
            return Tap(self, service, welcome, self.book.forget) if service else _Nobody()

        return answer

    def _wire(self, host: str, place: Place) -> Wire:
        service = self.services[place]
        ports = self._ports.setdefault(host, itertools.count())
        return Wire(
            number=next(self._numbers),
            protocol=service.protocol,
            client=host,
            client_address=self.address_of(host),
            client_port=PORT_FIRST + next(ports) % PORTS,
            server=service.host,
            server_address=place[0],
            server_port=place[1],
            over=place[2],
        )


class _Nobody(asyncio.Protocol):
    """An exposed port whose service is down: the port stays ours, and whoever comes is cut off."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def _name(listener: Any) -> Any:
    """Where a listener, or a datagram transport, is bound."""
    if isinstance(listener, asyncio.Server):
        return listener.sockets[0].getsockname()
    return listener.get_extra_info("sockname")
