"""What becomes of a letter that a host has taken: into a mailbox of its provider, or on to another domain's server.

What cannot go now goes later, in lab time; what cannot go at all comes back to its sender. RFC 5321 section 4.5.4.1
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from labmail.record import Event
from labmail.smtp.bounce import bounce
from labmail.smtp.deliver import Result, deliver
from labmail.smtp.paths import mailbox
from labmail.smtp.transaction import Transaction, Where
from labmail.smtp.words import Reply
from labmail.world import Provider

if TYPE_CHECKING:
    from labmail.running import Running

__all__ = ["GIVE_UP_AFTER", "RETRY_S", "Post", "mailboxes", "whose"]

RETRY_S = 1800  # lab seconds until the next try: RFC 5321 section 4.5.4.1
GIVE_UP_AFTER = timedelta(days=5)  # the same section
HOPS_MAX = 100  # a letter that has come so far goes in a circle: RFC 5321 section 6.3

TOO_FAR = Reply.of(f"554 5.4.6 Too many hops: more than {HOPS_MAX}, so it goes in a circle")


def whose(provider: Provider, recipient: str) -> Where:
    address = mailbox(recipient)
    if address.rpartition("@")[2] not in provider.domains:
        return Where.ELSEWHERE
    return Where.HERE if address in mailboxes(provider) else Where.UNKNOWN


def mailboxes(provider: Provider) -> tuple[str, ...]:
    """Its own, and the one that every domain has: RFC 5321 section 4.5.1."""
    return *provider.mailboxes, *(f"postmaster@{domain}" for domain in provider.domains)


def _box(provider: Provider, recipient: str) -> str:
    address = mailbox(recipient)
    return address if "@" in address else f"{address}@{provider.domains[0]}"  # RCPT TO:<Postmaster> names no domain


class Post:
    """One host's. On the loop."""

    def __init__(self, running: Running, host: str, provider: Provider) -> None:
        self._running, self._host, self._provider = running, host, provider
        self._bounces = 0

    async def take(self, letter: Transaction) -> Reply | None:
        """Into the mailboxes, committed as one, before 250 is said; what is for others goes when the wire is done."""
        at_home: list[str] = []
        onward: list[str] = []
        for recipient in letter.recipients:
            there = "@" in recipient and whose(self._provider, recipient) is Where.ELSEWHERE
            (onward if there else at_home).append(recipient)
        if onward and letter.octets.count(b"\nReceived:") >= HOPS_MAX:
            return TOO_FAR
        self._keep(letter, at_home)
        if onward:
            net, why = self._running.net, f"{self._host} sends letter {letter.queue_id} on"
            job = partial(self._send, letter.trace + letter.octets, letter.mail_from, onward, net.agenda.now)
            tap = net.wires.get(letter.wire.number)
            if tap is not None:
                tap.afterwards(job, why)
            else:
                net.soon(job, why)
        return None

    def _keep(self, letter: Transaction, recipients: Sequence[str]) -> None:
        net, store = self._running.net, self._running.stores[self._provider.name]
        with store.together():
            kept = [
                store.add(
                    _box(self._provider, recipient),
                    "INBOX",
                    letter.octets,
                    at=net.agenda.now,
                    return_path=letter.mail_from,
                    trace=letter.trace,
                    recipient=recipient,
                )
                for recipient in recipients
            ]
        for each in kept:
            net.note(Event(kind="stored", value=each), by=self._host, wire=letter.wire)

    async def _send(self, octets: bytes, sender: str, recipients: Sequence[str], since: datetime) -> None:
        """One try. `since` is when the letter was taken."""
        running, net = self._running, self._running.net
        done = await deliver(
            net,
            self._host,
            running.resolvers[self._host],
            octets,
            recipients,
            mail_from=sender,
            secure=running.secure(self._host),
        )
        waits = [each for each in done.results if each.status == "deferred"]
        failed = [each for each in done.results if each.status == "refused"]
        if waits and net.agenda.now - since >= GIVE_UP_AFTER:
            waits, failed = [], [*failed, *waits]
        if waits:
            net.note(Event(kind="deferred", value=", ".join(map(str, waits))), by=self._host)
            again = partial(self._send, octets, sender, [each.recipient for each in waits], since)
            net.later(RETRY_S, again, f"{self._host} tries again")
        if failed:
            net.note(Event(kind="undeliverable", value=", ".join(map(str, failed))), by=self._host)
            if sender:
                self._bounce(octets, sender, failed)

    def _bounce(self, octets: bytes, sender: str, failed: Sequence[Result]) -> None:
        self._bounces += 1
        now = self._running.net.agenda.now
        number = f"bounce-{self._bounces:05d}"
        report = bounce(octets, sender, failed, host=self._host, number=number, at=now)
        why = f"{self._host} tells {sender} what became of the letter"
        self._running.net.soon(partial(self._return, report, sender, now), why)

    async def _return(self, report: bytes, sender: str, now: datetime) -> None:
        if whose(self._provider, sender) is not Where.HERE:
            await self._send(report, "", [sender], now)
            return
        store = self._running.stores[self._provider.name]
        kept: Any = store.add(
            _box(self._provider, sender), "INBOX", report, at=now, return_path="", trace=b"", recipient=sender
        )
        self._running.net.note(Event(kind="stored", value=kept), by=self._host)
