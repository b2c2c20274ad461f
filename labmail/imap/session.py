"""The server's side of IMAP: one client, from the greeting to the last word. RFC 3501.

Theory of operation. Octets come in as they like; a line is heard when it is whole and its turn has come, so the
timeline is the same however they came. A command is whole when its last line is; the table says which may come. Its
handler yields what is said untagged and returns the text of the tagged OK; before that is said, one `sync` tells what
others have done to the mailbox. While the client idles, each change of the store wakes the session.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from datetime import datetime

from labmail.imap import entering, folders, letters
from labmail.imap.grammar import Cursor
from labmail.imap.intake import LINE_MAX_OCTETS, Inbox, Parts, announced
from labmail.imap.view import View
from labmail.imap.words import TABLE, VERBS, Bad, Command, Fault, say
from labmail.record import Event
from labmail.store import Change, Store

__all__ = ["APPEND_MAX_OCTETS", "Session"]

APPEND_MAX_OCTETS = 10_485_760  # ours: a letter, as large as SMTP takes one
QUIET_ABOUT_EXPUNGE = ("FETCH", "STORE", "SEARCH")  # their numbers must not change meanwhile: RFC 3501 section 7.4.1

Work = Generator[
    Event, None, str | None
]  # what is said untagged, then the text of the tagged OK; None: a line is awaited
Handler = Callable[["Session", Cursor], Work]

HANDLERS: dict[str, Handler] = {**entering.HANDLERS, **folders.HANDLERS, **letters.HANDLERS}


class Session:
    """One client's connection to one host. `check(user, password)` gives the address of a mailbox, or None."""

    def __init__(
        self,
        hostname: str,
        check: Callable[[str, str], str | None],
        store: Store,
        now: Callable[[], datetime],
        *,
        append_max_octets: int = APPEND_MAX_OCTETS,
    ) -> None:
        self.hostname, self.check, self.store, self.now = hostname, check, store, now
        self.append_max_octets = append_max_octets
        self.state = "not authenticated"
        self.address = ""  # whose mailboxes these are, once the client has logged in
        self.view: View | None = None  # of the selected mailbox
        self.wrong_logins = 0
        self._leave: Callable[[], None] | None = None
        self._speak: Callable[[Iterator[Event]], None] | None = None
        self._waking = False
        self._inbox, self._parts = Inbox(), Parts()
        self._overlong: str | None = None  # the tag of a line that has no end in sight
        self._present = ("*", "")  # tag and verb of the command at work
        self._awaiting: Callable[[bytes], Iterator[Event]] | None = None
        self.idling = False

    # ---- who carries us

    def begin(self) -> Iterator[Event]:
        yield from say(f"OK {self.hostname} IMAP4rev1 server ready".encode())

    def receive(self, octets: bytes) -> Iterator[Event]:
        """Take what arrived, many lines or a crumb of one; what follows from it happens as it is pulled."""
        if self.state == "logout":
            return
        self._inbox.put(octets)
        while self.state != "logout":
            left = self._parts.left
            piece = self._inbox.of_literal(left) if left else self._inbox.line()
            if piece is None:
                return
            if left:
                yield Event(kind="heard", octets=piece)
                self._parts.add_piece(piece)
            else:
                yield from self._hear(piece)
        yield from self._close()

    def _close(self) -> Iterator[Event]:
        self.end()
        yield Event(kind="close")

    def attend(self, speak: Callable[[Iterator[Event]], None]) -> None:
        """Whoever carries us pulls what `speak` is given: it comes unasked."""
        self._speak = speak

    def notify(self, change: Change) -> None:
        """Something happened in the selected mailbox."""
        if self.view is None:
            return
        self.view.notify(change)
        if self.idling and self._speak is not None and not self._waking:
            self._waking = True
            self._speak(self._wake())

    def _wake(self) -> Iterator[Event]:
        self._waking = False
        if self.idling:
            yield from self._sync(expunge=True)

    def confess(self) -> Iterator[Event]:
        """We failed outside of any command."""
        yield from say(b"BYE this went wrong on our side, and the conversation ends here")

    def end(self) -> None:
        """The wire is gone. Twice is fine."""
        self.deselect()

    # ---- lines

    def _hear(self, piece: bytes) -> Iterator[Event]:
        whole = piece.endswith(b"\n")
        first = not self._parts.texts and self._awaiting is None and self._overlong is None
        yield Event(kind="heard", octets=piece, value=Command.parse(piece, self.state) if first and whole else None)
        if self._overlong is not None or not whole:
            yield from self._hear_overlong(piece, whole=whole)
        elif self._awaiting is not None:
            go_on, self._awaiting = self._awaiting, None
            yield from go_on(piece)
        else:
            yield from self._hear_line(piece)

    def _hear_overlong(self, piece: bytes, *, whole: bool) -> Iterator[Event]:
        if self._overlong is None:
            self._overlong = self._present[0] if self._awaiting else self._tag(piece)
            self._awaiting, self.idling, self._parts = None, False, Parts()
        if whole:
            tag, self._overlong = self._overlong, None
            yield from self._refuse(tag, f"a command has {LINE_MAX_OCTETS} octets at most, without its literals")

    def _hear_line(self, line: bytes) -> Iterator[Event]:
        parts = self._parts
        parts.add_line(line)
        tag = self._tag(parts.texts[0])
        found = announced(line)
        if not line.endswith(b"\r\n"):
            yield from self._refuse(tag, "a line ends with CR LF, and this one ended with LF alone")
        elif parts.size_octets > self._most(parts):
            yield from self._refuse(tag, f"a command has {LINE_MAX_OCTETS} octets at most, without its literals")
        elif found is None:
            self._parts = Parts()
            yield from self._obey(parts)
        else:
            yield from self._promise(tag, *found)

    def _promise(self, tag: str, octets: int, waits: bool) -> Iterator[Event]:
        """A literal is announced."""
        parts = self._parts
        most = self.append_max_octets if self._appends(parts) else LINE_MAX_OCTETS
        if octets <= most and parts.size_octets + octets <= self._most(parts):
            parts.size_octets += octets
            parts.begin_literal(octets)
            if waits:
                yield from say(b"go on", "+")
            return
        sentence = f"a command has {self._most(parts)} octets at most, with its literals"
        if octets > most:
            sentence = f"a literal here has {most} octets at most, not {octets}"
        if waits:
            yield from self._refuse(tag, sentence, word="NO [TOOBIG]" if self._appends(parts) else "BAD")
        else:  # it is on its way: RFC 7888 lets us close
            yield from say(f"BYE {sentence}".encode())
            self.state = "logout"

    def _most(self, parts: Parts) -> int:
        return LINE_MAX_OCTETS + (self.append_max_octets if self._appends(parts) else 0)

    def _appends(self, parts: Parts) -> bool:
        words = parts.texts[0][:100].upper().split(b" ")
        return "APPEND" in TABLE[self.state] and len(words) > 2 and words[1] == b"APPEND"

    def _tag(self, text: bytes) -> str:
        try:
            return Cursor(Parts(texts=[text[:200].partition(b" ")[0]])).tag()
        except Bad:
            return "*"

    def _refuse(self, tag: str, sentence: str, word: str = "BAD") -> Iterator[Event]:
        """Before it was understood: nothing else has been said."""
        self._parts = Parts()
        yield from say(f"{word} {sentence}".encode(), tag)

    # ---- commands

    def _obey(self, parts: Parts) -> Iterator[Event]:
        self._present = (self._tag(parts.texts[0]), "")
        yield from self._run(self._read(Cursor(parts)))

    def _read(self, cursor: Cursor) -> Work:
        tag = cursor.tag()
        cursor.space()
        verb = cursor.word("a command")
        if verb == "UID":
            cursor.space()
            verb = f"UID {cursor.word('a command')}"
        if verb not in VERBS:
            raise Bad(f"there is no command {verb}")
        if verb not in TABLE[self.state]:
            raise Bad(_out_of_place(verb, self.state))
        self._present = (tag, verb)
        return (yield from HANDLERS[verb](self, cursor))

    def _run(self, work: Work) -> Iterator[Event]:
        try:
            done = yield from work
        except Fault as fault:
            word, text = fault.word, fault.text
        except Exception as fault:  # our own bug, and it must be heard; RFC 5530 section 3
            yield Event(kind="fault", value=fault)
            word, text = "NO", "[SERVERBUG] this went wrong on our side; try something else"
        else:
            if done is None:
                return
            word, text = "OK", done
            self.state = TABLE[self.state].get(self._present[1], self.state)
        tag, verb = self._present
        if tag != "*":
            yield from self._sync(expunge=verb not in QUIET_ABOUT_EXPUNGE)
        yield from say(f"{word} {text}".encode(), tag)

    def await_line(self, go_on: Callable[[bytes], Work]) -> None:
        """The command at work needs another line, whatever it is."""
        self._awaiting = lambda line: self._run(go_on(line))

    def _sync(self, *, expunge: bool) -> Iterator[Event]:
        if self.view is not None:
            for line in self.view.sync(expunge=expunge):
                yield from say(line)

    # ---- the selected mailbox

    def select(self, folder: int, *, read_only: bool) -> View:
        self.view = View(self.store, folder, read_only=read_only)
        self._leave = self.store.watch(folder, self.notify)
        return self.view

    def deselect(self) -> None:
        if self._leave is not None:
            self._leave()
            self._leave = None
        self.view, self.idling = None, False
        if self.state == "selected":
            self.state = "authenticated"


def _out_of_place(verb: str, state: str) -> str:
    if state == "not authenticated":
        return f"{verb} comes after LOGIN or AUTHENTICATE"
    if verb in TABLE["selected"]:
        return f"{verb} comes after SELECT or EXAMINE"
    return f"{verb} is for who has not logged in yet"
