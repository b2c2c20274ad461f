"""DNS as data: no octet without words, and no step of the search for a server without a sentence."""

import json

import dns.message
import pytest

from labmail import Lab, cake, explain
from labmail.dns import mx, packet
from labmail.dns.server import NameServer, Session
from labmail.dns.zones import Zones
from labmail.errors import LabError
from labmail.record import Event, Wire
from labmail.views import dns as view

LOOKUP = Wire(
    number=1,
    protocol="dns",
    client="a.example",
    client_address="192.0.2.1",
    client_port=49152,
    server="ns.example",
    server_address="192.0.2.53",
    server_port=53,
    over="udp",
)

ZONE = """\
@ SOA ns.example. hostmaster.example. 1 86400 7200 2419200 300
@ NS ns.example.
@ MX 10 mx1
@ TXT "v=spf1 -all"
mx1 A 198.51.100.1
mx1 AAAA 2001:db8::1
www CNAME mx1
null MX 0 .
_s._tcp SRV 0 0 25 mx1
"""


def packets(name: str, type: str, over: str = "udp", edns: bool = False) -> list[bytes]:
    """Question and answer, as a real server gives them."""
    query = dns.message.make_query(name, type, use_edns=edns).to_wire()
    length = len(query).to_bytes(2, "big") if over == "tcp" else b""
    server = NameServer(Zones({"example.com": ZONE}))
    return [event.octets for event in Session(server, over).receive(length + query)]


QUESTIONS = [
    ("example.com", "MX", "udp", False),
    ("null.example.com", "MX", "udp", False),
    ("example.com", "SOA", "udp", False),
    ("example.com", "TXT", "udp", False),
    ("mx1.example.com", "AAAA", "udp", True),
    ("www.example.com", "A", "udp", True),
    ("_s._tcp.example.com", "SRV", "tcp", False),
    ("nobody.example.com", "A", "tcp", True),
    ("example.org", "A", "udp", False),
]


@pytest.mark.parametrize(("name", "type", "over", "edns"), QUESTIONS)
def test_every_octet_belongs_to_a_field_with_words_and_a_section(name, type, over, edns):
    for octets in packets(name, type, over, edns):
        shown = view.dissect(octets, title="Question", by="client", over=over)
        fields = [field for row in shown["rows"] for field in row["fields"]]
        assert bytes.fromhex("".join(field["hex"] for field in fields)) == octets
        for field in fields:
            assert field["says"]
            assert "{" not in field["says"]
            assert field["rfc"]["name"] == packet.KEYS[field["key"]]
        starts = [int(row["at"], 16) for row in shown["rows"]]
        assert starts == sorted(set(starts))


def test_a_pointer_leads_to_the_octet_where_the_name_stands():
    octets = packets("example.com", "MX")[1]
    shown = view.dissect(octets, title="Answer", by="server", over="udp")
    pointer = next(field for row in shown["rows"] for field in row["fields"] if field["key"] == "name-pointer")
    assert octets[pointer["to"] :].startswith(b"\x07example\x03com\0")
    assert pointer["says"].endswith("at octet 000c: example.com.")


def test_nonsense_is_shown_to_its_last_octet():
    shown = view.dissect(b"\0\1\0\0\0\1\0\0\0\0\0\0\xff", title="Question", by="client", over="udp")
    assert shown["rows"][-1]["section"] == "rest"
    assert "makes no sense" in shown["rows"][-1]["fields"][0]["says"]


def test_every_field_and_every_step_is_explained_with_the_section_that_its_rule_has():
    for key, rfc in packet.KEYS.items():
        assert explain.find("dns.field", key).reference == rfc
    shown = {key for key in mx.KEYS if key.startswith(("target-", "not-", "stray-"))}
    for key in (*mx.STATUS, *shown):
        assert explain.find("dns.mx", key).says


@pytest.fixture
def lab():
    with Lab(memory=True) as lab:
        yield lab


def exchanges(lab) -> list[dict]:
    told = view.Exchanges()
    return [entry for entry in map(told.tell, lab.record) if entry]


def test_each_question_on_the_timeline_is_an_exchange_with_its_packets(lab):
    lab.dig("example.com", "MX")
    lab.dig("nobody.example.com", "A")
    lab.dig("nobody.example.com", "A")
    asked, no, remembered = exchanges(lab)
    assert json.loads(json.dumps(asked)) == asked
    assert asked["title"] == "Which hosts take mail for example.com?"
    assert asked["about"].startswith("laptop.example.net 203.0.113.17 asks ns.example 192.0.2.53, UDP port 53.")
    assert asked["said"] == "10 mx1.example.com., 20 mx2.example.com."
    assert [shown["title"] for shown in asked["packets"]] == ["Question", "Answer"]
    assert no["result"] == {"is": "neutral", "word": "NXDOMAIN"}
    assert remembered["packets"] == []
    assert "remembers" in remembered["says"]


