"""The octets of a message taken apart: the drawn example, every kind of record, and what makes no sense."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from labmail.dns.packet import KEYS, Field, fields
from labmail.dns.server import NameServer
from labmail.dns.zones import Zones
from tests.dns.ask import query, said
from tests.dns.cases import CASES, ZONES, Case

SERVER = NameServer(Zones(ZONES))
QUESTION = bytes.fromhex("2a1f00000001000000000000076578616d706c6503636f6d00000f0001")
ANSWER = bytes.fromhex(
    "2a1f84000001000200000002076578616d706c6503636f6d00000f0001c00c000f00010000012c0008000a036d7831c00cc00c000f00010000"
    "012c00080014036d7832c00cc02b000100010000012c0004c6336401c03f000100010000012c0004c6336402"
)
ROWS = """
0000 header     ID | query | 1 question | 0 answers | 0 authority | 0 additional
000c question   example.com | MX | IN

0000 header     ID | answer, AA | 1 question | 2 answers | 0 authority | 2 additional
000c question   example.com | MX | IN
001d answer     → 000c | MX | IN | TTL 300 s | 8 octets | pref. 10 | mx1 → 000c
0031 answer     → 000c | MX | IN | TTL 300 s | 8 octets | pref. 20 | mx2 → 000c
0045 additional → 002b | A | IN | TTL 300 s | 4 octets | 198.51.100.1
0055 additional → 003f | A | IN | TTL 300 s | 4 octets | 198.51.100.2
"""


def rows(octets: bytes, over: str = "udp") -> list[str]:
    found: dict[int, list[Field]] = {}
    for field in fields(octets, over):
        found.setdefault(field.row, []).append(field)
    return [
        f"{row[0].start:04x} {row[0].section:10} {' | '.join(field.label for field in row)}" for row in found.values()
    ]


def covered(octets: bytes, over: str = "udp") -> list[Field]:
    """The fields, once it is sure that they cover all octets without a gap."""
    found = fields(octets, over)
    assert [field.start for field in found] == [0, *(field.end for field in found)][: len(found)]
    assert sum(field.end - field.start for field in found) == len(octets)
    assert all(field.start < field.end and field.key in KEYS and field.rfc for field in found)
    assert all(this.row <= that.row <= this.row + 1 for this, that in pairwise(found))
    assert all(field.points_to is None or field.points_to < field.start for field in found)
    return found


def test_the_drawn_example() -> None:
    assert "\n".join([*rows(QUESTION), "", *rows(ANSWER)]) == ROWS.strip()
    assert len(covered(QUESTION)) + len(covered(ANSWER)) == 44


def test_what_a_pointer_means() -> None:
    [field] = [field for field in fields(ANSWER) if field.label == "mx1 → 000c"]
    assert (field.start, field.end, field.points_to, field.key) == (0x2B, 0x31, 0x0C, "name-and-pointer")
    assert field.facts == {"name": "mx1.example.com.", "letters": "mx1", "target": "example.com.", "at": "000c"}
    pointer = next(field for field in fields(ANSWER) if field.label == "→ 002b")
    assert (pointer.key, pointer.facts["name"]) == ("name-pointer", "mx1.example.com.")


def test_over_tcp_a_length_stands_before() -> None:
    octets = len(ANSWER).to_bytes(2, "big") + ANSWER
    found = covered(octets, "tcp")
    assert (found[0].label, found[0].key) == ("101 octets", "length")
    assert [field.label for field in found[1:]] == [field.label for field in fields(ANSWER)]
    assert [field.points_to for field in found if field.label == "→ 002b"] == [0x2B + 2]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_all_answers_are_understood(case: Case) -> None:
    for octets in (query(case.name, case.type, use_edns=0), query(case.name, case.type)):
        covered(octets)
        reply = said(SERVER, octets).octets
        found = covered(reply)
        assert "rest" not in {field.key for field in found}
        assert "data" not in {field.key for field in found} or case.type == "SRV"


LAST = {  # question -> the answer's last row
    ("mx1.example.com", "AAAA"): "→ 000c | AAAA | IN | TTL 300 s | 16 octets | 2001:db8::1",
    ("web.example.com", "A"): "→ 002d | A | IN | TTL 300 s | 4 octets | 198.51.100.1",
    ("example.com", "TXT"): "→ 000c | TXT | IN | TTL 300 s | 30 octets | 29 | “v=spf1 ip4:198.51.100.10 -all”",
    ("nomail.example", "MX"): "→ 000c | MX | IN | TTL 300 s | 3 octets | pref. 0 | .",
    ("www.example.com", "CNAME"): "→ 000c | CNAME | IN | TTL 300 s | 6 octets | web → 0010",
    ("1.100.51.198.in-addr.arpa", "PTR"): "→ 000c | PTR | IN | TTL 300 s | 17 octets | mx1.example.com",
    ("nobody.example.com", "A"): (
        "→ 0013 | SOA | IN | TTL 120 s | 45 octets | ns.example | hostmaster → 0033 | serial 7 | refresh 86400 s | "
        "retry 7200 s | expire 2419200 s | minimum 120 s"
    ),
}


@pytest.mark.parametrize(("question", "labels"), LAST.items(), ids=[" ".join(question) for question in LAST])
def test_kinds_of_data(question: tuple[str, str], labels: str) -> None:
    assert rows(said(SERVER, query(*question)).octets)[-1][16:] == labels


def test_flags_and_edns() -> None:
    octets = said(SERVER, query("nobody.example.com", "A", use_edns=0)).octets
    found = rows(octets)
    assert found[0].startswith("0000 header     ID | answer, AA, RD, NXDOMAIN | 1 question | 0 answers | 1 authority")
    assert found[-1][16:] == ". | OPT | up to 1232 | EDNS 0 | 0 octets"
    assert rows(bytes.fromhex("4711 2800 0000 0000 0000 0000"))[0][16:].startswith("ID | query, UPDATE | 0 questions")


NONSENSE = {  # octets -> why the last field is not understood
    "no header": (b"abc", "the message ends before its flags"),
    "too much": (QUESTION + b"xyz", "more than was announced"),
    "too little": (QUESTION[:-1], "the message ends before its class"),
    "a pointer to itself": (QUESTION[:12] + b"\xc0\x0c\0\x0f\0\1", "a pointer points forward"),
    "a label of no kind": (QUESTION[:12] + b"\x80\x0c\0\x0f\0\1", "a name does not end"),
    "a name without end": (QUESTION[:12] + b"\x3fabc", "a name does not end"),
    "data that end too soon": (ANSWER[:-2], "the data ends too soon"),
}


@pytest.mark.parametrize(("octets", "why"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense(octets: bytes, why: str) -> None:
    found = covered(octets)
    assert (found[-1].section, found[-1].key, found[-1].label) == ("rest", "rest", "not understood")
    assert found[-1].facts == {"why": why}


def test_nothing() -> None:
    assert fields(b"") == []


def test_data_that_do_not_fill_their_length_stay_whole() -> None:
    octets = ANSWER[:-6] + b"\0\5" + ANSWER[-4:] + b"x"
    assert rows(octets)[-1][16:] == "→ 003f | A | IN | TTL 300 s | 5 octets | data of A"


@given(
    some.sampled_from([QUESTION, ANSWER, said(SERVER, query("many.example.com", "MX")).octets]),
    some.lists(some.tuples(some.integers(0, 600), some.sampled_from([0, 1, 12, 63, 64, 192, 255])), max_size=5),
    some.integers(0, 120),
    some.sampled_from(["udp", "tcp"]),
)
@settings(max_examples=200, deadline=None)
def test_anything_is_covered(octets: bytes, changes: list[tuple[int, int]], cut: int, over: str) -> None:
    changed = bytearray(octets)
    for at, octet in changes:
        changed[at % len(changed)] = octet
    covered(bytes(changed[: len(changed) - cut] if cut < len(changed) and cut % 2 else changed), over)


@given(some.binary(max_size=100))
@settings(max_examples=80, deadline=None)
def test_garbage_is_covered(octets: bytes) -> None:
    covered(octets)
