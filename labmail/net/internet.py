"""The small Internet: hosts with documentation addresses, services that listen, and wires between them.

Users see names, addresses and ports of the lab; the loopback sockets below never show. Only this package opens
sockets.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import itertools
import os
import socket
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from labmail.errors import LabError, UnknownHost
from labmail.net.book import ADMIT_MAX_S, Book
from labmail.net.datagram import Asker, Datagrams
from labmail.net.gate import Weather
from labmail.net.loop import STOP_MAX_S, Loop
from labmail.net.memory import join
from labmail.net.tap import Tap, Ticket
from labmail.record import Event, Record, Wire

__all__ = ["CONNECT_MAX_S", "LOOPBACK", "Net", "Service"]

LOOPBACK = "127.0.0.1"
CONNECT_MAX_S = 300  # lab seconds until a client gives up to connect: RFC 5321 section 4.5.3.2.1 waits 5 minutes
PORT_FIRST = 49152  # the first port a client uses: RFC 6335 section 6
PORTS = 65536 - PORT_FIRST
FREE_PORT_TRIES = 20

Place = tuple[str, int, str]  # address, port, "tcp" or "udp"


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a host offers on a port. `make(tap)` is the server's protocol for one connection; for datagrams, the tap
    is the wire's exchange and the protocol a session."""

    host: str
    port: int
    protocol: str
    make: Callable[[Any], Any]
    over: str = "tcp"


