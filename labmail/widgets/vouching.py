"""The evidence of DMARC: the link or the gap between From: and the names that SPF and DKIM judged. RFC 9989."""

from __future__ import annotations

from labmail.views import dmarc, judged
from labmail.widgets.face import Face, script, static_table

__all__ = ["DmarcEvidence"]


class DmarcEvidence(Face):
    """`DmarcEvidence(labmail.verify(...))`, `DmarcEvidence(lab, lab.mailbox("bob@example.com")[-1])`, or of a dialog.

    From a lab or a dialog it also knows how the server answered, what it wrote, and where it put the letter.
    """

    _esm = script("parts.js", "evidence.js", "vouching.js")

    def __init__(self, about: object, letter: object = None) -> None:
        found = judged.find(about, letter)
        self._told = repr(found.verdict if found.verdict is about else getattr(found.verdict, "dmarc", None))
        super().__init__(judged.vouching(found))

    def __repr__(self) -> str:
        did = self.data["did"]
        wide = max((len(name) for name, _ in did), default=0)
        return "\n".join([self._told, *([""] if did else []), *(f"{name:{wide}}  {said}" for name, said in did)])

    def _static_html(self) -> str:
        shown = self.data["dmarc"]
        if shown is None:
            return super()._static_html()
        rows = dmarc.table({**shown, "did": self.data["did"]})
        return static_table(rows, head=dmarc.HEAD, caption=f"{self.data['title']} {shown['result']['word']}")
