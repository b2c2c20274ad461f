"""The small Internet: how a client at a host reaches a service, by address and port.

Users see names, addresses and ports of the lab; the loopback sockets below never show. Only this package opens
sockets.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import os
import socket
import ssl
from collections.abc import Callable

from labmail.errors import LabError
from labmail.net.book import ADMIT_MAX_S
from labmail.net.caller import Caller
from labmail.net.datagram import Asker, Datagrams
from labmail.net.ground import Service
from labmail.net.listeners import Listeners, Place
from labmail.net.memory import join
from labmail.net.patient import PatientSocket
from labmail.net.tap import Tap, Ticket
from labmail.record import Event

__all__ = ["CONNECT_MAX_S", "Net", "Service"]

CONNECT_MAX_S = 300  # lab seconds until a client gives up to connect: RFC 5321 section 4.5.3.2.1 waits 5 minutes


class Net(Listeners):
    """The wires of one lab. With `memory=True` it opens no socket, and only clients on its loop reach a service."""

    # ---- clients on the loop

    async def open(
        self, host: str, target: str, port: int, *, timeout_s: float = CONNECT_MAX_S
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect from a host to an address. OSError as a socket's: refused at once, or no answer in lab time."""
        place = await self._knock(host, target, port, timeout_s)
        reader = asyncio.StreamReader(loop=self.loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=self.loop)
        caller = Caller(self.loop, protocol)
        if self.memory:
            tap = Tap(self, self.services[place], lambda tap, _: tap.admit(self._wire(host, place)), self.book.forget)
            join(self.loop, caller, tap)
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
            await self.loop.create_connection(lambda: caller, sock=sock)
        self._clients.add(caller)
        return reader, asyncio.StreamWriter(caller, protocol, reader, self.loop)

    async def start_tls(self, writer: asyncio.StreamWriter, context: ssl.SSLContext, server: str | None) -> None:
        """TLS on what `open` gave, same reader and writer; ssl.SSLError, with its verify_code, where it is refused."""
        await writer.drain()
        assert isinstance(writer.transport, Caller)
        await writer.transport.start_tls(context, server)

    async def ask(
        self, host: str, target: str, port: int, octets: bytes, accept: Callable[[bytes], bool], timeout_s: float
    ) -> bytes:
        """Send one datagram and wait for the answer that `accept` takes; TimeoutError in lab time."""
        place = target, port, "udp"
        answer: asyncio.Future[bytes] = self.loop.create_future()
        service = self.services.get(place)
        if service is None or (host, port) in self.filtered:
            what = f"{self.name_of(target) or target} port {port}"
            try:
                return await self.wait_for(answer, timeout_s, f"{host} waits for an answer from {what}")
            except TimeoutError:
                self.note(Event(kind="timeout", value=what), by=host)
                raise
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
        if self.memory:
            raise LabError(f"this lab lives in memory and has no socket for {name}; lab.step and lab.send work in it")
        address = name if _is_address(name) else self.resolve(host, name)
        place = self.run(self._knock(host, address, port, CONNECT_MAX_S))
        sock = PatientSocket(socket.AF_INET, socket.SOCK_STREAM)
        sock.net = self
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

    # ---- inside

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


def _ticket(sock: socket.socket) -> Ticket:
    return sock.getpeername(), sock.getsockname()


def _is_address(name: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET, name)
    except OSError:
        return False
    return True
