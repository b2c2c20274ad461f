"""What a learner may get wrong in a call of the lab: each mistake is one sentence, whatever was handed over."""

from __future__ import annotations

import pytest

import labmail
from labmail import Lab, LabError, dmarc, spf, widgets

LETTER = "From: Alice <alice@example.net>\nTo: bob@example.com\nSubject: The Cake\n\nHello\n"
HALF = "From: alice@example.net\n\n\ud800"  # half of a surrogate pair
NESTED = "From: " + "(" * 5000 + "\n\nHello\n"
GROUPS = "From: " + "a:" * 5000 + "\n\nHello\n"
OTHER = (5, None, b"x", [], ["x"])


@pytest.fixture(scope="module")
def lab():
    with Lab() as lab:
        yield lab


def sentence(call) -> str:
    with pytest.raises(LabError) as caught:
        call()
    said = str(caught.value)
    assert "\n" not in said and len(said) < 500
    return said


@pytest.mark.parametrize(
    "message", [5, None, [], HALF, NESTED, GROUPS, "", b"", "Subject: x\n\n"], ids=lambda m: repr(m)[:20]
)
def test_a_letter_that_is_none(lab, message):
    assert "letter" in sentence(lambda: lab.send(message, "bob@example.com"))
    assert "letter" in sentence(lambda: lab.submit(message, "bob@example.com"))


@pytest.mark.parametrize(
    "to", [5, None, b"bob@example.com", "", [], [5], "\ud800@example.com", "a" * 2000], ids=lambda t: repr(t)[:20]
)
def test_recipients_that_are_none(lab, to):
    sentence(lambda: lab.send(LETTER, to))
    sentence(lambda: lab.submit(LETTER, to))


@pytest.mark.parametrize("other", [*OTHER, "", "\ud800", "a" * 5000], ids=lambda o: repr(o)[:20])
def test_a_name_that_is_none(lab, other):
    for call in (lab.fetch, lab.mailbox, lab.policy, lab.zone, lab.host, lab.dig, lab.isp, lab.browse):
        sentence(lambda call=call: call(other))
    sentence(lambda: lab.dig("example.com", other))
    sentence(lambda: lab.wire(other, "ns.example"))
    sentence(lambda: lab.send(LETTER, "bob@example.com", at=other))


@pytest.mark.parametrize("other", OTHER, ids=repr)
def test_a_lie_a_key_and_a_filter_of_the_wrong_kind(lab, other):
    wire, host = lab.wire("mail.example.net", "ns.example"), lab.host("mail.example.net")
    for lie in ((other, "MX", "10 mx"), ("example.com", other, "10 mx"), ("example.com", "MX", other)):
        assert "is text such as" in sentence(lambda lie=lie: wire.forge(*lie))
    sentence(lambda: host.sign_for(other, "s1", None))
    sentence(lambda: host.sign_for("example.net", other, None))


def test_a_key_a_delay_and_a_filter_that_are_none(lab):
    wire, host, isp = lab.wire("mail.example.net", "ns.example"), lab.host("mail.example.net"), lab.isp()
    for key in (5, b"x", [], "", "x" * 5000, "\ud800"):
        assert "private key" in sentence(lambda key=key: host.sign_for("example.net", "s1", key))
    for seconds in (None, "2", [], -1):
        sentence(lambda seconds=seconds: wire.delay(seconds))
    for ports in (None, 2.5, "25", [70000]):
        assert "such as [25]" in sentence(lambda ports=ports: setattr(isp, "filters", ports))


def test_a_check_of_the_wrong_kind(lab):
    right = {"ip": "192.0.2.67", "helo": "mail.example.net", "mail_from": "alice@example.net", "resolver": lab.resolver}
    for name in right:
        for other in OTHER:
            assert name in sentence(lambda name=name, other=other: labmail.verify(LETTER, **{**right, name: other}))
    for message in (5, None, HALF):
        sentence(lambda message=message: labmail.verify(message, **right))
        sentence(lambda message=message: dmarc.reports(message))


def test_a_context_that_is_none(lab):
    assert "context" in sentence(lambda: lab.step("mail.example.net", "mail.example.net", 465, tls=True))


@pytest.mark.parametrize("other", OTHER, ids=repr)
def test_a_widget_of_something_else(lab, other):
    for face in ("Conversation", "TwoViews", "Handshake", "Journey", "Attacker"):
        sentence(lambda face=face: getattr(widgets, face)(other))
    for face in ("RecordBench", "Mailboxes", "DnsExplorer", "Certificate", "Relay"):
        sentence(lambda face=face: getattr(widgets, face)(lab, other))
    if other != []:
        sentence(lambda: widgets.Timeline(other))
    if not isinstance(other, str):
        sentence(lambda: spf.read(other))
