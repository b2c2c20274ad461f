"""What the two sides of POP3 say: commands, replies, and the table of what may be said when. RFC 1939.

Only the table knows the order of things. The server's refusals and the picture are both read from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from labmail.states import mermaid

__all__ = [
    "COMMAND_MAX_OCTETS",
    "CRLF",
    "ENDS",
    "MERMAID",
    "NOT_HERE",
    "RESPONSE",
    "RESPONSE_MAX_OCTETS",
    "STATES",
    "TABLE",
    "VERBS",
    "Command",
    "Refusal",
    "Reply",
    "WrongPassword",
    "state_after",
]

CRLF = b"\r\n"
COMMAND_MAX_OCTETS = 255  # with its CRLF: RFC 2449 section 4
RESPONSE_MAX_OCTETS = 1026  # ours: what PLAIN needs at most, three strings of 255 octets (RFC 4616 section 2) in BASE64
RESPONSE = "response"  # the line that answers a challenge: RFC 5034 section 4

# state -> verb -> the state that success leads to: RFC 1939 sections 4 to 6; CAPA: RFC 2449 section 5; STLS: RFC 2595
TABLE = {
    "authorization": {"CAPA": "authorization", "STLS": "authorization", "USER": "named", "AUTH": "challenged",
                      "QUIT": "closed"},
    "named": {"CAPA": "named", "STLS": "authorization", "USER": "named", "PASS": "transaction", "AUTH": "challenged",
              "QUIT": "closed"},
    "challenged": {RESPONSE: "transaction"},
    "transaction": {"CAPA": "transaction", "STAT": "transaction", "LIST": "transaction", "UIDL": "transaction",
                    "RETR": "transaction", "TOP": "transaction", "DELE": "transaction", "RSET": "transaction",
                    "NOOP": "transaction", "QUIT": "update"},
    "update": {},
    "closed": {},
}  # fmt: skip
FAILED = {"PASS": "authorization", RESPONSE: "authorization"}  # verb -> where a refusal of it leads
ENDS = ("update", "closed")  # nothing is heard any more; in update, what was marked has gone
STATES = tuple(TABLE)
VERBS = tuple(dict.fromkeys(verb for row in TABLE.values() for verb in row if verb != RESPONSE))
NOT_HERE = ("APOP", "LANG", "UTF8", "XTND", "RPOP", "LAST")  # known, and not offered


def state_after(state: str, verb: str, *, success: bool) -> str:
    """Where a command leads. One out of its place leads nowhere."""
    if verb not in TABLE[state]:
        return state
    return TABLE[state][verb] if success else FAILED.get(verb, state)


MERMAID = mermaid(TABLE, FAILED)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A client's line, taken apart. Where it was no UTF-8, the argument has U+FFFD; the event has the octets."""

    verb: str  # in capitals: the case of a keyword does not matter, RFC 1939 section 3
    argument: str  # as it came: a password may begin or end with a space
    state: str  # where in the table the session was when it came

    @classmethod
    def parse(cls, line: bytes, state: str) -> Command:
        text = line.rstrip(CRLF).decode("utf-8", "replace")
        if state == "challenged":
            return cls(verb=RESPONSE, argument=text, state=state)
        verb, _, argument = text.partition(" ")
        return cls(verb=verb.upper(), argument=argument, state=state)


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True, repr=False)
class Reply:
    """The first line of a server's answer. Its repr is what stood on the wire."""

    status: str  # "+OK", "-ERR", or "+" for a challenge
    text: str = ""
    code: str | None = None  # for programs to read: RFC 2449 section 8

    @cached_property
    def octets(self) -> bytes:
        """As it goes over the wire. It never carries a control character of what it repeats."""
        code = f"[{self.code}] " if self.code else ""
        text = f"{self.status} {code}{self.text}".rstrip(" ") if self.status != "+" else "+ "
        return _CONTROL.sub("?", text).encode("utf-8", "replace") + CRLF

    @property
    def success(self) -> bool:
        return self.status != "-ERR"

    def __repr__(self) -> str:
        return self.octets.decode().rstrip()


class Refusal(Exception):
    """The client broke a rule, or asked for what it may not have: `reply` says so, and nothing has changed."""

    def __init__(self, text: str, *, code: str | None = None) -> None:
        super().__init__(text)
        self.reply = Reply(status="-ERR", text=text, code=code)


class WrongPassword(Refusal):
    """Name and password open no mailbox: whoever guesses is kept waiting."""

    def __init__(self, text: str) -> None:
        super().__init__(text, code="AUTH")  # RFC 3206 section 5
