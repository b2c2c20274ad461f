"""The timeline's dict, from real events: hosts, stages, rows, the letter's fate; and the text that comes from it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from labmail import Lab, LabError, cake
from labmail.dns.message import Answer, Query
from labmail.record import Event, Record, Wire
from labmail.views.notes import spell
from labmail.views.story import TABLES, Story
from labmail.views.timeline import TEXT_LINES_MAX, about, table, text, timeline

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def wire(protocol: str, client: str, server: str, number: int = 1, **more) -> Wire:
    ends = {"client_address": "192.0.2.67", "client_port": 49152, "server_address": "198.51.100.1", "server_port": 25}
    return Wire(number=number, protocol=protocol, client=client, server=server, **(ends | more))


def told(*events: Event) -> Story:
    story = Story()
    for number, event in enumerate(events, start=1):
        story.tell(Event(**{name: getattr(event, name) for name in event.__slots__} | {"number": number, "at": NOW}))
    return story


@pytest.fixture(scope="module")
def journey():
    """Alice's letter: mx1 is down, so mx2 takes it."""
    with Lab("trusting", memory=True) as lab:
        lab.host("mx1.example.com").stop()
        lab.send(cake, "bob@example.com")
        lab.dig("nobody.example.com", "MX")
        lab.clock.advance(minutes=5)
        yield timeline(lab.record, title="How Alice’s letter reached Bob")


def stage_of(data, row) -> str:
    return data["stages"][row["stage"]]["name"]


def test_hosts_are_lifelines_in_order_of_appearance_with_their_addresses(journey):
    assert [(host["name"], host["address"]) for host in journey["hosts"]] == [
        ("mx1.example.com", "198.51.100.1"),  # never reached: it was stopped, and said where it is
        ("mail.example.net", "192.0.2.67"),
        ("ns.example", "192.0.2.53"),
        ("mx2.example.com", "198.51.100.2"),
        ("laptop.example.net", "203.0.113.17"),
    ]


def test_it_is_json_and_every_place_in_a_table_is_there(journey):
    assert json.loads(json.dumps(journey)) == journey
    for row in journey["rows"]:
        for key, name in [("from", "hosts"), ("to", "hosts"), *((name.removesuffix("s"), name) for name in TABLES[1:])]:
            assert row[key] is None or 0 <= row[key] < len(journey[name])


def test_every_event_has_its_true_number_its_octets_and_a_meaning(journey):
    assert [row["n"] for row in journey["rows"]] == list(range(1, len(journey["rows"]) + 1))
    for row in journey["rows"]:
        assert journey["meanings"][row["meaning"]]["says"].endswith((".", "?", ":"))
        if row["by"] and not row["binary"]:
            assert (row["text"] + row["end"]).encode().hex() == row["octets"]


def test_the_stages_tell_the_story(journey):
    assert [stage["name"] for stage in journey["stages"]] == [
        *("Meanwhile", "Find the server", "Hand over", "Hand over", "Keep", "Find the server")
    ]
    assert journey["stages"][1]["about"] == "who takes mail for example.com?"
    assert journey["stages"][3]["about"] == "mail.example.net to mx2.example.com, port 25"
    stages = {row["text"]: stage_of(journey, row) for row in journey["rows"]}
    assert stages["tries mx1.example.com, preference 10"] == "Hand over"
    assert stages["250 2.1.5 Accepted"] == "Hand over"
    assert stages["stored: bob@example.com, INBOX, UID 1"] == "Keep"
    assert stages["250 2.0.0 OK"] == "Keep"


def test_a_name_server_that_is_down_is_seen_to_be_asked():
    with Lab(memory=True) as lab:
        lab.host("ns.example").stop()
        lab.host("ns.example").stop()  # it is down already: nothing happens
        lab.send(cake, "bob@example.com")
        lab.host("ns.example").start()
        shown = text(timeline(lab.record))
    assert shown.count("ns.example                           stops: nothing listens there now  unplugged") == 1
    assert shown.count("mail.example.net > ns.example        port 53: no answer  timed out") == 2
    assert "Look up: mail.example.net asks ns.example" in shown
    assert shown.count("ns.example                           starts: its servers listen again  up") == 1


def test_hosts_may_have_a_lifeline_before_anything_happens_to_them():
    story = Story([("mx1.example.com", "198.51.100.1"), ("ns.example", "192.0.2.53")])
    story.tell(Event(kind="stopped", value="192.0.2.53", by="ns.example", number=1, at=NOW))
    assert story.tables["hosts"][1] == {"name": "ns.example", "address": "192.0.2.53"}
    assert story.rows[0]["from"] == 1
    assert about(story, 0) == "1 event on 1 host, lab time 09:00."


