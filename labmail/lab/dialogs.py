"""Many dialogs as one table: who spoke to whom, in which protocol, about what, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from labmail.http.words import Request, Status
from labmail.imap import dialogs as imap
from labmail.pop3 import dialogs as pop3
from labmail.record import Conversation
from labmail.smtp import dialogs as letters
from labmail.smtp.dialogs import table

__all__ = ["Conversations"]

HEAD = ("#", "protocol", "from", "to", "about", "outcome")


def _pages(item: Conversation) -> tuple[str, str]:
    """What a browser asked for first, and what it was answered last."""
    asked = [event.value for event in item.events if isinstance(event.value, Request)]
    said = [event.value for event in item.events if isinstance(event.value, Status)]
    more = f" and {len(asked) - 1} more" if len(asked) > 1 else ""
    about = f"{asked[0].method} {asked[0].target}{more}" if asked else "-"
    return about, f"{said[-1].code} {said[-1].reason}".rstrip() if said else ""


TOLD: dict[str, Callable[[Conversation], tuple[str, str]]] = {
    "pop3": pop3.told,
    "imap": imap.told,
    "http": _pages,
}


class Conversations(Sequence[Conversation]):
    """Dialogs, oldest first. Its repr is a table of them; an item is the dialog itself."""

    def __init__(self, conversations: Iterable[Conversation]) -> None:
        self._items = list(conversations)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Conversation: ...
    @overload
    def __getitem__(self, index: slice) -> Conversations: ...
    def __getitem__(self, index: int | slice) -> Conversation | Conversations:
        return Conversations(self._items[index]) if isinstance(index, slice) else self._items[index]

    @property
    def rows(self) -> list[letters.Row]:
        """One for each letter that SMTP carried, or was asked to."""
        smtp = [(number, item) for number, item in enumerate(self._items, 1) if item.wire.protocol == "smtp"]
        return [row for number, item in smtp for row in letters.rows(number, item)]

    def __repr__(self) -> str:
        if not self._items:
            return "no dialogs yet"
        if all(item.wire.protocol == "smtp" for item in self._items):
            return table(letters.HEAD, [row.cells for row in self.rows])
        return table(HEAD, [row for number, item in enumerate(self._items, 1) for row in _rows(number, item)])


def _rows(number: int, item: Conversation) -> Iterator[tuple[str, ...]]:
    """A row for each letter; a dialog that carries none has one."""
    wire = item.wire
    ends = (str(number), wire.protocol, wire.client, wire.server)
    if wire.protocol == "smtp":
        for row in letters.rows(number, item):
            *_, mail_from, recipients, outcome = row.cells
            yield *ends, f"{mail_from} to {recipients}", outcome
        return
    about, outcome = TOLD[wire.protocol](item) if wire.protocol in TOLD else _told(item)
    yield *ends, about, outcome or ("open" if item.open else "closed without a word")


def _told(item: Conversation) -> tuple[str, str]:
    """Of a protocol whose words nobody here knows."""
    said = len(item.lines)
    return f"{said} line{'s' * (said != 1)}", "open" if item.open else "closed"
