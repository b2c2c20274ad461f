"""One person's mailboxes, through one IMAP connection, as any webmail reads them. RFC 3501.

Everything here blocks: it runs in a thread that sits at the web server's host. What comes back are plain values.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.imap4 import IMAP4WithTimeout

from labmail.webmail.words import header

__all__ = ["PAGE_ROWS", "Fetched", "Folder", "Listing", "Mailroom", "NoLetter", "Row", "WrongPassword"]

PAGE_ROWS = 50  # ours: letters on a page of a list
ANSWER_MAX_S = 60.0  # real seconds that we wait for a server's line: a limit against hanging
ROLES = {b"\\Drafts": "Drafts", b"\\Sent": "Sent", b"\\Junk": "Junk", b"\\Trash": "Trash", b"\\Archive": "Archive"}
BRIEF = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE")


class WrongPassword(Exception):
    """The server knows no such user with that password."""


class NoLetter(Exception):
    """It is not there any more; or the server cannot give it, and says why."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    name: str
    role: str  # RFC 6154: "Drafts", "Sent", "Junk", "Trash", "Archive"; "Inbox" for INBOX; "" for any other


@dataclass(frozen=True, kw_only=True)
class Row:
    """A letter in a list."""

    uid: int
    seen: bool
    flagged: bool
    answered: bool
    size_octets: int
    sender: str
    to: str
    subject: str
    at: datetime | None  # when the server took it in


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A page of a folder, or of what a search found in it, newest first."""

    folder: str
    validity: int
    count: int  # of all pages
    unseen: int
    page: int
    rows: tuple[Row, ...]

    @property
    def pages(self) -> int:
        return max(-(-self.count // PAGE_ROWS), 1)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A letter, as the server gave it."""

    folder: str
    validity: int
    uid: int
    flags: frozenset[bytes]
    octets: bytes


class _Tagged(IMAP4WithTimeout):  # type: ignore[misc]
    """imaplib begins its tags at random, and IMAPClient says a command in pieces: here each is the same every time, and
    goes out whole. Else a slow wire would carry the pieces together or one after the other, as the machine happens to.
    """

    tagpre = property(lambda _: b"W", lambda _, random: None)
    _unsaid = b""

    def send(self, data: bytes) -> None:
        self._unsaid += data

    def readline(self) -> Any:
        self._say()
        return super().readline()

    def read(self, size: int) -> Any:
        self._say()
        return super().read(size)

    def _say(self) -> None:
        if self._unsaid:
            octets, self._unsaid = self._unsaid, b""
            super().send(octets)


class _Client(IMAPClient):  # type: ignore[misc]
    def _create_IMAP4(self) -> Any:
        return _Tagged(self.host, self.port, ANSWER_MAX_S)


