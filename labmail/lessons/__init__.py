"""What a lesson asks: `predict`, `reveal` and `check`. The questions are data, in `en/NN-name.toml`.

A prediction is committed before its result is uncovered. Until then the answer is in the kernel alone: neither in the
page nor in its accessibility tree. The text of a reveal is never covered; it is for terminals, diffs and tests.
"""

from __future__ import annotations

from typing import Any

from labmail.lessons.book import BOOK

__all__ = ["check", "predict", "reveal"]


def predict(id: str) -> Any:
    """Ask for a prediction: the question, its choices, and a button that commits to one."""
    from labmail.widgets.ask import Predict

    question = BOOK.question(id)
    return Predict(question, BOOK.ask_again(id))


def reveal(id: str, value: object) -> Any:
    """The result of what was predicted, covered until the prediction is committed."""
    from labmail.widgets.ask import Reveal

    return Reveal(BOOK.question(id), BOOK.commitment(id), value)


def check(id: str, value: object) -> Any:
    """Try a solution on a fresh copy of the lesson's world, and say what is right or which mistake it holds."""
    from labmail.lessons.checking import judge
    from labmail.widgets.check import Check

    exercise = BOOK.exercise(id)
    return Check(exercise.id, judge(exercise, value), exercise.rfc)
