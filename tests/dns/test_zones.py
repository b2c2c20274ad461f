"""Zones: one look for every file, edits that are all or nothing, and a sentence for every mistake."""

from __future__ import annotations

import threading

import dns.zone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from labmail.dns.zones import Zone, Zones
from labmail.errors import LabError
from tests.dns.cases import EXAMPLE_COM as TEXT
from tests.dns.cases import ZONES


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
@settings(max_examples=50, deadline=None)
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
    for _ in range(30):
        zone["@", "MX"] = ["1 a", "2 b", "3 c"]
        zone["@", "MX"] = ["10 mx1", "20 mx2"]
    stop.set()
    for reader in readers:
        reader.join()
    assert halves == []
    assert zone.serial == 8 + 60


def test_writers_do_not_lose_each_others_edits() -> None:
    zone = Zone("example.com", TEXT)

    def write(number: int) -> None:
        for n in range(8):
            zone[f"h{number}-{n}", "A"] = f"192.0.2.{n}"

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert zone.serial == 8 + 32
    assert sum("192.0.2." in line for line in zone.text.splitlines()) == 32


# ---- the set of them


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
