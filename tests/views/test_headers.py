"""The header as plain data: what each field is, who wrote it, what can be believed, and the way."""

import json
from datetime import timedelta

import pytest

from labmail import Lab, cake
from labmail.mime import build
from labmail.views import headers

WAY = (
    b"Received: from mail.example.net ([192.0.2.67])\r\n\tby mx1.example.com with ESMTP id 1;\r\n"
    b"\tMon, 01 Jun 2026 09:02:05 +0000\r\n"
    b"Received: from laptop ([203.0.113.17]) by mail.example.net; Mon, 01 Jun 2026 09:00:02 +0000\r\n"
)
LETTER = WAY + build.plain(subject="Käsekuchen für Bob")


def field(data, name):
    return next(each for each in data["fields"] if each["name"] == name)


def test_who_wrote_a_field_and_whether_it_can_be_believed():
    data = headers.headers(LETTER)
    trust = [(each["name"], each["trust"]) for each in data["fields"]][:4]
    assert trust == [("Received", "own"), ("Received", "claim"), ("From", "anyone"), ("To", "anyone")]
    assert field(data, "From")["writer"] == "the author’s mail program"
    assert field(data, "Date")["rfc"]["name"] == "RFC 5322 section 3.6.1"
    assert data["about"] == "10 fields, 2 hops; the top one is your own server’s."


def test_a_letter_knows_what_its_own_server_wrote():
    with Lab("02-finding-the-server") as lab:
        lab.host("mx1.example.com").spf_at = "DATA"
        lab.send(b"Authentication-Results: mail.example.net; dkim=pass\r\n" + cake.encode(), "bob@example.com")
        data = headers.headers(lab.mailbox("bob@example.com")[0])
    assert [(each["name"], each["trust"]) for each in data["fields"]][:4] == [
        ("Return-Path", "own"), ("Authentication-Results", "own"), ("Received", "own"),
        ("Authentication-Results", "claim"),
    ]  # fmt: skip


def test_above_what_a_receiver_writes_nothing_is_believed():
    forged = b"From: a@b.test\r\n" + LETTER
    assert not any(each["own"] for each in headers.headers(forged)["fields"])


def test_encoded_words_are_shown_piece_by_piece():
    subject = field(headers.headers(LETTER), "Subject")
    assert subject["value"] == "Käsekuchen für Bob" and subject["encoded"]
    (word,) = subject["pieces"]
    assert (word["charset"], word["encoding"], word["text"]) == ("utf-8", "Q", "Käsekuchen für")
    assert word["octets"].startswith("4b c3 a4 73")


def test_the_way_and_its_times():
    first, second = headers.headers(LETTER)["hops"]
    assert (first["from"], first["address"], first["by"], first["delay"]) == (
        "laptop", "203.0.113.17", "mail.example.net", "2 min 3 s later"
    )  # fmt: skip
    assert (second["own"], second["with"], second["delay"]) == (True, "ESMTP", "")
    assert (first["field"], second["field"]) == (1, 0)


DELAYS = {0: "at once", 3: "3 s later", 90061: "1 d 1 h later", -5: "5 s before it was sent on", None: ""}


@pytest.mark.parametrize(("seconds", "says"), DELAYS.items())
def test_delays_in_words(seconds, says):
    assert headers.delay(None if seconds is None else timedelta(seconds=seconds)).startswith(says)


def test_its_text():
    assert headers.text(headers.headers(LETTER)).splitlines()[:6] == [
        "Käsekuchen für Bob: 10 fields, 2 hops; the top one is your own server’s.",
        "1. laptop [203.0.113.17] to mail.example.net, Mon, 01 Jun 2026 09:00:02 +0000, 2 min 3 s later",
        "2. mail.example.net [192.0.2.67] to mx1.example.com with ESMTP, Mon, 01 Jun 2026 09:02:05 +0000",
        "own     Received                   from mail.example.net ([192.0.2.67]) by mx1.example.com with ES…",
        "anyone  Received                   from laptop ([203.0.113.17]) by mail.example.net; Mon, 01 Jun 2…",
        "anyone  From                       Alice <alice@example.net>",
    ]


def test_the_messages_of_others(conformance):
    folder = conformance("messages")
    for entry in json.loads((folder / "manifest.json").read_text()):
        data = headers.headers((folder / entry["file"]).read_bytes())
        assert json.dumps(data) and headers.table(data) is not None
        assert len(headers.text(data).splitlines()) <= headers.TEXT_LINES_MAX
    assert headers.text(headers.headers(b"")).startswith("A message without a subject: 0 fields, no Received line")
