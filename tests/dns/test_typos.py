"""What a zone says to a mistake: one sentence, with line, field and rule; and the old zone still answers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from labmail.dns.zones import Zone, Zones
from labmail.errors import ZoneError
from tests.dns.cases import EXAMPLE_COM as TEXT


@pytest.fixture
def zone() -> Zone:
    return Zone("example.com", TEXT)


# ---- mistakes in a file: a line that is added to TEXT, as its line 11 -> what the sentence says, field, RFC

TYPOS = {
    "mx1 CNAME mail": (
        "gives mx1 an alias, but line 8 already gives it an address, and a name with a CNAME may have nothing else.",
        "type",
        "RFC 1034 section 3.6.2",
    ),
    "@ CNAME mail": ("gives @ an alias, but line 3 already gives it the zone’s own data", "type", "RFC 1034"),
    "x CNAME a\nx CNAME b": ("Line 12 gives x a second alias, but line 11 already gives", "type", "RFC 2181"),
    "x CNAME a\nx A 192.0.2.1": ("Line 12 gives x an address, but line 11 already gives it an alias", "type", "RFC"),
    "x A 192.0.2.256": ('gives x the address "192.0.2.256", but an IPv4 address is four numbers', "address", "RFC"),
    "x A 192.0.2": ('gives x the address "192.0.2", but an IPv4', "address", "RFC 1035 section 3.4.1"),
    "x A mx1": ('gives x the address "mx1", but an IPv4', "address", "RFC 1035 section 3.4.1"),
    "x A 2001:db8::1": ("an IPv6 address, and its type is AAAA", "address", "RFC 3596"),
    "x AAAA 192.0.2.1": ("an IPv4 address, and its type is A", "address", "RFC 1035"),
    "x AAAA 2001:db8": ("an IPv6 address looks like 2001:db8::25", "address", "RFC 3596"),
    "x A": ("gives x an A record without its address: right would be a record as A 192.0.2.67", "address", "RFC"),
    "x A 192.0.2.1 192.0.2.2": ("an A record of 2 words, and it takes 1: A 192.0.2.67", "192.0.2.2", "RFC"),
    "@ MX mx1": ("gives @ an MX record without its preference: right would be a record as MX 10 mx1", "preference", ""),
    "@ MX 10": ("without its host", "host", "RFC 1035 section 3.3.9"),
    "@ MX ten mx1": ('the preference "ten", but it is a whole number from 0 to 65535', "preference", "RFC 1035"),
    "@ MX 65536 mx1": ('the preference "65536", but it is', "preference", "RFC 1035 section 3.3.9"),
    "@ MX -1 mx1": ('the preference "-1", but it is', "preference", "RFC 1035 section 3.3.9"),
    "@ MX mx1 10": ('the preference "mx1", but it is', "preference", "RFC 1035 section 3.3.9"),
    "@ MX 10 192.0.2.67": ('the host "192.0.2.67", but a host is given by name', "host", "RFC 1035"),
    "@ MX 10 192.0.2.67.": ("a host is given by name", "host", "RFC 1035"),
    "@ MX 10 [192.0.2.67]": ("a host is given by name", "host", "RFC 1035"),
    "@ MX 10 2001:db8::1": ("a host is given by name", "host", "RFC 1035"),
    "@ MX 10 mx1.example.com": (
        "without a dot at its end it means mx1.example.com.example.com: write mx1.example.com. or mx1",
        "host",
        "RFC 1035 section 5.1",
    ),
    "@ MX 0 .": ("a second MX record, but this one says “no mail here” and must stand alone", "host", "RFC 7505"),
    "n MX 0 .\nn MX 5 mx1": ("Line 12 gives n a second MX record, but line 11 says “no mail here”", "host", "RFC 7505"),
    "@ 60 MX 30 mail": ("with the TTL 60, but line 6 has one with 300", "TTL", "RFC 2181 section 5.2"),
    "x CNAM mx1": ('has the type "CNAM", but the types of this lab are A, AAAA, CNAME', "type", "RFC 1035"),
    "x CNAMES mx1": ("(did you mean CNAME?)", "type", "RFC 1035 section 3.2.2"),
    "x SPF abc": ('has the type "SPF"', "type", "RFC 1035"),
    "MX 10 mx1": ("begins with the type MX, but a name stands before it: @ is the zone’s own", "name", "RFC 1035"),
    "x": ("gives x no type", "type", "RFC 1035 section 5.1"),
    "x 300 IN": ("gives x no type", "type", "RFC 1035 section 5.1"),
    "x CH A 192.0.2.1": ("gives x the class CH, but the Internet’s class is IN", "class", "RFC 1035 section 3.2.4"),
    "x -5 A 192.0.2.1": ('gives x the TTL "-5", but a TTL is a whole number of seconds', "TTL", "RFC 2181 section 8"),
    "x 1h A 192.0.2.1": ('the TTL "1h"', "TTL", "RFC 2181 section 8"),
    "x 2147483648 A 192.0.2.1": ("from 0 to 2147483647", "TTL", "RFC 2181 section 8"),
    "x 60 60 A 192.0.2.1": ('has the type "60"', "type", "RFC 1035"),
    "$TTL soon": ('gives $TTL the TTL "soon"', "TTL", "RFC 2181 section 8"),
    "$TTL": ("has $TTL with 0 words after it, and it takes one", "$TTL", "RFC"),
    "$ORIGIN a b": ("has $ORIGIN with 2 words after it", "$ORIGIN", "RFC 1035 section 5.1"),
    "$ORIGIN a..b": ('has the origin "a..b", but there is nothing between two of its dots', "origin", "RFC 1035"),
    "$INCLUDE /etc/passwd": ("has $INCLUDE, but a zone of this lab is one text", "$INCLUDE", "RFC 1035"),
    "$GENERATE 1-9 h$ A 192.0.2.$": ("has $GENERATE", "$GENERATE", "RFC 1035"),
    "other.example. A 192.0.2.1": ("names other.example, which lies outside the zone example.com", "name", "RFC 1035"),
    "x.example.com A 192.0.2.1": ("means x.example.com.example.com: write x.example.com. or x", "name", "RFC 1035"),
    "a..b A 192.0.2.1": ("there is nothing between two of its dots", "name", "RFC 1035 section 3.1"),
    ".a A 192.0.2.1": ("there is nothing between two of its dots", "name", "RFC 1035 section 3.1"),
    f"{'x' * 64} A 192.0.2.1": ("a part between dots holds at most 63 octets", "name", "RFC 1035 section 2.3.4"),
    f"{'.'.join(['x' * 60] * 4)} A 192.0.2.1": ("a whole name holds at most 255 octets", "name", "RFC 1035"),
    "x\\25 A 192.0.2.1": ("a backslash stands before one sign, or before three digits", "name", "RFC 1035"),
    "x\\256 A 192.0.2.1": ("a backslash stands before", "name", "RFC 1035 section 5.1"),
    "müller A 192.0.2.1": ("a name is written in ASCII: xn--mller-kva", "name", "RFC 5890"),
    "x A ( 192.0.2.1": ("opens a parenthesis that is never closed", "(", "RFC 1035 section 5.1"),
    "x A 192.0.2.1 )": ("closes a parenthesis that is not open", ")", "RFC 1035 section 5.1"),
    'x TXT "abc': ("opens a quote that the same line does not close", '"', "RFC 1035 section 5.1"),
    'x TXT "abc\ndef"': ("Line 11 opens a quote that the same line does not close", '"', "RFC 1035"),
    "x TXT abc\\": ("ends with a backslash", "\\", "RFC 1035 section 5.1"),
    "x TXT": ("a TXT record without its text", "text", "RFC 1035 section 3.3.14"),
    "x TXT v=spf1 -all": ("a text without quotes, whose 2 words DNS joins without blanks", "text", "RFC 1035"),
    "x TXT v=DMARC1; p=none": ('a text that ends at "v=DMARC1", where ; begins a comment', "text", "RFC 1035"),
    f'x TXT "{"y" * 256}"': ("one string holds at most 255 octets, and this one has 256", "text", "RFC 1035"),
    'x TXT "\\999"': ("a backslash stands before", "text", "RFC 1035 section 5.1"),
    "x TXT " + f'"{"y" * 255}" ' * 257: ("more than 65535 octets in one record", "text", "RFC 1035 section 3.2.1"),
    "@ SOA a. b. 1 2 3 4 5": ("gives @ a second SOA record, but line 3 already", "type", "RFC 1035 section 5.2"),
    "x SOA a. b. 1 2 3 4 5": ("gives x an SOA record, but that belongs to @", "name", "RFC 1035 section 5.2"),
    "x SOA a. b. 1 2 3 4": ("an SOA record without its minimum", "minimum", "RFC 1035 section 3.3.13"),
    "x SOA a. b. (\n1 2 3\nsoon 5 )": ('Line 13 gives x the expire "soon"', "expire", "RFC 1035 section 3.3.13"),
    "sub NS ns.example.": ("hands sub to a name server of its own, but here one server", "type", "RFC 1034"),
    "x SRV 0 1 99999 mail": ('the port "99999"', "port", "RFC 2782"),
    "x SRV 0 1 993": ("an SRV record without its host", "host", "RFC 2782"),
    "x CNAME 192.0.2.1": ("a host is given by name", "name", "RFC 1035"),
    "x PTR": ("a PTR record without its name", "name", "RFC 1035 section 3.3.12"),
}


@pytest.mark.parametrize("line", TYPOS, ids=lambda line: line[:40])
def test_typos(zone: Zone, line: str) -> None:
    says, field, rfc = TYPOS[line]
    with pytest.raises(ZoneError) as caught:
        zone.publish(TEXT + line + "\n")
    sentence, fault = str(caught.value), caught.value
    assert says in sentence
    assert sentence.startswith(f"Line {fault.line} ")
    assert sentence.endswith(". The old zone still answers.")
    assert (fault.line, fault.field) == (13 if "soon 5" in line else 12 if "Line 12" in says else 11, field)
    assert fault.rfc.startswith(rfc or "RFC ")
    assert caught.value.__suppress_context__  # nothing of dnspython is told beside it
    assert zone.text == TEXT


WHOLES = {
    "": ("The new zone has no SOA record for its own name", None, "SOA"),
    "; only a comment": ("The new zone has no SOA record", None, "SOA"),
    "@ NS ns.example.": ("The new zone has no SOA record", None, "SOA"),
    "@ SOA ns. h. 1 2 3 4 5": ('The new zone has no NS record for its own name: right would be "@ NS ns', None, "NS"),
    "  A 192.0.2.1": ("Line 1 begins with a blank", 1, "name"),
    "\n\n@ MX\n": ("Line 3 gives @ an MX record without its preference", 3, "preference"),
}


@pytest.mark.parametrize("text", WHOLES)
def test_whole_texts(zone: Zone, text: str) -> None:
    says, line, field = WHOLES[text]
    with pytest.raises(ZoneError) as caught:
        zone.publish(text)
    assert str(caught.value).startswith(says)
    assert (caught.value.line, caught.value.field) == (line, field)
    assert zone.text == TEXT


def test_a_zone_that_never_was_names_itself() -> None:
    with pytest.raises(ZoneError, match=r"^In zone example.com, line 2 gives @ an MX record without its host: .*\.$"):
        Zones({"example.com": "\n@ MX 10"})
    with pytest.raises(ZoneError, match=r"^Zone example.com has no SOA record"):
        Zones({"example.com": ""})


@given(some.text(some.sampled_from(' \t\n();"\\@.*$ax10INMXTXTSOA:;'), max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_text_raises_anything_else(text: str) -> None:
    zone = Zone("example.com", TEXT)
    with contextlib.suppress(ZoneError):
        zone.publish(TEXT + text)
    assert Zone("example.com", zone.text).text == zone.text


# ---- mistakes in Python

MISTAKES: dict[str, tuple[Callable[[Zone], object], str]] = {
    "an alias beside": (
        lambda zone: zone.__setitem__(("mx1", "CNAME"), "mail"),
        "This record gives mx1 an alias, but it already has an address, and a name with a CNAME may have nothing else.",
    ),
    "beside an alias": (
        lambda zone: zone.__setitem__(("mx1", "MX"), "10"),
        "This record gives mx1 an MX record without its host",
    ),
    "an address for a host": (
        lambda zone: zone.__setitem__(("@", "MX"), "10 192.0.2.1"),
        'This record gives @ the host "192.0.2.1", but a host is given by name',
    ),
    "null MX and another": (
        lambda zone: zone.__setitem__(("@", "MX"), ["0 .", "10 mx1"]),
        "This record gives @ a second MX record, but the other says “no mail here”",
    ),
    "two lines": (
        lambda zone: zone.__setitem__(("@", "MX"), "10 mx1\n20 mx2"),
        "This record gives @ 2 lines, but one record is one line",
    ),
    "open quotes": (lambda zone: zone.__setitem__(("@", "TXT"), '"a'), "This record opens a quote"),
    "a number": (lambda zone: zone.__setitem__(("@", "MX"), [10]), "This record is 10, but a record is written"),
    "no SOA": (lambda zone: zone.__setitem__(("@", "SOA"), []), "After that, the zone has no SOA record"),
    "no NS": (lambda zone: zone.__setitem__(("@", "NS"), []), "After that, the zone has no NS record"),
    "two SOAs": (
        lambda zone: zone.__setitem__(("@", "SOA"), ["a. b. 1 2 3 4 5", "c. d. 1 2 3 4 5"]),
        "This record gives @ a second SOA record, but it already has the zone’s own data",
    ),
    "a type that is none": (lambda zone: zone["@", "NX"], 'zone["@", "NX"] has the type "NX"'),
    "a name without its dot": (
        lambda zone: zone["mx1.example.com", "A"],
        'zone["mx1.example.com", "A"] has the name "mx1.example.com", but without a dot at its end it means',
    ),
    "a name outside": (lambda zone: zone["example.net.", "A"], "example.net lies outside the zone example.com."),
    "a name alone": (lambda zone: zone["@"], 'A zone takes a name and a type, as in zone["@", "MX"].'),  # type: ignore[index]
}


@pytest.mark.parametrize(("act", "says"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes(zone: Zone, act: Callable[[Zone], object], says: str) -> None:
    with pytest.raises(ZoneError) as caught:
        act(zone)
    assert str(caught.value).startswith(says)
    assert caught.value.line is None
    assert zone.text == TEXT
