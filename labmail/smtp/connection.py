"""One client's connection to an SMTP server: its lines, its replies, and how TLS begins. RFC 5321, RFC 3207.

Theory of operation. aiosmtpd's SMTP owns the connection: its writer, its task, its idle timer. We own the words: a
line is noted when the session takes it from its intake, never when a TCP chunk arrives, so the timeline is the same
however the octets came. Each line is a command, or part of a letter while the state is "text"; the table says which
command may come; a handler knows nothing but its own verb. TLS begins below the transport, which stays the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Protocol

from aiosmtpd.smtp import SMTP

from labmail.record import Event, Wire
from labmail.smtp.intake import Intake, Over
from labmail.smtp.text import TEXT_LINE_MAX_OCTETS, Text
from labmail.smtp.transaction import Settings, Transaction
from labmail.smtp.words import (
    COMMAND_MAX_OCTETS,
    END,
    EXTENSIONS,
    MAIL_MORE_OCTETS,
    NOT_HERE,
    TABLE,
    VERBS,
    Command,
    Refusal,
    Reply,
    state_after,
)
from labmail.states import comes_first

__all__ = ["Connection", "Tap"]

IDLE_MAX_S = 86_400  # real seconds: a learner may think; RFC 5321 section 4.5.3.2.7 asks for at least 5 minutes

OUR_FAULT = Reply.of("451 4.3.0 Local error in processing, try again later")

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Tap(Protocol):
    """What we ask of the transport beside what every transport can: its ends, TLS, and a place on the timeline."""

    wire: Wire

    @property
    def sealed(self) -> bool: ...

    @property
    def may_start_tls(self) -> bool: ...

    def start_tls(self, sealed: Callable[[], None]) -> None: ...

    def note(self, event: Event, by: str | None = None) -> object: ...

    def heard(self, octets: bytes, value: object = None) -> None: ...

    def said(self, octets: bytes, value: object = None) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Connection(SMTP):
    """What every SMTP server does; what it does with letters stands in its handlers."""

    def __init__(self, tap: Tap, settings: Settings) -> None:
        self.command_size_limits = {}  # the class's own is shared by all its sessions
        super().__init__(None, hostname=settings.hostname, timeout=IDLE_MAX_S, loop=asyncio.get_running_loop())
        self.tap, self.settings = tap, settings
        self.state = "connected"
        self.transaction = Transaction(wire=tap.wire)
        self._intake = Intake(tap, TEXT_LINE_MAX_OCTETS)
        self._heard_at = 0.0  # by the loop's clock: when a command came last
        self._text = Text(0)
        self._overlong = False  # the command that is coming in has no end in sight

    def __dir__(self) -> list[str]:
        """aiosmtpd looks through a session's names for verbs and logins as each begins; ours stand in the table."""
        return []

    def data_received(self, data: bytes) -> None:
        self._intake.feed(data)

    def eof_received(self) -> bool:
        """Who has sent everything may still listen: what came before is answered first."""
        self._intake.end()
        return True

    def _reset_timeout(self, duration: float | None = None) -> None:
        """One timer, which looks when it goes off: a new one for each command takes longer than to read it."""
        self._heard_at = self.loop.time()
        if self._timeout_handle is None:
            super()._reset_timeout(duration)

    def _timeout_cb(self) -> None:
        self._timeout_handle = None
        left = self._heard_at + IDLE_MAX_S - self.loop.time()
        if left > 0:
            super()._reset_timeout(left)
        else:
            super()._timeout_cb()  # type: ignore[no-untyped-call]  # aiosmtpd's

    async def _handle_client(self) -> None:
        try:
            await self._say(Reply(code=220, lines=(f"{self.settings.hostname} SMTP server ready",)))
            while self.state != "closed":
                piece = self._intake.next() or await self._intake.piece()
                if self.state == "text" and not self._text.ends_with(piece):
                    self.tap.heard(piece)
                    self._text.take(piece)
                else:
                    await self._hear(piece)
        except Over as over:
            if over.octets:
                self.tap.heard(over.octets)
        except ConnectionError:  # the client hung up
            pass
        finally:
            if self.transport is not None:
                self.transport.close()

    async def _hear(self, piece: bytes) -> None:
        command = self._understand(piece)
        self.tap.heard(piece, command)
        if command is not None:
            self._reset_timeout()
            reply = await self._obey(command, piece)
            await self._say(reply)
            if command.verb == "STARTTLS" and reply.success:
                await self._seal()
        elif piece.endswith(b"\n"):
            self._overlong = False
            await self._say(Reply.of(f"500 5.5.2 Line too long: {COMMAND_MAX_OCTETS} octets at most, with its end"))
        else:
            self._overlong = True

    def _understand(self, piece: bytes) -> Command | None:
        """None: a part of something too long."""
        if self.state == "text":
            return Command(verb=END, argument="", state="text")
        if self._overlong or not piece.endswith(b"\n"):
            return None
        return Command.parse(piece, self.state)

    async def _obey(self, command: Command, line: bytes) -> Reply:
        try:
            self._check(command, line)
            name = "END" if command.verb == END else command.verb
            reply: Reply = await getattr(self, f"handle_{name}")(command.argument)
        except Refusal as refusal:
            reply = refusal.reply
        except (Over, ConnectionError):  # in the middle of a command of several lines
            raise
        except Exception as fault:
            reply = self._confess(fault)
        self.state = state_after(command.state, command.verb, success=reply.success)
        if reply.code == 421:  # RFC 5321 section 3.8
            self.state = "closed"
        if self.state in ("connected", "greeted"):  # no letter is under way: RFC 5321 section 4.1.4
            self.transaction = self.transaction.over()
        return reply

    def _check(self, command: Command, line: bytes) -> None:
        """What holds for every verb: its form, its length, its place in the table."""
        verb, state = command.verb, command.state
        if state == "text":
            return
        if not line.endswith(b"\r\n"):  # RFC 5321 section 2.3.8
            raise Refusal(500, "5.5.2", "Syntax error: a line ends with CR LF, and this one ended with LF alone")
        longest = COMMAND_MAX_OCTETS + MAIL_MORE_OCTETS * (verb == "MAIL" and self.transaction.extended)
        longest = TEXT_LINE_MAX_OCTETS if verb == "AUTH" else longest  # with its first response: RFC 4954 section 4
        if len(line) > longest:
            raise Refusal(500, "5.5.2", f"Line too long: {longest} octets at most, with its end")
        if _CONTROL.search(line, 0, len(line) - 2):
            raise Refusal(500, "5.5.2", "Syntax error: a control character stands in the line")
        if verb in NOT_HERE or not self.offers(verb):
            raise Refusal(502, "5.5.1", f"{verb} is not offered here")
        if verb not in VERBS:
            raise Refusal(500, "5.5.2", "Syntax error, command unrecognized")
        self._check_place(verb, state)

    def _check_place(self, verb: str, state: str) -> None:
        """Whether the verb may come now."""
        extended = verb not in EXTENSIONS or self.transaction.extended  # HELO is not told what is offered
        if verb not in TABLE[state] or not extended:
            first = comes_first(TABLE, state, verb) if extended else "EHLO"
            raise Refusal(503, "5.5.1", f"Bad sequence of commands: {first} comes first")

    def offers(self, verb: str) -> bool:
        """Whether this server knows what to do with it."""
        if verb == "STARTTLS":
            return self.tap.sealed or (self.settings.starttls and self.tap.may_start_tls)
        return verb not in EXTENSIONS

    def _confess(self, fault: Exception) -> Reply:
        """Our own bug, and it must be heard; the client may try again."""
        self.tap.note(Event(kind="fault", value=f"{type(fault).__name__}: {fault}"))
        self.loop.call_exception_handler({"message": "labmail: an SMTP session failed", "exception": fault})
        return OUR_FAULT

    async def _say(self, reply: Reply) -> None:
        if not self.settings.enhanced_codes and reply.enhanced:
            reply = reply.without_enhanced()
        for line in reply.octets:
            self.tap.said(line, reply)
        self._writer.write(b"".join(reply.octets))
        await self._writer.drain()

    # ---- TLS: RFC 3207 section 4

    async def _seal(self) -> None:
        """All that was known is forgotten, and what came in the clear and was not heard yet never will be."""
        if rest := self._intake.rest():
            self.tap.note(Event(kind="discarded", octets=rest), by=self.tap.wire.client)
        self.transaction = Transaction(wire=self.tap.wire, sealed=True)
        stands = self.loop.create_future()
        self.tap.start_tls(lambda: None if stands.done() else stands.set_result(None))
        await stands
