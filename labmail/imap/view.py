"""What a session knows of the selected mailbox, and what it still has to tell the client. RFC 3501 sections 5.2, 7.4.1.

Theory of operation. Numbers belong to the view, not to the store: a letter keeps its number in this session until the
session says EXPUNGE, whatever others do. The store's changes are taken down at once; `sync` tells them, before the
tagged response of a command and while the client idles. Flags in the view are always the present ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from labmail.imap.grammar import SYSTEM_FLAGS, SequenceSet
from labmail.imap.words import Bad
from labmail.store import ADDED, FLAGS, REMOVED, Change, Letter, Store

__all__ = ["View"]


class View:
    """One session's idea of one folder."""

    def __init__(self, store: Store, folder: int, *, read_only: bool) -> None:
        self.folder, self.read_only = folder, read_only
        self._store = store
        self.flags = dict(store.index(folder))  # of all letters in the store, told or not
        self.uids = list(self.flags)  # of those told, in rising order: the first is number 1
        self.keywords: dict[str, str] = {}
        self._known: set[str] = set()  # flags as letters have them, of which the client has heard
        self._learn(*set(self.flags.values()))
        first = self._claim()
        self._fresh: set[int] = set()  # in the store, and not told yet
        self._gone: set[int] = set()
        self._untold: set[int] = set()  # whose flags have changed
        self._owned: set[int] = set(self.uids[bisect_left(self.uids, first) :])

    def _claim(self) -> int:
        """Letters from this UID on are recent here; to those who only look they stay so. RFC 3501 section 2.3.2"""
        return (self._store.recent_from if self.read_only else self._store.claim_recent)(self.folder)

    # ---- what the store says

    def read(self, uid: int) -> Letter | None:
        """None: it is gone."""
        return self._store.read(self.folder, uid)

    def sizes(self) -> dict[int, int]:
        """Of all letters, and none of them is opened."""
        return self._store.sizes(self.folder)

    def arrivals(self) -> dict[int, datetime]:
        return self._store.arrivals(self.folder)

    def notify(self, change: Change) -> None:
        if change.kind == ADDED:
            self.flags.update(change.letters)
            self._fresh.update(change.letters)
        elif change.kind == REMOVED:
            for uid in change.letters:
                del self.flags[uid]
            self._untold.difference_update(change.letters)
            self._gone.update(change.letters.keys() - self._fresh)
            self._fresh.difference_update(change.letters)
        elif change.kind == FLAGS:
            self.flags.update(change.letters)
            self._untold.update(change.letters.keys() - self._fresh)

    def see(self, uid: int) -> None:
        """The client has read a letter."""
        if "\\Seen" not in self.flags[uid]:
            self._store.mark(self.folder, uid, self.flags[uid] | {"\\Seen"})

    # ---- what the client is told

    def sync(self, *, expunge: bool) -> Iterator[bytes]:
        """Everything that it does not know yet; what is gone only where a command allows it.

        Between two lines others may have their turn: what they do then is told another time, and what they took out
        keeps its number, but has no flags any more.
        """
        if expunge and self._gone:
            gone, self._gone = sorted(self._gone), set()
            for uid in gone:
                number = bisect_left(self.uids, uid)
                del self.uids[number]
                self._owned.discard(uid)
                yield b"%d EXPUNGE" % (number + 1)
        if self._fresh:
            first, fresh = self._claim(), sorted(self._fresh)
            self._owned.update(fresh[bisect_left(fresh, first) :])
            self.uids += fresh
            self._fresh.clear()
            yield b"%d EXISTS" % len(self.uids)
            yield b"%d RECENT" % len(self._owned)
        untold, self._untold = sorted(self._untold), set()
        for uid in untold:
            if not self.is_gone(uid):
                yield from self.new_keywords(self.flags[uid])
                yield b"%d FETCH (UID %d FLAGS %b)" % (self.number(uid), uid, self.shown(uid))

    def told(self, uid: int) -> None:
        """Its flags have just been said."""
        self._untold.discard(uid)

    def is_untold(self, uid: int) -> bool:
        return uid in self._untold

    # ---- numbers and flags

    def number(self, uid: int) -> int:
        return bisect_left(self.uids, uid) + 1

    def pick(self, wanted: SequenceSet, *, by_uid: bool) -> list[int]:
        """The UIDs that are meant, in order. Unknown UIDs are passed over: RFC 3501 section 6.4.8."""
        if by_uid:
            return wanted.pick(self.uids)
        if wanted.beyond(len(self.uids)):
            raise Bad(f"the mailbox has {len(self.uids)} letters, and no number above that")
        return [self.uids[number - 1] for number in wanted.pick(range(1, len(self.uids) + 1))]

    def is_gone(self, uid: int) -> bool:
        return uid not in self.flags

    def is_recent(self, uid: int) -> bool:
        return uid in self._owned

    @property
    def recent(self) -> int:
        return len(self._owned)

    def shown(self, uid: int) -> bytes:
        """A letter's flags as they go out."""
        return _shown(self.flags.get(uid, frozenset()), self.is_recent(uid))

    def spell(self, flags: list[str]) -> frozenset[str]:
        """Flags as this mailbox writes them: case makes no difference, and the first to use a keyword has set it."""
        return frozenset(self.keywords.get(flag.lower(), flag) for flag in flags)

    def flags_line(self) -> bytes:
        return b"FLAGS (%b)" % " ".join([*SYSTEM_FLAGS.values(), *self.keywords.values()]).encode()

    def new_keywords(self, flags: frozenset[str]) -> Iterator[bytes]:
        """FLAGS once more, where these bring a keyword that the client has not heard of."""
        if not flags <= self._known and self._learn(flags):
            yield self.flags_line()

    def _learn(self, *sets: frozenset[str]) -> bool:
        fresh = sorted(
            {flag for flags in sets for flag in flags if flag[0] != "\\" and flag.lower() not in self.keywords}
        )
        self.keywords |= {flag.lower(): flag for flag in fresh}
        self._known.update(*sets)
        return bool(fresh)

    def first_unseen(self) -> int | None:
        return next((number for number, uid in enumerate(self.uids, 1) if "\\Seen" not in self.flags[uid]), None)


@lru_cache(1000)
def _shown(flags: frozenset[str], recent: bool) -> bytes:
    return b"(%b)" % " ".join(sorted(flags) + ["\\Recent"] * recent).encode()
