"""Predict and reveal: a question, its choices, and the result that waits for the choice.

The two are joined in the kernel, by the commitment. Before it is made the answer is in the kernel alone: not in a
trait, not in the page, not in its accessibility tree. text/plain is never covered; text/html is folded.
"""

from __future__ import annotations

import html
from typing import Any

from IPython.lib.pretty import pretty

from labmail.lessons.book import BOOK, Commitment, Question
from labmail.widgets import face_of
from labmail.widgets.face import Face, script

__all__ = ["Predict", "Reveal"]

FOLDED = "Result: open it after your prediction"


class Predict(Face):
    """The question and its choices as radios, and a button that commits to one."""

    _esm = script("parts.js", "asking.js", "predict.js")

    def __init__(self, question: Question, commitment: Commitment) -> None:
        self._question, self._commitment = question, commitment
        choices = [{"key": choice.key, "text": choice.text} for choice in question.choices]
        asked = {"question": question.question, "choices": choices, "number": question.number, "of": question.of}
        super().__init__({"title": f"Prediction: {question.question}", "chosen": None, **asked}, commit=self.commit)

    def commit(self, key: str) -> None:
        """Fix the choice, and open the results that wait for it."""
        self._commitment.commit(key)
        self.data = self.data | {"chosen": key}

    def __repr__(self) -> str:
        return str(self._question)


class Reveal(Face):
    """A value and the answer, covered until the commitment is made."""

    _esm = script("parts.js", "reveal.js")

    def __init__(self, question: Question, commitment: Commitment, value: object) -> None:
        self._question, self._value = question, value
        super().__init__({"title": "Result", "shown": False, "covered": BOOK.common["covered"]})
        commitment.when_committed(self._uncover)

    def _uncover(self, key: str) -> None:
        question = self._question
        chosen, answer = question.choice(key), question.choice(question.answer)
        self.data = {
            "title": "Result",
            "shown": True,
            "chosen": {"key": key, "text": chosen.text if chosen else ""},
            "answer": {"key": question.answer, "text": answer.text if answer else ""},
            "says": chosen.says if chosen else "",
            "because": question.because,
            **self._picture(),
        }

    def _picture(self) -> dict[str, str]:
        """How the browser shows the value: its own widget, its own HTML, or its text."""
        self._inner = self._value if isinstance(self._value, Face) else face_of(self._value)
        if self._inner is not None:
            return {"inner": f"anywidget:{self._inner.model_id}"}
        if drawn := _own_html(self._value):
            return {"html": drawn}
        return {"text": _text(self._value)}

    def __repr__(self) -> str:
        return f"{_text(self._value)}\n\n{self._question.answer_line}"

    def _static_html(self) -> str:
        pre = f'<pre style="margin:0;font-family:monospace">{html.escape(_text(self._value))}</pre>'
        answer = f"<p>{html.escape(self._question.answer_line)}</p>"
        return f"<details><summary>{FOLDED}</summary>{_own_html(self._value) or pre}{answer}</details>"


def _text(value: object) -> str:
    """A string as it is, others as IPython shows them."""
    if isinstance(value, str):
        return value
    shown: str = pretty(value)  # type: ignore[no-untyped-call]
    return shown


def _own_html(value: Any) -> str:
    draw = getattr(value, "_static_html", None) or getattr(value, "_repr_html_", None)
    return (draw() or "") if draw and not isinstance(value, type) else ""
