"""Dots on and off, and every message that can cross DATA arrives octet for octet."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail.smtp.text import LAST, TEXT_LINE_MAX_OCTETS, Text, as_octets, stuff
from tests.smtp.exchange import codes, pour

ENVELOPE = b"EHLO mail.example.net\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n"


def pieces(octets):
    """As the server's reader cuts them."""
    while octets:
        end = octets.find(b"\n", 0, TEXT_LINE_MAX_OCTETS + 1)
        size = end + 1 if end >= 0 else TEXT_LINE_MAX_OCTETS
        yield octets[:size]
        octets = octets[size:]


def received(wire):
    text = Text(10**9)
    rest = list(pieces(wire))
    while not text.ends_with(rest[0]):
        text.take(rest.pop(0))
    assert rest == [LAST]  # nothing ends it before its end
    return text


@given(st.lists(st.sampled_from([b".", b"..", b"\r", b"\n", b"\r\n", b"x", b"\r\n.", b".\r\n", b"\0", b"\xff"])))
def test_stuffed_and_taken_off_again(parts):
    octets = b"".join(parts)
    text = received(stuff(octets))
    assert text.refusal is None
    assert text.octets == (octets if octets.endswith(b"\r\n") or not octets else octets + b"\r\n")


def test_stuffing():
    assert stuff(b"") == b".\r\n"
    assert stuff(b".") == b"..\r\n.\r\n"
    assert stuff(b"a\r\n.\r\n..b\n.c\r\n") == b"a\r\n..\r\n...b\n.c\r\n.\r\n"


def test_text_gets_the_line_ends_of_mail_and_octets_do_not():
    assert as_octets("a\nb\r\nc\rd ü") == "a\r\nb\r\nc\r\nd ü".encode()
    assert as_octets(b"a\nb") == b"a\nb"


def test_hostile_messages_are_stored_as_they_were_sent(exchange, conformance):
    net, office = exchange
    folder = conformance("messages")
    refused = []
    for entry in json.loads((folder / "manifest.json").read_text()):
        octets = (folder / entry["file"]).read_bytes()
        whole = octets if octets.endswith(b"\r\n") else octets + b"\r\n"
        office.taken.clear()
        answer = pour(net, ENVELOPE + stuff(octets) + b"QUIT\r\n")
        if max(map(len, whole.split(b"\n"))) + 1 > TEXT_LINE_MAX_OCTETS:
            assert codes(answer)[-2:] == [500, 221]
            assert office.taken == []
            refused.append(entry["file"])
        else:
            assert codes(answer)[-2:] == [250, 221], entry["file"]
            assert office.taken[0].octets == whole, entry["file"]
    assert len(refused) == 3, refused


@pytest.mark.parametrize("crumbs", [1, 2, 1000, 1001, 4096])
def test_the_smuggler_s_letters_stay_one(exchange, crumbs):
    """An end of data that only some servers see, with a second letter behind it (RFC 5321 section 4.1.1.4)."""
    net, office = exchange
    for end in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n"):
        office.taken.clear()
        smuggled = b"Subject: one\r\n\r\nhi" + end + b"MAIL FROM:<admin@example.com>\r\n"
        answer = pour(net, ENVELOPE + smuggled + b".\r\nQUIT\r\n", crumbs)
        assert codes(answer) == [220, 250, 250, 250, 354, 250, 221]
        assert [letter.octets for letter in office.taken] == [smuggled.replace(b"\r\n.", b"\r\n")]
