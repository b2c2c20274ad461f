"""The mailboxes of one provider: letters as they came, in folders with UIDs, on disk before the sender hears 250.

What followed 354 is kept octet for octet. What receivers add (Return-Path, Received and other trace headers, RFC 5321
section 4.4) is kept apart and joined when read. In memory unless a file is named; one thread uses it at a time.

    letters.py   a letter as it is kept
    folders.py   folders, and letters by UID
    base.py      all or nothing, and word to those who watch
    tables.py    the file
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from labmail.errors import LabError
from labmail.store.base import ADDED, FLAGS, REMOVED, Change
from labmail.store.folders import INBOX, Folder, Folders, marks, slices
from labmail.store.letters import Brief, Letter, join_flags, joined, letter_of

__all__ = ["ADDED", "FLAGS", "INBOX", "REMOVED", "Brief", "Change", "Folder", "Letter", "Store"]

_NEXT_UID = "UPDATE folders SET uid_next = uid_next + 1 WHERE address = ? AND name = ? RETURNING id, uid_next - 1"
_FIRST_UID = "INSERT INTO folders (address, name, uid_next) VALUES (?, ?, 2) RETURNING id, uid_next - 1"
_LETTER = """
SELECT letters.number, address, name, uid, octets, trace, return_path, recipient, flags, at
FROM letters JOIN folders ON folders.id = letters.folder_id JOIN messages ON messages.number = letters.message
"""
_BRIEFS = """
SELECT letters.number, uid, size_octets, ends_line
FROM letters JOIN folders ON folders.id = letters.folder_id WHERE address = ? AND name = ? ORDER BY uid
"""
_ADD_MESSAGE = "INSERT INTO messages (octets, trace, return_path, recipient) VALUES (?, ?, ?, ?)"
_ADD_LETTER = """
INSERT INTO letters (message, folder_id, uid, flags, at, size_octets, ends_line) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class Store(Folders):
    """Every mailbox of one provider, shared by its hosts. A mailbox is there as soon as something lies in it."""

    def add(
        self,
        address: str,
        folder: str,
        octets: bytes,
        *,
        at: datetime,
        return_path: str | None = None,
        trace: bytes = b"",
        recipient: str | None = None,
        flags: frozenset[str] = frozenset(),
    ) -> Letter:
        """Keep a letter. When this returns, it is committed (inside `together`: when that ends)."""
        address = address.lower()
        message = joined(return_path, trace, octets, self._hosts)
        fields, kept = (octets, trace, return_path, recipient or address), (join_flags(flags), at.isoformat())
        with self.together():
            row = self._db.execute(_NEXT_UID, (address, folder)).fetchone()
            folder_id, uid = row or self._db.execute(_FIRST_UID, (address, folder)).fetchone()
            place = self._db.execute(_ADD_MESSAGE, fields).lastrowid, folder_id, uid
            sizes = len(message), message.endswith(b"\r\n")
            number = self._db.execute(_ADD_LETTER, (*place, *kept, *sizes)).lastrowid
            self._changed(ADDED, folder_id, {uid: flags})
        return letter_of((number, address, folder, uid, *fields, *kept), self._hosts)

    def letters(self, address: str, folder: str | None = None) -> list[Letter]:
        """All letters of a mailbox, or of one folder of it, in order of arrival."""
        where = "WHERE address = ? AND (? IS NULL OR name = ?) ORDER BY letters.number"
        return [
            letter_of(row, self._hosts) for row in self._db.execute(_LETTER + where, (address.lower(), folder, folder))
        ]

    def letter(self, address: str, folder: str, uid: int) -> Letter:
        row = self._db.execute(
            f"{_LETTER} WHERE address = ? AND name = ? AND uid = ?", (address.lower(), folder, uid)
        ).fetchone()
        if row is None:
            raise LabError(f"no letter {uid} lies in {folder} of {address}; letters({address!r}) lists what is there")
        return letter_of(row, self._hosts)

    def read(self, folder: int, uid: int) -> Letter | None:
        """By the folder's id; None if it is gone."""
        row = self._db.execute(f"{_LETTER} WHERE folder_id = ? AND uid = ?", (folder, uid)).fetchone()
        return None if row is None else letter_of(row, self._hosts)

    def briefs(self, address: str, folder: str) -> list[Brief]:
        """What lies in a folder, by UID, without reading the letters themselves."""
        return [Brief._make(row) for row in self._db.execute(_BRIEFS, (address.lower(), folder)).fetchall()]

    def remove(self, letters: Iterable[Letter | Brief]) -> None:
        """Take these letters out for good; their UIDs are not given again. What is gone already stays gone."""
        numbers = [letter.number for letter in letters]
        found: dict[int, list[int]] = {}
        for part in slices(numbers):
            statement = f"SELECT folder_id, uid FROM letters WHERE number IN ({marks(part)})"
            for folder, uid in self._db.execute(statement, part):
                found.setdefault(folder, []).append(uid)
        with self.together():
            for folder in sorted(found):
                self.take_out(folder, sorted(found[folder]))

    def folders(self, address: str) -> list[str]:
        """INBOX first, then the others in the order in which they came to be."""
        rows = self._db.execute("SELECT name FROM folders WHERE address = ? ORDER BY id", (address.lower(),))
        return list(dict.fromkeys([INBOX, *(row[0] for row in rows)]))

    def set_flags(self, letter: Letter, flags: frozenset[str]) -> Letter:
        """Give a letter these flags and no others."""
        with self.together():
            statement = "UPDATE letters SET flags = ? WHERE number = ? RETURNING folder_id, uid"
            for row in self._db.execute(statement, (join_flags(flags), letter.number)).fetchall():
                self._changed(FLAGS, row[0], {row[1]: flags})
        return self.letter(letter.address, letter.folder, letter.uid)
