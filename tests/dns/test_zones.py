"""Zones: one look for every file, edits that are all or nothing, and a sentence for every mistake."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import dns.zone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from labmail.dns.zones import Zone, Zones
from labmail.errors import LabError, ZoneError
from tests.dns.cases import ZONES

TEXT = """\
$ORIGIN example.com.
$TTL 300
@     SOA   ns.example. hostmaster.example. (
            8 86400 7200 2419200 300 )
@     NS    ns.example.
@     MX    10 mx1
@     MX    20 mx2
mx1   A     198.51.100.1
mx2   A     198.51.100.2
mail  A     198.51.100.10
"""


@pytest.fixture
def zone() -> Zone:
    return Zone("example.com", TEXT)


# ---- one look

FORMS = {
    "as we write it": TEXT,
    "as others write it": """
; a comment, and a name kept by a blank
$TTL 300
example.com.  IN  SOA  ns.example. hostmaster.example. ( 8 ; serial
    86400
    7200 2419200
    300 ) ; the end
    IN NS ns.example.
    300 IN MX 10 mx1
    in mx 20 mx2.EXAMPLE.com. ; upper and lower case are one
mx1 IN 300 A 198.51.100.1
$ORIGIN com.
mx2.example a 198.51.100.2
$ORIGIN mail.example.com.
@ A 198.51.100.10
""",
    "with other line ends": TEXT.replace("\n", "\r\n"),
    "with a record twice": TEXT + "mail A 198.51.100.10\n",
    "without a last line end": TEXT.rstrip(),
    "with tabs": TEXT.replace("     ", "\t"),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_one_look_for_every_file(text: str) -> None:
    read = Zone("example.com", text)
    assert read.text.lower() == TEXT.lower()
    assert repr(read) == read.text


def test_ttls_have_a_column_where_they_differ() -> None:
    zone = Zone("example.com", TEXT + "later 86400 A 198.51.100.9\n")
    assert zone.text.splitlines()[-2:] == ["mail         A     198.51.100.10", "later  86400 A     198.51.100.9"]
    assert Zone("example.com", zone.text).text == zone.text


def test_without_ttl_the_last_one_stated_holds() -> None:  # RFC 1035 section 5.1
    zone = Zone("example", "@ 60 SOA ns.example. h.example. 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n")
    assert {rrset.ttl for node in zone.contents.nodes.values() for rrset in node.values()} == {60}


@pytest.mark.parametrize("origin", ZONES)
def test_dnspython_reads_what_we_write(origin: str) -> None:
    """Another reader of the same standard finds the same records."""
    zone = Zone(origin, ZONES[origin])
    theirs = dns.zone.from_text(zone.text, origin=origin, relativize=False)
    found = {(name, ttl, rdata) for name, ttl, rdata in theirs.iterate_rdatas()}
    assert found == {(entry.owner, entry.ttl, entry.rdata) for entry in zone.contents.file.entries}
    assert Zone(origin, zone.text).text == zone.text


@given(some.lists(some.text(some.characters(codec="utf-8"), max_size=600), min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_text_comes_back(texts: list[str]) -> None:
    zone = Zone("example.com", TEXT)
    wanted = list(dict.fromkeys(text for text in texts if not text.startswith('"')))
    zone["@", "TXT"] = wanted
    again = Zone("example.com", zone.text)
    assert again["@", "TXT"] == zone["@", "TXT"]
    zone["@", "TXT"] = zone["@", "TXT"]
    assert zone.text == again.text
    assert [text for text in wanted if text.isprintable()] == [
        text for text in zone["@", "TXT"] if not text.startswith('"')
    ]


# ---- edits

EDITS: dict[str, tuple[tuple[str, str], str | list[str], list[str]]] = {
    "one for two": (("@", "MX"), "5 mail", ["5 mail"]),
    "a list": (("@", "MX"), ["5 mail", "7 mx1.example.com."], ["5 mail", "7 mx1"]),
    "outside": (("@", "MX"), "5 mx.mailhost.example.", ["5 mx.mailhost.example."]),
    "none": (("@", "MX"), [], []),
    "none of what is not there": (("nobody", "A"), [], []),
    "a new name": (("_spf", "TXT"), "v=spf1 -all", ["v=spf1 -all"]),
    "a text with ; and blanks": (("@", "TXT"), "v=DMARC1; p=none", ["v=DMARC1; p=none"]),
    "a text in quotes": (("@", "TXT"), '"v=spf1 -all"', ["v=spf1 -all"]),
    "a text in two strings": (("@", "TXT"), '"a" "b"', ['"a" "b"']),
    "an absolute name": (("www.example.com.", "CNAME"), "mx1", ["mx1"]),
    "lower case": (("@", "mx"), "5 mail", ["5 mail"]),
    "an IPv6 address": (("mx1", "AAAA"), "2001:DB8:0::1", ["2001:db8::1"]),
    "the SOA": (("@", "SOA"), "ns.example. bob.example. 8 1 2 3 4", ["ns.example. bob.example. 9 1 2 3 4"]),
}


@pytest.mark.parametrize(("at", "values", "then"), EDITS.values(), ids=EDITS)
def test_edits(zone: Zone, at: tuple[str, str], values: str | list[str], then: list[str]) -> None:
    before = zone[at]
    zone[at] = values
    assert zone[at] == then
    assert zone.serial == (8 if before == then else 9)
    zone[at] = values  # a cell may run twice
    assert zone.serial == (8 if before == then else 9)
    assert Zone("example.com", zone.text).text == zone.text


def test_an_edit_keeps_its_place_and_the_rest(zone: Zone) -> None:
    zone["@", "TXT"] = "v=spf1 mx -all"
    zone["@", "MX"] = ["5 mail", "10 mx1"]
    zone["mx1", "A"] = "198.51.100.3"
    assert zone.text == TEXT.replace("8 86400", "11 86400").replace(
        "@     MX    10 mx1\n@     MX    20 mx2\n",
        '@     MX    5 mail\n@     MX    10 mx1\n@     TXT   "v=spf1 mx -all"\n',
    ).replace("198.51.100.1\n", "198.51.100.3\n")


def test_a_long_text_is_cut_where_a_string_is_full(zone: Zone) -> None:
    key = "v=DKIM1; p=" + "A" * 392
    zone["s1._domainkey", "TXT"] = key
    [rdata] = zone.contents.entries(dns.name.from_text("s1._domainkey.example.com."), "TXT")
    assert [len(part) for part in rdata.rdata.strings] == [255, 148]
    assert zone["s1._domainkey", "TXT"] == [key]


def test_a_new_record_has_the_ttl_300_and_others_keep_theirs() -> None:
    zone = Zone("example.com", TEXT.replace("$TTL 300", "$TTL 60"))
    zone["new", "A"] = "192.0.2.1"
    zone["mx1", "A"] = "192.0.2.2"
    ttls = {entry.owner.labels[0]: entry.ttl for entry in zone.contents.file.entries if entry.type == "A"}
    assert ttls == {b"new": 300, b"mx1": 60, b"mx2": 60, b"mail": 60}


SERIALS = {  # the serial that a published text names -> what it becomes after 8; RFC 1982
    "8": 9,
    "7": 9,
    "9": 9,
    "20260601": 20260601,
    str(2**31 + 7): 2**31 + 7,
    str(2**31 + 9): 9,
}


@pytest.mark.parametrize(("given", "then"), SERIALS.items())
def test_the_serial_grows(zone: Zone, given: str, then: int) -> None:
    zone.publish(TEXT.replace("8 86400", f"{given} 86400") + "new A 192.0.2.1\n")
    assert zone.serial == then


def test_the_serial_runs_in_a_circle() -> None:
    zone = Zone("example.com", TEXT.replace("8 86400", f"{2**32 - 1} 86400"))
    zone["new", "A"] = "192.0.2.1"
    assert zone.serial == 0


def test_publishing_what_is_there_changes_nothing(zone: Zone) -> None:
    zone.publish("; the same\n" + zone.text)
    assert zone.serial == 8


def test_readers_never_see_half_an_edit() -> None:
    zone, halves, stop = Zone("example.com", TEXT), [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen = zone["@", "MX"]
            if seen not in (["10 mx1", "20 mx2"], ["1 a", "2 b", "3 c"]):
                halves.append(seen)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(60):
        zone["@", "MX"] = ["1 a", "2 b", "3 c"]
        zone["@", "MX"] = ["10 mx1", "20 mx2"]
    stop.set()
    for reader in readers:
        reader.join()
    assert halves == []
    assert zone.serial == 8 + 120


def test_writers_do_not_lose_each_others_edits() -> None:
    zone = Zone("example.com", TEXT)

    def write(number: int) -> None:
        for n in range(15):
            zone[f"h{number}-{n}", "A"] = f"192.0.2.{n}"

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert zone.serial == 8 + 60
    assert sum("192.0.2." in line for line in zone.text.splitlines()) == 60


# ---- mistakes in a file: a line that is added to TEXT, as its line 11 -> what the sentence says, field, RFC

TYPOS = {
    "mx1 CNAME mail": (
        "gives mx1 an alias, but line 8 already gives it an address, and a name with a CNAME may have nothing else.",
        "type",
        "RFC 1034 section 3.6.2",
    ),
    "@ CNAME mail": ("gives @ an alias, but line 3 already gives it the zone's own data", "type", "RFC 1034"),
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
    "@ MX 0 .": ('a second MX record, but this one says "no mail here" and must stand alone', "host", "RFC 7505"),
    "n MX 0 .\nn MX 5 mx1": ('Line 12 gives n a second MX record, but line 11 says "no mail here"', "host", "RFC 7505"),
    "@ 60 MX 30 mail": ("with the TTL 60, but line 6 has one with 300", "TTL", "RFC 2181 section 5.2"),
    "x CNAM mx1": ('has the type "CNAM", but the types of this lab are A, AAAA, CNAME', "type", "RFC 1035"),
    "x CNAMES mx1": ("(did you mean CNAME?)", "type", "RFC 1035 section 3.2.2"),
    "x SPF abc": ('has the type "SPF"', "type", "RFC 1035"),
    "MX 10 mx1": ("begins with the type MX, but a name stands before it: @ is the zone's own", "name", "RFC 1035"),
    "x": ("gives x no type", "type", "RFC 1035 section 5.1"),
    "x 300 IN": ("gives x no type", "type", "RFC 1035 section 5.1"),
    "x CH A 192.0.2.1": ("gives x the class CH, but the Internet's class is IN", "class", "RFC 1035 section 3.2.4"),
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
@settings(max_examples=400, deadline=None)
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
        'This record gives @ a second MX record, but the other says "no mail here"',
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
        "This record gives @ a second SOA record, but it already has the zone's own data",
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


def test_zones_by_name() -> None:
    zones = Zones(ZONES)
    assert list(zones) == list(ZONES)
    assert len(zones) == len(ZONES)
    assert zones["Example.COM."] is zones["example.com"]
    assert "example.com               serial 7" in repr(zones)
    with pytest.raises(LabError, match=r"^exmaple.com is no zone of this lab: did you mean example.com\?$"):
        zones["exmaple.com"]
    with pytest.raises(LabError, match=r'^"a..b" is no domain name: there is nothing between two of its dots'):
        zones["a..b"]
    with pytest.raises(LabError, match=r"^zz is no zone of this lab: its zones are example, example.com, "):
        zones["zz"]


def test_the_nearest_zone_answers() -> None:
    zones = Zones(ZONES)
    for name, origin in {
        "a.example.com.": "example.com.",
        "nomail.example.": "nomail.example.",
        "x.example.": "example.",
    }.items():
        found = zones.find(dns.name.from_text(name))
        assert found is not None
        assert found.origin.to_text() == origin
    assert zones.find(dns.name.from_text("com.")) is None
