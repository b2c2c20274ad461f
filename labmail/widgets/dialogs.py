"""Dialogs between mail servers as arrows on lifelines; behind each, what was said and what the server found out."""

from __future__ import annotations

from labmail.errors import LabError
from labmail.views import dialogs
from labmail.widgets.face import Face, script, static_table

__all__ = ["Dialogs"]


class Dialogs(Face):
    """`Dialogs(lab.conversations())`: an arrow for each letter; arrow keys step, Enter goes to what is behind it."""

    _esm = script("parts.js", "evidence.js", "dialogs.js")

    def __init__(self, conversations: object) -> None:
        if not isinstance(conversations, dialogs.Conversations):
            kind = type(conversations).__name__
            raise LabError(f"Dialogs shows what lab.conversations() gives, and this is of type {kind}")
        self._transcript = repr(conversations)
        super().__init__(dialogs.dialogs(conversations))

    def __repr__(self) -> str:
        return self._transcript

    def _static_html(self) -> str:
        return static_table(dialogs.table(self.data), head=dialogs.HEAD, caption=self.data["title"])
