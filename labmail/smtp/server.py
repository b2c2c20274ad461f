"""The mail exchanger: the server that takes mail in, on port 25. RFC 5321.

Theory of operation. aiosmtpd's SMTP owns the connection: its reader, its writer, its idle timer. We own the words: a
line is noted when the session takes it from the reader, never when a TCP chunk arrives, so the timeline is the same
however the octets came. Each line is a command, or part of a letter while the state is "text"; the table says which
command may come; a handler knows nothing but its own verb.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Protocol

from aiosmtpd.smtp import SMTP

from labmail.record import Event, Wire
from labmail.smtp.paths import is_postmaster, read_path
from labmail.smtp.text import TEXT_LINE_MAX_OCTETS, Text
from labmail.smtp.transaction import Settings, Transaction, Where
from labmail.smtp.words import (
    COMMAND_MAX_OCTETS,
    END,
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

__all__ = ["MailExchanger"]

IDLE_MAX_S = 86_400  # real seconds: a learner may think; RFC 5321 section 4.5.3.2.7 asks for at least 5 minutes
SIZE_DIGITS_MAX = 20  # RFC 1870 section 3

OK = Reply.of("250 2.0.0 OK")
SENDER_OK = Reply.of("250 2.1.0 OK")
RECIPIENT_OK = Reply.of("250 2.1.5 Accepted")
GO_ON = Reply.of('354 Enter message, ending with "." on a line by itself')
GOODBYE = Reply.of("221 2.0.0 closing connection")
NOT_VERIFIED = Reply.of("252 2.5.0 Cannot VRFY user, but will accept message")  # RFC 5321 section 3.5.3
OUR_FAULT = Reply.of("451 4.3.0 Local error in processing, try again later")

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_NAME = re.compile(r"[!-~]+")  # a domain or an address literal; a wrong one is no ground to refuse: section 4.1.4


class Tap(Protocol):
    """What we ask of the transport beside what every transport can: its ends, and a place on the timeline."""

    wire: Wire

    def note(self, event: Event) -> object: ...

    def heard(self, octets: bytes, value: object = None) -> None: ...

    def said(self, octets: bytes, value: object = None) -> None: ...


class MailExchanger(SMTP):
    """One client's connection to one host's port 25."""

    line_length_limit = TEXT_LINE_MAX_OCTETS  # of the reader: a longer line comes in pieces of this length

    def __init__(self, tap: Tap, settings: Settings) -> None:
        self.command_size_limits = {}  # the class's own is shared by all its sessions
        super().__init__(None, hostname=settings.hostname, timeout=IDLE_MAX_S, loop=asyncio.get_running_loop())
        self.tap, self.settings = tap, settings
        self.state = "connected"
        self.transaction = Transaction(wire=tap.wire)
        self._text = Text(0)
        self._overlong = False  # the command that is coming in has no end in sight

    def __dir__(self) -> list[str]:
        """aiosmtpd looks through a session's names for verbs and logins as each begins; ours stand in the table."""
        return []

    def eof_received(self) -> bool:
        """Who has sent everything may still listen: what came before is answered first."""
        asyncio.StreamReaderProtocol.eof_received(self)
        return True

    async def _handle_client(self) -> None:
        try:
            await self._say(Reply(code=220, lines=(f"{self.settings.hostname} SMTP server ready",)))
            while self.state != "closed":
                await self._hear(await self._piece())
        except (asyncio.IncompleteReadError, ConnectionError):  # the client hung up
            pass
        finally:
            if self.transport is not None:
                self.transport.close()

    async def _piece(self) -> bytes:
        """What ends at the next line feed, or the limit's worth of octets without one: never what TCP made of it."""
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            return await self._reader.readexactly(self.line_length_limit)
        except asyncio.IncompleteReadError as end:
            if end.partial:
                self.tap.heard(end.partial)
            raise

    async def _hear(self, piece: bytes) -> None:
        if self.state == "text" and not self._text.ends_with(piece):
            self.tap.heard(piece)
            self._text.take(piece)
            return
        command = self._understand(piece)
        self.tap.heard(piece, command)
        if command is not None:
            self._reset_timeout()
            await self._say(await self._obey(command, piece))
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
        except Exception as fault:
            reply = self._confess(fault)
        self.state = state_after(command.state, command.verb, success=reply.success)
        if self.state in ("connected", "greeted"):  # no letter is under way: RFC 5321 section 4.1.4
            old = self.transaction
            self.transaction = Transaction(wire=old.wire, helo=old.helo, extended=old.extended)
        return reply

    def _check(self, command: Command, line: bytes) -> None:
        """What holds for every verb: its form, its length, its place in the table."""
        verb, state = command.verb, command.state
        if state == "text":
            return
        if not line.endswith(b"\r\n"):  # RFC 5321 section 2.3.8
            raise Refusal(500, "5.5.2", "Syntax error: a line ends with CR LF, and this one ended with LF alone")
        longest = COMMAND_MAX_OCTETS + MAIL_MORE_OCTETS * (verb == "MAIL" and self.transaction.extended)
        if len(line) > longest:
            raise Refusal(500, "5.5.2", f"Line too long: {longest} octets at most, with its end")
        if _CONTROL.search(line, 0, len(line) - 2):
            raise Refusal(500, "5.5.2", "Syntax error: a control character stands in the line")
        if verb in NOT_HERE:
            raise Refusal(502, "5.5.1", f"{verb} is not offered here")
        if verb not in VERBS:
            raise Refusal(500, "5.5.2", "Syntax error, command unrecognized")
        if verb not in TABLE[state]:
            raise Refusal(503, "5.5.1", f"Bad sequence of commands: {comes_first(TABLE, state, verb)} comes first")

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

    # ---- the verbs: RFC 5321 sections 4.1.1.1 to 4.1.1.10

    async def handle_HELO(self, argument: str) -> Reply:
        return await self._greet("HELO", argument, ())

    async def handle_EHLO(self, argument: str) -> Reply:
        codes = ("ENHANCEDSTATUSCODES",) if self.settings.enhanced_codes else ()
        size = f"SIZE {self.settings.size_max_octets}"
        return await self._greet("EHLO", argument, ("PIPELINING", size, "8BITMIME", *codes, "SMTPUTF8", "HELP"))

    async def _greet(self, verb: str, name: str, offers: tuple[str, ...]) -> Reply:
        if not _NAME.fullmatch(name):
            raise Refusal(501, None, f"Syntax error in parameters: {verb} your.name.example")
        old = self.transaction
        self.transaction = Transaction(wire=old.wire, helo=name, extended=verb == "EHLO")
        for policy in self.settings.policies:
            if reply := await policy.helo(self.transaction):
                if not reply.success:
                    self.transaction = old
                return reply.without_enhanced()  # none on an answer to HELO or EHLO: RFC 2034 section 4
        hello = f"{self.settings.hostname} Hello {name} [{self.tap.wire.client_address}]"
        return Reply(code=250, lines=(hello, *offers))

    async def handle_MAIL(self, argument: str) -> Reply:
        address, parameters = read_path("MAIL", argument)
        if parameters and not self.transaction.extended:
            raise Refusal(555, "5.5.4", "Parameters are for those who said EHLO")
        self._check_parameters(parameters)
        utf8 = "SMTPUTF8" in parameters
        self._check_ascii(address, utf8)
        proposed = replace(self.transaction, mail_from=address, utf8=utf8)
        for policy in self.settings.policies:
            if (reply := await policy.mail(proposed)) and not reply.success:
                return reply
        self.transaction = proposed
        return SENDER_OK

    def _check_parameters(self, parameters: dict[str, str]) -> None:
        size = parameters.get("SIZE")
        if size is not None:
            if not (size.isascii() and size.isdigit() and len(size) <= SIZE_DIGITS_MAX):
                raise Refusal(501, "5.5.4", "Syntax error in parameters: SIZE=number")
            if int(size) > self.settings.size_max_octets:  # RFC 1870 section 6.1
                raise Refusal(552, "5.3.4", f"Message too big: {self.settings.size_max_octets} octets at most")
        if parameters.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):  # RFC 6152 section 2
            raise Refusal(501, "5.5.4", "Syntax error in parameters: BODY=7BIT or BODY=8BITMIME")
        if parameters.get("SMTPUTF8"):
            raise Refusal(501, "5.5.4", "Syntax error in parameters: SMTPUTF8 takes no value")

    def _check_ascii(self, address: str, utf8: bool) -> None:
        if not address.isascii() and not utf8:  # RFC 6531 section 3.5
            raise Refusal(553, "5.6.7", "An address that is not ASCII needs SMTPUTF8 after MAIL")

    async def handle_RCPT(self, argument: str) -> Reply:
        address, _ = read_path("RCPT", argument)
        self._check_ascii(address, self.transaction.utf8)
        if len(self.transaction.recipients) >= self.settings.recipients_max:  # RFC 5321 section 4.5.3.1.10
            raise Refusal(452, "4.5.3", f"Too many recipients: {self.settings.recipients_max} at most in one letter")
        self._check_home(address)
        proposed = replace(self.transaction, recipients=(*self.transaction.recipients, address))
        for policy in self.settings.policies:
            if (reply := await policy.rcpt(proposed)) and not reply.success:
                return reply
        self.transaction = proposed
        return RECIPIENT_OK

    def _check_home(self, address: str) -> None:
        if address.lower() == "postmaster":
            return
        where = self.settings.recipient(address)
        if where is Where.ELSEWHERE:
            raise Refusal(550, "5.7.1", f"<{address}>: relaying denied, we take mail for our own domains only")
        if where is Where.UNKNOWN and not is_postmaster(address):
            raise Refusal(550, "5.1.1", f"<{address}>: no such user here")

    async def handle_DATA(self, argument: str) -> Reply:
        self._check_bare("DATA", argument)
        self._text = Text(self.settings.size_max_octets)
        return GO_ON

    async def handle_END(self, _: str) -> Reply:
        text, self._text = self._text, Text(0)
        if text.refusal is not None:
            raise text.refusal
        settings = self.settings
        whole = replace(
            self.transaction,
            octets=text.octets,
            queue_id=settings.next_id(),
            by=settings.hostname,
            at=settings.now(),
        )
        for policy in settings.policies:
            if (reply := await policy.data(whole)) and not reply.success:
                return reply
        return await settings.deliver(whole) or OK

    async def handle_RSET(self, argument: str) -> Reply:
        self._check_bare("RSET", argument)
        return OK

    async def handle_NOOP(self, _: str) -> Reply:
        return OK

    async def handle_VRFY(self, argument: str) -> Reply:
        if not argument:
            raise Refusal(501, "5.5.4", "Syntax error in parameters: VRFY name")
        return NOT_VERIFIED

    async def handle_HELP(self, _: str) -> Reply:
        return Reply(code=214, enhanced="2.0.0", lines=(f"Commands: {' '.join(VERBS)}",))

    async def handle_QUIT(self, argument: str) -> Reply:
        self._check_bare("QUIT", argument)
        return GOODBYE

    def _check_bare(self, verb: str, argument: str) -> None:
        if argument:
            raise Refusal(501, "5.5.4", f"Syntax error in parameters: {verb} stands alone")
