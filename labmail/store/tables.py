"""The store's tables, and the file that holds them: one lab at a time, and never a file that is not ours.

A letter is a message in a folder, with all that a list of letters shows. Copies share the message, so that ten thousand
are made in one turn of the loop; what no letter holds any more is loose, and thrown away a little with each commit.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from labmail.errors import LabError

__all__ = ["open_file"]

FORMAT = 3  # of the file; another number is another labmail's
MARK = 0x6C61626D  # "labm": what sqlite calls the application id

_TABLES = """
CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    uid_next INTEGER NOT NULL,
    recent_from INTEGER NOT NULL DEFAULT 1,
    UNIQUE (address, name)
);
CREATE TABLE letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    folder_id INTEGER NOT NULL REFERENCES folders (id),
    uid INTEGER NOT NULL,
    message INTEGER NOT NULL REFERENCES messages (number),
    flags TEXT NOT NULL,
    at TEXT NOT NULL,
    size_octets INTEGER NOT NULL,
    ends_line INTEGER NOT NULL,
    UNIQUE (folder_id, uid)
);
CREATE INDEX letters_message ON letters (message);
CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    return_path TEXT,
    recipient TEXT NOT NULL,
    trace BLOB NOT NULL,
    octets BLOB NOT NULL
);
CREATE TABLE loose (
    message INTEGER PRIMARY KEY
);
CREATE TABLE subscriptions (
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (address, name)
);
CREATE TABLE furnished (
    address TEXT PRIMARY KEY
);
"""


def open_file(file: Path | None) -> sqlite3.Connection:
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
