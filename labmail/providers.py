"""A provider as data: for which domains it takes mail in, whose mailboxes it has, and what it sends on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labmail.overlay import Overlay
from labmail.smtp.paths import mailbox, read_path
from labmail.smtp.words import Refusal

__all__ = ["Provider", "read_provider"]

KEYS = ("about", "domains", "mailboxes", "passwords", "forwards")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Whose mailboxes these are, and for which domains mail is taken in."""

    name: str
    about: str = ""
    domains: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    passwords: Mapping[str, str] = field(default_factory=dict)  # mailbox -> what opens it; without one, nothing does
    forwards: Mapping[str, str] = field(default_factory=dict)  # address -> where its letters go instead

    def end_of(self, address: str) -> str:
        """Where a letter to that address ends up, as far as this provider knows."""
        while mailbox(address) in self.forwards:  # no circle: a world's file with one is refused
            address = self.forwards[mailbox(address)]
        return address


def read_provider(file: Overlay, name: str, data: object) -> Provider:
    table, found = file.table("provider", name, data, KEYS)
    domains = file.strings(table, found, "domains")
    mailboxes = file.strings(table, found, "mailboxes")
    for box in mailboxes:
        local, _, domain = box.rpartition("@")
        if not local or domain not in domains:
            file.fault("mailboxes", f"{box} is no mailbox of {name}: it takes mail for {', '.join(domains)}", table)
    provider = Provider(
        name=name,
        about=str(found.get("about", "")),
        domains=domains,
        mailboxes=mailboxes,
        passwords=_passwords(file, name, found.get("passwords", {}), mailboxes),
        forwards=_inner(file, name, found, "forwards", '"address" = "address"'),
    )
    _check_forwards(file, provider)
    return provider


def _inner(file: Overlay, name: str, found: Mapping[str, Any], key: str, pair: str) -> dict[str, Any]:
    inner = found.get(key, {})
    if not isinstance(inner, dict):
        file.fault(
            key, f"{key} is a table: write {_opens(name, key)} on a line, {pair} below it", f'[provider."{name}"]'
        )
    return dict(inner)


def _opens(name: str, key: str) -> str:
    return f'[provider."{name}".{key}]'


def _passwords(file: Overlay, name: str, found: object, mailboxes: tuple[str, ...]) -> dict[str, str]:
    inner = _inner(file, name, {"passwords": found}, "passwords", '"mailbox" = "password"')
    for box, password in inner.items():
        if box not in mailboxes:
            file.fault(box, f"{box} has a password and is no mailbox of {name}", _opens(name, "passwords"))
        if not isinstance(password, str) or not _PASSWORD.fullmatch(password):
            sentence = f"the password of {box} is 1 to 100 printable ASCII characters"
            file.fault(box, sentence, _opens(name, "passwords"))
    return inner


def _check_forwards(file: Overlay, provider: Provider) -> None:
    table = _opens(provider.name, "forwards")
    for address, target in provider.forwards.items():
        if not _ours(address, provider):
            domains = ", ".join(provider.domains)
            file.fault(address, f"{address} is no address of {provider.name}: it takes mail for {domains}", table)
        if address in provider.mailboxes:
            file.fault(address, f"{address} is a mailbox of {provider.name}; its letters stay there", table)
        if not is_address(target):
            sentence = f'letters to {address} go on to an address, such as "bob@example.com", not to {target!r}'
            file.fault(address, sentence, table)
    for address in provider.forwards:
        end, seen = address, {address}
        while (end := mailbox(provider.forwards.get(end, ""))) and end not in seen:
            seen.add(end)
        if end:
            file.fault(address, f"letters to {address} would go in a circle, by way of {end}", table)
        last = mailbox(provider.end_of(address))
        if _ours(last, provider) and last not in provider.mailboxes:
            file.fault(address, f"letters to {address} go on to {last}, and nobody has that name there", table)


def _ours(address: str, provider: Provider) -> bool:
    return address == mailbox(address) and address.rpartition("@")[2] in provider.domains


def is_address(value: object) -> bool:
    """Whether it can stand in an envelope as it is, with a domain."""
    try:
        return isinstance(value, str) and "@" in value and read_path("RCPT", f"TO:<{value}>")[0] == value
    except Refusal:
        return False


_PASSWORD = re.compile(r"[ -~]{1,100}")
