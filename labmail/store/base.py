"""What every part of the store stands on: one connection, all-or-nothing, and word to those who watch."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from labmail.store.tables import open_file

__all__ = ["ADDED", "FLAGS", "REMOVED", "Base", "Change"]

ADDED, FLAGS, REMOVED = "added", "flags", "removed"  # what may happen to a letter


LOOSE_MAX = 200  # messages that one commit throws away: a turn of the loop is short

_THROW_AWAY = """
DELETE FROM messages WHERE number = ? AND NOT EXISTS (SELECT 1 FROM letters WHERE letters.message = messages.number)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What happened to letters of one folder, all at once. Who watches it hears of that once it is committed."""

    kind: str
    folder: int  # the folder's id
    letters: Mapping[int, frozenset[str]]  # UID -> flags, as they are now


class Base:
    """The connection. One thread uses it at a time."""

    def __init__(self, file: str | Path | None = None, hosts: Iterable[str] = ()) -> None:
        self.file = None if file is None else Path(file)
        self._hosts = tuple(hosts)  # whose results nobody else may write: `Letter.hosts`
        self._together = False
        self._changes: list[tuple[str, int, dict[int, frozenset[str]]]] = []
        self._watchers: dict[int, tuple[Callable[[Change], object], ...]] = {}
        self._db: sqlite3.Connection = open_file(self.file)
        self._loose = True  # there may be messages that no letter holds

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """All of it, or nothing: committed at the end, taken back if it raises."""
        if self._together:
            yield
            return
        self._together = True
        self._changes.clear()
        try:
            self._db.execute("BEGIN")
            try:
                yield
                self._sweep()
            except BaseException:
                self._db.execute("ROLLBACK")
                self._loose = True
                raise
            self._db.execute("COMMIT")
        finally:
            self._together = False
        changes, self._changes = self._changes, []
        for kind, folder, letters in changes:
            change = Change(kind=kind, folder=folder, letters=letters)
            for hear in self._watchers.get(folder, ()):
                hear(change)

    def watch(self, folder: int, hear: Callable[[Change], object]) -> Callable[[], None]:
        """Hand every later change in a folder to `hear`, once it is committed, on the thread that made it; the result
        ends it."""

        def each(change: Change) -> object:
            return hear(change)

        self._watchers[folder] = (*self._watchers.get(folder, ()), each)

        def leave() -> None:
            left = tuple(other for other in self._watchers.pop(folder, ()) if other is not each)
            if left:
                self._watchers[folder] = left

        return leave

    def close(self) -> None:
        """Let go of the file. Twice is fine."""
        self._db.close()

    def _watched(self, folder: int) -> bool:
        return folder in self._watchers

    def _changed(self, kind: str, folder: int, letters: Mapping[int, frozenset[str]]) -> None:
        """In the order in which it happened; what happens to many letters one by one becomes one change."""
        if not letters or not self._watched(folder):
            return
        if not self._changes or self._changes[-1][:2] != (kind, folder):
            self._changes.append((kind, folder, {}))
        self._changes[-1][2].update(letters)

    def _sweep(self) -> None:
        """Throw away messages that no letter holds any more, or only some of them: others wait for the next commit."""
        if not self._loose:
            return
        rows = self._db.execute("SELECT message FROM loose LIMIT ?", (LOOSE_MAX,)).fetchall()
        self._db.executemany(_THROW_AWAY, rows)
        self._db.executemany("DELETE FROM loose WHERE message = ?", rows)
        self._loose = len(rows) == LOOSE_MAX
