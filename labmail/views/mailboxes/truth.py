"""What lies in one person's mailbox: told by deliveries, and by what the server answers to whoever changes it."""

from __future__ import annotations

import email
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.utils import parseaddr

__all__ = ["INBOX", "Mail", "Truth"]

INBOX = "INBOX"
RECENT = "\\Recent"  # a session's own matter, and no flag of the message: RFC 3501 section 2.3.2
SHOWN_MAX = 40  # characters of a subject
HEAD_MAX_OCTETS = 65_536  # ours: of the headers that are looked through for a name


@dataclass(kw_only=True, eq=False)
class Mail:
    """One message: by its UID in its folder."""

    uid: int
    octets: bytes = b""  # its headers, until somebody asks for a name
    subject: str = ""
    sender: str = ""
    flags: frozenset[str] = frozenset()
    gone: str = ""  # how it went: "deleted", "moved"

    def look(self) -> Mail:
        """With subject and sender: read once, and only when they are shown."""
        if self.octets:
            self.subject, self.sender = _named(self.octets)
            self.octets = b""
        return self

    @property
    def name(self) -> str:
        """As a sentence names it."""
        return f"“{self.subject}”" if self.look().subject else f"message {self.uid}"


@dataclass
class Truth:
    """`folders` hold what is there now; `letters` are all that ever lay in INBOX, gone or not."""

    folders: dict[str, dict[int, Mail]] = field(default_factory=lambda: {INBOX: {}})
    letters: dict[int, Mail] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)  # of INBOX, since somebody last looked
    effects: list[tuple[str, int]] = field(default_factory=list)  # what was done to which

    def uids(self, folder: str) -> list[int]:
        return sorted(self.folders.get(folder, ()))

    def add(self, folder: str, mail: Mail) -> None:
        there = self.folders.setdefault(folder, {})
        if mail.uid in there:
            return
        there[mail.uid] = mail
        if folder == INBOX:
            self.letters[mail.uid] = mail
            self._did("came", mail.uid)

    def stored(self, letter: object) -> None:
        """As the store notes it: a value with folder, uid, octets and flags."""
        uid, octets = int(getattr(letter, "uid", 0)), bytes(getattr(letter, "octets", b""))
        flags = frozenset(getattr(letter, "flags", ()))
        self.add(str(getattr(letter, "folder", INBOX)), Mail(uid=uid, flags=flags, octets=_head(octets)))

    def mark(self, folder: str, uid: int, flags: Iterable[str]) -> None:
        mail = self.folders.get(folder, {}).get(uid)
        now = frozenset(flags) - {RECENT}
        if mail is None or mail.flags == now:
            return
        before, mail.flags = mail.flags, now
        if folder == INBOX:
            kinds = ["read"] * ("\\Seen" in now - before) + ["unread"] * ("\\Seen" in before - now)
            kinds += ["marked"] * ("\\Deleted" in now - before)
            for kind in kinds or ["flags"]:
                self._did(kind, uid)

    def remove(self, folder: str, uid: int, how: str = "deleted") -> None:
        mail = self.folders.get(folder, {}).pop(uid, None)
        if mail is not None and folder == INBOX:
            mail.gone = how
            self._did(how, uid)

    def copy(self, folder: str, uids: list[int], target: str, copies: list[int]) -> None:
        for uid, copied in zip(uids, copies, strict=False):
            mail = self.folders.get(folder, {}).get(uid) or (self.letters.get(uid) if folder == INBOX else None)
            known = (mail or Mail(uid=uid)).look()
            self.add(target, Mail(uid=copied, subject=known.subject, sender=known.sender, flags=known.flags))

    def _did(self, kind: str, uid: int) -> None:
        self.touched.add(uid)
        self.effects.append((kind, uid))


def _head(octets: bytes) -> bytes:
    end = octets.find(b"\r\n\r\n")
    return octets[: end if end >= 0 else len(octets)][:HEAD_MAX_OCTETS]


def _named(head: bytes) -> tuple[str, str]:
    """Subject and sender, as a list of messages shows them."""
    headers = email.message_from_bytes(head)
    name, address = parseaddr(str(headers["From"] or ""))
    return _short(_decoded(headers["Subject"])), _short(_decoded(name) or address)


def _decoded(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value or ""))))
    except Exception:  # an encoded word that is none: it stands as it came
        return str(value or "")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 1]}…"
