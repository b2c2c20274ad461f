"""The resolver: what it asks, what it remembers and for how long, and what it makes of silence and lies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labmail.dns.message import Answer
from labmail.dns.resolver import ATTEMPTS_MAX, Forgotten, Memory, answers
from labmail.errors import LabError
from tests.dns.ask import Host, query
from tests.dns.cases import CASES, HEAD, ZONES, Case


@pytest.fixture
def host() -> Host:
    return Host(ZONES)


LED_ON = {
    "an alias that leads outside": "REFUSED",
    "aliases that go round": "SERVFAIL",
}  # where it asks on, or gives up


@pytest.mark.parametrize("name", CASES)
def test_cases(host: Host, name: str) -> None:
    case: Case = CASES[name]
    got = host.resolver.lookup(case.name, case.type)
    assert got.rcode == LED_ON.get(name, case.rcode)
    assert tuple(f"{r.name} {r.ttl} {r.type} {r.text}" for r in got.answers) == case.answers


def test_what_an_answer_tells(host: Host) -> None:
    answer = host.resolver.lookup("www.example.com", "A")
    assert answer.chain == ("web.example.com.", "mx1.example.com.")
    assert answer.records == ("198.51.100.1",)
    assert answer.rdata == bytes([198, 51, 100, 1])
    assert (answer.ttl, answer.nodata, answer.authoritative, answer.from_cache) == (300, False, True, False)
    text = host.resolver.lookup("example.com", "TXT")
    assert text.rdata == b"\x1dv=spf1 ip4:198.51.100.10 -all"
    assert text.texts == (b"v=spf1 ip4:198.51.100.10 -all",)
    assert host.resolver.lookup("quotes.example.com", "TXT").texts == (b'say "cake"semi;colonback\\slash\xc3\xbc',)
    none = host.resolver.lookup("mx1.example.com", "TXT")
    assert (none.nodata, none.records, none.rdata, none.ttl) == (True, (), b"", 120)
    no_name = host.resolver.lookup("nobody.example.com", "TXT")
    assert (no_name.nodata, no_name.rcode, no_name.ttl) == (False, "NXDOMAIN", 120)


def test_the_question_is_plain(host: Host) -> None:
    """No recursion wished, no EDNS: 29 octets, all of which a lesson explains."""
    sent = []
    exchange = host.exchange
    host.resolver._exchange = lambda octets, over: (sent.append(octets), exchange(octets, over))[1]
    host.resolver.lookup("example.com", "MX")
    assert sent == [bytes.fromhex("0001 0000 0001 0000 0000 0000 076578616d706c6503636f6d00 000f 0001")]


# ---- remembering

LIVES = [  # question, seconds for which it is remembered
    ("mx1.example.com", "A", 300),
    ("mx2.example.com", "A", 60),
    ("www.example.com", "A", 300),
    ("mx1.example.com", "MX", 120),  # a no: RFC 2308
    ("nobody.example.com", "A", 120),
    ("lost.example.com", "A", 120),
    ("example.edu", "MX", 0),  # a refusal
    ("zero.example", "A", 0),
]


@pytest.mark.parametrize(("name", "type", "lives_s"), LIVES)
def test_an_answer_is_gone_when_its_age_reaches_its_ttl(name: str, type: str, lives_s: int) -> None:
    host = Host({**ZONES, "zero.example": HEAD + "@ 0 A 192.0.2.1\n"})
    asked = host.resolver.lookup(name, type)
    first = len(host.asked)
    if lives_s:
        host.later(lives_s - 1)
        again = host.resolver.lookup(name.upper(), type.lower())
        assert (again.from_cache, again.ttl, len(host.asked)) == (True, 1, first)
        assert (again.rcode, again.records, again.authoritative) == (asked.rcode, asked.records, False)
        assert [(event.kind, event.value) for event in host.noted] == [("cached", again)]
        host.later(1)
    assert not host.resolver.lookup(name, type).from_cache
    assert len(host.asked) == 2 * first


def test_an_edit_shows_when_the_old_answer_is_gone(host: Host) -> None:
    host.resolver.lookup("example.com", "MX")
    host.server.zones["example.com"]["@", "MX"] = "5 mx2"
    assert host.resolver.lookup("example.com", "MX").records == ("10 mx1.example.com.", "20 mx2.example.com.")
    host.later(300)
    assert host.resolver.lookup("example.com", "MX").records == ("5 mx2.example.com.",)


def test_a_no_is_remembered_too(host: Host) -> None:
    assert host.resolver.lookup("new.example.com", "A").rcode == "NXDOMAIN"
    host.server.zones["example.com"]["new", "A"] = "192.0.2.1"
    assert host.resolver.lookup("new.example.com", "A").rcode == "NXDOMAIN"
    assert host.resolver.lookup("new.example.com", "MX").rcode == "NXDOMAIN"  # no such name, whatever the type
    host.later(120)
    assert host.resolver.lookup("new.example.com", "A").records == ("192.0.2.1",)


def test_no_such_record_says_nothing_of_other_types(host: Host) -> None:
    host.resolver.lookup("mx1.example.com", "MX")
    assert host.resolver.lookup("mx1.example.com", "TXT").from_cache is False


def test_the_addresses_that_came_along_save_a_question(host: Host) -> None:
    host.resolver.lookup("example.com", "MX")
    assert host.resolver.lookup("mx1.example.com", "A").records == ("198.51.100.1",)
    assert host.resolver.lookup("mx2.example.com", "A").ttl == 60
    assert host.asked == ["example.com. MX udp"]
    host.later(60)
    assert [record.name for record in host.resolver.lookup("example.com", "MX").additional] == ["mx1.example.com."] * 2
    host.resolver.lookup("mx2.example.com", "A")
    assert host.asked == ["example.com. MX udp", "mx2.example.com. A udp"]


def test_the_cache_can_be_read_and_emptied(host: Host) -> None:
    host.resolver.lookup("example.org", "MX")
    host.later(30)
    host.resolver.lookup("nobody.example.com", "A")
    seen = [(kept.answer.name, kept.answer.type, kept.answer.rcode, kept.left_s) for kept in host.resolver.cache]
    assert seen == [("example.org.", "MX", "NOERROR", 270), ("nobody.example.com.", "A", "NXDOMAIN", 120)]
    host.later(120)
    assert [kept.left_s for kept in host.resolver.cache] == [150]
    host.resolver.flush()
    assert host.resolver.cache == ()


def test_its_memory_gives_what_it_would_give_and_asks_nobody(host: Host) -> None:
    memory = Memory(host.resolver)
    with pytest.raises(Forgotten):
        memory.lookup("example.com", "MX")
    assert host.asked == []
    host.resolver.lookup("example.com", "MX")
    host.resolver.lookup("nobody.example.com", "A")
    host.later(30)
    given = [memory.lookup("EXAMPLE.com", "mx"), memory.lookup("nobody.example.com", "TXT")]
    assert memory.given == given
    assert host.noted == []
    assert given == [host.resolver.lookup("EXAMPLE.com", "mx"), host.resolver.lookup("nobody.example.com", "TXT")]
    assert [answer.ttl for answer in given] == [270, 120 - 30]
    assert len(host.asked) == 2
    host.later(90)
    with pytest.raises(Forgotten):
        memory.lookup("nobody.example.com", "TXT")
    with pytest.raises(LabError, match="is no domain name"):
        memory.lookup("exa..mple", "MX")
    assert memory.now == host.resolver.now


# ---- silence, truncation, lies


def test_silence_is_a_timeout_and_not_remembered(host: Host) -> None:
    host.server.fail("example.com", "MX", "timeout")
    assert host.resolver.lookup("example.com", "MX").rcode == "TIMEOUT"
    assert host.asked == ["example.com. MX udp"] * ATTEMPTS_MAX
    host.server.fail("example.com", "MX", None)
    assert host.resolver.lookup("example.com", "MX").rcode == "NOERROR"


def test_servfail_is_not_a_no(host: Host) -> None:
    host.server.fail("example.com", "MX", "SERVFAIL")
    answer = host.resolver.lookup("example.com", "MX")
    assert (answer.rcode, answer.nodata, answer.ttl) == ("SERVFAIL", False, 0)
    host.server.fail("example.com", "MX", None)
    assert host.resolver.lookup("example.com", "MX").rcode == "NOERROR"


def test_what_does_not_fit_comes_over_tcp(host: Host) -> None:
    answer = host.resolver.lookup("long.example.com", "TXT")
    assert (len(answer.texts[0]), answer.over, answer.truncated) == (1600, "tcp", False)
    assert host.asked == ["long.example.com. TXT udp", "long.example.com. TXT tcp"]


def test_nobody_takes_the_connection() -> None:
    def refuse(octets: bytes, over: str) -> bytes:
        if over == "tcp":
            raise ConnectionRefusedError
        return octets

    assert Host(ZONES, refuse).resolver.lookup("long.example.com", "TXT").rcode == "TIMEOUT"


LIES: dict[str, Callable[[bytes], bytes]] = {
    "another id": lambda octets: b"\xff\xff" + octets[2:],
    "another question": lambda octets: octets.replace(b"example", b"examplf"),
    "a query": lambda octets: octets[:2] + b"\0\0" + octets[4:],
    "half a message": lambda octets: octets[:40],
    "less than a header": lambda octets: octets[:5],
    "nothing": lambda octets: b"",
    "no question, no error": lambda octets: octets[:4] + bytes(8),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_what_does_not_belong_to_the_question_is_no_answer(lie: Callable[[bytes], bytes]) -> None:
    host = Host(ZONES, lambda octets, over: lie(octets))
    assert host.resolver.lookup("example.com", "MX") == Answer(name="example.com.", type="MX", rcode="TIMEOUT")
    assert len(host.asked) == ATTEMPTS_MAX


def test_one_lie_and_then_the_truth() -> None:
    lies = [LIES["another id"]]
    host = Host(ZONES, lambda octets, over: lies.pop()(octets) if lies else octets)
    assert host.resolver.lookup("example.com", "MX").rcode == "NOERROR"


def test_an_error_may_leave_the_question_out() -> None:
    asked = query("example.com", "MX")
    assert answers(asked, asked[:2] + b"\x80\x02" + bytes(8))
    assert not answers(asked, asked[:2] + b"\x80\x00" + bytes(8))


def test_case_may_differ() -> None:
    asked = query("Example.com", "MX")
    assert answers(asked, asked[:2] + b"\x80\x00" + asked[4:].lower())


# ---- words that are no question

WORDS = [
    ("", "MX", '"" is no domain name: it is empty'),
    ("a..b", "MX", "there is nothing between two of its dots"),
    ("x" * 64 + ".example", "MX", "a part between dots holds at most 63 octets"),
    ("bücher.example", "MX", "a name is written in ASCII: xn--bcher-kva.example"),
    ("example.com", "MY", '"MY" is no type of record'),
]


@pytest.mark.parametrize(("name", "type", "says"), WORDS)
def test_words_that_are_no_question(host: Host, name: str, type: str, says: str) -> None:
    with pytest.raises(LabError) as caught:
        host.resolver.lookup(name, type)
    assert says in str(caught.value)
    assert host.asked == []
