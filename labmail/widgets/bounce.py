"""A bounce: the report about a letter that came back, joined to the line of the dialog that caused it. RFC 3464."""

from __future__ import annotations

from typing import Any

from labmail.views import bounce
from labmail.widgets.face import Face, script, static_table

__all__ = ["Bounce"]


class Bounce(Face):
    """`Bounce(lab, lab.mailbox("alice@example.net")[-1])`; the dialog is found in the lab's record."""

    _esm = script("parts.js", "evidence.js", "bounce.js")

    def __init__(self, lab: Any, letter: object) -> None:
        super().__init__(bounce.bounce(lab, letter))

    def __repr__(self) -> str:
        return bounce.text(self.data)

    def _static_html(self) -> str:
        return static_table(
            bounce.table(self.data), head=bounce.HEAD, caption=f"{self.data['title']} {self.data['about']}"
        )
