"""How an exercise is checked: a function finds the mistake, the TOML has the sentence.

A check of the exercise `five-records` in the lesson `06-spf` is `five_records(value)` in `checks/spf.py`; if it has a
second parameter, `lab`, it gets a fresh Lab of the lesson's world, which neither sees nor changes the learner's. It
returns `right()`, `accept("copied")`, `wrong("include-first", ip=...)` or `still_open("b", "d")`, holds no sentence,
and calls the learner's functions through `attempt`.
"""

from __future__ import annotations

import dis
import inspect
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from types import FunctionType
from typing import Any

from labmail.lessons.book import BOOK, Exercise

__all__ = ["Found", "Verdict", "accept", "attempt", "judge", "right", "still_open", "wrong"]

LOADS = {"LOAD_CONST", "RETURN_CONST"}
ARGUMENT_MAX_CHARACTERS = 60  # ours, of one argument in a sentence: some are pictures
EMPTY = LOADS | {"RESUME", "NOP", "RETURN_VALUE", "CACHE", "POP_TOP", "EXTENDED_ARG"}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a check function found: the id of a sentence, and what fills it."""

    kind: str  # "pass", "fail" or "open"
    id: str
    fields: dict[str, Any] = field(default_factory=dict)
    evidence: str = ""  # lines below the sentence


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the learner reads."""

    kind: str
    sentence: str
    evidence: str = ""

    def __str__(self) -> str:
        return "\n".join(filter(None, [self.sentence, self.evidence]))


class Stopped(Exception):
    """The learner's function raised; the sentence says where."""

    def __init__(self, call: str, fault: str) -> None:
        self.call, self.fault = call, fault


def right(evidence: str = "", **fields: Any) -> Found:
    return Found(kind="pass", id="right", fields=fields, evidence=evidence)


def accept(id: str, evidence: str = "", **fields: Any) -> Found:
    """Right, with a remark of its own."""
    return Found(kind="pass", id=id, fields=fields, evidence=evidence)


def wrong(id: str, evidence: str = "", **fields: Any) -> Found:
    return Found(kind="fail", id=id, fields=fields, evidence=evidence)


def still_open(*names: str) -> Found:
    return Found(kind="open", id="open" if names else "untouched", fields={"names": ", ".join(names)})


def attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call what the learner wrote. If it raises, the check ends with a sentence that says where."""
    try:
        return function(*arguments)
    except (Exception, SystemExit) as fault:
        told = f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
        frames = traceback.extract_tb(fault.__traceback__)
        own = [frame for frame in frames if frame.filename == _file(function)]  # a library's line says them little
        last = (own or frames)[-1]
        if line := linecache.getline(last.filename, last.lineno or 0).strip():
            told += f", at `{line}`"
        name = getattr(function, "__name__", "your function")
        raise Stopped(f"{name}({', '.join(map(_brief, arguments))})", told) from None


def _file(function: Callable[..., Any]) -> str:
    code = getattr(function, "__code__", None)
    return code.co_filename if code is not None else ""


def _brief(argument: object) -> str:
    told = repr(argument)
    return told if len(told) <= ARGUMENT_MAX_CHARACTERS else f"{told[:ARGUMENT_MAX_CHARACTERS]}…"


def judge(exercise: Exercise, value: object, look: Callable[..., Found] | None = None) -> Verdict:
    """Look for what is untouched, then let the exercise's own function, or the one given, look for a mistake."""
    found = _untouched(value)
    if found is None:
        try:
            found = _run(look or _function(exercise), exercise, value)
        except Stopped as stop:
            found = Found(kind="fail", id="raised", fields={"call": stop.call, "fault": stop.fault})
        except Exception as fault:  # the value has a form that the check cannot even read
            found = Found(kind="fail", id="unreadable", fields={"fault": f"{type(fault).__name__}: {fault}"})
    return Verdict(kind=found.kind, sentence=_sentence(exercise, found), evidence=found.evidence)


def _sentence(exercise: Exercise, found: Found) -> str:
    for sentences in (exercise.hints if found.kind == "fail" else exercise.accepts, BOOK.common):
        if found.id in sentences:
            return sentences[found.id].format(**found.fields)
    raise LookupError(f"exercise {exercise.id!r} has no sentence {found.id!r}")


def _untouched(value: object) -> Found | None:
    if value is ...:
        return still_open()
    if isinstance(value, dict) and ... in value.values():
        return still_open(*(str(key) for key, entry in value.items() if entry is ...))
    if isinstance(value, list | tuple) and ... in value:
        return still_open(*(str(place) for place, entry in enumerate(value, start=1) if entry is ...))
    if isinstance(value, FunctionType) and _is_stub(value):
        return Found(kind="open", id="empty-function", fields={"name": value.__name__})
    return None


def _is_stub(function: FunctionType) -> bool:
    """Its body is `...`, `pass` or a docstring. In a lambda nothing was left to be filled in."""
    if function.__name__ == "<lambda>":
        return False
    for step in dis.get_instructions(function):
        if step.opname not in EMPTY or (step.opname in LOADS and step.argval not in (None, ...)):
            return False
    return True


def _function(exercise: Exercise) -> Callable[..., Found]:
    name = exercise.lesson.partition("-")[2].replace("-", "_")
    module = import_module(f"labmail.lessons.checks.{name}")
    function: Callable[..., Found] = getattr(module, exercise.id.replace("-", "_"))
    return function


def _run(function: Callable[..., Found], exercise: Exercise, value: object) -> Found:
    if "lab" not in inspect.signature(function).parameters:
        return function(value)
    from labmail import world
    from labmail.lab import Lab

    with Lab(exercise.lesson if exercise.lesson in world.names() else "base", memory=True) as lab:
        return function(value, lab)
