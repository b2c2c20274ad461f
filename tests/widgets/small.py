"""A lab of two hosts and no socket: the real client, and a server of thirty lines. It keeps widget tests quick."""

from __future__ import annotations

from types import SimpleNamespace

from labmail.record import Conversation, Event, Wire
from labmail.smtp.client import Step
from labmail.smtp.words import TABLE, state_after

ADDRESSES = {"mail.example.net": "192.0.2.67", "mx1.example.com": "198.51.100.1"}


class SmallServer:
    """Octets in, octets out, as a `Channel`: every command of the table, one mailbox, no enhanced codes."""

    def __init__(self) -> None:
        self.state = "connected"
        self._out = b"220 mx1.example.com SMTP server ready\r\n"

    def send(self, octets: bytes) -> None:
        line = octets.decode().rstrip("\r\n")
        verb = line.split(" ")[0].upper()
        if self.state == "text":
            if line == ".":
                self._answer("250 OK", ".")
        elif verb not in {verb for row in TABLE.values() for verb in row}:
            self._answer("500 Syntax error, command unrecognized", verb)
        elif verb not in TABLE[self.state]:
            self._answer("503 Bad sequence of commands", verb)
        elif verb == "RCPT" and "bob@" not in line:
            self._answer("550 no such user here", verb)
        else:
            words = {
                "DATA": '354 Enter message, ending with "." on a line by itself',
                "EHLO": "250-mx1.example.com Hello\r\n250-SIZE 10485760\r\n250 8BITMIME",
                "HELO": "250 mx1.example.com Hello mail.example.net [192.0.2.67]",
                "QUIT": "221 closing connection",
                "RCPT": "250 Accepted",
            }
            self._answer(words.get(verb, "250 OK"), verb)

    def _answer(self, reply: str, verb: str) -> None:
        self.state = state_after(self.state, verb, success=reply[0] in "23")
        self._out += reply.encode() + b"\r\n"

    def receive(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def close(self) -> None:
        self.state = "closed"


class SmallLab:
    world = SimpleNamespace(name="01-smtp-dialog")

    def step(self, client: str, server: str) -> Step:
        return Step(SmallServer(), client, server)

    def host(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(name=name, address=ADDRESSES[name])


TALK = """\
S 220 mx1.example.com SMTP server ready
C HELO mail.example.net
S 250 mx1.example.com Hello mail.example.net [192.0.2.67]
C MAIL FROM:<alice@example.net>
S 250 2.1.0 OK
C RCPT TO:<bob@example.com>
S 250 2.1.5 Accepted
C DATA
S 354 Enter message, ending with "." on a line by itself
C Subject: Re: The Cake
C Comment: the cake, and a header
C   that goes on
C
C Don't forget to bring the cake!
C ..and a line that began with a dot
C .
S 250 2.0.0 OK
C QUIT
S 221 2.0.0 closing connection"""


def small_conversation(talk: str = TALK) -> Conversation:
    """A dialog from its lines."""
    wire = Wire(
        number=1,
        protocol="smtp",
        client="mail.example.net",
        client_address="192.0.2.67",
        client_port=40_001,
        server="mx1.example.com",
        server_address="198.51.100.1",
        server_port=25,
    )
    events = []
    for number, line in enumerate(talk.split("\n"), start=40):
        kind, by = ("heard", wire.client) if line[0] == "C" else ("said", wire.server)
        octets = f"{line[2:]}\r\n".encode()
        events.append(Event(kind=kind, octets=octets, number=number, wire=wire, by=by))
    return Conversation(wire, [*events, Event(kind="close", wire=wire)])
