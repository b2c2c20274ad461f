"""A handshake in memory: a client of `ssl`, and the seal of a server of the lab."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labmail.net.seal import Handshake, Seal, why
from labmail.record import TlsRecord, Wire

HOST = "mx1.example.com"
WIRE = Wire(
    number=1,
    protocol="smtp",
    client="mail.example.net",
    client_address="192.0.2.67",
    client_port=49152,
    server=HOST,
    server_address="198.51.100.1",
    server_port=25,
)
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


@dataclass
class Shaken:
    """What came of it: the records that crossed, what the server knows, what the client raised."""

    crossed: list[TlsRecord] = field(default_factory=list)
    handshake: Handshake | None = None
    fault: ssl.SSLError | None = None
    seal: Seal | None = None
    client: ssl.SSLObject | None = None
    inward: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    outward: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)

    def note(self, octets: bytes, from_client: bool) -> int:
        number, by = len(self.crossed) + 1, WIRE.client if from_client else WIRE.server
        self.crossed.append(TlsRecord(wire=WIRE, number=number, at=AT, by=by, octets=octets, after=0))
        return number


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str = HOST) -> Shaken:
    done = Shaken()
    done.seal = Seal(server, "good", done.note)
    done.client = client.wrap_bio(done.inward, done.outward, server_hostname=name)
    for _ in range(4):
        try:
            done.client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as fault:
            done.fault = fault
        try:
            done.seal.receive(done.outward.read())
        except ssl.SSLError as fault:
            done.handshake = why(fault)
        done.inward.write(done.seal.pending())
        if done.fault or done.seal.done:
            break
    done.handshake = done.handshake or done.seal.handshake
    return done
