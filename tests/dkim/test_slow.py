"""A letter made to be slow is not: no list, run or field makes a check take the square of its length."""

from __future__ import annotations

import time

import pytest

from labmail import dkim
from tests.dkim.letters import LETTER, NOW, resigned, signed, zone

LIMIT = 10  # seconds; none takes more than a second here, and the square of its length would take minutes
LONG = LETTER + b"x y\r\n" * 100_000


def by_hand(letter: bytes, **tags: str) -> bytes:
    return resigned(tags, letter, "ed25519")


def lengths() -> bytes:
    signatures = (by_hand(LONG, l=str(length)).partition(b"From:")[0] for length in range(20))
    return b"".join(signatures) + LONG


CASES = {
    "blanks": lambda: signed(LETTER + b" " * 1_000_000 + b"x\r\n", type="ed25519"),
    "blanks in runs": lambda: signed(LETTER + (b" " * 19 + b"x") * 50_000 + b"\r\n", type="ed25519"),
    "empty lines": lambda: signed(LETTER + b"\r\n" * 500_000, type="ed25519"),
    "fields": lambda: b"X: y\r\n" * 100_000 + signed(type="ed25519"),
    "names": lambda: by_hand(LETTER, h=":".join(["from"] * 50_000)),
    "names and fields": lambda: by_hand(b"From: y\r\n" * 20_000 + LETTER, h=":".join(["from"] * 20_000)),
    "tags": lambda: b"DKIM-Signature: " + b";".join(b"t%d=b" % n for n in range(50_000)) + b"\r\n" + LETTER,
    "lengths": lengths,
    "folds": lambda: signed(LETTER.replace(b"Subject: ", b"Subject: " + b"a\r\n " * 50_000), type="ed25519"),
    "a long body, changed": lambda: signed(LONG, type="ed25519") + b"a",
    "many fields, one changed": lambda: signed(
        b"Subject: y\r\n" * 3000 + LETTER, headers=["from"] + ["subject"] * 3000, type="ed25519"
    ).replace(b"The Cake", b"The cake"),
}


@pytest.mark.parametrize("letter", CASES.values(), ids=CASES)
def test_it_is_judged_in_good_time(letter):
    octets, where = letter(), zone(type="ed25519")
    started = time.perf_counter()
    assert repr(dkim.verify(octets, where, now=NOW))
    assert time.perf_counter() - started < LIMIT
