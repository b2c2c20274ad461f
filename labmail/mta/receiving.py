"""What a receiving server does about SPF, DKIM and DMARC: it checks each letter, and refuses it, marks it or takes it.

A domain's owner states, the receiver decides. `outcome` is the decision, from verdicts alone; `Checks` makes the checks
at the moment that the host's settings say. Who logged in, or sits in a trusted network, is not checked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from labmail.dns.resolver import Forgotten, Memory
from labmail.record import Event
from labmail.smtp.paths import is_postmaster
from labmail.smtp.transaction import Policy, Settings, Transaction
from labmail.smtp.words import Reply

if TYPE_CHECKING:
    from labmail import spf
    from labmail.lab.running import Running
    from labmail.mta.post import Post
    from labmail.verdicts import Verdicts

__all__ = ["INBOX", "JUNK", "Checks", "Outcome", "outcome"]

T = TypeVar("T")

INBOX, JUNK = "INBOX", "Junk"
AT_ONCE_MAX_OCTETS = 16_384  # ours: the worst letter of that length that we could think of takes 22 ms
EXPLANATION_MAX = 300  # characters of a domain's own words that we repeat: RFC 5321 section 4.5.3.1.5


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A refusal, or the folder; and how a report to the domain's owner calls it."""

    reply: Reply | None = None
    folder: str = INBOX  # "": none, it was refused
    disposition: str = "none"  # "quarantine", "reject", or "defer": not now


def outcome(found: Verdicts, *, reject_on_policy: bool = False, refuse_spf_fail: bool = True) -> Outcome:
    """What is done with a letter about which that was found."""
    if found.dmarc is not None and found.dmarc.result == "pass":
        return Outcome()
    settled = _settled(found, reject_on_policy, refuse_spf_fail)
    later = _unsure(found) or _key_missing(found, settled)
    return Outcome(reply=later, folder="", disposition="defer") if later else settled


def _settled(found: Verdicts, reject_on_policy: bool, refuse_spf_fail: bool) -> Outcome:
    """Without a pass of DMARC, and whatever else DNS might still have said."""
    by_spf, by_dkim, by_dmarc = found.spf, found.dkim, found.dmarc
    if refuse_spf_fail and by_spf is not None and (refusal := spf_refusal(by_spf)):
        return Outcome(reply=refusal, folder="", disposition="reject")
    if by_dmarc is not None and by_dmarc.result == "fail":
        if by_dmarc.applied == "reject" and reject_on_policy:
            asks = f"{by_dmarc.policy_domain} asks to refuse such letters ({by_dmarc.tag}={by_dmarc.policy})"
            says = f"DMARC fail: nobody vouches for {by_dmarc.domain} in From:, and {asks}"
            refusal = Reply(code=550, enhanced="5.7.1", lines=(says,))
            return Outcome(reply=refusal, folder="", disposition="reject")
        # RFC 9989 section 7.4: p=reject alone is no ground for rejecting
        junk = by_dmarc.disposition == "quarantine"
        return Outcome(folder=JUNK, disposition="quarantine") if junk else Outcome()
    unknown = by_spf is not None and by_dkim is not None and not found.passed
    return Outcome(folder=JUNK) if unknown else Outcome()


def _unsure(found: Verdicts) -> Reply | None:
    """DNS did not say what the decision hangs on: the client may ask again. RFC 7372 section 3.2"""
    if found.spf is not None and (later := spf_later(found.spf)):
        return later
    if found.dmarc is not None and found.dmarc.result == "temperror":
        return _later("4.7.0", f"DMARC temperror: {found.dmarc.why}")
    return None


def _key_missing(found: Verdicts, settled: Outcome) -> Reply | None:
    """DNS did not give a key, and with it this letter could pass. RFC 6376 section 6.3"""
    best = found.dkim.best if found.dkim is not None and found.dkim.result == "temperror" else None
    if best is None or settled == Outcome():
        return None
    if found.dmarc is not None and found.dmarc.result == "fail":
        helps = any(each.aligned and each.result == "temperror" for each in found.dmarc.alignments)
    else:
        helps = settled.folder == JUNK
    return _later("4.7.5", f"DKIM temperror: {best.why}") if helps else None


def _later(enhanced: str, says: str) -> Reply:
    return Reply(code=451, enhanced=enhanced, lines=(f"{says}, try again later",))


def spf_later(verdict: spf.Verdict) -> Reply | None:
    """RFC 7208 section 8.6, RFC 7372 section 3.2"""
    if verdict.result != "temperror":
        return None
    why = verdict.fault.says if verdict.fault else f"no answer about {verdict.domain}"
    return _later("4.7.24", f"SPF temperror: {why}")


def spf_refusal(verdict: spf.Verdict) -> Reply | None:
    """For fail, and for nothing else. RFC 7208 section 8.4, RFC 7372 section 3.2"""
    if verdict.result != "fail":
        return None
    lines = [f"SPF fail: {verdict.ip} may not send for {verdict.domain}"]
    if verdict.explanation:
        lines.append(f"{verdict.domain} explains: {verdict.explanation[:EXPLANATION_MAX]}")
    return Reply(code=550, enhanced="5.7.23", lines=tuple(lines))


