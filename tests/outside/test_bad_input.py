"""What no client should say, over real sockets: a clear error for each, nothing lost, and nobody else is harmed."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import BinaryIO

import pytest

from labmail import Lab
from labmail.store import Letter
from tests.outside.up import BOB, Places

HOST = "mail.example.com"
LETTER = b"From: Alice <alice@example.net>\r\nSubject: the cake\r\n\r\nDon't forget to bring it!\r\n"
NUL_LETTER = b"Subject: x\r\n\r\na\0b\r\n"


class Wire:
    """A connection to one port; `say` gives the answer up to the line that ends it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file: BinaryIO = self._socket.makefile("rb")

    def hears(self, greeting: bytes) -> bool:
        return self._line().startswith(greeting)

    def say(self, octets: bytes, last: bytes) -> bytes:
        """To the line that matches `last`, or to the end of the connection."""
        with suppress(ConnectionError):  # it has heard enough
            self._socket.sendall(octets)
        answer = b""
        while line := self._line():
            answer += line
            if re.match(last, line):
                break
        return answer

    def _line(self) -> bytes:
        try:
            return self._file.readline()
        except ConnectionError:
            return b""

    @property
    def ended(self) -> bool:
        return self._line() == b""

    def close(self) -> None:
        self._file.close()
        self._socket.close()


class Wires:
    """Connections that are closed at the end of a test."""

    def __init__(self, places: Places) -> None:
        self._places, self._open = places, ExitStack()
        self.user, self.password = places.accounts[BOB]

    def imap(self, *, login: bool = True) -> Wire:
        wire = self._to("imap", b"* OK")
        if login:
            assert b"l OK" in wire.say(f"l LOGIN {self.user} {self.password}\r\n".encode(), b"l ")
        return wire

    def pop3(self, *, login: bool = True) -> Wire:
        wire = self._to("pop3", b"+OK")
        if login:
            assert self.enter(wire).startswith(b"+OK")
        return wire

    def enter(self, wire: Wire) -> bytes:
        wire.say(f"USER {self.user}\r\n".encode(), b"")
        return wire.say(f"PASS {self.password}\r\n".encode(), b"")

    def _to(self, protocol: str, greeting: bytes) -> Wire:
        wire = Wire(self._places.ports[HOST, protocol])
        self._open.callback(wire.close)
        assert wire.hears(greeting)
        return wire

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def wires(places: Places) -> Iterator[Wires]:
    wires = Wires(places)
    yield wires
    wires.close()


@pytest.fixture
def letters(lab: Lab, wires: Wires) -> Iterator[list[Letter]]:
    """Bob's three letters. At the end they are there as they were, and nothing of ours went wrong."""
    wire = wires.imap()
    for _ in range(3):
        assert b"a OK" in wire.say(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(LETTER), LETTER), b"a ")
    before = lab.mailbox(BOB)
    assert len(before) == 3
    yield before
    assert lab.mailbox(BOB) == before
    assert not lab.record.filter(kind="fault")


# ---- IMAP

