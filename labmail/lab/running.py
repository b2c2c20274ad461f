"""A world, running: its zones, mailboxes, hosts and services on one net. `reset` builds it anew behind the same
listeners.

The learner's `Lab` is a thin hand on this; nothing here knows it, so that a lab nobody holds any more can end.
"""

from __future__ import annotations

import difflib
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from labmail.accounts import Account, Accounts, fresh_passwords
from labmail.dns.exchange import exchange
from labmail.dns.resolver import Resolver
from labmail.dns.server import NameServer
from labmail.dns.server import Session as DnsSession
from labmail.dns.zones import Zones
from labmail.errors import LabError, WorldError, ZoneError, cited, needs_text
from labmail.http.serve import site
from labmail.imap import Session as ImapSession
from labmail.lab.host import QUIET_MAX_S, Host
from labmail.lab.web import Web
from labmail.mta.honouring import honouring
from labmail.mta.post import Post, mailboxes, whose
from labmail.mta.receiving import Checks
from labmail.net import Carrier, Net, Service, Tap, carry
from labmail.pop3.maildrop import Office
from labmail.pop3.session import Session as Pop3Session
from labmail.record import Event
from labmail.smtp.deliver import Strict
from labmail.smtp.paths import mailbox
from labmail.smtp.server import MailExchanger
from labmail.smtp.submission import Submission
from labmail.smtp.talk import Secure
from labmail.smtp.transaction import Settings
from labmail.store import Store
from labmail.tls import Authority
from labmail.world import Provider, World
from labmail.world.published import served_by
from labmail.world.settings import as_kept

__all__ = ["QUIET_MAX_S", "Host", "Running"]

RESERVED = ("example", "test")  # top-level names that are nobody's: RFC 2606 section 2
PORTS = {
    "dns": (53, ("udp", "tcp")),
    "smtp": (25, ("tcp",)),
    "submission": (587, ("tcp",)),  # RFC 6409 section 3.1
    "submissions": (465, ("tcp",)),  # and the others with an s: RFC 8314 section 3.3
    "pop3": (110, ("tcp",)),
    "pop3s": (995, ("tcp",)),
    "imap": (143, ("tcp",)),
    "imaps": (993, ("tcp",)),
    "http": (80, ("tcp",)),
    "https": (443, ("tcp",)),  # RFC 9110 section 4.2.2
}
# the others: as they are called
SPEAKS = {"submission": "smtp", "submissions": "smtp", "pop3s": "pop3", "imaps": "imap", "https": "http"}
IMPLICIT = ("submissions", "pop3s", "imaps", "https")  # TLS from the first octet on
WITHOUT_TLS = ("dns", "http")


