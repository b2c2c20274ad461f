"""What carries a session that owns no socket: octets go in, events are pulled out, recorded and, if said, written."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from labmail.net.tap import Tap
from labmail.record import Event

__all__ = ["TURN_MAX_S", "Carrier", "Holding", "Session", "carry"]

TURN_MAX_S = 0.010  # real seconds of one turn: other wires want theirs
WRITE_MAX_OCTETS = 16_384  # of lines that are written as one


class Session(Protocol):
    """A server's side of one conversation, as a value that speaks. It yields events of kind, octets and value.

    Four kinds tell the carrier what to do: `close`; `wait`, whose value is lab seconds in which nothing is heard;
    `pause`, which lets others have their turn if this one has lasted, and is not noted; and `fault`, whose value is an
    exception that the session has caught and can live with.
    """

    def begin(self) -> Iterator[Event]: ...

    def receive(self, octets: bytes) -> Iterator[Event]: ...


@runtime_checkable
class Holding(Protocol):
    """A session that holds something, such as a lock, and lets go of it when the wire is gone."""

    def end(self) -> None: ...


@runtime_checkable
class Unasked(Protocol):
    """A session that also says what nobody asked for; it hands it to `speak`, and the carrier pulls it."""

    def attend(self, speak: Callable[[Iterator[Event]], None]) -> None: ...


@runtime_checkable
class Confessing(Protocol):
    """A session that says that it failed, in the words of its protocol, before the wire is closed."""

    def confess(self) -> Iterator[Event]: ...


class Carrier(asyncio.Protocol):
    """One session on one wire; it pulls events only while the other side reads."""

    def __init__(self, tap: Tap, session: Session) -> None:
        self._tap, self._session = tap, session
        self._coming: deque[Iterator[Event]] = deque()
        self._lines: list[bytes] = []  # said and not yet written
        self._lines_octets = 0
        self._writable, self._pulling, self._heard_all = True, False, False
        self._waiting: asyncio.Task[None] | None = None
        self._failed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(self._session, Unasked):
            self._session.attend(self._speak)
        self._coming.append(self._session.begin())
        self._pull()

    def data_received(self, data: bytes) -> None:
        self._coming.append(self._session.receive(data))
        self._pull()

    def _speak(self, events: Iterator[Event]) -> None:
        """In a turn of its own: it may come from in the middle of another wire's."""
        self._coming.append(events)
        self._tap.net.loop.call_soon(self._pull)

    def eof_received(self) -> bool:
        """Who has sent everything may still listen: what came before is answered first, then we hang up."""
        self._heard_all = True
        return bool(self._coming)

    def connection_lost(self, exc: Exception | None) -> None:
        self._coming.clear()
        if self._waiting is not None:
            self._waiting.cancel()
        if isinstance(self._session, Holding):
            self._session.end()

    def pause_writing(self) -> None:
        self._writable = False
        self._tap.pause_reading()

    def resume_writing(self) -> None:
        self._writable = True
        self._read_on()
        self._pull()

    def _read_on(self) -> None:
        if self._writable and self._waiting is None:
            self._tap.resume_reading()

    def _pull(self) -> None:
        if self._pulling:  # write may call pause and resume from within
            return
        self._pulling = True
        until = time.perf_counter() + TURN_MAX_S
        try:
            while self._coming and self._writable and self._waiting is None and not self._tap.is_closing():
                if time.perf_counter() > until:
                    self._tap.net.loop.call_soon(self._pull)
                    break
                event = self._next()
                if event is None:
                    self._coming.popleft()
                else:
                    self._act(event)
            self._write()
        finally:
            self._pulling = False
        if self._heard_all and not self._coming:
            self._tap.close()

    def _next(self) -> Event | None:
        """What the session says next; where it fails, that is its last word. None: it has nothing more to say."""
        try:
            return next(self._coming[0], None)
        except Exception as fault:
            self._coming = deque([self._part()])
            return Event(kind="fault", value=fault)

    def _part(self) -> Iterator[Event]:
        if not self._failed and isinstance(self._session, Confessing):
            self._failed = True  # it may fail at that as well
            yield from self._session.confess()
        yield Event(kind="close")

    def _report(self, fault: object) -> None:
        """Our own bug, and it must be heard: in words on the timeline, with its traceback by whoever mends it."""
        assert isinstance(fault, Exception)
        wire = self._tap.wire
        self._tap.note(Event(kind="fault", value=f"{type(fault).__name__}: {fault}"))
        message = f"labmail: the {wire.protocol} session of {wire.server} with {wire.client} failed"
        self._tap.net.loop.call_exception_handler({"message": message, "exception": fault})

    def _act(self, event: Event) -> None:
        if event.kind == "said":
            self._tap.said(event.octets, event.value)
            self._lines.append(event.octets)
            self._lines_octets += len(event.octets)
            if self._lines_octets > WRITE_MAX_OCTETS:
                self._write()
        elif event.kind == "heard":
            self._write()  # what it was answered before
            self._tap.heard(event.octets, event.value)
        elif event.kind != "pause":
            self._write()
            if event.kind == "close":
                self._tap.close()
                return
            if event.kind == "fault":
                self._report(event.value)
                return
            self._tap.note(event)
            if event.kind == "wait":
                self._stand(event.value)

    def _write(self) -> None:
        """A long answer is written in few pieces, and two answers never in one."""
        if self._lines:
            octets, self._lines, self._lines_octets = b"".join(self._lines), [], 0
            self._tap.write(octets)

    def _stand(self, seconds: object) -> None:
        """Nothing is pulled and nothing read until that much lab time has passed."""
        assert isinstance(seconds, int | float)
        self._tap.pause_reading()
        self._waiting = self._tap.net.loop.create_task(self._wait(seconds))

    async def _wait(self, seconds: float) -> None:
        wire = self._tap.wire
        await self._tap.net.wait(seconds, f"{wire.server} keeps {wire.client} waiting")
        self._waiting = None
        self._read_on()
        self._pull()


def carry(session: Callable[[], Session]) -> Callable[[Tap], asyncio.Protocol]:
    """What `Service.make` wants, for a session of ours."""
    return lambda tap: Carrier(tap, session())
