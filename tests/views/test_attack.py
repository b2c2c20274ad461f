"""Somebody on the wire: each switch changes what becomes of the next letter, and both views show it."""

from __future__ import annotations

import json

import pytest

from labmail import Lab, LabError
from labmail.widgets import Attacker

BOB = "bob@example.com"
OUTCOMES = {  # switch -> whether the letter was safe, who took it, what the views say
    "": ("pass", "mx1.example.com", "stands"),
    "strip": ("fail", "mx1.example.com", "stripped"),
    "substitute": ("fail", "mx1.example.com", "stolen"),
    "lose": ("pass", "mx2.example.com", "stands"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_becomes_of_the_letter(lab: Lab, name: str) -> None:
    face = Attacker(lab)
    if name:
        face.switch(name, on=True)
    face.deliver()
    data = face.data
    assert json.loads(json.dumps(data)) == data
    kind, went, verdict = OUTCOMES[name]
    assert data["outcome"]["is"] == kind
    assert data["outcome"]["word"] == f"delivered to {went}"
    assert data["views"]["verdict"] == verdict
    assert len(lab.mailbox(BOB)) == 1


def test_a_switch_ends_what_it_began(lab: Lab) -> None:
    face = Attacker(lab)
    for name in ("strip", "lose"):
        face.switch(name, on=True)
    assert "stripped of STARTTLS" in repr(lab.wire("mail.example.net", "mx1.example.com"))
    face.switch("lose", on=False)
    wire = repr(lab.wire("mail.example.net", "mx1.example.com"))
    assert "stripped" in wire and "losing" not in wire
    assert [each["on"] for each in face.data["switches"]] == [True, False, False]
    face.switch("strip", on=False)
    assert repr(lab.wire("mail.example.net", "mx1.example.com")).endswith(": fair")


def test_a_letter_that_does_not_arrive(lab: Lab) -> None:
    face = Attacker(lab)
    for host in ("mx1.example.com", "mx2.example.com"):
        lab.host(host).stop()
    face.deliver()
    assert face.data["outcome"]["word"] == "deferred"
    assert face.data["views"] is None


def test_the_text_is_the_same_on_every_run(lab: Lab) -> None:
    def told() -> str:
        lab.reset()
        face = Attacker(lab)
        before = repr(face)
        assert before.endswith("No letter was sent yet.")
        face.switch("strip", on=True)
        face.deliver()
        return repr(face)

    assert told() == told()


def test_the_code_does_the_same(lab: Lab) -> None:
    face = Attacker(lab)
    face.switch("strip", on=True)
    assert 'lab.wire("mail.example.net", "mx1.example.com").strip()' in face.data["code"]


def test_what_is_no_switch(lab: Lab) -> None:
    with pytest.raises(LabError, match="'forge' is no switch; there are strip, substitute, lose"):
        Attacker(lab).switch("forge", on=True)
