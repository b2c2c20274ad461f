"""What a signature says, and what cannot be signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labmail import cake, dkim
from labmail.errors import LabError
from tests.dkim.letters import LETTER, NOW, judge, key, signed, zone

FIELD = """\
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s1;
 t=1780304400; h=from:to:date:subject:from;
 bh="""


def test_the_field_as_it_stands():
    made = dkim.sign(LETTER, "s1", "example.net", key(), now=NOW)
    text = made.field.decode().replace("\r\n", "\n")
    assert text.startswith(FIELD)
    assert made.message == bytes(made) == made.octets == made.field + LETTER
    assert all(len(line) <= 76 for line in text.splitlines())
    assert repr(made).splitlines()[-1].startswith(" b=")
    assert len(repr(made).splitlines()) == 4
    judged = judge(made.message)
    assert judged.header.canonical == made.canonical_header
    assert judged.body.canonical == made.canonical_body


def test_it_is_the_same_every_time():
    assert signed() == signed()
    assert signed(now=datetime(2026, 6, 1, 9, tzinfo=UTC)) == signed()


def test_every_tag():
    letter = signed(expires=timedelta(days=7), length=12, identity="alice@mail.example.net", oversign=("from", "cc"))
    found = judge(letter)
    assert found.result == "pass"
    assert found.body.length == len(found.body.hashed) == 12
    assert found.identity == "alice@mail.example.net"
    assert found.signed == ("from", "to", "date", "subject", "from", "cc")
    assert b"x=1780909200;" in letter


def test_many_names_are_folded():
    names = [f"x-a-rather-long-name-{number}" for number in range(20)]
    letter = signed(headers=("from", *names), canonicalization="simple/simple")
    assert all(len(line) <= 78 for line in letter.split(b"\r\n\r\n")[0].split(b"\r\n"))
    assert judge(letter).result == "pass"
    assert len(judge(letter).signed) == 22


def test_text_gets_the_line_ends_of_the_wire():
    """RFC 6376 section 5.3"""
    made = dkim.sign(cake, "s1", "example.net", key(), now=NOW)
    assert b"\n" not in made.message.replace(b"\r\n", b"")
    assert judge(made.message).result == "pass"
    assert judge(made.message.replace(b"\r\n", b"\n")).result == "pass"  # as a file may hold it


def test_a_name_beyond_ascii():
    letter = dkim.sign(LETTER, "schlüssel", "bücher.example", key(), now=NOW).message
    where = zone()
    where.entries["xn--schlssel-95a._domainkey.xn--bcher-kva.example"] = where.entries["s1._domainkey.example.net"]
    assert judge(letter, where).result == "pass"


REFUSED = {
    "without From:": ({"message": b"To: x\r\n\r\n"}, "without From:"),
    "From: not signed": ({"headers": ("to",), "oversign": ()}, "From: is one of them"),
    "a name that is none": ({"headers": ("from", "a:b")}, "From: is one of them"),
    "a domain that is none": ({"domain": "example;net"}, "is no domain"),
    "a selector that is none": ({"selector": "s 1"}, "is no selector"),
    "another canonicalization": ({"canonicalization": "nowsp"}, "is no canonicalization"),
    "an identity elsewhere": ({"identity": "a@example.com"}, "does not lie within"),
    "an identity with a blank": ({"identity": "a b@example.net"}, "holds a blank"),
    "no message": ({"message": 5}, "a message is octets, text or a letter"),
    "a key as text": ({"key": "mine"}, r"a key comes from dkim.generate\(\) or dkim.load"),
    "a selector that is no text": ({"selector": 1}, "the selector is text"),
    "a domain that is no text": ({"domain": None}, "the domain is text"),
    "a first line that is folded": ({"message": b" x\r\nFrom: a\r\n\r\n"}, "begins with a blank"),
}


@pytest.mark.parametrize(("more", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_signed(more, says):
    plain = {"message": LETTER, "selector": "s1", "domain": "example.net", "key": key()}
    with pytest.raises(LabError, match=says):
        dkim.sign(**{**plain, **more})
