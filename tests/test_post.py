"""What becomes of a letter that a host has taken: sent on, given back, or going in a circle. Over real wires."""

from __future__ import annotations

import smtplib

from labmail import Lab, cake

ALICE, BOB, OLD = "alice@example.net", "bob@example.com", "bob@alumni.example"
HOME, FORWARDER, MX1 = "mail.example.net", "mx.alumni.example", "mx1.example.com"


def hand_in(lab: Lab, host: str, server: str, sender: str, *recipients: str, letter: str = cake) -> None:
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
