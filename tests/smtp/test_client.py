"""A client that says one line at a time, and knows where the server is."""

import threading

import pytest

from labmail.errors import LabError
from labmail.net import Service, Weather, carry
from labmail.smtp.client import ClientSession, HungUp, NoReply, open_step
from labmail.smtp.words import Reply
from tests.smtp.dialogues import WITH_CODES
from tests.smtp.exchange import CLIENT, MX1, Script, dialog, lines


def test_the_seed_step_by_step(exchange):
    net, office = exchange
    step = open_step(net, CLIENT, MX1)
    assert (step.state, step.due) == ("connected", ("greeting",))
    assert repr(step.reply()) == "220 mx1.example.com SMTP server ready"
    way = []
    for line in ("HELO mail.example.net", "MAIL FROM:<alice@example.net>", "RCPT TO:<bob@example.com>", "DATA"):
        assert step.say(line).success
        way.append((step.state, step.session.mail_from, step.session.recipients))
    assert way == [
        ("greeted", None, ()),
        ("sender", "<alice@example.net>", ()),
        ("recipient", "<alice@example.net>", ("<bob@example.com>",)),
        ("text", "<alice@example.net>", ("<bob@example.com>",)),
    ]
    assert repr(step) == ("mail.example.net to mx1.example.com: text, from <alice@example.net>, to <bob@example.com>")
    assert [step.say(line) for line in ("Subject: cake", "", "..it begins with a dot")] == [None, None, None]
    assert step.due == ()
    assert step.say(".") == Reply.of("250 2.0.0 OK")
    assert (step.state, step.session.mail_from) == ("greeted", None)
    assert step.say("QUIT").code == 221
    assert step.state == "closed"
    with pytest.raises(HungUp, match=r"the connection to mx1.example.com is closed; lab.step\(...\) opens another"):
        step.say("NOOP")
    assert office.taken[0].octets == b"Subject: cake\r\n\r\n.it begins with a dot\r\n"
    step.close()
    step.close()


def test_without_taking_the_greeting_the_first_reply_is_the_first_answer(exchange):
    net, _ = exchange
    with open_step(net, CLIENT, MX1) as step:
        assert step.say("HELO mail.example.net").text.startswith("mx1.example.com Hello")
    net.settle()
    assert net.record.events[-1].kind == "close"


def test_refusals_leave_the_state(exchange):
    net, _ = exchange
    with open_step(net, CLIENT, MX1) as step:
        assert [step.say(line).code for line in ("DATA", "HELO", "HELO a.example", "RCPT TO:<bob@example.com>")] == [
            503, 501, 250, 503,
        ]  # fmt: skip
        assert step.say("MAIL FROM:<>").code == 250
        assert step.say("RCPT TO:<carol@example.com>").code == 550
        assert (step.state, step.session.mail_from, step.session.recipients) == ("sender", "<>", ())
        assert step.say("RSET").code == 250
        assert (step.state, step.session.mail_from) == ("greeted", None)


def test_one_line_at_a_time(exchange):
    net, _ = exchange
    with open_step(net, CLIENT, MX1) as step:
        with pytest.raises(LabError, match="one line at a time"):
            step.say("NOOP\r\nQUIT")
        step.reply()
        with pytest.raises(LabError, match="owes no reply"):
            step.reply()
        assert [event.octets for event in dialog(net) if event.kind == "heard"] == []


def test_an_answer_held_on_the_wire(exchange):
    net, _ = exchange
    with open_step(net, CLIENT, MX1) as step:
        for line in ("HELO a.example", "MAIL FROM:<>", "RCPT TO:<bob@example.com>"):
            step.say(line)
        net.call(net.set_weather, CLIENT, MX1, Weather(), Weather(hold=True))
        assert step.send("DATA").verb == "DATA"
        assert (step.state, step.due) == ("recipient", ("DATA",))
        with pytest.raises(LabError, match="first the answer to DATA"):
            step.send("Subject: too early")
        heard = []
        waiting = threading.Thread(target=lambda: heard.append(step.reply()))
        waiting.start()
        waiting.join(0.05)
        assert heard == []
        [tap] = net.call(net.taps_between, CLIENT, MX1)
        net.call(tap.outward.release, 1)
        waiting.join(5)
        assert [reply.code for reply in heard] == [354]
        assert step.state == "text"


def scripted(net, **says):
    net.run(net.listen(Service(host=MX1, port=26, protocol="smtp", make=carry(lambda: Script(**says)))))
    return open_step(net, CLIENT, MX1, 26)


def test_a_server_that_hangs_up(exchange):
    net, _ = exchange
    step = scripted(net, MAIL="")
    step.say("HELO a.example")
    with pytest.raises(HungUp, match="mx1.example.com hung up before it answered MAIL"):
        step.say("MAIL FROM:<>")
    assert step.state == "closed"
    assert repr(step) == "mail.example.net to mx1.example.com: closed"


def test_a_server_that_says_421(exchange):
    net, _ = exchange
    step = scripted(net, MAIL="421 4.3.2 going home")
    step.say("HELO a.example")
    assert step.say("MAIL FROM:<>").not_now
    assert step.state == "closed"


def test_what_is_no_reply(exchange):
    net, _ = exchange
    with scripted(net, HELO="hello yourself") as step, pytest.raises(NoReply, match="begins with three digits"):
        step.say("HELO a.example")
    session = ClientSession()
    with pytest.raises(NoReply, match="has no end within 4096 octets"):
        session.hear(b"220 " + b"x" * 4096)


@pytest.mark.parametrize("dialogue", WITH_CODES.values(), ids=WITH_CODES)
def test_the_client_s_idea_of_the_state_is_the_server_s(dialogue):
    """Told only what crosses the wire, an octet at a time, it knows in which state each command finds the server."""
    session, command = ClientSession(), None
    for kind, octets in lines(dialogue):
        if kind == "heard":
            command = session.say(octets)
        else:
            before = session.state
            for octet in octets:
                replies = session.hear(bytes([octet]))
            if replies and command and replies[0].code in (503, 500, 501, 550, 552, 553, 555):
                assert session.state == before
    assert session.state == "closed"
