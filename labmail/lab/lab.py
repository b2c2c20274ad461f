"""A lab: one whole e-mail Internet, running in this process, and a learner's hand on it.

with Lab("01-smtp-dialog") as lab, lab.at("mail.example.net"):
    smtplib.SMTP("mx1.example.com", 25)
"""

from __future__ import annotations

import contextlib
import weakref
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from labmail import world as worlds
from labmail.accounts import Account
from labmail.clock import Clock
from labmail.dns.look import Dug
from labmail.dns.resolver import Resolver
from labmail.dns.server import NameServer
from labmail.dns.zones import Zone, Zones
from labmail.errors import LabError
from labmail.lab.expose import Exposed, expose
from labmail.lab.isp import HomeProvider, home_provider
from labmail.lab.people import People, from_header
from labmail.lab.policy import PolicyFile
from labmail.lab.proxy import Page, socket_path
from labmail.lab.running import Host, Running
from labmail.mta.post import send
from labmail.net import Net, Wires, at, seated
from labmail.net import seat as seats
from labmail.smtp.client import Step, open_step
from labmail.smtp.deliver import Delivery
from labmail.smtp.paths import mailbox
from labmail.store import Letter
from labmail.webmail.sieve import Sieve

if TYPE_CHECKING:
    from ssl import SSLContext

    from labmail.http.tab import Tab

__all__ = ["Lab"]

AT_HOME = "laptop.example.net"  # where a question comes from if you sit nowhere
HTTP_PORT = 80  # RFC 9110 section 4.2.1
MAIL_MAX_S = 10.0  # real seconds that wait_for_mail waits


