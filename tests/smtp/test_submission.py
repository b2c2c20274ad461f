"""Handing a letter in: TLS first, then a name and a password, then under one's own address; it goes on by itself."""

from __future__ import annotations

import base64
import smtplib
import ssl
from collections.abc import Iterator

import pytest

from labmail import Lab
from labmail.smtp.submission import LOGINS_MAX, WRONG_PASSWORD_S

LAPTOP, MAIL = "laptop.example.net", "mail.example.net"
ALICE, BOB = "alice@example.net", "bob@example.com"
PLAIN = base64.b64encode(b"\0alice\0teaching-alice").decode()


def context(lab: Lab) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(lab.ca_file))


@pytest.fixture(params=[587, 465])
def client(lab: Lab, request: pytest.FixtureRequest) -> Iterator[smtplib.SMTP]:
    """One that has TLS and has not logged in."""
    with lab.at(LAPTOP):
        if request.param == 465:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(MAIL, 465, context=context(lab))
        else:
            smtp = smtplib.SMTP(MAIL, 587)
            smtp.starttls(context=context(lab))
        smtp.ehlo()
        yield smtp
        smtp.close()


def test_before_tls_almost_nothing_may_be_said(lab: Lab) -> None:
    with lab.at(LAPTOP), smtplib.SMTP(MAIL, 587) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("STARTTLS")
        assert not smtp.has_extn("AUTH")
        for line in (
            "AUTH PLAIN " + PLAIN,
            f"MAIL FROM:<{ALICE}>",
            "RCPT TO:<x@example.com>",
            "DATA",
            "HELO x",
            "RSET",
        ):
            code, text = smtp.docmd(line)
            assert (code, text[:5]) == (530, b"5.7.0"), line
        assert smtp.noop()[0] == 250


def test_under_tls_auth_is_offered_and_starttls_is_not(client: smtplib.SMTP) -> None:
    assert client.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]
    assert not client.has_extn("STARTTLS")
    assert client.docmd("STARTTLS")[0] == 503
    assert client.docmd("MAIL", f"FROM:<{ALICE}>") == (530, b"5.7.0 Authentication required")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_smtplib_logs_in(client: smtplib.SMTP, mechanism: str) -> None:
    client.user, client.password = "alice", "teaching-alice"
    method = getattr(client, f"auth_{mechanism.lower()}")
    assert client.auth(mechanism, method) == (235, b"2.7.0 Authentication successful")
    assert client.docmd("AUTH", f"PLAIN {PLAIN}")[0] == 503


AUTH = {
    "a mechanism that is not offered": (["AUTH CRAM-MD5"], (504, "5.5.4")),
    "none": (["AUTH"], (501, "5.5.4")),
    "no BASE64": (["AUTH PLAIN ###"], (501, "5.5.2")),
    "no message of PLAIN": (["AUTH PLAIN YWJj"], (501, "5.5.2")),
    "taken back": (["AUTH PLAIN", "*"], (501, "5.7.0")),
    "LOGIN taken back": (["AUTH LOGIN", "YWxpY2U=", "*"], (501, "5.7.0")),
    "in lower case, in two steps": (["auth plain", PLAIN], (235, "2.7.0")),
    "LOGIN with the name at once": (
        ["AUTH LOGIN YWxpY2U=", base64.b64encode(b"teaching-alice").decode()],
        (235, "2.7.0"),
    ),
    "acting as somebody else": (
        [f"AUTH PLAIN {base64.b64encode(b'bob' + bytes(1) + b'alice' + bytes(1) + b'teaching-alice').decode()}"],
        (535, "5.7.8"),
    ),
    "a wrong password": (
        [f"AUTH PLAIN {base64.b64encode(bytes(1) + b'alice' + bytes(1) + b'x').decode()}"],
        (535, "5.7.8"),
    ),
    "somebody who is not there": (
        [f"AUTH PLAIN {base64.b64encode(bytes(1) + b'carol' + bytes(1) + b'x').decode()}"],
        (535, "5.7.8"),
    ),
    "a line without end": (["AUTH PLAIN", "x" * 13_000], (500, "5.5.6")),
}


@pytest.mark.parametrize(("lines", "last"), AUTH.values(), ids=AUTH)
def test_auth(client: smtplib.SMTP, lines: list[str], last: tuple[int, str]) -> None:
    for line in lines[:-1]:
        assert client.docmd(line)[0] == 334
    code, text = client.docmd(lines[-1])
    assert (code, text.decode()[:5]) == last
    assert client.noop()[0] == 250


def test_who_hangs_up_before_the_password_is_no_fault_of_ours(lab: Lab, client: smtplib.SMTP) -> None:
    assert client.docmd("AUTH LOGIN", "YWxpY2U=")[0] == 334
    assert client.sock is not None
    client.sock.sendall(b"dGVh")
    client.close()
    lab.record.wait_for(lambda event: event.kind == "close" and event.wire is not None and event.wire.client == LAPTOP)
    assert [event.octets for event in lab.record if event.kind in ("heard", "fault")][-1] == b"dGVh"


