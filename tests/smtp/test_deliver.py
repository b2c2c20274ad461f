"""The delivering client finds its way, falls back, and says what it tried."""

import pytest

from labmail.errors import LabError
from labmail.net import Service, Weather, carry
from labmail.smtp.deliver import Choice, deliver
from labmail.smtp.words import Reply
from tests.smtp.exchange import CLIENT, HOSTS, MX1, MX2, Directory, Office, Script, dialog

BOB = "bob@example.com"
CAKE = "From: Alice <alice@example.net>\nSubject: cake\n\n.bring it\n"
CAKE_OCTETS = b"From: Alice <alice@example.net>\r\nSubject: cake\r\n\r\n.bring it\r\n"
ZONES = {
    ("example.com", "MX"): ["20 mx2.example.com.", "10 mx1.example.com."],
    (MX1, "A"): [HOSTS[MX1]],
    (MX2, "A"): [HOSTS[MX2]],
    ("club.example", "A"): [HOSTS[MX1]],
    ("nomail.example", "MX"): ["0 ."],
    ("broken.example", "MX"): "SERVFAIL",
    ("nohost.example", "TXT"): ["no mail here"],
}


def send(net, message=CAKE, to=BOB, mail_from="alice@example.net"):
    async def job():
        return await deliver(net, CLIENT, Directory(ZONES), message, to, mail_from=mail_from)

    delivery = net.run(job())
    net.settle()
    return delivery


def second(net, **says):
    """mx2, and it says that."""
    net.run(net.listen(Service(host=MX2, port=25, protocol="smtp", make=carry(lambda: Script(**says)))))


def first(net, **says):
    """mx1 as well."""
    net.run(net.unlisten(MX1))
    net.run(net.listen(Service(host=MX1, port=25, protocol="smtp", make=carry(lambda: Script(**says)))))


def test_to_the_best_server(exchange):
    net, office = exchange
    delivery = send(net)
    assert delivery.delivered == (BOB,)
    assert repr(delivery) == (
        "domain       preference  server           address       outcome\n"
        "example.com  10          mx1.example.com  198.51.100.1  250 2.0.0 OK\n"
        "bob@example.com: delivered to mx1.example.com: 250 2.0.0 OK"
    )
    [letter] = office.taken
    assert (letter.octets, letter.mail_from, letter.helo) == (CAKE_OCTETS, "alice@example.net", CLIENT)
    heard = [event.octets for event in dialog(net) if event.kind == "heard"]
    assert heard[:4] == [
        b"EHLO mail.example.net\r\n",
        b"MAIL FROM:<alice@example.net> SIZE=61\r\n",
        b"RCPT TO:<bob@example.com>\r\n",
        b"DATA\r\n",
    ]
    assert heard[-3:] == [b"..bring it\r\n", b".\r\n", b"QUIT\r\n"]
    kinds = [event.kind for event in net.record if event.kind in ("chose", "connect", "close")]
    assert kinds == ["chose", "connect", "close"]
    assert net.record.filter(kind="chose")[0].value == Choice(
        domain="example.com", preference=10, server=MX1, address=HOSTS[MX1]
    )


def test_mx1_is_down(exchange):
    net, _ = exchange
    net.run(net.unlisten(MX1))
    mx2 = Office(net, MX2)
    mx2.open()
    delivery = send(net)
    assert [(a.server, a.outcome) for a in delivery.attempts] == [(MX1, "connection refused"), (MX2, "250 2.0.0 OK")]
    assert len(mx2.taken) == 1
    assert net.agenda.now.minute == 0  # refused at once


def test_mx1_does_not_answer_and_lab_time_passes(exchange):
    net, _ = exchange
    net.call(net.filtered.add, (CLIENT, 25))
    delivery = send(net)
    assert [a.outcome for a in delivery.attempts] == ["no answer within 300 s"] * 2
    assert delivery.deferred == (BOB,)
    assert repr(delivery).endswith("bob@example.com: deferred: no answer within 300 s")
    assert net.agenda.now.minute == 10


def test_mx1_falls_silent(exchange):
    net, _ = exchange
    first(net, MAIL=None)
    second(net)
    delivery = send(net)
    assert [a.outcome for a in delivery.attempts] == [
        "mx1.example.com did not answer within 300 s, at MAIL", "250 yes",
    ]  # fmt: skip
    assert delivery.delivered == (BOB,)


def test_a_wire_that_holds_the_answer_is_given_up_in_lab_time(exchange):
    net, office = exchange
    net.call(net.set_weather, CLIENT, MX1, Weather(), Weather(hold=True))
    second(net)
    assert send(net).attempts[0].outcome == "mx1.example.com did not answer within 300 s, at the greeting"
    assert office.taken == []


ANSWERS = {  # what mx1 says -> (its outcome, whether mx2 is asked)
    "greeting 421": ({"greeting": "421 4.3.2 later"}, "421 4.3.2 later, at the greeting", True),
    "greeting 554": ({"greeting": "554 5.3.2 not today"}, "554 5.3.2 not today, at the greeting", True),
    "EHLO 421": ({"EHLO": "421 4.3.2 later"}, "421 4.3.2 later, at EHLO", True),
    "EHLO and HELO 550": ({"EHLO": "550 no", "HELO": "550 no"}, "550 no, at HELO", True),
    "MAIL 451": ({"MAIL": "451 4.7.1 later"}, "451 4.7.1 later, at MAIL", True),
    "MAIL 550": ({"MAIL": "550 5.7.23 SPF fail"}, "550 5.7.23 SPF fail, at MAIL", False),
    "RCPT 450": ({"RCPT": "450 4.2.1 busy"}, "450 4.2.1 busy, at RCPT", True),
    "RCPT 550": ({"RCPT": "550 5.1.1 nobody"}, "550 5.1.1 nobody, at RCPT", False),
    "DATA 451": ({"DATA": "451 4.3.0 no"}, "451 4.3.0 no, at DATA", True),
    "DATA 250": ({"DATA": "250 what?"}, "the server answered DATA with 250, where 354 is the only yes, at DATA", True),
    "end 452": ({"END": "452 4.3.1 disk full"}, "452 4.3.1 disk full, at the end of the letter", True),
    "end 554": ({"END": "554 5.6.0 spam"}, "554 5.6.0 spam, at the end of the letter", False),
    "hangs up at RCPT": ({"RCPT": ""}, "mx1.example.com hung up, at RCPT", True),
    "hangs up at the end": ({"END": ""}, "mx1.example.com hung up, at the end of the letter", True),
    "not SMTP": ({"greeting": "SSH-2.0"}, None, True),
}