class Lab(People):
    """A running Internet. It starts at once, stops with `stop()`, at the end of its `with`, or when nobody holds it.

    `world` is the name of a world that comes with labmail, or a path to a TOML file. `file` keeps the mailboxes in
    files beside that name; by default they live in memory and end with the lab.
    """

    def __init__(self, world: str | Path = "base", *, file: str | Path | None = None, memory: bool = False) -> None:
        data = worlds.load(world)
        with contextlib.ExitStack() as undo:  # whatever goes wrong: no thread, socket or file is left
            self._net = Net(memory=memory)
            undo.callback(self._net.stop)
            self._running = Running(self._net, data, Path(file) if file is not None else None)
            undo.callback(self._running.end)
            self._running.build()
            self._net.run(self._running.start())
            undo.pop_all()
        seats.enter(self._net)
        self._end = weakref.finalize(self, _end, self._net, self._running)

    # ---- its life

    def stop(self) -> None:
        """End it: no thread, socket or file is left. Twice is fine; what is in your hands stays readable."""
        if self._end.detach():
            seats.leave(self._net)
            self._net.stop()
            self._running.end()
            self._running.authority.close()

    def reset(self) -> None:
        """Back to the first minute of its world. Letters in a file that you named stay."""
        self._net.run(self._running.reset())

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "stopped" if self._net.stopped else f"running, {self.clock!r}"
        return f"Lab {self._running.world.name}: {len(self.hosts)} hosts, {state}"

    def why(self) -> str:
        """What waits for what, in words."""
        return self._net.call(self._net.why)

    @property
    def clock(self) -> Clock:
        net = self._net
        return Clock(net.agenda, lambda seconds: net.run(net.wait(seconds, "you")))

    # ---- who is there

    @property
    def world(self) -> worlds.World:
        """The data it was built from."""
        return self._running.world

    @property
    def hosts(self) -> dict[str, Host]:
        return dict(self._running.hosts)

    def host(self, name: str) -> Host:
        """A host, to stop, to start and to set."""
        self._net.address_of(name)
        return self._running.hosts[name]

    def isp(self, name: str = AT_HOME) -> HomeProvider:
        """A home provider, or that of a host at home: `.filters` is what it lets nobody out to."""
        return home_provider(self._net, self.world, name)

    def at(self, host: str) -> contextlib.AbstractContextManager[str]:
        """Sit at a host: inside the `with`, unmodified clients reach the lab by name."""
        return at(self._net, host)

    def wire(self, client: str, server: str) -> Wires:
        """The wires from one host to another: hold, release, delay, drop, strip, substitute, forge, cut, clear."""
        return Wires(self._net, client, server)

    def expose(self, at: str = "outside.example") -> list[Exposed]:
        """Open every service on a free loopback port, for programs outside; they sit at that host.

        There they log in with fresh passwords: `accounts(outside=True)`. Inside, the world's stay as they are.
        """
        opened = expose(self._net, at, self.zones, self._running.tls_on)
        self._net.call(self._running.open_accounts)
        return opened

    def webmail(self, host: str = "mail.example.com", at: str = "phone.example.com") -> Page:
        """A host's webmail for your own browser, through the Jupyter server that this notebook runs on.

        For the lab you sit at the host `at`, so the passwords are the world's own. Another lab's page, if there was
        one, is this lab's now.
        """
        address = self._net.address_of(host)
        self._net.address_of(at)
        if (address, HTTP_PORT, "tcp") not in self._net.services:
            raise LabError(
                f"{host} has no webmail: it offers {', '.join(self.world.hosts[host].services) or 'nothing'}"
            )
        self._net.run(self._net.open_page(address, HTTP_PORT, at, socket_path(), Sieve))
        return Page(host=host, at=at)

    def accounts(self, *, outside: bool = False) -> list[Account]:
        """Who may log in, and with which password: inside the lab, or through the ports that `expose` opened."""
        if not outside:
            return [account for accounts in self._running.accounts.values() for account in accounts]
        if self._running.outside is None:
            raise LabError("nothing is open to programs outside: lab.expose() opens it, and makes the passwords")
        return self._running.open_accounts()

    # ---- mail

    def send(
        self,
        message: str | bytes,
        to: str | list[str],
        *,
        at: str = "mail.example.net",
        mail_from: str | None = None,
    ) -> Delivery:
        """A server's own delivery: it signs what it has a key for, looks up who takes mail for the recipient, and hands
        the letter over.

        Without `mail_from`, the reverse-path is the address in the letter's From:.
        """
        sender = from_header(message) if mail_from is None else mail_from
        return self._net.run(send(self._running, self.host(at).name, message, to, sender))

    def step(self, client: str, server: str, port: int = 25, *, tls: SSLContext | None = None) -> Step:
        """A client that says one line at a time, and knows what state the server is in.

        With `tls`, the client's context, all is said under TLS, as on port 465.
        """
        return open_step(self._net, client, server, port, tls)

    def browse(self, at: str) -> Tab:
        """A browser without a window, at a host; `widgets.Browser` is one that can be seen."""
        from labmail.http.tab import Tab

        return Tab(self._net, at, partial(self._running.authority.client, verified=True))

    def mailbox(self, address: str) -> list[Letter]:
        """All letters of a mailbox, in order of arrival."""
        store = self._running.stores[self._running.provider_of(address).name]

        async def read() -> list[Letter]:
            return store.letters(mailbox(address))

        return self._net.run(read())

    def wait_for_mail(self, address: str, count: int = 1, *, timeout_s: float = MAIL_MAX_S) -> list[Letter]:
        """The letters of a mailbox, as soon as it holds that many; `timeout_s` are real seconds."""
        letters = self.mailbox(address)
        if len(letters) >= count:
            return letters
        have = len(letters)

        def arrived(event: object) -> bool:
            value = getattr(event, "value", None)
            return (
                isinstance(value, Letter) and value.address == address.lower() and len(self.mailbox(address)) >= count
            )

        with contextlib.suppress(LabError):
            self._net.record.wait_for(arrived, timeout_s)
            return self.mailbox(address)
        raise LabError(f"{address} holds {have} of {count} letters after {timeout_s:g} s. {self.why()}")

    # ---- names

    def zone(self, origin: str) -> Zone:
        """One zone, to read and to edit while it answers."""
        self._quiet()
        return self.zones[origin]

    def policy(self, domain: str) -> PolicyFile:
        """What a domain publishes by HTTPS for MTA-STS, to read and to edit while it is served."""
        return PolicyFile(self._running, domain)

    @property
    def zones(self) -> Zones:
        return self._running.zones

    @property
    def name_server(self) -> NameServer:
        return self._running.name_server

    @property
    def resolver(self) -> Resolver:
        """The resolver of the host where you sit, else of laptop.example.net."""
        return self._running.resolvers[seated(self._net) or AT_HOME]

    def dig(self, name: str, type: str = "A") -> Dug:
        """Ask from where you sit, else from laptop.example.net."""
        server = self._running.world.name_server
        return Dug(answer=self.resolver.lookup(name, type), server=server, address=self._net.address_of(server))


def _end(net: Net, running: Running) -> None:
    seats.leave(net)
    net.stop_soon()
    running.end()
    running.authority.close()
