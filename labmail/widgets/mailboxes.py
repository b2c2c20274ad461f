"""Who believes what is in a mailbox: the server's truth beside each client's idea of it, live, step by step.

Everything comes from the events, so a learner's own `poplib` and `imaplib` clients show up by themselves. The widget
can bring one in step only where it was given a function that does so: a socket in a learner's hands is the learner's.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from labmail.errors import LabError, LabStopped, needs_text
from labmail.record import Event
from labmail.views import mailboxes, timeline
from labmail.widgets.face import Face, Held, script, static_table

__all__ = ["Mailboxes"]

Data = dict[str, Any]
TITLE = "Who believes what is in this mailbox?"
BRINGS = {"pop3": "Connect", "imap": "NOOP", "http": "Reload"}  # what brings a client of that protocol in step
READING = ("pop3", "imap")
KEY = re.compile(rf"({'|'.join(BRINGS)})( \d+)?")
AGAIN = "Run the cell that shows this once more."


class Mailboxes(Face):
    """`Mailboxes(lab, "bob@example.com")`: step through all that changed the mailbox, or what anybody believes of it.

    `bring={"phone.example.com": phone.noop}` has a button call that function, at that host. Where a host has several
    clients, name the protocol as well: `"laptop.example.com pop3"`.
    """

    _esm = script("parts.js", "mailboxes.js")

    def __init__(
        self, lab: Any, box: str, *, bring: Mapping[str, Callable[[], object]] | None = None, title: str = TITLE
    ) -> None:
        self._leave: Callable[[], None] = lambda: None
        needs_text("the address of a mailbox", box, "bob@example.com")
        self._lab, self._lock = Held(lab), threading.RLock()
        self._bring = dict(bring or {})
        self._title, self._box = title, box.lower()
        for key in self._bring:
            _check_key(lab, key)
        there = lab.mailbox(box)
        self._record = lab.record
        self._addresses = {name: host.address for name, host in lab.hosts.items()}
        self._servers = _servers(lab, self._box)
        self._board = mailboxes.Board(
            self._box,
            self._servers,
            before=_before(there, self._record.events),
            clients=filter(_names_protocol, bring or ()),
        )
        self._last = self._sent = self._letters = 0
        self._hear_events(self._record.events)
        super().__init__(self._data(), since=self.since, bring=self.bring)
        self._sent, self._letters = self._open_step(), len(self._board.letters)
        self._leave = self._record.subscribe(self._take)
        self._catch_up()

    # ---- acts

    def since(self, count: int) -> Data:
        """Everything after the first `count` steps, and the tables whole."""
        with self._lock:
            return self._batch(count, 0)

    def bring(self, key: str) -> None:
        """Have a client ask, by the function that was given for it; all that came of it is told before this ends."""
        if self._record.over:
            raise LabError(f"{timeline.over(self._record.over)} {AGAIN}")
        with self._lock:
            act, host = self._offered().get(key), key.split(" ")[0]
        if act is None:
            raise LabError(f"nothing was given that brings {key} in step: Mailboxes(lab, box, bring={{{key!r}: ...}})")
        try:
            with self._lab().at(host):
                act()
        except Exception as fault:
            raise LabError(f"{key} could not be brought in step: {fault}") from None
        self._settle()

    def close(self) -> None:
        self._leave()
        super().close()

    # ---- what happens

    def _take(self, events: list[Event]) -> None:
        """On the loop's thread, at most 20 times a second. No events: the record has ended."""
        with self._lock:
            before = (len(self._board.steps), self._board.steps[-1].n if self._board.steps else 0)
            self._hear_events(events)
            after = (len(self._board.steps), self._board.steps[-1].n if self._board.steps else 0)
            if after != before or not events:
                self.send({"more": self._batch(self._sent, self._letters)})
                self._sent, self._letters = self._open_step(), len(self._board.letters)

    def _open_step(self) -> int:
        """The last step may still grow: it is sent once more with what comes next."""
        return max(len(self._board.steps) - 1, 0)

    def _hear_events(self, events: Any) -> None:
        for event in events:
            if event.number > self._last:
                self._last = event.number
                self._board.tell(event)

    def _catch_up(self) -> None:
        if missed := self._record.since(self._last):
            self._take(list(missed))

    def _settle(self) -> None:
        """What was caused so far is on the record, and told."""
        try:
            _ = self._lab().record
        except LabStopped:
            pass
        self._catch_up()

    # ---- plain data

    def _batch(self, count: int, letters: int) -> Data:
        board = self._board
        return {
            "at": count,
            "steps": [mailboxes.plain(board, step) for step in board.steps[count:]],
            "letters": [
                {"uid": mail.uid, "subject": mail.subject, "from": mail.sender}
                for mail in map(mailboxes.Mail.look, board.letters[letters:])
            ],
            "columns": self._columns(),
            "over": timeline.over(self._record.over),
        }

    def _columns(self) -> list[Data]:
        offered = self._offered()
        return [
            {
                "key": column.key,
                "title": column.title,
                "label": column.label,
                "host": column.host,
                "address": self._addresses.get(column.host, ""),
                "bring": BRINGS[column.protocol] if column.key in offered else "",
                "hint": mailboxes.hint(column.protocol),
            }
            for column in self._board.columns
        ]

    def _offered(self) -> dict[str, Callable[[], object]]:
        """Column -> its function. A host alone names its only client."""
        found = {}
        for column in self._board.columns:
            alone = sum(other.host == column.host for other in self._board.columns) == 1
            act = self._bring.get(column.key) or (self._bring.get(column.host) if alone else None)
            if act is not None:
                found[column.key] = act
        return found

    def _data(self) -> Data:
        where = " and ".join(f"{name} {self._addresses[name]}" for name in _readable(self._servers, self._lab()))
        about = f"The INBOX of {self._box} on {where}, and what each client was told of it."
        return {
            "title": self._title,
            "about": about,
            "code": self._code(),
            "decides": mailboxes.news("server"),
            **self._batch(0, 0),
        }

    def _code(self) -> str:
        more = "" if self._title == TITLE else f", title={self._title!r}"
        lines = ["from labmail import widgets", ""]
        lines += ["# its buttons need the functions once more: bring={...}"] * bool(self._bring)
        return "\n".join([*lines, f"widgets.Mailboxes(lab, {json.dumps(self._box)}{more})"])

    # ---- without a browser

    def _about(self) -> str:
        steps = len(self._board.steps)
        over = timeline.over(self._record.over)
        return f"{self._title} {self._box}, after {steps} step{'s' * (steps != 1)}.{' ' * bool(over)}{over}"

    def __repr__(self) -> str:
        self._settle()
        with self._lock:
            return mailboxes.text(self._board, about=self._about())

    def _static_html(self) -> str:
        self._settle()
        with self._lock:
            head, rows = mailboxes.table(self._board)
            return static_table(
                rows, head=head, caption=mailboxes.text(self._board, about=self._about()).split("\n")[0]
            )


def _names_protocol(key: str) -> bool:
    return " " in key


def _check_key(lab: Any, key: str) -> None:
    host, _, more = key.partition(" ")
    lab.host(host)
    if more and not KEY.fullmatch(more):
        raise LabError(f"bring names no client by {key!r}: a host, and {', '.join(BRINGS)} if it has several")


def _servers(lab: Any, box: str) -> list[str]:
    """The hosts of the provider whose mailbox it is."""
    found = [name for name, provider in lab.world.providers.items() if box in provider.mailboxes]
    return [name for name, host in lab.world.hosts.items() if host.provider in found]


def _readable(servers: list[str], lab: Any) -> list[str]:
    """Those at which mail can be read."""
    return [name for name in servers if set(lab.world.hosts[name].services) & set(READING)]


def _before(letters: list[Any], events: Any) -> list[Any]:
    """What lay in the INBOX before the record begins: UIDs only rise."""
    stored = [event.value.uid for event in events if event.kind == "stored" and event.value.folder == "INBOX"]
    return [
        letter for letter in letters if letter.folder == "INBOX" and letter.uid < min(stored, default=letter.uid + 1)
    ]
