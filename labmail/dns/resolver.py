"""One host's resolver: it asks the name server and remembers the answers. RFC 1034 section 5.3, RFC 2308.

It blocks until there is an answer, in lab time, and knows no socket: `exchange` carries a query and brings what came.
Simpler than life: it asks one server, which knows every zone; it believes what that server sends along unasked
(RFC 2181 section 5.4.1 would not give it out as an answer); and it does not remember failures (RFC 9520 would, for
seconds). Ids are a counter, so that runs repeat; in life they are random, or an answer could be forged (RFC 5452).
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

import dns.exception
import dns.message
import dns.rdatatype

from labmail.dns.message import Answer, Record
from labmail.dns.names import name_of
from labmail.errors import LabError, cited, needs_text
from labmail.record import Event

__all__ = ["ATTEMPTS_MAX", "CHAIN_MAX", "Answer", "Cached", "Forgotten", "Memory", "Resolver", "answers"]

ATTEMPTS_MAX = 2  # questions until it gives up, as most resolvers of hosts do; resolv.conf(5) calls it `attempts`
CHAIN_MAX = 8  # aliases that lead on to another question: ours; RFC 1034 section 5.3.3 step 4c sets no number
ANY_TYPE = ""  # the key of a name that does not exist, whatever the type: RFC 2308 section 5

Exchange = Callable[[bytes, str], bytes]


@dataclass(frozen=True, kw_only=True)
class Cached:
    """An answer as the host remembers it; `left_s` seconds from now it is gone."""

    answer: Answer
    stored: datetime
    left_s: int


class _Kept:
    """An answer as it came, and as it was given out last: most are asked for again at the same moment of lab time."""

    def __init__(self, answer: Answer, stored: datetime, ttl: int) -> None:
        self.answer, self.stored = answer, stored
        self.over = stored + timedelta(seconds=ttl)  # then its age has reached its TTL
        self._given, self._given_at = answer, stored

    def left_s(self, now: datetime) -> int:
        return int((self.over - now).total_seconds())

    def give(self, name: str, type: str, now: datetime) -> Answer:
        """The answer to that question."""
        given = self._given
        if given is self.answer or now != self._given_at or given.name != name or given.type != type:
            age_s = int((now - self.stored).total_seconds())
            given, self._given_at = _aged(self.answer, name, type, age_s), now
            self._given = given
        return given


class Forgotten(Exception):
    """The memory holds no answer to that question, and it would have to be asked."""


class Memory:
    """What a resolver remembers, as a resolver that never asks: `Forgotten` is raised in place of a question.

    `given` are the answers that it gave, in order: whoever comes to a verdict with them tells the timeline.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self.given: list[Answer] = []

    @property
    def now(self) -> datetime:
        return self._resolver.now

    def lookup(self, name: str, type: str) -> Answer:
        answer = self._resolver.remembered(name, type)
        if answer is None:
            raise Forgotten(f"{type} of {name}")
        self.given.append(answer)
        return answer


