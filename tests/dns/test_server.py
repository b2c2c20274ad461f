"""The name server in memory: every case, hostile octets, crumbs, ordered failures."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.opcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from labmail.dns.answers import CHAIN_MAX
from labmail.dns.message import Answer, Query
from labmail.dns.server import EDNS_OCTETS, UDP_OCTETS, NameServer, Session
from labmail.dns.zones import Zones
from labmail.errors import LabError
from tests.dns.ask import answer, lines, query, said
from tests.dns.cases import CASES, HEAD, ZONES, Case

SERVER = NameServer(Zones(ZONES))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_cases(case: Case) -> None:
    got = answer(SERVER, case.name, case.type)
    assert (got.rcode, got.authoritative, got.truncated) == (case.rcode, case.authoritative, False)
    assert lines(got.answers) == case.answers
    assert lines(got.authority) == case.authority
    assert lines(got.additional) == case.additional


def test_the_question_comes_back_as_it_was_spelled() -> None:
    octets = query("MiXeD.example.com", "A")
    event = said(SERVER, octets)
    assert event.octets[12 : len(octets)] == octets[12:]
    assert event.octets[:2] == octets[:2]


def test_what_an_event_says_of_a_query() -> None:
    heard, _ = Session(SERVER).receive(query("example.com", "MX", use_edns=0, payload=900))
    assert heard.value == Query(name="example.com.", type="MX", id=4711, recursion_desired=True, edns_octets=900)


def test_order_is_the_files_order() -> None:
    """dnspython shuffles unless told not to; a lesson must show the same each time."""
    zones = {"example": HEAD + "".join(f"@ MX 10 mx{n}\n" for n in range(9))}
    server = NameServer(Zones(zones))
    for _ in range(5):
        assert answer(server, "example", "MX").records == tuple(f"10 mx{n}.example." for n in range(9))


# ---- size

LIMITS = [  # what the client allows -> TC, octets at most
    ("middle.example.com", None, False, UDP_OCTETS),
    ("many.example.com", None, False, UDP_OCTETS),  # the additional section may stay out in silence: RFC 2181 section 9
    ("long.example.com", None, True, UDP_OCTETS),
    ("long.example.com", 100, True, UDP_OCTETS),
    ("long.example.com", 900, True, 900),
    ("long.example.com", 4096, True, EDNS_OCTETS),
]


@pytest.mark.parametrize(("name", "allowed", "truncated", "most"), LIMITS)
def test_truncation(name: str, allowed: int | None, truncated: bool, most: int) -> None:
    wishes = {} if allowed is None else {"use_edns": 0, "payload": allowed}
    octets = query(name, "MX" if name.startswith("many") else "TXT", **wishes)
    event = said(SERVER, octets)
    assert isinstance(event.value, Answer)
    assert len(event.octets) <= most
    assert event.value.truncated == truncated
    assert bool(event.value.found) != truncated


def test_over_tcp_all_of_it() -> None:
    octets = query("long.example.com", "TXT")
    event = said(SERVER, len(octets).to_bytes(2, "big") + octets, "tcp")
    assert isinstance(event.value, Answer)
    assert int.from_bytes(event.octets[:2], "big") == len(event.octets) - 2 == event.value.size_octets > EDNS_OCTETS
    assert len(event.value.texts[0]) == 8 * 200


def test_too_long_for_tcp_as_well() -> None:
    server = NameServer(Zones({"example": HEAD + "".join(f'@ TXT "{n:0250}"\n' for n in range(300))}))
    octets = query("example", "TXT")
    event = said(server, len(octets).to_bytes(2, "big") + octets, "tcp")
    assert isinstance(event.value, Answer)
    assert event.value.truncated
    assert len(event.octets) <= 2 + 65_535


# ---- refusals

REFUSALS = {
    "another version of EDNS": (query("example.com", "MX", use_edns=1), "BADVERS"),
    "a zone transfer": (query("example.com", "AXFR"), "REFUSED"),
    "another class": (query("example.com", "MX", rdclass="CH"), "REFUSED"),
    "OPT as a question": (query("example.com", "OPT"), "FORMERR"),
    "no question": (bytes.fromhex("4711 0000 0000 0000 0000 0000"), "FORMERR"),
    "two questions": (bytes.fromhex("4711 0000 0002 0000 0000 0000") + 2 * bytes.fromhex("00 000f 0001"), "FORMERR"),
    "more than announced": (query("example.com", "MX") + b"x", "FORMERR"),
    "less than announced": (query("example.com", "MX")[:-1], "FORMERR"),
    "a pointer to itself": (bytes.fromhex("4711 0000 0001 0000 0000 0000 c00c 000f 0001"), "FORMERR"),
    "an update": (bytes.fromhex("4711 2800 0000 0000 0000 0000"), "NOTIMP"),
    "an opcode that nobody gave out": (bytes.fromhex("4711 7800 0000 0000 0000 0000"), "NOTIMP"),
    "an answer": (bytes.fromhex("4711 8000 0001 0000 0000 0000 00 000f 0001"), "dropped"),
    "a broken answer": (bytes.fromhex("4711 8000 0001 0000 0000 0000"), "dropped"),
    "less than a header": (b"\x47\x11\0", "dropped"),
    "nothing": (b"", "dropped"),
}


@pytest.mark.parametrize(("octets", "rcode"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(octets: bytes, rcode: str) -> None:
    event = said(SERVER, octets)
    if rcode == "dropped":
        assert (event.kind, event.octets) == ("dropped", b"")
        return
    assert isinstance(event.value, Answer)
    assert (event.value.rcode, event.value.answers, event.octets[:2]) == (rcode, (), octets[:2])


def test_the_opcode_comes_back() -> None:
    event = said(SERVER, bytes.fromhex("4711 2100 0000 0000 0000 0000"))
    assert event.octets[2:4] == bytes.fromhex("a104")


# ---- hostile octets

WELL_FORMED = [query("example.com", "MX"), query("any.wild.example.com", "ANY", use_edns=0, payload=600)]
mutated = some.tuples(
    some.sampled_from(WELL_FORMED),
    some.lists(some.tuples(some.integers(0, 60), some.integers(0, 255)), max_size=6),
    some.integers(0, 60),
    some.binary(max_size=8),
)


@given(some.binary(max_size=80))
@settings(max_examples=100, deadline=None)
def test_garbage_never_raises(octets: bytes) -> None:
    _, event = Session(SERVER).receive(octets)
    assert event.kind in ("said", "dropped")


@given(mutated)
@settings(max_examples=200, deadline=None)
def test_nearly_right_never_raises(parts: tuple[bytes, list[tuple[int, int]], int, bytes]) -> None:
    octets, changes, cut, tail = parts
    changed = bytearray(octets)
    for at, octet in changes:
        changed[at % len(changed)] = octet
    packet = bytes(changed[: len(changed) - cut % len(changed) if cut % 3 == 0 else None] + tail)
    _, event = Session(SERVER).receive(packet)
    assert event.kind in ("said", "dropped")
    if event.kind == "said":
        assert event.octets[:2] == packet[:2]
        assert event.octets[2] & 0x80
        assert len(event.octets) <= max(UDP_OCTETS, EDNS_OCTETS)
        dns.message.from_wire(event.octets)


@given(some.lists(some.one_of(some.sampled_from(WELL_FORMED), some.binary(max_size=30)), max_size=4))
@settings(max_examples=40, deadline=None)
def test_one_octet_at_a_time(packets: list[bytes]) -> None:
    stream = b"".join(len(packet).to_bytes(2, "big") + packet for packet in packets)
    whole, crumbs = Session(SERVER, "tcp"), Session(SERVER, "tcp")
    events = list(whole.receive(stream))
    assert [event for octet in stream for event in crumbs.receive(bytes([octet]))] == events
    assert [event.octets[2:] for event in events if event.kind == "heard"] == packets


def test_it_greets_nobody() -> None:
    assert list(Session(SERVER, "tcp").begin()) == []


# ---- ordered failures


def test_failures_by_name_and_type() -> None:
    server = NameServer(Zones(ZONES))
    server.fail("Example.com", "MX", "SERVFAIL")
    server.fail("mx1.example.com", "a", "timeout")
    assert server.failures == {("Example.com.", "MX"): "SERVFAIL", ("mx1.example.com.", "A"): "timeout"}
    assert answer(server, "example.com", "MX").rcode == "SERVFAIL"
    assert answer(server, "example.com", "TXT").rcode == "NOERROR"
    silent = said(server, query("mx1.example.com", "A"))
    assert silent.kind == "dropped"
    assert isinstance(silent.value, Query)
    server.fail("example.com.", "MX", None)
    server.fail("mx1.example.com", "A", None)
    assert answer(server, "example.com", "MX").rcode == "NOERROR"
    assert server.failures == {}


def test_an_unknown_failure_is_a_sentence() -> None:
    with pytest.raises(LabError, match=r'SERVFAIL, REFUSED, timeout, or None to end it, not "slow"'):
        SERVER.fail("example.com", "MX", "slow")


def test_a_long_chain_ends() -> None:
    chain = "".join(f"a{n} CNAME a{n + 1}\n" for n in range(100))
    got = answer(NameServer(Zones({"example": HEAD + chain})), "a0.example", "A")
    assert len(got.answers) == CHAIN_MAX


def test_the_server_reads_the_zone_as_it_is_now() -> None:
    zones = Zones(ZONES)
    server = NameServer(zones)
    zones["example.com"]["@", "MX"] = "5 mx2"
    assert answer(server, "example.com", "MX").records == ("5 mx2.example.com.",)


def test_dropped_flags_of_the_query() -> None:
    octets = dns.message.make_query("example.com", "MX", flags=dns.flags.AD | dns.flags.CD).to_wire()
    event = said(SERVER, octets)
    assert isinstance(event.value, Answer)
    assert event.value.flags == ("qr", "aa")
    assert dns.message.from_wire(event.octets).opcode() == dns.opcode.QUERY
