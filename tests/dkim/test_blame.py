"""What was changed is named where a guess can be proved, and nothing is said where none can."""

from __future__ import annotations

import pytest

from labmail import dkim
from tests.dkim.letters import LETTER, altered, judge, signed, zone

FOOTER = b"-- \r\nbakers@alumni.example\r\n"


@pytest.mark.parametrize("how", ["simple/simple", "relaxed/relaxed"])
def test_a_footer(how):
    broke = judge(signed(canonicalization=how) + FOOTER).body.broke
    canonical = judge(signed(canonicalization=how)).body.canonical
    assert (broke.key, broke.start) == ("added", len(canonical))
    assert broke.says.startswith(f"after octet {len(canonical)}, ")


def test_a_banner():
    broke = judge(altered(signed(), b"\r\n\r\nDon't", b"\r\n\r\nExternal mail!\r\nDon't")).body.broke
    assert (broke.key, broke.start, broke.end) == ("added", 0, len(b"External mail!\r\n"))


@pytest.mark.parametrize(
    ("was", "to", "says"),
    [
        (b"cake!", b"cake.", "octet 30 of the canonical body was hex 21 “!”, and is hex 2e “.”"),
        (b"cake!", b"cakes!", "octet 30 of the canonical body, hex 73 “s”, is new"),
        (b"cake!", b"cake", "before octet 30 of the canonical body there was hex 21 “!”"),
        (b"the cake!", b"the\x00cake!", "octet 25 of the canonical body was hex 20, and is hex 00"),
    ],
)
def test_one_octet_of_the_body(was, to, says):
    signature = judge(altered(signed(), was, to))
    assert signature.body.broke.says == says
    assert signature.header.broke is None


@pytest.mark.parametrize("type", ["rsa", "ed25519"])
def test_the_header(type):
    letter, where = signed(type=type), zone(type=type)
    tagged = judge(altered(letter, b"Subject: Re:", b"Subject: [bakers] Re:"), where)
    assert tagged.header.broke.says == "“[bakers]” was put before the subject"
    added = judge(altered(letter, b"To: Bob", b"From: Mallory <m@mallory.example>\r\nTo: Bob"), where)
    assert added.header.broke.says == "a field From: was added"
    assert tagged.body.broke is added.body.broke is None


def test_one_octet_of_the_header_where_the_signature_holds_the_hash():
    letter = altered(signed(headers=("from",)), b"From: Alice", b"From: Alicf")
    assert judge(letter).header.broke.says == "octet 9 of the canonical header was hex 65 “e”, and is hex 66 “f”"


def test_another_key():
    other = dkim.generate("rsa", 1024)
    signature = judge(signed(), zone(other.record))
    assert signature.header.broke.key == "key"
    assert "another key" in repr(dkim.verify(signed(), zone(other.record)))


def test_what_cannot_be_known_is_not_said():
    signature = judge(altered(signed(), b"Don't forget to bring  the cake! ", b"Send money."))
    assert signature.body.broke is None
    long = LETTER + b"a line that says nothing at all\r\n" * 5000
    assert judge(altered(signed(long), b"cake!", b"cake.")).body.broke is None
    assert judge(signed()).body.broke is judge(signed()).header.broke is None