class Resolver:
    """`exchange(query, over)` sends a message over "udp" or "tcp" and returns the one that came back, without the
    length that TCP puts before it; TimeoutError where nothing came. `now()` is lab time."""

    def __init__(
        self, exchange: Exchange, now: Callable[[], datetime], note: Callable[[Event], object] | None = None
    ) -> None:
        self._exchange, self._now, self._note = exchange, now, note
        self._lock = threading.Lock()  # of the cache: checks ask from threads of their own
        self._cache: dict[tuple[str, str], _Kept] = {}
        self._ids = itertools.count(1)

    def lookup(self, name: str, type: str) -> Answer:
        """The records of that type at that name. Every outcome is an Answer; only a word that is no name raises."""
        answer = self.remembered(name, type)
        if answer is not None:
            if self._note is not None:
                self._note(Event(kind="cached", value=answer))
            return answer
        answer = self._led_on(self._ask(*_question(name, type)[:2]))
        self._remember(answer)
        return answer

    def remembered(self, name: str, type: str) -> Answer | None:
        """The answer as the cache gives it out, without asking; None: it would have to be asked. It is not told."""
        needs_text("a domain name", name, "example.com")
        needs_text("a type of record", type, "MX")
        asked, type, keys = _question(name, type)
        now = self._now()
        with self._lock:
            for key in keys:
                kept = self._cache.get(key)
                if kept is not None and now < kept.over:
                    return kept.give(asked, type, now)
        return None

    @property
    def cache(self) -> tuple[Cached, ...]:
        """What it remembers at this moment, oldest first."""
        now = self._now()
        with self._lock:
            kept = [each for each in self._cache.values() if now < each.over]
        return tuple(Cached(answer=each.answer, stored=each.stored, left_s=each.left_s(now)) for each in kept)

    @property
    def now(self) -> datetime:
        """Lab time, for checks that depend on it."""
        return self._now()

    def flush(self) -> None:
        """Forget everything."""
        with self._lock:
            self._cache.clear()

    # ---- asking

    def _ask(self, name: str, type: str) -> Answer:
        for _ in range(ATTEMPTS_MAX):
            query = dns.message.make_query(name, type, flags=0, id=next(self._ids) & 0xFFFF).to_wire()
            answer = self._try(query, "udp")
            if answer is not None and answer.truncated:  # RFC 7766 section 5
                answer = self._try(query, "tcp")
            if answer is not None:
                return answer
        return Answer(name=name, type=type, rcode="TIMEOUT")

    def _try(self, query: bytes, over: str) -> Answer | None:
        """One exchange. None: nothing came, or what came does not belong to the question."""
        try:
            octets = self._exchange(query, over)
        except OSError:  # a timeout, or nobody takes the connection
            return None
        return _read(octets, over) if answers(query, octets) else None

    def _led_on(self, answer: Answer) -> Answer:
        """Where the server's answer ends at an alias for a name it does not know, ask for that name."""
        for _ in range(CHAIN_MAX):
            passed = [name.lower() for name in (answer.name, *answer.chain)]
            if not answer.chain or not answer.nodata or answer.authority:
                return answer
            if passed[-1] in passed[:-1]:
                break
            more = self._ask(passed[-1], answer.type)
            answer = replace(answer, rcode=more.rcode, answers=answer.answers + more.answers, authority=more.authority)
        return replace(answer, rcode="SERVFAIL")  # aliases that go round: RFC 1034 section 3.6.2

    # ---- remembering

    def _remember(self, answer: Answer) -> None:
        now = self._now()
        with self._lock:
            self._cache = {key: kept for key, kept in self._cache.items() if now < kept.over}
            for new in (answer, *_sent_along(answer)):
                key = _key(new.name, ANY_TYPE if new.rcode == "NXDOMAIN" and not new.chain else new.type)
                ttl = new.ttl
                if ttl > 0 and (new is answer or key not in self._cache):
                    self._cache.pop(key, None)  # so that the oldest stays first
                    self._cache[key] = _Kept(new, now, ttl)


def answers(query: bytes, octets: bytes) -> bool:
    """Whether a message answers this query: id, QR and the question agree. RFC 5452 section 9.1"""
    if len(octets) < 12 or octets[:2] != query[:2] or not octets[2] & 0x80:
        return False
    if octets[4:6] == b"\0\0":  # an error may leave the question out
        return octets[3] & 0x0F != 0
    return octets[12 : len(query)].lower() == query[12:].lower()


def _read(octets: bytes, over: str) -> Answer | None:
    try:
        message = dns.message.from_wire(octets)
    except Exception:  # what dnspython thinks of garbage comes as errors of many kinds
        return None
    return Answer.of(message, size_octets=len(octets), over=over)


def _sent_along(answer: Answer) -> list[Answer]:
    """The addresses in the additional section, as answers of their own."""
    if not answer.authoritative or answer.truncated:
        return []
    kinds = dict.fromkeys((record.name, record.type) for record in answer.additional)
    return [
        Answer(
            name=name,
            type=type,
            rcode="NOERROR",
            answers=tuple(record for record in answer.additional if (record.name, record.type) == (name, type)),
            flags=answer.flags,
        )
        for name, type in kinds
        if type in ("A", "AAAA")
    ]


def _aged(answer: Answer, name: str, type: str, age_s: int) -> Answer:
    """The answer to that question as the cache gives it out: its TTLs have run on, and nobody speaks for the zone."""

    def aged(records: tuple[Record, ...]) -> tuple[Record, ...]:
        if not age_s:
            return records
        return tuple(replace(record, ttl=record.ttl - age_s) for record in records if record.ttl > age_s)

    return replace(
        answer,
        name=name,
        type=type,
        answers=aged(answer.answers),
        authority=aged(answer.authority),
        additional=aged(answer.additional),
        flags=tuple(flag for flag in answer.flags if flag != "aa"),
        from_cache=True,
    )


def _key(name: str, type: str) -> tuple[str, str]:
    return name.lower(), type


@lru_cache(maxsize=1024)  # questions: a check asks the same few with each letter
def _question(name: str, type: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """The absolute name, the type in capitals, and the keys under which an answer may be remembered."""
    asked, type = name_of(name).to_text(), _known(type)
    return asked, type, (_key(asked, type), _key(asked, ANY_TYPE))


def _known(type: str) -> str:
    try:
        return dns.rdatatype.to_text(dns.rdatatype.from_text(type))
    except dns.exception.DNSException:
        raise LabError(
            f'"{cited(type) if type else type}" is no type of record: MX, A, TXT, CNAME, PTR, NS and SOA are'
        ) from None
