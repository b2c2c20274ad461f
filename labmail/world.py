"""A world as data: who is there, what they offer, which zones their names live in. A teacher copies and changes it.

A world is a TOML file with a folder `zones` beside it, or an overlay that names its base and says what differs.
Whatever is wrong with it is a WorldError that names file and line.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, NoReturn

from labmail.errors import WorldError

__all__ = ["HostData", "Isp", "Provider", "World", "cake", "load", "names"]

WORLDS = Path(__file__).parent / "worlds"
SERVICES = ("dns", "smtp", "pop3", "imap", "http")
MAILBOX_SERVICES = ("smtp", "pop3", "imap", "http")  # a host that offers one of these needs a provider
HOST_KEYS = ("address", "provider", "services")
SETTINGS: dict[str, type] = {"enhanced_codes": bool, "size_max_octets": int}  # a host's, and the type each must have

cake = """\
From: Alice <alice@example.net>
To: Bob <bob@example.com>
Date: Mon, 01 Jun 2026 09:00:00 +0000
Subject: Re: The Cake

Don't forget to bring the cake!
"""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Whose mailboxes these are, and for which domains mail is taken in."""

    name: str
    about: str = ""
    domains: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    passwords: Mapping[str, str] = field(default_factory=dict)  # mailbox -> what opens it; without one, nothing does


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
    return _Reader(path).world()


def _not_found(which: str) -> str:
    if which.endswith(".toml"):
        return f"there is no file {which}; a world is a TOML file, and labmail's own are {', '.join(names())}"
    near = difflib.get_close_matches(which, names(), 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}, or a path that ends in .toml"
    return f"there is no world named {which}; {hint}"


