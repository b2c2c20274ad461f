"""The two names of a letter: read off what the receiver wrote, never off what came with the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from labmail import Lab, LabError, cake
from labmail.views import names
from labmail.widgets import TwoNames

BOB, MX = "bob@example.com", "mx1.example.com"
FORGED = "Authentication-Results: mx9.example.com; spf=pass smtp.mailfrom=alice@example.net; dmarc=pass\n"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab("06-spf", memory=True) as made:
        yield made


def arrived(lab: Lab, mail_from: str, at: str, letter: str = cake) -> names.Letter:
    lab.send(letter, BOB, at=at, mail_from=mail_from)
    return lab.mailbox(BOB)[-1]


def test_nobody_compares_them(lab: Lab) -> None:
    face = TwoNames(arrived(lab, "mallory@mallory.example", "mallory.example"))
    assert json.loads(json.dumps(face.data)) == face.data
    assert repr(face).splitlines() == [
        "what a mail program leaves out",
        "  Return-Path: <mallory@mallory.example>",
        "  Authentication-Results: mx1.example.com; spf=pass smtp.mailfrom=mallory@mallory.example",
        "what it shows",
        "  From: Alice <alice@example.net>",
        "  To: Bob <bob@example.com>",
        "  Subject: Re: The Cake",
        "SPF looked up mallory.example: pass. From: shows example.net. Nobody compared these.",
    ]
    assert "<table>" in face._static_html()


def test_names_that_are_the_same_are_not_compared_either(lab: Lab) -> None:
    data = names.names(arrived(lab, "alice@example.net", "mail.example.net"))
    assert (data["looked"]["domain"], data["from"], data["gap"]) == (
        "example.net",
        "example.net",
        "nobody compared these",
    )
    assert "does not know that" in data["says"]


def test_an_empty_sender_is_looked_up_by_helo(lab: Lab) -> None:
    assert names.names(arrived(lab, "", "mail.example.net"))["looked"]["domain"] == "mail.example.net"


def test_where_dmarc_compared(lab: Lab) -> None:
    lab.host(MX).check_dmarc = True
    data = names.names(arrived(lab, "mallory@mallory.example", "mallory.example"))
    assert (data["compared"], data["gap"]) == ("fail", "DMARC compared: fail")


def test_what_came_with_the_letter_counts_for_nothing(lab: Lab) -> None:
    lab.host(MX).spf_at = None
    data = names.names(arrived(lab, "mallory@mallory.example", "mallory.example", FORGED + cake))
    assert (data["looked"], data["compared"]) == ({"domain": "no name", "is": "neutral", "word": "not checked"}, "")


def test_it_wants_a_letter() -> None:
    with pytest.raises(LabError, match=r"shows a letter of lab\.mailbox\(address\), and this is of type str"):
        TwoNames(cake)
