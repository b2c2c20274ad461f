"""A mailbox as people have them: letters of some ten people, plain ones, ones with HTML beside the text, ones with a
file. The same ones every time, with CR LF at the end of every line.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["FIRST", "Entry", "letters"]

FIRST = datetime(2026, 6, 1, 9, tzinfo=UTC)
EVERY = timedelta(minutes=5)
FILE_OCTETS = 9000  # of what is attached
PEOPLE = ("Alice", "Bob", "Carol", "Dan", "Erin", "Frank", "Grace", "Heidi", "Ivan", "Judy", "Walter Hämmerle")
TEXT = (
    "the cake is for Sunday and we still need eggs flour sugar butter a little milk and somebody who brings plates "
    "please say whether you come by train or by car because the road is closed again until noon thank you"
)
WORDS = TEXT.split()


@dataclass(frozen=True)
class Entry:
    octets: bytes
    at: datetime
    flags: frozenset[str]


def letters(count: int) -> Iterator[Entry]:
    chance = random.Random(7)
    for number in range(1, count + 1):
        at = FIRST + number * EVERY
        flags = {"\\Seen"} if chance.random() < 0.8 else set()
        flags |= {"\\Flagged"} if chance.random() < 0.05 else set()
        flags |= {"\\Answered"} if chance.random() < 0.2 else set()
        head, body = _head(chance, number, at), _body(chance, number)
        yield Entry("\r\n".join([*head, *body, ""]).encode(), at, frozenset(flags))


def _head(chance: random.Random, number: int, at: datetime) -> list[str]:
    sender = chance.choice(PEOPLE)
    others = chance.sample(PEOPLE[:-1], chance.choice((0, 0, 1, 4)))
    day = f"{at:%a, %d %b %Y %H:%M:%S +0000}"
    subject = " ".join(chance.sample(WORDS, 5))
    lines = [
        f"Received: from mail.example.net (mail.example.net [192.0.2.67])\r\n\tby mx1.example.com; {day}",
        f"From: {_name(sender)} <{sender.split()[0].lower()}@example.net>",
        "To: Bob <bob@example.com>",
        f"Date: {day}",
        f"Subject: {'Re: ' * chance.randrange(2)}{subject}",
        f"Message-ID: <{number}.cake@mail.example.net>",
    ]
    lines += [f"Cc: {', '.join(f'{name} <{name.lower()}@example.org>' for name in others)}"] if others else []
    return lines + ([f"In-Reply-To: <{number - 1}.cake@mail.example.net>"] if chance.random() < 0.4 else [])


def _name(name: str) -> str:
    if name.isascii():
        return name
    return f"=?utf-8?b?{base64.b64encode(name.encode()).decode()}?="


def _body(chance: random.Random, number: int) -> list[str]:
    text = [" ".join(chance.choices(WORDS, k=11)) for _ in range(chance.randrange(5, 40))]
    kind = chance.random()
    if kind < 0.7:
        return ["", *text]
    edge = f"edge-{number}"
    plain = [f"--{edge}", "Content-Type: text/plain; charset=utf-8", "", *text]
    if kind < 0.93:
        subtype, encoding, form = "alternative", "quoted-printable", "text/html; charset=utf-8"
        more = ["<html><body>", *(f'<p class=3D"x">{line}</p>' for line in text), "</body></html>"]
    else:
        subtype, encoding, form = "mixed", "base64", "image/png; name=cake.png"
        more = base64.encodebytes(chance.randbytes(FILE_OCTETS)).decode().splitlines()
    head = ["MIME-Version: 1.0", f'Content-Type: multipart/{subtype}; boundary="{edge}"', ""]
    second = [f"--{edge}", f"Content-Type: {form}", f"Content-Transfer-Encoding: {encoding}", ""]
    return [*head, *plain, *second, *more, f"--{edge}--"]
