"""What RETR and TOP send: dots, sizes, last lines; and the 131 odd messages, byte for byte."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail.clock import FIRST_MINUTE
from labmail.pop3.maildrop import stuffed, top
from labmail.store import INBOX
from tests.pop3.postoffice import BOB, PostOffice, pour, say

LOGIN = b"USER bob\r\nPASS teaching-bob\r\n"
PIECES = st.sampled_from([b".", b"\r\n", b"\n", b"\r", b"..", b"x", b"\0", b"\xff", b"\r\n.\r\n"])


def unstuffed(octets: bytes) -> bytes:
    """As a client reads a multi-line answer: RFC 1939 section 3."""
    assert octets.endswith(b".\r\n")
    body = octets[:-3]
    assert body == b"" or body.endswith(b"\r\n")
    assert not re.search(rb"(\A|\r\n)\.\r\n", body)  # nothing ends it before
    return re.sub(rb"(\A|\r\n)\.", rb"\1", body)


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_every_octet_comes_back_and_the_last_line_ends(message):
    whole = message if message.endswith(b"\r\n") else message + b"\r\n"
    assert unstuffed(b"".join(stuffed(message))) == whole


@given(st.lists(PIECES, max_size=30).map(b"".join), st.sampled_from([b"", b"Received: x\r\n", b".\r\n.\r\n"]))
def test_the_size_is_what_is_sent(message, trace):
    place = PostOffice([])
    letter = place.store.add(BOB, INBOX, message, at=FIRST_MINUTE, return_path="a@b.example", trace=trace)
    first, _, rest = say(place.session(), LOGIN, b"RETR 1\r\n").split(b"yours, with ")[1].partition(b"\r\n")
    head, _, body = rest.partition(b"\r\n")
    assert head == b"+OK %d octets" % len(unstuffed(body))
    assert first.startswith(b"1 message (%d octets)" % len(unstuffed(body)))
    assert unstuffed(body).startswith(letter.message)


TOPS = {
    "no body": (b"A: 1\r\n", 5, b"A: 1\r\n"),
    "no header": (b"\r\none\r\n", 0, b"\r\n"),
    "nothing": (b"", 3, b""),
    "no line of the body": (b"A: 1\r\n\r\none\r\ntwo\r\n", 0, b"A: 1\r\n\r\n"),
    "one line of it": (b"A: 1\r\n\r\none\r\ntwo\r\n", 1, b"A: 1\r\n\r\none\r\n"),
    "more than there is": (b"A: 1\r\n\r\none\r\ntwo", 9, b"A: 1\r\n\r\none\r\ntwo"),
    "just as many as there are": (b"A: 1\r\n\r\none\r\ntwo\r\n", 2, b"A: 1\r\n\r\none\r\ntwo\r\n"),
    "LF alone": (b"A: 1\nB: 2\n\none\ntwo\n", 1, b"A: 1\nB: 2\n\none\n"),
}


@pytest.mark.parametrize(("message", "count", "shown"), TOPS.values(), ids=TOPS)
def test_top(message, count, shown):
    assert top(message, count) == shown


# ---- messages that nobody on the project wrote


@pytest.fixture(scope="module")
def odd(conformance):
    folder = conformance("messages")
    names = [each["file"] for each in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))]
    return [(folder / name).read_bytes() for name in names]


def test_odd_messages_come_back_byte_for_byte(odd):
    """Exactly, or with one CRLF at the end: read from the wire, since poplib throws line ends away."""
    assert len(odd) == 131
    place = PostOffice(odd)
    net = place.net()
    commands = "".join(f"RETR {number}\r\n" for number in range(1, len(odd) + 1))
    answer = pour(net, LOGIN + b"LIST\r\nUIDL\r\n" + commands.encode() + b"QUIT\r\n")
    net.stop()
    position = answer.index(b"+OK unique ids follow")
    sizes = re.findall(rb"^\d+ (\d+)\r$", answer[:position], re.M)
    ids = re.findall(rb"^\d+ (\d+)\r$", answer[position:].partition(b"\r\n.\r\n")[0] + b"\r\n", re.M)
    position += answer[position:].index(b"\r\n.\r\n") + 5
    for octets, size in zip(odd, sizes, strict=True):
        whole = octets if octets.endswith(b"\r\n") else octets + b"\r\n"
        sent = b"".join(stuffed(whole))
        head = b"+OK %d octets\r\n" % len(whole)
        assert int(size) == len(whole)
        assert answer[position : position + len(head + sent)] == head + sent
        assert unstuffed(sent) == whole
        position += len(head + sent)
    assert answer[position:] == b"+OK mail.example.com says goodbye, 0 messages deleted and 131 left\r\n"
    assert place.left() == odd
    assert ids == [b"%d" % letter.uid for letter in place.store.letters(BOB)]


def test_odd_messages_survive_top(odd):
    session = PostOffice(odd).session()
    say(session, LOGIN)
    for number, octets in enumerate(odd, 1):
        answer = say(session, b"TOP %d 3\r\n" % number)
        assert answer.startswith(b"+OK the top follows\r\n")
        shown = unstuffed(answer.partition(b"\r\n")[2])
        assert (octets + b"\r\n").startswith(shown) or octets.startswith(shown.removesuffix(b"\r\n"))
    assert say(session, b"UIDL\r\n").count(b"\r\n") == len(odd) + 2


def test_a_thousand_marks_go_in_one_quit_and_are_told_in_order():
    place = PostOffice([b"x\r\n"] * 1001)
    told = []
    inbox = place.store.folder(BOB, INBOX)
    place.store.watch(inbox.id, lambda change: told.extend(change.letters))
    session = place.session()
    say(session, LOGIN, b"".join(b"DELE %d\r\n" % number for number in range(1, 1001)))
    assert told == []
    assert b"1000 messages deleted and 1 left" in say(session, b"QUIT\r\n")
    assert told == list(range(1, 1001))
    assert [letter.uid for letter in place.store.letters(BOB)] == [1001]
