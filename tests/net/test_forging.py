"""Answers of DNS that somebody on the way has written: they cross in place of the server's, and are believed."""

from __future__ import annotations

import dns.message
import pytest

from labmail import Lab, LabError, cake

BOB = "bob@example.com"
SENDER, NAMES, MALLORY = "mail.example.net", "ns.example", "mallory.example"
QUESTION = "example.com", "MX"


@pytest.fixture(params=[False, True], ids=["sockets", "memory"])
def lab(request):
    with Lab("05-starttls-and-submission", memory=request.param) as lab:
        yield lab


def asked(lab, name="example.com", type="MX", *, at=SENDER):
    with lab.at(at):
        lab.resolver.flush()
        return lab.resolver.lookup(name, type)


def test_the_answer_is_forged_until_the_sky_is_clear(lab):
    honest = asked(lab)
    wire = lab.wire(SENDER, NAMES)
    wire.forge(*QUESTION, "10 mallory.example")
    assert repr(wire).endswith("with answers of mallory.example (example.com. MX 10 mallory.example.)")
    told = asked(lab)
    assert (told.rcode, told.records, told.ttl) == ("NOERROR", ("10 mallory.example.",), 0)
    assert asked(lab, at="laptop.example.net").records == honest.records  # another wire
    assert asked(lab, "example.net").records != told.records
    assert asked(lab, "mx1.example.com", "A").records == ("198.51.100.1",)
    wire.clear()
    with lab.at(SENDER):
        assert lab.resolver.lookup(*QUESTION).records == honest.records  # and nothing is remembered of the lie


def test_it_crossed_and_stands_on_the_timeline(lab):
    lab.wire(SENDER, NAMES).forge(*QUESTION, "10 mallory.example.")
    asked(lab)
    [wire] = {event.wire.number for event in lab.record.filter(kind="forged")}
    question, said, forged, _ = lab.record.filter(wire=wire)
    assert (said.by, forged.by, forged.value) == (NAMES, MALLORY, "example.com. MX 10 mallory.example.")
    messages = [dns.message.from_wire(event.octets) for event in (question, said, forged)]
    assert len({message.id for message in messages}) == 1
    assert "mx1.example.com" in str(messages[1].answer[0])
    assert "mallory" in str(messages[2].answer[0])


def test_the_letter_goes_to_whoever_answered_and_on_from_there(lab):
    lab.wire(SENDER, NAMES).forge(*QUESTION, "10 mallory.example")
    lab.host(MALLORY).open_relay = True
    sent = lab.send(cake, BOB, at=SENDER)
    assert sent.results[0].server == MALLORY
    heard = lab.conversation(SENDER, MALLORY)
    assert heard.wire.server_port == 25
    assert "C: Subject: Re: The Cake" in heard.lines
    [letter] = lab.wait_for_mail(BOB)
    assert letter["Received"].startswith("from mallory.example")  # the only trace of it


def test_any_type_and_several_lies_each_the_last_one_told(lab):
    wire = lab.wire(SENDER, NAMES)
    wire.forge("MX1.example.com.", "a", "203.0.113.66")
    wire.forge("no-such.example.com", "TXT", '"v=spf1 +all"')
    wire.forge("no-such.example.com", "TXT", '"v=spf1 -all"')
    assert asked(lab, "mx1.example.com", "A").records == ("203.0.113.66",)
    assert asked(lab, "no-such.example.com", "TXT").texts == (b"v=spf1 -all",)
    assert asked(lab, "no-such.example.com", "A").rcode == "NXDOMAIN"


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        (("example.com", "MX", "mallory.example"), r'"example.com. MX mallory.example" is no record that could be'),
        (("example.com", "XM", "10 mallory.example"), "is no record"),
        (("example..com", "MX", "10 mallory.example"), "is no record"),
    ],
)
def test_what_is_no_record_is_no_lie_either(lab, lie, says):
    with pytest.raises(LabError, match=says):
        lab.wire(SENDER, NAMES).forge(*lie)
    with pytest.raises(LabError, match="mx1.example.com answers no questions of DNS; who does: ns.example"):
        lab.wire(SENDER, "mx1.example.com").forge(*QUESTION, "10 mallory.example")
