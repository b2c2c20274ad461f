"""A record read before anybody is asked: where a fault lies, what is unwise, what it would do."""

from __future__ import annotations

import pytest

from labmail import spf
from tests.spf.zone import Zone

FAULTS = {
    "v=spf1 ipv4:192.0.2.1 -all": (8, "ipv4", "no mechanism is called ipv4; ip4 is meant"),
    "v=spf1 -moo": (9, "moo", "no mechanism is called moo"),
    "v=spf1 a redirect:x.test": (10, "redirect", "redirect is followed by = and not by a colon"),
    "v=spf1 ip4:192.0.2.300": (12, "192.0.2.300", "no IPv4 address"),
    "v=spf1 ip4:192.0.2.1/33": (21, "/33", "from 0 to 32"),
    "v=spf1 ip6:2001:db8::1/129": (23, "/129", "from 0 to 128"),
    "v=spf1 ip6:2001:::1": (12, "2001:::1", "no IPv6 address"),
    "v=spf1 a:192.0.2.1": (10, "192.0.2.1", "for an address write ip4:"),
    "v=spf1 192.0.2.1": (8, "192.0.2.1", "needs ip4: before it"),
    "v=spf1 a:localhost -all": (10, "localhost", "no whole domain name"),
    "v=spf1 include": (15, "", "include: needs the name of a domain"),
    "v=spf1 include:": (16, "", "the name is missing"),
    "v=spf1 exists": (14, "", "exists: needs a name"),
    "v=spf1 all:x": (12, "x", "all takes nothing after it"),
    "v=spf1 ip4:192.0.2.1, -all": (21, ",", "separated by blanks"),
    "v=spf1 =a": (8, "=a", "the sign before a mechanism is one of + - ~ ?"),
    "v=spf1 include:x.test/24": (16, "x.test/24", "no whole domain name"),
    "v=spf1 ptr/24": (11, "/24", "a length of network follows only a, mx, ip4 and ip6"),
    "v=spf1 a:%{q}.test": (10, "%{q}", "no macro"),
    "v=spf1 a:%x.test": (10, "%x", "a plain % is written %%"),
    "v=spf1 exists:%{t}.test": (15, "%{t", "an explanation's text only"),
    "v=spf1 a redirect=x.test redirect=y.test": (26, "redirect=y.test", "may stand in a record once"),
    "v=spf1 a exp=": (14, "", "exp= needs a name"),
    "v=spf1 a:caf\xe9.test": (13, "\xe9", "visible ASCII"),
    "v=spf1\ta -all": (1, "v=spf1\ta -all", 'begins with "v=spf1" and a blank'),
}


@pytest.mark.parametrize("record", FAULTS)
def test_a_fault_has_a_place_and_a_sentence(record):
    column, part, says = FAULTS[record]
    fault = spf.read(record).faults[0]
    assert says in fault.says
    assert (fault.column, record[fault.column - 1 : fault.column - 1 + fault.length]) == (column, part)
    zone = Zone({"x.test": [("TXT", record)]})
    assert spf.check("192.0.2.1", "h", "a@x.test", zone).result == ("none" if "\t" in record else "permerror")


def test_every_fault_is_found_and_the_first_decides():
    read = spf.read("v=spf1 ip4:1 moo a:x -all")
    assert [fault.column for fault in read.faults] == [12, 14, 20]


@pytest.mark.parametrize(
    ("record", "keys"),
    {
        "v=spf1 ip4:192.0.2.1 -all": [],
        "v=spf1 a +all": ["everybody"],
        "v=spf1 a all": ["everybody"],
        "v=spf1 ptr:x.test -all": ["ptr"],
        "v=spf1 -all a": ["after-all"],
        "v=spf1 a": ["no-all"],
        "v=spf1 redirect=x.test": [],
        "v=spf1 -all redirect=x.test": ["redirect-and-all"],
        f"v=spf1 {'a ' * 11}-all": ["lookups"],
    }.items(),
)
def test_what_is_unwise_is_said(record, keys):
    assert [warned.key for warned in spf.read(record).warnings] == keys


def test_terms_know_their_place():
    record = "v=spf1  -MX:x.test/24 exp=y.test"
    first, second = spf.read(record).terms
    assert (first.name, record[first.start : first.end], first.modifier) == ("mx", "-MX:x.test/24", False)
    assert (second.name, second.value, second.modifier) == ("exp", "y.test", True)


ZONE = {
    "mailhost.example": [("TXT", "v=spf1 ip4:198.51.100.80/28 -all")],
    "open.example": [("TXT", "v=spf1 +all")],
    "big.example": [("TXT", "v=spf1 " + "a:mx.big.example " * 10 + "-all")],
    "mx.big.example": [("A", "198.51.100.1")],
    "example.net": [("TXT", "v=spf1 -all"), ("A", "192.0.2.67")],
}


def test_a_trial_puts_the_record_where_the_old_one_is():
    trial = spf.trial(
        "v=spf1 a include:mailhost.example ~all", "example.net", ["192.0.2.67", "203.0.113.66"], Zone(ZONE)
    )
    assert {ip: verdict.result for ip, verdict in trial.verdicts.items()} == {
        "192.0.2.67": "pass",
        "203.0.113.66": "softfail",
    }
    assert trial.warnings == ()
    assert repr(trial) == (
        'example.net  "v=spf1 a include:mailhost.example ~all"\n'
        "  192.0.2.67     pass        lookups  1 of 10   a\n"
        "  203.0.113.66   softfail    lookups  2 of 10   ~all"
    )


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (["v=spf1 a -all", "v=spf1 mx -all"], "two-records"),
        ("v=spf1 include:big.example -all", "lookups"),
        ("v=spf1 include:open.example -all", "everybody"),
        ("v=spf1 +all", "everybody"),
    ],
)
def test_a_trial_warns_of_what_only_shows_when_it_is_tried(record, key):
    trial = spf.trial(record, "example.net", ["203.0.113.66"], Zone(ZONE))
    assert [warned.key for warned in trial.warnings] == [key]
    assert f"warning: {trial.warnings[0].says}" in repr(trial)


def test_a_trial_of_nothing_is_none():
    assert spf.trial([], "example.net", ["192.0.2.67"], Zone(ZONE)).verdicts["192.0.2.67"].result == "none"
