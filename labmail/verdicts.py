"""All three checks of one letter: SPF, DKIM, and DMARC over both, with what a server would write about it.

`labmail.verify(message, ip=..., helo=..., mail_from=..., resolver=...)` is what a receiving server does with each
letter, and anybody can do with a saved one. RFC 7208, RFC 6376, RFC 9989; the words of RFC 8601.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from labmail import authres, dkim, dmarc, spf
from labmail.dkim.check import moment
from labmail.dkim.letter import read
from labmail.mime.addresses import read_addresses
from labmail.mime.header import unfolded

__all__ = ["METHODS", "Verdicts", "author_domains", "verify"]

METHODS = ("spf", "dkim", "dmarc")
GAP = "   "


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdicts:
    """What came of each check; None where it was not made. The repr is a short table, `spf`, `dkim` and `dmarc` hold
    the evidence.
    """

    ip: str
    helo: str
    mail_from: str  # "" is <>
    receiver: str  # who checked
    spf: spf.Verdict | None = None
    dkim: dkim.Verdict | None = None
    dmarc: dmarc.Verdict | None = None
    disposition: str = ""  # what the receiving server did: "none", "quarantine", "reject", "defer"; "": nobody acted
    folder: str = ""  # and where it put the letter

    @cached_property
    def field(self) -> bytes:
        """The header field that a server puts on top of the letter, with its line end."""
        return authres.write(self.receiver, spf=self.spf, dkim=self.dkim, dmarc=self.dmarc)

    @property
    def results(self) -> str:
        """That field's value in one line: `mx1.example.com; spf=pass smtp.mailfrom=alice@example.net`."""
        return unfolded(self.field.partition(b":")[2]).decode()

    @property
    def passed(self) -> tuple[str, ...]:
        """The checks that the letter passed."""
        found = zip(METHODS, (self.spf, self.dkim, self.dmarc), strict=True)
        return tuple(method for method, verdict in found if verdict is not None and verdict.result == "pass")

    @property
    def rows(self) -> tuple[tuple[str, str, str, str], ...]:
        """Of each check, and of each signature: its method, its result, the domain ("-": none), and why."""
        return (*_spf(self.spf), *_dkim(self.dkim), *_dmarc(self.dmarc))

    def __repr__(self) -> str:
        rows = self.rows
        wide = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
        lines = [GAP.join([*(f"{row[column]:{wide[column]}}" for column in range(3)), row[3]]).rstrip() for row in rows]
        return "\n".join([f"<{self.mail_from}> from {self.ip} ({self.helo})", "", *lines])


def _spf(verdict: spf.Verdict | None) -> Iterator[tuple[str, str, str, str]]:
    if verdict is None:
        return
    why = f"{verdict.mechanism} matched" if verdict.mechanism else "nothing matched"
    if verdict.result == "none":
        why = "no SPF record"
    elif verdict.fault is not None:
        why = verdict.fault.says
    yield "spf", verdict.result, verdict.domain, why


def _dkim(verdict: dkim.Verdict | None) -> Iterator[tuple[str, str, str, str]]:
    if verdict is None:
        return
    if not verdict.signatures:
        yield "dkim", verdict.result, "-", "nobody signed it"
    for one in verdict.signatures:
        yield "dkim", one.result, one.domain or "-", one.why


def _dmarc(verdict: dmarc.Verdict | None) -> Iterator[tuple[str, str, str, str]]:
    if verdict is None:
        return
    vouch = [f"{each.method} for {each.domain}" for each in verdict.alignments if each.vouches]
    why = f"vouched for by {' and '.join(vouch)}" if vouch else verdict.why
    if verdict.result == "fail":
        test = f", in test mode {verdict.applied}" if verdict.applied != verdict.policy else ""
        why = f"{verdict.policy_domain} asks for {verdict.tag}={verdict.policy}{test}; should do: {verdict.disposition}"
    yield "dmarc", verdict.result, verdict.domain or "-", why


def verify(
    message: object,
    *,
    ip: str,
    helo: str,
    mail_from: str,
    resolver: Any,
    now: datetime | float | None = None,
    receiver: str = "unknown",
    methods: Collection[str] = METHODS,
    known: spf.Verdict | None = None,
) -> Verdicts:
    """The verdicts on a message that came from `ip`, which said `helo` and `mail_from` ("" is <>).

    `methods` are the checks that are made; `known` is what SPF came to before, where it was checked already.
    """
    at = moment(now, resolver)
    by_spf = known
    if by_spf is None and "spf" in methods:
        by_spf = spf.check(ip, helo, mail_from, resolver, receiver=receiver, now=datetime.fromtimestamp(at, UTC))
    letter = read(message)
    by_dkim = dkim.verify(letter, resolver, now=at) if "dkim" in methods else None
    by_dmarc = None
    if "dmarc" in methods:
        signatures = by_dkim.signatures if by_dkim else ()
        by_dmarc = dmarc.evaluate(author_domains(letter), by_spf, signatures, resolver)
    return Verdicts(
        ip=ip,
        helo=helo,
        mail_from=mail_from.strip().removeprefix("<").removesuffix(">"),
        receiver=receiver,
        spf=by_spf,
        dkim=by_dkim,
        dmarc=by_dmarc,
    )


def author_domains(message: object) -> list[str]:
    """The domain of every address in every From:. RFC 9989 section 5.3.1"""
    values = [one.value for one in read(message).fields if one.name == "from"]
    addresses = [address for value in values for address in read_addresses(unfolded(value))]
    return list(dict.fromkeys(address.host.decode("utf-8", "replace") for address in addresses if address.host))
