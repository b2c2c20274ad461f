"""The matrix: what SPF, DKIM, the comparison of names and the owner's policy come to together. RFC 9989."""

from __future__ import annotations

from labmail.views import matrix
from labmail.widgets.face import Face, script, static_table

__all__ = ["Matrix"]


class Matrix(Face):
    """`Matrix()`, or `Matrix("none", "strict", reject_on_policy=True)`; "" is no record. A cell opens its path."""

    _esm = script("parts.js", "evidence.js", "matrix.js")

    def __init__(self, policy: str = "reject", alignment: str = "relaxed", *, reject_on_policy: bool = False) -> None:
        super().__init__(matrix.matrix(policy, alignment, reject_on_policy=reject_on_policy))

    def __repr__(self) -> str:
        return matrix.text(self.data)

    def _static_html(self) -> str:
        head, *rows = matrix.table(self.data)
        caption = f"{self.data['title']} {self.data['about']} {matrix.heading(self.data)}"
        return static_table(rows, head=head, caption=caption)