def test_main_events_are_those_that_carry_the_story(journey):
    shown = [row["text"] for row in journey["rows"] if row["main"]]
    hidden = [row["text"] for row in journey["rows"] if not row["main"]]
    for told in ("example.com. IN MX ?", "10 mx1.example.com., 20 mx2.example.com.", "EHLO mail.example.net", "."):
        assert told in shown
    assert "Subject: Re: The Cake" in shown
    assert "lab time: 5 min later, 09:05:00" in shown
    for beside in ("250-PIPELINING", "From: Alice <alice@example.net>", "QUIT", "", "connects to port 25", "hangs up"):
        assert beside in hidden


def test_what_went_wrong_is_a_word_and_not_only_a_colour(journey):
    results = {row["text"]: row["result"] for row in journey["rows"] if row["result"]}
    assert results == {
        "stops: nothing listens there now": {"is": "error", "word": "unplugged"},
        "port 25: nobody listens there": {"is": "fail", "word": "refused"},
        "no such name: nobody.example.com": {"is": "neutral", "word": "NXDOMAIN"},
    }


def test_the_letter_changes_hands_when_the_yes_is_earned(journey):
    fate = {row["text"]: row["letter"] for row in journey["rows"]}
    letters = journey["letters"]
    assert letters[fate["EHLO mail.example.net"]] == {"kept": "mail.example.net", "from": None, "to": []}
    assert letters[fate["250 2.1.0 OK"]] == {"kept": "mail.example.net", "from": "alice@example.net", "to": []}
    assert letters[fate["."]]["to"] == ["bob@example.com"]
    assert letters[fate["."]]["kept"] == "mail.example.net"
    assert letters[fate["stored: bob@example.com, INBOX, UID 1"]]["kept"] == "mx2.example.com"


def test_the_letter_is_the_one_that_the_event_belongs_to():
    with Lab(memory=True) as lab:
        lab.submit(cake, "bob@example.com")
        delivered = len(lab.record)
        lab.host("mail.example.net").stop()
        lab.submit(cake, "bob@example.com")
        lab.send(cake, "bob@example.com", at="mail.example.net")
        shown = timeline(lab.record)
    kept = {row["n"]: row["letter"] is not None and shown["letters"][row["letter"]]["kept"] for row in shown["rows"]}
    texts = {row["text"]: row["n"] for row in shown["rows"] if row["n"] > delivered}
    assert kept[delivered] == "mx1.example.com"
    assert kept[texts["port 587: nobody listens there"]] == "laptop.example.net"
    assert kept[texts["tries mx1.example.com, preference 10"]] == "mail.example.net"


@pytest.mark.parametrize("signs", [True, False])
def test_a_letter_that_a_server_sends_is_not_the_one_before(signs):
    with Lab(memory=True) as lab:
        lab.submit(cake, "bob@example.com")
        lab.host("mail.example.net").sign = signs
        before = len(lab.record)
        lab.send(cake, "bob@example.com", at="mail.example.net")
        shown = timeline(lab.record)
    found = [row for row in shown["rows"] if row["n"] > before]
    chosen = next(place for place, row in enumerate(found) if row["kind"] == "chose")
    letters = [row["letter"] and shown["letters"][row["letter"]] for row in found[: chosen + 1]]
    its_own = {"kept": "mail.example.net", "from": None, "to": []}
    assert chosen > 0
    assert letters == [its_own if signs else None] * chosen + [its_own]


def test_a_question_amid_a_dialog_changes_no_letter():
    with Lab(memory=True) as lab:
        step = lab.step("mail.example.net", "mx1.example.com")
        step.say("EHLO mail.example.net")
        step.say("MAIL FROM:<alice@example.net>")
        lab.dig("example.com", "MX")
        shown = timeline(lab.record)
    assert shown["letters"][shown["rows"][-1]["letter"]]["from"] == "alice@example.net"


