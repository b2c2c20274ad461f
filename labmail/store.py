"""The mailboxes of one provider: letters as they came, in folders with UIDs, on disk before the sender hears 250.

What followed 354 is kept octet for octet. What receivers add (Return-Path, Received and other trace headers, RFC 5321
section 4.4) is kept apart and joined when read. In memory unless a file is named; one thread uses it at a time.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, compat32
from functools import cached_property
from pathlib import Path
from typing import Any

from labmail.errors import LabError

__all__ = ["INBOX", "Brief", "Letter", "Store"]

INBOX = "INBOX"
FORMAT = 1  # of the file; another number is another labmail's
MARK = 0x6C61626D  # "labm": what sqlite calls the application id
SUBJECT_SHOWN_MAX = 40  # characters

_TABLES = """
CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    uid_next INTEGER NOT NULL,
    UNIQUE (address, name)
);
CREATE TABLE letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    folder_id INTEGER NOT NULL REFERENCES folders (id),
    uid INTEGER NOT NULL,
    octets BLOB NOT NULL,
    trace BLOB NOT NULL,
    return_path TEXT,
    recipient TEXT NOT NULL,
    flags TEXT NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (folder_id, uid)
);
"""
_NEXT_UID = """
INSERT INTO folders (address, name, uid_next) VALUES (?, ?, 2)
ON CONFLICT (address, name) DO UPDATE SET uid_next = uid_next + 1
RETURNING id, uid_next - 1
"""
_LETTER = """
SELECT number, address, name, uid, octets, trace, return_path, recipient, flags, at
FROM letters JOIN folders ON folders.id = letters.folder_id
"""
# as `Letter.message` joins them: the line of a return path is 17 octets and the path
_BRIEFS = """
SELECT number, uid,
    length(octets) + length(trace) + coalesce(length(CAST(return_path AS BLOB)) + 17, 0),
    CASE WHEN length(octets) THEN substr(octets, -2) = x'0D0A' ELSE length(trace) OR return_path IS NOT NULL END
FROM letters JOIN folders ON folders.id = letters.folder_id
WHERE address = ? AND name = ? ORDER BY uid
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """What a list of letters needs of one: its text stays where it is."""

    number: int  # the letter's
    uid: int
    size_octets: int  # of `Letter.message`
    ends_line: bool  # it ends with CR LF


@dataclass(frozen=True, kw_only=True, repr=False)
class Letter:
    """A letter in a folder. Headers by name, in any case: `letter["Subject"]`; None where there is none."""

    number: int  # per store, in order of arrival
    address: str  # whose mailbox it is in
    folder: str
    uid: int  # per folder, never used twice
    octets: bytes  # as it came
    trace: bytes  # whole header lines, added on the way in
    return_path: str | None  # the envelope's sender; "" is <>, None: no envelope, as of a copy that a program put there
    recipient: str  # the envelope's, as the client wrote it
    flags: frozenset[str]
    at: datetime  # lab time of its arrival

    @cached_property
    def message(self) -> bytes:
        """What a program reads: the trace on top, then the letter as it came."""
        path = b"" if self.return_path is None else f"Return-Path: <{self.return_path}>\r\n".encode()
        return path + self.trace + self.octets

    @cached_property
    def headers(self) -> EmailMessage:
        """Its headers; the body is left out."""
        ends = [end + 2 for mark in (b"\r\n\r\n", b"\n\n") if (end := self.message.find(mark)) >= 0]
        return BytesHeaderParser(policy=SMTP).parsebytes(self.message[: min(ends, default=None)])

    def __getitem__(self, name: str) -> str | None:
        return next(iter(self.get_all(name)), None)

    def __contains__(self, name: str) -> bool:
        return name in self.headers

    def __iter__(self) -> Iterator[str]:
        """The names of its headers, from the top."""
        return iter(self.headers)

    def get_all(self, name: str) -> list[str]:
        """Every header of that name, from the top."""
        try:
            return list(self.headers.get_all(name, []))
        except Exception:  # a hostile header can upset the parser of structured fields: then its text has to do
            rows = [row for row in self.headers.raw_items() if row[0].lower() == name.lower()]
            return [str(compat32.header_fetch_parse(*row)) for row in rows]

    def __repr__(self) -> str:
        subject = " ".join(str(self["Subject"] or "").split())
        if len(subject) > SUBJECT_SHOWN_MAX:
            subject = f"{subject[: SUBJECT_SHOWN_MAX - 1]}…"
        sender = "no envelope" if self.return_path is None else f"from <{self.return_path}>"
        place = f"{self.uid} in {self.folder} of {self.address}"
        return f"<Letter {place}: {subject!r}, {sender}, {len(self.octets)} octets>"


