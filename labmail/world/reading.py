"""A world as data: who is there, what they offer, which zones their names live in. A teacher copies and changes it.

A world is a TOML file with a folder `zones` beside it, or an overlay that names its base and says what differs.
Whatever is wrong with it is a WorldError that names file and line.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from labmail.errors import WorldError
from labmail.world.overlay import Overlay, text_of
from labmail.world.providers import Provider, read_provider
from labmail.world.published import PolicyData, read_published
from labmail.world.settings import SETTINGS, fault

__all__ = ["WORLDS", "HostData", "Isp", "Provider", "World", "cake", "load", "names"]

WORLDS = Path(__file__).parents[1] / "worlds"
SERVICES = ("dns", "smtp", "submission", "submissions", "pop3", "pop3s", "imap", "imaps", "http", "https")
MAILBOX_SERVICES = SERVICES[1:]  # a host that offers one of these needs a provider
HOST_KEYS = ("address", "provider", "services")

cake = """\
From: Alice <alice@example.net>
To: Bob <bob@example.com>
Date: Mon, 01 Jun 2026 09:00:00 +0000
Subject: Re: The Cake

Don't forget to bring the cake!
"""


@dataclass(frozen=True, kw_only=True)
class Isp:
    """A home Internet provider: what its customers' hosts cannot reach."""

    name: str
    network: IPv4Network
    filters: tuple[int, ...]
    about: str = ""

    def holds(self, address: str) -> bool:
        return IPv4Address(address) in self.network


@dataclass(frozen=True, kw_only=True)
class HostData:
    name: str
    address: str
    provider: str | None = None
    services: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class World:
    name: str
    name_server: str
    hosts: Mapping[str, HostData]
    providers: Mapping[str, Provider]
    isps: Mapping[str, Isp]
    zones: Mapping[str, str]  # origin -> the text of its zone file
    zone_files: Mapping[str, Path]  # origin -> where that text stands
    policies: Mapping[str, PolicyData] = field(default_factory=dict)  # by domain, what it publishes by HTTPS


def names() -> list[str]:
    """The worlds that come with labmail."""
    return sorted(path.parent.name for path in WORLDS.glob("*/world.toml"))


def load(which: str | Path = "base") -> World:
    """The world of that name, or in that TOML file; a folder means its `world.toml`."""
    path = Path(which)
    if path.suffix != ".toml":
        path = path / "world.toml" if path.is_dir() else WORLDS / str(which) / "world.toml"
    if not path.is_file():
        raise WorldError(_not_found(str(which)))
    return _Reader(path, _find).world()


def _not_found(which: str) -> str:
    if which.endswith(".toml"):
        return f"there is no file {which}; a world is a TOML file, and labmail's own are {', '.join(names())}"
    near = difflib.get_close_matches(which, names(), 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}, or a path that ends in .toml"
    return f"there is no world named {which}; {hint}"


def _find(name: str, beside: Path) -> Path:
    path = beside / name if name.endswith(".toml") else WORLDS / name / "world.toml"
    if not path.is_file():
        raise WorldError(_not_found(name))
    return path


class _Reader(Overlay):
    """One world file, its base beneath it; every complaint knows the line."""

    def world(self) -> World:
        self.known("", self.own, ("base", "name_server", "provider", "isp", "host", "policy"))
        data = self.merged()
        for kind in ("provider", "isp", "host", "policy"):
            if not isinstance(data.get(kind, {}), dict):
                self.fault(kind, f'{kind} is a table for each: write [{kind}."NAME"] on a line, and its keys below it')
        files = self.files("zones", ".zone")
        providers = {name: read_provider(self, name, table) for name, table in data.get("provider", {}).items()}
        hosts = {name: self._host(name, table, providers) for name, table in data.get("host", {}).items()}
        server = str(data.get("name_server"))
        if server not in hosts:
            self.fault("name_server", f"the name server {server!r} is no host of this world")
        self._addresses_apart(hosts)
        self._lists_at_home(providers, hosts)
        published = data.get("policy", {})
        offers = {name: host.services for name, host in hosts.items()}
        return World(
            name=self.path.parent.name if self.path.name == "world.toml" else self.path.stem,
            name_server=server,
            hosts=hosts,
            providers=providers,
            isps={name: self._isp(name, table) for name, table in data.get("isp", {}).items()},
            zones={origin: text_of(file) for origin, file in files.items()},
            zone_files=files,
            policies={name: read_published(self, name, found, offers) for name, found in published.items()},
        )

    def _isp(self, name: str, data: object) -> Isp:
        table, found = self.table("isp", name, data, ("about", "network", "filters"))
        try:
            network = IPv4Network(found.get("network", ""))
        except ValueError:
            self.fault("network", f'network of {name} is an IPv4 network such as "203.0.113.16/28"', table)
        filters = found.get("filters", [])
        if not isinstance(filters, list) or not all(isinstance(port, int) and 0 < port < 65536 for port in filters):
            self.fault("filters", f"filters of {name} is a list of ports, such as [25]", table)
        return Isp(name=name, network=network, filters=tuple(filters), about=str(found.get("about", "")))

    def _host(self, name: str, data: object, providers: Mapping[str, Provider]) -> HostData:
        table, found = self.table("host", name, data, (*HOST_KEYS, *SETTINGS))
        try:
            address = str(IPv4Address(found.get("address", "")))
        except AddressValueError:
            self.fault("address", f'{name} needs an IPv4 address, such as address = "192.0.2.67"', table)
        provider = found.get("provider")
        if provider is not None and provider not in providers:
            self.fault(
                "provider", f"{name}: there is no provider {provider!r}; there are {', '.join(providers)}", table
            )
        services = self.strings(table, found, "services")
        for service in services:
            if service not in SERVICES:
                self.fault("services", f"{name}: {service} is no service; there are {', '.join(SERVICES)}", table)
        if provider is None and not set(services).isdisjoint(MAILBOX_SERVICES):
            self.fault("services", f"{name}: a host with mailboxes needs a provider, whose they are", table)
        if "http" in services and "imap" not in services:
            self.fault(
                "services", f"{name}: http is a webmail, which reads the mailboxes by imap of the same host", table
            )
        settings = {key: found[key] for key in SETTINGS if key in found}
        for key, value in settings.items():
            if right := fault(key, value):
                self.fault(key, f"{name}: {key} is {right}, not {value!r}", table)
        return HostData(name=name, address=address, provider=provider, services=services, settings=settings)

    def _lists_at_home(self, providers: Mapping[str, Provider], hosts: Mapping[str, HostData]) -> None:
        for provider in providers.values():
            own = [name for name, data in hosts.items() if data.provider == provider.name]
            for address, mailing_list in provider.lists.items():
                if mailing_list.host and mailing_list.host not in own:
                    sentence = f"{address} is sent out by a host of {provider.name} ({', '.join(own)})"
                    table = f'[provider."{provider.name}".lists."{address}"]'
                    self.fault("host", f"{sentence}, not by {mailing_list.host}", table)

    def _addresses_apart(self, hosts: Mapping[str, HostData]) -> None:
        owner: dict[str, str] = {}
        for host in hosts.values():
            if host.address in owner:
                sentence = f"{host.name} and {owner[host.address]} cannot both have {host.address}"
                self.fault("address", sentence, f'[host."{host.name}"]')
            owner[host.address] = host.name
