"""The server's side of POP3: one client, from the greeting to the last word. RFC 1939.

Theory of operation. Octets come in as they like; a line is heard when it is whole and its turn has come, so the
timeline is the same however they came. Each line is a command, or the response to a challenge; the table says which
may come; a handler knows nothing but its own verb. A refusal is raised where its rule stands, and said in one place.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from labmail.accounts import read_plain
from labmail.pop3.maildrop import Maildrop, Office, stuffed, top
from labmail.pop3.words import (
    COMMAND_MAX_OCTETS,
    CRLF,
    ENDS,
    NOT_HERE,
    RESPONSE,
    RESPONSE_MAX_OCTETS,
    TABLE,
    VERBS,
    Command,
    Refusal,
    Reply,
    WrongPassword,
    state_after,
)
from labmail.record import Event
from labmail.states import comes_first

__all__ = ["LOGINS_MAX", "WRONG_PASSWORD_S", "Session"]

WRONG_PASSWORD_S = 3  # ours, lab seconds: guessing must take time
LOGINS_MAX = 3  # ours: wrong ones on one connection
PIECE_MAX_OCTETS = RESPONSE_MAX_OCTETS  # of a line without an end in sight: it is heard in pieces of this length

# what a client may count on: RFC 2449 section 6; AUTH-RESP-CODE: RFC 3206 section 6
CAPABILITIES = (
    *("TOP", "UIDL", "USER", "SASL PLAIN", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"),
    *("EXPIRE NEVER", "IMPLEMENTATION labmail"),
)
CHALLENGE = Reply(status="+")  # an empty one: PLAIN begins with the client, RFC 4616 section 2
NO_LINES: Iterable[bytes] = ()
Answer = tuple[Reply, Iterable[bytes]]  # and the lines that follow the reply's own, with the dot that ends them

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Session:
    """One client's connection to one host. `check(user, password)` gives the address of a mailbox, or None."""

    def __init__(self, hostname: str, check: Callable[[str, str], str | None], office: Office) -> None:
        self.state = "authorization"
        self._hostname, self._check, self._office = hostname, check, office
        self._inbox = bytearray()
        self._overlong = False  # the line that is coming in has no end in sight
        self._user, self._wrong = "", 0
        self._drop: Maildrop | None = None

    def begin(self) -> Iterator[Event]:
        yield from self._say(Reply(status="+OK", text=f"{self._hostname} POP3 server ready"))

    def receive(self, octets: bytes) -> Iterator[Event]:
        """Take what arrived, many lines or a crumb of one; what follows from it happens as it is pulled."""
        self._inbox += octets
        while self.state not in ENDS and (piece := self._piece()):
            yield from self._hear(piece)
            if self.state in ENDS:
                yield Event(kind="close")

    def end(self) -> None:
        """The wire is gone: what was marked stays, and the next client may come. RFC 1939 section 6"""
        if self._drop is not None:
            self._drop.release()
            self._drop = None

    def confess(self) -> Iterator[Event]:
        """We failed, and the wire will be closed. RFC 3206 section 4"""
        text = "this went wrong on our side, and the conversation ends here"
        yield from self._say(Reply(status="-ERR", code="SYS/TEMP", text=text))

    # ---- lines

    def _piece(self) -> bytes:
        """What ends at the next line feed, or the limit's worth of octets without one; empty: not yet."""
        end = self._inbox.find(b"\n", 0, PIECE_MAX_OCTETS) + 1
        if not end and len(self._inbox) < PIECE_MAX_OCTETS:
            return b""
        piece = bytes(self._inbox[: end or PIECE_MAX_OCTETS])
        del self._inbox[: len(piece)]
        return piece

    def _hear(self, piece: bytes) -> Iterator[Event]:
        whole = piece.endswith(b"\n")
        command = Command.parse(piece, self.state) if whole and not self._overlong else None
        yield Event(kind="heard", octets=piece, value=command)
        self._overlong = not whole
        if command is not None:
            yield from self._obey(command, piece)
        elif whole:
            challenged = self.state == "challenged"
            self.state = state_after(self.state, RESPONSE if challenged else "", success=False)
            yield from self._say(_too_long(RESPONSE_MAX_OCTETS if challenged else COMMAND_MAX_OCTETS).reply)

    def _say(self, reply: Reply, lines: Iterable[bytes] = NO_LINES) -> Iterator[Event]:
        yield Event(kind="said", octets=reply.octets, value=reply)
        for line in lines:
            yield Event(kind="said", octets=line)

    # ---- what holds for every verb

    def _obey(self, command: Command, line: bytes) -> Iterator[Event]:
        lines = NO_LINES
        try:
            self._check_line(command, line)
            reply, lines = getattr(self, f"handle_{command.verb}")(command.argument)
        except Refusal as refusal:
            reply = refusal.reply
            if isinstance(refusal, WrongPassword):
                yield Event(kind="wait", value=WRONG_PASSWORD_S)
        state, verb = command.state, command.verb
        if verb == "AUTH" and reply.status == "+OK":  # its line held the response as well
            state, verb = TABLE[state][verb], RESPONSE
        self.state = "closed" if self._wrong >= LOGINS_MAX else state_after(state, verb, success=reply.success)
        yield from self._say(reply, lines)

    def _check_line(self, command: Command, line: bytes) -> None:
        """Its form, its length, its place in the table."""
        verb, state = command.verb, command.state
        if not line.endswith(CRLF):  # RFC 1939 section 3
            raise Refusal("a line ends with CR LF, and this one ended with LF alone")
        longest = RESPONSE_MAX_OCTETS if state == "challenged" else COMMAND_MAX_OCTETS
        if len(line) > longest:
            raise _too_long(longest)
        if _CONTROL.search(line, 0, len(line) - 2):
            raise Refusal("a control character stands in the line")
        if verb in NOT_HERE:
            raise Refusal(f"{verb} is not offered here")
        if verb not in (*VERBS, RESPONSE):
            raise Refusal(f"that is no command of POP3; there are {' '.join(VERBS)}")
        if verb not in TABLE[state]:
            first = comes_first(TABLE, state, verb)
            raise Refusal(f"{first} comes first" if first else f"{verb} is over: you are logged in")

    # ---- before the login: RFC 1939 sections 4 and 7

    def handle_USER(self, argument: str) -> Answer:
        if not argument.strip():
            raise Refusal("whose mailbox? USER name")
        self._user = argument.strip()
        return _ok("now the password: PASS ...")  # for names that are not there as well

    def handle_PASS(self, argument: str) -> Answer:
        return self._log_in(self._user, argument)

    def handle_STLS(self, argument: str) -> Answer:
        _bare("STLS", argument)
        raise Refusal("there is no TLS on this server")  # nor does CAPA offer it: RFC 2595 section 4

    def handle_AUTH(self, argument: str) -> Answer:  # RFC 5034 section 4
        mechanism, _, response = argument.strip().partition(" ")
        if mechanism.upper() != "PLAIN":
            raise Refusal(f"{mechanism or 'AUTH alone'} is not offered; AUTH PLAIN is")
        return self.handle_response("" if response == "=" else response) if response else (CHALLENGE, NO_LINES)

    def handle_response(self, text: str) -> Answer:
        if text == "*":
            raise Refusal("cancelled, as you wish")
        try:
            plain = read_plain(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):  # ValueError: it is not ASCII
            raise Refusal("that is no BASE64") from None
        if plain is None:
            raise Refusal("that is no message of PLAIN: NUL, name, NUL, password, all in BASE64")
        acts_as, user, password = plain
        return self._log_in(user, password, acts_as)

    def _log_in(self, user: str, password: str, acts_as: str = "") -> Answer:
        address = self._check(user, password)
        if address is None or acts_as.lower() not in ("", user.lower(), address):
            self._wrong += 1
            more = "" if self._wrong < LOGINS_MAX else f", and {LOGINS_MAX} tries are enough"
            raise WrongPassword(f"name and password open no mailbox here{more}")
        self._drop = self._office.open(address)
        return _ok(f"the mailbox of {address} is yours, with {_sum(self._drop)}")

    # ---- logged in: RFC 1939 sections 5 and 7

    @property
    def _maildrop(self) -> Maildrop:
        assert self._drop is not None, "the table lets these verbs come after a login alone"
        return self._drop

    def handle_STAT(self, argument: str) -> Answer:
        _bare("STAT", argument)
        drop = self._maildrop
        return _ok(f"{len(drop.numbers)} {drop.size_octets(*drop.numbers)}")

    def handle_LIST(self, argument: str) -> Answer:
        drop = self._maildrop
        return self._list(argument, _sum(drop), lambda number: str(drop.size_octets(number)))

    def handle_UIDL(self, argument: str) -> Answer:
        return self._list(argument, "unique ids follow", self._maildrop.unique_id)

    def _list(self, argument: str, head: str, tell: Callable[[int], str]) -> Answer:
        drop = self._maildrop
        if argument.strip():
            number = drop.pick(argument.strip())
            return _ok(f"{number} {tell(number)}")
        return _ok(head, (f"{number} {tell(number)}\r\n".encode() for number in drop.numbers))

    def handle_RETR(self, argument: str) -> Answer:
        drop = self._maildrop
        number = drop.pick(argument.strip())
        return Reply(status="+OK", text=f"{drop.size_octets(number)} octets"), stuffed(drop.message(number))

    def handle_TOP(self, argument: str) -> Answer:
        words = argument.split()
        if len(words) != 2 or not (words[1].isascii() and words[1].isdigit()):
            raise Refusal("TOP takes two numbers: the message's, and how many lines of its body")
        message = self._maildrop.message(self._maildrop.pick(words[0]))
        return Reply(status="+OK", text="the top follows"), stuffed(top(message, int(words[1][:10])))

    def handle_DELE(self, argument: str) -> Answer:
        number = self._maildrop.pick(argument.strip())
        self._maildrop.mark(number)
        return _ok(f"message {number} goes when you say QUIT")

    def handle_RSET(self, argument: str) -> Answer:
        _bare("RSET", argument)
        self._maildrop.unmark_all()
        return _ok(_sum(self._maildrop))

    def handle_NOOP(self, argument: str) -> Answer:
        _bare("NOOP", argument)
        return _ok("")

    # ---- in either state

    def handle_CAPA(self, argument: str) -> Answer:  # RFC 2449 section 5
        _bare("CAPA", argument)
        return _ok("here is what you may count on", (f"{each}\r\n".encode() for each in CAPABILITIES))

    def handle_QUIT(self, argument: str) -> Answer:
        _bare("QUIT", argument)
        if self._drop is None:
            return _ok(f"{self._hostname} says goodbye")
        gone, left = self._drop.update()
        self._drop = None
        return _ok(f"{self._hostname} says goodbye, {_count(gone)} deleted and {left} left")


def _ok(text: str, lines: Iterable[bytes] | None = None) -> Answer:
    return Reply(status="+OK", text=text), NO_LINES if lines is None else chain(lines, (b".\r\n",))


def _bare(verb: str, argument: str) -> None:
    if argument.strip():
        raise Refusal(f"{verb} stands alone")


def _count(messages: int) -> str:
    return f"{messages} message{'' if messages == 1 else 's'}"


def _sum(drop: Maildrop) -> str:
    return f"{_count(len(drop.numbers))} ({drop.size_octets(*drop.numbers)} octets)"


def _too_long(longest: int) -> Refusal:
    return Refusal(f"line too long: {longest} octets at most, with its end")
