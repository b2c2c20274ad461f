"""A capture of what crossed the wires, for Wireshark: the lab's addresses and ports, TCP and IP made up around it.

The octets are the real ones, sealed or in the clear. What carries them is not: the lab's hosts share one machine, so
handshakes of TCP, acknowledgements and their numbers are written as they would have been. RFC 9293, RFC 791, RFC 768.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from labmail.record import Conversation, Event, Wire

__all__ = ["capture", "write"]

RAW_IP = 101  # LINKTYPE_RAW: a packet begins with its IP header
SEGMENT_MAX_OCTETS = 1460  # of a link of 1500: RFC 6691 section 2
WINDOW_OCTETS = 65_535
FIN, SYN, PUSH, ACK = 1, 2, 8, 16  # RFC 9293 section 3.1
TCP, UDP = 6, 17

Packet = tuple[datetime, int, bytes]  # when, after which event, octets


def write(path: str | Path, conversations: Iterable[Conversation]) -> Path:
    path = Path(path)
    path.write_bytes(capture(conversations))
    return path


def capture(conversations: Iterable[Conversation]) -> bytes:
    """The octets of a pcap file. Lab time stands still while much happens, so each packet is a microsecond later."""
    packets = sorted((packet for each in conversations for packet in _packets(each)), key=lambda packet: packet[:2])
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, RAW_IP)
    parts = [head]
    now: datetime | None = None
    for at, _, octets in packets:
        now = at if now is None else max(at, now + timedelta(microseconds=1))
        parts.append(struct.pack("<IIII", int(now.timestamp()), now.microsecond, len(octets), len(octets)) + octets)
    return b"".join(parts)


def _packets(conversation: Conversation) -> Iterator[Packet]:
    wire = conversation.wire
    over = _Tcp(wire) if wire.over == "tcp" else _Udp(wire)
    when, order = None, 0
    for piece in conversation.crossing:
        when, order = piece.at, piece.number if isinstance(piece, Event) else piece.after
        assert when is not None
        for packet in over.carry(piece.by == wire.client, piece.octets):
            yield when, order, packet
    ends = [event for event in conversation.events if event.kind == "close"]
    if when is not None:
        end = ends[-1] if ends else None
        for packet in over.end(end is None or end.by == wire.client):
            yield (end.at or when, max(order, end.number), packet) if end else (when, order, packet)


class _Tcp:
    """One connection: it is made with the first octets, and numbers count from 0."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._sent, self._begun = wire, [0, 0], False  # by the client, by the server

    def carry(self, from_client: bool, octets: bytes) -> Iterator[bytes]:
        if not self._begun:
            self._begun = True
            yield self._segment(True, SYN)
            yield self._segment(False, SYN | ACK)
            yield self._segment(True, ACK)
        for start in range(0, len(octets), SEGMENT_MAX_OCTETS):
            yield self._segment(from_client, ACK | PUSH, octets[start : start + SEGMENT_MAX_OCTETS])
        yield self._segment(not from_client, ACK)

    def end(self, by_client: bool) -> Iterator[bytes]:
        yield self._segment(by_client, FIN | ACK)
        yield self._segment(not by_client, FIN | ACK)
        yield self._segment(by_client, ACK)

    def _segment(self, from_client: bool, flags: int, octets: bytes = b"") -> bytes:
        me, other = (0, 1) if from_client else (1, 0)
        ports = (self._wire.client_port, self._wire.server_port)
        acknowledged = self._sent[other] & 0xFFFFFFFF if flags & ACK else 0
        head = struct.pack(
            "!HHIIBBHHH", ports[me], ports[other], self._sent[me] & 0xFFFFFFFF, acknowledged, 5 << 4, flags,
            WINDOW_OCTETS, 0, 0
        )  # fmt: skip
        self._sent[me] += len(octets) + bool(flags & (SYN | FIN))
        return _ip(self._wire, from_client, TCP, head + octets, 16)


class _Udp:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def carry(self, from_client: bool, octets: bytes) -> Iterator[bytes]:
        ports = (self._wire.client_port, self._wire.server_port)
        source, target = ports if from_client else ports[::-1]
        head = struct.pack("!HHHH", source, target, 8 + len(octets), 0)
        yield _ip(self._wire, from_client, UDP, head + octets, 6)

    def end(self, by_client: bool) -> Iterator[bytes]:
        return iter(())


def _ip(wire: Wire, from_client: bool, protocol: int, payload: bytes, checksum_at: int) -> bytes:
    ends = IPv4Address(wire.client_address).packed, IPv4Address(wire.server_address).packed
    source, target = ends if from_client else ends[::-1]
    pseudo = source + target + struct.pack("!BBH", 0, protocol, len(payload))  # RFC 9293 section 3.1
    payload = payload[:checksum_at] + _checksum(pseudo + payload) + payload[checksum_at + 2 :]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + source + target
    return head[:10] + _checksum(head) + head[12:] + payload


def _checksum(octets: bytes) -> bytes:
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
