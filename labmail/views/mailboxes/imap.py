"""IMAP, listened to: which messages a session was told of, their flags, what went; and what it changed. RFC 3501.

Theory of operation. A session's numbers are its own: number n is the n-th message that it was told of and has not heard
EXPUNGE of. EXISTS adds the next ones that lie there, EXPUNGE takes one out. Whatever any session is told is so at that
moment, so the truth learns from all of them; what is said to none (CLOSE, .SILENT) follows from the command.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labmail.imap.intake import Parts, announced
from labmail.imap.words import Fault
from labmail.record import Event
from labmail.views.mailboxes.column import GONE, THERE
from labmail.views.mailboxes.ear import Ear, plain_user
from labmail.views.mailboxes.lines import Answer, Asked, spread
from labmail.views.mailboxes.truth import INBOX, RECENT

if TYPE_CHECKING:
    from labmail.views.mailboxes.board import Board

__all__ = ["ImapEar"]

NUMBERED = re.compile(r"\* (\d+) (EXISTS|EXPUNGE|FETCH)(?: (.*))?\Z", re.S)
TAGGED = re.compile(r"(\S+) (OK|NO|BAD)(?: \[([A-Z-]+) ?([^\]]*)\])?(.*)\Z", re.S)
FLAGS = re.compile(r"(?<![.\w])FLAGS \(([^)]*)\)")
UID = re.compile(r"(?<![.\w])UID (\d+)")
OPENS = ("SELECT", "EXAMINE")


class ImapEar(Ear):
    """One wire, one session."""

    def __init__(self, board: Board, event: Event) -> None:
        super().__init__(board, event)
        self._parts = Parts()
        self._answer = Answer()
        self._asked: dict[str, Asked] = {}
        self._last = Asked(Parts(texts=[b""]))
        self._user, self._mine, self._challenged = "", False, False
        self._folder, self._opening, self._read_only = "", "", False
        self._uids: list[int] = []  # number 1 first
        self._news = False  # whether this command has told something

    # ---- the client's side

    def _heard(self, event: Event) -> None:
        if self._parts.left:
            self._parts.add_piece(event.octets)
            return
        if self._challenged:
            self._challenged, self._user = False, plain_user(event.octets.strip())
            return
        if self._last.verb == "IDLE" and self._last.tag in self._asked:
            self.turn += 1
            return
        self._parts.add_line(event.octets)
        found = announced(event.octets)
        if found:
            self._parts.begin_literal(found[0])
            return
        asked, self._parts = Asked(self._parts), Parts()
        self._begin(asked)

    def _begin(self, asked: Asked) -> None:
        self.turn, self._news = self.turn + 1, False
        self._last = self._asked[asked.tag] = asked
        try:
            if asked.verb == "LOGIN":
                self._user = asked.name()
            elif asked.verb == "AUTHENTICATE":
                *_, response = asked.cursor.rest().split(b" ")
                self._user = plain_user(response)
            elif asked.verb in OPENS:
                self._opening, self._uids = asked.name(), []
        except Fault:
            return

    # ---- the server's side

    def _said(self, event: Event) -> None:
        text = self._answer.take(event.octets)
        if text is None:
            return
        if text.startswith("+"):
            self._go_on(event)
        elif found := NUMBERED.match(text):
            if self._mine:
                self._numbered(event, int(found[1]), found[2], found[3] or "")
        elif (tagged := TAGGED.match(text)) and tagged[1] != "*":
            asked = self._asked.pop(tagged[1], None)
            if asked is not None:
                self._ended(event, asked, tagged[2], tagged[3] or "", tagged[4] or "")
        elif tagged and tagged[3] == "COPYUID":  # MOVE says it before its EXPUNGE: RFC 6851 section 4.3
            self._copied(self._last, tagged[4])

    def _go_on(self, event: Event) -> None:
        self._challenged = self._last.verb == "AUTHENTICATE" and self._last.tag in self._asked
        if self._last.verb == "IDLE" and self.column is not None and self._folder == INBOX:
            self.board.act("idles")
            self.column.expect("at-once")

    def _numbered(self, event: Event, number: int, word: str, text: str) -> None:
        folder, truth = self._opening or self._folder, self.board.truth
        if word == "EXISTS":
            fresh = [uid for uid in truth.uids(folder) if uid > max(self._uids, default=0)]
            fresh = fresh[: max(number - len(self._uids), 0)]
            self._uids += fresh + [0] * (number - len(self._uids) - len(fresh))  # 0: nobody has told us of it
            if folder == INBOX and not self._opening:
                self._tell(event, f"* {number} EXISTS", [(uid, THERE) for uid in fresh], "came")
        elif 0 < number <= len(self._uids):
            uid = self._uids[number - 1]
            if word == "EXPUNGE":
                del self._uids[number - 1]
                truth.remove(folder, uid, "moved" if self._last.verb == "MOVE" else "deleted")
                if folder == INBOX:
                    self._tell(event, f"* {number} EXPUNGE", [(uid, GONE)], "gone")
            else:
                self._fetched(event, number, text)

    def _fetched(self, event: Event, number: int, text: str) -> None:
        told = UID.search(text)
        uid = self._uids[number - 1] = int(told[1]) if told else self._uids[number - 1]
        folder, flags = self._folder, FLAGS.search(text)
        if not uid or not flags:
            return
        now = frozenset(flags[1].split()) - {RECENT}
        self.board.truth.mark(folder, uid, now)
        if folder == INBOX:
            self._tell(event, f"* {number} FETCH ({flags[0]})", [(uid, now)], "flags")

    def _tell(self, event: Event, line: str, news: list[tuple[int, frozenset[str]]], kind: str) -> None:
        """The client hears something of the INBOX."""
        column = self.column
        if column is None:
            return
        fresh = [uid for uid, what in news if uid and column.believe(uid, what)]
        self.board.act("heard")
        for uid in fresh:
            self.board.heard(kind, uid)
        self._news = True
        column.count = len(self._uids)
        column.hear(event.number, line)

    # ---- what a command has done

    def _ended(self, event: Event, asked: Asked, word: str, code: str, value: str) -> None:
        done, verb = word == "OK", asked.verb
        if verb in ("LOGIN", "AUTHENTICATE"):
            self._mine = done and self.board.is_mine(self._user)
        if not self._mine:
            return
        if verb in OPENS:
            self._opened(event, done=done, read_only=verb == "EXAMINE")
        elif done and code == "COPYUID":
            self._copied(asked, value)
        elif verb == "STORE" and (done or code == "EXPUNGEISSUED"):
            self._stored(asked)
        elif done and verb == "CLOSE" and not self._read_only:
            self._closed()
        elif done and verb == "RENAME":
            self._renamed(asked)
        self._after(event, verb, word, done=done)

    def _after(self, event: Event, verb: str, word: str, *, done: bool) -> None:
        column = self.column
        if column is None:
            return
        if done and verb in ("CLOSE", "UNSELECT"):
            self._folder = ""
        here = self._folder == INBOX
        column.expect("command" if here else "open")
        if verb == "LOGOUT":
            self._leave("left")
        elif here and verb == "IDLE":
            self.board.act("done")
        elif here and done and not self._news and verb in ("NOOP", "CHECK"):
            column.hear(event.number, f"{word} {verb} completed")
            self.board.act("nothing")

    def _opened(self, event: Event, *, done: bool, read_only: bool) -> None:
        self._folder, self._opening = (self._opening if done else ""), ""
        self._read_only = read_only
        if self._folder != INBOX:
            return
        column = self.column = self.column or self.board.join(self)
        for uid in [uid for uid in column.known if uid not in self._uids]:
            column.believe(uid, GONE)
        for uid in filter(None, self._uids):
            column.believe(uid, THERE)
        self.board.act("opened")
        self._news = True
        column.count = len(self._uids)
        column.hear(event.number, f"* {len(self._uids)} EXISTS")

    def _picked(self, asked: Asked) -> list[int]:
        asked.cursor.space()
        wanted = asked.cursor.sequence_set()
        if asked.by_uid:
            return wanted.pick(sorted(filter(None, self._uids)))
        return [self._uids[number - 1] for number in wanted.pick(range(1, len(self._uids) + 1))]

    def _stored(self, asked: Asked) -> None:
        """What .SILENT has kept from being said: RFC 3501 section 6.4.6."""
        try:
            uids = self._picked(asked)
            asked.cursor.space()
            word = asked.cursor.store_word()
            asked.cursor.space()
            given = frozenset(asked.cursor.flags())
        except Fault:
            return
        if not word.endswith(".SILENT"):
            return
        there = self.board.truth.folders.get(self._folder, {})
        for uid in uids:
            if uid in there:
                old = there[uid].flags
                new = old | given if word[0] == "+" else old - given if word[0] == "-" else given
                self.board.truth.mark(self._folder, uid, new)
                if self._folder == INBOX and self.column is not None:
                    self.column.believe(uid, new)

    def _closed(self) -> None:
        """Taken out without a word: RFC 3501 section 6.4.2."""
        folder = self._folder
        for uid, mail in sorted(self.board.truth.folders.get(folder, {}).items()):
            if "\\Deleted" in mail.flags:
                self.board.truth.remove(folder, uid)
                if folder == INBOX and self.column is not None:
                    self.column.believe(uid, GONE)
        if folder == INBOX and self.column is not None:
            self.board.act("closed")
            self.column.count = len(self.board.truth.uids(INBOX))

    def _copied(self, asked: Asked, value: str) -> None:
        """COPYUID says which went and what they are called there: RFC 4315 section 3."""
        words = value.split()
        try:
            self._picked(asked)
            target = asked.name()
        except Fault:
            return
        if len(words) == 3:
            self.board.truth.copy(self._folder, spread(words[1]), target, spread(words[2]))

    def _renamed(self, asked: Asked) -> None:
        try:
            old, new = asked.name(), asked.name()
        except Fault:
            return
        truth = self.board.truth
        if old == INBOX:  # it stays, and its messages go: RFC 3501 section 6.3.5
            for uid in truth.uids(INBOX):
                truth.remove(INBOX, uid, "moved")
        else:
            truth.folders[new] = truth.folders.pop(old, {})

    def _leave(self, act: str) -> None:
        assert self.column is not None
        self.board.act(act)
        self.board.leave(self)
        self.column = None

    def end(self) -> None:
        if self.column is not None:
            self._leave("cut")
