"""The webmails of a running world: which host has one, and what it is told of the lab around it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from labmail.lab.handing import hand_in, host_with
from labmail.lab.host import QUIET_MAX_S
from labmail.webmail.desk import Desk, Outcome

if TYPE_CHECKING:
    from labmail.lab.running import Running

__all__ = ["Web"]

IMAP_PORT = 143  # RFC 3501 section 2.1


class Web:
    """A desk for each host that was visited; `end` clears them, and the next visit finds a new one."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._desks: dict[str, Desk] = {}

    def app(self, host: str) -> Any:
        """The application of one host; it loads what a webmail needs, so it is made in a thread."""
        from labmail.http.wellknown import serving_policies

        return serving_policies(self._pages(host), partial(self._policy, host))

    def _pages(self, host: str) -> Any:
        """The webmail, where there are mailboxes to show."""
        if "imap" not in self._running.world.hosts[host].services:
            from aiohttp.web import Application

            return Application()
        from labmail.webmail.app import make

        return make(partial(self.desk, host))

    def _policy(self, host: str, domain: str) -> str:
        """What it serves as that domain's policy of MTA-STS; empty: nothing."""
        data = self._running.world.policies.get(domain)
        return self._running.policies[domain] if data is not None and data.host == host else ""

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

    async def _send(
        self, host: str, octets: bytes, sender: str, password: str, recipients: Sequence[str]
    ) -> list[Outcome]:
        """To the provider's own server that takes letters from users, as whoever is logged in."""
        running = self._running
        server = host_with(running, "submission", running.world.providers[str(running.world.hosts[host].provider)])
        place = server, running.hosts[server].address
        done = await hand_in(running, host, place, octets, recipients, user=sender, password=password)
        # The browser hears of it when the letter has gone as far as it goes: else its next request would come before
        # the server's own work, or after it, as the machine happens to.
        await running.net.rest(QUIET_MAX_S)
        return [Outcome(recipient=each.recipient, taken=each.taken, why=each.why) for each in done.results]
