"""The bench, "what changed": edit a record, say which letters will fare otherwise, replay them over the wire, compare.

The letters are sent in the learner's own lab, once when the bench is made and once for each replay. RFC 7208, RFC 9989.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labmail.views import bench
from labmail.widgets.face import Face, Held, script, static_table

__all__ = ["RecordBench"]


class RecordBench(Face):
    """`RecordBench(lab, "example.net")` is about its SPF record, with `name="_dmarc"` or `"s1._domainkey"` another.

    `letters` are (host, mail_from, message), with a few words as a fourth if you like; without them, the bench finds
    its own. `replay(record)` does by call what the button does: a record is a text or several, and "" or [] is none.
    """

    _esm = script("parts.js", "evidence.js", "glosses.js", "bench.js")

    def __init__(
        self,
        lab: Any,
        domain: str,
        name: str = "@",
        *,
        letters: Iterable[tuple[Any, ...]] | None = None,
        to: str = bench.TO,
        server: str = bench.SERVER,
    ) -> None:
        self._held = Held(lab)
        self._bench = bench.opened(lab, domain, name, letters=letters, to=to, server=server)
        super().__init__(bench.data(self._bench), replay=self._replay)

    def replay(
        self, record: str | Iterable[str], changes: Iterable[str] = (), letters: Mapping[str, Any] | None = None
    ) -> None:
        """Publish it and send the letters once more; `changes` names the hosts whose rows you say will change.

        `letters` has other letters for some of the hosts: `{"mallory.example": message}`.
        """
        several = isinstance(record, Iterable) and not isinstance(record, str)
        texts: list[Any] = list(record) if several else [record]
        self._replay(texts, list(changes), letters or {})

    def _replay(self, records: list[str], ticks: list[str], letters: Mapping[str, Any]) -> None:
        self._bench = bench.played(self._held(), self._bench, records, ticks, letters)
        self.data = bench.data(self._bench)

    @property
    def conversations(self) -> list[Any]:
        """The dialogs of the last replay, in the order of the rows."""
        return [each.conversation for each in self._bench.now]

    def __repr__(self) -> str:
        return bench.text(self.data)

    def _static_html(self) -> str:
        head, *rows = bench.table(self.data)
        caption = "\n".join([*bench.record_lines(self.data), *bench.told_lines(self.data)])
        return static_table(rows, head=head, caption=caption)
