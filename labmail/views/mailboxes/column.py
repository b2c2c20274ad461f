"""What one client believes: its column on the board. It believes what it was told last, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labmail.views.mailboxes.truth import Mail

__all__ = ["GONE", "THERE", "Cell", "Column"]

Cell = dict[str, str]
GONE = frozenset({"(gone)"})  # what a client believes of a message that it was told is no longer there
THERE: frozenset[str] = frozenset({"(there)"})  # it knows that it is there, and no more
LINE_MAX = 32  # characters of the line that it heard last
LABELS = {"pop3": "POP3", "imap": "IMAP", "http": "HTTP"}
FLAG_WORDS = {"\\Flagged": "flagged", "\\Answered": "answered", "\\Draft": "draft", "\\Deleted": "marked deleted"}
NOTHING: Cell = {"is": "", "word": "", "more": "never seen"}


@dataclass(kw_only=True, eq=False)
class Column:
    """One client: a program on a host that speaks one protocol. Its memory outlives its connection."""

    host: str
    protocol: str
    ordinal: int = 1  # of several at once on one host
    hidden: bool = False  # a webmail: the client of its own host, and the hand of a browser
    known: dict[int, frozenset[str]] = field(default_factory=dict)
    copies: set[int] = field(default_factory=set)  # on its own disk
    count: int | None = None  # how many messages it would say there are
    heard: tuple[int, str] | None = None  # the event that told it something last, and its line
    news: str = "never"  # when it will hear of news: a key of mailboxes.news
    stale: set[int] = field(default_factory=set)  # what it believes wrongly, or has not heard of
    lost: set[int] = field(default_factory=set)  # of these, what is there or not, against its belief
    wrong: set[int] = field(default_factory=set)  # of these, what it was told once and is so no longer
    touched: set[int] = field(default_factory=set)
    changed: bool = True  # what stands below the letters

    @property
    def key(self) -> str:
        return f"{self.host} {self.protocol}" + (f" {self.ordinal}" if self.ordinal > 1 else "")

    @property
    def name(self) -> str:
        """As a sentence names it: `the phone (IMAP)`."""
        if self.hidden:
            return "the webmail"
        return f"the {self.title} ({self.label})"

    @property
    def title(self) -> str:
        return self.host.partition(".")[0]

    @property
    def label(self) -> str:
        return f"{LABELS.get(self.protocol, self.protocol)}{f' {self.ordinal}' if self.ordinal > 1 else ''}"

    def believe(self, uid: int, what: frozenset[str]) -> bool:
        """Whether that is new to it."""
        if self.known.get(uid) == what or (what == THERE and self.known.get(uid, GONE) != GONE):
            return False
        self.known[uid] = what
        self.touched.add(uid)
        return True

    def keep(self, uid: int) -> None:
        """A copy of its own."""
        self.copies.add(uid)
        self.touched.add(uid)

    def hear(self, number: int, line: str) -> None:
        short = line if len(line) <= LINE_MAX else f"{line[: LINE_MAX - 1]}…"
        self.heard, self.changed = (number, short), True

    def expect(self, news: str) -> None:
        self.changed = self.changed or self.news != news
        self.news = news

    def cell(self, mail: Mail) -> Cell:
        """What it believes of one message, beside what is so."""
        self.touched.discard(mail.uid)
        cell = self._own_copy(mail) if mail.uid in self.copies else self._belief(mail)
        late = cell["is"] in ("stale", "unknown")
        self.changed = self.changed or late != (mail.uid in self.stale)
        (self.stale.add if late else self.stale.discard)(mail.uid)
        (self.wrong.add if cell["is"] == "stale" else self.wrong.discard)(mail.uid)
        (self.lost.add if late and (mail.gone or cell["is"] == "unknown") else self.lost.discard)(mail.uid)
        return cell

    def _own_copy(self, mail: Mail) -> Cell:
        return {"is": "own", "word": "own copy", "more": "on its disk" if mail.gone else "knows no flags"}

    def _belief(self, mail: Mail) -> Cell:
        told = self.known.get(mail.uid)
        if told is None:
            return NOTHING if mail.gone else {"is": "unknown", "word": "unknown", "more": "has not heard of it"}
        if told == GONE:
            return {"is": "gone", "word": "gone", "more": ""}
        if mail.gone:
            return {"is": "stale", "word": "stale", "more": "still shown"}
        if told == THERE:
            more = "not fetched" if self.protocol == "pop3" else "flags not asked"
            return {"is": "pass", "word": "there", "more": more}
        shown = server(Mail(uid=mail.uid, flags=told))
        same = ("\\Seen" in told) == ("\\Seen" in mail.flags) if self.protocol == "http" else told == mail.flags
        if same:
            return {**shown, "is": "pass"}
        return {"is": "stale", "word": "stale", "more": ", ".join(filter(None, [shown["word"], shown["more"]]))}

    def below(self) -> dict[str, Any]:
        """What stands below the letters."""
        number, line = self.heard or (None, "")
        messages = None if self.count is None else f"{self.count} message{'s' * (self.count != 1)}"
        late = bool(self.stale) or self.news == "never"
        step = {"is": "neutral", "word": "not in step"} if late else {"is": "pass", "word": "in step"}
        idle = ", IDLE" if self.news == "at-once" else ""
        return {"counts": messages or "", "n": number, "line": line, "news": self.news, "step": step, "idle": idle}


def server(mail: Mail) -> Cell:
    """The truth of one message."""
    if mail.gone:
        return {"is": "", "word": mail.gone, "more": ""}
    words = [FLAG_WORDS.get(flag, flag.lstrip("\\")) for flag in sorted(mail.flags - {"\\Seen"})]
    return {"is": "", "word": "read" if "\\Seen" in mail.flags else "unread", "more": ", ".join(words)}
