"""A provider as data: its domains and mailboxes, what it sends on, and the keys that it signs with."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labmail.smtp.mailing_list import MailingList
from labmail.smtp.paths import mailbox, read_path
from labmail.smtp.words import Refusal
from labmail.world.overlay import Overlay, text_of

__all__ = ["KeyFile", "Provider", "is_selector", "mailboxes", "read_provider"]

KEYS = ("about", "domains", "mailboxes", "passwords", "forwards", "lists", "dkim")


@dataclass(frozen=True, kw_only=True)
class KeyFile:
    """With which key a domain's letters are signed, and the selector at which the other half of it is published."""

    selector: str
    path: Path
    pem: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Whose mailboxes these are, and for which domains mail is taken in."""

    name: str
    about: str = ""
    domains: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    passwords: Mapping[str, str] = field(default_factory=dict)  # mailbox -> what opens it; without one, nothing does
    forwards: Mapping[str, str] = field(default_factory=dict)  # address -> where its letters go instead
    lists: Mapping[str, MailingList] = field(default_factory=dict)  # address -> to whom its letters go
    dkim: Mapping[str, KeyFile] = field(default_factory=dict)  # domain -> the key that its letters are signed with

    def end_of(self, address: str) -> str:
        """Where a letter to that address ends up, as far as this provider knows."""
        while mailbox(address) in self.forwards:  # no circle: a world's file with one is refused
            address = self.forwards[mailbox(address)]
        return address


def mailboxes(provider: Provider) -> tuple[str, ...]:
    """Its own, those to which letters of its lists come back, and that of every domain: RFC 5321 section 4.5.1."""
    bounces = [each.bounces for each in provider.lists.values()]
    return *provider.mailboxes, *bounces, *(f"postmaster@{domain}" for domain in provider.domains)


def read_provider(file: Overlay, name: str, data: object) -> Provider:
    table, found = file.table("provider", name, data, KEYS)
    domains = file.strings(table, found, "domains")
    boxes = file.strings(table, found, "mailboxes")
    for box in boxes:
        local, _, domain = box.rpartition("@")
        if not local or domain not in domains:
            file.fault("mailboxes", f"{box} is no mailbox of {name}: it takes mail for {', '.join(domains)}", table)
    provider = Provider(
        name=name,
        about=str(found.get("about", "")),
        domains=domains,
        mailboxes=boxes,
        passwords=_passwords(file, name, found.get("passwords", {}), boxes),
        forwards=_inner(file, name, found, "forwards", '"address" = "address"'),
        lists=_lists(file, name, _inner(file, name, found, "lists", "a table for each address"), domains),
        dkim=_keys(file, name, _inner(file, name, found, "dkim", '"domain" = "selector"'), domains),
    )
    _check_forwards(file, provider)
    _check_lists(file, provider)
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


def _keys(file: Overlay, name: str, inner: dict[str, Any], domains: tuple[str, ...]) -> dict[str, KeyFile]:
    """Selectors, and the keys of that name beside the world's file or its base's; "" stands for no key."""
    table, files = _opens(name, "dkim"), file.files("keys", ".pem")
    keys = {}
    for domain, selector in inner.items():
        if domain not in domains:
            file.fault(domain, f"{domain} is no domain of {name}: it signs for {', '.join(domains)}", table)
        if not isinstance(selector, str) or (selector and not is_selector(selector)):
            file.fault(domain, f'{domain} is signed for with a selector, such as "s1", not with {selector!r}', table)
        if not selector:
            continue
        path = files.get(f"{selector}._domainkey.{domain}")
        if path is None:
            wanted = file.path.parent / "keys" / f"{selector}._domainkey.{domain}.pem"
            file.fault(domain, f"{domain} is signed for with the key in {wanted}, and there is no such file", table)
        pem = text_of(path)
        if not _is_key(pem):
            file.fault(domain, f"{path} holds no private key in PEM, of RSA or Ed25519 and without a password", table)
        keys[domain] = KeyFile(selector=selector, path=path, pem=pem)
    return keys


def is_selector(text: str) -> bool:
    """RFC 6376 section 3.1"""
    return bool(_SELECTOR.fullmatch(text))


def _is_key(pem: str) -> bool:
    """Whether it has the form of one (RFC 5958 section 2). Whether it fits together shows when it first signs."""
    found = _PEM.search(pem)
    try:
        octets = base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    except ValueError:
        return False
    long = octets[1] & 0x7F if len(octets) > 2 and octets[1] & 0x80 else 0  # how many octets say the length
    length = int.from_bytes(octets[2 : 2 + long], "big") if long else octets[1] if len(octets) > 2 else 0
    whole = octets[:1] == b"\x30" and len(octets) == 2 + long + length
    return whole and any(kind in octets[: 2 + long + OID_MAX_OCTETS] for kind in OIDS)


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
        if _ours(last, provider) and last not in (*mailboxes(provider), *provider.lists):
            file.fault(address, f"letters to {address} go on to {last}, and nobody has that name there", table)


def _lists(file: Overlay, name: str, inner: dict[str, Any], domains: tuple[str, ...]) -> dict[str, MailingList]:
    lists = {}
    for address, data in inner.items():
        table = f'[provider."{name}".lists."{address}"]'
        if not isinstance(data, dict):
            file.fault(address, f"{address} is a table: write {table} on a line, and its members below it")
        file.known(table, data, ("members", "host"))
        if address != mailbox(address) or address.rpartition("@")[2] not in domains:
            file.fault("members", f"{address} is no address of {name}: it takes mail for {', '.join(domains)}", table)
        members = file.strings(table, data, "members")
        for member in members:
            if not is_address(member):
                file.fault(
                    "members", f'a member of {address} is an address such as "bob@example.com", not {member!r}', table
                )
        lists[address] = MailingList(address=address, members=members, host=str(data.get("host", "")))
    return lists


def _check_lists(file: Overlay, provider: Provider) -> None:
    for address, mailing_list in provider.lists.items():
        table = f'[provider."{provider.name}".lists."{address}"]'
        if address in provider.mailboxes or address in provider.forwards:
            file.fault("members", f"{address} is a list of {provider.name}, and cannot be another thing as well", table)
        for member in mailing_list.members:
            known = (*mailboxes(provider), *provider.forwards, *provider.lists)
            if _ours(mailbox(member), provider) and mailbox(member) not in known:
                file.fault("members", f"{address} goes to {member}, and nobody has that name there", table)


def _ours(address: str, provider: Provider) -> bool:
    return address == mailbox(address) and address.rpartition("@")[2] in provider.domains


def is_address(value: object) -> bool:
    """Whether it can stand in an envelope as it is, with a domain."""
    try:
        return isinstance(value, str) and "@" in value and read_path("RCPT", f"TO:<{value}>")[0] == value
    except Refusal:
        return False


_PASSWORD = re.compile(r"[ -~]{1,100}")
_SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_PEM = re.compile(r"-----BEGIN PRIVATE KEY-----\s(.+?)\s-----END PRIVATE KEY-----", re.S)  # RFC 7468 section 10
OIDS = (bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2b6570"))  # rsaEncryption, Ed25519
OID_MAX_OCTETS = 20  # where in a key its kind is said
