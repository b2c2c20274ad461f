"""A bounce is joined to the very line of the dialog that caused it, and says who has to do what."""

from __future__ import annotations

import json

import pytest

from labmail import Lab, LabError, cake
from labmail.widgets import Bounce

ALICE, BOB, MX = "alice@example.net", "bob@example.com", "mx1.example.com"


def last(lab: Lab, address: str = ALICE) -> Bounce:
    return Bounce(lab, lab.wait_for_mail(address, 1)[-1])


def decided(one: dict) -> list[str]:
    return [line["text"] for line in one["lines"] if line["n"] == one["decided"]]


def test_a_recipient_that_does_not_exist_and_a_domain_that_does_not(lab: Lab) -> None:
    lab.submit(cake, ["nobody@example.com", "bob@nowhere.example"])
    face = last(lab)
    assert json.loads(json.dumps(face.data)) == face.data
    known, unknown = face.data["recipients"]
    assert decided(known) == ["550 5.1.1 <nobody@example.com>: no such user here"]
    assert known["dialog"] == f"mail.example.net to {MX}"
    assert [field["name"] for field in known["fields"] if field["joined"]] == ["Diagnostic-Code"]
    assert [one["code"] for one in known["meanings"]] == ["550", "5.1.1"]
    assert known["who"] == "whoever wrote the letter"
    assert unknown["lines"] == [] and unknown["status"] == "5.1.2"
    assert "found out by itself" in unknown["joins"]
    assert "  C: RCPT TO:<nobody@example.com>\n  S: 550 5.1.1 <nobody@example.com>" in repr(face)


def test_of_two_dialogs_with_the_same_servers_it_is_the_last(lab: Lab) -> None:
    lab.submit(cake, "nobody@example.com")
    lab.submit(cake, "noone@example.com")
    first, second = (Bounce(lab, letter).data["recipients"][0] for letter in lab.wait_for_mail(ALICE, 2))
    assert decided(first) == ["550 5.1.1 <nobody@example.com>: no such user here"]
    assert decided(second) == ["550 5.1.1 <noone@example.com>: no such user here"]


def test_the_verdict_behind_a_refusal_on_the_forwarders_way(lab: Lab) -> None:
    mx1 = lab.host(MX)
    mx1.spf_at, mx1.check_dkim, mx1.check_dmarc = "MAIL", False, False
    mx2 = lab.host("mx2.example.com")
    mx2.spf_at, mx2.check_dkim, mx2.check_dmarc = "MAIL", False, False
    lab.send(cake, "bob@alumni.example", at="mail.example.net")
    (one,) = last(lab).data["recipients"]
    assert one["dialog"] == f"mx.alumni.example to {MX}"
    assert decided(one)[0].startswith("550 5.7.23 SPF fail")
    assert one["evidence"]["spf"]["result"]["word"] == "fail"
    assert one["who"] == "the owner of the sender’s domain"


def test_a_policy_says_what_each_side_can_do_and_nothing_about_relaying(lab: Lab) -> None:
    lab.host(MX).reject_on_policy = True
    lab.submit(cake.replace(BOB, "bakers@alumni.example"), "bakers@alumni.example")
    (one,) = last(lab, "bakers-bounces@alumni.example").data["recipients"]
    assert one["status"] == "5.7.1" and one["who"] == "the writer’s domain, or the mailing list"
    assert "an address of its own into From:" in one["says"] and "p=none" in one["says"]
    assert "relay" not in " ".join(told["says"] for told in one["meanings"])
    assert [signature["result"]["word"] for signature in one["evidence"]["dkim"]] == ["pass", "fail"]


def test_a_yes_that_was_taken_back(lab: Lab) -> None:
    lab.host(MX).spf_at = "later"
    lab.send(cake, BOB, at="mallory.example", mail_from=ALICE)
    face = last(lab)
    (one,) = face.data["recipients"]
    assert one["dialog"] == f"mallory.example to {MX}"
    assert decided(one) == ["250 2.0.0 OK"]
    assert "said yes to the letter" in one["joins"]
    assert [field["joined"] for field in one["fields"]] == [False] * len(one["fields"])
    assert one["evidence"]["dmarc"]["result"]["word"] == "fail"


def test_a_record_that_is_gone_and_a_report_from_elsewhere(lab: Lab) -> None:
    lab.submit(cake, "nobody@example.com")
    letter = lab.wait_for_mail(ALICE, 1)[-1]
    lab.reset()
    (one,) = Bounce(lab, letter).data["recipients"]
    assert one["lines"] == [] and one["status"] == "5.1.1" and one["says"]


def test_what_is_no_report(lab: Lab) -> None:
    lab.send(cake, BOB)
    with pytest.raises(LabError, match="is no report"):
        Bounce(lab, lab.mailbox(BOB)[-1])
    with pytest.raises(LabError, match="Bounce shows a letter of lab.mailbox"):
        Bounce(lab, "a letter")
