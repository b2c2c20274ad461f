"""A sender that honours MTA-STS: whom it gives a letter, whom not, and what it says. RFC 8461 sections 4 and 5."""

from __future__ import annotations

import pytest

from labmail import Lab, cake
from labmail.views.timeline import text, timeline

SENDER, MX1, MX2, WEB, MALLORY = (
    "mail.example.net",
    "mx1.example.com",
    "mx2.example.com",
    "mail.example.com",
    "mallory.example",
)
BOB = "bob@example.com"


@pytest.fixture(scope="module")
def one():
    with Lab("05-starttls-and-submission") as lab:
        yield lab


@pytest.fixture
def lab(one):
    one.reset()
    one.host(SENDER).mta_sts = True
    return one


def said(lab):
    return [str(event.value) for event in lab.record if event.kind == "sts-verdict"]


def outcomes(delivery):
    return [attempt.outcome for attempt in delivery.attempts]


def edit(lab, *pair):
    policy = lab.policy("example.com")
    policy.text = policy.text.replace(*pair)


def strip(lab):
    for server in (MX1, MX2):
        lab.wire(SENDER, server).strip()


def test_a_good_server_gets_the_letter_under_tls(lab):
    assert lab.send(cake, BOB).delivered == (BOB,)
    assert said(lab) == ["mx1.example.com is as the policy of example.com wants it"]
    talk = lab.conversation(SENDER, MX1)
    assert any(event.sealed for event in talk.events if b"bring the cake" in event.octets)
    assert lab.conversation(SENDER, WEB).wire.server_port == 443


def test_stripped_it_refuses_and_says_why_while_another_goes_on_in_the_clear(lab):
    strip(lab)
    delivery = lab.send(cake, BOB)
    why = "451 4.7.4 MTA-STS of example.com: it offers no STARTTLS"
    assert outcomes(delivery) == [why, why]
    assert delivery.deferred == (BOB,)
    assert lab.mailbox(BOB) == []
    assert lab.conversation(SENDER, MX2).lines[-2] == "C: QUIT"
    lab.host(SENDER).mta_sts = False
    assert lab.send(cake, BOB).delivered == (BOB,)
    talk = lab.conversation(SENDER, MX1)
    assert not any(event.sealed for event in talk.events)


def test_the_next_server_of_the_list_may_be_better(lab):
    lab.wire(SENDER, MX1).strip()
    delivery = lab.send(cake, BOB)
    assert [result.server for result in delivery.results] == [MX2]


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        ("expired", "the certificate has expired"),
        ("not yet valid", "is not valid yet"),
        ("wrong host", "the certificate is for another host"),
        ("unknown CA", "by somebody whom this client does not know"),
        ("self-signed", "by nobody but itself"),
    ],
)
def test_a_bad_certificate_is_named(lab, certificate, why):
    lab.host(MX1).certificate = lab.host(MX2).certificate = certificate
    delivery = lab.send(cake, BOB)
    assert delivery.deferred == (BOB,)
    assert all(
        outcome.startswith("451 4.7.5 MTA-STS of example.com: ") and why in outcome for outcome in outcomes(delivery)
    )


def test_substituted_by_somebody_on_the_wire_it_refuses(lab):
    for server in (MX1, MX2):
        lab.wire(SENDER, server).substitute()
    assert lab.send(cake, BOB).deferred == (BOB,)
    assert not any(b"bring the cake" in event.octets for event in lab.record)


def test_forged_mx_answers_do_not_help_mallory(lab):
    lab.wire(SENDER, "ns.example").forge("example.com", "MX", f"10 {MALLORY}")
    delivery = lab.send(cake, BOB)
    assert outcomes(delivery) == ["451 4.7.0 MTA-STS of example.com: it is not on the list"]
    assert not [each for each in lab.conversations() if each.wire.server == MALLORY]  # nobody even knocked
    lab.host(SENDER).mta_sts = False
    assert lab.send(cake, BOB).attempts[0].server == MALLORY  # as he wanted it