class Net(Loop):
    """The wires of one lab. With `memory=True` it opens no socket, and only clients on its loop reach a service."""

    def __init__(self, *, memory: bool = False) -> None:
        self.memory = memory
        self.hosts: dict[str, str] = {}  # name -> address
        self.wires: dict[int, Tap] = {}
        self.services: dict[Place, Service] = {}
        self.book = Book()
        self.resolve: Callable[[str, str], str] = self._by_host_name  # (who asks, name) -> address; blocking
        self.is_lab_name: Callable[[str], bool] = lambda name: name in self.hosts
        self.filtered: set[tuple[str, int]] = set()  # (host, port): what the host's provider does not let out
        self._weather: dict[tuple[str, str], tuple[Weather, Weather]] = {}
        self._listeners: dict[Place, Any] = {}
        self._doors: dict[tuple[str, int, str], list[Any]] = {}  # exposed on purpose: address, port, as whom
        self._clients: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        super().__init__()
        self._begin()

    def _begin(self) -> None:
        self._numbers = itertools.count(1)
        self._ports: dict[str, itertools.count[int]] = {}
        self.record = Record(self.loop.call_later)

    # ---- the timeline

    def note(self, event: Event, *, by: str, wire: Wire | None = None) -> Event:
        return self.record.note(event, by=by, at=self.agenda.now, wire=wire)

    def jumped(self, jump: timedelta) -> None:
        self.note(Event(kind="jump", value=jump), by="lab")

    def failed(self, why: str, fault: Exception) -> None:
        self.note(Event(kind="fault", value=f"{why}: {type(fault).__name__}: {fault}"), by="lab")
        super().failed(why, fault)

    # ---- hosts, services, weather: on the loop

    def address_of(self, host: str) -> str:
        try:
            return self.hosts[host]
        except KeyError:
            known = ", ".join(sorted(self.hosts))
            raise UnknownHost(f"{host} is no host of this lab; it has {known}") from None

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

    def weather_between(self, client: str, server: str) -> tuple[Weather, Weather]:
        return self._weather.get((client, server), (Weather(), Weather()))

    def set_weather(self, client: str, server: str, there: Weather, back: Weather) -> None:
        """From now on, on open wires and on those to come: client to server, and back."""
        self._weather[client, server] = there, back
        for tap in self.taps_between(client, server):
            tap.inward.change(there)
            tap.outward.change(back)

    def taps_between(self, client: str, server: str) -> list[Tap]:
        return [tap for tap in self.wires.values() if (tap.wire.client, tap.wire.server) == (client, server)]

    async def reset(self) -> None:
        """Cut every wire, clear the sky and go back to the first minute with a new record. Listeners stay."""
        await self._cut_all()
        await self.forget()
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

    # ---- clients on the loop

    async def open(
        self, host: str, target: str, port: int, *, timeout_s: float = CONNECT_MAX_S
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect from a host to an address. OSError as a socket's: refused at once, or no answer in lab time."""
        place = await self._knock(host, target, port, timeout_s)
        reader = asyncio.StreamReader(loop=self.loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=self.loop)
        if self.memory:
            tap = Tap(self, self.services[place], lambda tap, _: tap.admit(self._wire(host, place)))
            transport: asyncio.Transport = join(self.loop, protocol, tap)
        else:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                sock.setblocking(False)
                await self.loop.sock_connect(sock, self._door(place))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                await self._admitted(_ticket(sock), host, place)
            except BaseException:
                sock.close()
                raise
            transport, _ = await self.loop.create_connection(lambda: protocol, sock=sock)
        self._clients.add(transport)
        return reader, asyncio.StreamWriter(transport, protocol, reader, self.loop)

    async def ask(
        self, host: str, target: str, port: int, octets: bytes, accept: Callable[[bytes], bool], timeout_s: float
    ) -> bytes:
        """Send one datagram and wait for the answer that `accept` takes; TimeoutError in lab time."""
        place = target, port, "udp"
        answer: asyncio.Future[bytes] = self.loop.create_future()
        service = self.services.get(place)
        if service is None or (host, port) in self.filtered:
            return await self.wait_for(answer, timeout_s, f"{host} waits for an answer from {target} port {port}")
        wire = self._wire(host, place)
        if self.memory:
            asker = Asker(answer, accept)
            self.loop.call_soon(Datagrams.reply, self, service, wire, octets, asker.datagram_received)
            return await self.wait_for(answer, timeout_s, f"{host} waits for an answer from {wire.server}")
        transport, _ = await self.loop.create_datagram_endpoint(
            lambda: Asker(answer, accept), remote_addr=self._door(place)
        )
        ticket = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self.book.expect_datagrams(ticket, wire)
        try:
            transport.sendto(octets)
            return await self.wait_for(answer, timeout_s, f"{host} waits for an answer from {wire.server}")
        finally:
            self.book.end_datagrams(ticket)
            transport.close()

    # ---- clients on any other thread

    def connect(self, host: str, target: tuple[str, int], timeout_s: float | None) -> socket.socket:
        """A connected socket for a client that sits at a host. `timeout_s` are real seconds, for what it does later."""
        name, port = target
        address = name if _is_address(name) else self.resolve(host, name)
        place = self.run(self._knock(host, address, port, CONNECT_MAX_S))
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.connect(self._door(place))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(timeout_s)
            admitted: concurrent.futures.Future[None] = concurrent.futures.Future()
            self.loop.call_soon_threadsafe(self._register, _ticket(sock), host, place, admitted)
            admitted.result(ADMIT_MAX_S)
        except BaseException as fault:
            sock.close()
            if isinstance(fault, TimeoutError):
                raise LabError(f"{host} was not admitted by {name} port {port} within {ADMIT_MAX_S:g} s") from None
            raise
        return sock

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

    def _welcome_to(self, place: Place, outsider: str) -> Callable[[Tap, Ticket], None]:
        return lambda tap, _: tap.admit(self._wire(outsider, place))

    def unexpose(self) -> None:
        for opened in self._doors.values():
            for listener in opened:
                listener.close()
        self._doors.clear()

    # ---- the end

    async def close(self) -> None:
        self.unexpose()
        for listener in self._listeners.values():
            listener.close()
        await self._cut_all()
        await self.forget()
        self.record.end("stopped")

    async def _cut_all(self) -> None:
        for end in [*self.wires.values(), *self.book.strangers(), *self._clients]:
            end.abort()
        async with asyncio.timeout(STOP_MAX_S):
            while self.wires or self.book.strangers():  # each leaves in connection_lost
                await asyncio.sleep(0)

    # ---- inside

    def _by_host_name(self, _host: str, name: str) -> str:
        return self.address_of(name.rstrip(".").lower())

    async def _knock(self, host: str, address: str, port: int, timeout_s: float) -> Place:
        """The weather before a connection stands: filtered, nobody there, refused."""
        place = address, port, "tcp"
        there = self.name_of(address) or address
        self.address_of(host)
        if (host, port) in self.filtered or self.name_of(address) is None:
            what = f"{there} port {port}"
            try:
                await self.wait_for(self.loop.create_future(), timeout_s, f"{host} waits for {what} to answer")
            except TimeoutError:
                self.note(Event(kind="timeout", value=what), by=host)
                raise TimeoutError(
                    errno.ETIMEDOUT, f"{what} did not answer {host} within {timeout_s:g} s of lab time"
                ) from None
        if place not in self.services:
            self.note(Event(kind="refused", value=f"{there} port {port}"), by=host)
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"{os.strerror(errno.ECONNREFUSED)}: {there} port {port}")
        return place

    def _door(self, place: Place) -> tuple[str, int]:
        return LOOPBACK, int(_name(self._listeners[place])[1])

    async def _listener(
        self, place: Place, welcome: Callable[[Tap, Ticket], None], outsider: str = "", number: int = 0
    ) -> Any:
        if place[2] == "udp":
            stranger = (lambda: self._wire(outsider, place)) if outsider else (lambda: None)
            transport, _ = await self.loop.create_datagram_endpoint(
                lambda: Datagrams(self, lambda: self.services.get(place), stranger), local_addr=(LOOPBACK, number)
            )
            return transport

        def answer() -> asyncio.Protocol:
            service = self.services.get(place)
            return Tap(self, service, welcome) if service else _Nobody()

        return await self.loop.create_server(answer, LOOPBACK, number, backlog=1024)

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

    def _register(
        self, ticket: Ticket, host: str, place: Place, admitted: asyncio.Future[None] | concurrent.futures.Future[None]
    ) -> None:
        def admit(tap: Tap) -> None:
            tap.admit(self._wire(host, place))
            if not admitted.done():
                admitted.set_result(None)

        self.book.register(ticket, admit)
        self.loop.call_later(ADMIT_MAX_S, self.book.take_back, ticket)

    async def _admitted(self, ticket: Ticket, host: str, place: Place) -> None:
        admitted: asyncio.Future[None] = self.loop.create_future()
        self._register(ticket, host, place, admitted)
        async with asyncio.timeout(ADMIT_MAX_S):
            await admitted


class _Nobody(asyncio.Protocol):
    """An exposed port whose service is down: the port stays ours, and whoever comes is cut off."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def _ticket(sock: socket.socket) -> Ticket:
    return sock.getpeername(), sock.getsockname()


def _name(listener: Any) -> Any:
    """Where a listener, or a datagram transport, is bound."""
    if isinstance(listener, asyncio.Server):
        return listener.sockets[0].getsockname()
    return listener.get_extra_info("sockname")


def _is_address(name: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET, name)
    except OSError:
        return False
    return True
