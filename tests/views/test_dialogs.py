"""Dialogs as arrows: each letter has one, with its own verdict; what is not SMTP has none."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from labmail import Lab, LabError, cake
from labmail.views import dialogs
from labmail.widgets import Dialogs

MX, MALLORY = "mx1.example.com", "mallory.example"
LETTER = ("RCPT TO:<bob@example.com>", "DATA", *cake.splitlines(), ".")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab("06-spf") as made:
        yield made


def say(lab: Lab, *lines: str, client: str = MALLORY, server: str = MX) -> None:
    with lab.step(client, server) as step:
        for line in lines:
            step.say(line)


def test_the_way_of_a_forwarded_letter(lab: Lab) -> None:
    first = ("HELO mail.example.net", "MAIL FROM:<alice@example.net>", "RCPT TO:<bob@alumni.example>", *LETTER[1:])
    say(lab, *first, "QUIT", client="mail.example.net", server="mx.alumni.example")
    lab.wait_for_mail("alice@example.net")
    data = dialogs.dialogs(lab.conversations())
    assert json.loads(json.dumps(data)) == data
    assert [host["name"] for host in data["hosts"]] == ["mail.example.net", "mx.alumni.example", MX]
    assert [(row["from"], row["to"], row["is"]) for row in data["rows"]] == [
        (0, 1, "pass"),
        (1, 2, "fail"),
        (1, 0, "pass"),
    ]
    assert [row["found"][0]["word"] for row in data["rows"]] == ["pass", "fail", "pass"]
    assert data["rows"][1]["evidence"]["spf"]["title"] == "May 198.51.100.44 send for alice@example.net?"
    assert data["chosen"] == "1"  # where it went wrong
    assert dialogs.table(data)[1][2:] == [MX, "<alice@example.net>", "-", "550 at MAIL", "SPF fail"]


def test_each_letter_of_a_dialog_has_its_own_verdict(lab: Lab) -> None:
    say(lab, "HELO mallory.example", "MAIL FROM:<alice@example.net>", "MAIL FROM:<x@mallory.example>", *LETTER)
    refused, taken = dialogs.dialogs(lab.conversations())["rows"]
    assert (refused["sender"], refused["outcome"], refused["is"]) == ("<alice@example.net>", "550 at MAIL", "fail")
    assert (taken["sender"], taken["outcome"], taken["is"]) == ("<x@mallory.example>", "250 accepted", "pass")
    assert [row["found"][0]["word"] for row in (refused, taken)] == ["fail", "pass"]
    assert refused["lines"] == taken["lines"]  # it is one dialog


def test_a_dialog_without_a_letter_or_a_check(lab: Lab) -> None:
    lab.host(MX).spf_at = None
    say(lab, "HELO mallory.example", "QUIT")
    (row,) = dialogs.dialogs(lab.conversations())["rows"]
    assert (row["is"], row["found"], row["outcome"]) == ("neutral", [], "closed after HELO")
    assert row["evidence"] == {"spf": None, "dkim": None, "dmarc": None}


def test_its_text_is_the_table_and_nothing_else_is_shown(lab: Lab) -> None:
    assert dialogs.dialogs(lab.conversations())["about"].startswith("Nobody to anybody yet.")
    say(lab, "HELO mallory.example", "QUIT")
    lab.browse("phone.example.com").open("https://mail.example.com/")
    assert len(dialogs.dialogs(lab.conversations())["rows"]) == 1
    assert len(lab.conversations()) > 1
    assert repr(Dialogs(lab.conversations())) == repr(lab.conversations())
    with pytest.raises(LabError, match=r"shows what lab\.conversations\(\) gives, and this is of type list"):
        Dialogs([])
