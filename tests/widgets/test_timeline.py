"""The timeline without a browser: what is sent, when, and the code that shows the same once more."""

import json
import time

import pytest

from labmail import Lab, cake
from labmail.views.story import TABLES
from labmail.views.timeline import timeline
from labmail.widgets import Timeline


class Browser:
    """What the page does with a timeline's data and messages, in Python: it keeps rows and tables as they grow."""

    def __init__(self, face: Timeline) -> None:
        self.face, self.gaps = face, 0
        self.rows = list(face.data["rows"])
        self.tables = {name: list(face.data[name]) for name in TABLES}
        self.about, self.over = face.data["about"], face.data["over"]
        self.deaf = False
        face.send = self.hear

    def hear(self, message: dict) -> None:
        if self.deaf:
            return
        more = json.loads(json.dumps(message))["more"]
        if more["at"] > len(self.rows):
            self.gaps += 1
            more = json.loads(json.dumps(self.face.since(len(self.rows))))
        self.rows += more["rows"][len(self.rows) - more["at"] :]
        for name, table in more["tables"].items():
            self.tables[name][table["at"] :] = table["items"]
        self.about, self.over = more["about"], more["over"]


@pytest.fixture
def lab():
    with Lab(memory=True) as lab:
        yield lab


def until(wanted, timeout_s: float = 5) -> None:
    """Batches come at most 20 times a second."""
    end = time.monotonic() + timeout_s
    while not wanted():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def same(browser: Browser, lab: Lab) -> bool:
    whole = timeline(lab.record)
    numbers = [row["n"] for row in whole["rows"]]
    return [row["n"] for row in browser.rows] == numbers and all(browser.tables[name] == whole[name] for name in TABLES)


def test_what_comes_later_is_told_in_batches_that_add_up_to_the_whole(lab):
    lab.dig("example.com", "MX")
    browser = Browser(Timeline(lab.record))
    lab.send(cake, "bob@example.com")
    lab.dig("nobody.example.com", "A")
    until(lambda: same(browser, lab))
    assert browser.gaps == 0
    assert browser.about == timeline(lab.record)["about"]
    whole = timeline(lab.record)
    for told, row in zip(browser.rows, whole["rows"], strict=True):
        assert {**dict.fromkeys(row), **told} == {
            key: value if value not in ("", False, []) and (key != "octets" or "octets" in told) else told.get(key)
            for key, value in row.items()
        }


def test_a_batch_that_was_lost_is_asked_for_again(lab):
    browser = Browser(Timeline(lab.record))
    browser.deaf = True
    lab.dig("example.com", "MX")
    until(lambda: len(browser.face._story.rows) == 3)
    browser.deaf = False
    lab.dig("nobody.example.com", "A")
    until(lambda: same(browser, lab))
    assert browser.gaps == 1


def test_octets_are_sent_where_the_text_does_not_tell_them(lab):
    lab.send("From: alice@example.net\r\n\r\na bare \r, and \xff\r\n".encode("latin-1"), "bob@example.com")
    rows = Timeline(lab.record).data["rows"]
    by_text = {row["text"]: row for row in rows if row.get("text")}
    assert "octets" not in by_text["RCPT TO:<bob@example.com>"]
    assert by_text["example.com. IN MX ?"]["octets"].endswith("00000f0001")
    assert any("fffd" in ascii(row.get("text", "")) and "ff" in row["octets"] for row in rows if "octets" in row)


def test_after_a_reset_it_says_so_and_hears_nothing_more(lab):
    lab.dig("example.com", "MX")
    browser = Browser(Timeline(lab.record))
    lab.reset()
    until(lambda: browser.over == "This is of an earlier run: the lab was reset since.")
    lab.dig("example.com", "MX")
    assert len(browser.rows) == 3
    assert repr(browser.face).split("\n")[1] == browser.over


def test_a_closed_timeline_hears_nothing(lab):
    face = Timeline(lab.record)
    face.close()
    lab.dig("example.com", "MX")
    time.sleep(0.1)
    assert face._story.rows == []


def test_the_code_that_recreates_it_runs(lab):
    lab.send(cake, "bob@example.com")
    lab.dig("example.com", "MX")
    talk = lab.conversation("mail.example.net", "mx1.example.com")
    for face in (
        Timeline(lab.record),
        Timeline(lab.record, title='Bob’s "cake"'),
        Timeline(talk),
        Timeline([event for event in lab.record if 4 <= event.number <= 20]),
        Timeline([event for event in lab.record if event.kind == "said"]),
        Timeline([]),
    ):
        found = {"lab": lab}
        setup, _, shown = face.data["code"].rpartition("\n")
        exec(setup, found)
        again = eval(shown, found)
        assert repr(again) == repr(face)
        assert again.data["rows"] == face.data["rows"]


def test_without_a_browser_it_is_a_text_and_a_table(lab):
    lab.dig("example.com", "MX")
    bundle, _ = Timeline(lab.record)._repr_mimebundle_()
    assert bundle["text/plain"].startswith("What happened: 3 events on 2 hosts, lab time 09:00.\n")
    assert "<style" not in bundle["text/html"]
    assert "<td" in bundle["text/html"]
    assert "10 mx1.example.com., 20 mx2.example.com." in bundle["text/html"]


def test_ten_thousand_events_are_sent_in_one_frame_of_bearable_size(lab):
    from datetime import UTC, datetime

    from labmail.record import Event, Record, Wire

    wire = Wire(
        number=1,
        protocol="smtp",
        client="mail.example.net",
        client_address="192.0.2.67",
        client_port=49152,
        server="mx1.example.com",
        server_address="198.51.100.1",
        server_port=25,
    )
    record, now = Record(), datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    for number in range(5_000):
        record.note(Event(kind="heard", octets=b"NOOP %d\r\n" % number), by=wire.client, at=now, wire=wire)
        record.note(Event(kind="said", octets=b"250 2.0.0 OK\r\n"), by=wire.server, at=now, wire=wire)
    size = len(json.dumps(Timeline(record).data))
    assert size < 2_500_000  # octets
