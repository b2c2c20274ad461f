"""A small Internet for the tests of POP3: Bob's mailbox at mail.example.com, with what the dialogues speak of."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import ClassVar

from labmail.accounts import Accounts
from labmail.clock import FIRST_MINUTE
from labmail.net import Net, Service, carry
from labmail.pop3.maildrop import Office
from labmail.pop3.session import Session
from labmail.record import Event
from labmail.store import INBOX, Store
from tests.pop3.dialogues import LETTERS

HOST, CLIENT, BOB = "mail.example.com", "phone.example.com", "bob@example.com"
HOSTS = {HOST: "198.51.100.10", CLIENT: "203.0.113.20"}
ENDLESS_S = 20  # real seconds: a limit against hanging


class PostOffice:
    """A store with letters for Bob, and sessions that open it."""

    made: ClassVar[list[PostOffice]] = []  # closed after each test

    def __init__(self, letters: Iterable[bytes] = LETTERS) -> None:
        self.made.append(self)
        self.store = Store()
        for octets in letters:
            self.store.add(BOB, INBOX, octets, at=FIRST_MINUTE)
        self.office = Office(self.store)
        self.accounts = Accounts({BOB: "teaching-bob", "alice@example.com": "teaching-alice"})

    def session(self) -> Session:
        return Session(HOST, self.accounts.check, self.office)

    def left(self) -> list[bytes]:
        return [letter.octets for letter in self.store.letters(BOB)]

    def net(self) -> Net:
        net = Net(memory=True)
        net.hosts.update(HOSTS)
        net.run(net.listen(Service(host=HOST, port=110, protocol="pop3", make=carry(self.session))))
        return net


def lines(dialogue: str) -> list[tuple[str, bytes]]:
    """What was heard and said, one line at a time."""
    kinds, pattern = {"C": "heard", "S": "said"}, r"([CS]): ?(.*?)(?=\s{2,}S:|$)"
    return [(kinds[who], text.encode() + b"\r\n") for who, text in re.findall(pattern, dialogue, re.M)]


def heard_in(dialogue: str) -> bytes:
    """All that the client sends."""
    return b"".join(octets for kind, octets in lines(dialogue) if kind == "heard")


def spoken(events: Iterable[Event]) -> list[tuple[str, bytes]]:
    return [(event.kind, event.octets) for event in events if event.kind in ("heard", "said")]


def say(session: Session, *octets: bytes) -> bytes:
    """What a session answers to that, and to its own beginning if it is new."""
    return b"".join(event.octets for each in octets for event in session.receive(each) if event.kind == "said")


def pour(net: Net, octets: bytes, crumbs: int | None = None) -> bytes:
    """Send all of it without waiting, in pieces of that many octets, then end; the result is all that came back."""

    async def talk() -> bytes:
        reader, writer = await net.open(CLIENT, HOSTS[HOST], 110)
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
