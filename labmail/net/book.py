"""The address book: which connection on loopback is which host of the lab.

A client connects first; then both ends of its connection, which no other socket on the machine can have, are
registered with the host it speaks for. A caller whose ends never become known hears not one octet and is cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labmail.net.tap import Tap, Ticket

__all__ = ["ADMIT_MAX_S", "Book"]

ADMIT_MAX_S = 1.0  # real seconds in which a connection must become known


class Book:
    """On the loop only."""

    def __init__(self) -> None:
        self._guests: dict[Ticket, Callable[[Tap], None]] = {}  # registered, not yet accepted
        self._waiting: dict[Ticket, Tap] = {}  # accepted, not yet registered
        self._datagrams: dict[Ticket, Any] = {}  # who may send datagrams now

    def arrive(self, tap: Tap, ticket: Ticket) -> None:
        """A listener accepted a connection."""
        admit = self._guests.pop(ticket, None)
        if admit is not None:
            admit(tap)
        else:
            self._waiting[ticket] = tap
            tap.wait_at_most(ADMIT_MAX_S)

    def register(self, ticket: Ticket, admit: Callable[[Tap], None]) -> None:
        """A client says which connection is its own; `admit(tap)` follows, now or when the connection is accepted."""
        tap = self._waiting.pop(ticket, None)
        if tap is not None and tap.is_alive():
            admit(tap)
        else:
            self._guests[ticket] = admit

    def take_back(self, ticket: Ticket) -> None:
        self._guests.pop(ticket, None)

    def forget(self, tap: Tap) -> None:
        for ticket, other in list(self._waiting.items()):
            if other is tap:
                del self._waiting[ticket]

    def strangers(self) -> list[Tap]:
        return list(self._waiting.values())

    def expect_datagrams(self, ticket: Ticket, wire: Any) -> None:
        self._datagrams[ticket] = wire

    def sender_of(self, ticket: Ticket) -> Any:
        return self._datagrams.get(ticket)

    def end_datagrams(self, ticket: Ticket) -> None:
        self._datagrams.pop(ticket, None)
