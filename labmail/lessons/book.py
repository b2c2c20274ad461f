"""The book of questions: what `en/*.toml` holds, as records.

`en/06-spf.toml` belongs to the lesson 06-spf: the `rfc` whose sections it means by §, its `[predict.ID]` and
`[exercise.ID]`, in the order in which the lesson asks. Ids are unique over the course. `en/common.toml` has the
sentences that serve all lessons, `en/replies.toml` the predictions of the dialog stepper, keyed by the client's verb.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from labmail.errors import LabError

__all__ = ["BOOK", "Book", "Choice", "Commitment", "Exercise", "Question"]

LANGUAGE = "en"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Choice:
    key: str
    text: str
    says: str = ""  # what speaks against it; empty for the answer


@dataclass(frozen=True, kw_only=True)
class Question:
    """One prediction: `number` of `of` in its lesson."""

    id: str
    question: str
    choices: tuple[Choice, ...]
    answer: str
    because: str
    number: int = 0
    of: int = 0

    def choice(self, key: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.key == key), None)

    @property
    def answer_line(self) -> str:
        return f"Answer: {self.answer}. {self.because}"

    def __str__(self) -> str:
        return "\n".join([self.question, "", *(f"  {choice.key}  {choice.text}" for choice in self.choices)])


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One task: its sentences by id. `right` and its neighbours accept; `hints` are for mistakes, in order."""

    id: str
    lesson: str
    accepts: Mapping[str, str]
    hints: Mapping[str, str]
    rfc: int | None = None  # whose sections the lesson means by §


@dataclass
class Commitment:
    """What the learner chose. It lives in the kernel only; whoever waits for it is called once, with the choice."""

    chosen: str | None = None
    _waiting: list[Callable[[str], None]] = field(default_factory=list)

    def commit(self, key: str) -> None:
        if self.chosen is not None:
            raise LabError(f"this prediction is committed to {self.chosen} and stays; run its cell again to start over")
        self.chosen = key
        waiting, self._waiting = self._waiting, []
        for open_it in waiting:
            open_it(key)

    def when_committed(self, open_it: Callable[[str], None]) -> None:
        """Call `open_it` now if the choice is made, else once it is."""
        if self.chosen is None:
            self._waiting.append(open_it)
        else:
            open_it(self.chosen)


class Book:
    """All questions of a folder of TOML files."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._commitments: dict[str, Commitment] = {}

    def question(self, id: str) -> Question:
        return _named(self._lessons[0], id, "prediction")

    def exercise(self, id: str) -> Exercise:
        return _named(self._lessons[1], id, "exercise")

    @property
    def questions(self) -> list[Question]:
        return list(self._lessons[0].values())

    @property
    def exercises(self) -> list[Exercise]:
        return list(self._lessons[1].values())

    @cached_property
    def common(self) -> dict[str, str]:
        """The sentences that serve all lessons."""
        sentences: dict[str, str] = self._read("common.toml")
        return sentences

    @cached_property
    def replies(self) -> dict[str, Question]:
        """The stepper's predictions: the verb of the client -> what the server will answer."""
        return {verb: _question(verb, entry) for verb, entry in self._read("replies.toml").items()}

    def commitment(self, id: str) -> Commitment:
        return self._commitments.setdefault(id, Commitment())

    def ask_again(self, id: str) -> Commitment:
        """A fresh commitment, for a cell that is run again. Results that still wait are opened by the new one."""
        waiting = self.commitment(id)._waiting
        self._commitments[id] = fresh = Commitment(None, waiting)
        return fresh

    @cached_property
    def _lessons(self) -> tuple[dict[str, Question], dict[str, Exercise]]:
        questions: dict[str, Question] = {}
        exercises: dict[str, Exercise] = {}
        for name in sorted(entry.name for entry in self._folder.iterdir()):
            if not name[:2].isdigit() or not name.endswith(".toml"):
                continue
            lesson, data = name.removesuffix(".toml"), self._read(name)
            asked = data.get("predict", {})
            for number, (id, entry) in enumerate(asked.items(), start=1):
                self._once(id, questions, name)
                questions[id] = _question(id, entry, number, len(asked))
            for id, entry in data.get("exercise", {}).items():
                self._once(id, exercises, name)
                accepts = {key: text for key, text in entry.items() if key != "hints"}
                hints, rfc = entry.get("hints", {}), data.get("rfc")
                exercises[id] = Exercise(id=id, lesson=lesson, accepts=accepts, hints=hints, rfc=rfc)
        return questions, exercises

    def _read(self, name: str) -> dict[str, Any]:
        return tomllib.loads((self._folder / name).read_text("utf-8"))

    @staticmethod
    def _once(id: str, known: Mapping[str, object], name: str) -> None:
        if id in known:
            raise LabError(f"{name}: the id {id!r} is used twice; ids are unique over the whole course")


def _named(known: Mapping[str, T], id: str, what: str) -> T:
    if id in known:
        return known[id]
    near = get_close_matches(id, known, n=3, cutoff=0.4)
    raise LabError(f"there is no {what} {id!r}; {'near it: ' + ', '.join(near) if near else 'none is near it'}")


def _question(id: str, entry: Mapping[str, Any], number: int = 0, of: int = 0) -> Question:
    choices = tuple(Choice(key=key, **choice) for key, choice in entry["choices"].items())
    question = Question(
        id=id,
        question=entry["question"],
        choices=choices,
        answer=entry["answer"],
        because=entry["because"],
        number=number,
        of=of,
    )
    if question.choice(question.answer) is None:
        raise LabError(f"prediction {id!r}: the answer {question.answer!r} is none of its choices")
    return question


BOOK = Book(files("labmail.lessons") / LANGUAGE)
