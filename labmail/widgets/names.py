"""The letter as a reader sees it beside its envelope, and the name that SPF looked up beside the one in From:."""

from __future__ import annotations

from labmail.errors import LabError
from labmail.views import names
from labmail.widgets.face import Face, script, static_table

__all__ = ["TwoNames"]


class TwoNames(Face):
    """`TwoNames(lab.mailbox("bob@example.com")[-1])`"""

    _esm = script("parts.js", "names.js")

    def __init__(self, letter: object) -> None:
        if not isinstance(letter, names.Letter):
            kind = type(letter).__name__
            raise LabError(f"TwoNames shows a letter of lab.mailbox(address), and this is of type {kind}")
        super().__init__(names.names(letter))

    def __repr__(self) -> str:
        return names.text(self.data)

    def _static_html(self) -> str:
        caption = names.text(self.data).splitlines()[-1]
        return static_table(names.table(self.data), head=["header", "value", "by mail programs"], caption=caption)
