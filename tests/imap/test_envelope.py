"""ENVELOPE: addresses of every kind, NIL where there is nothing, and what is broken survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail.imap.envelope import envelope, shown
from labmail.mime.addresses import read_addresses
from labmail.mime.header import Header

LISTS = {
    "alice@example.net": '(NIL NIL "alice" "example.net")',
    "Alice <alice@example.net>": '("Alice" NIL "alice" "example.net")',
    '"Alice, of Cakes" <alice@example.net>, bob@example.com':
        '("Alice, of Cakes" NIL "alice" "example.net")(NIL NIL "bob" "example.com")',
    r'"Al \"the\" \\ice" <a@b>': r'("Al \"the\" \\ice" NIL "a" "b")',
    "Pete (a nice \\) chap) <pete(his account)@silly.test(his host)>": '("Pete" NIL "pete" "silly.test")',
    "alice@example.net (Alice)": '("Alice" NIL "alice" "example.net")',
    "=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_K?= <j@b>": '("=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_K?=" NIL "j" "b")',
    "<@a.test,@b.test:joe@where.test>": '(NIL "@a.test,@b.test" "joe" "where.test")',
    '"two words"@example.com': '(NIL NIL "two words" "example.com")',
    "x@[192.0.2.1]": '(NIL NIL "x" "[192.0.2.1]")',
    "Cakes: a@b, C <c@d>;": '(NIL NIL "Cakes" NIL)(NIL NIL "a" "b")("C" NIL "c" "d")(NIL NIL NIL NIL)',
    "undisclosed-recipients:;": '(NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)',
    "x@y, G: a@b; , z@z": '(NIL NIL "x" "y")(NIL NIL "G" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL)(NIL NIL "z" "z")',
    "G: a@b": '(NIL NIL "G" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL)',
    "root": '(NIL NIL "root" "")',
    "<>": '(NIL NIL "" "")',
    "Mary <mary@x.test, Lu <lu@y.test>": '("Mary" NIL "mary" "x.test")("Lu" NIL "lu" "y.test")',
    "a@b@c": '(NIL NIL "a@b" "c")',
    ", ,": "",
    "": "",
}  # fmt: skip


@pytest.mark.parametrize(("value", "wanted"), LISTS.items(), ids=LISTS)
def test_addresses(value, wanted):
    assert b"".join(map(shown, read_addresses(value.encode()))).decode() == wanted


def test_octets_above_127_go_as_a_literal():
    assert b"".join(map(shown, read_addresses("Jörg <j@b>".encode()))) == '({5}\r\nJörg NIL "j" "b")'.encode()


WHOLE = b"""\
Date: no date at all
Subject: =?utf-8?q?K=C3=A4se?=
 and more
From: Alice <a@b>
From: Mallory <m@m>
To: Bob <bob@example.com>
CC:
In-Reply-To: <1@b>
Message-ID: <<broken@
"""


def test_the_ten_fields():
    alice = b'(("Alice" NIL "a" "b"))'
    assert envelope(Header(WHOLE)) == (
        b'("no date at all" "=?utf-8?q?K=C3=A4se?= and more" %b %b %b (("Bob" NIL "bob" "example.com")) NIL NIL '
        b'"<1@b>" "<<broken@")' % (alice, alice, alice)
    )


def test_nil_and_empty():
    assert envelope(Header(b"")) == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
    assert envelope(Header(b"Subject:\r\nDate: \r\n")) == b'("" "" NIL NIL NIL NIL NIL NIL NIL NIL)'


def test_sender_and_reply_to_of_their_own():
    header = Header(b"From: a@a\r\nSender: s@s\r\nReply-To: r@r\r\n")
    assert envelope(header).startswith(b'(NIL NIL ((NIL NIL "a" "a")) ((NIL NIL "s" "s")) ((NIL NIL "r" "r")) NIL')


@given(st.text(alphabet='ab <>@,;:"\\()[].\t\r\n=?é', max_size=60))
def test_whatever_stands_there_it_is_a_list(value):
    addresses = read_addresses(value.encode())
    depth = 0
    for address in addresses:
        assert address.mailbox is not None or address.host is None
        depth += (address.host is None) * (1 if address.mailbox is not None else -1)
        assert depth in (0, 1)
    assert depth == 0
