"""The mail exchanger: its dialogues, its refusals, and that the timeline does not depend on chunks."""

import asyncio
import smtplib
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labmail.net import at
from labmail.smtp.transaction import Policy, Where
from labmail.smtp.words import Command, Reply
from tests.smtp.dialogues import SEED, WITH_CODES
from tests.smtp.exchange import CLIENT, HOSTS, MX1, codes, dialog, heard_in, internet, lines, pour

HELLO = b"EHLO mail.example.net\r\n"
ENVELOPE = HELLO + b"MAIL FROM:<alice@example.net>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n"
GREETED = [220, 250]
READY = [220, 250, 250, 250, 354]


def talk(net, dialogue):
    """Say each line when it is its turn, and hear each reply before the next."""

    async def turns():
        reader, writer = await net.open(CLIENT, HOSTS[MX1], 25)
        for kind, octets in lines(dialogue):
            if kind == "heard":
                writer.write(octets)
            else:
                assert await asyncio.wait_for(reader.readline(), 5) == octets
        assert await reader.read() == b""  # and it hung up
        writer.close()

    net.run(turns())
    net.settle()


@pytest.mark.parametrize("dialogue", WITH_CODES.values(), ids=WITH_CODES)
def test_dialogue(exchange, dialogue):
    net, _ = exchange
    talk(net, dialogue)
    assert [(event.kind, event.octets) for event in dialog(net)] == lines(dialogue)


@pytest.mark.parametrize("exchange", [{"enhanced_codes": False}], indirect=True)
def test_the_seed_s_dialog_line_for_line(exchange):
    net, office = exchange
    talk(net, SEED)
    [letter] = office.taken
    assert letter.octets == b"Subject: Re: The Cake\r\n\r\nDon't forget to bring the cake!\r\n"
    assert (letter.mail_from, letter.recipients, letter.helo) == (
        "alice@example.net", ("bob@example.com",), "mail.example.net",
    )  # fmt: skip
    assert letter.trace == (
        b"Received: from mail.example.net ([192.0.2.67])\r\n"
        b"\tby mx1.example.com with SMTP id 00001\r\n"
        b"\tfor <bob@example.com>;\r\n"
        b"\tMon, 01 Jun 2026 09:00:00 +0000\r\n"
    )


@pytest.mark.parametrize("exchange", [{"enhanced_codes": False}], indirect=True)
def test_without_enhanced_codes_none_is_offered_or_said(exchange):
    net, _ = exchange
    answer = pour(net, HELLO + b"MAIL\r\nFOO\r\nRCPT\r\nQUIT\r\n")
    assert b"ENHANCEDSTATUSCODES" not in answer
    assert answer.splitlines()[-4:] == [
        b"501 Syntax error in parameters: MAIL FROM:<address>",
        b"500 Syntax error, command unrecognized",
        b"503 Bad sequence of commands: MAIL comes first",
        b"221 closing connection",
    ]


@pytest.mark.parametrize("dialogue", [*WITH_CODES.values()], ids=WITH_CODES)
@pytest.mark.parametrize("crumbs", [1, 7, None])
def test_the_record_does_not_depend_on_chunks(exchange, dialogue, crumbs):
    """All at once, or an octet at a time: the same lines in the same order, each command answered before the next."""
    net, _ = exchange
    pour(net, heard_in(dialogue), crumbs)
    assert [(event.kind, event.octets) for event in dialog(net)] == lines(dialogue)


def test_values_say_what_the_octets_mean(exchange):
    net, _ = exchange
    pour(net, b"helo mail.example.net\r\nMAIL FROM:<a@example.net>\r\n"
              b"RCPT TO:<bob@example.com>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n")  # fmt: skip
    heard = [event.value for event in dialog(net) if event.kind == "heard"]
    assert heard[0] == Command(verb="HELO", argument="mail.example.net", state="connected")
    assert [command and (command.verb, command.state) for command in heard] == [
        ("HELO", "connected"), ("MAIL", "greeted"), ("RCPT", "sender"), ("DATA", "recipient"), None,
        (".", "text"), ("QUIT", "greeted"),
    ]  # fmt: skip
    said = [event.value for event in dialog(net) if event.kind == "said"]
    assert said[2] == Reply(code=250, enhanced="2.1.0", lines=("OK",))


