"""What lies in one person's mailbox: told by deliveries, and by what the server answers to whoever changes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import parseaddr

__all__ = ["INBOX", "Mail", "Truth"]

INBOX = "INBOX"
RECENT = "\\Recent"  # a session's own matter, and no flag of the message: RFC 3501 section 2.3.2
SHOWN_MAX = 40  # characters of a subject


@dataclass(kw_only=True)
class Mail:
    """One message: by its UID in its folder."""

    uid: int
    subject: str = ""
    sender: str = ""
    flags: frozenset[str] = frozenset()
    gone: str = ""  # how it went: "deleted", "moved"

    @property
    def name(self) -> str:
        """As a sentence names it."""
        return f"“{self.subject}”" if self.subject else f"message {self.uid}"


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
        self.add(str(getattr(letter, "folder", INBOX)), Mail(uid=uid, flags=flags, **_named(octets)))

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
            known = mail or Mail(uid=uid)
            self.add(target, Mail(uid=copied, subject=known.subject, sender=known.sender, flags=known.flags))

    def _did(self, kind: str, uid: int) -> None:
        self.touched.add(uid)
        self.effects.append((kind, uid))


def _named(octets: bytes) -> dict[str, str]:
    """Subject and sender, as a list of messages shows them."""
    try:
        headers = BytesHeaderParser(policy=default).parsebytes(octets)
        subject, sender = str(headers["Subject"] or ""), parseaddr(str(headers["From"] or ""))
    except Exception:  # a hostile header can upset the parser of structured fields: then it has no name here
        return {}
    subject = " ".join(subject.split())
    short = subject if len(subject) <= SHOWN_MAX else f"{subject[: SHOWN_MAX - 1]}…"
    return {"subject": short, "sender": (sender[0] or sender[1])[:SHOWN_MAX]}
