"""poplib and raw sockets read a lab's mail, unmodified, and the timeline shows it."""

from __future__ import annotations

import poplib
import socket
from collections.abc import Iterator

import pytest

from labmail import Lab, cake
from labmail.errors import LabError
from labmail.views import timeline

BOB, ALICE, HOST, PHONE = "bob@example.com", "alice@example.net", "mail.example.com", "phone.example.com"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def bob(lab: Lab) -> Iterator[poplib.POP3]:
    """Bob at his phone, logged in, with two letters."""
    for _ in range(2):
        lab.send(cake, BOB)
    with lab.at(PHONE):
        client = poplib.POP3(HOST)
        client.user("bob")
        client.pass_("teaching-bob")
        yield client
        client.close()


def test_a_letter_is_downloaded_and_deleted(lab: Lab, bob: poplib.POP3) -> None:
    first, second = lab.mailbox(BOB)
    assert bob.stat() == (2, len(first.message) + len(second.message))
    assert bob.list()[1] == [b"1 %d" % len(first.message), b"2 %d" % len(second.message)]
    assert b"\r\n".join(bob.retr(1)[1]) + b"\r\n" == first.message
    assert bob.top(2, 0)[1][-1] == b""
    assert [line.split()[1] for line in bob.uidl()[1]] == [b"1", b"2"]
    bob.dele(1)
    assert lab.mailbox(BOB) == [first, second]  # not yet
    bob.quit()
    assert lab.mailbox(BOB) == [second]


def test_a_connection_that_breaks_deletes_nothing(lab: Lab, bob: poplib.POP3) -> None:
    bob.dele(1)
    lab.wire(PHONE, HOST).cut()
    assert len(lab.mailbox(BOB)) == 2
    with lab.at(PHONE):
        again = poplib.POP3(HOST)
        again.user(BOB)
        assert again.pass_("teaching-bob").startswith(b"+OK")
        again.quit()
    assert len(lab.mailbox(BOB)) == 2


def test_a_second_client_hears_that_the_mailbox_is_in_use(lab: Lab, bob: poplib.POP3) -> None:
    second = poplib.POP3(HOST)
    second.user("bob")
    with pytest.raises(poplib.error_proto, match="IN-USE"):
        second.pass_("teaching-bob")
    second.quit()
    assert bob.stat()[0] == 2  # unharmed
    bob.quit()


def test_a_wrong_password_costs_lab_time_and_at_last_the_connection(lab: Lab) -> None:
    before = lab.clock.now
    with lab.at(PHONE):
        client = poplib.POP3(HOST)
        for _ in range(3):
            client.user("bob")
            with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
                client.pass_("cake")
        with pytest.raises((poplib.error_proto, OSError)):
            client.stat()
        client.close()
    assert (lab.clock.now - before).total_seconds() == 9


def test_each_provider_hands_out_its_own_mail(lab: Lab) -> None:
    lab.send(cake, BOB)
    with lab.at("laptop.example.net"):  # the home provider lets it out: only port 25 is filtered
        alice = poplib.POP3("mail.example.net")
        alice.user("alice")
        alice.pass_("teaching-alice")
        assert alice.stat() == (0, 0)
        alice.quit()
        for host, user in (("mx.mailhost.example", "info@example.org"), ("mx.mailhost.example", "info@nomx.example")):
            client = poplib.POP3(host)
            client.user(user)
            client.pass_({each.address: each.password for each in lab.accounts()}[user])
            client.quit()
        client = poplib.POP3("mail.example.net")
        client.user("bob")
        with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
            client.pass_("teaching-bob")
        client.quit()


def test_a_long_answer_waits_for_a_slow_reader(lab: Lab) -> None:
    letter = "Subject: long\n\n" + ("." + "y" * 60 + "\n") * 10_000
    lab.send(letter, BOB, mail_from=ALICE)
    [kept] = lab.mailbox(BOB)
    with lab.at(PHONE), socket.create_connection((HOST, 110)) as sock:
        sock.sendall(b"USER bob\r\nPASS teaching-bob\r\nRETR 1\r\nNOOP\r\nQUIT\r\n")
        sock.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: sock.recv(997), b""))
    _, _, body = answer.partition(b" octets\r\n")
    assert body.endswith(b"\r\n.\r\n+OK\r\n+OK mail.example.com says goodbye, 0 messages deleted and 1 left\r\n")
    assert body.partition(b"\r\n.\r\n")[0].replace(b"\r\n.", b"\r\n") + b"\r\n" == kept.message


def test_the_same_steps_make_the_same_record(lab: Lab) -> None:
    def story() -> list[tuple[int, str, bytes]]:
        lab.send(cake, BOB)
        with lab.at(PHONE):
            client = poplib.POP3(HOST)
            client.user("bob")
            with pytest.raises(poplib.error_proto):
                client.pass_("cake")
            client.user("bob")
            client.pass_("teaching-bob")
            client.retr(1)
            client.dele(1)
            client.quit()
        return [(event.number, event.kind, event.octets) for event in lab.record if event.octets or event.wire is None]

    first = story()
    lab.reset()
    assert story() == first


def test_a_dialog_is_on_the_timeline(lab: Lab, bob: poplib.POP3) -> None:
    bob.quit()
    conversation = lab.conversation(PHONE, HOST)
    assert conversation.lines[:3] == ["S: +OK mail.example.com POP3 server ready", "C: USER bob",
                                      "S: +OK now the password: PASS ..."]  # fmt: skip
    shown = timeline.timeline(conversation.events)
    assert [row["text"] for row in shown["rows"]][1:3] == ["+OK mail.example.com POP3 server ready", "USER bob"]
    assert repr(lab.conversations()).splitlines()[-1].endswith("closed after QUIT")


# ---- inside and outside


def through_a_port(lab: Lab, password: str) -> str:
    [port] = [each.port for each in lab.expose() if (each.host, each.protocol) == (HOST, "pop3")]
    client = poplib.POP3("127.0.0.1", port, timeout=20)
    client.user("bob")
    try:
        return client.pass_(password).decode()
    except poplib.error_proto as fault:
        return str(fault)
    finally:
        client.quit()


def test_from_outside_a_fresh_password_is_needed(lab: Lab) -> None:
    lab.expose()
    fresh = {each.address: each.password for each in lab.accounts(outside=True)}
    known = {each.address: each.password for each in lab.accounts()}
    assert known[BOB] == "teaching-bob"
    assert fresh.keys() == known.keys()
    assert not set(fresh.values()) & set(known.values())
    assert "[AUTH]" in through_a_port(lab, known[BOB])
    assert through_a_port(lab, fresh[BOB]).startswith("+OK")
    lab.reset()
    assert through_a_port(lab, fresh[BOB]).startswith("+OK")  # the same until it stops
    with lab.at(PHONE):
        client = poplib.POP3(HOST)
        client.user("bob")
        assert client.pass_(known[BOB]).startswith(b"+OK")
        client.quit()


def test_before_anything_is_open_there_are_no_accounts_outside(lab: Lab) -> None:
    with pytest.raises(LabError, match="nothing is open"):
        lab.accounts(outside=True)
