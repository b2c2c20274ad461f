"""A lab of two hosts and no socket: the real client, and a server of thirty lines. It keeps widget tests quick."""

from __future__ import annotations

from types import SimpleNamespace

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
