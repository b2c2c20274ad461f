"""What becomes of a letter that a host has taken: into a mailbox of its provider, or on to another domain's server.

A letter that is forwarded keeps its sender in the envelope. What cannot go now goes later, in lab time; what cannot go
at all comes back to its sender. RFC 5321 sections 3.9.1, 4.5.4.1
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from labmail.authres import without
from labmail.mta.errand import Errand, keep, let_go, waiting
from labmail.mta.outgoing import Keys
from labmail.mta.reporting import Reporter
from labmail.net.pace import Job
from labmail.record import Event, Wire
from labmail.smtp.bounce import bounce
from labmail.smtp.deliver import Delivery, Result, deliver
from labmail.smtp.mailing_list import MailingList
from labmail.smtp.paths import mailbox
from labmail.smtp.text import as_octets
from labmail.smtp.transaction import Settings, Transaction, Where
from labmail.smtp.words import Reply
from labmail.store import Store
from labmail.world.providers import Provider, mailboxes

if TYPE_CHECKING:
    from labmail.lab.running import Running

__all__ = ["GIVE_UP_AFTER", "RETRY_S", "Post", "mailboxes", "send", "whose"]

RETRY_S = 1800  # lab seconds until the next try: RFC 5321 section 4.5.4.1
GIVE_UP_AFTER = timedelta(days=5)  # the same section
HOPS_MAX = 100  # a letter that has come so far goes in a circle: RFC 5321 section 6.3

TOO_FAR = Reply.of(f"554 5.4.6 Too many hops: {HOPS_MAX} servers have had this letter, so it goes in a circle")

BEEN_HERE = Reply.of("554 5.4.6 This list has sent the letter out already: it goes in a circle")

_RECEIVED = re.compile(rb"^received[ \t]*:", re.I | re.M)


def whose(provider: Provider, recipient: str) -> Where:
    address = mailbox(recipient)
    if address.rpartition("@")[2] not in provider.domains:
        return Where.ELSEWHERE
    known = address in provider.forwards or address in provider.lists or address in mailboxes(provider)
    return Where.HERE if known else Where.UNKNOWN


def hops(letter: bytes) -> int:
    """How many servers have had it: RFC 5321 section 6.3"""
    head = b"" if letter.startswith(b"\r\n") else letter.partition(b"\r\n\r\n")[0]
    return len(_RECEIVED.findall(head))


async def send(running: Running, host: str, message: str | bytes, to: str | list[str], mail_from: str) -> Delivery:
    """One try of a host to deliver what it wrote itself; without a provider it has no key."""
    octets = as_octets(message)
    if host in running.posts:
        octets = await running.posts[host].sign(octets)
    return await _deliver(running, host, octets, to, mail_from)


async def _deliver(
    running: Running, host: str, octets: bytes, recipients: str | Iterable[str], mail_from: str
) -> Delivery:
    net, resolver, secure, strict = running.net, running.resolvers[host], running.secure(host), running.strict(host)
    return await deliver(net, host, resolver, octets, recipients, mail_from=mail_from, secure=secure, strict=strict)


class Post:
    """One host's. On the loop."""

    def __init__(self, running: Running, host: str, provider: Provider) -> None:
        self._running, self._host, self._provider = running, host, provider
        self._bounces = 0
        self.keys = Keys(provider)
        self.reporter = Reporter(running, host)
        for errand in waiting(self._store, host):
            self._try_again(errand)

    async def take(self, letter: Transaction) -> Reply | None:
        """Into the mailboxes, committed as one, before 250 is said; what is for others goes when the wire is done."""
        if hops(letter.octets) >= HOPS_MAX:
            return TOO_FAR
        self._dispatch(self._errand(letter))
        return None

    def give_back(self, letter: Transaction, reply: Reply) -> None:
        """A letter that was taken, and cannot be delivered: `reply` is what should have been said in its place."""
        failed = [
            Result(recipient=recipient, status="refused", server="-", why=repr(reply), reply=reply)
            for recipient in letter.recipients
        ]
        self._fail(self._errand(letter), failed)

    async def distribute(self, mailing_list: MailingList, errand: Errand) -> None:
        """To the members, as a letter of the list's own. RFC 5321 section 3.9.2"""
        address, members = mailing_list.address, mailing_list.members
        if mailing_list.has_sent(errand.octets):
            failed = Result(recipient=address, status="refused", server="-", why=repr(BEEN_HERE), reply=BEEN_HERE)
            self._fail(errand, [failed])
            return
        self._note(Event(kind="distributed", value=f"{address} to {', '.join(members)}"))
        ours = Errand(
            octets=mailing_list.letter(self._onward(errand)),
            mail_from=mailing_list.bounces,
            recipients=members,
            since=self._running.net.agenda.now,
            name=f"{errand.name} to the readers of {address}",
            own=True,
            signer=mailing_list.domain,
        )
        self._dispatch(ours)

    async def sign(self, octets: bytes, domain: str = "") -> bytes:
        """A letter of our own, before it goes out: signed for that domain, or for the one in From:"""
        if not self._settings.sign:
            return octets
        net = self._running.net
        work = partial(self.keys.sign, octets, domain, net.agenda.now)
        done = await net.in_thread(work, f"the signature of {self._host}")
        self._note(Event(kind="signed" if done.field else "unsigned", value=done))
        return done.field + octets

    async def write(self, octets: bytes, recipient: str) -> None:
        """A letter of the host itself, from <>: nobody is told what became of it."""
        now = self._running.net.agenda.now
        self._dispatch(
            Errand(
                octets=octets, mail_from="", recipients=(recipient,), since=now, name="a letter of its own", own=True
            )
        )

    def afterwards(self, wire: Wire | None, job: Job, why: str) -> None:
        """When that wire is done: as a server does what it was asked to, once nobody waits for it."""
        net = self._running.net
        tap = net.wires.get(wire.number) if wire is not None else None
        if tap is not None:
            tap.afterwards(job, why)
        else:
            net.soon(job, why)

    # ---- inside

    @property
    def _settings(self) -> Settings:
        return self._running.settings[self._host]

    @property
    def _store(self) -> Store:
        return self._running.stores[self._provider.name]

    def _dispatch(self, errand: Errand) -> None:
        """Each recipient's letter on its way: into a mailbox now, to others when the wire is done."""
        here: list[tuple[str, str]] = []  # a mailbox, and the recipient as it was written
        onward: dict[str, str] = {}
        for recipient in errand.recipients:
            end = self._provider.end_of(recipient)
            if end != recipient:
                self._note(Event(kind="forwarded", value=f"{recipient} to {end}"), errand.wire)
            mailing_list = self._provider.lists.get(mailbox(end))
            if mailing_list is not None and errand.mail_from:
                post = self._running.posts[mailing_list.host or self._host]
                why = f"{end} goes to its readers"
                self.afterwards(errand.wire, partial(post.distribute, mailing_list, errand), why)
            elif "@" in end and whose(self._provider, end) is Where.ELSEWHERE:
                onward.setdefault(end, recipient)
            else:  # a report does not go to a list's readers
                here.append((mailing_list.bounces if mailing_list else self._box(end), recipient))
        self._keep(errand, here)
        if onward:
            was = {end: recipient for end, recipient in onward.items() if end != recipient}
            out = replace(errand, recipients=tuple(onward), was=was)
            self.afterwards(errand.wire, partial(self._set_out, out), f"{self._host} sends {errand.name} on")

    def _box(self, recipient: str) -> str:
        address = mailbox(recipient)
        return address if "@" in address else f"{address}@{self._provider.domains[0]}"  # RCPT TO:<Postmaster>

    def _onward(self, errand: Errand) -> bytes:
        """With our lines on top, and without results that others wrote in our name. RFC 8601 section 5"""
        return errand.trace + without(errand.octets, *self._running.hosts_of(self._provider.name))

    def _note(self, event: Event, wire: Wire | None = None) -> None:
        self._running.net.note(event, by=self._host, wire=wire)

    def _errand(self, letter: Transaction) -> Errand:
        return Errand(
            octets=letter.octets,
            trace=letter.trace,
            mail_from=letter.mail_from,
            recipients=letter.recipients,
            since=letter.at or self._running.net.agenda.now,
            name=f"letter {letter.queue_id}",
            own=bool(letter.user) or self._settings.trusts(letter.wire.client_address),
            folder=letter.folder,
            wire=letter.wire,
        )

    def _keep(self, errand: Errand, boxes: Sequence[tuple[str, str]]) -> None:
        now, store = self._running.net.agenda.now, self._store
        path, trace = errand.mail_from, errand.trace
        with store.together():
            kept = [
                store.add(box, errand.folder, errand.octets, at=now, return_path=path, trace=trace, recipient=recipient)
                for box, recipient in boxes
            ]
        for each in kept:
            self._note(Event(kind="stored", value=each), errand.wire)

    async def _set_out(self, errand: Errand) -> None:
        whole = self._onward(errand)
        if errand.own:
            whole = await self.sign(whole, errand.signer)
        await self._send(replace(errand, octets=whole, trace=b"", wire=None))

    async def _send(self, errand: Errand) -> None:
        """One try."""
        net = self._running.net
        done = await _deliver(self._running, self._host, errand.octets, errand.recipients, errand.mail_from)
        waits = [each for each in done.results if each.status == "deferred"]
        failed = [each for each in done.results if each.status == "refused"]
        if waits and net.agenda.now - errand.since >= GIVE_UP_AFTER:
            waits, failed = [], [*failed, *waits]
        if waits:
            self._note(Event(kind="deferred", value=", ".join(map(str, waits))))
            left = replace(errand, recipients=tuple(each.recipient for each in waits))
            self._try_again(keep(self._store, self._host, left))
        else:
            let_go(self._store, errand)
        if failed:
            self._fail(errand, failed)

    def _try_again(self, errand: Errand) -> None:
        self._running.net.later(RETRY_S, partial(self._send, errand), f"{self._host} tries again")

    def _fail(self, errand: Errand, failed: Sequence[Result]) -> None:
        """Its sender hears of it; but no report is made about a report: RFC 5321 section 6.1"""
        self._note(Event(kind="undeliverable", value=", ".join(map(str, failed))), errand.wire)
        if errand.mail_from:
            self._bounces += 1
            why = f"{self._host} tells {errand.mail_from} what became of the letter"
            self.afterwards(errand.wire, partial(self._report, errand, failed, f"bounce-{self._bounces:05d}"), why)

    async def _report(self, errand: Errand, failed: Sequence[Result], number: str) -> None:
        now, letter, sender = self._running.net.agenda.now, errand.trace + errand.octets, errand.mail_from
        report = bounce(
            letter, sender, failed, host=self._host, number=number, arrived=errand.since, at=now, was=errand.was
        )
        await self.write(report, sender)
