"""A small Internet for the tests of SMTP: mx1 takes mail for example.com, and what it took can be looked at."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from labmail.dns.message import Answer, Record
from labmail.net import Net, Service
from labmail.record import Event
from labmail.smtp.paths import mailbox
from labmail.smtp.server import MailExchanger
from labmail.smtp.transaction import Settings, Transaction, Where

CLIENT, MX1, MX2 = "mail.example.net", "mx1.example.com", "mx2.example.com"
HOSTS = {CLIENT: "192.0.2.67", MX1: "198.51.100.1", MX2: "198.51.100.2"}
ENDLESS_S = 20  # real seconds: a limit against hanging


@dataclass
class Office:
    """One mail server's side of the table: what it took, and what it is told to do."""

    net: Net
    host: str = MX1
    taken: list[Transaction] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = Settings(
            hostname=self.host,
            now=lambda: self.net.agenda.now,
            recipient=self.whose,
            deliver=self.deliver,
            wait=self.net.wait,
        )

    def whose(self, address: str) -> Where:
        local, _, domain = mailbox(address).rpartition("@")
        if domain != "example.com":
            return Where.ELSEWHERE
        known = local in ("bob", "o'brien", "two words", "jörg") or local.startswith("user")
        return Where.HERE if known else Where.UNKNOWN

    async def deliver(self, letter: Transaction) -> None:
        self.taken.append(letter)

    def open(self, port: int = 25) -> None:
        service = Service(
            host=self.host, port=port, protocol="smtp", make=lambda tap: MailExchanger(tap, self.settings)
        )
        self.net.run(self.net.listen(service))


def internet(*, memory: bool = True, **settings) -> tuple[Net, Office]:
    net = Net(memory=memory)
    net.hosts.update(HOSTS)
    office = Office(net)
    for name, value in settings.items():
        setattr(office.settings, name, value)
    office.open()
    return net, office


def lines(dialogue: str) -> list[tuple[str, bytes]]:
    """What was heard and said, one line at a time. `\\x00` and the like may stand in it."""
    kinds, pattern = {"C": "heard", "S": "said"}, r"([CS]): ?(.*?)(?=\s{2,}S:|$)"
    return [(kinds[who], text.encode() + b"\r\n") for who, text in re.findall(pattern, dialogue, re.M)]


def heard_in(dialogue: str) -> bytes:
    """All that the client sends."""
    return b"".join(octets for kind, octets in lines(dialogue) if kind == "heard")


def pour(net: Net, octets: bytes, crumbs: int | None = None) -> bytes:
    """Send all of it without waiting, in pieces of that many octets, then end; the result is all that came back."""

    async def talk() -> bytes:
        reader, writer = await net.open(CLIENT, HOSTS[MX1], 25)
        step = crumbs or max(len(octets), 1)
        for start in range(0, len(octets), step):
            writer.write(octets[start : start + step])
            await asyncio.sleep(0)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    async def limited() -> bytes:
        async with asyncio.timeout(ENDLESS_S):
            return await talk()

    answer = net.run(limited())
    net.settle()
    return answer


def dialog(net: Net) -> list[Event]:
    """What was heard and said on the last wire."""
    last = max(event.wire.number for event in net.record if event.wire)
    return [event for event in net.record.filter(wire=last) if event.kind in ("heard", "said", "fault")]


def codes(answer: bytes) -> list[int]:
    return [int(line[:3]) for line in answer.splitlines() if line[3:4] == b" "]


class Directory:
    """A resolver that knows what it is told: (name, type) -> the records' text, or an rcode."""

    def __init__(self, told: dict[tuple[str, str], list[str] | str]) -> None:
        self.told = told

    def lookup(self, name: str, type: str) -> Answer:
        name = name.rstrip(".")
        known = {key[0] for key in self.told}
        data = self.told.get((name, type), [] if name in known else "NXDOMAIN")
        if isinstance(data, str):
            return Answer(name=f"{name}.", type=type, rcode=data)
        records = (Record(name=f"{name}.", ttl=300, type=type, text=text, rdata=b"") for text in data)
        return Answer(name=f"{name}.", type=type, rcode="NOERROR", answers=tuple(records))


class Script:
    """A server that says what it is told: verb -> reply. "" hangs up, None is silent. A letter ends at its dot."""

    PLAIN: ClassVar = {"greeting": "220 hello", "DATA": "354 go on", "QUIT": "221 bye"}

    def __init__(self, **says: str | None) -> None:
        self._says, self._inbox, self._text = {**self.PLAIN, **says}, b"", False

    def begin(self) -> Iterator[Event]:
        yield from self._answer("greeting")

    def receive(self, octets: bytes) -> Iterator[Event]:
        self._inbox += octets
        while b"\r\n" in self._inbox:
            line, _, self._inbox = self._inbox.partition(b"\r\n")
            yield Event(kind="heard", octets=line + b"\r\n")
            if self._text and line != b".":
                continue
            self._text = line == b"DATA"
            yield from self._answer("END" if line == b"." else line[:4].decode())

    def _answer(self, verb: str) -> Iterator[Event]:
        says = self._says.get(verb, "250 yes")
        if says == "":
            yield Event(kind="close")
        elif says is not None:
            yield Event(kind="said", octets=says.encode() + b"\r\n")
            if says.startswith("221"):
                yield Event(kind="close")
