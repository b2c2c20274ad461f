"""The tap: what stands in every wire, a protocol to the carrier below and a transport to the server above.

It keeps silent until the address book knows who calls; from then on the server sees virtual addresses only, and
every octet passes through a gate in each direction. TLS is between the gates and the server above: the gates pass what
an eavesdropper sees, and the server's transport stays the same when TLS begins.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from labmail.net.above import Above
from labmail.net.gate import Gate
from labmail.net.ground import Ground, Service
from labmail.net.middle import make_seal
from labmail.net.pace import Job
from labmail.net.seal import Handshake, Seal, why
from labmail.record import Event, Wire

__all__ = ["HANDSHAKE_MAX_S", "Tap"]

HANDSHAKE_MAX_S = 300  # real seconds: a learner may think before the client's part of it

Ticket = tuple[Any, Any]  # both ends of the connection below: no other socket on the machine has this pair


class Tap(asyncio.Protocol, asyncio.BufferedProtocol, Above):
    """One connection to a service. `wire` names its ends once it is welcome."""

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
        self._closing = self._closed_noted = False
        self._afterwards: list[tuple[str, Job]] = []
        self._met = False  # the server above knows of us
        self._seal: Seal | None = None
        self._records = 0  # of TLS, that have crossed
        self._early: list[bytes] | None = None  # what comes before TLS is ready for it
        self._sealed: Callable[[], None] = lambda: None  # called when TLS stands, before anything is heard
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
        self.inward = Gate(self.net, self._inward, self.abort, f"{wire.client} to {wire.server}", self._altered)
        self.outward = Gate(self.net, self._outward, self.abort, f"{wire.server} to {wire.client}", self._altered)
        self.inward.change(weather[0])
        self.outward.change(weather[1])
        self.net.wires[wire.number] = self
        self.note(Event(kind="connect"), by=wire.client)
        self._below.resume_reading()
        self.above = self.service.make(self)
        if self.service.implicit:
            self.start_tls(self._meet)
        else:
            self._meet()

    def _meet(self) -> None:
        self._met = True
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
        if self._met:
            self.above.pause_writing()

    def resume_writing(self) -> None:
        if self._met:
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
        if self._met:
            self.above.connection_lost(exc)
        for reason, job in self._afterwards:
            self.net.soon(job, reason)

    # ---- through the gates

    def _inward(self, item: bytes | str) -> None:
        if not isinstance(item, bytes):
            if not (self._met and self.above.eof_received()):
                self.close()
        elif self._early is not None:
            self._early.append(item)
        elif self._seal is not None:
            self._unseal(self._seal, item)
        else:
            self.above.data_received(item)

    def _outward(self, item: bytes | str) -> None:
        if isinstance(item, bytes):
            self._below.write(item)
        elif item == "eof":
            self._below.write_eof()
        else:
            self._below.close()

    # ---- TLS

    @property
    def sealed(self) -> bool:
        """Whether TLS stands."""
        return self._seal is not None and self._seal.done

    @property
    def may_start_tls(self) -> bool:
        """Whether the server can begin TLS: not twice, and not without a certificate."""
        return self.service.tls is not None and self._seal is None and self._early is None

    def start_tls(self, sealed: Callable[[], None]) -> None:
        """TLS from here on. `sealed` is called when it stands, before anything is heard; if it fails, the wire ends."""
        self._early, self._sealed = [], sealed
        self.pause_reading()
        self._late = self.net.loop.call_later(HANDSHAKE_MAX_S, self.abort)
        self._opening = self.net.loop.create_task(self._open())

    async def _open(self) -> None:
        """Its certificate may have to be made first, which takes a thread."""
        assert self.service.tls is not None
        show = partial(self.service.tls, self)
        try:
            seal = await make_seal(show, self._note_record, self.outward.weather, self.note)
        except Exception as fault:
            self.net.failed(f"the certificate of {self.wire.server}", fault)
            self.abort()
            return
        if self._closing:
            return
        self._seal = seal
        self.inward.whole = self.outward.whole = True
        early, self._early = self._early or [], None
        self.resume_reading()
        for octets in early:
            self._unseal(self._seal, octets)

    def _unseal(self, seal: Seal, octets: bytes) -> None:
        if self._closing:
            return
        stood = seal.done
        try:
            plain = seal.receive(octets)
        except ssl.SSLError as fault:
            self._give(seal.pending())  # the alert
            self._fail(why(fault))
            return
        self._give(seal.pending())
        if seal.done and not stood:
            self._shaken(seal.handshake)
        if plain:
            self.above.data_received(plain)
        if seal.over and not (self._met and self.above.eof_received()):
            self.close()

    def _shaken(self, handshake: Handshake) -> None:
        if self._late is not None:
            self._late.cancel()
        self.note(Event(kind="tls", value=handshake))
        self._sealed()

    def _fail(self, handshake: Handshake) -> None:
        assert self._seal is not None
        if not self._seal.done:
            self.note(Event(kind="tls", value=handshake), by=self.wire.client if handshake.alert else self.wire.server)
        self._seal = None  # nothing can be said any more, not even goodbye
        self.close()

    def _altered(self, octets: bytes, by: str) -> None:
        self.note(Event(kind="altered", octets=octets), by=by)

    def _note_record(self, octets: bytes, from_client: bool) -> int:
        wire, by = self.wire, self.wire.client if from_client else self.wire.server
        self._records += 1
        record = self.net.record
        record.add_tls(octets, number=self._records, by=by, at=self.net.agenda.now, wire=wire)
        return self._records

    def _give(self, octets: bytes) -> None:
        if octets:
            self.outward.put(octets)

    # ---- to the server above: a transport

    def note(self, event: Event, by: str | None = None) -> Event:
        """Put an event on the timeline, with this wire and the host that caused it."""
        if event.kind in ("heard", "said"):
            return self._line(event.kind, event.octets, event.value)
        return self.net.note(event, by=by or self.wire.server, wire=self.wire)

    def heard(self, octets: bytes, value: object = None) -> None:
        """Put a line of the client on the timeline."""
        self._line("heard", octets, value)

    def said(self, octets: bytes, value: object = None) -> None:
        """Put a line of the server on the timeline; it is written in the same turn."""
        self._line("said", octets, value)

    def _line(self, kind: str, octets: bytes, value: object) -> Event:
        net, wire, seal, heard = self.net, self.wire, self._seal, kind == "heard"
        sealed = 0 if seal is None else seal.of_heard(len(octets)) if heard else seal.of_said(len(octets))
        by = wire.client if heard else wire.server
        return net.record.add(kind, octets, value, by=by, at=net.agenda.now, wire=wire, sealed=sealed)

    def afterwards(self, job: Job, why: str) -> None:
        """A background job that starts when this wire is done."""
        self._afterwards.append((why, job))

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._closing:
            octets = bytes(data)
            self.outward.put(octets if self._seal is None else self._seal.send(octets))

    def write_eof(self) -> None:
        self.outward.put("eof")

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._note_close(self.wire.server)
            if self._seal is not None:
                self._give(self._seal.end())
            self.outward.put("close")  # through the gate too: a hang-up must not overtake a held reply

    def abort(self) -> None:
        """End it as a broken connection: the client hears a reset, not a good-bye."""
        self._closing = True
        self._break()

    def is_closing(self) -> bool:
        return self._closing

    def _note_close(self, by: str) -> None:
        if not self._closed_noted:
            self._closed_noted = True
            self.note(Event(kind="close"), by=by)
