"""Who may relay: each answer is a dialog's, in the lab that was asked, and the switch changes it."""

from __future__ import annotations

import json

import pytest

from labmail import Lab, LabError
from labmail.widgets import Relay

MX = "mx1.example.com"


def answers(face: Relay) -> dict[str, tuple[str, str]]:
    return {row["key"]: (row["code"], row["word"]) for row in face.data["rows"]}


CLOSED = {
    "own": ("250", "taken in"),
    "stranger": ("550", "may not"),
    "pretender": ("550", "may not"),
    "hidden": ("550", "may not"),
    "anonymous": ("530", "may not"),
    "user": ("250", "may relay"),
    "borrowed": ("553", "may not"),
}


def test_each_case_has_the_answer_of_a_dialog(lab: Lab) -> None:
    face = Relay(lab, MX)
    assert json.loads(json.dumps(face.data)) == face.data
    assert answers(face) == CLOSED
    asked = [(each.wire.client, each.wire.server, each.wire.server_port) for each in lab.conversations()]
    assert asked == [(row["client"], row["server"], row["port"]) for row in face.data["rows"]]
    for row, dialog in zip(face.data["rows"], lab.conversations(), strict=True):
        assert f"S: {row['answer']}" in dialog.lines
        assert row["says"] and row["rfc"]
    assert lab.mailbox("bob@example.com") == []


def test_the_switch_makes_it_an_open_relay_and_back(lab: Lab) -> None:
    face = Relay(lab, MX)
    face.switch(True)
    assert lab.host(MX).open_relay is True
    told = answers(face)
    assert {told[key] for key in ("stranger", "pretender", "hidden")} == {("250", "an open relay")}
    assert told["anonymous"] == CLOSED["anonymous"]
    face.switch(False)
    assert answers(face) == CLOSED


def test_a_trusted_network_may(lab: Lab) -> None:
    assert answers(Relay(lab, "mx.mailhost.example"))["trusted"] == ("250", "may relay")


def test_who_does_not_answer(lab: Lab) -> None:
    lab.host(MX).stop()
    rows = Relay(lab, MX).data["rows"]
    assert {row["word"] for row in rows if row["port"] == 25} == {"no answer"}
    assert "nobody answers on port 25" in {row["answer"] for row in rows}


def test_a_bad_certificate_is_named(lab: Lab) -> None:
    lab.host("mail.example.com").certificate = "expired"
    row = next(row for row in Relay(lab, MX).data["rows"] if row["key"] == "user")
    assert row["answer"].startswith("the certificate has expired")


def test_the_text_is_the_same_on_every_run(lab: Lab) -> None:
    first = repr(Relay(lab, MX))
    lab.reset()
    assert repr(Relay(lab, MX)) == first
    assert "530 5.7.0 Authentication required" in first


def test_a_host_that_takes_no_letters(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"phone.example.com takes no letters from anybody; there are mail.example.net"):
        Relay(lab, "phone.example.com")
