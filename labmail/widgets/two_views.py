"""One conversation, seen twice: what its ends say, and beside it what a listener on the wire has. RFC 3207."""

from __future__ import annotations

from labmail import record
from labmail.views import two_views
from labmail.widgets.face import Face, script, static_table

__all__ = ["TwoViews"]


class TwoViews(Face):
    """`TwoViews(lab.conversation(client, server))`; arrows step, Enter goes to what the chosen row means."""

    _esm = script("parts.js", "sides.js", "two_views.js")

    def __init__(self, conversation: record.Conversation) -> None:
        super().__init__(two_views.two_views(conversation))

    def __repr__(self) -> str:
        return two_views.text(self.data)

    def _static_html(self) -> str:
        caption = f"{self.data['title']} {self.data['about']} {self.data['says']}"
        return static_table(two_views.table(self.data), head=two_views.HEAD, caption=caption)
