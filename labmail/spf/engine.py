"""pyspf under ours: its parser, macros, networks and limits, with our resolver below and no DNS of its own.

`Engine` is pyspf's `query` with the doors to DNS replaced; every question is kept for the step that asked it. Where
pyspf differs from RFC 7208 the RFC holds: a name is cut from the left until it fits (7.3), `%{p}` and `ptr` take a DNS
fault for "no name" (7.3, 5.5), and `%{p}` is chosen anew for each domain (7.3). Only who evaluates imports this file.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

with warnings.catch_warnings():
    for kind in (SyntaxWarning, DeprecationWarning):  # Python dislikes the backslashes in its docstrings
        warnings.simplefilter("ignore", kind)
    import spf

from labmail.errors import LabError
from labmail.spf.verdict import LOOKUPS_MAX, VOID_MAX, Fault, Host, Lookup
from labmail.spf.words import MACRO

__all__ = ["Engine", "Stopped", "dns_name", "parser"]

NAME_MAX = 253  # signs, without the last dot: RFC 7208 section 7.3
LABEL_MAX = 63  # octets: RFC 1035 section 2.3.4
PTR_MAX = 10  # names of one address that are looked at: RFC 7208 section 4.6.4
NUMBERS = {3: "third", 11: "11th"}


class Stopped(Exception):
    """The evaluation ends here, with a permerror or temperror."""

    def __init__(self, result: str, says: str, section: str) -> None:
        super().__init__(says)
        self.result, self.fault = result, Fault(says=says, section=section)


def dns_name(name: str) -> str:
    """The name as a resolver takes it; empty: DNS has no such names (RFC 7208 sections 4.3 and 4.8)."""
    plain = name.removesuffix(".")
    labels = plain.split(".")
    if not plain.isascii() or len(plain) > NAME_MAX or not all(0 < len(label) <= LABEL_MAX for label in labels):
        return ""
    return plain.replace("\\", "\\\\")


@lru_cache(maxsize=1024)  # networks: many letters come from one domain
def _network(address: str, length: int) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        return None


@cache
def parser() -> Any:
    """A `query` for grammar alone: it stands for no connection, and has no way to ask."""
    query = spf.query(i="192.0.2.1", s="parser@nobody.invalid", h="nobody.invalid")
    query.p = "unknown"
    return query


class Engine(spf.query):  # type: ignore[misc]  # pyspf has no types
    """One evaluation: whose connection it is, what was asked so far, and how much may still be asked."""

    d: str  # the domain whose record is being read, and the macro

    def __init__(self, *, ip: str, helo: str, sender: str, receiver: str, timestamp: int, resolver: Any) -> None:
        super().__init__(i=ip, s=sender, h=helo, receiver=receiver)
        self.s = sender
        self.l, _, self.o = sender.rpartition("@")  # pyspf takes the first "@", which a quoted local part may hold
        self.t = str(timestamp)
        self.resolver = resolver
        self.asked: list[Lookup] = []  # by the step that is being taken
        self.counting = True  # void lookups count
        self.names: list[str] | None = None  # that %{p} chooses from, found out once

    # ---- asking

    def ask(self, name: str, type: str, section: str = "5", *, counts: bool = True) -> tuple[str, ...]:
        """The records; none where there are none. What DNS cannot say stops the evaluation: RFC 7208 section 5."""
        asked = dns_name(name)
        if not asked:
            return ()
        try:
            answer = self.resolver.lookup(asked, type)
        except LabError as fault:
            raise Stopped("temperror", str(fault), section) from None
        records = tuple(answer.records) if answer.rcode == "NOERROR" else ()
        nothing = answer.rcode in ("NOERROR", "NXDOMAIN") and not records
        self.void_lookups += nothing and counts and self.counting
        void = self.void_lookups if nothing and counts and self.counting else 0
        self.asked.append(Lookup(name=name, type=type, rcode=answer.rcode, records=records, void=void))
        if answer.rcode not in ("NOERROR", "NXDOMAIN"):
            what = "no answer came" if answer.rcode == "TIMEOUT" else f"the name server said {answer.rcode}"
            raise Stopped("temperror", f"{what} to the question for {type} of {name}", section)
        if void > VOID_MAX:
            says = f"this is the {NUMBERS[void]} lookup that finds nothing, and {VOID_MAX} may"
            raise Stopped("permerror", says, "4.6.4")
        if type == "TXT":
            return tuple(text.decode("latin-1") for text in answer.texts)
        return records

    def spend(self) -> None:
        """One of the ten words that may ask DNS."""
        try:
            self.check_lookups()
        except spf.PermError:
            says = f"this is the {NUMBERS[self.lookups]} word that asks DNS, and {LOOKUPS_MAX} may"
            raise Stopped("permerror", says, "4.6.4") from None

    @contextmanager
    def step(self) -> Iterator[list[Lookup]]:
        """What is asked meanwhile belongs to this step, and not to the one around it."""
        outer, self.asked = self.asked, []
        try:
            yield self.asked
        finally:
            self.asked = outer

    @contextmanager
    def at(self, domain: str) -> Iterator[None]:
        """Meanwhile the macro %{d} is this domain."""
        outer, self.d = self.d, domain
        try:
            yield
        finally:
            self.d = outer

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[str]:
        """The door through which all of pyspf would ask."""
        return list(self.ask(name, qtype, counts=not ignore_void))

    # ---- parsing and macros

    def mechanism(self, text: str) -> tuple[str, str, int, str]:
        """Name, target with its macros expanded, length of network, and the result of a match."""
        try:
            _, name, target, length, result = self.validate_mechanism(text)
        except spf.PermError as fault:
            if str(fault.msg).startswith("include has trivial"):
                raise Stopped("permerror", "a record that includes itself would never end", "4.6.4") from None
            raise Stopped("permerror", "the name that its macros make is empty", "4.8") from None
        return name, target or "", length, result

    def expand(self, s: str, stripdot: bool = True) -> str:
        whole = MACRO.sub(lambda found: str(spf.query.expand(self, found[0], stripdot=False)), s)
        if not stripdot:
            return whole
        whole = whole.removesuffix(".")
        while len(whole) > NAME_MAX and "." in whole:  # RFC 7208 section 7.3
            whole = whole.partition(".")[2]
        return whole

    def getp(self) -> None:
        self.p = self._client_name()

    def _client_name(self) -> str:
        """RFC 7208 section 7.3: the domain itself, else a name within it, else any; else "unknown"."""
        if self.names is None:
            try:
                self.names = [host.name for host in self.client_names() if host.addresses]
            except Stopped as stopped:
                if stopped.result == "permerror":
                    raise
                self.names = []
        names = self.names
        own = [name for name in names if name.lower() == self.d.lower()]
        within = [name for name in names if spf.domainmatch([name], self.d)]
        return (own or within or names or ["unknown"])[0]

    def client_names(self) -> list[Host]:
        """The names of the connecting address; one that does not lead back to it has no addresses here. Section 5.5"""
        names = self.ask(f"{spf.reverse_dots(self.i)}.{self.v}.arpa", "PTR", "5.5")[:PTR_MAX]
        return [self._validate(name.removesuffix(".")) for name in names]

    def _validate(self, name: str) -> Host:
        try:
            addresses = self.ask(name, self.A, "5.5")
        except Stopped as stopped:
            if stopped.result == "permerror":
                raise
            addresses = ()  # RFC 7208 section 5.5: that name is skipped
        lookup = self.asked[-1] if self.asked and self.asked[-1].name == name else None
        mine = addresses if self.holds(addresses, self.cidrmax) else ()
        return Host(name=name, addresses=mine, lookup=lookup)

    def within(self, name: str, domain: str) -> bool:
        return bool(spf.domainmatch([name], domain))

    def holds(self, addresses: tuple[str, ...], length: int) -> bool:
        """Whether one of these addresses, or the network around it, is that of the connection."""
        return any(self.ipaddr in network for each in addresses if (network := _network(each, length)) is not None)

    def explain(self, text: str) -> str:
        """The text of exp= with its macros expanded. RFC 7208 section 6.2"""
        return re.sub(r"[^\x20-\x7e]", "", self.expand(text, stripdot=False))
