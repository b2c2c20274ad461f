"""The dialog stepper: a learner says one line at a time to a real server, and predicts its replies.

The connection opens with the first step, so a stepper that nobody touches leaves no trace on the timeline. A reply is
taken from the wire only when it is asked for; before that, it is nowhere in the browser.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, ClassVar, Protocol
from weakref import WeakKeyDictionary

from labmail.errors import LabError
from labmail.lessons.book import BOOK, Question
from labmail.record import Event
from labmail.views.dialog import recreate, table
from labmail.views.script import Script, letter_script
from labmail.views.smtp import SmtpReader
from labmail.widgets.face import Face, Held, script, static_table

__all__ = ["Stepper"]

STATES = ("connected", "greeted", "sender", "recipient", "text", "closed")


class Reply(Protocol):
    """What a server answered."""

    @property
    def code(self) -> int: ...
    @property
    def octets(self) -> tuple[bytes, ...]: ...
    @property
    def success(self) -> bool: ...


class Envelope(Protocol):
    """What the server remembers of a letter."""

    @property
    def mail_from(self) -> str | None: ...
    @property
    def recipients(self) -> tuple[str, ...]: ...


class Talk(Protocol):
    """One open dialog: what `lab.step(client, server)` returns."""

    def send(self, line: str) -> object: ...
    def reply(self) -> Reply: ...
    def close(self) -> None: ...
    @property
    def state(self) -> str: ...
    @property
    def due(self) -> tuple[str, ...]: ...
    @property
    def session(self) -> Envelope: ...


class Stepper(Face):
    """`Stepper(lab, "mail.example.net", "mx1.example.com")`; Next says `lines`, by default the seed's letter."""

    _esm = script("parts.js", "asking.js", "stepper.js")
    _latest: ClassVar[WeakKeyDictionary[Any, Any]] = WeakKeyDictionary()  # of each lab: a cell may be run again

    def __init__(
        self,
        lab: Any,
        client: str = "mail.example.net",
        server: str = "mx1.example.com",
        *,
        sender: str = "alice@example.net",
        recipient: str = "bob@example.com",
        lines: list[str] | None = None,
        title: str = "",
        predict: bool = True,
    ) -> None:
        self._lab, self._client, self._server = Held(lab), client, server
        self._world = lab.world.name
        self._plan = lines or letter_script(client, sender=sender, recipient=recipient)
        self._predict, self._lock = predict, Lock()
        self._start()
        if (earlier := self._latest.get(lab, lambda: None)()) is not None:
            earlier._retire()
        self._latest[lab] = weakref.ref(self)
        ends = [{"name": name, "address": lab.host(name).address} for name in (client, server)]
        between = " to ".join(f"{end['name']} {end['address']}" for end in ends)
        self._fixed: dict[str, Any] = {
            "title": title or f"{client} speaks to {server}",
            "about": f"{between}, port 25. A real server; its answer waits on the wire until you have answered.",
            "client": ends[0],
            "server": ends[1],
            "states": list(STATES),
        }
        super().__init__(self._picture(), next=self.next, say=self.say, commit=self.commit, again=self.again)

    def _start(self) -> None:
        self._talk: Talk | None = None
        self._script, self._reader = Script(self._plan), SmtpReader()
        self._lines: list[dict[str, Any]] = []
        self._said: list[str] = []  # the client's lines, for the code that recreates this
        self._asked: set[str] = set()  # verbs whose reply has been predicted
        self._question: Question | None = None
        self._own = self._retired = False

    # ---- acts: what the browser asks for ----

    def next(self) -> None:
        """One step: connect, then take the reply that is due, else say the script's next line."""
        with self._acting():
            talk = self._connected()
            if talk is None:  # it was opened just now, and that was the step
                return
            if talk.due:
                self._take_reply(talk)
            elif (line := self._script.next(talk.state)) is not None:
                self._say(talk, line, own=False)

    def say(self, line: str) -> None:
        """Say a line of the learner's own; a reply that is still due comes first."""
        with self._acting():
            talk = self._connected() or self._talk
            assert talk is not None
            while talk.due:
                self._take_reply(talk)
            self._say(talk, line, own=line != self._script.next(talk.state))
            if self._own and talk.due:
                self._take_reply(talk)

    def commit(self, key: str) -> None:
        """Fix a prediction, and release the answer."""
        with self._acting(committing=True):
            question, talk = self._question, self._talk
            if question is None or talk is None or question.choice(key) is None:
                raise LabError("no prediction is asked for here")
            self._question = None
            reply = self._take_reply(talk)
            self._lines[-1]["asked"] = outcome(question, key, str(reply.code))

    def again(self) -> None:
        """Hang up and begin again, with nothing said."""
        with self._acting(committing=True):
            self._hang_up()
            self._start()

    # ---- what they do ----

    @contextmanager
    def _acting(self, committing: bool = False) -> Iterator[None]:
        """One act at a time; whatever comes of it, the browser sees where things stand."""
        with self._lock:
            if self._retired:
                raise LabError("this stepper is from an earlier run of its cell; the newer one goes on")
            if self._question and not committing:
                raise LabError("first commit your prediction: the answer is held until then")
            try:
                yield
            finally:
                self._show()

    def _connected(self) -> Talk | None:
        """The open dialog; None if it was opened just now."""
        if self._talk is None:
            self._talk = self._lab().step(self._client, self._server)
            return None
        return self._talk

    def _say(self, talk: Talk, line: str, *, own: bool) -> None:
        state = talk.state
        talk.send(line)
        self._said.append(line)
        self._own = own
        if not own:
            self._script.said(state)
        self._note(talk, "heard", f"{line}\r\n".encode())
        verb = talk.due[-1] if talk.due else ""
        if self._predict and not own and verb in BOOK.replies and verb not in self._asked:
            self._asked.add(verb)
            self._question = BOOK.replies[verb]

    def _take_reply(self, talk: Talk) -> Reply:
        verb = talk.due[0]
        reply = talk.reply()
        if not self._own or verb in (".", "DATA"):
            self._script.answered(verb, reply.success)
        for octets in reply.octets:
            self._note(talk, "said", octets)
        return reply

    def _note(self, talk: Talk, kind: str, octets: bytes) -> None:
        by = self._client if kind == "heard" else self._server
        line = self._reader.read(Event(kind=kind, octets=octets, number=len(self._lines) + 1, by=by))
        envelope = talk.session
        known = [f"from {envelope.mail_from}"] * (envelope.mail_from is not None)
        known += [f"to {path}" for path in envelope.recipients]
        place = {"state": talk.state, "remembers": known, "note": "yours" if self._own and kind == "heard" else ""}
        self._lines.append(line | place)

    def _hang_up(self) -> None:
        if self._talk is not None:
            self._talk.close()

    def _retire(self) -> None:
        with self._lock:
            self._hang_up()
            self._retired, self._question = True, None
            self._show()

    # ---- what the browser sees ----

    def _show(self) -> None:
        self.data = self._picture()

    def _picture(self) -> dict[str, Any]:
        talk, question = self._talk, self._question
        asked = question and {"question": question.question, "choices": choices_of(question)}
        return self._fixed | {
            "lines": [*self._lines],
            "open": talk is not None,
            "held": bool(talk and talk.due),
            "asked": asked,
            "state": talk.state if talk else "",
            "next": talk is None or bool(talk.due) or self._script.next(talk.state) is not None,
            "retired": self._retired,
            "code": self._code(),
        }

    def _code(self) -> str:
        opening = f"lab = Lab({'' if self._world == 'base' else json.dumps(self._world)})"
        return f"{opening}\n{recreate(self._client, self._server, map(str.encode, self._said))}"

    def __repr__(self) -> str:
        ends = [f"{end['name']} [{end['address']}]" for end in (self.data["client"], self.data["server"])]
        said = [f"{who}: {text}".rstrip() for who, text in table({"lines": self._lines})]
        return "\n".join([f"{ends[0]} to {ends[1]} port 25", *(said or ["Nothing has been said yet."])])

    def _static_html(self) -> str:
        caption, _, nothing = repr(self).partition("\n")
        return static_table(table({"lines": self._lines}) or [[nothing]], caption=caption)


def choices_of(question: Question) -> list[dict[str, str]]:
    return [{"key": choice.key, "text": choice.text} for choice in question.choices]


def outcome(question: Question, key: str, code: str) -> dict[str, Any]:
    """A committed prediction beside what the server really said. A reply that nobody expected speaks for itself."""
    chosen = question.choice(key)
    says = [chosen.says] if chosen and key != code else []
    says += [question.because] if code == question.answer else []
    return {
        "question": question.question,
        "choices": choices_of(question),
        "chosen": key,
        "answer": code,
        "says": " ".join(filter(None, says)),
    }