HOSTILE_LINES = {  # what comes after EHLO -> what is heard after that, as codes
    "a control character": (b"VRFY b\x00b\r\n", [500]),
    "a bare CR, which no reply may echo": (b"VRFY b\rEHLO x\r\nHELO a\rb\r\n", [500, 500]),
    "a line that ends with LF alone": (b"NOOP\nNOOP\r\n", [500, 250]),
    "a line of 512 octets": (b"NOOP " + b"x" * 505 + b"\r\n", [250]),
    "a line of 513 octets": (b"NOOP " + b"x" * 506 + b"\r\n", [500]),
    "a line longer than the reader holds": (b"NOOP " + b"x" * 5000 + b"\r\nNOOP\r\n", [500, 250]),
    "a line of 1001 octets, and of 1002": (b"x" * 999 + b"\r\n" + b"x" * 1000 + b"\r\nNOOP\r\n", [500, 500, 250]),
    "octets that are no UTF-8": (b"MAIL FROM:<\xff@example.net> SMTPUTF8\r\n\xff\xfe\r\n", [501, 500]),
    "twenty unknown commands": (b"FOO\r\n" * 20 + b"NOOP\r\n", [500] * 20 + [250]),
    "a long local part": (b"MAIL FROM:<" + b"a" * 65 + b"@example.net>\r\n", [501]),
    "a local part as long as may be": (b"MAIL FROM:<" + b"a" * 64 + b"@example.net>\r\n", [250]),
    "a path of 257 octets": (b"MAIL FROM:<a@" + b"b" * 253 + b">\r\n", [501]),
    "a path of 256 octets": (b"MAIL FROM:<a@" + b"b" * 252 + b">\r\n", [250]),
}


@pytest.mark.parametrize(("octets", "answers"), HOSTILE_LINES.values(), ids=HOSTILE_LINES)
def test_a_bad_line_keeps_the_connection(exchange, octets, answers):
    net, _ = exchange
    whole = pour(net, HELLO + octets + b"QUIT\r\n")
    assert codes(whole) == [*GREETED, *answers, 221]
    assert b"\r" not in whole.replace(b"\r\n", b"")
    events = dialog(net)
    assert pour(net, HELLO + octets + b"QUIT\r\n", crumbs=1) == whole
    assert [(e.kind, e.octets, e.value) for e in dialog(net)] == [(e.kind, e.octets, e.value) for e in events]
    assert b"".join(e.octets for e in events if e.kind == "heard") == HELLO + octets + b"QUIT\r\n"


