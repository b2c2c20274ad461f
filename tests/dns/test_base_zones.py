"""The zone files of the base world: well formed, in our own form, and true to each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from labmail import dkim, dmarc
from labmail.dns import mx
from labmail.dns.zones import Zones
from labmail.world import load
from labmail.world.providers import KeyFile
from tests.dns.ask import Host

FILES = sorted((Path(__file__).parents[2] / "labmail" / "worlds" / "base" / "zones").glob("*.zone"))
TEXTS = {file.stem: file.read_text(encoding="utf-8") for file in FILES}
ZONES = Zones(TEXTS)


@pytest.fixture
def host() -> Host:
    return Host(TEXTS)


@pytest.mark.parametrize("origin", TEXTS)
def test_a_file_is_a_comment_and_our_own_form(origin: str) -> None:
    comment, rest = TEXTS[origin].split("\n", 1)
    assert comment.startswith(f"; {origin}: ")
    assert rest == ZONES[origin].text
    assert "$TTL 300\n" in rest


def test_only_reserved_names_and_documentation_addresses() -> None:
    """RFC 2606, RFC 5737."""
    for origin in TEXTS:
        assert origin.split(".")[-1] in ("example", "test", "arpa") or origin.removeprefix("example.") in (
            "com",
            "net",
            "org",
        )
        for entry in ZONES[origin].contents.file.entries:
            if entry.type == "A":
                assert entry.rdata.to_text().startswith(("192.0.2.", "198.51.100.", "203.0.113."))


def test_every_address_leads_back_to_its_name(host: Host) -> None:
    named = [
        (entry.owner.to_text(), entry.rdata.to_text())
        for origin in TEXTS
        for entry in ZONES[origin].contents.file.entries
        if entry.type == "A" and origin != "nomx.example"  # it shares the hosting firm's
    ]
    assert len(named) == 13
    for name, address in named:
        reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
        assert host.resolver.lookup(reverse, "PTR").records == (name,)


WAYS = {  # domain -> verdict, hosts in order
    "example.net": ("mx", ["mail.example.net 192.0.2.67"]),
    "example.com": ("mx", ["mx1.example.com 198.51.100.1", "mx2.example.com 198.51.100.2"]),
    "example.org": ("mx", ["mx.mailhost.example 198.51.100.80"]),
    "club.example": ("mx", ["mx.mailhost.example 198.51.100.80"]),
    "alumni.example": ("mx", ["mx.alumni.example 198.51.100.44", "list.alumni.example 203.0.113.80"]),
    "mallory.example": ("implicit", ["mallory.example 203.0.113.66"]),
    "nomx.example": ("implicit", ["nomx.example 198.51.100.80"]),
    "nomail.example": ("null", []),
    "aliasmx.example": ("nohost", []),
    "isp.example": ("nohost", []),
    "exmaple.com": ("nodomain", []),
    "nobody.test": ("nodomain", []),
    "example.edu": ("temporary", []),  # outside of all zones: refused
}


@pytest.mark.parametrize(("domain", "way"), WAYS.items(), ids=WAYS)
def test_the_way_to_each_domain(host: Host, domain: str, way: tuple[str, list[str]]) -> None:
    found = mx.find(domain, host.resolver)
    hosts = [f"{candidate.host} {' '.join(candidate.addresses)}" for candidate in found.candidates]
    assert (found.verdict, hosts) == way


SPF = {
    "example.net": "v=spf1 ip4:192.0.2.67 -all",
    "mallory.example": "v=spf1 ip4:203.0.113.66 -all",
    "alumni.example": "v=spf1 include:_spf.mailhost.example mx -all",
    "outside.example": "v=spf1 ip4:198.51.100.200 -all",
    "_spf.mailhost.example": "v=spf1 ip4:198.51.100.80/28 -all",
    "mail.example.net": "v=spf1 a -all",
    "mx1.example.com": "v=spf1 a -all",
    "mx.alumni.example": "v=spf1 a -all",
}


@pytest.mark.parametrize(("name", "record"), SPF.items())
def test_who_may_send(host: Host, name: str, record: str) -> None:
    assert host.resolver.lookup(name, "TXT").texts == (record.encode(),)


POLICIES = {
    "example.net": "v=DMARC1; p=reject; rua=mailto:dmarc@example.net",
    "example.com": "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com",
    "example.org": "v=DMARC1; p=reject",
    "club.example": "v=DMARC1; p=none",
    "alumni.example": "v=DMARC1; p=none",
    "mallory.example": "v=DMARC1; p=reject",
}


@pytest.mark.parametrize(("domain", "record"), POLICIES.items())
def test_what_the_owner_asks_for(host: Host, domain: str, record: str) -> None:
    assert host.resolver.lookup(f"_dmarc.{domain}", "TXT").texts == (record.encode(),)
    assert dmarc.read(record).policy is not None


@pytest.mark.parametrize("key", [*(provider.dkim for provider in load("base").providers.values())], ids=str)
def test_each_key_is_published(host: Host, key: dict[str, KeyFile]) -> None:
    for domain, file in key.items():
        found = host.resolver.lookup(f"{file.selector}._domainkey.{domain}", "TXT").texts
        assert found == (dkim.load(file.pem).record.encode(),)
        assert file.pem.startswith("A teaching key, and secret to nobody")


def test_what_is_not_published(host: Host) -> None:
    assert host.resolver.lookup("mailhost.example", "TXT").nodata
    assert host.resolver.lookup("_dmarc.com", "TXT").rcode == "NXDOMAIN"  # a tree walk gets a clear no
