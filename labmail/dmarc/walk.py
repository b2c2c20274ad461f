"""The walk up the DNS tree from a name, at most eight questions, and whose domain it belongs to. RFC 9989 section 4.10.

It takes the place of a list of public suffixes: whoever publishes records says with them where an organization begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from labmail.dmarc import record
from labmail.dmarc.verdict import Query
from labmail.errors import LabError

__all__ = ["QUERIES_MAX", "Walker", "organizational_domain", "targets"]

QUERIES_MAX = 8  # for one name, however long: RFC 9989 section 4.10
LABELS_KEPT = 7  # of a longer name, after the question at the name itself: RFC 9989 section 4.10 step 4


def targets(domain: str) -> list[str]:
    """The names at which a walk from `domain` asks, in order."""
    labels = domain.split(".")
    first, rest = domain, labels[1:] if len(labels) <= QUERIES_MAX else labels[-LABELS_KEPT:]
    return [first, *(".".join(rest[at:]) for at in range(len(rest)))]


def organizational_domain(queries: Sequence[Query]) -> str:
    """Which of the names that a walk came by is the organization's. RFC 9989 section 4.10.2"""
    start = queries[0].domain
    found = [query for query in queries if query.record is not None]
    for query in found:
        assert query.record is not None
        if query.record.psd == "n":
            return query.domain
        if query.record.psd == "y" and query.domain != start:
            return _one_below(query.domain, start)
    return found[-1].domain if found else start


def _one_below(suffix: str, start: str) -> str:
    """The name within a public suffix that `start` lies in."""
    return ".".join(start.split(".")[-(suffix.count(".") + 2) :])


def _broken_by(text: str) -> str:
    """The tag that stands twice, in what begins as a DMARC record."""
    return record.doubled(text) if record.VERSION.match(text) else ""


@lru_cache(maxsize=1024)  # names: each walk ends at the same few
def _query(domain: str, rcode: str, texts: tuple[bytes, ...]) -> Query:
    """What that answer comes to."""
    read = [text.decode("latin-1") for text in texts]
    records = [found for text in read if (found := record.read(text)) is not None]
    return Query(
        domain=domain,
        name=f"_dmarc.{domain}",
        rcode=rcode,
        records=len(records),
        record=records[0] if len(records) == 1 else None,
        doubled="" if records else next(filter(None, map(_broken_by, read)), ""),
    )


class Walker:
    """Asks the resolver, each name once."""

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver
        self._known: dict[str, Query] = {}

    def walk(self, domain: str) -> tuple[Query, ...]:
        """From the name itself up, until a record says psd=y or psd=n, or DNS fails. RFC 9989 section 4.10"""
        queries = []
        for target in targets(domain):
            query = self.ask(target)
            queries.append(query)
            if query.failed or (query.record is not None and query.record.psd in ("y", "n")):
                break
        return tuple(queries)

    def ask(self, domain: str) -> Query:
        if domain not in self._known:
            self._known[domain] = self._ask(domain)
        return self._known[domain]

    def exists(self, domain: str) -> bool:
        """Whether DNS knows the name; where it cannot say, we take it that it does. RFC 9989 section 3.2"""
        answer = self._lookup(domain, "A")
        return answer is not None and answer.rcode != "NXDOMAIN"

    def _ask(self, domain: str) -> Query:
        answer = self._lookup(f"_dmarc.{domain}", "TXT")
        if answer is None:  # no name that DNS could have
            return _query(domain, "NXDOMAIN", ())
        return _query(domain, answer.rcode, tuple(answer.texts) if answer.rcode == "NOERROR" else ())

    def _lookup(self, name: str, type: str) -> Any:
        try:
            return self._resolver.lookup(name.replace("\\", "\\\\"), type)
        except LabError:
            return None