class Running:
    """One world on one net. What `build` makes is new after each reset; hosts in a learner's hand stay."""

    def __init__(self, net: Net, world: World, file: Path | None) -> None:
        self.net, self.world, self.file = net, world, file
        self.hosts = {name: Host(self, data) for name, data in world.hosts.items()}
        net.hosts.update({name: data.address for name, data in world.hosts.items()})
        net.resolve, net.is_lab_name = self.address, self.is_lab_name
        self.stores: dict[str, Store] = {}
        self.accounts = {name: Accounts(provider.passwords) for name, provider in world.providers.items()}
        self.outside: dict[str, Accounts] | None = None  # for those who come through an exposed port; reset leaves them
        self.web = Web(self)
        self.authority = Authority()  # reset leaves it as well: who trusts it need not learn anew
        self.sites = {name: site(partial(self.web.app, name)) for name in self.hosts}

    def build(self) -> None:
        """Everything that a reset renews. On the loop, or before it has anything to do."""
        self.end()
        self.stores = {}
        for name in self.world.providers:  # one by one: if the next one cannot be opened, those before it are closed
            self.stores[name] = Store(self._file(name), self.hosts_of(name))
        self.offices = {name: Office(store) for name, store in self.stores.items()}
        self.zones = self._zones()
        self.name_server = NameServer(self.zones)
        self.resolvers = {name: self._resolver(name) for name in self.hosts}
        self.honouring = {name: honouring(self, name) for name in self.hosts}
        self.policies = {name: data.text for name, data in self.world.policies.items()}
        self.posts = {
            name: Post(self, name, self.world.providers[data.provider])
            for name, data in self.world.hosts.items()
            if data.provider is not None
        }
        self.settings = {
            name: self._settings(name, self.world.providers[data.provider])
            for name, data in self.world.hosts.items()
            if data.provider is not None
        }
        self.net.filtered = {
            (name, port)
            for name, data in self.world.hosts.items()
            for isp in self.world.isps.values()
            if isp.holds(data.address)
            for port in isp.filters
        }

    async def start(self) -> None:
        await self.net.listen(*(service for name in self.hosts for service in self.services(name)))

    async def reset(self) -> None:
        """Back to the first minute, with the world's own data."""
        await self.net.reset()
        self.build()
        for host in self.hosts.values():
            await host.listen()

    def services(self, host: str) -> list[Service]:
        return [
            Service(
                host=host,
                port=PORTS[name][0],
                protocol=SPEAKS.get(name, name),
                over=over,
                make=self._maker(name, host, over),
                tls=None if name in WITHOUT_TLS else partial(self._context, host),
                implicit=name in IMPLICIT,
                name=name,
            )
            for name in self.world.hosts[host].services
            for over in PORTS[name][1]
        ]

    def end(self) -> None:
        """Let go of what a reset renews."""
        self.web.end()
        for store in self.stores.values():
            store.close()

    def open_accounts(self) -> list[Account]:
        """Whom programs from outside may log in as, with passwords that no file knows."""
        if self.outside is None:
            providers = self.world.providers.items()
            self.outside = {name: Accounts(fresh_passwords(provider.passwords)) for name, provider in providers}
        return [account for accounts in self.outside.values() for account in accounts]

    # ---- names

    def address(self, host: str, name: str) -> str:
        """What a client at that host takes a name for: it asks the lab's DNS, as the real one would."""
        answer = self.resolvers[host].lookup(name, "A")
        if answer.records:
            return answer.records[0]
        why = "has no address" if answer.rcode == "NOERROR" else f"could not be looked up ({answer.rcode})"
        why = "does not exist" if answer.rcode == "NXDOMAIN" else why
        raise socket.gaierror(socket.EAI_NONAME, f"the name {name} {why}, says the lab's DNS")

    def is_lab_name(self, name: str) -> bool:
        # not com, net or org, which the lab's root serves as well: most of what lies below them is real
        origins = [origin for origin in self.zones if "." in origin or origin in RESERVED]
        return name in self.hosts or any(name == origin or name.endswith(f".{origin}") for origin in origins)

    def provider_of(self, address: str) -> Provider:
        """Whose mailbox that is; LabError where it is nobody's."""
        needs_text("the address of a mailbox", address, "bob@example.com")
        for provider in self.world.providers.values():
            if mailbox(address) in mailboxes(provider):
                return provider
        known = [box for provider in self.world.providers.values() for box in provider.mailboxes]
        close = difflib.get_close_matches(address.lower(), known, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        raise LabError(f"{cited(address)} is no mailbox of this lab; {hint}")

    # ---- inside

    def _zones(self) -> Zones:
        try:
            return Zones(self.world.zones)
        except ZoneError as fault:
            file = self.world.zone_files[fault.origin]
            line = f" line {fault.line}" if fault.line else ""
            raise WorldError(f"{file}{line}: {fault}") from None

    def hosts_of(self, provider: str) -> list[str]:
        return [name for name, data in self.world.hosts.items() if data.provider == provider]

    def _file(self, provider: str) -> Path | None:
        if self.file is None:
            return None
        return self.file.with_name(f"{self.file.stem}-{provider}{self.file.suffix}")

    def _resolver(self, host: str) -> Resolver:
        ask = partial(exchange, self.net, host, self.world.hosts[self.world.name_server].address)

        def note(event: Event) -> None:
            self.net.tell(partial(self.net.note, event, by=host))

        return Resolver(lambda query, over: self.net.run(ask(query, over)), lambda: self.net.agenda.now, note)

    def _maker(self, protocol: str, host: str, over: str) -> Callable[[Any], Any]:
        """The server for one connection. It looks up what stands now, so that listeners survive a reset."""
        if protocol == "smtp":
            return lambda tap: MailExchanger(tap, self.settings[host])
        if protocol in ("submission", "submissions"):
            return lambda tap: Submission(tap, self.settings[host], self._check(host, tap))
        if protocol in ("pop3", "pop3s"):
            return lambda tap: Carrier(tap, self._pop3(host, tap))
        if protocol in ("imap", "imaps"):
            return lambda tap: Carrier(tap, self._imap(host, tap))
        if protocol in ("http", "https"):
            return self.sites[host]
        if over == "udp":
            return lambda _wire: DnsSession(self.name_server, "udp")
        return carry(lambda: DnsSession(self.name_server, "tcp"))

    def _pop3(self, host: str, tap: Tap) -> Pop3Session:
        provider = str(self.world.hosts[host].provider)
        return Pop3Session(host, self._check(host, tap), self.offices[provider], tls=self._tls_of(host, tap))

    def _imap(self, host: str, tap: Tap) -> ImapSession:
        store = self.stores[str(self.world.hosts[host].provider)]
        check, now = self._check(host, tap), lambda: self.net.agenda.now
        return ImapSession(host, check, store, now, tls=self._tls_of(host, tap))

    def _check(self, host: str, tap: Tap) -> Callable[[str, str], str | None]:
        return self.accounts_for(tap)[str(self.world.hosts[host].provider)].check

    # ---- TLS

    def _tls_of(self, host: str, tap: Tap) -> str:
        """How a session finds it: "on" from the first octet, "offered", or "none"."""
        if tap.service.implicit:
            return "on"
        return "offered" if self.settings[host].starttls else "none"

    def tls_on(self, service: Service) -> str:
        """What a program must do about TLS: "none", "starttls" or "implicit"."""
        if service.implicit:
            return "implicit"
        return "starttls" if service.tls is not None and self.settings[service.host].starttls else "none"

    async def _context(self, host: str, tap: Tap, certificate: str) -> tuple[Any, str]:
        """What a server shows: its own certificate, or one of that kind, which somebody on the wire shows for it."""
        kind = certificate or self.settings[host].certificate
        also = served_by(host, self.world.policies) if tap.service.name == "https" else ()
        make = partial(self.authority.context, host, kind, exposed=tap.exposed, also=also)
        return await self.net.in_thread(make, f"the certificate of {host}"), kind

    def trusting(self) -> Secure:
        """TLS with whom the lab's CA vouches for, and with nobody else."""
        make = partial(self.authority.client, verified=True)
        return lambda: self.net.in_thread(make, "the certificates that a client trusts")

    def secure(self, host: str) -> Secure | None:
        """The TLS of a host that delivers: RFC 7435. None: it does without."""
        if host in self.settings and not self.settings[host].starttls:
            return None
        make = partial(self.authority.client, verified=False)
        return lambda: self.net.in_thread(make, "the certificates that a client trusts")

    def strict(self, host: str) -> Strict | None:
        """What a host needs that honours MTA-STS where it delivers. None: it does not."""
        if host not in self.settings or not self.settings[host].mta_sts:
            return None
        return self.honouring[host]

    def accounts_for(self, tap: Tap) -> dict[str, Accounts]:
        """By provider. A world's passwords stand in its file: they are for those inside alone."""
        return self.accounts_of(exposed=tap.exposed)

    def accounts_of(self, *, exposed: bool) -> dict[str, Accounts]:
        return (self.outside or {}) if exposed else self.accounts

    def _settings(self, host: str, provider: Provider) -> Settings:
        settings = Settings(
            hostname=host,
            now=lambda: self.net.agenda.now,
            recipient=partial(whose, provider),
            deliver=self.posts[host].take,
            wait=self.net.wait,
        )
        checks = Checks(self, host, settings)
        settings.policies, settings.deliver = [checks], partial(checks.take, post=self.posts[host])
        for name, value in self.world.hosts[host].settings.items():
            setattr(settings, name, as_kept(name, value))
        return settings