def test_a_refusal_says_whether_the_machine_is_unplugged_and_what_its_client_does():
    with Lab(memory=True) as lab:
        for name in ("mail.example.net", "mx1.example.com", "mail.example.com"):
            lab.host(name).stop()
        lab.submit(cake, "bob@example.com")
        lab.send(cake, "bob@example.com", at="mail.example.net")
        with pytest.raises(LabError):
            lab.fetch("bob@example.com")
        shown = timeline(lab.record)
    why = {row["text"]: shown["meanings"][row["meaning"]]["says"] for row in shown["rows"]}
    assert "tells its user" in why["port 587: nobody listens there"]
    assert "after the last one keeps the letter" in why["port 25: nobody listens there"]
    assert "tells its user" in why["port 993: nobody listens there"]
    refused = told(Event(kind="refused", value="b.example port 25", by="a.example"))
    assert refused.tables["meanings"][0]["says"].startswith("The machine is there")


def test_a_letter_that_is_refused_stays_where_it_was():
    talk = wire("smtp", "a.example", "b.example")
    story = told(
        Event(kind="heard", octets=b"MAIL FROM:<>\r\n", wire=talk, by="a.example"),
        Event(kind="said", octets=b"250 OK\r\n", wire=talk, by="b.example"),
        Event(kind="heard", octets=b"RCPT TO:<bob@b.example>\r\n", wire=talk, by="a.example"),
        Event(kind="said", octets=b"250 OK\r\n", wire=talk, by="b.example"),
        Event(kind="heard", octets=b"RCPT TO:<eve@b.example>\r\n", wire=talk, by="a.example"),
        Event(kind="said", octets=b"550-no\r\n", wire=talk, by="b.example"),
        Event(kind="said", octets=b"550 no such user\r\n", wire=talk, by="b.example"),
        Event(kind="heard", octets=b"DATA\r\n", wire=talk, by="a.example"),
        Event(kind="said", octets=b"354 go on\r\n", wire=talk, by="b.example"),
        Event(kind="heard", octets=b"QUIT\r\n", wire=talk, by="a.example"),  # a line of the letter
        Event(kind="heard", octets=b".\r\n", wire=talk, by="a.example"),
        Event(kind="said", octets=b"554 no\r\n", wire=talk, by="b.example"),
    )
    assert story.tables["letters"][-1] == {"kept": "a.example", "from": "", "to": ["bob@b.example"]}
    assert [stage["name"] for stage in story.tables["stages"]] == ["Hand over"]
    assert [row["main"] for row in story.rows[-4:]] == [True, False, True, True]


def test_what_a_receiving_server_looks_up_is_judging():
    talk, lookup = wire("smtp", "a.example", "b.example"), wire("dns", "b.example", "ns.example", 2, over="udp")
    story = told(
        Event(kind="said", octets=b"220 b.example\r\n", wire=talk, by="b.example"),
        Event(kind="heard", octets=b"?", value=Query(name="a.example.", type="TXT", id=1), wire=lookup, by="b.example"),
        Event(kind="cached", value=Answer(name="a.example.", type="MX", rcode="NOERROR"), by="b.example"),
        Event(kind="said", octets=b"250 OK\r\n", wire=talk, by="b.example"),
        Event(kind="close", wire=talk, by="b.example"),
        Event(kind="heard", octets=b"?", value=Query(name="a.example.", type="A", id=1), wire=lookup, by="b.example"),
    )
    names = [story.tables["stages"][row["stage"]]["name"] for row in story.rows]
    assert names == ["Hand over", "Judge", "Judge", "Hand over", "Hand over", "Look up"]


@pytest.mark.parametrize(
    ("rcode", "flags", "kind", "word"),
    [
        ("NOERROR", (), "neutral", "NODATA"),
        ("NOERROR", ("tc",), "neutral", "TRUNCATED"),
        ("NXDOMAIN", (), "neutral", "NXDOMAIN"),
        ("SERVFAIL", (), "error", "SERVFAIL"),
        ("REFUSED", (), "error", "REFUSED"),
    ],
)
def test_every_outcome_of_a_lookup_looks_its_own_way(rcode, flags, kind, word):
    answer = Answer(name="a.example.", type="MX", rcode=rcode, flags=flags)
    lookup = wire("dns", "a.example", "ns.example", over="udp")
    story = told(Event(kind="said", octets=b"!", value=answer, wire=lookup, by="ns.example"))
    assert story.rows[0]["result"] == {"is": kind, "word": word}
    assert "address of the host" not in story.tables["meanings"][0]["says"]


LOOKUP = wire("dns", "a.example", "ns.example", over="udp")


