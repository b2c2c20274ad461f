"""The board: the truth and everybody's belief, told event by event; and what changed, in steps for the widget.

A step is what one question of one client led to, or one letter that came. It holds the cells that are other than
before: whoever puts the steps one upon the other has the board as it was at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from labmail.record import Event
from labmail.views.mailboxes import column as columns
from labmail.views.mailboxes import words
from labmail.views.mailboxes.column import Column
from labmail.views.mailboxes.ear import Ear
from labmail.views.mailboxes.http import HttpEar
from labmail.views.mailboxes.imap import ImapEar
from labmail.views.mailboxes.pop3 import Pop3Ear
from labmail.views.mailboxes.truth import INBOX, Mail, Truth

__all__ = ["Board", "Step"]

Data = dict[str, Any]
EARS: dict[str, Callable[[Board, Event], Ear]] = {"pop3": Pop3Ear, "imap": ImapEar, "http": HttpEar}
LEFT = {"pop3": "login", "imap": "open", "http": "reload"}  # when one whose connection is over hears of news


class Step:
    """What one question led to."""

    def __init__(self, turn: tuple[int, int]) -> None:
        self.turn = turn
        self.column: Column | None = None
        self.n = 0
        self.acts: dict[str, list[int]] = {}  # what was done, to which messages
        self.effects: dict[str, list[int]] = {}  # on the server
        self.done: set[int] = set()  # to which messages
        self.heard: dict[str, list[int]] = {}  # by the client
        self.cells: dict[tuple[int, int], columns.Cell] = {}  # (UID, column): 0 is the server
        self.below: dict[int, Data] = {}
        self.stands = words.Stands()


class Board:
    """`tell` it every event of a lab. `servers` are the hosts that serve the mailbox of `address`."""

    def __init__(self, address: str, servers: Iterable[str], before: Iterable[Any] = (), clients: Iterable[str] = ()):
        self.address = address.lower()
        self.truth, self.columns, self.steps = Truth(), list[Column](), list[Step]()
        self._hidden: list[Column] = []
        self.cells: dict[tuple[int, int], columns.Cell] = {}  # as they are now
        self._servers = frozenset(servers)
        self._ears: dict[int, Ear] = {}
        self._open: dict[Column, int] = {}
        self._event = Event(kind="")
        self._turn: tuple[int, int] = (0, 0)
        self._ear: Ear | None = None
        for letter in before:
            self.truth.stored(letter)
        for key in clients:
            host, protocol = key.split(" ")[:2]
            self.columns.append(Column(host=host, protocol=protocol))
        if self.truth.letters or self.columns:
            self.truth.effects.clear()
            self.act("before")
            self._close_books()

    # ---- what happens

    def tell(self, event: Event) -> None:
        self._event, self._ear = event, None
        self._turn = (-event.number, 0)
        wire = event.wire
        if event.kind == "stored" and getattr(event.value, "address", None) == self.address:
            if wire is not None and wire.protocol == "imap" and wire.number in self._ears:
                self._listen(self._ears[wire.number])
            self.truth.stored(event.value)
        elif wire is not None and wire.protocol in EARS and wire.server in self._servers and wire.over == "tcp":
            if wire.number not in self._ears and event.kind in ("heard", "said"):
                self._ears[wire.number] = EARS[wire.protocol](self, event)
            if ear := self._ears.get(wire.number):
                self._listen(ear)
                ear.hear(event)
                if event.kind == "close":
                    del self._ears[wire.number]
        self._close_books()

    def _listen(self, ear: Ear) -> None:
        self._ear = ear
        self._turn = (ear.wire.number, ear.turn + (self._event.kind == "heard"))

    # ---- what ears say

    def is_mine(self, user: str) -> bool:
        return user.lower() in (self.address, self.address.partition("@")[0])

    def join(self, ear: Ear) -> Column:
        """The column of a client that has shown itself: the one it had before, if it is free."""
        wire = ear.wire
        known = [*self.columns, *self._hidden]
        mine = [each for each in known if (each.host, each.protocol) == (wire.client, wire.protocol)]
        for column in mine:
            if wire.protocol == "http" or self._open.get(column, wire.number) == wire.number:
                break
        else:
            hidden = wire.client in self._servers
            column = Column(host=wire.client, protocol=wire.protocol, ordinal=len(mine) + 1, hidden=hidden)
            (self._hidden if hidden else self.columns).append(column)
            column.touched |= set(self.truth.letters)
        self._open[column], column.changed = wire.number, True
        return column

    def leave(self, ear: Ear) -> None:
        """Its connection is over, its memory stays."""
        column = ear.column
        if column is not None and self._open.get(column) == ear.wire.number:
            del self._open[column]
            column.expect(LEFT[column.protocol])

    def act(self, word: str, *uids: int) -> None:
        if self._ear is None or not (self._ear.column and self._ear.column.hidden):
            self._step().acts.setdefault(word, []).extend(uids)

    def heard(self, kind: str, uid: int) -> None:
        if self._ear is None or not (self._ear.column and self._ear.column.hidden):
            self._step().heard.setdefault(kind, []).append(uid)

    # ---- steps

    def _step(self) -> Step:
        if not self.steps or self.steps[-1].turn != self._turn:
            self.steps.append(Step(self._turn))
        step = self.steps[-1]
        step.n = self._event.number
        step.column = step.column or (self._ear.column if self._ear else None)
        return step

    def _close_books(self) -> None:
        """After each event: the cells that are other now go into the step."""
        for kind, uid in self.truth.effects:
            step = self._step()
            step.effects.setdefault(kind, []).append(uid)
            step.done.add(uid)
        self.truth.effects.clear()
        rows = {uid for uid in self.truth.touched if uid in self.truth.letters}
        self.truth.touched.clear()
        for uid in sorted(rows):
            self._put(uid, 0, columns.server(self.truth.letters[uid]))
        for at, column in enumerate(self.columns, 1):
            for uid in sorted(rows | column.touched):
                if uid in self.truth.letters:
                    self._put(uid, at, column.cell(self.truth.letters[uid]))
            column.touched.clear()
            if column.changed:
                self._step().below[at] = column.below()
                column.changed = False
        if self.steps and self.steps[-1].n == self._event.number:
            self.steps[-1].stands = words.stands(self, self.steps[-1])

    def _put(self, uid: int, at: int, cell: columns.Cell) -> None:
        if self.cells.get((uid, at)) != cell:
            self.cells[uid, at] = cell
            self._step().cells[uid, at] = cell

    # ---- plain data

    @property
    def letters(self) -> list[Mail]:
        """All that ever lay in INBOX, by UID."""
        return [self.truth.letters[uid] for uid in sorted(self.truth.letters)]

    @property
    def count(self) -> int:
        return len(self.truth.folders[INBOX])
