"""What a check said: right, not yet, or still open; one sentence, and the evidence below it."""

from __future__ import annotations

import re
from textwrap import dedent

from labmail.lessons.checking import Verdict
from labmail.widgets.face import Face, script

__all__ = ["Check"]


class Check(Face):
    """The verdict on one exercise; its text is the sentence."""

    _esm = script("parts.js", "check.js")

    def __init__(self, exercise: str, verdict: Verdict, rfc: int | None = None) -> None:
        """`rfc` is the one whose sections the lesson means by §."""
        self._verdict = verdict
        sentence, _, below = verdict.sentence.partition("\n")
        evidence = dedent("\n".join(filter(None, [below, verdict.evidence])))
        said = {"kind": verdict.kind, "sentence": _unmarked(verdict.kind, sentence), "evidence": evidence, "rfc": rfc}
        super().__init__({"title": f"Exercise: {exercise.replace('-', ' ')}", **said})

    def __repr__(self) -> str:
        return str(self._verdict)


def _unmarked(kind: str, sentence: str) -> str:
    """Without the words that the mark above it says already."""
    if kind == "pass":
        rest = re.sub(r"\ARight[.,]\s*", "", sentence)
        return rest[:1].upper() + rest[1:]
    return re.sub(r"\AStill open(?::\s*|\.\Z)", "", sentence) if kind == "open" else sentence
