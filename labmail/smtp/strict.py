"""A dialog with a server that must prove who it is: TLS with a certificate that holds for its name, or no letter.

This is what a policy of MTA-STS asks of a sender. RFC 8461 section 4.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from labmail.smtp.client import Dialog, HungUp, NoReply
from labmail.smtp.talk import GREETING_S, QUIT_S, Secure, Talk, TlsFailed
from labmail.smtp.words import Reply
from labmail.tls.faults import named

__all__ = ["NotOffered", "StrictTalk", "objection"]


class NotOffered(OSError):
    """The server says nothing of STARTTLS."""


class StrictTalk(Talk):
    """`secure` gives a context that checks; `proved` is called once TLS stands."""

    def __init__(
        self,
        octets: bytes,
        mail_from: str,
        helo: str,
        recipients: list[str],
        server: str,
        secure: Secure,
        proved: Callable[[], object],
    ) -> None:
        super().__init__(octets, mail_from, helo, recipients, server, secure)
        self._check, self._proved = secure, proved

    async def _speak(self, dialog: Dialog) -> Reply:
        greeting = await dialog.reply(GREETING_S)
        if greeting.code != 220:
            return greeting
        hello, offers = await self._greet(dialog)
        if not hello.success:
            return hello
        if not offers.get("STARTTLS"):
            with contextlib.suppress(HungUp, NoReply):
                await dialog.say("QUIT", QUIT_S)
            raise TlsFailed(NotOffered("it offers no STARTTLS"))
        hello, offers = await self._start_tls(dialog, await self._check())
        self._proved()
        return await self._envelope(dialog, offers) if hello.success else hello


def objection(failed: TlsFailed) -> tuple[str, str]:
    """What is against the server, and the status code for it: RFC 3463 section 3.8"""
    fault = failed.fault
    if isinstance(fault, NotOffered):
        return str(fault), "4.7.4"
    if isinstance(fault, Reply):
        return f"it began no TLS and said {fault!r}", "4.7.4"
    bad = named(fault)
    return (str(bad) if bad is not None else "TLS did not come about"), "4.7.5"