IMAP = {  # what is said, with a mailbox selected -> the line that answers it
    "a literal too big, waited for": (b"a APPEND INBOX {99999999}\r\n", b"a NO [TOOBIG] a literal here has 10485760"),
    "a literal too big, in a command": (b"a SELECT {100000}\r\n", b"a BAD a literal here has 65536 octets at most"),
    "a literal longer than numbers": (b"a APPEND INBOX {99999999999999999999999999}\r\n", b"a BAD "),
    "a line of 100 kB": (b"a NOOP " + b"x" * 100_000 + b"\r\n", b"a BAD a command has 65536 octets at most"),
    "deep parentheses in SEARCH": (b"a SEARCH " + b"(" * 60_000 + b"\r\n", b"a BAD SEARCH takes 1000 keys and 50"),
    "deep NOT": (b"a SEARCH " + b"NOT " * 10_000 + b"ALL\r\n", b"a BAD SEARCH takes 1000 keys and 50"),
    "deep OR": (b"a SEARCH " + b"OR " * 200 + b"ALL " * 201 + b"\r\n", b"a BAD SEARCH takes 1000 keys and 50"),
    "deep parentheses in FETCH": (b"a FETCH 1 " + b"(" * 60_000 + b"\r\n", b"a BAD "),
    "deep parentheses in STORE": (b"a STORE 1 FLAGS " + b"(" * 60_000 + b"\r\n", b"a BAD "),
    "deep parentheses in ID": (b"a ID " + b"(" * 60_000 + b"\r\n", b"a BAD "),
    "deep parentheses in STATUS": (b"a STATUS INBOX " + b"(" * 60_000 + b"\r\n", b"a BAD "),
    "a NUL": (b"a NOOP\0\r\n", b"a BAD the command should end before '?'"),
    "a NUL in quotes": (b'a CREATE "x\0y"\r\n', b"a BAD "),
    "a NUL in a literal": (b"a CREATE {3+}\r\nx\0y\r\n", b"a BAD a literal holds no NUL (RFC 3501 section 4.3)"),
    "a NUL in a letter": (b"a APPEND INBOX {19+}\r\n" + NUL_LETTER + b"\r\n", b"a BAD a literal holds no NUL"),
    "8 bits in an atom": (b"a CREATE caf\xe9\r\n", b"a BAD the command should end before '?'"),
    "8 bits in a flag": (b"a STORE 1 +FLAGS (caf\xe9)\r\n", b"a BAD "),
    "8 bits in quotes": (b'a CREATE "caf\xe9"\r\n', b"a BAD the name of a mailbox should stand before"),
    "8 bits in a tag": (b"caf\xe9 NOOP\r\n", b"caf BAD a space should stand before '? NOOP'"),
    "a name with ..": (b"a CREATE ../../cake\r\n", b"a NO [CANNOT] each level of a name has characters, and is"),
    "a name with .. in the middle": (b"a CREATE a/../b\r\n", b"a NO [CANNOT] each level"),
    "a name that begins with /": (b"a CREATE /etc/cake\r\n", b"a NO [CANNOT] each level"),
    "a name with //": (b"a CREATE a//b\r\n", b"a NO [CANNOT] each level"),
    "a copy to ..": (b"a COPY 1 ../INBOX\r\n", b"a NO [TRYCREATE] there is no such mailbox"),
    "a letter into ..": (b"a APPEND ../x {3+}\r\nx\r\n\r\n", b"a NO [TRYCREATE] there is no such mailbox"),
    "a file of the machine": (b"a STATUS ../../../etc/passwd (MESSAGES)\r\n", b"a NO [NONEXISTENT] there is no such"),
    "DELETE ..": (b"a DELETE ..\r\n", b"a NO [NONEXISTENT] there is no such mailbox"),
    "RENAME to ..": (b"a RENAME INBOX ../x\r\n", b"a NO [CANNOT] each level"),
    "a list from ..": (b'a LIST "../" "*"\r\n', b"a OK LIST completed"),
    "a name in no UTF-7": (b"a CREATE x&cake\r\n", b"a NO [CANNOT] that name is not in modified UTF-7"),
    "an unknown charset": (b"a SEARCH CHARSET KOI8-R TEXT x\r\n", b"a NO [BADCHARSET (US-ASCII UTF-8)] these are"),
    "text in another charset": (b"a SEARCH CHARSET UTF-8 TEXT {1+}\r\n\xff\r\n", b"a BAD what to look for is not in"),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "answer"), IMAP.values(), ids=IMAP)
def test_imap(lab: Lab, wires: Wires, letters: list[Letter], octets: bytes, answer: bytes) -> None:
    clumsy, other = wires.imap(), wires.imap()
    for wire in (clumsy, other):
        assert b"s OK" in wire.say(b"s SELECT INBOX\r\n", b"s ")
    folders = other.say(b'f LIST "" "*"\r\n', b"f ")
    assert clumsy.say(octets, rb"\S+ (OK|NO|BAD) ").startswith(answer)
    assert clumsy.say(b"n NOOP\r\n", b"n ").endswith(b"n OK NOOP completed\r\n")  # it may go on
    assert other.say(b"n NOOP\r\n", b"n ") == b"n OK NOOP completed\r\n"  # and nothing has changed
    assert other.say(b'f LIST "" "*"\r\n', b"f ") == folders
    assert len(lab.mailbox(BOB)) == 3


TOO_MUCH = {  # on its way already: the connection ends, as RFC 7888 section 4 allows
    "a literal": (
        b"a APPEND INBOX {99999999+}\r\n" + b"x" * 500_000,
        b"* BYE a literal here has 10485760 octets at most",
    ),
    "many literals": (
        b"a LOGIN " + b"{10+}\r\n0123456789" * 10_000,
        b"* BYE a command has 65536 octets at most, with its",
    ),
}


