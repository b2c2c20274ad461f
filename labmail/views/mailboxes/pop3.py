"""POP3, listened to: which copies a client has taken, what the lists told it, what QUIT took out. RFC 1939."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labmail.record import Event
from labmail.views.mailboxes.column import GONE, THERE
from labmail.views.mailboxes.ear import Ear, plain_user
from labmail.views.mailboxes.truth import INBOX

if TYPE_CHECKING:
    from labmail.views.mailboxes.board import Board

__all__ = ["Pop3Ear"]

LISTED = re.compile(r"(\d+) (\S+)")
ALL = ("LIST", "UIDL")


class Pop3Ear(Ear):
    """One wire. The numbers of the messages are those of the login."""

    def __init__(self, board: Board, event: Event) -> None:
        super().__init__(board, event)
        self._user, self._verb, self._argument = "", "", ""
        self._uids: list[int] = []  # number 1 first, as the maildrop was at the login
        self._marked: set[int] = set()
        self._inside = False  # an answer of several lines
        self._status = ""  # the first line of the present answer
        self._challenged = False  # the next line is the response to AUTH
        self._told: set[int] = set()

    def _heard(self, event: Event) -> None:
        self.turn += 1
        if self._challenged:
            self._challenged, self._user = False, plain_user(event.octets.strip())
            return
        text = event.octets.decode("utf-8", "replace").rstrip("\r\n")
        verb, _, self._argument = text.partition(" ")
        self._verb, self._inside = verb.upper(), False
        if self._verb == "USER":
            self._user = self._argument.strip()
        elif self._verb == "AUTH" and len(words := self._argument.split()) > 1:
            self._user = plain_user(words[1].encode()) or self._user

    def _said(self, event: Event) -> None:
        text = event.octets.decode("utf-8", "replace").rstrip("\r\n")
        if self._inside:
            self._more(event, text)
        elif text.startswith("+OK"):
            self._yes(event, text)
        else:
            self._challenged = text.strip() == "+"

    def _yes(self, event: Event, text: str) -> None:
        verb, one, self._status = self._verb, self._argument.strip(), text
        if self.column is None:
            if verb in ("PASS", "AUTH") and self.board.is_mine(self._user):
                self.column = self.board.join(self)
                self._uids = self.board.truth.uids(INBOX)
                self.column.expect("login")
                self.board.act("entered")
            return
        self._inside = verb in ("RETR", "TOP", "CAPA") or (verb in ALL and not one)
        if self._inside:
            self._told = set()
        elif verb in ("STAT", *ALL):
            self._list(event, text, [int(one)] if one.isdigit() else self._unmarked())
        elif verb == "DELE":
            self._marked.add(int(one))
        elif verb == "RSET":
            self._marked.clear()
        elif verb == "QUIT":
            self._quit(event, text)

    def _unmarked(self) -> list[int]:
        return [number for number in range(1, len(self._uids) + 1) if number not in self._marked]

    def _more(self, event: Event, text: str) -> None:
        """A line of an answer that has several."""
        if self._verb in ALL and (found := LISTED.match(text)):
            self._told.add(int(found[1]))
        if text != ".":
            return
        self._inside = False
        if self._verb == "RETR":
            uid = self._uid(int(self._argument))
            if uid and self.column:
                self.board.act("took", uid)
                self.column.keep(uid)
                self._count()
                self.column.hear(event.number, self._status)
        elif self._verb in ALL:
            self._list(event, self._status, sorted(self._told), whole=True)

    def _list(self, event: Event, line: str, numbers: list[int], *, whole: bool = False) -> None:
        """What lies there; what does not stand in the whole list is no longer there."""
        assert self.column is not None
        uids = {uid for number in numbers if (uid := self._uid(number))}
        for uid in sorted(uids):
            self.column.believe(uid, THERE)
        if whole:
            hidden = {uid for number in self._marked if (uid := self._uid(number))}
            for uid in [uid for uid in self.column.known if uid not in uids | hidden]:
                self.column.believe(uid, GONE)
        self.board.act("looked")
        self._count()
        self.column.hear(event.number, line)

    def _quit(self, event: Event, text: str) -> None:
        assert self.column is not None
        for number in sorted(self._marked):
            if uid := self._uid(number):
                self.board.truth.remove(INBOX, uid)
                self.column.believe(uid, GONE)
        self.board.act("quit")
        self._count()
        self.column.hear(event.number, text)
        self.board.leave(self)
        self.column = None

    def _uid(self, number: int) -> int:
        return self._uids[number - 1] if 0 < number <= len(self._uids) else 0

    def _count(self) -> None:
        """What it has, and what it knows of besides."""
        column = self.column
        if column is not None:
            column.count = len(column.copies | {uid for uid, what in column.known.items() if what != GONE})

    def end(self) -> None:
        if self.column is not None:
            self.board.act("cut")
            self.board.leave(self)
