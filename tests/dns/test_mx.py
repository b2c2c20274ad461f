"""Which hosts take mail for a domain: each case a zone, with the verdict, the list and the reasons."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from labmail.dns import mx
from tests.dns.ask import Host
from tests.dns.cases import HEAD

ADDRESSES = "".join(f"mx{n} A 198.51.100.{n}\n" for n in range(1, 5))


@dataclass(frozen=True, kw_only=True)
class Case:
    records: str = ""
    domain: str = "example.com"
    me: str | None = None
    failing: dict[tuple[str, str], str] = field(default_factory=dict)
    verdict: str
    status: str = ""
    hosts: list[str] = field(default_factory=list)
    steps: list[str]


CASES = {
    "the smaller number first": Case(
        records="@ MX 20 mx2\n@ MX 10 mx1\n@ MX 30 mx3",
        verdict="mx",
        hosts=["10 mx1.example.com", "20 mx2.example.com", "30 mx3.example.com"],
        steps=["records", "candidate", "candidate", "candidate", "mx"],
    ),
    "equals stay in the order of the answer": Case(
        records="@ MX 20 mx3\n@ MX 10 mx2\n@ MX 10 mx1",
        verdict="mx",
        hosts=["10 mx2.example.com", "10 mx1.example.com", "20 mx3.example.com"],
        steps=["records", "equal", "candidate", "candidate", "candidate", "mx"],
    ),
    "no MX: the domain's own address": Case(
        records="@ A 198.51.100.9",
        verdict="implicit",
        hosts=["0 example.com"],
        steps=["no-mx", "implicit"],
    ),
    "no MX and no address": Case(
        records='@ TXT "only a text"', verdict="nohost", status="5.4.4", steps=["no-mx", "nohost"]
    ),
    "an MX rules the address out": Case(
        records="@ A 198.51.100.9\n@ MX 10 nobody",
        verdict="nohost",
        status="5.4.4",
        steps=["records", "target-unknown", "nohost"],
    ),
    "null MX": Case(records="@ MX 0 .", verdict="null", status="5.1.10", steps=["null"]),
    "null MX, and an address that does not matter": Case(
        records="@ MX 0 .\n@ A 198.51.100.9", verdict="null", status="5.1.10", steps=["null"]
    ),
    "no such domain": Case(domain="nobody.example.com", verdict="nodomain", status="5.1.2", steps=["nodomain"]),
    "no domain name": Case(domain="a..b", verdict="nodomain", status="5.1.2", steps=["nodomain"]),
    "an MX that leads to an alias": Case(
        records="@ MX 10 mail\n@ MX 20 mx2\nmail CNAME mx1",
        verdict="mx",
        hosts=["20 mx2.example.com"],
        steps=["records", "target-alias", "candidate", "mx"],
    ),
    "only an alias": Case(
        records="@ MX 10 mail\nmail CNAME mx1",
        verdict="nohost",
        status="5.4.4",
        steps=["records", "target-alias", "nohost"],
    ),
    "a server that does not exist, and one without an address": Case(
        records='@ MX 10 nobody\n@ MX 20 text\n@ MX 30 mx3\ntext TXT "no address"',
        verdict="mx",
        hosts=["30 mx3.example.com"],
        steps=["records", "target-unknown", "target-no-address", "candidate", "mx"],
    ),
    "a domain that is an alias": Case(
        domain="www.example.com",
        records="@ MX 10 mx1\nwww CNAME @",
        verdict="mx",
        hosts=["10 mx1.example.com"],
        steps=["alias", "records", "candidate", "mx"],
    ),
    "an alias of a host without MX": Case(
        domain="www.example.com",
        records="www CNAME mx1",
        verdict="implicit",
        hosts=["0 www.example.com"],
        steps=["alias", "no-mx", "implicit"],
    ),
    "several addresses": Case(
        records="@ MX 10 both\nboth A 198.51.100.7\nboth A 198.51.100.8",
        verdict="mx",
        hosts=["10 both.example.com"],
        steps=["records", "candidate", "mx"],
    ),
    "SERVFAIL is not a no": Case(
        records="@ MX 10 mx1\n@ A 198.51.100.9",
        failing={("example.com", "MX"): "SERVFAIL"},
        verdict="temporary",
        status="4.4.3",
        steps=["temporary"],
    ),
    "silence is not a no": Case(
        failing={("example.com", "MX"): "timeout"}, verdict="temporary", status="4.4.3", steps=["temporary"]
    ),
    "a domain that nobody answers for": Case(
        domain="example.edu", verdict="temporary", status="4.4.3", steps=["temporary"]
    ),
    "the address is silent": Case(
        records="@ A 198.51.100.9",
        failing={("example.com", "A"): "timeout"},
        verdict="temporary",
        status="4.4.3",
        steps=["no-mx", "temporary"],
    ),
    "one server's address is silent, the next is tried": Case(
        records="@ MX 10 outside.example.org.\n@ MX 20 mx2",
        verdict="mx",
        hosts=["20 mx2.example.com"],
        steps=["records", "target-temporary", "candidate", "mx"],
    ),
    "the only server's address is silent": Case(
        records="@ MX 10 outside.example.org.\n@ MX 20 nobody",
        verdict="temporary",
        status="4.4.3",
        steps=["records", "target-temporary", "target-unknown", "temporary"],
    ),
    "I am in the list: not back, and not to those I am preferred to": Case(
        records="@ MX 10 mx1\n@ MX 20 mx2\n@ MX 20 mx3\n@ MX 30 mx4",
        me="MX2.example.com",
        verdict="mx",
        hosts=["10 mx1.example.com"],
        steps=["records", "equal", "candidate", "not-back", "not-back", "not-back", "mx"],
    ),
    "I am the best": Case(
        records="@ MX 10 mx1\n@ MX 20 mx2",
        me="mx1.example.com",
        verdict="self",
        status="5.4.6",
        steps=["records", "not-back", "not-back", "self"],
    ),
    "I am the domain": Case(
        records="@ A 198.51.100.9", me="example.com", verdict="self", status="5.4.6", steps=["no-mx", "self"]
    ),
    "the better one is silent and I am the next": Case(
        records="@ MX 10 outside.example.org.\n@ MX 20 mx2",
        me="mx2.example.com",
        verdict="temporary",
        status="4.4.3",
        steps=["records", "target-temporary", "not-back", "temporary"],
    ),
    "I am elsewhere": Case(
        records="@ MX 10 mx1",
        me="mail.example.net",
        verdict="mx",
        hosts=["10 mx1.example.com"],
        steps=["records", "candidate", "mx"],
    ),
}


def host_for(case: Case) -> Host:
    host = Host({"example.com": HEAD + ADDRESSES + case.records + "\n"})
    for (name, type), how in case.failing.items():
        host.server.fail(name, type, how)
    return host


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_cases(case: Case) -> None:
    found = mx.find(case.domain, host_for(case).resolver, case.me)
    assert (found.verdict, found.status) == (case.verdict, case.status)
    assert [f"{candidate.preference} {candidate.host}" for candidate in found.candidates] == case.hosts
    assert [step.key for step in found.steps] == case.steps
    assert found.permanent == case.status.startswith("5")
    assert {step.key for step in found.steps} <= {*mx.KEYS, *mx.STATUS}


def test_every_key_has_a_case() -> None:
    keys = {key for case in CASES.values() for key in case.steps}
    assert keys == ({*mx.KEYS, *mx.STATUS} - {"stray-null"})  # which no zone of ours may hold; below


def test_the_addresses() -> None:
    found = mx.find("example.com", host_for(CASES["several addresses"]).resolver)
    assert found.candidates[0].addresses == ("198.51.100.7", "198.51.100.8")


def test_one_question_is_enough_where_addresses_come_along() -> None:
    host = host_for(CASES["the smaller number first"])
    mx.find("example.com", host.resolver)
    assert host.asked == ["example.com. MX udp"]


def test_a_null_mx_beside_others_is_passed_over() -> None:
    """Others publish what our zones refuse: the octets are changed on their way."""
    records = "@ MX 10 mx1\n@ MX 20 q\nmx1 A 198.51.100.1\n"
    host = Host(
        {"example.com": HEAD + records}, lambda octets, over: octets.replace(b"\0\6\0\x14\1q\xc0\x0c", b"\0\3\0\x14\0")
    )
    found = mx.find("example.com", host.resolver)
    assert [step.key for step in found.steps] == ["records", "candidate", "stray-null", "mx"]


def test_what_a_step_shows() -> None:
    found = mx.find("example.com", host_for(CASES["an MX that leads to an alias"]).resolver)
    step = found.steps[1]
    assert (step.host, step.preference, step.other) == ("mail.example.com", 10, "mx1.example.com")
    assert step.rfc == "RFC 2181 section 10.3"
    assert step.answer is not None
    assert step.answer.chain == ("mx1.example.com.",)
