"""The Received trail: hops in the order travelled, with their times, whatever the lines are like."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import Lab, cake, mime

TRAIL = (
    b"Return-Path: <alice@example.net>\r\n"
    b"Received: from mx.alumni.example (list.alumni.example [203.0.113.80])\r\n"
    b"\tby mx1.example.com with ESMTPS id 00001\r\n\tfor <bob@example.com>;\r\n\tMon, 01 Jun 2026 11:00:05 +0200\r\n"
    b"Received: from mail.example.net ([192.0.2.67]) by mx.alumni.example with SMTP\r\n"
    b" (a comment; with (another) in it) id <7>; Mon, 01 Jun 2026 09:00:02 +0000\r\n"
    b"Received: from [203.0.113.17] (helo=laptop) by mail.example.net with esmtpsa\r\n"
    b"\t; Mon, 01 Jun 2026 08:59:00 -0000\r\n"
    b"From: a@b.test\r\n\r\nhi\r\n"
)


def test_the_order_travelled():
    first, second, third = mime.hops(TRAIL)
    assert (first.number, first.from_, first.by, first.address) == (
        1,
        "[203.0.113.17]",
        "mail.example.net",
        "203.0.113.17",
    )
    assert (second.from_, second.by, second.with_, second.id) == (
        "mail.example.net",
        "mx.alumni.example",
        "SMTP",
        "<7>",
    )
    assert (third.by, third.with_, third.id, third.for_) == ("mx1.example.com", "ESMTPS", "00001", "bob@example.com")
    assert third.address == "203.0.113.80"
    assert (first.delay, second.delay, third.delay) == (timedelta(seconds=62), timedelta(seconds=3), None)
    assert TRAIL[third.start : third.end].startswith(b"Received: from mx.alumni") and TRAIL[second.start - 1] == 10


def test_a_hop_can_be_read():
    assert repr(mime.hops(TRAIL)[1]) == (
        "2. mail.example.net [192.0.2.67] to mx.alumni.example with SMTP, Mon, 01 Jun 2026 09:00:02 +0000, then 3 s"
    )


ODD = {  # a Received line -> from, by, whether its time is known
    b"": (None, None, False),
    b"(qmail 1234 invoked by uid 0); 1 Jun 2026 09:00:00 -0000": (None, None, True),
    b"from by with id for": ("", "", False),
    b"by a.test; yesterday": (None, "a.test", False),
    b"from a.test (unclosed; by b.test": ("a.test", None, False),
    b"by a.test; 31 Feb 2026 25:61:00 +9999": (None, "a.test", False),
    b"FROM a.test BY b.test from c.test; Mon, 01 Jun 2026 09:00:00 GMT": ("a.test", "b.test", True),
    b'from "a b" by b.test ) ; ; Mon, 01 Jun 2026 09:00:00 +0000': ('"a b"', "b.test", True),
    b"from a.test by b.test; Mon, 99 Jun 2026 09:00:00 +0000": ("a.test", "b.test", False),
    b"from \xff\0 by b.test": ("�\0", "b.test", False),
}


@pytest.mark.parametrize(("line", "said"), ODD.items(), ids=str)
def test_odd_lines_are_kept(line, said):
    (hop,) = mime.hops(b"Received: " + line + b"\r\n\r\n")
    assert (hop.from_ or None, hop.by or None, hop.at is not None) == (said[0] or None, said[1] or None, said[2])
    assert repr(hop).startswith("1. ")


def test_a_wrong_clock_gives_a_delay_below_zero():
    late = TRAIL.replace(b"11:00:05", b"10:00:05")
    assert mime.hops(late)[1].delay == timedelta(seconds=3 - 3600)
    unknown = TRAIL.replace(b"Mon, 01 Jun 2026 09:00:02 +0000", b"soon")
    assert [hop.delay for hop in mime.hops(unknown)] == [None, None, None]


@given(
    st.lists(st.sampled_from([b"from", b"by", b"a.test", b"(", b")", b";", b'"', b"\\", b"for <x>", b"\xff", b"1 Jun"]))
)
def test_any_words_make_a_hop(words):
    assert len(mime.hops(b"Received: " + b" ".join(words) + b"\r\n\r\n")) == 1


def test_the_messages_of_others(conformance):
    folder = conformance("messages")
    for entry in json.loads((folder / "manifest.json").read_text()):
        root = mime.structure((folder / entry["file"]).read_bytes())
        lines = [field for field in root.headers if field.name.lower() == "received"]
        assert [(hop.start, hop.end) for hop in reversed(mime.hops(root))] == [(line.start, line.end) for line in lines]


def test_the_way_of_the_cake():
    with Lab() as lab:
        lab.send(cake, "bob@example.com")
        (hop,) = mime.hops(lab.mailbox("bob@example.com")[0].message)
    assert (hop.from_, hop.address, hop.by) == ("mail.example.net", "192.0.2.67", "mx1.example.com")
    assert (hop.with_, hop.id, hop.for_) == ("ESMTPS", "00001", "bob@example.com")
    assert repr(hop).endswith("Mon, 01 Jun 2026 09:00:00 +0000")