@pytest.mark.parametrize(
    "event",
    [
        Event(kind="connect", wire=wire("smtp", "a.example", "b.example"), by="a.example"),
        Event(kind="close", wire=wire("smtp", "a.example", "b.example"), by="a.example"),
        Event(kind="close", wire=LOOKUP, by="a.example"),
        Event(kind="dropped", wire=LOOKUP, by="ns.example"),
        Event(kind="heard", octets=b"\0\1", wire=LOOKUP, by="a.example"),
        Event(kind="refused", value="b.example port 25", by="a.example"),
        Event(kind="timeout", value="192.0.2.1 port 25", by="a.example"),
        Event(kind="jump", value=timedelta(hours=4), by="lab"),
        Event(kind="fault", value="ValueError: no", by="lab"),
        Event(kind="chose", value="b.example", by="a.example"),
        Event(kind="stored", value=None, by="a.example"),
        Event(kind="something-new", value=3, by="a.example"),
    ],
    ids=lambda event: event.kind,
)
def test_whatever_happens_has_words(event):
    story = told(event)
    assert story.rows[0]["text"]
    assert story.tables["meanings"][0]["says"]
    assert (story.rows[0]["from"] is None) == (event.by == "lab")


def test_the_text_has_a_line_per_stage_and_main_event(journey):
    lines = text(journey).split("\n")
    assert lines[0] == f"How Alice’s letter reached Bob: {journey['about']}"
    assert journey["about"] == f"{len(journey['rows'])} events on 5 hosts, lab time 09:00 to 09:05."
    assert lines[1] == "Meanwhile: somebody is at the plugs"
    assert lines[3] == "Find the server: who takes mail for example.com?"
    assert lines[4] == "    2 mail.example.net   > ns.example          example.com. IN MX ?"
    main = sum(row["main"] for row in journey["rows"])
    assert len(lines) == 1 + main + len(journey["stages"]) <= TEXT_LINES_MAX
    assert [row[0] for row in table(journey) if row[0]] == [str(row["n"]) for row in journey["rows"] if row["main"]]


def test_of_a_story_too_long_what_tells_least_is_left_out_first():
    with Lab(memory=True) as lab:
        lab.submit(cake, "bob@example.com")
        lines = text(timeline(lab.record)).split("\n")
    assert len(lines) <= TEXT_LINES_MAX
    assert lines[1].startswith("Left out: what is only remembered, and each yes ")
    assert not any(line.startswith("      ...") for line in lines)
    verbs = [line.split("mx1.example.com")[1].split()[0] for line in lines if "net   > mx1.example.com" in line]
    assert verbs == ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA", "Subject:", "."]
    assert lines[-1].endswith("250 2.0.0 OK")  # after this one nobody just went on


def test_a_long_story_keeps_its_two_ends_and_says_what_is_between():
    record = Record()
    talk = wire("smtp", "a.example", "b.example")
    for number in range(1, 201):
        record.note(Event(kind="heard", octets=b"NOOP %d x\r\n" % number), by="a.example", at=NOW, wire=talk)
        record.note(Event(kind="said", octets=b"250 %d\r\n" % number), by="b.example", at=NOW, wire=talk)
    lines = text(timeline(record)).split("\n")
    assert len(lines) == TEXT_LINES_MAX
    assert lines[2].endswith("250 1")
    assert lines[-1].endswith("250 200")
    shown = [line for line in lines[1:] if not line.startswith("      ...")]
    gap = next(line for line in lines if line.startswith("      ..."))
    assert len(shown) + int(gap.split()[1]) == 201  # a stage and 200 replies


def test_it_says_how_many_events_are_gone_and_why_no_more_will_come():
    with Lab(memory=True) as lab:
        lab.dig("example.com", "MX")
        old = lab.record
        assert timeline(old)["over"] == ""
        lab.reset()
        assert timeline(old)["over"] == "This is of an earlier run: the lab was reset since."
        assert text(timeline(old)).split("\n")[1] == timeline(old)["over"]
        assert timeline(lab.record)["about"] == "Nothing has happened yet."
    assert timeline(lab.record)["over"] == "This is of a lab that has stopped."

    class Long(Record):
        gone = 1_234

    record = Long()
    record.note(Event(kind="jump", value=timedelta(0)), by="lab", at=NOW)
    assert "1,234 older events are no longer kept" in timeline(record)["about"]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=4, seconds=1), "4 h 1 s"),
        (timedelta(days=2, hours=1), "2 d 1 h"),
    ],
)
def test_a_span_of_time_in_words(time, words):
    assert spell(time) == words
