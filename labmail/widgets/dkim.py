"""The DKIM view: what of a letter is signed, in which form, and what breaks when an octet of it is changed.

A change is judged by the same keys and at the same time as the verdict was: nothing is asked of DNS again.
"""

from __future__ import annotations

from labmail.errors import LabError
from labmail.views import dkim
from labmail.widgets.face import Face, script, static_table

__all__ = ["DkimView"]


class DkimView(Face):
    """`DkimView(dkim.verify(message, lab.resolver))`, or `DkimView(message, lab.resolver)`.

    `change(at, octets)` alters the letter, `restore()` mends it.
    """

    _esm = script("parts.js", "lines.js", "dkim.js")

    def __init__(self, verdict: object, resolver: object = None) -> None:
        if resolver is not None:
            verdict = dkim.verify(verdict, resolver)
        if not isinstance(verdict, dkim.Verdict):
            kind = type(verdict).__name__
            raise LabError(
                f"DkimView shows a verdict of dkim.verify, or a message with a resolver; this is of type {kind}"
            )
        self._came = self.verdict = verdict
        self._changes: tuple[tuple[int, int, bytes], ...] = ()
        super().__init__(dkim.view(verdict), change=self._change, restore=self.restore)

    def change(self, at: int, octets: bytes, gone: int = 1) -> None:
        """Put `octets` where `gone` octets of the letter stood."""
        letter = self.verdict.octets
        if not 0 <= at <= len(letter) or gone < 0:
            raise LabError(f"the letter has octets 0 to {len(letter) - 1}, and {at} is none of them")
        self._changes = (*self._changes, (at, gone, octets))
        self._judge(letter[:at] + octets + letter[at + gone :])

    def restore(self) -> None:
        """The letter as it came."""
        self._changes = ()
        self._judge(self._came.octets)

    def _change(self, at: int, octets: str, gone: int) -> None:
        self.change(at, bytes.fromhex(octets), gone)

    def _judge(self, letter: bytes) -> None:
        self.verdict = dkim.again(self._came, letter) if self._changes else self._came
        self.data = dkim.view(self.verdict, self._came.octets, self._changes)

    def __repr__(self) -> str:
        return repr(self.verdict)

    def _static_html(self) -> str:
        caption = f"{self.data['title']} {self.data['result']['word']}. {self.data['about']}"
        return static_table(dkim.table(self.data), head=dkim.HEAD, caption=caption)
