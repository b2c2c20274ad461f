"""A dialog that is over, or stands still: two lifelines, a line for each that was said, its bytes and its meaning."""

from __future__ import annotations

from labmail import record
from labmail.views import dialog
from labmail.widgets.face import Face, script, static_table

__all__ = ["Conversation"]


class Conversation(Face):
    """`Conversation(lab.conversation(client, server))`; arrows step, Enter goes to the bytes."""

    _esm = script("parts.js", "conversation.js")

    def __init__(self, conversation: record.Conversation) -> None:
        self._transcript = repr(conversation)
        super().__init__(dialog.dialog(conversation))

    def __repr__(self) -> str:
        return self._transcript

    def _static_html(self) -> str:
        return static_table(dialog.table(self.data), caption=self._transcript.partition("\n")[0])
