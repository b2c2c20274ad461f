"""dig's look and nslookup's, word for word. test_dig.py holds them against the programs themselves."""

from __future__ import annotations

import pytest

from labmail.dns.look import Dug
from tests.dns.ask import Host
from tests.dns.cases import ZONES


def dug(host: Host, name: str, type: str) -> Dug:
    return Dug(answer=host.resolver.lookup(name, type), server="ns.example", address="192.0.2.53")


def test_an_answer() -> None:
    found = dug(Host(ZONES), "www.example.com", "A")
    assert repr(found) == (
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR\n"
        ";; flags: qr aa; QUERY: 1, ANSWER: 3, AUTHORITY: 0, ADDITIONAL: 0\n"
        "\n"
        ";; QUESTION SECTION:\n"
        ";www.example.com.               IN      A\n"
        "\n"
        ";; ANSWER SECTION:\n"
        "www.example.com.        300     IN      CNAME   web.example.com.\n"
        "web.example.com.        300     IN      CNAME   mx1.example.com.\n"
        "mx1.example.com.        300     IN      A       198.51.100.1\n"
        "\n"
        ";; SERVER: 192.0.2.53#53(ns.example) (UDP)\n"
        ";; MSG SIZE  rcvd: 85"
    )
    assert repr(found.nslookup) == (
        "Server:         ns.example\n"
        "Address:        192.0.2.53#53\n"
        "\n"
        "www.example.com canonical name = web.example.com.\n"
        "web.example.com canonical name = mx1.example.com.\n"
        "Name:   mx1.example.com\n"
        "Address: 198.51.100.1"
    )
    assert (found.records, found.rdata, found.rcode, found.ttl) == (("198.51.100.1",), b"\xc63d\x01", "NOERROR", 300)


def test_from_the_cache() -> None:
    host = Host(ZONES)
    dug(host, "mx1.example.com", "A")
    host.later(100)
    found = dug(host, "mx1.example.com", "A")
    assert found.ttl == 200
    assert ";; flags: qr; " in repr(found)
    assert "mx1.example.com.        200     IN      A       198.51.100.1\n" in repr(found)
    assert repr(found).endswith("\n;; CACHE: remembered from an earlier answer; no question was sent")
    assert "\nNon-authoritative answer:\nName:   mx1.example.com\n" in found.nslookup


def test_no_answer_at_all() -> None:
    host = Host(ZONES)
    host.server.fail("example.com", "MX", "timeout")
    found = dug(host, "example.com", "MX")
    assert repr(found) == ";; communications error to 192.0.2.53#53: timed out\n;; no servers could be reached"
    assert found.nslookup == repr(found)
    assert (found.records, found.rdata, found.rcode) == ((), b"", "TIMEOUT")


@pytest.mark.parametrize("question", ["example.com MX", "nobody.example.com MX", "mx1.example.com MX", "example.org A"])
def test_it_fits_under_a_cell_and_repeats(question: str) -> None:
    looks = {repr(dug(Host(ZONES), *question.split())) for _ in range(3)}
    assert len(looks) == 1
    assert len(looks.pop().splitlines()) <= 20
