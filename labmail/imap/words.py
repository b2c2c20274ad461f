"""What the two sides of IMAP say: commands, responses, strings, and the table of what may be said when. RFC 3501.

A command has a tag, and the response that ends it repeats the tag. Data comes tagged `*`, asked for or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from labmail.record import Event
from labmail.states import mermaid

__all__ = [
    "CAPABILITIES",
    "MERMAID",
    "STATES",
    "TABLE",
    "VERBS",
    "Bad",
    "Command",
    "Fault",
    "No",
    "Response",
    "literal",
    "nstring",
    "pause",
    "quoted",
    "say",
    "string",
]

PIECE_MAX_OCTETS = 8192  # ours: of one event, where a line has no end
QUOTED_MAX_OCTETS = 1000  # ours: a longer string goes as a literal

# state -> verb -> the state that success leads to: RFC 3501 sections 3, 6
_ANY = ("CAPABILITY", "NOOP", "ID")
_MAILBOXES = (
    *("CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "STATUS", "APPEND"),
    *("NAMESPACE", "IDLE"),
)
_LETTERS = ("CHECK", "EXPUNGE", "SEARCH", "FETCH", "STORE", "COPY", "MOVE")
_UID = tuple(f"UID {verb}" for verb in ("FETCH", "STORE", "SEARCH", "COPY", "MOVE", "EXPUNGE"))
_ENTER = {"SELECT": "selected", "EXAMINE": "selected", "LOGOUT": "logout"}
TABLE: dict[str, dict[str, str]] = {
    "not authenticated": {
        **dict.fromkeys((*_ANY, "STARTTLS"), "not authenticated"),
        **dict.fromkeys(("LOGIN", "AUTHENTICATE"), "authenticated"),
        "LOGOUT": "logout",
    },
    "authenticated": {**dict.fromkeys((*_ANY, *_MAILBOXES), "authenticated"), **_ENTER},
    "selected": {
        **dict.fromkeys((*_ANY, *_MAILBOXES, *_LETTERS, *_UID), "selected"),
        **_ENTER,
        **dict.fromkeys(("CLOSE", "UNSELECT"), "authenticated"),
    },
    "logout": {},
}
STATES = tuple(TABLE)
VERBS = tuple(dict.fromkeys(verb for row in TABLE.values() for verb in row))
CAPABILITIES = (
    *("IMAP4rev1", "LITERAL+", "SASL-IR", "AUTH=PLAIN", "ID", "IDLE", "NAMESPACE", "UIDPLUS", "MOVE", "UNSELECT"),
    *("CHILDREN", "SPECIAL-USE"),
)


MERMAID = mermaid(TABLE)


@dataclass(frozen=True, kw_only=True)
class Command:
    """The first line of a command, taken apart. Where it was no ASCII, it has U+FFFD; the event has the octets."""

    tag: str
    verb: str  # in capitals
    argument: str
    state: str  # where in the table the session was when it came

    @classmethod
    def parse(cls, line: bytes, state: str) -> Command:
        words = line.rstrip(b"\r\n").decode("ascii", "replace").split(" ", 2)
        tag, verb, argument = (*words, "", "")[:3]
        if verb.upper() == "UID":
            second, _, argument = argument.partition(" ")
            verb = f"UID {second}"
        return cls(tag=tag, verb=verb.upper(), argument=argument, state=state)


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """What the server says: `* 3 EXISTS`, `a1 OK [READ-WRITE] ...`, `+ go on`."""

    tag: str  # of the command, or "*", or "+"
    word: str  # OK, NO, BAD, BYE, or what kind of data it is
    text: str  # the whole first line, without its end


class Fault(Exception):
    """The client asked for something that is not done; nothing has changed, and the tagged response says why."""

    word = "BAD"

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.text = f"[{code}] {text}" if code else text


class Bad(Fault):
    """It broke a rule of the protocol."""


class No(Fault):
    """It is well said, and cannot be done."""

    word = "NO"


_LINE = re.compile(rb"[^\n]{0,%d}\n|[^\n]{1,%d}" % (PIECE_MAX_OCTETS - 1, PIECE_MAX_OCTETS))
_WORD = re.compile(rb"(?:\d+ )?([A-Za-z]*)")


def say(octets: bytes, tag: str = "*") -> Iterator[Event]:
    """A response, with its tag: an event for each line that it has by way of literals."""
    head = f"{tag} ".encode() + octets + b"\r\n"
    text = head.partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
    found = _WORD.match(octets)
    value: Response | None = Response(tag=tag, word=found[1].decode().upper() if found else "", text=text)
    if len(text) + 2 == len(head) <= PIECE_MAX_OCTETS:  # most are one line
        yield Event(kind="said", octets=head, value=value)
        return
    for line in _LINE.findall(head):
        yield Event(kind="said", octets=line, value=value)
        value = None


def pause() -> Event:
    """A long work stands still here, so that others get their turn; nothing has happened."""
    return Event(kind="pause")


_PLAIN = re.compile(rb"[ !#-\[\]-~]*")  # what stands in a quoted string without a backslash


def string(octets: bytes) -> bytes:
    """RFC 3501 section 4.3: quoted where that can be, else a literal."""
    if _PLAIN.fullmatch(octets) and len(octets) <= QUOTED_MAX_OCTETS:
        return b'"%b"' % octets
    plain = octets.replace(b"\\", b"").replace(b'"', b"")
    if _PLAIN.fullmatch(plain) and len(octets) <= QUOTED_MAX_OCTETS:
        return b'"%b"' % octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return literal(octets)


def literal(octets: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(octets), octets)


def nstring(octets: bytes | None) -> bytes:
    return b"NIL" if octets is None else string(octets)


def quoted(text: str) -> bytes:
    return string(text.encode())
