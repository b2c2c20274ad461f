"""A message taken apart: its tree, every octet of its source, and what each part is and becomes, in one selection."""

from __future__ import annotations

from labmail.views import mime
from labmail.widgets.face import Face, script, static_table

__all__ = ["MimeTree"]


class MimeTree(Face):
    """`MimeTree(message)`: octets, or a letter of `lab.mailbox(...)`. Nothing of it runs, and nothing is fetched."""

    _esm = script("parts.js", "lines.js", "mime.js")

    def __init__(self, message: object) -> None:
        super().__init__(mime.tree(message))

    def __repr__(self) -> str:
        return mime.text(self.data)

    def _static_html(self) -> str:
        caption = f"{self.data['title']}: {self.data['about']}"
        return static_table(mime.table(self.data), head=mime.HEAD, caption=caption)
