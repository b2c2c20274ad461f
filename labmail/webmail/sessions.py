"""Who is logged in. A cookie names the session; a token in each form proves that the form was ours.

Both are secrets from the system's own randomness, and of one length each, so that the pages around them are the same
on every run. Sessions live in memory and end when they have been idle in lab time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labmail.webmail.mailroom import Mailroom

__all__ = ["COOKIE", "CSRF", "IDLE_MAX_S", "SESSIONS_MAX", "Session", "Sessions"]

COOKIE = "webmail"
CSRF = "csrf"  # the form's field
TOKEN_OCTETS = 32  # of a session's name, before base64
IDLE_MAX_S = 1800  # ours, lab seconds: half an hour
SESSIONS_MAX = 100  # ours: each holds an IMAP connection; the one that was idle longest makes room


@dataclass(kw_only=True, eq=False, repr=False)
class Session:
    """One log-in of one browser."""

    token: str
    address: str
    password: str  # in memory alone: the outgoing server asks for it at each letter
    room: Mailroom
    turn: Any  # a lock: its IMAP connection serves one request at a time
    used: datetime
    folders: list[Any] = field(default_factory=list)  # as they were listed last

    def __repr__(self) -> str:
        return f"<webmail session of {self.address}>"


class Sessions:
    """All sessions of one webmail, by what the cookie says."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._key = secrets.token_bytes(TOKEN_OCTETS)

    @staticmethod
    def new_token() -> str:
        return secrets.token_urlsafe(TOKEN_OCTETS)

    def csrf(self, token: str) -> str:
        """What a form must hold if it comes with that cookie; nobody without our key can know it."""
        mark = hmac.new(self._key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mark).rstrip(b"=").decode()

    def is_ours(self, token: str, csrf: str) -> bool:
        """Whether a form with that field was made for that cookie."""
        wanted, found = self.csrf(token).encode(), csrf.encode("utf-8", "surrogatepass")
        return bool(token) and hmac.compare_digest(wanted, found)

    def add(self, session: Session) -> Session | None:
        """The result is one that has to make room for it."""
        self._sessions[session.token] = session
        if len(self._sessions) <= SESSIONS_MAX:
            return None
        return self.take(min(self._sessions.values(), key=lambda one: one.used).token)

    def get(self, token: str) -> Session | None:
        return self._sessions.get(token)

    def take(self, token: str) -> Session | None:
        """It is a session no more."""
        return self._sessions.pop(token, None)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions.values()))

    def __len__(self) -> int:
        return len(self._sessions)
