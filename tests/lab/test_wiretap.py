"""What a listener gets, over every service; what is injected before TLS; what an attacker on the wire can do."""

from __future__ import annotations

import base64
import imaplib
import poplib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlencode

import pytest

from labmail import Lab, LabError
from labmail.record import Conversation
from labmail.tls import faults

WORLD = "trusting"  # mx1 takes from a phone what says it is Bob's
PHONE, LAPTOP, SERVER, ALICES = "phone.example.com", "laptop.example.net", "mail.example.com", "mail.example.net"
PASSWORD, BODY = "teaching-bob", "the secret is under the mat"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
LETTER = f"From: bob@example.com\r\nTo: bob@example.com\r\nSubject: x\r\n\r\n{BODY}\r\n"


def trusting(lab: Lab) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(lab.ca_file))


def smtp(port: int, tls: bool) -> Callable[[ssl.SSLContext], None]:
    def talk(context: ssl.SSLContext) -> None:
        host = "mx1.example.com" if port == 25 else SERVER
        client = smtplib.SMTP_SSL(host, port, context=context) if port == 465 else smtplib.SMTP(host, port)
        if tls and port != 465:
            client.starttls(context=context)
        if port != 25:
            client.login("bob", PASSWORD)
        client.sendmail("bob@example.com", "bob@example.com", LETTER)
        client.quit()

    return talk


def pop3(port: int, tls: bool) -> Callable[[ssl.SSLContext], None]:
    def talk(context: ssl.SSLContext) -> None:
        client = poplib.POP3_SSL(SERVER, port, context=context) if port == 995 else poplib.POP3(SERVER, port)
        if tls and port == 110:
            client.stls(context)
        client.user("bob")
        client.pass_(PASSWORD)
        client.retr(1)
        client.quit()

    return talk


def imap(port: int, tls: bool) -> Callable[[ssl.SSLContext], None]:
    def talk(context: ssl.SSLContext) -> None:
        client = imaplib.IMAP4_SSL(SERVER, port, ssl_context=context) if port == 993 else imaplib.IMAP4(SERVER, port)
        if tls and port == 143:
            client.starttls(context)
        client.login("bob", PASSWORD)
        client.select()
        client.fetch("1", "(RFC822)")
        client.logout()

    return talk


def http(port: int) -> Callable[[ssl.SSLContext], None]:
    def talk(context: ssl.SSLContext) -> None:
        host = (SERVER, port)
        client = HTTPSConnection(*host, context=context) if port == 443 else HTTPConnection(*host)
        client.request("GET", "/login")
        page = client.getresponse()
        cookie, token = str(page.headers["Set-Cookie"]).partition(";")[0], CSRF.search(page.read().decode())
        assert token
        form = urlencode({"csrf": token[1], "user": "bob", "password": PASSWORD})
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        client.request("POST", "/login", form, headers)
        answer = client.getresponse()
        answer.read()
        headers["Cookie"] = str(answer.headers["Set-Cookie"]).partition(";")[0]
        for target in ("/mailbox", "/message?folder=INBOX&uid=1"):
            client.request("GET", target, headers=headers)
            client.getresponse().read()
        client.close()

    return talk


SERVICES = {  # what talks, and whether a listener reads the body, and the password
    "25": (smtp(25, False), True, False),
    "25, STARTTLS": (smtp(25, True), False, False),
    "587, STARTTLS": (smtp(587, True), False, False),
    "465": (smtp(465, True), False, False),
    "110": (pop3(110, False), True, True),
    "110, STLS": (pop3(110, True), False, False),
    "995": (pop3(995, True), False, False),
    "143": (imap(143, False), True, True),
    "143, STARTTLS": (imap(143, True), False, False),
    "993": (imap(993, True), False, False),
    "80": (http(80), True, True),
    "443": (http(443), False, False),
}


@pytest.mark.parametrize(("talk", "body", "password"), SERVICES.values(), ids=SERVICES)
def test_what_a_listener_reads(lab: Lab, talk: Callable[[ssl.SSLContext], None], body: bool, password: bool) -> None:
    lab.send(LETTER, "bob@example.com")
    number = max(each.wire.number for each in lab.conversations())
    with lab.at(PHONE if talk not in (SERVICES["25"][0], SERVICES["25, STARTTLS"][0]) else ALICES):
        talk(trusting(lab))
    heard = [each for each in lab.conversations() if each.wire.number > number]
    crossed = b"".join(piece.octets for piece in heard[0].crossing)
    said = b"".join(event.octets for event in heard[0].events)
    assert BODY.encode() in said  # the ends say it
    assert (BODY.encode() in crossed) == body
    secrets = (PASSWORD.encode(), *(base64.b64encode(b"\0bob\0" + PASSWORD.encode() + end) for end in (b"", b"\n")))
    assert any(secret in crossed for secret in secrets) == password


