"""Short ways to ask, for all tests of DNS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.message

from labmail.dns.message import Answer
from labmail.dns.resolver import Resolver
from labmail.dns.server import NameServer, Session
from labmail.dns.zones import Zones
from labmail.record import Event


def query(name: str, type: str, **wishes: Any) -> bytes:
    return dns.message.make_query(name, type, id=4711, **wishes).to_wire()


def said(server: NameServer, octets: bytes, over: str = "udp") -> Event:
    """The one event that follows what was heard."""
    heard, event = Session(server, over).receive(octets)
    assert (heard.kind, heard.octets) == ("heard", octets)
    return event


def answer(server: NameServer, name: str, type: str, **wishes: Any) -> Answer:
    value = said(server, query(name, type, **wishes)).value
    assert isinstance(value, Answer)
    return value


def lines(records: Any) -> tuple[str, ...]:
    return tuple(f"{record.name} {record.ttl} {record.type} {record.text}" for record in records)


class Host:
    """A host with a resolver of its own, a clock that a test moves, and an ear for what was sent and noted."""

    def __init__(self, server: NameServer | dict[str, str], spoil: Callable[[bytes, str], bytes] | None = None) -> None:
        self.server = server if isinstance(server, NameServer) else NameServer(Zones(server))
        self.now = datetime(2026, 6, 1, 9, tzinfo=UTC)
        self.asked: list[str] = []
        self.noted: list[Event] = []
        self._spoil = spoil or (lambda octets, over: octets)
        self.resolver = Resolver(self.exchange, lambda: self.now, self.noted.append)

    def exchange(self, octets: bytes, over: str) -> bytes:
        question = dns.message.from_wire(octets).question[0]
        self.asked.append(f"{question.name} {question.rdtype.name} {over}")
        _, reply = self.server.answer(octets, over)
        if reply is None:
            raise TimeoutError
        return self._spoil(reply.octets, over)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
