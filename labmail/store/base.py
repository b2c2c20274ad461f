"""What every part of the store stands on: one connection, all-or-nothing, and word to those who watch."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labmail.store.tables import open_file

__all__ = ["ADDED", "FLAGS", "REMOVED", "Base", "Change"]

ADDED, FLAGS, REMOVED = "added", "flags", "removed"  # what may happen to a letter


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What happened to one letter. Watchers hear of it once it is committed."""

    kind: str
    folder: int  # the folder's id
    uid: int
    flags: frozenset[str] = frozenset()  # as they are now


class Base:
    """The connection. One thread uses it at a time."""

    def __init__(self, file: str | Path | None = None) -> None:
        self.file = None if file is None else Path(file)
        self._together = False
        self._changes: list[Change] = []
        self._watchers: tuple[Callable[[Change], object], ...] = ()
        self._db: sqlite3.Connection = open_file(self.file)

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
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        finally:
            self._together = False
        changes, self._changes = self._changes, []
        for change in changes:
            for hear in self._watchers:
                hear(change)

    def watch(self, hear: Callable[[Change], object]) -> Callable[[], None]:
        """Hand every later change to `hear`, once it is committed, on the thread that made it; the result ends it."""

        def each(change: Change) -> object:
            return hear(change)

        self._watchers = (*self._watchers, each)

        def leave() -> None:
            self._watchers = tuple(other for other in self._watchers if other is not each)

        return leave

    def close(self) -> None:
        """Let go of the file. Twice is fine."""
        self._db.close()

    def _changed(self, kind: str, folder: int, uid: int, flags: frozenset[str] = frozenset()) -> None:
        if self._watchers:
            self._changes.append(Change(kind=kind, folder=folder, uid=uid, flags=flags))