LETTERS = {  # what follows 354 -> what is stored
    "nothing": (b".\r\n", b""),
    "dots": (b"..\r\n...\r\n. \r\n.a\r\n.\r\n", b".\r\n..\r\n \r\na\r\n"),
    "bare LF is text": (b"a\n.\nb\n..c\r\n.\r\n", b"a\n.\nb\n..c\r\n"),
    "bare LF, then dot and CR LF": (b"a\n.\r\n\r\n.\r\n", b"a\n.\r\n\r\n"),
    "CR LF, dot, bare LF": (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n"),
    "bare CR is text": (b"a\r.\r.\r\r\n.\r\n", b"a\r.\r.\r\r\n"),
    "CR before CR LF": (b"a\r\r\n.\r\n", b"a\r\r\n"),
    "every octet there is": (bytes(range(256)) + b"\r\n.\r\n", bytes(range(256)) + b"\r\n"),
    "a line of 1000 octets": (b"x" * 998 + b"\r\n.\r\n", b"x" * 998 + b"\r\n"),
    "a line of 1000 octets and a dot": (b".." + b"x" * 997 + b"\r\n.\r\n", b"." + b"x" * 997 + b"\r\n"),
}


@pytest.mark.parametrize(("sent", "kept"), LETTERS.values(), ids=LETTERS)
@pytest.mark.parametrize("crumbs", [1, None])
def test_what_followed_354_is_kept_as_it_came(exchange, sent, kept, crumbs):
    net, office = exchange
    answer = pour(net, ENVELOPE + sent + b"QUIT\r\n", crumbs)
    assert codes(answer) == [*READY, 250, 221]
    assert [letter.octets for letter in office.taken] == [kept]
    assert b"".join(e.octets for e in dialog(net) if e.kind == "heard") == ENVELOPE + sent + b"QUIT\r\n"


TOO_LONG = b"500 5.5.2 Line too long: 1000 octets at most, with its end"
TOO_BIG = b"552 5.3.4 Message too big: 2000 octets at most"
REFUSED_LETTERS = {
    "a line of 1001 octets": (b"x" * 999 + b"\r\n.\r\n", TOO_LONG),
    "a line as long as a piece": (b"x" * 1000 + b"\r\n.\r\n", TOO_LONG),
    "a line of 5000 octets": (b"x" * 4998 + b"\r\nok\r\n.\r\n", TOO_LONG),
    "too big": (b"x" * 78 + b"\r\n" + (b"y" * 78 + b"\r\n") * 30 + b".\r\n", TOO_BIG),
}


@pytest.mark.parametrize("exchange", [{"size_max_octets": 2000}], indirect=True)
@pytest.mark.parametrize(("sent", "line"), REFUSED_LETTERS.values(), ids=REFUSED_LETTERS)
def test_a_letter_refused_after_its_end(exchange, sent, line):
    net, office = exchange
    answer = pour(net, ENVELOPE + sent + b"DATA\r\nQUIT\r\n", crumbs=3)
    assert codes(answer) == [*READY, int(line[:3]), 503, 221]
    assert line in answer.splitlines()
    assert office.taken == []


@pytest.mark.parametrize("exchange", [{"size_max_octets": 2000}], indirect=True)
def test_a_letter_of_the_size_allowed(exchange):
    net, office = exchange
    assert codes(pour(net, ENVELOPE + (b"..." + b"y" * 96 + b"\r\n") * 20 + b".\r\n"))[-1] == 250
    assert len(office.taken[0].octets) == 2000  # the dots that were stuffed do not count


@pytest.mark.parametrize("exchange", [{"recipients_max": 3}], indirect=True)
def test_too_many_recipients(exchange):
    net, office = exchange
    more = b"".join(b"RCPT TO:<user%d@example.com>\r\n" % number for number in range(3))
    answer = pour(net, ENVELOPE[:-6] + more + b"DATA\r\nhi\r\n.\r\n")
    assert b"452 4.5.3 Too many recipients: 3 at most in one letter\r\n" in answer
    assert office.taken[0].recipients == ("bob@example.com", "user0@example.com", "user1@example.com")
    assert b" for " not in office.taken[0].trace.replace(b"\t", b" ")  # of several, none is given away


def test_a_client_that_hangs_up_in_mid_letter_leaves_nothing(exchange):
    net, office = exchange
    assert codes(pour(net, ENVELOPE + b"half a let")) == READY
    assert office.taken == []
    assert dialog(net)[-1].octets == b"half a let"


class Strict(Policy):
    """Refuses what its name says, each verb at its own hook."""

    def __init__(self, at):
        self.at, self.seen = at, []

    async def judge(self, verb, transaction):
        self.seen.append((verb, transaction))
        return Reply.of(f"550 5.7.23 not at {verb}") if verb == self.at else None

    async def helo(self, transaction):
        return await self.judge("HELO", transaction)

    async def mail(self, transaction):
        return await self.judge("MAIL", transaction)

    async def rcpt(self, transaction):
        return await self.judge("RCPT", transaction)

    async def data(self, transaction):
        return await self.judge("DATA", transaction)


CHECKS = {"HELO": [220, 550, 503], "MAIL": [220, 250, 550, 503], "RCPT": [220, 250, 250, 550, 503],
          "DATA": [220, 250, 250, 250, 354, 550, 250]}  # fmt: skip


@pytest.mark.parametrize(("verb", "answers"), CHECKS.items(), ids=CHECKS)
def test_a_policy_refuses_at_its_verb_and_nothing_has_changed(exchange, verb, answers):
    net, office = exchange
    policy = Strict(verb)
    office.settings.policies.append(policy)
    said = [b"HELO mail.example.net\r\n", b"MAIL FROM:<alice@example.net>\r\n", b"RCPT TO:<bob@example.com>\r\n",
            b"DATA\r\nhi\r\n.\r\n", b"MAIL FROM:<>\r\n"]  # fmt: skip
    steps = {"HELO": 1, "MAIL": 2, "RCPT": 3, "DATA": 5}[verb]
    octets = b"".join(said[:steps]) + (b"" if verb == "DATA" else said[min(steps, 3)].split(b"\r\n")[0] + b"\r\n")
    answer = pour(net, octets)
    assert codes(answer) == answers
    assert (b"550 not at HELO" if verb == "HELO" else b"550 5.7.23 not at ") in answer
    assert office.taken == []
    seen = dict(policy.seen)
    if verb == "DATA":
        assert seen["DATA"].octets == b"hi\r\n"
        assert seen["RCPT"].recipients == ("bob@example.com",)


def test_our_own_bug_is_heard_and_the_client_may_try_again(exchange):
    net, office = exchange
    faults = []
    net.call(net.loop.set_exception_handler, lambda _, context: faults.append(context["exception"]))

    async def broken(transaction):
        raise ValueError("a bug")

    office.settings.deliver = broken
    answer = pour(net, ENVELOPE + b"hi\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n")
    assert codes(answer) == [*READY, 451, 250, 221]
    assert [event.value for event in dialog(net) if event.kind == "fault"] == ["ValueError: a bug"]
    assert [str(fault) for fault in faults] == ["a bug"]


def test_250_is_said_only_after_the_letter_is_kept(exchange):
    net, office = exchange
    seen = []

    async def deliver(transaction):
        seen.append([event.octets for event in dialog(net)][-1])
        await net.wait(5, "a slow disk")
        office.taken.append(transaction)

    office.settings.deliver = deliver
    assert codes(pour(net, ENVELOPE + b"hi\r\n.\r\n")) == [*READY, 250]
    assert seen == [b".\r\n"]


def test_settings_change_while_it_runs(exchange):
    net, office = exchange

    async def both():
        reader, writer = await net.open(CLIENT, HOSTS[MX1], 25)
        writer.write(b"HELO a.example\r\nMAIL FROM:<>\r\nRCPT TO:<dave@example.org>\r\n")
        heard = [await reader.readline() for _ in range(4)]
        office.settings.recipient = lambda _: Where.HERE  # an open relay
        writer.write(b"RCPT TO:<dave@example.org>\r\n")
        heard.append(await reader.readline())
        writer.close()
        return heard

    heard = net.run(both())
    assert (heard[3][:9], heard[4][:9]) == (b"550 5.7.1", b"250 2.1.5")


LINES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([line for dialogue in WITH_CODES.values() for kind, line in lines(dialogue) if kind == "heard"]),
    st.tuples(st.sampled_from([b"HELO ", b"MAIL FROM:<", b"RCPT TO:<"]), st.binary(max_size=30)).map(b"".join),
)


