"""What people's own programs do in a lab: Alice's hands a letter in, Bob's phone fetches one. RFC 6409, RFC 3501."""

from __future__ import annotations

import socket
from email.parser import Parser
from email.utils import getaddresses
from functools import partial

from labmail.errors import LabError
from labmail.imap.phone import fetch_last
from labmail.lab.handing import hand_in, host_with
from labmail.lab.heard import Heard
from labmail.record import Event
from labmail.smtp.deliver import addressees, check
from labmail.smtp.paths import mailbox
from labmail.smtp.submit import Handed
from labmail.smtp.text import as_octets

__all__ = ["People", "from_header"]


class People(Heard):
    """The part of a `Lab` in which somebody writes or reads."""

    def submit(self, message: str | bytes, to: str | list[str], *, at: str = "laptop.example.net") -> Handed:
        """As a mail program does it: the letter goes to the writer's own provider, port 587, and that sends it on.

        STARTTLS, then AUTH as the address in From:, with the world's password. When this returns, the letter has gone
        as far as it goes.
        """
        user = from_header(message, "a mail program writes as one person")
        recipients = addressees(to)
        check(user, recipients)
        server, password = self._account(user, "submission")
        self._net.address_of(at)
        self._quiet()
        written = Event(kind="written", value=f"{user} to {', '.join(recipients)}")
        self._net.call(partial(self._net.note, written, by=at))
        try:
            address = self._running.address(at, server)
        except socket.gaierror as fault:
            return Handed.failed(server, recipients, str(fault.args[1]))
        place = server, address
        doing = hand_in(self._running, at, place, message, recipients, user=user, password=password)
        handed = self._net.run(doing)
        self._quiet()
        return handed

    def fetch(self, address: str, *, at: str = "phone.example.com") -> bytes | None:
        """As a phone does it: the last letter of the mailbox's INBOX, by IMAP on port 993. None: it is empty."""
        server, password = self._account(address, "imaps")
        self._net.address_of(at)
        try:
            place = server, self._running.address(at, server)
        except socket.gaierror as fault:
            raise LabError(str(fault.args[1])) from None
        secure = self._running.trusting()
        user = mailbox(address)
        return self._net.run(fetch_last(self._net, at, place, user=user, password=password, secure=secure))

    def _account(self, address: str, service: str) -> tuple[str, str]:
        """The host that serves it, and the password of the world."""
        provider = self._running.provider_of(address)
        for account in self._running.accounts[provider.name]:
            if account.address == mailbox(address):
                return host_with(self._running, service, provider), account.password
        raise LabError(f"{address} has no password in this world, so nobody can log in to it")


def from_header(message: str | bytes, hint: str = "say mail_from=... for the envelope") -> str:
    """The one address in From:."""
    text = as_octets(message).decode("utf-8", "surrogateescape")
    try:
        found = getaddresses(Parser().parsestr(text, headersonly=True).get_all("From", []))
    except RecursionError:  # a comment in a comment, a thousand times
        found = []
    if len(found) != 1 or "@" not in found[0][1]:
        raise LabError(f"the letter has no single address in From:; {hint}")
    return found[0][1]
