"""May reports be sent to that address? One elsewhere must be willing, and says so in its DNS. RFC 9990 section 4.

Without that, anybody could publish a victim's address and let the whole world send reports there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from labmail.dmarc.record import Record, read
from labmail.dmarc.walk import Walker, organizational_domain
from labmail.errors import LabError

__all__ = ["ADDRESSES_MAX", "Destination", "destinations"]

ADDRESSES_MAX = 10  # of one record that are looked at; ours: RFC 9990 section 3.5 lets a receiver limit it
NAME_MAX = 253  # characters of a name in DNS: RFC 1035 section 2.3.4
ADDRESS = re.compile(  # RFC 5321 section 4.5.3.1
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{1,63}"
)


@dataclass(frozen=True, kw_only=True)
class Destination:
    """One address of `rua` or `ruf`. `addresses` are where reports go: mostly itself, none where it may not."""

    uri: str
    addresses: tuple[str, ...] = ()
    asked: str = ""  # the name at which its owner was asked
    says: str = ""

    @property
    def allowed(self) -> bool:
        return bool(self.addresses)


def destinations(uris: Iterable[str], policy_domain: str, resolver: Any, tag: str = "rua") -> tuple[Destination, ...]:
    """Each address that the record of `policy_domain` names, in its order."""
    check = _Check(policy_domain, Walker(resolver), resolver, tag)
    return tuple(check.one(uri) for uri in list(dict.fromkeys(uris))[:ADDRESSES_MAX])


class _Check:
    def __init__(self, policy_domain: str, walker: Walker, resolver: Any, tag: str) -> None:
        self.domain, self.walker, self.resolver, self.tag = policy_domain, walker, resolver, tag

    def one(self, uri: str) -> Destination:
        address = _address(uri)
        if not address:
            return Destination(uri=uri, says="it is no mailto: with one address")
        host = address.rpartition("@")[2]
        if self._organization(host) == self._organization(self.domain):
            says = f"{host} and {self.domain} belong to one organization"
            return Destination(uri=uri, addresses=(address,), says=says)
        asked = f"{self.domain}._report._dmarc.{host}"  # steps 2 and 3
        if len(asked) > NAME_MAX:  # step 4
            return Destination(uri=uri, asked=asked, says=f"nobody can be asked: {asked} is too long for DNS")
        return self._ask(uri, address, host, asked)

    def _ask(self, uri: str, address: str, host: str, asked: str) -> Destination:
        """Steps 5 to 9."""
        rcode, records = self._records(asked)
        if rcode not in ("NOERROR", "NXDOMAIN"):
            says = f"{asked} could not be looked up ({rcode}), so nobody knows whether {host} takes reports"
            return Destination(uri=uri, asked=asked, says=says)
        if not records:
            says = f'{host} takes no reports about {self.domain}: there is no TXT record "v=DMARC1" at {asked}'
            return Destination(uri=uri, asked=asked, says=says)
        others = [_address(other) for record in records for other in getattr(record, self.tag)]
        if any(other.rpartition("@")[2] != host for other in others):  # step 9: neither the one nor the other
            says = f"the record at {asked} sends reports on to another host, which it may not"
            return Destination(uri=uri, asked=asked, says=says)
        takes = tuple(dict.fromkeys(others)) or (address,)
        return Destination(uri=uri, addresses=takes, asked=asked, says=f"{host} takes reports about {self.domain}")

    def _records(self, name: str) -> tuple[str, Sequence[Record]]:
        try:
            answer = self.resolver.lookup(name, "TXT")
        except LabError:  # no name that DNS could have
            return "NXDOMAIN", ()
        texts = [text.decode("latin-1") for text in answer.texts] if answer.rcode == "NOERROR" else []
        return answer.rcode, [record for text in texts if (record := read(text)) is not None]

    def _organization(self, domain: str) -> str:
        return organizational_domain(self.walker.walk(domain))


def _address(uri: str) -> str:
    """The address in small letters where DNS does not care; empty: there is none."""
    scheme, _, rest = uri.partition(":")
    local, _, host = unquote(rest.partition("?")[0]).rpartition("@")
    address = f"{local}@{host.lower().removesuffix('.')}"
    return address if scheme.lower() == "mailto" and ADDRESS.fullmatch(address) else ""