class Checks(Policy):
    """One host's. On the loop; a check that has to ask DNS runs in a thread."""

    def __init__(self, running: Running, host: str, settings: Settings) -> None:
        self._running, self._host, self._settings = running, host, settings
        self._loaded: set[str] = set()  # what these checks need is in memory

    async def mail(self, transaction: Transaction) -> Reply | Transaction | None:
        return await self._early(transaction) if self._settings.spf_at == "MAIL" else None

    async def rcpt(self, transaction: Transaction) -> Reply | Transaction | None:
        """Late enough to know who is meant: the postmaster can always be told. RFC 5321 section 4.5.1"""
        if self._settings.spf_at != "RCPT" or is_postmaster(transaction.recipients[-1]):
            return None
        return await self._early(transaction)

    async def data(self, transaction: Transaction) -> Reply | Transaction | None:
        return None if self._settings.spf_at == "later" else await self._judge(transaction)

    async def take(self, letter: Transaction, post: Post) -> Reply | None:
        """What is done with a letter that no policy refused: with "later", it is taken first and checked afterwards."""
        if self._settings.spf_at != "later" or self._is_ours(letter):
            return await post.take(letter)
        why = f"{self._host} checks letter {letter.queue_id}, which it has taken"
        self._running.net.wires[letter.wire.number].afterwards(partial(self._late, letter, post), why)
        return None

    async def _late(self, letter: Transaction, post: Post) -> None:
        """Whoever said 250 answers for the letter: what it does not want it gives back. RFC 5321 section 6.1"""
        judged = await self._judge(letter)
        refusal = judged if isinstance(judged, Reply) else await post.take(judged or letter)
        if refusal is not None:
            post.give_back(letter, refusal)

    # ---- the checks

    def _is_ours(self, transaction: Transaction) -> bool:
        return bool(transaction.user) or self._settings.trusts(transaction.wire.client_address)

    async def _early(self, transaction: Transaction) -> Reply | Transaction | None:
        """SPF alone, before the letter came."""
        if self._is_ours(transaction) or transaction.spf is not None:
            return None
        from labmail import spf

        check = partial(
            spf.check,
            transaction.wire.client_address,
            transaction.helo,
            transaction.mail_from,
            receiver=self._host,
            now=self._settings.now(),
        )
        verdict = await self._checked(check, f"SPF at {self._host}")
        self._note(verdict, transaction)
        refusal = spf_refusal(verdict) if self._settings.refuse_spf_fail else None
        return spf_later(verdict) or refusal or replace(transaction, spf=verdict)

    async def _judge(self, letter: Transaction) -> Reply | Transaction | None:
        """All that is still to be checked, of the whole letter."""
        methods = self._methods(letter)
        if self._is_ours(letter) or not (methods or letter.spf):
            return None
        from labmail.verdicts import verify

        check = partial(
            verify,
            letter.octets,
            ip=letter.wire.client_address,
            helo=letter.helo,
            mail_from=letter.mail_from,
            now=letter.at,
            receiver=self._host,
            methods=methods,
            known=letter.spf,
        )
        small = len(letter.octets) <= AT_ONCE_MAX_OCTETS
        found = await self._checked(check, f"the checks of {self._host}", at_once=small)
        settings = self._settings
        refuses = settings.refuse_spf_fail
        decided = outcome(found, reject_on_policy=settings.reject_on_policy, refuse_spf_fail=refuses)
        if decided.disposition == "defer" and settings.spf_at == "later":  # nobody is there to try again
            decided = Outcome()
        if methods:
            found = replace(found, disposition=decided.disposition, folder=decided.folder)
            self._note(found, letter)
            await self._running.posts[self._host].reporter.saw(found, letter)
        return decided.reply or replace(letter, results=found.field, folder=decided.folder)

    def _methods(self, letter: Transaction) -> tuple[str, ...]:
        settings = self._settings
        spf_now = settings.spf_at in ("DATA", "later") and letter.spf is None
        asked = {"spf": spf_now, "dkim": settings.check_dkim, "dmarc": settings.check_dmarc}
        return tuple(method for method, wanted in asked.items() if wanted)

    async def _checked(self, check: Callable[..., T], why: str, *, at_once: bool = True) -> T:
        """At once, where the host remembers all that the check would ask; else in a thread, because asking blocks.

        The first of its kind is for a thread in any case: it loads what it checks with.
        """
        resolver = self._running.resolvers[self._host]
        if at_once and why in self._loaded:
            memory = Memory(resolver)
            with contextlib.suppress(Forgotten):
                found = check(resolver=memory)
                for answer in memory.given:
                    self._running.net.note(Event(kind="cached", value=answer), by=self._host)
                return found
        found = await self._running.net.in_thread(partial(check, resolver=resolver), why)
        self._loaded.add(why)
        return found

    def _note(self, verdict: object, letter: Transaction) -> None:
        self._running.net.note(Event(kind="verdict", value=verdict), by=self._host, wire=letter.wire)