@pytest.mark.parametrize(("octets", "answer"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_imap_ends_what_is_too_much(wires: Wires, letters: list[Letter], octets: bytes, answer: bytes) -> None:
    clumsy, other = wires.imap(), wires.imap()
    assert clumsy.say(octets, b"[*] BYE").startswith(answer)
    assert clumsy.ended
    assert other.say(b"n NOOP\r\n", b"n ") == b"n OK NOOP completed\r\n"


# ---- POP3

POP3 = {
    "a line of 100 kB": (b"RETR " + b"1" * 100_000 + b"\r\n", b"-ERR line too long: 255 octets at most"),
    "a NUL": (b"RETR 1\0\r\n", b"-ERR a control character stands in the line"),
    "8 bits": (b"RETR \xff\r\n", b"-ERR a message has a number, and"),
    "digits that are none in ASCII": ("RETR ١\r\n".encode(), b"-ERR a message has a number, and"),
    "LF alone": (b"NOOP\n", b"-ERR a line ends with CR LF"),
    "a number beyond all": (b"DELE 99999999999999999999\r\n", b"-ERR there is no message 99999999999999999999"),
    "below the first": (b"DELE 0\r\n", b"-ERR there is no message 0"),
    "below nothing": (b"TOP 1 -1\r\n", b"-ERR TOP takes two numbers"),
    "a name with ..": (b"UIDL ../../etc/passwd\r\n", b"-ERR a message has a number, and ../../etc/passwd is none"),
    "an unknown command": (b"GET / HTTP/1.1\r\n", b"-ERR that is no command of POP3"),
}


@pytest.mark.parametrize(("octets", "answer"), POP3.values(), ids=POP3)
def test_pop3(wires: Wires, letters: list[Letter], octets: bytes, answer: bytes) -> None:
    clumsy, other = wires.pop3(), wires.imap()
    assert b"s OK" in other.say(b"s SELECT INBOX\r\n", b"s ")
    assert clumsy.say(octets, b"").startswith(answer)
    assert clumsy.say(b"STAT\r\n", b"") == b"+OK 3 %d\r\n" % (3 * len(LETTER))
    assert clumsy.say(b"QUIT\r\n", b"").startswith(b"+OK")
    assert other.say(b"n NOOP\r\n", b"n ") == b"n OK NOOP completed\r\n"


def test_a_second_pop3_session_waits_and_imap_goes_on(wires: Wires, letters: list[Letter]) -> None:
    first, reader = wires.pop3(), wires.imap()
    assert first.say(b"DELE 1\r\n", b"").startswith(b"+OK")
    second = wires.pop3(login=False)
    assert wires.enter(second).startswith(b"-ERR [IN-USE] another client has the mailbox of bob@example.com open")
    assert second.say(b"STAT\r\n", b"").startswith(b"-ERR")
    assert first.say(b"STAT\r\n", b"") == b"+OK 2 %d\r\n" % (2 * len(LETTER))
    assert b"* 3 EXISTS" in reader.say(b"s SELECT INBOX\r\n", b"s ")
    first.close()  # without QUIT: nothing is deleted, and the mailbox is free
    assert reader.say(b"n NOOP\r\n", b"n ") == b"n OK NOOP completed\r\n"
    assert wires.enter(second).startswith(b"+OK")
    assert second.say(b"STAT\r\n", b"") == b"+OK 3 %d\r\n" % (3 * len(LETTER))


# ---- wrong passwords

PLAIN = base64.b64encode(b"\0bob\0wrong")
GUESSES = {  # protocol -> what is said each time, the line that answers it, and whether the last one is told more
    "LOGIN": ("imap", [b"a LOGIN bob wrong\r\n"], b"a NO [AUTHENTICATIONFAILED] ", b"* BYE too many wrong passwords"),
    "AUTHENTICATE": (
        *("imap", [b"a AUTHENTICATE PLAIN %b\r\n" % PLAIN], b"a NO [AUTHENTICATIONFAILED] "),
        b"* BYE too many wrong passwords",
    ),
    "PASS": ("pop3", [b"USER bob\r\n", b"PASS wrong\r\n"], b"-ERR [AUTH] ", b"-ERR [AUTH] "),
    "AUTH": ("pop3", [b"AUTH PLAIN %b\r\n" % PLAIN], b"-ERR [AUTH] ", b"-ERR [AUTH] "),
}


@pytest.mark.parametrize(("protocol", "guess", "answer", "last"), GUESSES.values(), ids=GUESSES)
def test_who_guesses_waits_in_lab_time_and_three_are_enough(
    lab: Lab, wires: Wires, letters: list[Letter], protocol: str, guess: list[bytes], answer: bytes, last: bytes
) -> None:
    other = wires.imap()
    enter = {"imap": wires.imap, "pop3": wires.pop3}[protocol]
    wire = enter(login=False)
    ends = rb"a |\+OK|-ERR"
    for number in range(1, 4):
        before = lab.clock.now
        said = [wire.say(line, ends) for line in guess][-1]
        assert said.startswith(answer if number < 3 else last)
        assert (lab.clock.now - before).total_seconds() == 3
    assert wire.ended
    assert other.say(b"n NOOP\r\n", b"n ") == b"n OK NOOP completed\r\n"
    assert enter()  # nobody is locked out
