"""A forged DNS answer: whoever sits between a host and its name server writes another one in its place.

Question and id stay, so the host that asked has no way to tell. RFC 3833 section 2.1. It is about datagrams: an answer
that fits one is never asked for over TCP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from labmail.errors import LabError, cited, needs_text

if TYPE_CHECKING:
    from dns.rrset import RRset

__all__ = ["Lie", "forged", "lie"]

TTL_S = 0  # nobody remembers it: where the forging ends, so does what came of it


@dataclass(frozen=True, kw_only=True)
class Lie:
    """What is answered where somebody asks for that type at that name."""

    name: str  # absolute
    type: str
    data: str

    @cached_property
    def rrset(self) -> RRset:
        import dns.name
        import dns.rdata
        import dns.rrset

        rdata = dns.rdata.from_text("IN", self.type, self.data, origin=dns.name.root, relativize=False)
        return dns.rrset.from_rdata(dns.name.from_text(self.name), TTL_S, rdata)

    def __str__(self) -> str:
        return f"{self.name} {self.type} {self.data}"


def lie(name: str, type: str, data: str) -> Lie:
    """Names are taken as absolute, with or without a last dot."""
    import dns.exception

    for what, value, like in (
        ("a name", name, "example.com"),
        ("a type", type, "MX"),
        ("what a record says", data, "10 mx1"),
    ):
        needs_text(what, value, like)
    made = Lie(name=f"{name.rstrip('.').lower()}.", type=type.upper(), data=data)
    try:
        rrset = made.rrset
    except (dns.exception.DNSException, ValueError) as fault:
        says = str(fault).rstrip(".")
        raise LabError(
            f'"{cited(str(made))}" is no record that could be answered ({says}); right would be "example.com", "MX", '
            '"10 mallory.example"'
        ) from None
    return Lie(name=rrset.name.to_text(), type=made.type, data=rrset[0].to_text())


def forged(lies: Sequence[Lie], answer: bytes) -> tuple[bytes, Lie] | None:
    """The answer that arrives in place of that one, with the lie in it; None: it passes as it is."""
    import dns.flags
    import dns.message
    import dns.rcode

    message = dns.message.from_wire(answer)
    for each in lies if message.question else ():
        asked = message.question[0]
        if (asked.name, asked.rdtype) == (each.rrset.name, each.rrset.rdtype):
            message.answer, message.authority, message.additional = [each.rrset], [], []
            message.flags &= ~dns.flags.TC
            message.set_rcode(dns.rcode.NOERROR)
            return message.to_wire(), each
    return None
