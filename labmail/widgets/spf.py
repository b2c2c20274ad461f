"""The SPF tree: why an address may send for a domain or may not, word by word, with every question that was asked."""

from __future__ import annotations

from labmail.errors import LabError
from labmail.views import spf
from labmail.widgets.face import Face, script, static_table

__all__ = ["SpfTree"]


class SpfTree(Face):
    """`SpfTree(spf.check(ip, helo, mail_from, lab.resolver))`; arrows step, Enter goes to what a word means."""

    _esm = script("parts.js", "evidence.js", "spf.js")

    def __init__(self, verdict: object) -> None:
        if not isinstance(verdict, spf.Verdict):
            raise LabError(f"SpfTree shows a verdict of spf.check, and this is of type {type(verdict).__name__}")
        self._transcript = repr(verdict)
        super().__init__(spf.tree(verdict))

    def __repr__(self) -> str:
        return self._transcript

    def _static_html(self) -> str:
        data = self.data
        spent = ", ".join(f"{one['name']} {one['used']} of {one['max']}" for one in data["meters"])
        caption = f"{data['title']} {data['result']['word']}; {spent}"
        return static_table(spf.table(data), head=spf.HEAD, caption=caption)