@pytest.mark.parametrize(("says", "outcome", "asks_mx2"), ANSWERS.values(), ids=ANSWERS)
def test_what_mx1_answers(exchange, says, outcome, asks_mx2):
    net, _ = exchange
    first(net, **says)
    second(net)
    delivery = send(net)
    if outcome:
        assert delivery.attempts[0].outcome == outcome
    assert [a.server for a in delivery.attempts] == [MX1] + [MX2] * asks_mx2
    assert delivery.delivered == (BOB,) * asks_mx2
    assert delivery.refused == (BOB,) * (not asks_mx2)


def test_an_old_server_hears_helo_and_no_parameters(exchange):
    net, _ = exchange
    first(net, EHLO="502 what?")
    assert send(net).delivered == (BOB,)
    heard = [event.octets for event in dialog(net) if event.kind == "heard"]
    assert heard[:3] == [
        b"EHLO mail.example.net\r\n", b"HELO mail.example.net\r\n", b"MAIL FROM:<alice@example.net>\r\n",
    ]  # fmt: skip


NOWHERE = {
    "nomail.example": ("refused", "556 5.1.10 nomail.example takes no mail: its MX record is null (RFC 7505)"),
    "nosuch.example": ("refused", "550 5.1.2 nosuch.example does not exist"),
    "nohost.example": ("refused", "550 5.4.4 nohost.example has no host to send mail to"),
    "broken.example": ("deferred", "451 4.4.3 no name server could say who takes mail for broken.example"),
}


@pytest.mark.parametrize(("domain", "what"), NOWHERE.items(), ids=NOWHERE)
def test_nowhere_to_go(exchange, domain, what):
    net, _ = exchange
    [result] = send(net, to=f"someone@{domain}").results
    assert (result.status, result.why) == what
    assert net.record.filter(kind="connect") == []


def test_without_an_mx_record_the_domain_itself(exchange):
    net, office = exchange
    delivery = send(net, to="someone@club.example")
    assert delivery.attempts[0].server == "club.example"
    assert delivery.results[0].reply.code == 550  # mx1 is another's server: it does not relay
    assert office.taken == []


def test_several_recipients_share_a_dialog_per_domain(exchange):
    net, office = exchange
    delivery = send(net, to=[BOB, "carol@example.com", "x@nomail.example", "user1@example.com", BOB])
    assert delivery.delivered == (BOB, "user1@example.com")
    assert delivery.refused == ("carol@example.com", "x@nomail.example")
    assert [letter.recipients for letter in office.taken] == [(BOB, "user1@example.com")]
    assert repr(delivery).splitlines()[-4:] == [
        "bob@example.com: delivered to mx1.example.com: 250 2.0.0 OK",
        "carol@example.com: refused: 550 5.1.1 <carol@example.com>: no such user here",
        "x@nomail.example: refused: 556 5.1.10 nomail.example takes no mail: its MX record is null (RFC 7505)",
        "user1@example.com: delivered to mx1.example.com: 250 2.0.0 OK",
    ]


def test_a_letter_too_big_is_refused_before_it_is_sent(exchange):
    net, office = exchange
    office.settings.size_max_octets = 60
    [result] = send(net).results
    assert result.reply == Reply.of("552 5.3.4 Message too big: 60 octets at most")
    assert b"DATA\r\n" not in [event.octets for event in dialog(net)]


def test_octets_go_as_they_are(exchange):
    net, office = exchange
    octets = b".\n.\r\n..\r\n\xff\x00\r\r\nno end"
    send(net, octets, mail_from="")
    assert office.taken[0].octets == octets + b"\r\n"  # the CR LF before the last dot: RFC 5321 section 4.1.1.4
    assert b"MAIL FROM:<> SIZE=20 BODY=8BITMIME\r\n" in [event.octets for event in dialog(net)]


def test_addresses_that_are_not_ascii(exchange):
    net, office = exchange
    assert send(net, to="jörg@example.com").delivered == ("jörg@example.com",)
    assert office.taken[0].utf8
    first(net)
    second(net)
    assert send(net, to="jörg@example.com").results[0].reply.enhanced == "5.6.7"


@pytest.mark.parametrize("address", ["bob", "bob@", "bob @example.com", "bob@example.com\r\nDATA", "postmaster"])
def test_what_is_no_address(exchange, address):
    net, _ = exchange
    with pytest.raises(LabError, match="no address|no domain"):
        send(net, to=address)
    with pytest.raises(LabError, match="at least one recipient"):
        send(net, to=[])
    assert len(net.record) == 0


def test_over_sockets_and_large(on_sockets):
    net, office = on_sockets
    octets = (b"." + b"x" * 76 + b"\r\n") * 20_000
    delivery = send(net, octets)
    assert delivery.delivered == (BOB,)
    assert office.taken[0].octets == octets
