"""The checks of lesson 03: what is left after a POP3 session, an IMAP program in step. RFC 1939, 3501."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from labmail.clock import FIRST_MINUTE
from labmail.imap import Session
from labmail.lessons.checking import Found, accept, attempt, right, wrong
from labmail.store import Store
from labmail.world import cake

BOB = "bob@example.com"
SUBJECTS = ("The cake", "The candles", "The guests")
MORNINGS = 200

Uids = list[Any]  # numbers, and None for a letter whose UID is not known yet


class Program:
    """An IMAP program with the INBOX of a store open, connected to nothing but a session."""

    def __init__(self, store: Store) -> None:
        self.session = Session("mail.example.com", lambda user, password: BOB, store, lambda: FIRST_MINUTE)
        list(self.session.begin())
        self._tags = 0
        self.say("LOGIN bob bob")
        self.say("SELECT INBOX")

    def say(self, command: str) -> str:
        """The whole answer to one command."""
        self._tags += 1
        heard = self.session.receive(f"a{self._tags} {command}\r\n".encode())
        return b"".join(event.octets for event in heard if event.kind == "said").decode("latin-1")

    @property
    def uids(self) -> list[int]:
        """Of the letters it has been told of, in the order of their numbers."""
        assert self.session.view is not None
        return list(self.session.view.uids)


def put(store: Store, subject: str = "The cake") -> None:
    text = cake.replace("Re: The Cake", subject).replace("\n", "\r\n")
    store.add(BOB, "INBOX", text.encode(), at=FIRST_MINUTE, return_path="alice@example.net")


# ---- exercises 1 and 4

AFTER_POP = {"a": "1 2 3", "b": "2 3", "c": "1 2 3", "d": "1 2", "e": "2 3 4"}
WHO_SPEAKS_WHAT = {"a": "SMTP", "b": "POP", "c": "IMAP", "d": "HTTP", "e": "IMAP"}
ALSO = {"POP3": "POP", "IMAP4": "IMAP", "IMAP4REV1": "IMAP", "HTTPS": "HTTP", "ESMTP": "SMTP"}


def after_pop(answers: dict[str, Any]) -> Found:
    for key, wanted in AFTER_POP.items():
        answer = str(answers[key])
        numbers = re.findall(r"\d+", answer)
        if not numbers or re.search(r"[^\d\s,()\[\]]", answer):
            return wrong("no-numbers", key=key, answer=repr(answers[key]))
        if strange := [number for number in numbers if number not in "1234"]:
            return wrong("unknown", key=key, number=strange[0])
        if sorted(set(numbers)) != wanted.split():
            return wrong(key)
    return right()


def who_speaks_what(answers: dict[str, Any]) -> Found:
    for key, wanted in WHO_SPEAKS_WHAT.items():
        answer = str(answers[key]).strip().upper()
        answer = ALSO.get(answer, answer)
        if answer not in WHO_SPEAKS_WHAT.values():
            return wrong("no-word", key=key, answer=repr(answers[key]))
        if answer != wanted:
            return wrong(key)
    return right()


# ---- exercise 2


def leave_unread(command: Any) -> Found:
    if not isinstance(command, str) or not command.strip() or len(command.strip().splitlines()) != 1:
        return wrong("no-line")
    words = command.split()
    if words[0].upper() not in ("FETCH", "UID"):
        tagged = len(words) > 1 and words[1].upper() in ("FETCH", "UID")
        return wrong("tagged" if tagged else "other-verb", first=words[0])
    store = Store()
    try:
        for subject in SUBJECTS:
            put(store, subject)
        program = Program(store)
        answer = program.say(" ".join(words))
        flags = [flags for _, flags in store.index(store.folder(BOB, "INBOX").id)]  # type: ignore[union-attr]
        whole = program.say("FETCH 1:* BODY.PEEK[]")
    finally:
        store.close()
    return fetch_fault(answer, sum("\\Seen" in each for each in flags)) or unread(answer, whole)


def fetch_fault(answer: str, marked: int) -> Found | None:
    *_, reply = answer.splitlines()
    if " OK " not in reply:
        return wrong("refused", reply=reply.partition(" ")[2])
    if "bring the cake" in answer:
        return wrong("whole", octets=len(answer))
    if marked:
        return wrong("marked", count=marked)
    came = sum(subject in answer for subject in SUBJECTS)
    letters = answer.count(" FETCH (")
    if letters < len(SUBJECTS):
        return wrong("some", count=letters)
    for name, there in (("Subject", came == len(SUBJECTS)), ("From", "lice" in answer)):
        if not there:
            return wrong("missing", name=name, got=answer.splitlines()[0])
    return None


def unread(answer: str, whole: str) -> Found:
    told = f"  your command   {len(answer):5} octets came\n  all of it      {len(whole):5}"
    if "ENVELOPE" in answer:
        return accept("envelope", told)
    names = re.findall(r"^([A-Za-z-]+): ", answer, re.M)
    if more := [name for name in names if name not in ("From", "Subject")]:
        return wrong("more", got=", ".join(dict.fromkeys(more)))
    return right(told)


# ---- exercise 3

SMALL: tuple[tuple[Uids, list[str], Uids], ...] = (  # the smallest case in which each way to be wrong shows
    ([2, 3, 4], ["* 2 EXPUNGE"], [2, 4]),
    ([3, 7, 9, 12], ["* 2 EXPUNGE", "* 3 EXPUNGE"], [3, 9]),
    ([3, 7], ["* 3 EXISTS"], [3, 7, None]),
    ([3, 7], ["* 4 EXISTS"], [3, 7, None, None]),
    ([3, 7], ["* 2 RECENT", "* 1 FETCH (FLAGS (\\Seen))", "a7 OK NOOP completed"], [3, 7]),
    ([3, 7], ["* OK still here", "* 2 EXISTS", "* FLAGS (\\Seen)"], [3, 7]),
)


def follow(function: Any) -> Found:
    for uids, lines, wanted in (*SMALL, *mornings()):
        got = attempt(function, list(uids), list(lines))
        if (list(got) if isinstance(got, tuple) else got) != wanted:
            return follow_fault(uids, lines, wanted, got)
    return right()


def mornings() -> Iterator[tuple[Uids, list[str], Uids]]:
    """What the server says to a program about the doings of another, and what it then has in mind."""
    store, chance = Store(), random.Random(3)
    try:
        put(store)
        watching, acting = Program(store), Program(store)
        for _ in range(MORNINGS):
            before = watching.uids
            for _ in range(chance.randrange(4)):
                act(chance, store, acting)
            lines = watching.say("NOOP").splitlines()
            yield list(before), lines, [uid if uid in before else None for uid in watching.uids]
    finally:
        store.close()


def act(chance: random.Random, store: Store, program: Program) -> None:
    program.say("NOOP")
    uids = program.uids
    if chance.random() < 0.6 or len(uids) < 2:
        put(store)
    else:
        program.say(f"STORE {chance.randint(1, len(uids))} +FLAGS (\\Deleted)")
        program.say("EXPUNGE")


def follow_fault(uids: Uids, lines: list[str], wanted: Uids, got: Any) -> Found:
    told: dict[str, Any] = {"uids": uids, "lines": lines, "wanted": wanted, "got": repr(got)}
    if got is None:
        return wrong("nothing", **told)
    if not isinstance(got, list | tuple):
        return wrong("no-list", **told)
    got = list(got)
    if any(line.endswith("EXPUNGE") for line in lines):
        return wrong(expunge_fault(uids, lines, got), **told)
    if len(wanted) > len(uids):
        return wrong(exists_fault(uids, wanted, got), **told)
    return wrong("other-lines" if len(lines) > 1 else "changed", **told)


def expunge_fault(uids: Uids, lines: list[str], got: Uids) -> str:
    numbers = [int(line.split()[1]) for line in lines if line.endswith("EXPUNGE")]
    if got == uids:
        return "not-removed"
    if got == [uid for place, uid in enumerate(uids) if place not in numbers]:
        return "off-by-one"
    if got == [uid for uid in uids if uid not in numbers]:
        return "by-uid"
    if got == [uid for place, uid in enumerate(uids, 1) if place not in numbers]:
        return "all-at-once"
    return "changed"


def exists_fault(uids: Uids, wanted: Uids, got: Uids) -> str:
    count = len(wanted)
    if got == [*uids, None]:
        return "exists-once"
    if got == [*uids, *[None] * count]:
        return "exists-is-new"
    if len(got) > len(uids) and None not in got:
        return "exists-uid"
    return "changed"
