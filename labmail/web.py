"""The webmails of a running world: which host has one, and what it is told of the lab around it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from labmail.smtp.deliver import deliver
from labmail.webmail.desk import Desk, Outcome

if TYPE_CHECKING:
    from labmail.running import Running

__all__ = ["Web"]

IMAP_PORT = 143  # RFC 3501 section 2.1


class Web:
    """A desk for each host that was visited; `end` clears them, and the next visit finds a new one."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._desks: dict[str, Desk] = {}

    def app(self, host: str) -> Any:
        """The application of one host; it loads what a webmail needs, so it is made in a thread."""
        from labmail.webmail.app import make

        return make(partial(self.desk, host))

    def desk(self, host: str) -> Desk:
        if host not in self._desks:
            running = self._running
            imap = running.hosts[host].address, IMAP_PORT
            self._desks[host] = Desk(running.net, host, imap, partial(self._door, host), partial(self._send, host))
        return self._desks[host]

    def end(self) -> None:
        desks, self._desks = self._desks, {}
        for desk in desks.values():
            desk.end()

    def _door(self, host: str, exposed: bool, user: str, password: str) -> tuple[str, str]:
        """Whose mailbox that opens, and the password that opens it inside: the mail server, a host of the lab, knows
        no other. Who comes from outside with a password of the world gets one that opens nothing.
        """
        provider = str(self._running.world.hosts[host].provider)
        address = self._running.accounts_of(exposed=exposed)[provider].check(user, password) or ""
        if not exposed:
            return address, password
        inside = {one.address: one.password for one in self._running.accounts[provider]}
        return address, inside.get(address, "")

    async def _send(self, host: str, octets: bytes, sender: str, recipients: Sequence[str]) -> list[Outcome]:
        """The provider's own delivery, as long as there is no server that takes a letter in to pass it on."""
        running = self._running
        done = await deliver(running.net, host, running.resolvers[host], octets, recipients, mail_from=sender)
        return [
            Outcome(recipient=result.recipient, delivered=result.status == "delivered", why=result.why)
            for result in done.results
        ]
