"""Whoever listens to one wire for the board: a class for each protocol, and one of these for each connection."""

from __future__ import annotations

import base64
import binascii
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from labmail.accounts import read_plain
from labmail.record import Event, Wire
from labmail.views.mailboxes.column import Column

if TYPE_CHECKING:
    from labmail.views.mailboxes.board import Board

__all__ = ["Ear", "plain_user"]


class Ear(ABC):
    """`turn` counts what the client asks: what follows from one question is one step. `column` is set at the login."""

    def __init__(self, board: Board, event: Event) -> None:
        assert event.wire is not None
        self.board, self.wire = board, event.wire
        self.turn, self.column = 0, None

    wire: Wire
    turn: int
    column: Column | None

    def hear(self, event: Event) -> None:
        if event.kind == "heard":
            self._heard(event)
        elif event.kind == "said":
            self._said(event)
        elif event.kind == "close":
            self.end()

    @abstractmethod
    def _heard(self, event: Event) -> None: ...

    @abstractmethod
    def _said(self, event: Event) -> None: ...

    @abstractmethod
    def end(self) -> None:
        """The connection is over."""


def plain_user(text: bytes) -> str:
    """The name in a message of PLAIN, in base64; empty if it is none. RFC 4616 section 2"""
    try:
        found = read_plain(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return ""
    return found[1] if found else ""