class Mailroom:
    """Logged in. `IMAPClientError` and `OSError` say that the server would not, or is gone."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client
        self._selected: tuple[str, int] | None = None  # a folder and its UIDVALIDITY
        self._count = 0  # of letters in it, when it was selected

    @classmethod
    def open(cls, address: str, port: int, user: str, password: str) -> Mailroom:
        client = _Client(address, port, ssl=False, use_uid=True)
        client.normalise_times = False  # else they would be in this machine's own zone
        try:
            client.login(user, password)
        except LoginError:
            client.logout()
            raise WrongPassword from None
        except BaseException:
            client.shutdown()
            raise
        return cls(client)

    def close(self) -> None:
        """Say good-bye, if somebody listens."""
        try:
            self._client.logout()
        except (IMAPClientError, OSError):
            self.drop()

    def drop(self) -> None:
        """Hang up without a word."""
        with contextlib.suppress(IMAPClientError, OSError):
            self._client.shutdown()

    # ---- folders

    def folders(self) -> list[Folder]:
        """INBOX first, then those with a role, then the others by name."""
        found = [
            Folder(name=name, role="Inbox" if name == "INBOX" else next((ROLES[f] for f in flags if f in ROLES), ""))
            for flags, _, name in self._client.list_folders()
            if b"\\Noselect" not in flags
        ]
        order = ["Inbox", *ROLES.values(), ""]
        return sorted(found, key=lambda folder: (order.index(folder.role), folder.name))

    def _select(self, folder: str, *, again: bool = False) -> int:
        """UIDVALIDITY of the folder, which is now the selected one."""
        if again or self._selected is None or self._selected[0] != folder:
            self._selected = None
            answer = self._client.select_folder(folder)
            self._selected = folder, int(answer[b"UIDVALIDITY"])
            self._count = int(answer[b"EXISTS"])
        return self._selected[1]

    # ---- letters

    def listing(self, folder: str, page: int = 1, text: str = "") -> Listing:
        validity = self._select(folder, again=True)
        unseen = self._client.search("UNSEEN")
        if text:
            uids = sorted(self._client.search(_with(text), "UTF-8"), reverse=True)
            page = _within(page, len(uids))
            rows = self._rows(uids[(page - 1) * PAGE_ROWS : page * PAGE_ROWS])
            count = len(uids)
        else:
            count = self._count
            page = _within(page, count)
            last = count - (page - 1) * PAGE_ROWS
            rows = self._numbered(max(last - PAGE_ROWS + 1, 1), last) if last else []
        return Listing(folder=folder, validity=validity, count=count, unseen=len(unseen), page=page, rows=tuple(rows))

    def _numbered(self, first: int, last: int) -> list[Row]:
        """By their place in the folder: RFC 3501 section 2.3.1.2."""
        self._client.use_uid = False
        try:
            return self._read_rows(range(first, last + 1))
        finally:
            self._client.use_uid = True

    def _rows(self, uids: Sequence[int]) -> list[Row]:
        return self._read_rows(uids) if uids else []

    def _read_rows(self, which: Sequence[int]) -> list[Row]:
        found = self._client.fetch(list(which), BRIEF)
        rows = [_row(data.get(b"UID", key), data) for key, data in found.items() if b"FLAGS" in data]
        return sorted(rows, key=lambda row: row.uid, reverse=True)

    def read(self, folder: str, uid: int, *, peek: bool = False) -> Fetched:
        """The whole letter; unless we only peek, it has been seen now: RFC 3501 section 6.4.5."""
        validity = self._select(folder)
        what = "BODY.PEEK[]" if peek else "BODY[]"
        try:
            data = self._client.fetch([uid], ["FLAGS", what]).get(uid, {})
        except IMAPClientError as fault:
            raise NoLetter(f"the server says: {str(fault).removeprefix('fetch failed: ')}") from None
        if b"BODY[]" not in data:
            raise NoLetter("it is not in this folder any more")
        flags = frozenset(data[b"FLAGS"])
        return Fetched(folder=folder, validity=validity, uid=uid, flags=flags, octets=data[b"BODY[]"])

    # ---- what is done to them

    def mark(self, folder: str, uids: Sequence[int], flag: bytes, *, on: bool) -> None:
        self._select(folder)
        (self._client.add_flags if on else self._client.remove_flags)(uids, [flag], silent=True)

    def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        self._select(folder)
        self._client.move(uids, target)  # RFC 6851

    def remove(self, folder: str, uids: Sequence[int]) -> None:
        """For good, and only these: RFC 4315 section 2.1."""
        self._select(folder)
        self._client.add_flags(uids, [b"\\Deleted"], silent=True)
        self._client.expunge(uids)

    def validity(self, folder: str) -> int:
        return self._select(folder)

    def keep(self, folder: str, octets: bytes, at: datetime) -> None:
        """A copy of what was sent."""
        self._client.append(folder, octets, [b"\\Seen"], at)


def _with(text: str) -> str | list[str]:
    """The criterion, with its text as a string of RFC 3501 section 4.3: IMAPClient sends one of ASCII as it is if it
    holds no blank, and {3} would announce three octets that never come. Any other text it sends as a literal.
    """
    if not text.isascii():
        return ["TEXT", text]
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'TEXT "{quoted}"'


def _within(page: int, count: int) -> int:
    return min(max(page, 1), max(-(-count // PAGE_ROWS), 1))


def _row(uid: int, data: dict[bytes, Any]) -> Row:
    flags, envelope = data[b"FLAGS"], data.get(b"ENVELOPE")
    return Row(
        uid=uid,
        seen=b"\\Seen" in flags,
        flagged=b"\\Flagged" in flags,
        answered=b"\\Answered" in flags,
        size_octets=data.get(b"RFC822.SIZE", 0),
        sender=_people(envelope and envelope.from_),
        to=_people(envelope and envelope.to),
        subject=header(envelope.subject) if envelope else "",
        at=data.get(b"INTERNALDATE"),
    )


def _people(addresses: Any) -> str:
    return ", ".join(filter(None, (_person(one) for one in addresses or ())))


def _person(address: Any) -> str:
    """The name if there is one, else the address; of a group, its name: RFC 3501 section 7.4.2."""
    if address.name:
        return header(address.name)
    if address.mailbox and address.host:
        return header(address.mailbox + b"@" + address.host)
    return header(address.mailbox)
