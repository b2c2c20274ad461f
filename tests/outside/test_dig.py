"""`dig` asks a running lab: the base world as it is, a world whose zones hold every case, and a lab that is edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labmail import Lab
from tests.dns.cases import CASES, ZONES, Case
from tests.outside.up import Places, dig, run, section, short, status, up

pytestmark = pytest.mark.needs("dig")

NS = "ns.example"
WORLD = """\
name_server = "ns.example"

[host."ns.example"]
address = "192.0.2.53"
services = ["dns"]

[host."outside.example"]
address = "198.51.100.200"
"""
SECTIONS = {"ANSWER": "answers", "AUTHORITY": "authority", "ADDITIONAL": "additional"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The name server of a world made of nothing but the zones of the cases."""
    folder: Path = tmp_path_factory.mktemp("cases")
    (folder / "world.toml").write_text(WORLD)
    (folder / "zones").mkdir()
    for origin, text in ZONES.items():
        (folder / "zones" / f"{origin}.zone").write_text(text)
    with up("--world", str(folder / "world.toml")) as places:
        yield places[NS]


@pytest.mark.parametrize("over", ["+notcp", "+tcp"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_case(port: int, case: Case, over: str) -> None:
    text = dig(port, over, "-q", case.name, "-t", case.type)
    assert status(text) == case.rcode
    assert ("flags: qr aa rd;" if case.authoritative else "flags: qr rd;") in text
    for title, records in SECTIONS.items():
        assert section(text, title) == getattr(case, records)
    assert "WARNING: Message" not in text  # what dig says of octets that it cannot read


def test_truncated_then_tcp(port: int) -> None:
    text = dig(port, "long.example.com", "TXT")
    assert text.startswith(";; Truncated, retrying in TCP mode.")
    assert "(TCP)" in text
    assert section(text, "ANSWER")[0].count('" "') == 7


def test_truncated_and_left_so(port: int) -> None:
    text = dig(port, "+ignore", "long.example.com", "TXT")
    assert "flags: qr aa tc rd;" in text
    assert section(text, "ANSWER") == ()


EDNS = {
    "none": (("+noedns",), "NOERROR", ""),
    "our own size": ((), "NOERROR", "; EDNS: version: 0, flags:; udp: 1232"),
    "another version": (("+edns=1", "+noednsnegotiation"), "BADVERS", "; EDNS: version: 0"),
    "another version, then ours": (("+edns=1",), "NOERROR", ";; BADVERS, retrying with EDNS version 0"),
    "an unknown option": (("+ednsopt=65001:c0ffee",), "NOERROR", "; EDNS: version: 0"),
    "DNSSEC wished for": (("+dnssec",), "NOERROR", "; EDNS: version: 0"),
    "a tiny buffer": (("+bufsize=512",), "NOERROR", "; EDNS: version: 0"),
}


@pytest.mark.parametrize(("words", "code", "says"), EDNS.values(), ids=EDNS)
def test_edns(base: Places, words: tuple[str, ...], code: str, says: str) -> None:
    text = dig(base[NS], *words, "example.com", "MX")
    assert status(text) == code
    assert says in text
    assert ("EDNS: version" in text) is (words != ("+noedns",))


def test_the_base_world(base: Places) -> None:
    port = base[NS]
    assert short(port, "example.com", "MX") == ["10 mx1.example.com.", "20 mx2.example.com."]
    assert section(dig(port, "example.com", "MX"), "ADDITIONAL") == (
        "mx1.example.com. 300 A 198.51.100.1",
        "mx2.example.com. 300 A 198.51.100.2",
    )
    assert short(port, "outside.example", "TXT") == ['"v=spf1 ip4:198.51.100.200 -all"']
    assert short(port, "nomail.example", "MX") == ["0 ."]
    assert short(port, "-x", "198.51.100.1") == ["mx1.example.com."]
    assert short(port, "-x", "203.0.113.17", "+tcp") == ["laptop.example.net."]
    assert status(dig(port, "-x", "198.51.100.250")) == "NXDOMAIN"
    assert status(dig(port, "nobody.example", "A")) == "NXDOMAIN"
    assert status(dig(port, "labmail.invalid", "A")) == "REFUSED"
    assert status(dig(port, "-x", "10.0.0.1")) == "REFUSED"


def test_no_zone_is_transferred(base: Places) -> None:
    assert "; Transfer failed." in dig(base[NS], "example.com", "AXFR")


def test_many_questions_at_once(base: Places) -> None:
    questions = [word for _ in range(50) for word in ("example.com", "MX", "nobody.example.com", "A")]
    text = dig(base[NS], "+tcp", "+keepopen", *questions)
    assert text.count("status: NOERROR") == text.count("status: NXDOMAIN") == 50


# ---- what is changed first


def test_an_edit_is_seen_at_once(lab: Lab, places: Places) -> None:
    port, zone = places[NS], lab.zone("example.com")
    zone["www", "CNAME"] = "web"
    zone["web", "CNAME"] = "mx1"
    zone["*.wild", "A"] = "198.51.100.7"
    zone["deep.in.here", "A"] = "198.51.100.9"
    zone["@", "MX"] = "5 mx2"
    assert short(port, "www.example.com", "A") == ["web.example.com.", "mx1.example.com.", "198.51.100.1"]
    assert short(port, "any.wild.example.com", "A") == ["198.51.100.7"]
    between = dig(port, "in.here.example.com", "A")
    assert (status(between), section(between, "ANSWER")) == ("NOERROR", ())
    [soa] = section(between, "AUTHORITY")
    assert soa.startswith("example.com. 300 SOA ns.example. hostmaster.example. 6 ")
    assert short(port, "example.com", "MX") == ["5 mx2.example.com."]
    lab.reset()
    assert short(port, "example.com", "MX") == ["10 mx1.example.com.", "20 mx2.example.com."]


def test_ordered_failures(lab: Lab, places: Places) -> None:
    port = places[NS]
    lab.name_server.fail("example.com", "MX", "SERVFAIL")
    assert status(dig(port, "example.com", "MX")) == "SERVFAIL"
    assert status(dig(port, "example.com", "TXT")) == "NOERROR"
    lab.name_server.fail("example.com", "MX", "timeout")
    for over in ("+notcp", "+tcp"):
        text = run("dig", "-r", "@127.0.0.1", "-p", str(port), "+time=1", "+tries=1", over, "example.com", "MX").text
        assert "timed out" in text
    lab.name_server.fail("example.com", "MX", None)
    assert status(dig(port, "example.com", "MX")) == "NOERROR"


def test_a_stopped_name_server_is_silent_and_keeps_its_port(lab: Lab, places: Places) -> None:
    port = places[NS]
    lab.host(NS).stop()
    silent = run("dig", "-r", "@127.0.0.1", "-p", str(port), "+time=1", "+tries=1", "example.com", "MX")
    assert "timed out" in silent.text
    assert silent.code == 9  # no answer: dig(1)
    assert "status" not in dig(port, "+tcp", "example.com", "MX")
    lab.host(NS).start()
    assert status(dig(port, "example.com", "MX")) == "NOERROR"
    assert not lab.record.filter(kind="fault")


def test_every_question_is_on_the_timeline(lab: Lab, places: Places) -> None:
    dig(places[NS], "example.com", "MX")
    heard, said = (event for event in lab.record if event.kind in ("heard", "said"))
    assert (heard.by, said.by) == ("outside.example", NS)
    assert heard.wire is said.wire
    assert str(heard.wire).startswith("outside.example [198.51.100.200] to ns.example [192.0.2.53] port 53")
    assert b"\x07example\x03com" in heard.octets
