"""The submission server: it takes letters from its own users, and sends them on. RFC 6409, RFC 4954.

On port 587 TLS begins with STARTTLS, on 465 at once, which RFC 8314 prefers. A name and a password are asked for under
TLS alone; whoever has given them may write to everybody, under their own address.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime

from labmail.accounts import read_plain
from labmail.smtp.connection import Tap
from labmail.smtp.paths import mailbox
from labmail.smtp.server import MailExchanger
from labmail.smtp.transaction import Settings, Transaction
from labmail.smtp.words import CRLF, Refusal, Reply

__all__ = ["LOGINS_MAX", "RESPONSE_MAX_OCTETS", "WRONG_PASSWORD_S", "Submission"]

WRONG_PASSWORD_S = 3  # ours, lab seconds: guessing must take time
LOGINS_MAX = 3  # ours: wrong ones on one connection
RESPONSE_MAX_OCTETS = 12_288  # with its end: RFC 4954 section 4
MECHANISMS = ("PLAIN", "LOGIN")
ALWAYS = ("EHLO", "NOOP", "STARTTLS", "QUIT")  # what may be said before TLS: RFC 3207 section 4

CHALLENGE = Reply(code=334, lines=("",))  # an empty one: PLAIN begins with the client, RFC 4616 section 2
USERNAME = Reply(code=334, lines=(base64.b64encode(b"Username:").decode(),))
PASSWORD = Reply(code=334, lines=(base64.b64encode(b"Password:").decode(),))
WELCOME = Reply.of("235 2.7.0 Authentication successful")
TLS_FIRST = (530, "5.7.0", "Must issue a STARTTLS command first")

_FIELD = re.compile(rb"^(date|message-id)[ \t]*:", re.I | re.M)


class Submission(MailExchanger):
    """One client's connection. `check(user, password)` gives the address of an account, or None."""

    def __init__(self, tap: Tap, settings: Settings, check: Callable[[str, str], str | None]) -> None:
        super().__init__(tap, settings)
        self._check_account, self._wrong = check, 0

    def offers(self, verb: str) -> bool:
        return verb == "AUTH" or super().offers(verb)

    def _extensions(self) -> tuple[str, ...]:
        return (f"AUTH {' '.join(MECHANISMS)}",) if self.tap.sealed else super()._extensions()

    def _check_place(self, verb: str, state: str) -> None:
        if not self.tap.sealed and verb not in ALWAYS:
            raise Refusal(*TLS_FIRST)
        super()._check_place(verb, state)
        if verb == "MAIL" and not self.transaction.user:  # RFC 6409 section 4.3
            raise Refusal(530, "5.7.0", "Authentication required")

    def _may_relay(self) -> bool:
        return True

    async def handle_MAIL(self, argument: str) -> Reply:
        before = self.transaction
        reply = await super().handle_MAIL(argument)
        sender = self.transaction.mail_from
        if reply.success and mailbox(sender) != before.user:  # RFC 6409 section 6.1
            self.transaction = before
            raise Refusal(553, "5.7.1", f"<{sender}>: you are {before.user}, and may write under that address alone")
        return reply

    def _complete(self, letter: Transaction) -> Transaction:
        """What every letter needs and this one lacks: RFC 6409 sections 8.2, 8.3"""
        head = letter.octets.partition(CRLF + CRLF)[0] if not letter.octets.startswith(CRLF) else b""
        there = {found[1].lower() for found in _FIELD.finditer(head)}
        lines = []
        if b"date" not in there and letter.at is not None:
            lines.append(f"Date: {format_datetime(letter.at)}\r\n")
        if b"message-id" not in there:
            lines.append(f"Message-ID: <{letter.queue_id}@{letter.by}>\r\n")
        return replace(letter, octets="".join(lines).encode() + letter.octets) if lines else letter

    # ---- AUTH: RFC 4954 section 4

    async def handle_AUTH(self, argument: str) -> Reply:
        mechanism, _, initial = argument.partition(" ")
        if self.transaction.user:
            raise Refusal(503, "5.5.1", f"You are logged in already, as {self.transaction.user}")
        if not mechanism:
            raise Refusal(501, "5.5.4", "Syntax error in parameters: AUTH mechanism")
        if mechanism.upper() not in MECHANISMS:
            raise Refusal(504, "5.5.4", f"{mechanism} is not offered; there are {' '.join(MECHANISMS)}")
        user, password, acts_as = await getattr(self, f"_auth_{mechanism.upper()}")(initial.strip())
        address = self._check_account(user, password)
        if address is None or acts_as.lower() not in ("", user.lower(), address):
            return await self._wrong_password()
        self.transaction = replace(self.transaction, user=address)
        return WELCOME

    async def _auth_PLAIN(self, initial: str) -> tuple[str, str, str]:
        found = read_plain(_decoded(initial) if initial else await self._ask(CHALLENGE))
        if found is None:
            raise Refusal(501, "5.5.2", "That is no message of PLAIN: NUL, name, NUL, password, all in BASE64")
        acts_as, user, password = found
        return user, password, acts_as

    async def _auth_LOGIN(self, initial: str) -> tuple[str, str, str]:
        """Older than the standard, and still asked for by many clients."""
        user = _decoded(initial) if initial else await self._ask(USERNAME)
        password = await self._ask(PASSWORD)
        return user.decode("utf-8", "replace"), password.decode("utf-8", "replace"), ""

    async def _ask(self, challenge: Reply) -> bytes:
        await self._say(challenge)
        line = b""
        while not line.endswith(b"\n"):
            piece = await self._intake.piece()
            self.tap.heard(piece)
            line = line[: RESPONSE_MAX_OCTETS + 1] + piece  # of one too long, no more than shows it
        if len(line) > RESPONSE_MAX_OCTETS or not line.endswith(CRLF):
            raise Refusal(500, "5.5.6", f"Line too long: {RESPONSE_MAX_OCTETS} octets at most, with its end")
        return _decoded(line.removesuffix(CRLF).decode("ascii", "replace"))

    async def _wrong_password(self) -> Reply:
        self._wrong += 1
        await self.settings.wait(WRONG_PASSWORD_S, f"{self.settings.hostname} lets a wrong password wait")
        if self._wrong < LOGINS_MAX:
            raise Refusal(535, "5.7.8", "Authentication credentials invalid")
        return Reply(code=421, enhanced="4.7.0", lines=(f"{LOGINS_MAX} tries are enough, closing connection",))


def _decoded(text: str) -> bytes:
    if text == "*":  # RFC 4954 section 4
        raise Refusal(501, "5.7.0", "Authentication cancelled, as you wish")
    try:
        return base64.b64decode("" if text == "=" else text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: it is not ASCII
        raise Refusal(501, "5.5.2", "That is no BASE64") from None
