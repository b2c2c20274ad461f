"""A handshake of TLS, octet by octet: a tree of its fields, the record's octets beside it, one selection. RFC 8446."""

from __future__ import annotations

from labmail import record
from labmail.views import handshake
from labmail.widgets.face import Face, script, static_table

__all__ = ["Handshake"]


class Handshake(Face):
    """`Handshake(lab.conversation(client, server))`, of a conversation that began TLS."""

    _esm = script("parts.js", "handshake.js")

    def __init__(self, conversation: record.Conversation) -> None:
        super().__init__(handshake.handshake(conversation))

    def __repr__(self) -> str:
        return handshake.text(self.data)

    def _static_html(self) -> str:
        caption = f"{self.data['title']}. {self.data['about']}"
        return static_table(handshake.table(self.data), head=handshake.HEAD, caption=caption)