@pytest.fixture(scope="module")
def sturdy():
    net, office = internet()
    yield net, office
    net.stop()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(LINES, st.sampled_from([b"\r\n", b"\n", b"", b"\r"])), max_size=12), st.integers(1, 40))
def test_whatever_comes_the_session_lives_and_answers_the_same(sturdy, said, crumbs):
    net, _ = sturdy
    octets = b"".join(line + end for line, end in said) + b"\r\n.\r\nRSET\r\nNOOP\r\n"
    quits = b"QUIT\r\n" in octets.upper()
    whole = pour(net, octets)
    events = [(event.kind, event.octets, event.value) for event in dialog(net)]
    assert pour(net, octets, crumbs) == whole
    assert [(event.kind, event.octets, event.value) for event in dialog(net)] == events
    assert "fault" not in [kind for kind, _, _ in events]
    assert quits or whole.endswith(b"250 2.0.0 OK\r\n")
    assert all(line[:3].isdigit() and line[3:4] in (b" ", b"-") for line in whole.splitlines())


def test_smtplib_over_a_real_socket(on_sockets):
    net, office = on_sockets
    with at(net, CLIENT), smtplib.SMTP(MX1, 25) as smtp:
        smtp.sendmail("alice@example.net", ["bob@example.com"], "Subject: cake\n\n.dot\n..\nbye\n")
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.sendmail("alice@example.net", ["carol@example.com"], "x")
        assert refused.value.recipients == {"carol@example.com": (550, b"5.1.1 <carol@example.com>: no such user here")}
        smtp.sendmail("", ["bob@example.com", "postmaster@example.com"], "an error report")
    assert [letter.octets for letter in office.taken] == [
        b"Subject: cake\r\n\r\n.dot\r\n..\r\nbye\r\n", b"an error report\r\n",
    ]  # fmt: skip
    assert office.taken[0].extended
    assert b"with ESMTP id 00001" in office.taken[0].trace


def test_a_client_that_sends_everything_and_then_listens(on_sockets):
    """Pipelined to the end: even past QUIT, what came before is answered in full (RFC 2920)."""
    net, office = on_sockets
    with at(net, CLIENT), socket.create_connection((MX1, 25)) as sock:
        sock.sendall(ENVELOPE + b"hi\r\n.\r\n" + ENVELOPE[len(HELLO) :] + b"ho\r\n.\r\nQUIT\r\n")
        sock.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: sock.recv(4096), b""))
    assert codes(answer) == [*READY, 250, 250, 250, 354, 250, 221]
    assert [letter.octets for letter in office.taken] == [b"hi\r\n", b"ho\r\n"]


def test_two_hundred_letters_in_one_session(on_sockets):
    net, office = on_sockets
    with at(net, CLIENT), smtplib.SMTP(MX1, 25) as smtp:
        for number in range(200):
            smtp.sendmail("alice@example.net", ["bob@example.com"], f"Subject: {number}\n\nhi\n")
    assert [letter.queue_id for letter in office.taken] == [f"{number:05d}" for number in range(1, 201)]
