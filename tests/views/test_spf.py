"""An SPF verdict as data: a row for each word, in the order of reading, with all that a learner may ask of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from labmail import explain, spf
from labmail.views import names
from labmail.views import spf as view
from tests.spf import generated
from tests.spf.zone import Zone

ZONE = {
    "alumni.example": [
        ("TXT", "v=spf1 include:_spf.mailhost.example mx -all"),
        ("MX", "10 mx.alumni.example"),
        ("MX", "20 list.alumni.example"),
    ],
    "_spf.mailhost.example": [("TXT", "v=spf1 ip4:198.51.100.80/28 -all")],
    "mx.alumni.example": [("A", "198.51.100.44")],
    "list.alumni.example": [("A", "203.0.113.80")],
}


def tree(record: str | None = None, ip: str = "203.0.113.80", more: dict | None = None) -> dict:
    zone = {**ZONE, **(more or {})}
    if record is not None:
        zone["alumni.example"] = [("TXT", record), *ZONE["alumni.example"][1:]]
    return view.tree(spf.check(ip, "list.alumni.example", "bounce@alumni.example", Zone(zone)))


def words(data: dict) -> list[tuple]:
    return [(row["level"], row["code"], row["result"]["word"], row["number"]) for row in data["rows"]]


def test_the_tree_of_the_mock():
    data = tree()
    assert json.loads(json.dumps(data)) == data
    assert data["title"] == "May 203.0.113.80 send for bounce@alumni.example?"
    assert data["result"] == {"is": "pass", "word": "pass"}
    assert words(data) == [
        (1, "v=spf1", "found", 0),
        (1, "include:_spf.mailhost.example", "no match", 1),
        (2, "ip4:198.51.100.80/28", "no match", 0),
        (2, "-all", "match: fail", 0),
        (1, "mx", "match: pass", 2),
        (2, "10 mx.alumni.example", "no match", 0),
        (2, "20 list.alumni.example", "match", 0),
        (1, "-all", "not reached", 0),
    ]
    assert data["chosen"] == "4"
    assert [row["above"] for row in data["rows"]] == ["", "", "1", "1", "", "4", "4", ""]
    assert [row["spent"]["lookups"] for row in data["rows"]] == [0, 1, 1, 1, 2, 2, 2, 2]


def test_a_row_brings_what_was_asked_and_the_records_around_it():
    rows = tree()["rows"]
    assert rows[4]["asks"][0]["question"] == "alumni.example MX"
    assert rows[4]["asks"][0]["answer"] == ["10 mx.alumni.example.", "20 list.alumni.example."]
    assert rows[5]["asks"][0]["question"] == "mx.alumni.example A"
    marked = [record["text"][record["start"] : record["end"]] for record in rows[2]["records"]]
    assert marked == ["include:_spf.mailhost.example", "ip4:198.51.100.80/28"]
    assert rows[2]["rfc"]["name"] == "RFC 7208 section 5.6"
    assert "198.51.100.80/28" in rows[2]["says"]


def test_a_fault_is_marked_where_it_stands():
    data = tree("v=spf1 a ip4:192.0.2.300 -all")
    row = data["rows"][2]
    record = row["records"][-1]
    assert record["text"][record["start"] : record["end"]] == "192.0.2.300"
    assert (row["result"]["is"], row["decides"]) == ("error", True)
    assert row["says"].startswith("This is no IPv4 address")


@pytest.mark.parametrize(
    ("more", "key"),
    {
        "no such name": ({}, "no such name"),
        "no record": ({"alumni.example": [("TXT", "other")]}, "no SPF record"),
        "silence": ({"alumni.example": ["TIMEOUT"]}, "no answer"),
        "two": ({"alumni.example": [("TXT", "v=spf1 a"), ("TXT", "v=spf1 -all")]}, "more than one SPF record"),
    }.values(),
)
def test_without_a_record_there_is_one_row_that_says_why(more, key):
    zone = {name: records for name, records in ZONE.items() if name != "alumni.example"} | more
    data = view.tree(spf.check("192.0.2.1", "h", "a@alumni.example", Zone(zone)))
    assert [row["looked"] for row in data["rows"]] == [key]
    assert data["chosen"] == "0"
    assert "Alumni.example" not in data["rows"][0]["says"]  # a name stays as it is, at the head of a sentence too


def test_many_words_that_were_not_reached_are_one_row():
    data = tree("v=spf1 mx " + " ".join(f"ip4:192.0.2.{n}" for n in range(50)))
    assert len(data["rows"]) < 20
    assert data["rows"][-1]["code"] == "… 38 more words"


def test_the_static_table_says_the_same():
    data = tree()
    rows = view.table(data)
    assert len(rows) == len(data["rows"])
    assert rows[2] == ["  ip4:198.51.100.80/28", "does not hold 203.0.113.80", "no match", "", "section 5.6"]


def test_every_verdict_has_a_tree_and_every_explanation_is_used(monkeypatch):
    """Over what comes up by chance: no row lacks its sentence, and no sentence is left that no row needs."""
    source = "".join(Path(each.__file__).read_text("utf-8") for each in (view, names))
    seen: set[str] = set()
    find = explain.find
    monkeypatch.setattr(explain, "find", lambda kind, key: seen.add(f"{kind} {key}") or find(kind, key))
    for seed in range(600):
        case = generated.case(seed)
        data = view.tree(spf.check(case.ip, case.helo, case.mail_from, case.zone))
        assert all(row["says"] and "{" not in row["says"].replace("%{", "") for row in data["rows"])
        assert len({row["key"] for row in data["rows"]}) == len(data["rows"])
    known = {f"{kind} {key}" for kind, keys in explain.kinds().items() if kind.startswith("spf.") for key in keys}
    unused = {word for word in known - seen if not re.search(rf'"{re.escape(word.split()[1])}"', source)}
    assert unused == set()
