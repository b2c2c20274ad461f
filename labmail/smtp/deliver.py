"""The delivering client: a server that has a letter for another domain finds that domain's server and hands it over.

Servers are tried in the order of RFC 5321 section 5.1. One that does not answer, or says 4xx, leaves the letter to the
next; a 5xx to MAIL or RCPT is the domain's own no, and ends it. Nothing is added to the letter.

TLS is used where it is offered, whatever the certificate (RFC 7435); where it fails, the letter goes in the clear. A
sender that honours MTA-STS asks for the domain's policy, and under enforce does neither (RFC 8461 section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from labmail.dns import mx
from labmail.dns.resolver import Resolver
from labmail.errors import LabError, cited
from labmail.net import Net
from labmail.record import Event
from labmail.smtp.client import Dialog, HungUp, NoReply
from labmail.smtp.dialogs import table
from labmail.smtp.paths import read_path
from labmail.smtp.strict import StrictTalk, objection
from labmail.smtp.talk import CONNECT_S, Secure, Talk, TlsFailed
from labmail.smtp.text import as_octets
from labmail.smtp.words import Refusal, Reply
from labmail.sts import Policy
from labmail.sts.finding import Finder

__all__ = ["Attempt", "Choice", "Delivery", "Result", "Strict", "addressees", "check", "deliver"]

HEAD = ("domain", "preference", "server", "address", "outcome")
# verdict of the MX lookup -> what we tell ourselves in place of a server: RFC 3463, RFC 7504 section 4
NO_SERVER = {
    "null": "556 5.1.10 {domain} takes no mail: its MX record is null (RFC 7505)",
    "nodomain": "550 5.1.2 {domain} does not exist",
    "nohost": "550 5.4.4 {domain} has no host to send mail to",
    "self": "554 5.4.6 mail for {domain} would come back to this host",
    "temporary": "451 4.4.3 no name server could say who takes mail for {domain}",
}


@dataclass(frozen=True, kw_only=True)
class Strict:
    """What a sender needs that honours MTA-STS: a way to the policies, and TLS that checks."""

    finder: Finder
    secure: Secure


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The server that is tried next."""

    domain: str
    preference: int
    server: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of one server; without one, why there was none to try."""

    domain: str
    preference: int | None = None
    server: str = "-"
    address: str = "-"
    outcome: str
    reply: Reply | None = None  # the one that decided, if it came to that


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of the letter to one recipient."""

    recipient: str
    status: str  # "delivered", "refused" (for good) or "deferred" (it may go later)
    server: str
    why: str
    reply: Reply | None

    def __str__(self) -> str:
        there = f" to {self.server}" if self.status == "delivered" else ""
        return f"{self.recipient}: {self.status}{there}: {self.why}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Delivery:
    """What was tried, in order, and what came of it for each recipient."""

    mail_from: str
    attempts: tuple[Attempt, ...]
    results: tuple[Result, ...]
    lookups: tuple[mx.MxAnswer, ...]

    def _with(self, status: str) -> tuple[str, ...]:
        return tuple(result.recipient for result in self.results if result.status == status)

    @property
    def delivered(self) -> tuple[str, ...]:
        return self._with("delivered")

    @property
    def refused(self) -> tuple[str, ...]:
        return self._with("refused")

    @property
    def deferred(self) -> tuple[str, ...]:
        return self._with("deferred")

    def __repr__(self) -> str:
        rows = [
            (a.domain, "-" if a.preference is None else str(a.preference), a.server, a.address, a.outcome)
            for a in self.attempts
        ]
        return "\n".join([table(HEAD, rows), *map(str, self.results)])


async def deliver(
    net: Net,
    host: str,
    resolver: Resolver,
    message: str | bytes,
    recipients: str | Iterable[str],
    *,
    mail_from: str,
    helo: str | None = None,
    port: int = 25,
    secure: Secure | None = None,
    strict: Strict | None = None,
) -> Delivery:
    """Hand a letter from `host` to the servers of its recipients' domains. Text gets CR LF, octets go as they are.

    `secure` gives the context of TLS; without it, none is used. Without `strict`, no policy is asked for.
    """
    wanted = addressees(recipients)
    check(mail_from, wanted)
    courier = _Courier(net, host, resolver, as_octets(message), mail_from, helo or host, port, secure, strict)
    domains: dict[str, list[str]] = {}
    for recipient in wanted:
        domains.setdefault(recipient.rpartition("@")[2].lower(), []).append(recipient)
    for domain, group in domains.items():
        await courier.carry(domain, group)
    results = tuple(courier.results[recipient] for recipient in wanted)
    return Delivery(
        mail_from=mail_from, attempts=tuple(courier.attempts), results=results, lookups=tuple(courier.lookups)
    )


def addressees(recipients: object) -> list[str]:
    """Each once; LabError where it is neither an address nor a list of some."""
    if isinstance(recipients, str):
        return [recipients]
    if not isinstance(recipients, Iterable) or isinstance(recipients, bytes):
        raise LabError(f"recipients are one such as bob@example.com or a list of them, and not {cited(recipients)}")
    return list(dict.fromkeys(recipients))