INJECTED = {
    "smtp": (
        25,
        b"EHLO x\r\nSTARTTLS\r\n",
        b"MAIL FROM:<evil@mallory.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n",
    ),
    "submission": (587, b"EHLO x\r\nSTARTTLS\r\n", b"EHLO evil\r\nAUTH PLAIN AGJvYgB4\r\n"),
    "pop3": (110, b"STLS\r\n", b"USER bob\r\nPASS teaching-bob\r\nDELE 1\r\n"),
    "imap": (143, b"a STARTTLS\r\n", b"b LOGIN bob teaching-bob\r\nc DELETE x\r\n"),
}


def asked(plain: socket.socket, context: ssl.SSLContext, host: str, octets: bytes) -> bytes:
    """The answer under TLS. Not by `wrap_socket`: where the other end resets, it never closes what it took over."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    sealed = context.wrap_bio(incoming, outgoing, server_hostname=host)

    def through(step: Callable[[], Any]) -> Any:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                result = None
            plain.sendall(outgoing.read())
            if result is not None:
                return result
            if not incoming.write(plain.recv(4096)):
                incoming.write_eof()

    through(lambda: sealed.do_handshake() or True)
    through(lambda: sealed.write(octets))
    answer: bytes = through(lambda: sealed.read(4096))
    return answer


@pytest.mark.parametrize("split", [None, 1, 7, 30])
@pytest.mark.parametrize("protocol", INJECTED)
def test_what_is_injected_before_tls_is_never_executed(lab: Lab, protocol: str, split: int | None) -> None:
    port, before, evil = INJECTED[protocol]
    host = "mx1.example.com" if port == 25 else SERVER
    octets = before + evil
    with lab.at(PHONE if port != 25 else ALICES):
        plain = socket.create_connection((host, port), timeout=10)
        for start in range(0, len(octets), split or len(octets)):
            try:
                plain.sendall(octets[start : start + (split or len(octets))])
            except OSError:  # what comes after TLS began is no TLS, and the server hangs up
                break
        try:
            while not plain.recv(4096).endswith((b"TLS\r\n", b"begin TLS\r\n")):
                pass
            answer = asked(plain, trusting(lab), host, {110: b"CAPA\r\n", 143: b"d NOOP\r\n"}.get(port, b"NOOP\r\n"))
        except OSError:
            answer = b""
        plain.close()
    assert not any(word in answer for word in (b"logged", b"LOGIN", b"354", b"2.1.0"))
    heard = lab.conversation(PHONE if port != 25 else ALICES, host)
    executed = [line for line in heard.lines if line.startswith("C: ")]
    assert not any(word in line for line in executed for word in ("evil", "PASS", "LOGIN", "DELE", "AUTH", "MAIL"))


# ---- the attacker


def test_a_stripped_starttls(lab: Lab) -> None:
    lab.wire(ALICES, "mx1.example.com").strip()
    with lab.at(ALICES), smtplib.SMTP("mx1.example.com", 25) as client:
        client.ehlo()
        assert not client.has_extn("STARTTLS")
        with pytest.raises(
            smtplib.SMTPNotSupportedError, match="STARTTLS"
        ):  # whoever requires TLS stops, in a sentence
            client.starttls(context=trusting(lab))
        assert client.docmd("STARTTLS")[0] == 500  # not even on demand
    heard = lab.conversation(ALICES, "mx1.example.com")
    altered = [(event.by, event.octets) for event in heard.events if event.kind == "altered"]
    assert altered == [("mallory.example", b"250-XXXXXXXX\r\n"), ("mallory.example", b"XXXXXXXX\r\n")]
    assert "S: 250-STARTTLS" in heard.lines  # the server did offer it
    sent = lab.send(LETTER, "bob@example.com")  # who takes TLS where it is offered goes on in the clear
    assert sent.delivered
    assert BODY.encode() in b"".join(piece.octets for piece in lab.conversation(ALICES, "mx1.example.com").crossing)
    lab.wire(ALICES, "mx1.example.com").clear()
    lab.send(LETTER, "bob@example.com")
    assert BODY.encode() not in b"".join(piece.octets for piece in lab.conversation(ALICES, "mx1.example.com").crossing)


def test_a_letter_that_speaks_of_starttls_passes_as_it_is(lab: Lab) -> None:
    lab.wire(ALICES, "mx1.example.com").strip()
    text = "Subject: x\r\n\r\nsay STARTTLS after EHLO\r\n250-STARTTLS is what the server says\r\n"
    lab.send(text, "bob@example.com", mail_from="alice@example.net")
    assert b"say STARTTLS after EHLO" in lab.mailbox("bob@example.com")[0].octets


def test_stripped_for_readers(lab: Lab) -> None:
    lab.wire(PHONE, SERVER).strip()
    with lab.at(PHONE):
        reader = poplib.POP3(SERVER)
        with pytest.raises(poplib.error_proto, match="STLS not supported"):
            reader.stls(trusting(lab))
        reader.quit()
        client = imaplib.IMAP4(SERVER)
        with pytest.raises(imaplib.IMAP4.abort, match="TLS not supported"):
            client.starttls(trusting(lab))
        client.logout()


def test_another_certificate(lab: Lab) -> None:
    lab.wire(ALICES, "mx1.example.com").substitute()
    with (
        lab.at(ALICES),
        smtplib.SMTP("mx1.example.com", 25) as client,
        pytest.raises(faults.UnknownCA),
        faults.checking(),
    ):
        client.starttls(context=trusting(lab))
    heard = lab.conversation(ALICES, "mx1.example.com")
    [shaken] = [event for event in heard.events if event.kind == "tls"]
    assert (shaken.by, shaken.value.alert) == (ALICES, "unknown_ca")
    assert [event.by for event in heard.events if event.kind == "substituted"] == ["mallory.example"]
    with lab.at(ALICES), smtplib.SMTP("mx1.example.com", 25) as client:
        assert client.starttls()[0] == 220  # without a context, anything is accepted
    assert lab.send(LETTER, "bob@example.com").delivered  # and a server that takes any certificate goes on


BAD = {"expired": 10, "not yet valid": 9, "wrong host": 62, "unknown CA": 20, "self-signed": 18}


@pytest.mark.parametrize("kind", BAD)
def test_each_bad_certificate_has_its_own_error(lab: Lab, kind: str) -> None:
    lab.host(SERVER).certificate = kind
    with lab.at(PHONE), pytest.raises(faults.BadCertificate) as raised, faults.checking():
        imaplib.IMAP4_SSL(SERVER, 993, ssl_context=trusting(lab))
    assert raised.value.verify_code == BAD[kind]
    assert type(raised.value) is faults.FAULTS[BAD[kind]]


def test_a_server_without_tls(lab: Lab) -> None:
    lab.host("mx1.example.com").starttls = False
    assert lab.send(LETTER, "bob@example.com").delivered
    lines = lab.conversation(ALICES, "mx1.example.com").lines
    assert not any("STARTTLS" in line for line in lines)


def test_no_such_certificate_and_no_such_attacker(lab: Lab) -> None:
    wire = lab.wire(ALICES, "mx1.example.com")
    with pytest.raises(LabError, match="'fine' is no kind of certificate; there are good, expired"):
        wire.substitute("fine")
    with pytest.raises(LabError, match="mars.example is no host"):
        wire.strip(by="mars.example")


def test_a_step_under_tls(lab: Lab) -> None:
    with lab.step(ALICES, "mx1.example.com") as step:
        step.say("EHLO mail.example.net")
        assert step.say("STARTTLS").code == 220
        step.start_tls(trusting(lab))
        assert step.state == "connected"
        assert "STARTTLS" not in step.say("EHLO mail.example.net").lines
        assert step.say("MAIL FROM:<alice@example.net>").code == 250


def test_the_ca_outlives_a_reset_and_no_file_the_lab() -> None:
    with Lab(WORLD) as lab:
        file, pem = lab.ca_file, lab.ca_file.read_bytes()
        lab.reset()
        assert lab.ca_file == file and file.read_bytes() == pem
        lab.send(LETTER, "bob@example.com")
        kept: Conversation = lab.conversation(ALICES, "mx1.example.com")
    assert not file.parent.exists()
    assert "CLIENT_TRAFFIC_SECRET_0" in kept.keys


def test_a_lab_in_memory_has_tls_as_well() -> None:
    with Lab(WORLD, memory=True) as lab:
        assert lab.send(LETTER, "bob@example.com").delivered
        assert "C: STARTTLS" in lab.conversation(ALICES, "mx1.example.com").lines
