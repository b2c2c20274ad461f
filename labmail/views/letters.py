"""What becomes of the letter, as the lines of SMTP tell it: whose envelope it has, and who answers for it now.

A server that says 2yz to the final dot answers for the letter from then on: RFC 5321 section 4.2.5.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from labmail.record import Event, Wire
from labmail.smtp.deliver import Choice

__all__ = ["Letters"]

PATH = re.compile(r"(?:FROM|TO):\s*<(?P<address>[^>]*)>", re.IGNORECASE)  # RFC 5321 section 4.1.2


@dataclass
class _Talk:
    """One SMTP connection: which commands still wait for their reply, and whether its letter was taken."""

    wire: Wire
    waiting: deque[tuple[str, str]] = field(default_factory=deque)
    kept: bool = False


def _has_a_letter(event: Event) -> bool:
    return event.kind in ("signed", "unsigned") or isinstance(event.value, Choice)


def _seeks_a_server(event: Event) -> bool:
    """RFC 5321 section 5.1"""
    return event.kind in ("heard", "cached") and getattr(event.value, "type", "") == "MX"


class Letters:
    """Hears every row in order; `now` is the letter that was spoken of last, or None."""

    def __init__(self) -> None:
        self.now: dict[str, Any] | None = None
        self._talks: dict[int, _Talk] = {}

    def is_kept(self, wire: int) -> bool:
        return wire in self._talks and self._talks[wire].kept

    def is_receiving(self, host: str) -> bool:
        """Whether a client is at this host's SMTP server: what it asks meanwhile, it asks about that client."""
        return any(talk.wire.server == host for talk in self._talks.values())

    def hear(self, event: Event, row: dict[str, Any]) -> None:
        wire = event.wire
        if event.kind == "written" or (_has_a_letter(event) and not self._is_with(event.by)):
            self.now = {"kept": event.by, "from": None, "to": []}  # another letter: its envelope is still to be spoken
        elif _seeks_a_server(event) and not self._talks and not self._is_with(event.by):
            self.now = None  # for another letter, if for any
        if wire is None or wire.protocol != "smtp":
            return
        talk = self._talks.setdefault(wire.number, _Talk(wire))
        if event.kind == "stored":
            talk.kept = True
            self._change(kept=event.by)
        elif event.kind == "heard":
            self._heard(talk, row)
        elif event.kind == "said" and row["text"][3:4] != "-":
            self._answered(talk, row["code"])

    def leave(self, event: Event) -> None:
        """The connection is over, and its hang-up has found its place in the story."""
        if event.kind == "close" and event.wire is not None:
            self._talks.pop(event.wire.number, None)

    def _heard(self, talk: _Talk, row: dict[str, Any]) -> None:
        if row["part"] != "text" or row["text"] == ".":
            path = PATH.search(row["text"])
            talk.waiting.append(("." if row["part"] == "text" else row["part"], path["address"] if path else ""))
        if row["part"] == "MAIL":
            talk.kept = False

    def _answered(self, talk: _Talk, code: str) -> None:
        if not talk.waiting:  # the greeting, or the goodbye of a server that stops
            return
        verb, address = talk.waiting.popleft()
        if not code.startswith("2"):
            return
        if verb == "MAIL":
            self.now = {"kept": talk.wire.client, "from": address, "to": []}
        elif verb == "RCPT" and self.now:
            self._change(to=[*self.now["to"], address])
        elif verb == "." and not talk.kept:
            talk.kept = True
            self._change(kept=talk.wire.server)

    def _is_with(self, host: str) -> bool:
        return self.now is not None and self.now["kept"] == host

    def _change(self, **what: Any) -> None:
        if self.now is not None:
            self.now = self.now | what
