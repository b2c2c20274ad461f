"""Who may read which mailbox: the names and passwords of one provider, and what PLAIN (RFC 4616) says of them.

A world's passwords stand in its file, for everybody to read: they teach and protect nothing. So whoever comes from
outside, through a port opened on purpose, needs a fresh one.
"""

from __future__ import annotations

import hmac
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Account", "Accounts", "fresh_passwords", "read_plain"]

PART_MAX_OCTETS = 255  # of a name or a password: RFC 4616 section 2
FRESH_CHARACTERS = 16
FRESH_OF = "abcdefghjkmnpqrstuvwxyz23456789"  # no two that look alike


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a program needs to log in."""

    address: str
    user: str
    password: str


class Accounts:
    """The accounts of one provider: address -> password."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = {address.lower(): password for address, password in passwords.items()}
        often = Counter(map(_local, self._passwords))
        short = {_local(address): address for address in self._passwords if often[_local(address)] == 1}
        self._names = short | {address: address for address in self._passwords}

    def check(self, user: str, password: str) -> str | None:
        """The address of the mailbox that name and password open; None if they open none.

        The name is the address, or what stands before the @ where the provider has it once. The comparison takes as
        long for a name that is not there.
        """
        address = self._names.get(user.lower(), "")
        wanted = self._passwords.get(address, "")
        same = hmac.compare_digest(_octets(wanted), _octets(password))
        return address if address and same else None

    def __iter__(self) -> Iterator[Account]:
        for address, password in self._passwords.items():
            short = _local(address)
            user = short if self._names.get(short) == address else address
            yield Account(address=address, user=user, password=password)


def fresh_passwords(addresses: Iterable[str]) -> dict[str, str]:
    """A new password for each, from the system's own randomness."""
    return {address: "".join(secrets.choice(FRESH_OF) for _ in range(FRESH_CHARACTERS)) for address in addresses}


def read_plain(octets: bytes) -> tuple[str, str, str] | None:
    """Whom to act as, who it is and the password; None: that is no message of PLAIN. RFC 4616 section 2"""
    parts = octets.split(b"\0")
    if len(parts) != 3 or not parts[1] or not parts[2] or max(map(len, parts)) > PART_MAX_OCTETS:
        return None
    try:
        acts_as, user, password = (part.decode() for part in parts)
    except UnicodeDecodeError:
        return None
    return acts_as, user, password


def _local(address: str) -> str:
    return address.rpartition("@")[0]


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
