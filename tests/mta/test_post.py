"""What becomes of a letter that a host has taken: sent on, given back, or going in a circle. Over real wires."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from labmail import Lab, cake, dkim
from labmail.mta.post import RETRY_S
from labmail.record import Wire
from labmail.smtp.transaction import Transaction
from labmail.smtp.words import Reply

ALICE, BOB, OLD = "alice@example.net", "bob@example.com", "bob@alumni.example"
HOME, FORWARDER, MX1 = "mail.example.net", "mx.alumni.example", "mx1.example.com"


def hand_in(lab: Lab, host: str, server: str, sender: str, *recipients: str, letter: str | bytes = cake) -> None:
    with lab.at(host), smtplib.SMTP(server, 25) as smtp:
        smtp.sendmail(sender, recipients, letter)


def test_the_forwarder_changes_the_recipient_alone(lab: Lab) -> None:
    lab.host(MX1).spf_at = None
    hand_in(lab, HOME, FORWARDER, ALICE, OLD)
    [letter] = lab.wait_for_mail(BOB)
    assert letter.return_path == ALICE
    assert letter.message.count(b"Received: ") == 2
    assert letter.octets.endswith(cake.replace("\n", "\r\n").encode())
    [event] = lab.record.filter(kind="forwarded")
    assert (event.by, event.value) == (FORWARDER, f"{OLD} to {BOB}")


def test_what_the_next_server_refuses_comes_back_from_the_forwarder(lab: Lab) -> None:
    lab.host(MX1).size_max_octets = 10
    lab.host("mx2.example.com").size_max_octets = 10
    hand_in(lab, HOME, FORWARDER, ALICE, OLD)
    [report] = lab.wait_for_mail(ALICE)
    assert report.return_path == ""
    assert report["From"] == f"Mail Delivery System <MAILER-DAEMON@{FORWARDER}>"
    last = lab.conversation(FORWARDER, HOME)
    assert "C: MAIL FROM:<>" in "\n".join(last.lines)
    assert f"C: RCPT TO:<{ALICE}>" in last.lines


def parts_of(report: bytes) -> tuple[EmailMessage, list[EmailMessage]]:
    message = message_from_bytes(report, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert not any(part.defects for part in message.walk())
    return message, list(message.iter_parts())


def bounced(lab: Lab, **changes: str | bytes) -> tuple[bytes, list[EmailMessage]]:
    """Alice writes to Bob's old address, and Bob's provider takes nothing that long."""
    for name in (MX1, "mx2.example.com"):
        lab.host(name).size_max_octets = 10
    lab.host(FORWARDER).check_dmarc = False
    hand_in(lab, HOME, FORWARDER, ALICE, OLD, **changes)
    [report] = lab.wait_for_mail(ALICE)
    return report.octets, parts_of(report.octets)[1]


def test_a_report_in_words(lab: Lab) -> None:
    _, [words, _, _] = bounced(lab)
    assert words.get_content().splitlines() == [
        f"This is the mail server {FORWARDER}. Your letter could not be delivered, and is not tried again:",
        "",
        f"  <{BOB}> (you wrote to <{OLD}>)",
        "    mx1.example.com said: 552 5.3.4 Message too big: 10 octets at most",
    ]


def test_a_report_for_programs(lab: Lab) -> None:
    _, [_, status, _] = bounced(lab)
    of_letter, of_recipient = status.get_payload()
    assert of_letter.items() == [
        ("Reporting-MTA", f"dns; {FORWARDER}"),
        ("Arrival-Date", "Mon, 01 Jun 2026 09:00:00 +0000"),
    ]
    assert of_recipient.items() == [
        ("Final-Recipient", f"rfc822; {BOB}"),
        ("Action", "failed"),
        ("Status", "5.3.4"),
        ("Remote-MTA", f"dns; {MX1}"),
        ("Diagnostic-Code", "smtp; 552 5.3.4 Message too big: 10 octets at most"),
        ("Last-Attempt-Date", "Mon, 01 Jun 2026 09:00:00 +0000"),
    ]


def test_the_letter_comes_back_whole(lab: Lab) -> None:
    octets, [_, _, returned] = bounced(lab)
    assert returned.get_content_type() == "message/rfc822"
    [letter] = returned.get_payload()
    assert letter["Subject"] == "Re: The Cake"
    assert cake.replace("\n", "\r\n").encode() in octets
    assert octets.isascii()


def test_of_a_long_letter_the_header(lab: Lab) -> None:
    octets, [_, _, returned] = bounced(lab, letter=cake + "cake\n" * 10_000)
    assert returned.get_content_type() == "text/rfc822-headers"
    assert "Subject: Re: The Cake" in returned.get_content()
    assert b"Don't forget" not in octets


def test_what_is_not_ascii_comes_back_as_it_is(lab: Lab) -> None:
    octets, [_, _, returned] = bounced(lab, letter=(cake + "süß\n").replace("\n", "\r\n").encode())
    assert returned["Content-Transfer-Encoding"] == "8bit"
    assert "süß\r\n".encode() in octets


def test_a_letter_cannot_end_the_report(lab: Lab) -> None:
    _, [_, _, returned] = bounced(lab, letter=f"{cake}\n--bounce-00001/{FORWARDER}--\nmore\n")
    [letter] = returned.get_payload()
    assert letter.get_content().endswith("more")


def test_a_server_that_took_it_gives_it_back(lab: Lab) -> None:
    """No other server had a part in it: it is not named."""
    post = lab._running.posts[MX1]
    with lab.at(HOME), smtplib.SMTP(MX1, 25) as smtp:
        smtp.sendmail(ALICE, BOB, cake)
    wire = lab.record.filter(kind="stored")[0].wire
    assert wire is not None
    letter = Transaction(wire=wire, mail_from=ALICE, recipients=(BOB,), octets=b"Subject: x\r\n\r\n")
    lab._net.call(post.give_back, letter, Reply.of("550 5.7.23 SPF fail"))
    [report] = lab.wait_for_mail(ALICE)
    _, [words, status, _] = parts_of(report.octets)
    assert words.get_content().splitlines()[2:] == [f"  <{BOB}>", "    550 5.7.23 SPF fail"]
    assert "Remote-MTA" not in status.as_string()
    assert "Diagnostic-Code: smtp; 550 5.7.23 SPF fail" in status.as_string()


@pytest.mark.parametrize("host", [MX1, FORWARDER])
def test_no_report_about_a_report(lab: Lab, host: str) -> None:
    wire = Wire(number=99, protocol="smtp", client="", client_address="", client_port=0, server="", server_address="",
                server_port=25)  # fmt: skip
    letter = Transaction(wire=wire, recipients=(BOB,), octets=b"Subject: x\r\n\r\n")
    lab._net.call(lab._running.posts[host].give_back, letter, Reply.of("550 5.7.23 SPF fail"))
    assert lab._net.settle()
    assert [event.kind for event in lab.record] == ["undeliverable"]


def test_a_report_that_cannot_be_delivered_is_the_end_of_it(lab: Lab) -> None:
    lab.host(MX1).spf_at = None
    for name in (MX1, "mx2.example.com", HOME):
        lab.host(name).size_max_octets = 10
    with lab.at(HOME), smtplib.SMTP(FORWARDER, 25) as smtp:
        smtp.sendmail(ALICE, OLD, cake)
    assert lab._net.settle()
    assert [event.by for event in lab.record.filter(kind="undeliverable")] == [FORWARDER, FORWARDER]
    assert lab.mailbox(ALICE) == []


def test_the_report_is_signed(lab: Lab) -> None:
    octets, _ = bounced(lab)
    [event] = lab.record.filter(kind="signed", by=FORWARDER)
    assert str(event.value) == "signs for alumni.example with key s1"
    assert dkim.verify(octets, lab.resolver).result == "pass"


LOOP = """base = "base"
[provider."alumni.example".forwards]
"loop@alumni.example" = "loop@club.example"
[provider."mailhost.example".forwards]
"loop@club.example" = "loop@alumni.example"
"""


def test_two_forwards_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "loop.toml").write_text(LOOP)
    with Lab(tmp_path / "loop.toml") as lab:
        lab.send(cake, "loop@club.example")
        assert lab._net.settle(60)
        assert len(lab.record.filter(kind="forwarded")) == 100
        [report] = lab.mailbox(ALICE)
    last = "loop@club.example"
    _, [words, status, _] = parts_of(report.octets)
    assert f"<{last}> (you wrote to <loop@alumni.example>)" in words.get_content()
    assert "Status: 5.4.6" in status.as_string()
    assert "554 5.4.6 Too many hops" in status.as_string()
    assert report.octets.count(b"\nReceived: ") == 100


def test_no_server_takes_what_goes_in_a_circle(lab: Lab) -> None:
    letter = "Received: by x\n" * 100 + cake
    for server, recipient in (
        (MX1, BOB),
        (FORWARDER, OLD),
        (HOME, ALICE),
        ("mallory.example", "mallory@mallory.example"),
    ):
        with pytest.raises(smtplib.SMTPDataError, match="5.4.6 Too many hops"):
            hand_in(lab, "outside.example", server, "you@outside.example", recipient, letter=letter)
    hand_in(lab, "outside.example", MX1, "you@outside.example", BOB, letter="Received: by x\n" * 99 + cake)
    assert len(lab.wait_for_mail(BOB)) == 1


def test_what_stands_in_a_body_is_no_hop(lab: Lab) -> None:
    hand_in(lab, "outside.example", MX1, "you@outside.example", BOB, letter=cake + "\nReceived: by x" * 200)
    assert len(lab.wait_for_mail(BOB)) == 1


def tries(lab: Lab) -> list[datetime]:
    """What stands on the agenda before midnight, when reports about the day are due."""
    due = [entry.due for _, _, entry in lab._net.agenda._heap if not entry.cancelled]
    return [at for at in due if at.date() == lab.clock.now.date()]


def test_what_cannot_go_now_waits_with_one_try_on_the_agenda(lab: Lab) -> None:
    """DNS is down, so the receiver says 451 at the dot; the letter stays with the sender until DNS is back."""
    with lab.at(HOME):  # the sender knows the way from now on
        for name, type in (("example.com", "MX"), (MX1, "A"), ("mx2.example.com", "A")):
            lab.dig(name, type)
    lab.dig(HOME)
    lab.host("ns.example").stop()
    lab.submit(cake, BOB)
    assert lab.mailbox(BOB) == []
    assert any("S: 451 4.7.24 SPF temperror" in line for line in lab.conversation(HOME, MX1).lines)
    [event] = lab.record.filter(kind="deferred")
    assert str(event.value).startswith(f"{BOB}: deferred: 451 4.7.24 SPF temperror")
    assert event.at is not None
    assert tries(lab) == [event.at + timedelta(seconds=RETRY_S)]
    lab.clock.advance(minutes=31)
    assert len(lab.record.filter(kind="deferred")) == 2
    assert len(tries(lab)) == 1
    lab.host("ns.example").start()
    lab.clock.advance(minutes=31)
    [letter] = lab.mailbox(BOB)
    assert letter.folder == "INBOX"
    assert len(lab.record.filter(kind="signed")) == 1  # once for all tries
    assert tries(lab) == []


def test_what_waits_is_written_down(tmp_path: Path) -> None:
    """Whoever said 250 must not lose it: a lab that starts on the same file tries again, and then it waits no more."""
    with Lab(file=tmp_path / "mail.sqlite") as lab:
        lab.host(MX1).spf_at = None
        for server in (MX1, "mx2.example.com"):
            lab.host(server).stop()
        lab.submit(cake, BOB)
        hand_in(lab, HOME, FORWARDER, ALICE, OLD)
        assert lab._net.settle()
    with Lab(file=tmp_path / "mail.sqlite") as lab:
        lab.host(MX1).spf_at = None
        lab.clock.advance(minutes=31)
        letters = lab.mailbox(BOB)
        assert [letter.return_path for letter in letters] == [ALICE, ALICE]
        assert sorted(letter.octets.count(b"DKIM-Signature: ") for letter in letters) == [0, 1]
        lab.reset()
        lab.clock.advance(minutes=31)
        assert len(lab.mailbox(BOB)) == 2


def test_what_waited_and_then_failed_comes_back(tmp_path: Path) -> None:
    with Lab(file=tmp_path / "mail.sqlite") as lab:
        for server in (MX1, "mx2.example.com"):
            lab.host(server).stop()
        hand_in(lab, HOME, FORWARDER, ALICE, OLD)
        assert lab._net.settle()
    with Lab(file=tmp_path / "mail.sqlite") as lab:
        lab.clock.advance(minutes=31)
        [report] = lab.mailbox(ALICE)
        assert f"<{BOB}> (you wrote to <{OLD}>)".encode() in report.octets
        assert tries(lab) == []
