"""A mail server's reading room for the tests of IMAP: one store, Bob's mailbox, and sessions that nobody carries."""

import re

from labmail.clock import FIRST_MINUTE
from labmail.imap import Session
from labmail.store import Store

BOB = "bob@example.com"
PASSWORD = "a cake"
CAKE = (
    b"From: Alice <alice@example.net>\r\n"
    b"To: Bob <bob@example.com>\r\n"
    b"Date: Mon, 01 Jun 2026 09:00:00 +0000\r\n"
    b"Subject: Re: The Cake\r\n"
    b"\r\n"
    b"Don't forget to bring the cake!\r\n"
)


class Client:
    """One session, and all that was heard and said in it."""

    def __init__(self, store: Store, *, login: bool = False, **more) -> None:
        self.session = Session("mail.example.com", self.check, store, lambda: FIRST_MINUTE, **more)
        self.session.attend(self._unasked)
        self.events = list(self.session.begin())
        self.tags = 0
        if login:
            assert self.say(f'LOGIN bob "{PASSWORD}"')[-1].endswith(" LOGIN completed")

    @staticmethod
    def check(user: str, password: str) -> str | None:
        return BOB if (user, password) in ((name, PASSWORD) for name in ("bob", BOB)) else None

    def _unasked(self, events) -> None:
        self.events += events

    def feed(self, octets: bytes) -> bytes:
        """What is said to these octets."""
        before = len(self.events)
        for event in self.session.receive(octets):
            self.events.append(event)
        return self.said(before)

    def said(self, since: int = 0) -> bytes:
        return b"".join(event.octets for event in self.events[since:] if event.kind == "said")

    def say(self, command: str | bytes) -> list[str]:
        """One command: the untagged lines of the answer without their `* `, then the tagged one without its tag."""
        self.tags += 1
        octets = command if isinstance(command, bytes) else command.encode()
        answer = self.feed(b"t%d %b\r\n" % (self.tags, octets)).decode("latin-1")
        lines = answer.removesuffix("\r\n").split("\r\n")
        return [line.removeprefix("* ").removeprefix(f"t{self.tags} ") for line in lines]

    @property
    def kinds(self) -> set[str]:
        return {event.kind for event in self.events}

    @property
    def dialog(self) -> list[tuple[str, bytes]]:
        return [(event.kind, event.octets) for event in self.events if event.kind in ("heard", "said", "fault")]


def put(store: Store, octets: bytes = CAKE, folder: str = "INBOX", **more):
    return store.add(BOB, folder, octets, at=more.pop("at", FIRST_MINUTE), **more)


def lines(dialogue: str) -> list[tuple[str, bytes]]:
    """What was heard and said, one line at a time."""
    kinds, pattern = {"C": "heard", "S": "said"}, r"([CS]): ?(.*?)(?=\s{2,}S:|$)"
    return [(kinds[who], text.encode() + b"\r\n") for who, text in re.findall(pattern, dialogue, re.M)]


def heard_in(dialogue: str) -> bytes:
    return b"".join(octets for kind, octets in lines(dialogue) if kind == "heard")
