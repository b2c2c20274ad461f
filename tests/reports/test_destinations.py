"""Who may be sent reports. RFC 9990 section 4."""

from __future__ import annotations

import pytest

from labmail.reports import destinations
from tests.spf.zone import Zone

HERE = {"_dmarc.example.net": [("TXT", "v=DMARC1; p=none")]}
ASKED = "example.net._report._dmarc.watch.example"


def ask(uri: str, entries: dict | None = None, tag: str = "rua", domain: str = "example.net"):
    zone = Zone({**HERE, **(entries or {})})
    (found,) = destinations([uri], domain, zone, tag)
    return found, zone


@pytest.mark.parametrize("address", ["dmarc@example.net", "dmarc@reports.example.net", "d+x@EXAMPLE.net"])
def test_an_address_at_home_needs_no_word(address: str):
    found, zone = ask(f"mailto:{address}")
    assert [each.lower() for each in found.addresses] == [address.lower()]
    assert not found.asked
    assert not [name for name, _ in zone.asked if "_report" in name]


def test_an_address_elsewhere_that_is_willing():
    found, zone = ask("mailto:d@watch.example", {ASKED: [("TXT", "v=DMARC1")]})
    assert (found.addresses, found.asked) == (("d@watch.example",), ASKED)
    assert (ASKED, "TXT") in zone.asked
    assert found.says == "watch.example takes reports about example.net"


def test_an_address_elsewhere_that_has_not_said_so():
    found, _ = ask("mailto:victim@watch.example")
    assert not found.allowed
    assert found.says == (
        f'watch.example takes no reports about example.net: there is no TXT record "v=DMARC1" at {ASKED}'
    )


@pytest.mark.parametrize(
    ("records", "addresses"),
    [
        ([("TXT", "v=DMARC1;")], ["d@watch.example"]),
        ([("TXT", "hello"), ("TXT", "v=DMARC1; p=none")], ["d@watch.example"]),
        ([("TXT", "v=dmarc1")], []),
        ([("TXT", "p=none; v=DMARC1")], []),
        ([("TXT", "v=DMARC1; rua=mailto:other@watch.example")], ["other@watch.example"]),
        ([("TXT", "v=DMARC1; rua=mailto:victim@example.org")], []),  # neither there nor here
        ([("TXT", "v=DMARC1; ruf=mailto:victim@example.org")], ["d@watch.example"]),  # that is of the other kind
        (["TIMEOUT"], []),
        (["SERVFAIL"], []),
    ],
)
def test_what_the_other_domain_may_say(records: list, addresses: list[str]):
    assert list(ask("mailto:d@watch.example", {ASKED: records})[0].addresses) == addresses


def test_the_tag_is_that_of_the_report():
    """RFC 9991 section 5: ruf takes the place of rua."""
    record = {ASKED: [("TXT", "v=DMARC1; ruf=mailto:other@watch.example")]}
    assert ask("mailto:d@watch.example", record, "ruf")[0].addresses == ("other@watch.example",)


@pytest.mark.parametrize(
    "uri",
    ["https://watch.example/r", "mailto:", "mailto:d", "mailto:a@b@c", "mailto:d@watch.example,e@watch.example", "x",
     "mailto:d%0d%0aBcc:%20v@watch.example", "mailto:<d@watch.example>", "mailto:d@localhost", "mailto:d@watch..test"],
)  # fmt: skip
def test_what_is_no_address(uri: str):
    found, _ = ask(uri)
    assert not found.allowed
    assert found.says == "it is no mailto: with one address"


def test_a_name_too_long_to_ask():
    """Step 4"""
    domain = ".".join(["a" * 60] * 4)
    found, zone = ask("mailto:d@watch.example", domain=domain)
    assert "too long for DNS" in found.says
    assert not [name for name, _ in zone.asked if "_report" in name]


def test_each_once_in_order_and_not_without_end():
    many = ["mailto:a@example.net", "mailto:a@example.net", *(f"mailto:{n}@example.net" for n in range(99))]
    found = destinations(many, "example.net", Zone(HERE))
    assert len(found) == 10
    assert [each.addresses[0] for each in found[:2]] == ["a@example.net", "0@example.net"]