class Store:
    """Every mailbox of one provider, shared by its hosts. A mailbox is there as soon as something lies in it."""

    def __init__(self, file: str | Path | None = None) -> None:
        self.file = None if file is None else Path(file)
        self._together = False
        self._db = _open(self.file)

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
        with self.together():
            row = self._db.execute(_NEXT_UID, (address, folder)).fetchone()
            fields = (octets, trace, return_path, recipient or address, _join(flags), at.isoformat())
            number = self._db.execute(
                "INSERT INTO letters (folder_id, uid, octets, trace, return_path, recipient, flags, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, *fields),
            ).lastrowid
        return _letter((number, address, folder, row[1], *fields))

    def letters(self, address: str, folder: str | None = None) -> list[Letter]:
        """All letters of a mailbox, or of one folder of it, in order of arrival."""
        where = "WHERE address = ? AND (? IS NULL OR name = ?) ORDER BY number"
        return [_letter(row) for row in self._db.execute(_LETTER + where, (address.lower(), folder, folder))]

    def letter(self, address: str, folder: str, uid: int) -> Letter:
        row = self._db.execute(
            f"{_LETTER} WHERE address = ? AND name = ? AND uid = ?", (address.lower(), folder, uid)
        ).fetchone()
        if row is None:
            raise LabError(f"no letter {uid} lies in {folder} of {address}; letters({address!r}) lists what is there")
        return _letter(row)

    def briefs(self, address: str, folder: str) -> list[Brief]:
        """What lies in a folder, by UID, without reading the letters themselves."""
        rows = self._db.execute(_BRIEFS, (address.lower(), folder))
        return [Brief(number=row[0], uid=row[1], size_octets=row[2], ends_line=bool(row[3])) for row in rows]

    def remove(self, letters: Iterable[Letter | Brief]) -> None:
        """Take these letters out for good; their UIDs are not given again. What is gone already stays gone."""
        with self.together():
            self._db.executemany("DELETE FROM letters WHERE number = ?", [(letter.number,) for letter in letters])

    def folders(self, address: str) -> list[str]:
        """INBOX first, then the others in the order in which they came to be."""
        rows = self._db.execute("SELECT name FROM folders WHERE address = ? ORDER BY id", (address.lower(),))
        return list(dict.fromkeys([INBOX, *(row[0] for row in rows)]))

    def set_flags(self, letter: Letter, flags: frozenset[str]) -> Letter:
        """Give a letter these flags and no others."""
        with self.together():
            self._db.execute("UPDATE letters SET flags = ? WHERE number = ?", (_join(flags), letter.number))
        return self.letter(letter.address, letter.folder, letter.uid)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """All of it, or nothing: committed at the end, taken back if it raises."""
        if self._together:
            yield
            return
        self._together = True
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

    def close(self) -> None:
        """Let go of the file. Twice is fine."""
        self._db.close()


def _open(file: Path | None) -> sqlite3.Connection:
    if file is not None and not file.parent.is_dir():
        raise LabError(f"the store {file} cannot be made: there is no folder {file.parent}")
    db = None
    try:
        db = sqlite3.connect(file or ":memory:", timeout=0, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # before the first access: one lab at a time
        empty = _is_empty(db, file)
        if file is not None:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")  # on disk, not only on its way, when 250 is said
        db.execute("BEGIN EXCLUSIVE")
        if empty:
            _make_tables(db)
        db.execute("COMMIT")
        return db
    except (sqlite3.Error, LabError) as fault:
        if db is not None:
            db.close()
        raise LabError(_sentence(file, fault)) from None


def _is_empty(db: sqlite3.Connection, file: Path | None) -> bool:
    """Whether the tables are still to be made. What is not ours is left alone."""
    if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        return True
    marks = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if marks != [MARK, FORMAT]:
        raise LabError(f"{file} is a database, but no store of this labmail; name another file")
    return False


def _make_tables(db: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";\n"):
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {MARK}")
    db.execute(f"PRAGMA user_version = {FORMAT}")


def _sentence(file: Path | None, fault: Exception) -> str:
    if isinstance(fault, LabError):
        return str(fault)
    if "locked" in str(fault):
        return f"the store {file} is in use by another lab; stop that one, or name another file"
    if isinstance(fault, sqlite3.OperationalError):
        return f"the store {file} cannot be opened: {fault}; name a file that may be written"
    return f"{file} is no store of labmail ({fault}); name another file"


def _join(flags: frozenset[str]) -> str:
    return " ".join(sorted(flags))


def _letter(row: tuple[Any, ...]) -> Letter:
    number, address, folder, uid, octets, trace, return_path, recipient, flags, at = row
    return Letter(
        number=number,
        address=address,
        folder=folder,
        uid=uid,
        octets=octets,
        trace=trace,
        return_path=return_path,
        recipient=recipient,
        flags=frozenset(flags.split()),
        at=datetime.fromisoformat(at),
    )
