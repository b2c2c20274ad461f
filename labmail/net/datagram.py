"""Datagrams: one question and its answer make a wire of their own. A stranger's are dropped in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from labmail.net.book import Book
from labmail.net.forging import forged
from labmail.net.ground import Ground, Service
from labmail.record import Event, Wire

__all__ = ["Asker", "Datagrams"]


class Asker(asyncio.DatagramProtocol):
    """The client's end. What the port's former owner left unread may arrive here: `accept` says what is ours."""

    def __init__(self, answer: asyncio.Future[bytes], accept: Callable[[bytes], bool]) -> None:
        self._answer, self._accept = answer, accept

    def datagram_received(self, data: bytes, _addr: object = None) -> None:
        if not self._answer.done() and self._accept(data):
            self._answer.set_result(data)


class Datagrams(asyncio.DatagramProtocol):
    """The server's end: each datagram of a known sender goes to a session of its own."""

    def __init__(
        self, net: Ground, book: Book, service: Callable[[], Service | None], stranger: Callable[[], Wire | None]
    ) -> None:
        self._net, self._book, self._service, self._stranger = net, book, service, stranger

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        ticket = self._transport.get_extra_info("sockname"), addr
        service = self._service()
        wire = self._book.sender_of(ticket) or self._stranger()
        if service is not None and wire is not None:
            self.reply(self._net, service, wire, data, lambda octets: self._transport.sendto(octets, addr))

    @staticmethod
    def reply(net: Ground, service: Service, wire: Wire, data: bytes, send: Callable[[bytes], None]) -> None:
        for event in service.make(wire).receive(data):
            net.note(event, by=wire.client if event.kind == "heard" else wire.server, wire=wire)
            if event.kind == "said":
                send(_on_the_way(net, wire, event.octets))
        net.note(Event(kind="close"), by=wire.client, wire=wire)


def _on_the_way(net: Ground, wire: Wire, answer: bytes) -> bytes:
    """The answer as it arrives: the server's own, or what somebody on the wire has made of it."""
    weather = net.weather_between(wire.client, wire.server)[1]
    found = forged(weather.lies, answer) if weather.lies else None
    if found is None:
        return answer
    octets, lie = found
    net.note(Event(kind="forged", octets=octets, value=str(lie)), by=weather.attacker, wire=wire)
    return octets