def test_guessing_is_slow_and_limited(lab: Lab, client: smtplib.SMTP) -> None:
    wrong = base64.b64encode(b"\0alice\0guess").decode()
    before = lab.clock.now
    codes = [client.docmd("AUTH", f"PLAIN {wrong}")[0] for _ in range(LOGINS_MAX)]
    assert codes == [535] * (LOGINS_MAX - 1) + [421]
    assert (lab.clock.now - before).total_seconds() == LOGINS_MAX * WRONG_PASSWORD_S
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_under_ones_own_address_alone(lab: Lab, client: smtplib.SMTP) -> None:
    client.login("alice", "teaching-alice")
    assert client.docmd("MAIL", "FROM:<bob@example.com>")[1].startswith(b"5.7.1 <bob@example.com>: you are alice@")
    assert client.docmd("MAIL", "FROM:<>")[0] == 553
    assert client.docmd("RCPT", f"TO:<{BOB}>")[0] == 503  # nothing has changed
    assert client.docmd("MAIL", "FROM:<ALICE@Example.NET>")[0] == 250


def test_it_goes_on_to_another_domain_by_tls(lab: Lab, client: smtplib.SMTP) -> None:
    client.login(ALICE, "teaching-alice")
    client.sendmail(ALICE, [BOB, ALICE], "Subject: hello\r\n\r\nbody\r\n")
    client.quit()
    [letter] = lab.wait_for_mail(BOB)
    assert letter.message.count(b"Received:") == 2
    assert b"with ESMTPSA id" in letter.message
    assert b"by mx1.example.com with ESMTPS id" in letter.message
    head = letter.octets.partition(b"\r\n\r\n")[0]
    assert b"Message-ID: <00001@mail.example.net>" in head
    assert b"Date: Mon, 01 Jun 2026 09:00:00 +0000" in head
    assert len(lab.mailbox(ALICE)) == 1
    onward = lab.conversation(MAIL, "mx1.example.com")
    assert "C: STARTTLS" in onward.lines
    assert b"body" not in b"".join(piece.octets for piece in onward.crossing)


def test_what_a_letter_has_is_left_as_it_is(lab: Lab, client: smtplib.SMTP) -> None:
    client.login("alice", "teaching-alice")
    octets = b"date: yesterday\r\nMESSAGE-ID: <mine@x>\r\n\r\nDate: in the body\r\n"
    client.sendmail(ALICE, ALICE, octets)
    assert lab.mailbox(ALICE)[0].octets == octets


@pytest.mark.parametrize("letter", [b"", b"\r\n", b"\r\nbody\r\n", b"no header at all\r\n"])
def test_a_letter_without_a_head_gets_one(lab: Lab, client: smtplib.SMTP, letter: bytes) -> None:
    client.login("alice", "teaching-alice")
    client.sendmail(ALICE, ALICE, letter)
    assert lab.mailbox(ALICE)[0].octets.startswith(b"Date: ")
    assert b"\r\nMessage-ID: <" in lab.mailbox(ALICE)[0].octets


def test_a_letter_that_cannot_go_now_goes_later(lab: Lab, client: smtplib.SMTP) -> None:
    for name in ("mx1.example.com", "mx2.example.com"):
        lab.host(name).stop()
    client.login("alice", "teaching-alice")
    client.sendmail(ALICE, BOB, "Subject: x\r\n\r\n")
    client.quit()
    assert lab.mailbox(BOB) == []
    assert [event.kind for event in lab.record if event.kind == "deferred"] == ["deferred"]
    lab.host("mx1.example.com").start()
    lab.clock.advance(hours=1)
    assert len(lab.mailbox(BOB)) == 1


def test_a_letter_that_cannot_go_at_all_comes_back(lab: Lab, client: smtplib.SMTP) -> None:
    client.login("alice", "teaching-alice")
    client.sendmail(ALICE, ["carol@example.com", BOB], "Subject: x\r\n\r\nsecret\r\n")
    client.quit()
    [report] = lab.wait_for_mail(ALICE)
    assert report.return_path == ""
    assert "multipart/report" in report["Content-Type"]
    status = report.octets.decode()
    assert "Final-Recipient: rfc822; carol@example.com" in status
    assert "Status: 5.1.1" in status
    assert "Diagnostic-Code: smtp; 550 5.1.1" in status
    assert "secret" in status  # the letter itself comes back with it
    assert len(lab.mailbox(BOB)) == 1


def test_after_five_days_it_comes_back(lab: Lab, client: smtplib.SMTP) -> None:
    for name in ("mx1.example.com", "mx2.example.com"):
        lab.host(name).stop()
    client.login("alice", "teaching-alice")
    client.sendmail(ALICE, BOB, "Subject: x\r\n\r\n")
    client.quit()
    assert lab.mailbox(ALICE) == []
    lab.clock.advance(days=5, hours=1)
    assert len(lab.mailbox(ALICE)) == 1


def test_the_home_provider_s_filter_is_on_25_alone(lab: Lab) -> None:
    before = lab.clock.now
    with lab.at(LAPTOP):
        with pytest.raises(TimeoutError, match="mx1.example.com port 25 did not answer"):
            smtplib.SMTP("mx1.example.com", 25)
        assert (lab.clock.now - before).total_seconds() == 300
        smtplib.SMTP(MAIL, 587).quit()
    with lab.at("vps.example"):  # a rented server: nobody filters there
        smtplib.SMTP("mx1.example.com", 25).quit()