def check(mail_from: str, recipients: Sequence[str]) -> None:
    """LabError where one of them is no address that a letter could come from, or go to."""
    if not recipients:
        raise LabError("a letter needs at least one recipient")
    for verb, keyword, address in (("MAIL", "FROM", mail_from), *(("RCPT", "TO", one) for one in recipients)):
        try:
            read_path(verb, f"{keyword}:<{address}>")
        except (Refusal, UnicodeEncodeError):
            raise LabError(f"{address!r:.80} is no address; one looks like bob@example.com") from None
        if address and "@" not in address:
            raise LabError(f"{address!r} has no domain, so no server can be found for it")


class _Courier:
    """One letter's way out of one host."""

    def __init__(
        self,
        net: Net,
        host: str,
        resolver: Resolver,
        octets: bytes,
        mail_from: str,
        helo: str,
        port: int,
        secure: Secure | None,
        strict: Strict | None,
    ) -> None:
        self._secure, self._strict = secure, strict
        self._net, self._host, self._resolver, self._port = net, host, resolver, port
        self._octets, self._mail_from, self._helo = octets, mail_from, helo
        self.attempts: list[Attempt] = []
        self.results: dict[str, Result] = {}
        self.lookups: list[mx.MxAnswer] = []

    async def carry(self, domain: str, recipients: list[str]) -> None:
        """To one domain: server after server, until none is left or every recipient has an answer."""
        found = await self._net.in_thread(
            lambda: mx.find(domain, self._resolver, self._host), f"the search for {domain}'s servers"
        )
        self.lookups.append(found)
        if not found.candidates:
            reply = Reply.of(NO_SERVER[found.verdict].format(domain=domain))
            self.attempts.append(Attempt(domain=domain, outcome=repr(reply), reply=reply))
            self._settle(dict.fromkeys(recipients, reply), self.attempts[-1])
        policy = await self._strict.finder.find(domain) if self._strict is not None and found.candidates else None
        for choice in _choices(domain, found):
            left = [recipient for recipient in recipients if self._status(recipient) == "deferred"]
            if not left:
                return
            verdicts = await self._try(choice, left, policy)
            self._settle(verdicts, self.attempts[-1])

    def _status(self, recipient: str) -> str:
        result = self.results.get(recipient)
        return "deferred" if result is None else result.status

    def _settle(self, verdicts: dict[str, Reply | None], attempt: Attempt) -> None:
        for recipient, reply in verdicts.items():
            status = {2: "delivered", 5: "refused"}.get(reply.code // 100 if reply else 0, "deferred")
            why = attempt.outcome if reply is None else repr(reply)
            self.results[recipient] = Result(
                recipient=recipient, status=status, server=attempt.server, why=why, reply=reply
            )

    async def _try(self, choice: Choice, recipients: list[str], policy: Policy | None) -> dict[str, Reply | None]:
        """One server. The verdict on a recipient is None where the server gave none."""
        self._net.note(Event(kind="chose", value=choice), by=self._host)
        talk, outcome = await self._by_policy(choice, recipients, policy)
        if not outcome:
            talk = Talk(self._octets, self._mail_from, self._helo, recipients, choice.server, self._secure)
            try:
                outcome = await self._meet(choice, talk)
            except TlsFailed as failed:  # better in the clear than not at all: RFC 7435
                self._net.note(Event(kind="downgraded", value=f"{choice.server}: {failed}"), by=self._host)
                talk = Talk(self._octets, self._mail_from, self._helo, recipients)
                outcome = await self._meet(choice, talk)
        self.attempts.append(
            Attempt(
                domain=choice.domain,
                preference=choice.preference,
                server=choice.server,
                address=choice.address,
                outcome=outcome,
                reply=talk.last,
            )
        )
        return talk.verdicts

    async def _by_policy(self, choice: Choice, recipients: list[str], policy: Policy | None) -> tuple[Talk, str]:
        """The dialog that a policy of MTA-STS asks for, and its outcome; without one, it does not stand in the way.

        RFC 8461 sections 4 and 5
        """
        strict, domain, server = self._strict, choice.domain, choice.server
        talk = Talk(self._octets, self._mail_from, self._helo, recipients)
        if strict is None or policy is None or policy.mode == "none":
            return talk, ""
        why, code = "it is not on the list", "4.7.0"
        if policy.lists(server):
            proved = partial(strict.finder.judge, domain, server, policy.mode)
            talk = StrictTalk(self._octets, self._mail_from, self._helo, recipients, server, strict.secure, proved)
            try:
                return talk, await self._meet(choice, talk)
            except TlsFailed as failed:
                why, code = objection(failed)
        strict.finder.judge(domain, server, policy.mode, why)
        if policy.mode != "enforce":
            return talk, ""
        no = Reply.of(f"451 {code} MTA-STS of {domain}: {why}")
        talk.refuse(no)
        return talk, repr(no)

    async def _meet(self, choice: Choice, talk: Talk) -> str:
        """One dialog with it; the outcome, in words."""
        try:
            reader, writer = await self._net.open(self._host, choice.address, self._port, timeout_s=CONNECT_S)
        except TimeoutError:
            return f"no answer within {CONNECT_S} s"
        except OSError:
            return "connection refused"
        dialog = Dialog(self._net, reader, writer, choice.server)
        try:
            await talk.hand_over(dialog)
            return talk.outcome
        except (HungUp, NoReply) as fault:
            return f"{fault}, at {talk.at}"
        finally:
            dialog.close()


def _choices(domain: str, found: mx.MxAnswer) -> Iterator[Choice]:
    for candidate in found.candidates:
        for address in candidate.addresses:
            yield Choice(domain=domain, preference=candidate.preference, server=candidate.host, address=address)