def test_silence_is_an_exchange_too(lab):
    lab.name_server.fail("example.com", "MX", "timeout")
    lab.dig("example.com", "MX")
    first, second = exchanges(lab)  # a resolver asks twice
    assert first["result"] == second["result"] == {"is": "error", "word": "no answer"}
    assert [shown["title"] for shown in first["packets"]] == ["Question"]


def test_what_no_name_server_can_read_has_a_line_of_its_own():
    told = view.Exchanges()
    assert told.tell(Event(kind="heard", octets=b"\0\1\2", wire=LOOKUP, number=7, by="a.example")) is None
    entry = told.tell(Event(kind="dropped", wire=LOOKUP, number=8, by="ns.example"))
    assert (entry["n"], entry["title"], entry["name"]) == (7, "Something that is no question", "")


def tried(lab, domain: str) -> dict:
    delivery = lab.send(cake, f"postmaster@{domain}")
    return view.order(delivery.lookups[0], delivery)


def words(order: dict) -> list[tuple]:
    return [(row["preference"], row["host"], row["result"]["word"]) for row in order["rows"]]


def test_the_order_before_and_after_the_letter(lab):
    with lab.at("mail.example.net"):
        before = view.order(view.search("example.com", lab.resolver, "mail.example.net"))
    assert words(before) == [(10, "mx1.example.com", "not tried"), (20, "mx2.example.com", "not tried")]
    first = tried(lab, "example.com")
    assert words(first) == [(10, "mx1.example.com", "delivered"), (20, "mx2.example.com", "not tried")]
    lab.host("mx1.example.com").stop()
    after = tried(lab, "example.com")
    assert words(after) == [(10, "mx1.example.com", "refused"), (20, "mx2.example.com", "delivered")]
    assert "mx1.example.com did not take the letter, so it went to mx2.example.com" in after["says"]
    lab.host("mx2.example.com").stop()
    assert "tries again later" in tried(lab, "example.com")["says"]


@pytest.mark.parametrize(
    ("records", "rows", "rule"),
    [
        (["0 ."], [], "RFC 7505 section 3"),
        ([], [], "RFC 5321 section 5.1"),
        (["10 nobody"], [(10, "nobody.example.com", "passed over")], "RFC 5321 section 5.1"),
        (
            ["10 mx1", "20 mail.example.net."],
            [(10, "mx1.example.com", "delivered"), (20, "mail.example.net", "passed over")],
            "RFC 5321 section 5.1",
        ),
    ],
    ids=["null", "none", "nowhere", "not back"],
)
def test_a_domain_that_is_set_up_in_another_way(lab, records, rows, rule):
    lab.zone("example.com")["@", "MX"] = records
    order = tried(lab, "example.com")
    assert words(order) == rows
    assert order["rfc"]["name"] == rule
    assert all(row["said"] for row in order["rows"] if row["result"]["word"] == "passed over")


def test_a_refusal_is_the_domains_own_answer(lab):
    delivery = lab.send(cake, "nobody@example.com")
    order = view.order(delivery.lookups[0], delivery)
    assert words(order)[0] == (10, "mx1.example.com", "said no")
    assert order["rows"][0]["wire"]  # the server's own words
    assert order["says"].startswith("mx1.example.com said no for good")


def test_a_word_that_is_no_name_asks_nobody(lab):
    with lab.at("mail.example.net"), pytest.raises(LabError, match="no domain name"):
        view.search("exa mple..com", lab.resolver, "mail.example.net")
    assert exchanges(lab) == []


def test_memory_counts_down_in_lab_time(lab):
    lab.dig("example.com", "MX")
    lab.dig("nobody.example.com", "A")
    lab.clock.advance(minutes=1)
    kept = {f"{entry['name']} {entry['type']}": entry for entry in view.memory(lab.resolver.cache)}
    assert kept["example.com MX"]["left"] == 240
    assert kept["nobody.example.com A"]["result"]["word"] == "NXDOMAIN"
    assert kept["nobody.example.com A"]["said"] == "no such name: nobody.example.com"
    assert [entry["wire"] for entry in kept.values()] == [entry["result"] is None for entry in kept.values()]
    lab.clock.advance(minutes=4)
    assert view.memory(lab.resolver.cache) == []


def test_the_transcript_and_the_table_name_every_field(lab):
    lab.dig("example.com", "MX")
    entry = exchanges(lab)[0]
    lines = view.text(entry, None).split("\n")
    assert lines[2:4] == ["Question, 29 octets", "  0000  ID, query, 1 question, 0 answers, 0 authority, 0 additional"]
    assert "  001d  → 000c, MX, IN, TTL 300 s, 8 octets, pref. 10, mx1 → 000c" in lines
    assert len(view.table(entry)) == 44
    assert view.table(entry)[0][:3] == ["0000", entry["packets"][0]["rows"][0]["fields"][0]["hex"], "ID"]
