"""What carries a session that owns no socket: octets go in, events are pulled out, recorded and, if said, written."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from labmail.net.tap import Tap
from labmail.record import Event

__all__ = ["TURN_MAX_S", "Carrier", "Session", "carry"]

TURN_MAX_S = 0.010  # real seconds of one turn: other wires want theirs


class Session(Protocol):
    """A server's side of one conversation, as a value that speaks. It yields events of kind, octets and value."""

    def begin(self) -> Iterator[Event]: ...

    def receive(self, octets: bytes) -> Iterator[Event]: ...


class Carrier(asyncio.Protocol):
    """One session on one wire; it pulls events only while the other side reads."""

    def __init__(self, tap: Tap, session: Session) -> None:
        self._tap, self._session = tap, session
        self._coming: deque[Iterator[Event]] = deque()
        self._writable, self._pulling = True, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._coming.append(self._session.begin())
        self._pull()

    def data_received(self, data: bytes) -> None:
        self._coming.append(self._session.receive(data))
        self._pull()

    def eof_received(self) -> bool:
        return False  # nothing more will come: hang up

    def connection_lost(self, exc: Exception | None) -> None:
        self._coming.clear()

    def pause_writing(self) -> None:
        self._writable = False
        self._tap.pause_reading()

    def resume_writing(self) -> None:
        self._writable = True
        self._tap.resume_reading()
        self._pull()

    def _pull(self) -> None:
        if self._pulling:  # write may call pause and resume from within
            return
        self._pulling = True
        until = time.perf_counter() + TURN_MAX_S
        try:
            while self._coming and self._writable and not self._tap.is_closing():
                if time.perf_counter() > until:
                    self._tap.net.loop.call_soon(self._pull)
                    break
                event = next(self._coming[0], None)
                if event is None:
                    self._coming.popleft()
                elif event.kind == "close":
                    self._tap.close()
                else:
                    self._tap.note(event)
                    if event.kind == "said":
                        self._tap.write(event.octets)
        finally:
            self._pulling = False


def carry(session: Callable[[], Session]) -> Callable[[Tap], asyncio.Protocol]:
    """What `Service.make` wants, for a session of ours."""
    return lambda tap: Carrier(tap, session())
