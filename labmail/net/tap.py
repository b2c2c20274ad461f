"""The tap: what stands in every wire, a protocol to the carrier below and a transport to the server above.

It keeps silent until the address book knows who calls; from then on the server sees virtual addresses only, and
every octet passes through a gate in each direction.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

from labmail.net.gate import Gate
from labmail.net.ground import Ground, Service
from labmail.net.pace import Job
from labmail.record import Event, Wire

__all__ = ["Tap"]

Ticket = tuple[Any, Any]  # both ends of the connection below: no other socket on the machine has this pair


class Tap(asyncio.Protocol, asyncio.BufferedProtocol, asyncio.Transport):
    """One connection to a service. `wire` names its ends once it is welcome."""

    wire: Wire
    above: asyncio.Protocol

    def __init__(
        self,
        net: Ground,
        service: Service,
        welcome: Callable[[Tap, Ticket], None],
        goodbye: Callable[[Tap], None],
    ) -> None:
        super().__init__()
        self.net, self.service, self._welcome, self._goodbye = net, service, welcome, goodbye
        self.exposed = False  # it came through a port opened on purpose: a program of this machine
        self._carrier: asyncio.Transport | None = None
        self._closing = self._closed_noted = False
        self._afterwards: list[tuple[str, Job]] = []
        self._late: asyncio.TimerHandle | None = None

    # ---- to the carrier below: a protocol

    def connection_made(self, carrier: asyncio.BaseTransport) -> None:
        assert isinstance(carrier, asyncio.Transport)
        self._carrier = carrier
        carrier.pause_reading()  # what a stranger says is not even read
        self._welcome(self, (carrier.get_extra_info("sockname"), carrier.get_extra_info("peername")))

    def wait_at_most(self, seconds: float) -> None:
        """Real seconds in which a caller must become known; a stranger hears not one octet."""
        self._late = self.net.loop.call_later(seconds, self.abort)

    def is_alive(self) -> bool:
        """Whether the caller is still there: a thief who spoke and reset must not leave his place to the next."""
        try:
            self._below.get_extra_info("socket").getpeername()
        except OSError:
            return False
        return not self._closing

    def admit(self, wire: Wire, *, exposed: bool = False) -> None:
        """The caller is known: let the server meet it."""
        self.exposed = exposed
        if self._late is not None:
            self._late.cancel()
        self.wire = wire
        weather = self.net.weather_between(wire.client, wire.server)
        self.inward = Gate(self.net, self._inward, self.abort, f"{wire.client} to {wire.server}")
        self.outward = Gate(self.net, self._outward, self.abort, f"{wire.server} to {wire.client}")
        self.inward.change(weather[0])
        self.outward.change(weather[1])
        self.net.wires[wire.number] = self
        self.note(Event(kind="connect"), by=wire.client)
        self._below.resume_reading()
        self.above = self.service.make(self)
        self.above.connection_made(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the carrier reads into. One for all wires, as what comes is taken out at once.

        A buffer made anew for each read, as asyncio does it, is given back to the system each time in a thread of its
        own: two page faults for each line of a dialog.
        """
        return self.net.inbox

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self.net.inbox[:nbytes]))

    def data_received(self, data: bytes) -> None:
        self.inward.put(data)

    def eof_received(self) -> bool:
        self.inward.put("eof")
        return True  # the server above decides when to close

    def pause_writing(self) -> None:
        self.above.pause_writing()

    def resume_writing(self) -> None:
        self.above.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        if self._late is not None:
            self._late.cancel()
        self._goodbye(self)
        if not hasattr(self, "wire"):
            return
        self.inward.end()
        self.outward.end()
        self._note_close(self.wire.client)
        self.net.wires.pop(self.wire.number, None)
        self.above.connection_lost(exc)
        for why, job in self._afterwards:
            self.net.soon(job, why)

    # ---- through the gates

    def _inward(self, item: bytes | str) -> None:
        if isinstance(item, bytes):
            self.above.data_received(item)
        elif not self.above.eof_received():
            self.close()

    def _outward(self, item: bytes | str) -> None:
        if isinstance(item, bytes):
            self._below.write(item)
        elif item == "eof":
            self._below.write_eof()
        else:
            self._below.close()

    # ---- to the server above: a transport

    def note(self, event: Event, by: str | None = None) -> Event:
        """Put an event on the timeline, with this wire and the host that caused it."""
        by = by or (self.wire.client if event.kind == "heard" else self.wire.server)
        return self.net.note(event, by=by, wire=self.wire)

    def heard(self, octets: bytes, value: object = None) -> None:
        """Put a line of the client on the timeline."""
        net, wire = self.net, self.wire
        net.record.add("heard", octets, value, by=wire.client, at=net.agenda.now, wire=wire)

    def said(self, octets: bytes, value: object = None) -> None:
        """Put a line of the server on the timeline."""
        net, wire = self.net, self.wire
        net.record.add("said", octets, value, by=wire.server, at=net.agenda.now, wire=wire)

    def afterwards(self, job: Job, why: str) -> None:
        """A background job that starts when this wire is done."""
        self._afterwards.append((why, job))

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._closing:
            self.outward.put(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        self.outward.put("eof")

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._note_close(self.wire.server)
            self.outward.put("close")  # through the gate too: a hang-up must not overtake a held reply

    def abort(self) -> None:
        """End it as a broken connection: the client hears a reset, not a good-bye."""
        self._closing = True
        below = self._below.get_extra_info("socket")
        if below is not None and below.fileno() >= 0:
            below.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._below.abort()

    def is_closing(self) -> bool:
        return self._closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "peername":
            return self.wire.client_address, self.wire.client_port
        if name == "sockname":
            return self.wire.server_address, self.wire.server_port
        return default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self.above = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.above

    # asyncio.Transport defines these to raise, which a StreamReader swallows: flow control would go in silence

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def is_reading(self) -> bool:
        return self._below.is_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._below.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._below.get_write_buffer_limits()

    @property
    def _below(self) -> asyncio.Transport:
        assert self._carrier is not None
        return self._carrier

    def _note_close(self, by: str) -> None:
        if not self._closed_noted:
            self._closed_noted = True
            self.note(Event(kind="close"), by=by)
