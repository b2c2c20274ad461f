"""What one host's webmail knows: where its servers are, who is logged in, and how a thread of work is begun.

A reset of the lab makes a new one; the pages look it up at each request.
"""

from __future__ import annotations

import asyncio
import itertools
import weakref
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from labmail.errors import LabError
from labmail.net import Net, at
from labmail.webmail.sessions import IDLE_MAX_S, Session, Sessions

if TYPE_CHECKING:
    from labmail.webmail.mailroom import Mailroom

__all__ = ["LOGINS_MAX", "Desk", "Door", "Gone", "Outcome", "Unwilling"]

T = TypeVar("T")

LOGINS_MAX = 3  # ours: wrong ones on one connection, as by POP3 and IMAP
LOGINS_AT_ONCE = 10  # ours: each has a thread and a connection while it waits

Door = Callable[[bool, str, str], tuple[str, str]]
Send = Callable[[bytes, str, str, Sequence[str]], Awaitable[Sequence["Outcome"]]]


class Gone(Exception):
    """The mail server hung up, or cannot be reached: nothing more can be asked in this session."""


class Unwilling(Exception):
    """The mail server would not do this one thing."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Whether the outgoing server took a letter for one recipient. It comes back if it cannot be delivered."""

    recipient: str
    taken: bool
    why: str  # the server's words


class Desk:
    """On the loop, but for `end`.

    `door(exposed, user, password)` says whose mailbox that opens ("": nobody's) and with which password it is opened
    inside the lab: whoever comes from outside has another. `send(octets, sender, password, recipients)` hands a letter
    to the outgoing server.
    """

    def __init__(self, net: Net, host: str, imap: tuple[str, int], door: Door, send: Send) -> None:
        self.net, self.host, self.imap, self._send = net, host, imap, send
        self.sessions = Sessions()
        self._door = door
        self._doorway = asyncio.Semaphore(LOGINS_AT_ONCE)
        self._wrong: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._letters = itertools.count(1)

    @property
    def now(self) -> datetime:
        return self.net.agenda.now

    def message_id(self) -> str:
        """One that no other letter has: RFC 5322 section 3.6.4. Counted, so that it is the same on every run."""
        return f"<{self.now:%Y%m%d%H%M%S}.{next(self._letters)}@{self.host}>"

    def too_many(self, connection: object) -> bool:
        """Somebody has guessed wrong once more on this connection: whether that is enough."""
        self._wrong[connection] = self._wrong.get(connection, 0) + 1
        return self._wrong[connection] >= LOGINS_MAX

    # ---- sessions

    async def log_in(self, user: str, password: str, *, exposed: bool) -> Session | None:
        """A new session; None where the mail server knows no such user with that password."""
        from labmail.webmail.mailroom import Mailroom, WrongPassword

        address, inside = self._door(exposed, user, password)
        try:
            async with self._doorway:
                room = await self._in_thread(lambda: Mailroom.open(*self.imap, user, inside))
        except WrongPassword:
            return None
        session = Session(
            token=self.sessions.new_token(),
            address=address,
            password=inside,
            room=room,
            turn=asyncio.Lock(),
            used=self.now,
        )
        crowded = self.sessions.add(session)
        if crowded is not None:
            await self._close(crowded)
        self._look_again(session, IDLE_MAX_S)
        return session

    async def ask(self, session: Session, work: Callable[[Mailroom], T]) -> T:
        """Let this session's connection do something; it does one thing at a time."""
        session.used = self.now
        async with session.turn:
            try:
                return await self._in_thread(lambda: work(session.room))
            except Gone:
                self.sessions.take(session.token)
                session.room.drop()
                raise

    async def send(self, session: Session, octets: bytes, recipients: Sequence[str]) -> Sequence[Outcome]:
        return await self._send(octets, session.address, session.password, recipients)

    async def log_out(self, session: Session) -> None:
        if self.sessions.take(session.token) is not None:
            await self._close(session)

    async def _close(self, session: Session) -> None:
        async with session.turn:
            await self._in_thread(session.room.close)

    def _look_again(self, session: Session, seconds: float) -> None:
        async def look() -> None:
            left = session.used + timedelta(seconds=IDLE_MAX_S) - self.now
            if self.sessions.get(session.token) is None:
                return
            if left > timedelta():
                self._look_again(session, left.total_seconds())
            else:
                await self.log_out(session)

        self.net.later(seconds, look, f"the idle webmail session of {session.address}")

    def end(self) -> None:
        """The lab is reset, or has stopped: nobody is there to be told."""
        for session in self.sessions:
            self.sessions.take(session.token)
            session.room.drop()

    # ---- work

    async def _in_thread(self, work: Callable[[], T]) -> T:
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, ProtocolError

        def seated() -> T:
            with at(self.net, self.host):
                return work()

        try:
            return await self.net.in_thread(seated, f"the webmail of {self.host}")
        except (IMAPClientAbortError, ProtocolError, OSError, LabError) as fault:
            raise Gone(str(fault)) from None
        except IMAPClientError as fault:  # it said NO or BAD, and stays there
            raise Unwilling(str(fault)) from None
