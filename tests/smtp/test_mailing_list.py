"""A letter as a list sends it on: its fields above, its footer below, whatever the letter is made of."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from labmail.smtp.mailing_list import MailingList

LIST = MailingList(address="bakers@alumni.example", members=("bob@example.com",))
OWN = b"List-Id: <bakers.alumni.example>\r\nPrecedence: list\r\nX-BeenThere: bakers@alumni.example\r\n"
FOOTER = b"-- \r\nbakers@alumni.example\r\n"
HEAD = b"From: a@example.net\r\nSubject: x\r\n"
PLAIN = {
    "no type": b"",
    "plain": b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
    "quoted-printable": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: Quoted-Printable\r\n",
}


@pytest.mark.parametrize("kind", PLAIN.values(), ids=PLAIN)
def test_plain_text_gets_a_line_below(kind: bytes) -> None:
    assert LIST.letter(HEAD + kind + b"\r\nhello\r\n") == OWN + HEAD + kind + b"\r\nhello\r\n" + FOOTER


@pytest.mark.parametrize("body", [b"", b"hello", b"hello\r\n"])
def test_the_footer_begins_a_line(body: bytes) -> None:
    octets = LIST.letter(HEAD + b"\r\n" + body)
    assert octets.endswith(b"\r\n" + FOOTER)
    assert octets.startswith(OWN + HEAD)


OTHER = {
    "HTML": (b"Content-Type: text/html\r\n", b"<p>hello"),
    "base64": (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n", b"aGVsbG8=\r\n"),
    "parts": (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="bakers.alumni.example"\r\n',
        b"--bakers.alumni.example\r\n\r\nhello\r\n--bakers.alumni.example--\r\n",
    ),
    "8 bits": (b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", "süß".encode()),
}


@pytest.mark.parametrize(("kind", "body"), OTHER.values(), ids=OTHER)
def test_what_is_no_plain_text_becomes_a_part(kind: bytes, body: bytes) -> None:
    octets = LIST.letter(HEAD + kind + b"\r\n" + body)
    message = message_from_bytes(octets, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert not any(part.defects for part in message.walk())
    letter, footer = message.iter_parts()
    assert letter.get_content_type() == message_from_bytes(kind + b"\r\n").get_content_type()
    assert letter["From"] is None
    assert footer.get_content() == FOOTER.decode().removesuffix("\r\n") or footer.get_content() == FOOTER.decode()
    assert message.get_all("MIME-Version") == ["1.0"]
    assert message["Subject"] == "x"
    assert message["Content-Transfer-Encoding"] == (None if body.isascii() else "8bit")


def test_one_list_id() -> None:
    octets = LIST.letter(b"List-Id: <others.example>\r\n" + HEAD + b"\r\nhello\r\n")
    assert octets == OWN + HEAD + b"\r\nhello\r\n" + FOOTER


def test_it_knows_what_it_has_sent() -> None:
    letter = HEAD + b"\r\nX-BeenThere: bakers@alumni.example\r\n"
    assert not LIST.has_sent(letter)
    assert LIST.has_sent(LIST.letter(letter))
    assert not LIST.has_sent(MailingList(address="cooks@alumni.example", members=()).letter(letter))


@pytest.mark.parametrize(
    "octets", [b"", b"\r\n", b"\r\nbody", b"no header", b" \r\n", b"\xff: \xff\n\n\xff", b"A: b\n\nc"]
)
def test_it_survives_any_letter(octets: bytes) -> None:
    assert LIST.letter(octets).startswith(OWN)
    assert LIST.has_sent(LIST.letter(octets))


def test_where_its_bounces_go() -> None:
    assert (LIST.bounces, LIST.domain) == ("bakers-bounces@alumni.example", "alumni.example")
