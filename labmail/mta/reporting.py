"""A receiving host tells the owners of domains what it saw of their mail: each day, and at once where a letter failed.

The reports are letters like others: the host's own post signs and delivers them. RFC 9990 sections 3.5 and 4, RFC 9991.
Where no domain asks for reports, nothing stands in the agenda.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from labmail.record import Event

if TYPE_CHECKING:
    from labmail.clock import Entry
    from labmail.lab.running import Running
    from labmail.reports import Collector, Failure, Mailed, Report, Reports
    from labmail.smtp.transaction import Transaction
    from labmail.verdicts import Verdicts
    from labmail.world.providers import Provider

__all__ = ["FAILURES_MAX", "Reporter"]

FAILURES_MAX = 10  # reports about single letters that a domain gets from one host in a lab day: RFC 9991 section 8.1
KNOWLEDGE = "labmail.reports"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


class Reporter:
    """One host's. On the loop."""

    def __init__(self, running: Running, host: str) -> None:
        self._running, self._host = running, host
        self._collector: Collector | None = None
        self._begin: datetime | None = None  # of the span that is counted now
        self._due: Entry | None = None
        self._failed: Counter[tuple[date, str]] = Counter()
        self._count = 0

    async def saw(self, found: Verdicts, letter: Transaction) -> None:
        """A letter was judged. The first one of a day that somebody wants to hear of puts the report on the agenda."""
        record = found.dmarc.record if found.dmarc is not None else None
        if record is None or not (record.rua or record.ruf):
            return
        if KNOWLEDGE not in sys.modules:  # to load it takes longer than a turn of the loop may
            await self._running.net.in_thread(partial(import_module, KNOWLEDGE), "the knowledge of reports")
        from labmail.reports import Collector, failures, is_report

        own = is_report(letter.octets)
        if self._collector is None:
            self._collector = Collector()
        if self._collector.add(found, is_report=own):
            self._begin_counting()
        now = self._running.net.agenda.now
        # no report is made about a report: RFC 9991 section 5.1
        for failure in () if own or found.disposition == "defer" else failures(found, letter.octets, at=now):
            self._tell(failure, found, letter)

    # ---- of a day

    def _begin_counting(self) -> None:
        net = self._running.net
        midnight = net.agenda.now.replace(hour=0, minute=0, second=0, microsecond=0)
        self._begin = midnight if self._begin is None else max(self._begin, midnight)
        if self._collector and self._due is None:
            left = (midnight + DAY - net.agenda.now).total_seconds()
            self._due = net.later(left, self._at_midnight, f"{self._host} reports what it saw that day")

    async def _at_midnight(self) -> None:
        await self._send(self._running.net.agenda.now - SECOND)

    async def send(self) -> Reports:
        """What was counted since the last report, at once."""
        return await self._send(self._running.net.agenda.now)

    async def _send(self, end: datetime) -> Reports:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        from labmail.reports import Reports, report

        if self._collector is None or self._begin is None:
            return Reports()

        begin, end = self._begin, max(self._begin, end)  # of two reports at one moment, each has a second of its own
        self._begin = end + SECOND
        names = {"receiver": self._host, "org_name": self._provider.name, "email": self._sender}
        wanted = [seen for seen in self._collector.take() if seen.wanted]
        made = Reports(report(seen, **names, begin=begin, end=end) for seen in wanted)
        for seen, one in zip(wanted, made, strict=True):
            await self._deliver(one, seen.rua)
        return made

    async def _deliver(self, report: Report, rua: tuple[str, ...]) -> None:
        from labmail.reports import letter

        at = self._running.net.agenda.now
        for address in await self._allowed(rua, report.published.domain, "rua"):
            await self._post(letter(report, address, sender=self._sender, at=at), report.published.domain)

    # ---- of one letter

    def _tell(self, failure: Failure, found: Verdicts, letter: Transaction) -> None:
        """Once the wire is done."""
        assert found.dmarc is not None and found.dmarc.record is not None
        day = self._running.net.agenda.now.date(), found.dmarc.policy_domain
        if self._failed[day] >= FAILURES_MAX:
            return
        self._failed[day] += 1
        why = f"{self._host} tells {found.dmarc.policy_domain} of a letter that failed"
        job = partial(self._send_failure, failure, found.dmarc.record.ruf, found.dmarc.policy_domain)
        self._running.posts[self._host].afterwards(letter.wire, job, why)

    async def _send_failure(self, failure: Failure, ruf: tuple[str, ...], domain: str) -> None:
        from labmail.reports import arf

        at = self._running.net.agenda.now
        for address in await self._allowed(ruf, domain, "ruf"):
            self._count += 1
            number = f"failure-{self._count:05d}"
            await self._post(arf(failure, address, number=number, sender=self._sender, at=at), domain)

    # ---- of both

    @property
    def _provider(self) -> Provider:
        return self._running.world.providers[str(self._running.world.hosts[self._host].provider)]

    @property
    def _sender(self) -> str:
        """In From:, aligned with the host that sends it: RFC 9990 section 3.5.2. It has no sender in its envelope, so
        SPF looks at the host's name.
        """
        above = [name for name in self._provider.domains if self._host.endswith(f".{name}")]
        return f"postmaster@{above[0] if above else self._host}"

    async def _allowed(self, uris: tuple[str, ...], domain: str, tag: str) -> list[str]:
        """Where reports may go; what may not be is noted, with the reason."""
        from labmail.reports import destinations

        check = partial(destinations, uris, domain, self._running.resolvers[self._host], tag)
        found = await self._running.net.in_thread(check, f"who takes reports about {domain}")
        for each in found:
            if not each.allowed:
                self._note(f"no report to {each.uri}: {each.says}")
        return list(dict.fromkeys(address for each in found for address in each.addresses))

    async def _post(self, mailed: Mailed, domain: str) -> None:
        self._note(f"a report about {domain} to {mailed.recipient}")
        await self._running.posts[self._host].write(mailed.octets, mailed.recipient)

    def _note(self, says: str) -> None:
        self._running.net.note(Event(kind="report", value=says), by=self._host)