def test_nor_do_all_of_dns_forged_while_the_policy_is_remembered(lab):
    assert lab.send(cake, BOB).delivered
    names = lab.wire(SENDER, "ns.example")
    names.forge("example.com", "MX", f"10 {MALLORY}")
    names.forge("_mta-sts.example.com", "TXT", "nothing")
    names.forge("mta-sts.example.com", "A", "203.0.113.66")
    lab.clock.advance(minutes=10)
    assert lab.send(cake, BOB).deferred == (BOB,)
    lab.clock.advance(days=7)  # max_age
    assert "4.7.0" not in outcomes(lab.send(cake, BOB))[0]


def test_a_web_server_that_cannot_prove_who_it_is_is_as_good_as_none(lab):
    lab.host(WEB).certificate = "self-signed"
    strip(lab)
    assert lab.send(cake, BOB).delivered == (BOB,)
    [got] = [event.value for event in lab.record if event.kind == "sts-policy"]
    assert "mta-sts.example.com cannot be trusted: the certificate is signed by nobody but itself" in got.why


@pytest.mark.parametrize("mode", ["testing", "none"])
def test_the_other_modes_let_it_go(lab, mode):
    edit(lab, "enforce", mode)
    strip(lab)
    assert lab.send(cake, BOB).delivered == (BOB,)
    noted = "mx1.example.com: it offers no STARTTLS, and gets the letter all the same: testing"
    assert said(lab) == ([noted] if mode == "testing" else [])


def test_testing_goes_on_by_tls_where_only_the_certificate_is_bad(lab):
    edit(lab, "enforce", "testing")
    lab.host(MX1).certificate = "expired"
    assert lab.send(cake, BOB).delivered == (BOB,)
    [*_, letter] = [event for event in lab.record if event.octets == b"Don't forget to bring the cake!\r\n"]
    assert letter.sealed


def test_a_star_in_the_policy(lab):
    edit(lab, "mx: mx1.example.com\nmx: mx2.example.com", "mx: *.example.com")
    assert lab.send(cake, BOB).delivered == (BOB,)


def test_the_policy_of_the_club_names_another_server_and_that_is_said(lab):
    delivery = lab.send(cake, "chair@club.example")
    assert outcomes(delivery) == ["451 4.7.0 MTA-STS of club.example: it is not on the list"]
    assert "mail.club.example" in str(lab.record.filter(kind="sts-policy")[0].value)


def test_mended_in_the_right_order_it_goes(lab):
    club, zone = lab.policy("club.example"), lab.zone("club.example")
    lab.send(cake, "chair@club.example")
    club.text = club.text.replace("mail.club.example", "mx.mailhost.example")
    assert lab.send(cake, "chair@club.example").deferred  # remembered, and DNS tells of no other
    zone["_mta-sts", "TXT"] = "v=STSv1; id=20260602"
    lab.clock.advance(minutes=5)
    assert lab.send(cake, "chair@club.example").delivered


def test_a_letter_handed_in_waits_and_goes_when_the_wire_is_fair(lab):
    lab.send(cake, BOB)
    strip(lab)
    lab.submit(cake, BOB)
    assert len(lab.mailbox(BOB)) == 1
    for server in (MX1, MX2):
        lab.wire(SENDER, server).clear()
    lab.clock.advance(hours=1)
    assert len(lab.mailbox(BOB)) == 2


def test_the_timeline_tells_each_step_and_what_it_means(lab):
    lab.send(cake, BOB)
    strip(lab)
    lab.send(cake, BOB)
    data = timeline(lab.record)
    rows = [row for row in data["rows"] if row["kind"].startswith("sts-")]
    assert [row["kind"] for row in rows[:3]] == ["sts-record", "sts-policy", "sts-verdict"]
    assert all(row["main"] and "8461" in str(data["meanings"][row["meaning"]]["rfc"]) for row in rows)
    assert "refused by the sender" in text(data)
