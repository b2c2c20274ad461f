"""The checks of lesson 02: the bytes of an MX record, and the order of servers. RFC 5321 section 5.1."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dns.name

from labmail.dns import mx
from labmail.dns.message import Answer, Record
from labmail.dns.rdata import make_rdata
from labmail.errors import LabError
from labmail.lessons.checking import Found, attempt, right, wrong
from labmail.world import cake

CLIENT, DOMAIN = "mail.example.net", "example.com"
FIRST, SECOND = "mx2.example.com", "mx1.example.com"
RANDOM_CASES = 200

Pairs = list[tuple[int, str]]


# ---- exercise 1


def read_mx(function: Callable[[bytes], Any], lab: Any) -> Found:
    for data in mx_records(lab):
        found = pair_fault(data, attempt(function, data))
        if found:
            return found
    return right()


def mx_records(lab: Any) -> Iterator[bytes]:
    """Those of the lab, one with a large preference, the null MX, and some that chance made, the same each time."""
    for domain in (DOMAIN, "example.org"):
        yield from lab.resolver.lookup(domain, "MX").rdatas
    yield mx_data(300, "mx.example.test.")
    yield lab.resolver.lookup("nomail.example", "MX").rdata
    chance = random.Random(2)
    for _ in range(RANDOM_CASES):
        parts = ["".join(chance.choices("abmx1-", k=chance.randrange(1, 12))) for _ in range(chance.randrange(1, 6))]
        yield mx_data(chance.randrange(65_536), ".".join(parts) + ".")


def mx_data(preference: int, host: str) -> bytes:
    return make_rdata("MX", preference, dns.name.from_text(host)).to_wire() or b""


def pair_fault(data: bytes, got: Any) -> Found | None:
    if not isinstance(got, tuple | list) or len(got) != 2:
        return wrong("no-pair", data=data, got=repr(got))
    (preference, name), wanted = got, int.from_bytes(data[:2], "big")
    if preference != wanted:
        near = {data[1]: "low-byte", int.from_bytes(data[:2], "little"): "other-end"}
        id = near.get(preference, "preference") if isinstance(preference, int) else "preference"
        return wrong(id, data=data, wanted=wanted, got=repr(preference))
    return None if name == host_of(data) else name_fault(data, name)


def host_of(data: bytes) -> str:
    return dns.name.from_wire(data, 2)[0].to_text(omit_final_dot=True).removesuffix(".")


def name_fault(data: bytes, name: Any) -> Found:
    wanted = host_of(data)
    id = "name"
    if isinstance(name, bytes):
        id = "bytes-name"
    elif not isinstance(name, str):
        id = "name"
    elif not wanted:
        id = "empty-name"
    elif any(ord(sign) < ord("-") for sign in name):
        id = "lengths-inside"
    elif name == f"{wanted}.":
        id = "last-dot"
    elif name == wanted.replace(".", ""):
        id = "no-dots"
    elif name == wanted.partition(".")[0]:
        id = "one-part"
    return wrong(id, data=data, wanted=repr(wanted), got=repr(name))


# ---- exercises 2 and 4

THREE_SERVERS = {"v": "a", "w": "b or c", "x": "c", "y": "waits", "z": "returned"}
FIVE_ANSWERS = {"a": "connect", "b": "ask a", "c": "give up", "d": "give up", "e": "try later"}


def three_servers(answers: dict[str, str]) -> Found:
    return words(answers, THREE_SERVERS, also=("b",))


def five_answers(answers: dict[str, str]) -> Found:
    return words(answers, FIVE_ANSWERS)


def words(answers: dict[str, str], correct: dict[str, str], also: Sequence[str] = ()) -> Found:
    for key, wanted in correct.items():
        answer = " ".join(str(answers[key]).lower().split())
        if answer not in (*correct.values(), *also):
            return wrong("no-word", key=key, answer=repr(answers[key]))
        if answer != wanted:
            return wrong(key)
    return right()


# ---- exercise 3


def mx2_first(records: Any, lab: Any) -> Found:
    records = [records] if isinstance(records, str) else records
    if not isinstance(records, list | tuple) or not all(isinstance(record, str) for record in records):
        return wrong("no-records")
    try:
        lab.zone(DOMAIN)["@", "MX"] = list(records)
    except LabError as fault:
        return wrong("zone", fault=fault)
    return list_fault(lab) or days(lab)


def list_fault(lab: Any) -> Found | None:
    """What is wrong with the list as it stands in the zone."""
    answer = lab.resolver.lookup(DOMAIN, "MX")
    listed = {host.rstrip("."): int(number) for number, host in map(str.split, answer.records) if host != "."}
    for host in listed:
        if host not in (FIRST, SECOND):
            known = lab.resolver.lookup(host, "A").records
            return wrong("too-many" if known else "alias-or-unknown", host=host)
    for host in (FIRST, SECOND):
        if host not in listed:
            return wrong("missing", host=host)
    return wrong("equal", preference=listed[FIRST]) if listed[FIRST] == listed[SECOND] else None


def days(lab: Any) -> Found:
    """Send a letter with both servers up, with one, with none."""
    rows = []
    for day, off in (("both are up", ()), (f"{FIRST} is off", (FIRST,)), ("both are off", (FIRST, SECOND))):
        for host in off:
            lab.host(host).stop()
        delivery = lab.send(cake, f"bob@{DOMAIN}", at=CLIENT)
        server = delivery.attempts[-1].server if delivery.delivered else "waits"
        if not off and server != FIRST:
            return wrong("wrong-order", server=server)
        rows.append(f"  {day:22}  {server}")
    return right("\n".join(rows))


# ---- exercise 5


class Directory:
    """A resolver for one domain of which only these servers are known."""

    def __init__(self, records: Pairs) -> None:
        self.records = records

    def lookup(self, name: str, type: str) -> Answer:
        texts = [f"{number} {host}." for number, host in self.records] if type == "MX" else ["192.0.2.1"]
        found = tuple(Record(name=name, ttl=300, type=type, text=text, rdata=b"") for text in texts)
        return Answer(name=name, type=type, rcode="NOERROR", answers=found)


def hosts_to_try(function: Callable[[str, Pairs], Any]) -> Found:
    for domain, records in mx_lists():
        candidates = mx.find(domain, Directory(records)).candidates  # type: ignore[arg-type]
        wanted = [candidate.host for candidate in candidates]
        got = attempt(function, domain, list(records))
        if found := order_fault(domain, records, wanted, got):
            return found
    return right()


def mx_lists() -> Iterator[tuple[str, Pairs]]:
    yield "club.test", [(20, "west"), (5, "south"), (100, "north"), (10, "east")]  # each wrong order differs
    yield "club.test", [(10, "west"), (10, "east"), (5, "south")]
    yield "club.test", []
    yield "club.test", [(0, "")]
    chance = random.Random(3)
    for _ in range(RANDOM_CASES):
        hosts = chance.sample("abcdefgh", chance.randrange(1, 8))
        yield "club.test", [(chance.randrange(0, 40, 5), host) for host in hosts]


def order_fault(domain: str, records: Pairs, wanted: list[str], got: Any) -> Found | None:
    told: dict[str, Any] = {"domain": repr(domain), "records": records, "got": repr(got)}
    if not isinstance(got, list | tuple):
        return wrong("no-list", **told)
    if not records:
        return None if list(got) == [domain] else wrong("no-record", **told)
    if not wanted:
        return wrong("null-mx", **told) if got else None
    if any(not isinstance(host, str) for host in got):
        return wrong("pairs", **told)
    number = {host: number for number, host in records}
    if sorted(got) != sorted(wanted):
        lost = [host for host in wanted if host not in got]
        return wrong("lost", **told, lost=repr(lost[0])) if lost else wrong("no-list", **told)
    if [number[host] for host in got] == sorted(number.values()):
        return None
    if list(got) == sorted(wanted):
        return wrong("by-name", **told)
    if list(got) == [host for _, host in records]:
        return wrong("as-given", **told)
    backwards = [number[host] for host in got] == sorted(number.values(), reverse=True)
    return wrong("backwards" if backwards else "order", **told, first=repr(got[0]))
