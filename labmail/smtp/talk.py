"""One dialog of the delivering client, from the greeting to QUIT. RFC 5321 section 3.3."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from labmail.smtp.client import Dialog, HungUp, NoReply
from labmail.smtp.text import stuff
from labmail.smtp.words import Reply

__all__ = ["CONNECT_S", "Secure", "Talk", "TlsFailed"]

Secure = Callable[[], Awaitable[Any]]  # gives the client's ssl.SSLContext

# lab seconds to wait: RFC 5321 sections 4.5.3.2.1 to 4.5.3.2.6
CONNECT_S = GREETING_S = HELLO_S = MAIL_S = RCPT_S = QUIT_S = 300
DATA_S, END_S = 120, 600
TLS_S = 300  # ours: a server that starts TLS gets as long as for an answer

NOT_ASCII = Reply.of("550 5.6.7 the server takes no address that is not ASCII: it does not offer SMTPUTF8")


class TlsFailed(Exception):
    """There is no TLS with this server: `fault` says why."""

    def __init__(self, fault: OSError | Reply) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Talk:
    """`secure` gives the context of TLS, if the server offers it.

    `verdicts` holds a reply for each recipient, None where the server gave none; `at` is how far it came."""

    def __init__(
        self,
        octets: bytes,
        mail_from: str,
        helo: str,
        recipients: list[str],
        server: str = "",
        secure: Secure | None = None,
    ) -> None:
        self._octets, self._mail_from, self._helo = octets, mail_from, helo
        self._server, self._secure = server, secure
        self.verdicts: dict[str, Reply | None] = dict.fromkeys(recipients)
        self.at, self.outcome = "the greeting", ""
        self.last: Reply | None = None

    async def hand_over(self, dialog: Dialog) -> None:
        decided = await self._speak(dialog)
        self.last = decided
        self.outcome = repr(decided) if decided.success else f"{decided!r}, at {self.at}"
        try:
            await dialog.say("QUIT", QUIT_S)
        except (HungUp, NoReply):  # it has said what counts
            return

    def refuse(self, reply: Reply) -> None:
        """It ends before the letter was offered, by our own decision."""
        self.last = self._all(reply)

    async def _speak(self, dialog: Dialog) -> Reply:
        """As far as it goes; the reply that decided."""
        greeting = await dialog.reply(GREETING_S)
        if greeting.code != 220:  # another server may be in a better mood
            return greeting
        hello, offers = await self._greet(dialog)
        if hello.success and offers.get("STARTTLS") and self._secure is not None:
            hello, offers = await self._start_tls(dialog, await self._secure())
        return await self._envelope(dialog, offers) if hello.success else hello

    async def _envelope(self, dialog: Dialog, offers: dict[str, bool]) -> Reply:
        if not offers.get("SMTPUTF8") and not all(map(str.isascii, (self._mail_from, *self.verdicts))):
            return self._all(NOT_ASCII)  # RFC 6531 section 3.2
        self.at = "MAIL"
        reply = await dialog.say(f"MAIL FROM:<{self._mail_from}>{self._parameters(offers)}", MAIL_S)
        return await self._recipients(dialog) if reply.success else self._all(reply)

    async def _greet(self, dialog: Dialog) -> tuple[Reply, dict[str, bool]]:
        self.at = "EHLO"
        hello = await dialog.say(f"EHLO {self._helo}", HELLO_S)
        if hello.success:
            return hello, {line.split()[0].upper(): True for line in hello.lines[1:] if line.strip()}
        if not hello.not_now:  # an old server: RFC 5321 section 3.2
            self.at = "HELO"
            hello = await dialog.say(f"HELO {self._helo}", HELLO_S)
        return hello, {}

    async def _start_tls(self, dialog: Dialog, context: Any) -> tuple[Reply, dict[str, bool]]:
        """After it, both begin anew: RFC 3207 section 4.2"""
        self.at = "STARTTLS"
        ready = await dialog.say("STARTTLS", HELLO_S)
        if ready.code != 220:
            raise TlsFailed(ready)
        try:
            await dialog.start_tls(context, self._server, TLS_S)
        except OSError as fault:
            raise TlsFailed(fault) from fault
        return await self._greet(dialog)

    def _parameters(self, offers: dict[str, bool]) -> str:
        parameters = {
            "SIZE": f" SIZE={len(self._octets)}",  # RFC 1870 section 6
            # 8-bit text goes to a server that does not offer it as well, as most clients do today
            "8BITMIME": "" if self._octets.isascii() else " BODY=8BITMIME",
            "SMTPUTF8": "" if all(map(str.isascii, (self._mail_from, *self.verdicts))) else " SMTPUTF8",
        }
        return "".join(text for keyword, text in parameters.items() if offers.get(keyword))

    async def _recipients(self, dialog: Dialog) -> Reply:
        self.at = "RCPT"
        accepted = []
        for recipient in list(self.verdicts):
            reply = await dialog.say(f"RCPT TO:<{recipient}>", RCPT_S)
            if reply.success:
                accepted.append(recipient)
            else:
                self.verdicts[recipient] = reply
        if not accepted:
            return reply
        self.at = "DATA"
        reply = await dialog.say("DATA", DATA_S)
        if reply.success:
            if reply.code != 354:
                raise NoReply(f"the server answered DATA with {reply.code}, where 354 is the only yes")
            self.at = "the end of the letter"
            reply = await dialog.hand_over(stuff(self._octets), END_S)
        self.verdicts.update(dict.fromkeys(accepted, reply))
        return reply

    def _all(self, reply: Reply) -> Reply:
        self.verdicts = dict.fromkeys(self.verdicts, reply)
        return reply
