"""The table of lesson 07's second exercise is what the verifier says of a letter with that change."""

from __future__ import annotations

import pytest

from labmail.lessons.checks.dkim import BREAKS
from tests.dkim.letters import LETTER, altered, judge, signed

SUBJECT = b"Subject: Re: The Cake"
CHANGED = {
    "a": lambda letter: altered(letter, SUBJECT, b"Subject: Re: The Tart"),
    "b": lambda letter: b"X-Scanned: clean\r\n" + letter,
    "c": lambda letter: altered(letter, SUBJECT, b"subject: Re: The\r\n Cake"),
    "d": lambda letter: letter + b"\r\n\r\n\r\n",
    "e": lambda letter: letter + b"bakers@alumni.example\r\n",
    "f": lambda letter: b"From: Mallory <mallory@mallory.example>\r\n" + letter,
}


@pytest.mark.parametrize("key", BREAKS)
def test_what_breaks(key: str) -> None:
    found = judge(CHANGED[key](signed(LETTER)))
    assert found.body is not None
    assert found.header is not None
    broken = [name for name, holds in (("body", found.body.matches), ("header", found.header.matches)) if not holds]
    assert (" and ".join(broken) or "nothing") == BREAKS[key]
    assert found.result == ("fail" if broken else "pass")
