"""The home provider's filter: on, off, and the ways around it that a learner takes."""

from __future__ import annotations

import smtplib
import ssl

import pytest

from labmail import Lab, LabError, cake

HOME = "laptop.example.net"
SERVER = "mx1.example.com"


@pytest.fixture
def lab():
    with Lab("05-starttls-and-submission") as lab:
        yield lab


def test_it_is_on_off_and_on_again(lab):
    isp = lab.isp("isp.example")
    assert (isp.filters, isp.customers) == ((25,), (HOME, "phone.example.com"))
    before = lab.clock.now
    assert lab.send(cake, "bob@example.com", at=HOME).deferred
    assert (lab.clock.now - before).total_seconds() == 600  # mx1 and mx2: lab time, and not ours
    isp.filters = []
    assert lab.send(cake, "bob@example.com", at=HOME).delivered
    isp.filters = [25]
    assert lab.send(cake, "bob@example.com", at=HOME).deferred
    assert repr(isp).startswith("isp.example: lets nobody out to port 25; its customers are laptop.example.net,")
    isp.filters = ()
    lab.reset()
    assert isp.filters == (25,)  # the world's own again


def test_it_is_known_by_its_customers_too_and_filters_nobody_else(lab):
    lab.isp(HOME).filters = (25, 587)
    assert lab.isp().filters == lab.isp("phone.example.com").filters == (25, 587)
    assert lab.send(cake, "bob@example.com").delivered
    lab.isp().filters = 25
    assert lab.isp().filters == (25,)


def test_the_ways_around_it(lab):
    """Ports for one's own provider, or a machine that is not at home."""
    context = ssl.create_default_context(cafile=lab.ca_file)
    with lab.at(HOME), smtplib.SMTP("mail.example.net", 587) as smtp:
        smtp.starttls(context=context)
        assert smtp.noop()[0] == 250
    with lab.at(HOME), smtplib.SMTP_SSL("mail.example.net", 465, context=context) as smtp:
        assert smtp.noop()[0] == 250
    with lab.step(HOME, "mail.example.net", 465, tls=context) as step:
        assert step.reply().code == 220
        assert step.say(f"EHLO {HOME}").code == 250
    assert lab.send(cake, "bob@example.com", at="vps.example").delivered


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda lab: lab.isp("mail.example.net"), "is no home provider, and no customer of one; there are isp.example"),
        (lambda lab: setattr(lab.isp(), "filters", ["25"]), r"a list of ports, such as \[25\], not \['25'\]"),
        (lambda lab: setattr(lab.isp(), "filters", [0]), "a list of ports"),
    ],
)
def test_a_mistake_gets_a_sentence(lab, act, says):
    with pytest.raises(LabError, match=says):
        act(lab)
