"""What a check said: right, not yet, or still open; one sentence, and the evidence below it."""

from __future__ import annotations

from labmail.lessons.checking import Verdict
from labmail.widgets.face import Face, script

__all__ = ["Check"]


class Check(Face):
    """The verdict on one exercise; its text is the sentence."""

    _esm = script("parts.js", "check.js")

    def __init__(self, exercise: str, verdict: Verdict) -> None:
        self._verdict = verdict
        said = {"kind": verdict.kind, "sentence": verdict.sentence, "evidence": verdict.evidence}
        super().__init__({"title": f"Exercise {exercise}", **said})

    def __repr__(self) -> str:
        return str(self._verdict)
