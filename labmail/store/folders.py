"""Folders and what a program that manages mail does with them: make, rename, delete, copy, mark, remove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from labmail.errors import LabError
from labmail.store.base import ADDED, FLAGS, REMOVED, Base
from labmail.store.letters import join_flags, split_flags

__all__ = ["FURNITURE", "INBOX", "Folder", "Folders", "marks", "slices"]

INBOX = "INBOX"
FURNITURE = (INBOX, "Drafts", "Sent", "Junk", "Trash", "Archive")  # what a mailbox has once somebody moved in
SLICE = 500  # UIDs in one statement; sqlite takes 32,766 at most

_FOLDER = "SELECT id, address, name, uid_next FROM folders WHERE"
_COPY = """
INSERT INTO letters (folder_id, uid, message, flags, at, size_octets, ends_line)
SELECT ?, ? + row_number() OVER (ORDER BY uid), message, flags, at, size_octets, ends_line
FROM letters WHERE folder_id = ? AND uid IN ({marks})
"""


_MOVE = """
UPDATE letters SET folder_id = ?, uid = ? + ranked.rank
FROM (
    SELECT number, row_number() OVER (ORDER BY uid) AS rank FROM letters WHERE folder_id = ? AND uid IN ({marks})
) AS ranked
WHERE letters.number = ranked.number
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A folder as it was when it was looked up. Its id is never given to another: a good UIDVALIDITY."""

    id: int
    address: str
    name: str
    uid_next: int


class Folders(Base):
    """Work on folders, and on letters by UID without reading them. `address` is in small letters throughout."""

    def furnish(self, address: str) -> None:
        """The folders that a person expects, subscribed; only once, as he may throw them out."""
        with self.together():
            new = self._db.execute("INSERT OR IGNORE INTO furnished VALUES (?)", (address,)).rowcount
            for name in FURNITURE if new else (INBOX,):
                if self.folder(address, name) is None:
                    self.create(address, name)
                if new:
                    self.subscribe(address, name)

    def folder(self, address: str, name: str) -> Folder | None:
        return next(self._folders("address = ? AND name = ?", address, name), None)

    def all_folders(self, address: str) -> list[Folder]:
        return list(self._folders("address = ? ORDER BY id", address))

    def _folders(self, where: str, *values: str) -> Iterator[Folder]:
        for id, address, name, uid_next in self._db.execute(f"{_FOLDER} {where}", values):
            yield Folder(id=id, address=address, name=name, uid_next=uid_next)

    def create(self, address: str, name: str) -> Folder:
        if self.folder(address, name) is not None:
            raise LabError(f"{address} has a folder {name} already; choose another name")
        with self.together():
            self._db.execute("INSERT INTO folders (address, name, uid_next) VALUES (?, ?, 1)", (address, name))
        found = self.folder(address, name)
        assert found is not None
        return found

    def rename(self, folder: Folder, name: str) -> None:
        """Its letters keep their UIDs."""
        if self.folder(folder.address, name) is not None:
            raise LabError(f"{folder.address} has a folder {name} already; choose another name")
        with self.together():
            self._db.execute("UPDATE folders SET name = ? WHERE id = ?", (name, folder.id))

    def delete(self, folder: Folder) -> None:
        """With all that lies in it."""
        with self.together():
            self.take_out(folder.id, [uid for uid, _ in self.index(folder.id)])
            self._db.execute("DELETE FROM folders WHERE id = ?", (folder.id,))

    # ---- subscriptions: names that a person wants to be shown

    def subscribe(self, address: str, name: str) -> None:
        with self.together():
            self._db.execute("INSERT OR IGNORE INTO subscriptions VALUES (?, ?)", (address, name))

    def unsubscribe(self, address: str, name: str) -> None:
        with self.together():
            self._db.execute("DELETE FROM subscriptions WHERE address = ? AND name = ?", (address, name))

    def subscribed(self, address: str) -> list[str]:
        rows = self._db.execute("SELECT name FROM subscriptions WHERE address = ? ORDER BY rowid", (address,))
        return [row[0] for row in rows]

    # ---- letters of one folder, by its id and their UIDs

    def index(self, folder: int, first: int = 1) -> list[tuple[int, frozenset[str]]]:
        """UIDs, from that one on, and flags, in the order of the UIDs."""
        known: dict[str, frozenset[str]] = {}  # few sets stand for many letters
        statement = "SELECT uid, flags FROM letters WHERE folder_id = ? AND uid >= ? ORDER BY uid"
        rows = self._db.execute(statement, (folder, first)).fetchall()
        return [(uid, known.get(flags) or known.setdefault(flags, split_flags(flags))) for uid, flags in rows]

    def uid_next(self, folder: int) -> int:
        row = self._db.execute("SELECT uid_next FROM folders WHERE id = ?", (folder,)).fetchone()
        return row[0] if row else 1

    def recent_from(self, folder: int) -> int:
        """The first UID that nobody was told of yet."""
        row = self._db.execute("SELECT recent_from FROM folders WHERE id = ?", (folder,)).fetchone()
        return row[0] if row else 1

    def claim_recent(self, folder: int) -> int:
        """The same, and from now on somebody was told."""
        first = self.recent_from(folder)
        with self.together():
            self._db.execute("UPDATE folders SET recent_from = uid_next WHERE id = ?", (folder,))
        return first

    def mark(self, folder: int, uid: int, flags: frozenset[str]) -> bool:
        """Give a letter these flags and no others; False: it is gone."""
        with self.together():
            found = self._db.execute(
                "UPDATE letters SET flags = ? WHERE folder_id = ? AND uid = ?", (join_flags(flags), folder, uid)
            ).rowcount
            if found:
                self._changed(FLAGS, folder, {uid: flags})
        return bool(found)

    def copy(self, folder: int, uids: Sequence[int], target: int) -> list[int]:
        """Copies of letters, named in rising order, with the same flags and times: the UIDs of the copies.

        All, or a LabError and none.
        """
        with self.together():
            return self._into(target, _COPY, folder, uids)

    def move(self, folder: int, uids: Sequence[int], target: int) -> list[int]:
        """As `copy`, and here they are no more."""
        with self.together():
            fresh = self._into(target, _MOVE, folder, uids)
            self._changed(REMOVED, folder, dict.fromkeys(uids, frozenset()))
        return fresh

    def _into(self, target: int, statement: str, folder: int, uids: Sequence[int]) -> list[int]:
        first = next_uid = self._take_uids(target, len(uids))
        for part in slices(uids):
            values = (target, next_uid - 1, folder, *part)
            if self._db.execute(statement.format(marks=marks(part)), values).rowcount < len(part):
                raise LabError("a letter is gone; everything stays where it was")
            next_uid += len(part)
        if self._watched(target):
            self._changed(ADDED, target, dict(self.index(target, first)))
        return list(range(first, next_uid))

    def take_out(self, folder: int, uids: Sequence[int]) -> None:
        """Remove letters for good; their UIDs are not given again. What is gone already stays gone."""
        with self.together():
            for part in slices(uids):
                which, values = f"WHERE folder_id = ? AND uid IN ({marks(part)})", (folder, *part)
                if self._watched(folder):
                    rows = self._db.execute(f"SELECT uid FROM letters {which} ORDER BY uid", values)
                    self._changed(REMOVED, folder, dict.fromkeys((row[0] for row in rows), frozenset()))
                self._loose = True
                self._db.execute(f"INSERT OR IGNORE INTO loose SELECT message FROM letters {which}", values)
                self._db.execute(f"DELETE FROM letters {which}", values)

    def sizes(self, folder: int) -> dict[int, int]:
        """UID -> octets of the whole message, without reading it."""
        rows = self._db.execute("SELECT uid, size_octets FROM letters WHERE folder_id = ?", (folder,))
        return dict(rows.fetchall())

    def arrivals(self, folder: int) -> dict[int, datetime]:
        """UID -> when it came, without reading it."""
        rows = self._db.execute("SELECT uid, at FROM letters WHERE folder_id = ?", (folder,))
        return {uid: datetime.fromisoformat(at) for uid, at in rows}

    def _take_uids(self, folder: int, count: int) -> int:
        """So many new UIDs of a folder: the first of them."""
        row = self._db.execute(
            "UPDATE folders SET uid_next = uid_next + ? WHERE id = ? RETURNING uid_next", (count, folder)
        ).fetchone()
        if row is None:
            raise LabError("the folder is gone; nothing was put there")
        first: int = row[0] - count
        return first


def slices(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + SLICE] for start in range(0, len(numbers), SLICE))


def marks(numbers: Sequence[int]) -> str:
    """As many question marks, for a statement that names these numbers."""
    return ", ".join("?" * len(numbers))
