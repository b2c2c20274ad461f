"""The evidence of DMARC: what is linked to From:, what was asked, and what the receiver did, from real verdicts."""

from __future__ import annotations

import json

import pytest

from labmail import Lab, LabError, cake, dmarc, verify
from labmail.widgets import DmarcEvidence, RecordBench

MX, BOB = "mx1.example.com", "bob@example.com"
ALICE = {"ip": "192.0.2.67", "helo": "mail.example.net", "mail_from": "alice@example.net"}


@pytest.fixture
def sent(lab: Lab) -> Lab:
    """Four letters: Alice's, forwarded, through a list, and Mallory's."""
    RecordBench(lab, "example.net", name="_dmarc")
    return lab


def ties(face: DmarcEvidence) -> list[tuple[str, str, str, str, bool]]:
    return [
        (tie["method"], tie["domain"], tie["result"]["word"], tie["word"], tie["vouches"])
        for tie in face.data["dmarc"]["ties"]
    ]


def test_a_letter_of_the_list(sent: Lab) -> None:
    face = DmarcEvidence(sent.conversation("list.alumni.example", MX))
    assert json.loads(json.dumps(face.data)) == face.data
    assert ties(face) == [
        ("SPF", "alumni.example", "pass", "not aligned", False),
        ("DKIM", "example.net", "fail", "aligned", False),
    ]
    assert face.data["dmarc"]["sum"].endswith("Here one only passes and the other is only aligned.")
    assert [query["name"] for query in face.data["dmarc"]["walk"]["queries"]] == ["_dmarc.example.net", "_dmarc.net"]
    assert [other["domain"] for other in face.data["dmarc"]["walk"]["others"]] == ["alumni.example"]
    did = dict(face.data["did"])
    assert did["mx1 answered"] == "250 2.0.0 OK"
    assert did["kept in"] == f"Junk of {BOB}"
    assert did["mx1 wrote"].startswith("Authentication-Results: mx1.example.com; spf=pass")
    assert repr(face).startswith("fail  From: example.net\n")
    assert repr(face).endswith(f"kept in       Junk of {BOB}")


def test_a_letter_of_the_mailbox_has_the_verdict_that_it_came_with(sent: Lab) -> None:
    letters = sent.mailbox(BOB)
    found = [DmarcEvidence(sent, letter).data for letter in letters]
    assert [data["dmarc"]["result"]["word"] for data in found] == ["pass", "pass", "fail", "fail"]
    assert [data["about"].split(" ")[0] for data in found] == [
        "mail.example.net",
        "mx.alumni.example",
        "list.alumni.example",
        "mallory.example",
    ]


def test_one_that_was_refused(sent: Lab) -> None:
    sent.host(MX).reject_on_policy = True
    RecordBench(sent, "example.net", name="_dmarc")
    data = DmarcEvidence(sent.conversation("mallory.example", MX)).data
    assert [name for name, _ in data["did"]] == ["mx1 answered"]
    assert data["did"][0][1].startswith("550 5.7.1 DMARC fail")
    assert data["acted"]["says"].startswith("The server refused")


def test_junk_by_a_rule_of_the_servers_own_is_said_as_such(lab: Lab) -> None:
    letter = cake.replace("alice@example.net", "news@mailhost.example")
    lab.send(letter, BOB, at="mx.mailhost.example", mail_from="news@mailhost.example")
    data = DmarcEvidence(lab.conversation("mx.mailhost.example", MX)).data
    assert dict(data["did"])["kept in"] == f"Junk of {BOB}"
    assert data["acted"]["says"].startswith("Nobody asked for anything. But no check passed")


@pytest.mark.parametrize(
    ("record", "place", "result", "policy"),
    [
        ("v=DMARC1; p=none; sp=quarantine; t=y", "above", "pass", "quarantine"),
        ([], "nowhere", "none", ""),
        ("v=DMARC1; p=reject; aspf=s", "above", "fail", "reject"),
    ],
)
def test_a_name_below(lab: Lab, record: str | list[str], place: str, result: str, policy: str) -> None:
    lab.zone("example.net")["_dmarc", "TXT"] = record
    letter = cake.replace("alice@example.net", "alice@news.example.net")
    data = DmarcEvidence(verify(letter, **ALICE, resolver=lab.resolver)).data
    assert data["dmarc"]["result"]["word"] == result
    assert data["dmarc"]["walk"]["queries"][0] == {
        "name": "_dmarc.news.example.net",
        "outcome": "no record",
        "found": False,
        "is": "neutral",
    }
    assert data["did"] == []
    assert ("“" + policy + "”" in " ".join(want["says"] for want in data["dmarc"]["wants"])) is bool(policy)
    if place == "nowhere":
        assert [tie["word"] for tie in data["dmarc"]["ties"]] == ["nobody compared"]


def test_a_verdict_alone_and_checks_without_dmarc(lab: Lab) -> None:
    alone = dmarc.evaluate("example.net", None, (), lab.resolver)
    face = DmarcEvidence(alone)
    assert repr(face) == repr(alone)
    assert face.data["dmarc"]["ties"] == []
    found = verify(cake, **ALICE, resolver=lab.resolver, methods=("spf",))
    face = DmarcEvidence(found)
    assert repr(face) == repr(found)
    assert face.data["dmarc"] is None and face.data["spf"]["result"]["word"] == "pass"


def test_what_it_cannot_show(lab: Lab) -> None:
    lab.send(cake, BOB, at="mail.example.net")
    with pytest.raises(LabError, match="found in a verdict, a dialog, or a lab and a letter"):
        DmarcEvidence("pass")
    with pytest.raises(LabError, match="found in a verdict, a dialog, or a lab and a letter"):
        DmarcEvidence(lab, "the last one")
    mx1 = lab.host(MX)
    mx1.spf_at, mx1.check_dkim, mx1.check_dmarc = None, False, False
    lab.send(cake, BOB, at="mail.example.net")
    with pytest.raises(LabError, match="checked no letter of mail.example.net"):
        DmarcEvidence(lab, lab.mailbox(BOB)[-1])