class _Reader:
    """One world file, its base beneath it; every complaint knows the line."""

    def __init__(self, path: Path, above: tuple[Path, ...] = ()) -> None:
        self.path = path
        if path.resolve() in above:
            raise WorldError(f"{path}: a world cannot be its own base")
        try:
            self.text = _text(path)
            self.own = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as fault:
            raise WorldError(f"{path}: this is not TOML: {fault}") from None
        self.base = self._base((*above, path.resolve()))

    def _base(self, above: tuple[Path, ...]) -> _Reader | None:
        name = self.own.get("base")
        if name is None:
            return None
        if not isinstance(name, str):
            self.fault("base", "base is the name of a world or a path, in quotes")
        beside = self.path.parent / name
        path = beside if name.endswith(".toml") else WORLDS / name / "world.toml"
        if not path.is_file():
            self.fault("base", _not_found(name))
        return _Reader(path, above)

    def fault(self, what: str, sentence: str, table: str = "") -> NoReturn:
        """Raise the complaint, with the line where `what` is said, in that table."""
        start = self.text.find(table) if table else 0
        where = re.compile(rf'^[ \t]*"?{re.escape(what)}"?[ \t]*=', re.M).search(self.text, max(start, 0))
        at = where.start() if where else max(start, 0)
        line = self.text.count("\n", 0, at) + 1
        raise WorldError(f"{self.path} line {line}: {sentence}")

    def merged(self) -> dict[str, Any]:
        return _over(self.base.merged() if self.base else {}, self.own)

    def zone_files(self) -> dict[str, Path]:
        files = self.base.zone_files() if self.base else {}
        own = sorted((self.path.parent / "zones").glob("*.zone"))
        return files | {file.name.removesuffix(".zone"): file for file in own}

    def world(self) -> World:
        self._known("", self.own, ("base", "name_server", "provider", "isp", "host"))
        data = self.merged()
        for kind in ("provider", "isp", "host"):
            if not isinstance(data.get(kind, {}), dict):
                self.fault(kind, f'{kind} is a table for each: write [{kind}."NAME"] on a line, and its keys below it')
        files = self.zone_files()
        providers = {name: self._provider(name, table) for name, table in data.get("provider", {}).items()}
        hosts = {name: self._host(name, table, providers) for name, table in data.get("host", {}).items()}
        server = str(data.get("name_server"))
        if server not in hosts:
            self.fault("name_server", f"the name server {server!r} is no host of this world")
        self._addresses_apart(hosts)
        return World(
            name=self.path.parent.name if self.path.name == "world.toml" else self.path.stem,
            name_server=server,
            hosts=hosts,
            providers=providers,
            isps={name: self._isp(name, table) for name, table in data.get("isp", {}).items()},
            zones={origin: _text(file) for origin, file in files.items()},
            zone_files=files,
        )

    def _known(self, table: str, data: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        for key in data:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}"
                self.fault(key, f"{key} means nothing here; {hint}", table)

    def _strings(self, table: str, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault(key, f'{key} is a list of names in quotes, such as ["example.net"]', table)
        return tuple(value)

    def _table(self, kind: str, name: str, data: object, keys: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
        table = f'[{kind}."{name}"]'
        if not isinstance(data, dict):
            self.fault(name, f"{kind} {name} is a table: write {table} on a line, and its keys below it")
        self._known(table, data, keys)
        return table, data

    def _provider(self, name: str, data: object) -> Provider:
        table, found = self._table("provider", name, data, ("about", "domains", "mailboxes", "passwords"))
        domains = self._strings(table, found, "domains")
        mailboxes = self._strings(table, found, "mailboxes")
        for mailbox in mailboxes:
            local, _, domain = mailbox.rpartition("@")
            if not local or domain not in domains:
                self.fault(
                    "mailboxes", f"{mailbox} is no mailbox of {name}: it takes mail for {', '.join(domains)}", table
                )
        passwords = self._passwords(name, found.get("passwords", {}), mailboxes)
        about = str(found.get("about", ""))
        return Provider(name=name, about=about, domains=domains, mailboxes=mailboxes, passwords=passwords)

    def _passwords(self, name: str, found: object, mailboxes: tuple[str, ...]) -> dict[str, str]:
        table = f'[provider."{name}".passwords]'
        if not isinstance(found, dict):
            self.fault("passwords", f'passwords is a table: write {table} on a line, "mailbox" = "password" below it')
        for mailbox, password in found.items():
            if mailbox not in mailboxes:
                self.fault(mailbox, f"{mailbox} has a password and is no mailbox of {name}", table)
            if not isinstance(password, str) or not _PASSWORD.fullmatch(password):
                self.fault(mailbox, f"the password of {mailbox} is 1 to 100 printable ASCII characters", table)
        return dict(found)

    def _isp(self, name: str, data: object) -> Isp:
        table, found = self._table("isp", name, data, ("about", "network", "filters"))
        try:
            network = IPv4Network(found.get("network", ""))
        except ValueError:
            self.fault("network", f'network of {name} is an IPv4 network such as "203.0.113.16/28"', table)
        filters = found.get("filters", [])
        if not isinstance(filters, list) or not all(isinstance(port, int) and 0 < port < 65536 for port in filters):
            self.fault("filters", f"filters of {name} is a list of ports, such as [25]", table)
        return Isp(name=name, network=network, filters=tuple(filters), about=str(found.get("about", "")))

    def _host(self, name: str, data: object, providers: Mapping[str, Provider]) -> HostData:
        table, found = self._table("host", name, data, (*HOST_KEYS, *SETTINGS))
        try:
            address = str(IPv4Address(found.get("address", "")))
        except AddressValueError:
            self.fault("address", f'{name} needs an IPv4 address, such as address = "192.0.2.67"', table)
        provider = found.get("provider")
        if provider is not None and provider not in providers:
            self.fault(
                "provider", f"{name}: there is no provider {provider!r}; there are {', '.join(providers)}", table
            )
        services = self._strings(table, found, "services")
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
            if type(value) is not SETTINGS[key]:
                self.fault(key, f"{name}: {key} is {_EXAMPLES[SETTINGS[key]]}, not {value!r}", table)
        return HostData(name=name, address=address, provider=provider, services=services, settings=settings)

    def _addresses_apart(self, hosts: Mapping[str, HostData]) -> None:
        owner: dict[str, str] = {}
        for host in hosts.values():
            if host.address in owner:
                sentence = f"{host.name} and {owner[host.address]} cannot both have {host.address}"
                self.fault("address", sentence, f'[host."{host.name}"]')
            owner[host.address] = host.name


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise WorldError(f"{file} cannot be read: {fault}") from None


_PASSWORD = re.compile(r"[ -~]{1,100}")
_EXAMPLES = {bool: "true or false", int: "a whole number"}


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The overlay's tables over the base's, key by key."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
