"""The header of a message: fields as they came and as they read, who wrote them, and the way as machines on a lane."""

from __future__ import annotations

from labmail.views import headers
from labmail.widgets.face import Face, script, static_table

__all__ = ["Headers"]


class Headers(Face):
    """`Headers(message)`: octets, or a letter of `lab.mailbox(...)`. Choosing a hop marks its Received line."""

    _esm = script("parts.js", "lines.js", "headers.js")

    def __init__(self, message: object) -> None:
        super().__init__(headers.headers(message))

    def __repr__(self) -> str:
        return headers.text(self.data)

    def _static_html(self) -> str:
        caption = f"{self.data['title']}: {self.data['about']}"
        return static_table(headers.table(self.data), head=headers.HEAD, caption=caption)
