"""What `dig` and `nslookup` see on a real wire: every case, UDP and TCP, refusals and ordered failures."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from labmail.dns.look import Dug
from labmail.dns.server import NameServer
from labmail.dns.zones import Zones
from tests.dns.ask import Host
from tests.dns.cases import CASES, ZONES, Case
from tests.dns.wire import served

pytestmark = pytest.mark.needs("dig", "nslookup")

SECTION = {"ANSWER": "answers", "AUTHORITY": "authority", "ADDITIONAL": "additional"}


@pytest.fixture(scope="module")
def server() -> NameServer:
    return NameServer(Zones(ZONES))


@pytest.fixture(scope="module")
def port(server: NameServer) -> Iterator[int]:
    with served(server) as port:
        yield port


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    return done.stdout + done.stderr


def dig(port: int, *words: str) -> str:
    return run("dig", "-r", "@127.0.0.1", "-p", str(port), "+time=2", "+tries=1", "+qr", *words)


def section(text: str, title: str) -> tuple[str, ...]:
    """The records that dig prints under a title, with single blanks and without the class."""
    found = re.findall(rf"^;; {title} SECTION:\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)
    return tuple(
        re.sub(r"\s+IN\s+", " ", " ".join(line.split("\t")), count=1) for line in "\n".join(found).splitlines()
    )


def tidy(line: str) -> str:
    name, ttl, rest = re.split(r"\s+", line, maxsplit=2)
    return f"{name} {ttl} {rest}"


@pytest.mark.parametrize("over", ["+notcp", "+tcp"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_cases(port: int, case: Case, over: str) -> None:
    text = dig(port, over, "-q", case.name, "-t", case.type)
    assert f"status: {case.rcode}," in text
    assert ("flags: qr aa rd;" if case.authoritative else "flags: qr rd;") in text
    for title, records in SECTION.items():
        assert tuple(map(tidy, section(text, title))) == getattr(case, records)
    assert "Truncated" not in text
    assert "WARNING: Message" not in text  # what dig says of octets that it cannot read


def test_truncated_then_tcp(port: int) -> None:
    text = dig(port, "long.example.com", "TXT")
    assert "Truncated, retrying in TCP mode" in text
    assert "(TCP)" in text
    assert "h" * 200 in text


def test_truncated_and_left_so(port: int) -> None:
    text = dig(port, "+ignore", "+noedns", "long.example.com", "TXT")
    assert "flags: qr aa tc rd;" in text
    assert section(text, "ANSWER") == ()


REFUSALS = {
    "another version of EDNS": (("+edns=1", "+noednsneg", "example.com", "MX"), "BADVERS"),
    "another opcode": (("+opcode=NOTIFY", "example.com", "SOA"), "NOTIMP"),
    "an unassigned opcode": (("+opcode=9", "example.com", "SOA"), "NOTIMP"),
    "another class": (("-c", "CH", "version.bind", "TXT"), "REFUSED"),
    "with a cookie": (("+cookie", "example.com", "MX"), "NOERROR"),
    "with padding and an unknown option": (("+ednsopt=65001:c0ffee", "example.com", "MX"), "NOERROR"),
    "with DNSSEC wished for": (("+dnssec", "example.com", "MX"), "NOERROR"),
}


@pytest.mark.parametrize(("words", "status"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(port: int, words: tuple[str, ...], status: str) -> None:
    assert f"status: {status}," in dig(port, *words)


def test_a_zone_is_not_transferred(port: int) -> None:
    assert "; Transfer failed." in dig(port, "example.com", "AXFR")


def test_an_edit_is_seen_at_once(server: NameServer, port: int) -> None:
    zone = server.zones["example.org"]
    before = zone["@", "MX"]
    zone["@", "MX"] = "0 ."
    assert dig(port, "+short", "+noqr", "example.org", "MX") == "0 .\n"
    zone["@", "MX"] = before
    assert dig(port, "+short", "+noqr", "example.org", "MX") == "10 mx.mailhost.example.\n"


def test_ordered_failures(server: NameServer, port: int) -> None:
    server.fail("example.com", "MX", "SERVFAIL")
    assert "status: SERVFAIL," in dig(port, "example.com", "MX")
    server.fail("example.com", "MX", "timeout")
    assert "timed out" in run("dig", "@127.0.0.1", "-p", str(port), "+time=1", "+tries=1", "example.com", "MX")
    server.fail("example.com", "MX", None)
    assert "status: NOERROR," in dig(port, "example.com", "MX")


# ---- our looks beside theirs

RUNS = r";; (WHEN|Query time|global options|Got answer|WARNING)[^\n]*\n|; <<>>[^\n]*\n|; \(1 server[^\n]*\n|, id: \d+"
QUESTIONS = [
    "example.com MX",
    "www.example.com A",
    "www.example.com MX",
    "nobody.example.com A",
    "mx1.example.com MX",
    "example.com SOA",
    "example.com NS",
    "example.com TXT",
    "example.edu A",
    "long.example.com TXT",
    "1.100.51.198.in-addr.arpa PTR",
    "any.wild.example.com A",
    *(f"{'x' * octets}.wild.example.com A" for octets in (3, 5, 6, 7, 8, 20, 29)),  # around the columns
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_our_dig_look(port: int, server: NameServer, question: str) -> None:
    theirs = run("dig", "-r", "@127.0.0.1", "-p", str(port), "+noedns", "+norecurse", *question.split())
    theirs = re.sub(RUNS, "", theirs).replace(f"127.0.0.1#{port}(127.0.0.1)", "192.0.2.53#53(ns.example)")
    dug = Dug(answer=Host(server).resolver.lookup(*question.split()), server="ns.example", address="192.0.2.53")
    assert repr(dug) == re.sub(r"\n{3,}", "\n\n", theirs).strip().expandtabs()


@pytest.mark.parametrize("question", QUESTIONS)
def test_our_nslookup_look(port: int, server: NameServer, question: str) -> None:
    name, type = question.split()
    theirs = run("nslookup", f"-port={port}", f"-type={type}", name, "127.0.0.1")
    theirs = re.sub(r"Server:.*\nAddress:.*\n", "Server:\t\tns.example\nAddress:\t192.0.2.53#53\n", theirs)
    theirs = theirs.replace(";; Truncated, retrying in TCP mode.\n", "").strip().expandtabs()
    dug = Dug(answer=Host(server).resolver.lookup(name, type), server="ns.example", address="192.0.2.53")
    assert str(dug.nslookup) == repr(dug.nslookup) == theirs
