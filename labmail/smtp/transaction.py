"""A mail transaction, and what a host decides about it. RFC 5321 section 3.3.

The server owns the protocol. Its host says, through `Settings`, who lives there, what is refused, and what becomes of a
letter; a lab may change all of that while the server runs.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from labmail.record import Wire
from labmail.smtp.words import Reply

if TYPE_CHECKING:
    from labmail import spf

__all__ = ["Policy", "Settings", "Transaction", "Where"]

SIZE_MAX_OCTETS = 10_485_760  # ours; RFC 5321 section 4.5.3.1.7 asks for at least 64 KiB
RECIPIENTS_MAX = 100  # the least that must be taken: RFC 5321 section 4.5.3.1.8


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """One letter on its way in: the envelope, and after the last dot the letter itself."""

    wire: Wire
    helo: str = ""
    extended: bool = False  # EHLO was said, not HELO
    mail_from: str = ""  # "" is the null reverse-path <>
    recipients: tuple[str, ...] = ()  # as the client wrote them
    utf8: bool = False  # MAIL said SMTPUTF8
    sealed: bool = False  # by TLS
    user: str = ""  # who sends it: the address of the account that logged in
    octets: bytes = b""  # what followed 354, un-stuffed, as it came
    queue_id: str = ""
    by: str = ""  # the host that took it
    at: datetime | None = None  # lab time of the last dot
    spf: spf.Verdict | None = None  # where it was checked before the letter came
    results: bytes = b""  # the Authentication-Results field of this host
    folder: str = "INBOX"  # of the mailbox, into which it goes

    def over(self) -> Transaction:
        """No letter is under way; who the client is stays known."""
        return Transaction(wire=self.wire, helo=self.helo, extended=self.extended, sealed=self.sealed, user=self.user)

    @property
    def trace(self) -> bytes:
        """What this hop adds on top, Received and above it the results of its checks. It is kept apart from the letter.

        RFC 5321 section 4.4, RFC 8601 section 4.1
        """
        protocol = ("UTF8SMTP" if self.utf8 else "ESMTP") if self.extended else "SMTP"  # RFC 6531 section 4.3
        protocol += ("S" * self.sealed + "A" * bool(self.user)) * self.extended  # RFC 3848
        alone = len(self.recipients) == 1  # of several, each would read who the others are: section 7.2
        recipient = f"\r\n\tfor <{self.recipients[0]}>" if alone else ""
        at = _written(self.at) if self.at else ""
        received = (
            f"Received: from {self.helo} ([{self.wire.client_address}])\r\n"
            f"\tby {self.by} with {protocol} id {self.queue_id}{recipient};\r\n\t{at}\r\n"
        ).encode()
        return self.results + received


@lru_cache(maxsize=8)  # lab time stands still while letters come in
def _written(at: datetime) -> str:
    return format_datetime(at)


class Where(Enum):
    """Whose an address is, seen from one host."""

    HERE = "a mailbox of ours, or one we send on"
    UNKNOWN = "our domain, and nobody has that name"
    ELSEWHERE = "another domain"


class Policy:
    """What a host checks. A reply refuses; None leaves it to the next one, as does the transaction with more known."""

    async def helo(self, transaction: Transaction) -> Reply | None:
        return None

    async def mail(self, transaction: Transaction) -> Reply | Transaction | None:
        return None

    async def rcpt(self, transaction: Transaction) -> Reply | Transaction | None:
        """The last of its recipients is the one in question."""
        return None

    async def data(self, transaction: Transaction) -> Reply | Transaction | None:
        """The letter is whole, and not yet taken."""
        return None


@dataclass(kw_only=True)
class Settings:
    """One host's. `deliver` has kept the letter, or refuses it with a reply, when it returns: then 250 is said."""

    hostname: str
    now: Callable[[], datetime]  # lab time
    recipient: Callable[[str], Where]
    deliver: Callable[[Transaction], Awaitable[Reply | None]]
    wait: Callable[[float, str], Awaitable[None]]  # lab seconds, and why
    policies: list[Policy] = field(default_factory=list)
    enhanced_codes: bool = True
    size_max_octets: int = SIZE_MAX_OCTETS
    recipients_max: int = RECIPIENTS_MAX
    starttls: bool = True  # it offers TLS, and asks for it where it delivers
    mta_sts: bool = False  # it honours the policies of the domains it delivers to: RFC 8461
    certificate: str = "good"  # of which kind its own is
    open_relay: bool = False  # it sends on what anybody hands in
    trusted: Sequence[str] = ()  # the networks whose hosts may send to others through it
    sign: bool = True  # it signs the letters of its own domains that go out
    spf_at: str | None = "DATA"  # when it checks SPF: "MAIL", "RCPT", "DATA", "later" (after 250) or not at all
    refuse_spf_fail: bool = True  # else it only writes down what SPF said
    check_dkim: bool = True
    check_dmarc: bool = True
    reject_on_policy: bool = False  # it refuses what fails DMARC where the domain says p=reject
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def trusts(self, address: str) -> bool:
        return any(IPv4Address(address) in IPv4Network(network) for network in self.trusted)

    def next_id(self) -> str:
        """Queue ids: a counter per host."""
        return f"{next(self._ids):05d}"
