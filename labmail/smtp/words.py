"""What the two sides of SMTP say: commands, replies, and the table of what may be said when. RFC 5321.

Only the table knows the order of things. The server's refusals, the client's idea of where the server is, and the
picture are all read from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from labmail.states import mermaid

__all__ = [
    "COMMAND_MAX_OCTETS",
    "CRLF",
    "END",
    "MAIL_MORE_OCTETS",
    "MERMAID",
    "NOT_HERE",
    "STATES",
    "TABLE",
    "VERBS",
    "Command",
    "Refusal",
    "Reply",
    "state_after",
]

CRLF = b"\r\n"
END = "."  # the line that ends a letter: RFC 5321 section 4.1.1.4
COMMAND_MAX_OCTETS = 512  # with its CRLF: RFC 5321 section 4.5.3.1.4
# after EHLO, MAIL may be longer by SIZE (RFC 1870 section 3), SMTPUTF8 (RFC 6531 section 3.1) and BODY=8BITMIME
MAIL_MORE_OCTETS = 26 + 10 + 14

# state -> verb -> the state that success leads to: RFC 5321 sections 3.3, 4.1.4
TABLE = {
    "connected": {"HELO": "greeted", "EHLO": "greeted", "RSET": "connected", "NOOP": "connected",
                  "HELP": "connected", "VRFY": "connected", "QUIT": "closed"},
    "greeted": {"MAIL": "sender", "RSET": "greeted", "HELO": "greeted", "EHLO": "greeted", "NOOP": "greeted",
                "HELP": "greeted", "VRFY": "greeted", "QUIT": "closed"},
    "sender": {"RCPT": "recipient", "RSET": "greeted", "HELO": "greeted", "EHLO": "greeted", "NOOP": "sender",
               "HELP": "sender", "VRFY": "sender", "QUIT": "closed"},
    "recipient": {"RCPT": "recipient", "DATA": "text", "RSET": "greeted", "HELO": "greeted", "EHLO": "greeted",
                  "NOOP": "recipient", "HELP": "recipient", "VRFY": "recipient", "QUIT": "closed"},
    "text": {END: "greeted"},
    "closed": {},
}  # fmt: skip
STATES = tuple(TABLE)
VERBS = tuple(dict.fromkeys(verb for row in TABLE.values() for verb in row if verb != END))
NOT_HERE = ("EXPN", "TURN", "SEND", "SOML", "SAML", "ETRN", "BDAT", "AUTH", "STARTTLS")  # known, and not offered


def state_after(state: str, verb: str, *, success: bool) -> str:
    """Where a command leads. A letter that was refused after its end is over as well: RFC 5321 section 4.1.1.4."""
    return TABLE[state].get(verb, state) if success or verb == END else state


MERMAID = mermaid(TABLE)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A client's line, taken apart. Where it was no UTF-8, the argument has U+FFFD; the event has the octets."""

    verb: str  # in capitals: the case of a verb does not matter, RFC 5321 section 2.4
    argument: str
    state: str  # where in the table the session was when it came

    @classmethod
    def parse(cls, line: bytes, state: str) -> Command:
        verb, _, argument = line.rstrip(CRLF).decode("utf-8", "replace").partition(" ")
        return cls(verb=verb.upper(), argument=argument.strip(" "), state=state)


# enhanced-status-code: RFC 2034 section 4, RFC 3463 section 2
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3}) ?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True, repr=False)
class Reply:
    """A server's answer: one code, one line of text or several. Its repr is what stood on the wire."""

    code: int
    lines: tuple[str, ...]
    enhanced: str | None = None

    @classmethod
    def of(cls, text: str) -> Reply:
        """From its text: `Reply.of("250 2.1.0 OK")`."""
        return cls.parse(line.encode() for line in text.splitlines())

    @classmethod
    def parse(cls, lines: Iterable[bytes]) -> Reply:
        """From its lines, with or without their ends."""
        code = 0
        texts: list[str] = []
        for line in lines:
            text = line.rstrip(CRLF).decode("utf-8", "replace")
            code, texts = int(text[:3]), [*texts, text[4:]]
        codes = [match[1] if (match := _ENHANCED.match(text)) else None for text in texts]
        if codes[0] is None or set(codes) != {codes[0]} or codes[0][0] != str(code)[0]:
            return cls(code=code, lines=tuple(texts))
        return cls(code=code, lines=tuple(_ENHANCED.sub("", text, count=1) for text in texts), enhanced=codes[0])

    @cached_property
    def octets(self) -> tuple[bytes, ...]:
        """Its lines as they go over the wire. A reply never carries a control character of what it repeats."""
        prefix = f"{self.enhanced} " if self.enhanced else ""  # on every line: RFC 2034 section 4
        lines = [_CONTROL.sub("?", f"{prefix}{line}") for line in self.lines]
        marks = ["-"] * (len(lines) - 1) + [" "]  # RFC 5321 section 4.2.1
        return tuple(
            f"{self.code}{mark}{line}".encode("utf-8", "replace") + CRLF
            for mark, line in zip(marks, lines, strict=True)
        )

    def without_enhanced(self) -> Reply:
        return replace(self, enhanced=None)

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def success(self) -> bool:
        """2: done, or 3: go on. RFC 5321 section 4.2.1."""
        return 200 <= self.code < 400

    @property
    def not_now(self) -> bool:
        """4: the same might succeed later."""
        return 400 <= self.code < 500

    def __repr__(self) -> str:
        return "\n".join(line.decode().rstrip() for line in self.octets)


class Refusal(Exception):
    """The other side broke a rule, or asked for what it may not have: `reply` says so, and nothing has changed."""

    def __init__(self, code: int, enhanced: str | None, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(code=code, enhanced=enhanced, lines=(text,))
