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
    "forge": ("fail", "mallory.example", "stands"),  # sealed, and for the wrong reader
}
HOME = "laptop.example.net"


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
    assert len(lab.wait_for_mail(BOB)) == 1  # Mallory sends it on, so nobody misses it


def test_a_switch_ends_what_it_began(lab: Lab) -> None:
    face = Attacker(lab)
    for name in ("strip", "lose"):
        face.switch(name, on=True)
    assert "stripped of STARTTLS" in repr(lab.wire("mail.example.net", "mx1.example.com"))
    face.switch("lose", on=False)
    wire = repr(lab.wire("mail.example.net", "mx1.example.com"))
    assert "stripped" in wire and "losing" not in wire
    assert [each["on"] for each in face.data["switches"]] == [True, False, False, False]
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


def test_what_is_no_switch_and_no_way(lab: Lab) -> None:
    face = Attacker(lab)
    with pytest.raises(LabError, match="'filter' is no switch; there are strip, substitute, lose, forge"):
        face.switch("filter", on=True)
    with pytest.raises(LabError, match="'rented' is no way from mail.example.net; there are direct"):
        face.way("rented")
    with pytest.raises(LabError, match="there are strip, substitute, lose, forge, filter"):
        Attacker(lab, HOME).switch("rob", on=True)


# ---- a forged answer of DNS


def test_the_forged_answer_is_undone_by_its_switch(lab: Lab) -> None:
    face = Attacker(lab)
    face.deliver()  # the honest answer is remembered now, and does not help
    face.switch("forge", on=True)
    face.deliver()
    assert face.data["outcome"]["word"] == "delivered to mallory.example"
    assert "has read it and sent it on to example.com" in face.data["outcome"]["says"]
    assert lab.host("mallory.example").open_relay
    face.switch("forge", on=False)
    assert not lab.host("mallory.example").open_relay
    face.deliver()
    assert face.data["outcome"]["word"] == "delivered to mx1.example.com"
    assert [letter["Received"].split()[1] for letter in lab.mailbox(BOB)] == [
        "mail.example.net",
        "mallory.example",
        "mail.example.net",
    ]


def test_a_sender_that_honours_a_policy_gives_the_letter_to_no_stranger() -> None:
    """What RFC 8461 is for: the policy says who takes mail, over HTTPS, and no forged MX record fits it."""
    with Lab("05-starttls-and-submission") as lab:
        lab.host("mail.example.net").mta_sts = True
        face = Attacker(lab)
        face.switch("forge", on=True)
        face.deliver()
        assert face.data["outcome"]["word"] == "deferred"
        assert lab.mailbox(BOB) == []


# ---- at home


def test_the_provider_s_filter_and_the_ways_around_it() -> None:
    with Lab("05-starttls-and-submission") as lab:
        face = Attacker(lab, HOME)
        data = face.data
        assert [each["key"] for each in data["switches"] if each["on"]] == ["filter"]  # as the world has it
        assert [each["key"] for each in data["ways"]] == ["direct", "submission", "rented"]
        told = {}
        for way in ("direct", "submission", "rented"):
            face.way(way)
            face.deliver()
            told[way] = face.data["outcome"]["word"], face.data["between"]["name"], len(lab.mailbox(BOB))
        assert told == {
            "direct": ("deferred", "mallory.example", 0),
            "submission": ("handed in", "mail.example.net", 1),
            "rented": ("delivered to mx1.example.com", "vps.example", 2),
        }
        face.way("direct")
        face.switch("filter", on=False)
        assert lab.isp().filters == ()
        face.deliver()
        assert face.data["outcome"]["word"] == "delivered to mx1.example.com"
        face.switch("filter", on=True)
        assert lab.isp().filters == (25,)
        face.deliver()
        assert "its provider lets nobody out there" in face.data["outcome"]["says"]
        assert json.loads(json.dumps(face.data)) == face.data


def test_who_is_not_at_home_has_neither(lab: Lab) -> None:
    data = Attacker(lab).data
    assert "filter" not in [each["key"] for each in data["switches"]]
    assert data["ways"] == []


@pytest.mark.parametrize("client", ["mail.example.net", HOME])
def test_the_code_that_recreates_it_runs(client: str) -> None:
    with Lab("05-starttls-and-submission") as lab:
        face = Attacker(lab, client)
        for name in ("forge", "strip", "lose"):
            face.switch(name, on=True)
        for way in ("submission", "rented") if client == HOME else ("direct",):
            if way != "direct":
                face.way(way)
            compile(face.data["code"], "code", "exec")
            lab.reset()
            exec(face.data["code"], {"lab": lab})
            assert lab.wait_for_mail(BOB)


def test_under_a_policy_the_sender_goes_on_to_who_can_prove_themselves() -> None:
    with Lab("05-starttls-and-submission") as lab:
        lab.host("mail.example.net").mta_sts = True
        face = Attacker(lab)
        face.switch("strip", on=True)
        face.deliver()
        outcome = face.data["outcome"]
        assert (outcome["is"], outcome["word"]) == ("pass", "delivered to mx2.example.com")
        assert (
            "mx1.example.com would not do (451 4.7.4 MTA-STS of example.com: it offers no STARTTLS)" in outcome["says"]
        )
        face.switch("forge", on=True)
        face.deliver()
        outcome = face.data["outcome"]
        assert (outcome["word"], outcome["says"]) == (
            "deferred",
            "451 4.7.0 MTA-STS of example.com: it is not on the list.",
        )
