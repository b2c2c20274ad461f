"""What a record would do for some addresses, before it is published: the check of an editor. RFC 7208 section 4.

The record stands in for what its domain publishes; everything else is asked as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from labmail.spf import words
from labmail.spf.check import check
from labmail.spf.verdict import LOOKUPS_MAX, Reading, Verdict
from labmail.spf.words import Warned

__all__ = ["Trial", "trial"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The verdict for each address, and what is unwise about the record."""

    domain: str
    records: tuple[words.Record, ...]
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    warnings: tuple[Warned, ...] = ()

    def __repr__(self) -> str:
        lines = [f'{self.domain}  "{record.text}"' for record in self.records] or [f"{self.domain}  no record"]
        wide = max(map(len, self.verdicts), default=0)
        for ip, verdict in self.verdicts.items():
            why = verdict.mechanism or (verdict.fault.says if verdict.fault else "nothing matched")
            lines.append(f"  {ip:{wide}}   {verdict.result:9}   lookups {verdict.lookups:2} of {LOOKUPS_MAX}   {why}")
        return "\n".join([*lines, *(f"warning: {warned.says}  §{warned.section}" for warned in self.warnings)])


@dataclass(frozen=True, kw_only=True)
class Published:
    """An answer as a check needs it."""

    rcode: str
    texts: tuple[bytes, ...]
    ttl: int = 0

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(f'"{text.decode("latin-1")}"' for text in self.texts)


class Instead:
    """A resolver that knows one domain's TXT records better, and asks the other for the rest."""

    def __init__(self, resolver: Any, domain: str, texts: tuple[bytes, ...]) -> None:
        self._resolver, self._domain, self._texts = resolver, domain.lower(), texts

    def lookup(self, name: str, type: str) -> Any:
        if type == "TXT" and name.lower().removesuffix(".") == self._domain:
            return Published(rcode="NOERROR", texts=self._texts)
        return self._resolver.lookup(name, type)

    @property
    def now(self) -> Any:
        return getattr(self._resolver, "now", None)


def trial(
    record: str | Sequence[str],
    domain: str,
    addresses: Iterable[str],
    resolver: Any,
    *,
    mail_from: str = "",
    helo: str = "",
) -> Trial:
    """What `record`, or several, would do at `domain` for mail from these addresses."""
    texts = (record,) if isinstance(record, str) else tuple(record)
    instead = Instead(resolver, domain.removesuffix("."), tuple(text.encode("utf-8") for text in texts))
    sender = mail_from or f"postmaster@{domain}"
    verdicts = {ip: check(ip, helo or domain, sender, instead) for ip in addresses}
    records = tuple(words.read(text) for text in texts)
    return Trial(
        domain=domain, records=records, verdicts=verdicts, warnings=tuple(_warnings(records, verdicts.values()))
    )


def _warnings(records: tuple[words.Record, ...], verdicts: Iterable[Verdict]) -> list[Warned]:
    found = [warned for record in records for warned in record.warnings]
    if sum(words.is_spf(record.text) for record in records) > 1:
        says = "two SPF records at one name are a permerror for everyone: join them into one"
        found.insert(0, Warned(key="two-records", says=says, section="4.5"))
    over = [verdict.ip for verdict in verdicts if verdict.lookups > LOOKUPS_MAX]
    if over and not any(warned.key == "lookups" for warned in found):
        says = f"with all that it includes it needs more than {LOOKUPS_MAX} lookups: permerror for {', '.join(over)}"
        found.append(Warned(key="lookups", says=says, section="4.6.4"))
    inner = {text for verdict in verdicts for text in _everybody(verdict.reading) if verdict.result == "pass"}
    found += [
        Warned(key="everybody", says=f"{domain} lets everybody pass, and so does what includes it", section="5.2")
        for domain in sorted(inner)
    ]
    return found


def _everybody(reading: Reading) -> list[str]:
    """Included domains whose +all is what matched."""
    return [
        inner.domain
        for step in reading.steps
        if (inner := step.reading) is not None and inner.decided is not None
        for last in [inner.decided]
        if last.name == "all" and last.result == "pass"
    ]
