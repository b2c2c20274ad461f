"""The mail exchanger: the server that takes mail in, on port 25. RFC 5321.

Here stands what each verb does; how lines come and replies go stands in `connection`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from labmail.smtp.connection import Connection
from labmail.smtp.paths import is_postmaster, read_path
from labmail.smtp.relay import hidden_target
from labmail.smtp.text import Text
from labmail.smtp.transaction import Transaction, Where
from labmail.smtp.words import VERBS, Refusal, Reply

__all__ = ["MailExchanger"]

SIZE_DIGITS_MAX = 20  # RFC 1870 section 3

OK = Reply.of("250 2.0.0 OK")
SENDER_OK = Reply.of("250 2.1.0 OK")
RECIPIENT_OK = Reply.of("250 2.1.5 Accepted")
GO_ON = Reply.of('354 Enter message, ending with "." on a line by itself')
READY = Reply.of("220 2.0.0 Ready to start TLS")
GOODBYE = Reply.of("221 2.0.0 closing connection")
NOT_VERIFIED = Reply.of("252 2.5.0 Cannot VRFY user, but will accept message")  # RFC 5321 section 3.5.3

_NAME = re.compile(r"[!-~]+")  # a domain or an address literal; a wrong one is no ground to refuse: section 4.1.4


class MailExchanger(Connection):
    """One client's connection to one host's port 25."""

    # RFC 5321 sections 4.1.1.1 to 4.1.1.10

    async def handle_HELO(self, argument: str) -> Reply:
        return await self._greet("HELO", argument, ())

    async def handle_EHLO(self, argument: str) -> Reply:
        codes = ("ENHANCEDSTATUSCODES",) if self.settings.enhanced_codes else ()
        size = f"SIZE {self.settings.size_max_octets}"
        offers = ("PIPELINING", size, "8BITMIME", *codes, "SMTPUTF8", *self._extensions(), "HELP")
        return await self._greet("EHLO", argument, offers)

    def _extensions(self) -> tuple[str, ...]:
        """What is offered to some and not to others. STARTTLS is not, once TLS stands: RFC 3207 section 4.2"""
        return ("STARTTLS",) if self.offers("STARTTLS") and not self.tap.sealed else ()

    async def handle_STARTTLS(self, argument: str) -> Reply:
        self._check_bare("STARTTLS", argument)
        if self.tap.sealed:
            raise Refusal(503, "5.5.1", "TLS is on already")
        return READY

    async def _greet(self, verb: str, name: str, offers: tuple[str, ...]) -> Reply:
        if not _NAME.fullmatch(name):
            raise Refusal(501, None, f"Syntax error in parameters: {verb} your.name.example")
        old = self.transaction
        self.transaction = replace(old.over(), helo=name, extended=verb == "EHLO", sealed=self.tap.sealed)
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
        judged = await self._judged("mail", proposed)
        if isinstance(judged, Reply):
            return judged
        self.transaction = judged
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
        address = self._check_home(address)
        proposed = replace(self.transaction, recipients=(*self.transaction.recipients, address))
        judged = await self._judged("rcpt", proposed)
        if isinstance(judged, Reply):
            return judged
        self.transaction = judged
        return RECIPIENT_OK

    def _check_home(self, address: str) -> str:
        """The address that the letter goes to; refused where it is none of ours and the client none of our own."""
        if address.lower() == "postmaster":
            return address
        if self.settings.open_relay:  # it follows whatever way an address describes, as in the first days
            address = hidden_target(address, self.settings.recipient)
        where = self.settings.recipient(address)
        if where is Where.ELSEWHERE and not self._may_relay():
            raise Refusal(550, "5.7.1", f"<{address}>: relaying denied, we take mail for our own domains only")
        if where is Where.UNKNOWN and not is_postmaster(address):
            raise Refusal(550, "5.1.1", f"<{address}>: no such user here")
        return address

    def _may_relay(self) -> bool:
        """Whether this client may send mail to others through us."""
        return self.settings.open_relay or self.settings.trusts(self.tap.wire.client_address)

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
        judged = await self._judged("data", self._complete(whole))
        return judged if isinstance(judged, Reply) else await settings.deliver(judged) or OK

    async def _judged(self, moment: str, transaction: Transaction) -> Reply | Transaction:
        """What the host's policies leave of it: a refusal, or the transaction with what they found out."""
        for policy in self.settings.policies:
            answer: Reply | Transaction | None = await getattr(policy, moment)(transaction)
            if isinstance(answer, Transaction):
                transaction = answer
            elif answer is not None and not answer.success:
                return answer
        return transaction

    def _complete(self, letter: Transaction) -> Transaction:
        """The letter as it is kept: on port 25 as it came."""
        return letter

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
        return Reply(code=214, enhanced="2.0.0", lines=(f"Commands: {' '.join(filter(self.offers, VERBS))}",))

    async def handle_QUIT(self, argument: str) -> Reply:
        self._check_bare("QUIT", argument)
        return GOODBYE

    def _check_bare(self, verb: str, argument: str) -> None:
        if argument:
            raise Refusal(501, "5.5.4", f"Syntax error in parameters: {verb} stands alone")
