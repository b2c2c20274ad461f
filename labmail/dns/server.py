"""The name server: octets in, octets out. RFC 1035 section 4, RFC 6891 (EDNS), RFC 7766 (DNS over TCP).

It answers for its zones alone and asks nobody else. A session owns no socket; over UDP each call of `receive` brings
one datagram, over TCP any crumb of a stream in which two octets of length stand before each message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
from dns.message import Message
from dns.name import Name

from labmail.dns.answers import find
from labmail.dns.message import Answer, Query
from labmail.dns.names import name_of
from labmail.dns.zones import Zones
from labmail.errors import LabError
from labmail.record import Event

__all__ = ["EDNS_OCTETS", "FAILURES", "UDP_OCTETS", "NameServer", "Session"]

UDP_OCTETS = 512  # the longest message over UDP without EDNS: RFC 1035 section 4.2.1
EDNS_OCTETS = 1232  # the longest we send with it: 1280 (RFC 8200 section 5) less the headers of IPv6 and UDP
TCP_OCTETS = 65_535  # what two octets of length can say: RFC 1035 section 4.2.2
HEADER_OCTETS = 12  # RFC 1035 section 4.1.1
FAILURES = ("SERVFAIL", "REFUSED", "timeout")  # what a name can be made to fail with
META = {"AXFR": "REFUSED", "IXFR": "REFUSED", "MAILA": "NOTIMP", "MAILB": "NOTIMP", "OPT": "FORMERR", "TSIG": "FORMERR"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    octets: bytes
    answer: Answer


class NameServer:
    """What all sessions of one server share: its zones, and the failures that a learner has ordered."""

    def __init__(self, zones: Zones) -> None:
        self.zones = zones
        self._failures: dict[tuple[Name, str], str] = {}

    def fail(self, name: str, type: str, how: str | None) -> None:
        """Let questions for this name and type fail from now on, as one of FAILURES; None ends it."""
        if how is not None and how not in FAILURES:
            raise LabError(f'a question can fail with {", ".join(FAILURES)}, or None to end it, not "{how}"')
        failures = {**self._failures}
        failures.pop((name_of(name), type.upper()), None)
        if how is not None:
            failures[name_of(name), type.upper()] = how
        self._failures = failures  # in one step: the loop may be reading

    @property
    def failures(self) -> Mapping[tuple[str, str], str]:
        """(name, type) -> how it fails."""
        return {(name.to_text(), type): how for (name, type), how in self._failures.items()}

    def answer(self, octets: bytes, over: str) -> tuple[Query | None, Reply | None]:
        """What a message asks, and the reply to it. None: not a question, or one that gets no answer."""
        try:
            message = dns.message.from_wire(octets)
        except Exception:  # what dnspython thinks of garbage comes as errors of many kinds
            return None, _to_garbage(octets, over)
        query = Query.of(message)
        if message.flags & dns.flags.QR:  # an answer: who replies to one may talk for ever
            return query, None
        if query is None:
            rcode = "NOTIMP" if message.opcode() != dns.opcode.QUERY else "FORMERR"  # RFC 9619: one question
            return None, _written(_reply_to(message, rcode), UDP_OCTETS, over)
        how = self._failures.get((message.question[0].name, query.type), "")
        if how == "timeout":
            return query, None
        most = UDP_OCTETS if query.edns_octets is None else min(max(query.edns_octets, UDP_OCTETS), EDNS_OCTETS)
        return query, _written(self._reply(message, query, how), most, over)

    def _reply(self, message: Message, query: Query, how: str) -> Message:
        if message.edns > 0:  # only version 0 exists: RFC 6891 section 6.1.3
            return _reply_to(message, "BADVERS")
        rcode = how or META.get(query.type, "" if query.class_ == "IN" else "REFUSED")
        if rcode:
            return _reply_to(message, rcode)
        found = find(self.zones, message.question[0].name, query.type)
        reply = _reply_to(message, found.rcode)
        if found.rcode != "REFUSED":
            reply.flags |= dns.flags.AA
        reply.answer, reply.authority, reply.additional = found.answer, found.authority, found.additional
        return reply


class Session:
    """One client's side of the name server, over "udp" or "tcp"."""

    def __init__(self, server: NameServer, over: str = "udp") -> None:
        self._server, self._over = server, over
        self._inbox = bytearray()

    def begin(self) -> Iterator[Event]:
        return iter(())  # a name server greets nobody

    def receive(self, octets: bytes) -> Iterator[Event]:
        if self._over == "udp":
            yield from self._hear(octets, b"")
            return
        self._inbox += octets
        while len(self._inbox) >= 2:
            end = 2 + int.from_bytes(self._inbox[:2], "big")  # RFC 1035 section 4.2.2
            if len(self._inbox) < end:
                return
            packet = bytes(self._inbox[:end])
            del self._inbox[:end]
            yield from self._hear(packet[2:], packet[:2])

    def _hear(self, octets: bytes, length: bytes) -> Iterator[Event]:
        query, reply = self._server.answer(octets, self._over)
        yield Event(kind="heard", octets=length + octets, value=query)
        if reply is None:
            yield Event(kind="dropped", value=query)
        else:
            length = len(reply.octets).to_bytes(2, "big") if self._over == "tcp" else b""
            yield Event(kind="said", octets=length + reply.octets, value=reply.answer)


def _reply_to(message: Message, rcode: str) -> Message:
    """A reply with the question, spelled as it was asked, and nothing in it yet."""
    reply = Message(id=message.id)
    reply.flags = dns.flags.QR | (message.flags & dns.flags.RD)
    reply.set_opcode(message.opcode())
    if message.opcode() == dns.opcode.QUERY:
        reply.question = message.question
    if message.edns >= 0:
        reply.use_edns(0, payload=EDNS_OCTETS)
    reply.set_rcode(dns.rcode.from_text(rcode))
    return reply


def _written(reply: Message, most: int, over: str) -> Reply:
    """The reply as octets. What does not fit is left out; TC says so, if an answer is missing. RFC 2181 section 9"""
    most = most if over == "udp" else TCP_OCTETS
    octets = reply.to_wire(max_size=most, prefer_truncation=True, want_shuffle=False)
    written = dns.message.from_wire(octets)
    return Reply(octets=octets, answer=Answer.of(written, size_octets=len(octets), over=over))


def _to_garbage(octets: bytes, over: str) -> Reply | None:
    """FORMERR, as long as there is an id to repeat and it is no answer itself."""
    if len(octets) < HEADER_OCTETS or octets[2] & 0x80:
        return None
    reply = Message(id=int.from_bytes(octets[:2], "big"))
    reply.flags = dns.flags.QR | (octets[2] & 0x79) << 8  # opcode and RD as they came
    reply.set_rcode(dns.rcode.FORMERR)
    return _written(reply, UDP_OCTETS, over)
