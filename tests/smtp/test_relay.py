"""Who may relay: nobody on port 25 but a host's own network, whatever way the address hides; unless a switch is on."""

from __future__ import annotations

import smtplib

import pytest

from labmail import Lab, LabError

WORLD = "trusting"  # what is checked about a letter is another matter
MX, MALLORY, LIST = "mx.mailhost.example", "mallory.example", "list.alumni.example"
BOB = "bob@example.com"
FORMS = {  # the classic ones, as testers of relays try them on the server of example.org
    "as it is": "bob@example.com",
    "percent hack": "bob%example.com@example.org",
    "percent hack, twice": "bob%example.com%club.example@example.org",
    "percent hack to a literal": "bob%example.com@mx.mailhost.example",
    "source route": "@mx.mailhost.example:bob@example.com",
    "source route of two": "@example.org,@club.example:bob@example.com",
    "quoted": '"bob@example.com"@example.org',
    "quoted, and percent": '"bob%example.com"@example.org',
    "bang path": "example.com!bob@example.org",
    "bang path in quotes": '"example.com!bob"@example.org',
}
SENDERS = ("spam@mallory.example", "", "info@example.org", "postmaster@[203.0.113.66]")


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("address", FORMS.values(), ids=FORMS)
def test_refused_on_25(lab: Lab, address: str, sender: str) -> None:
    with lab.at(MALLORY), smtplib.SMTP(MX, 25) as smtp:
        smtp.ehlo()
        assert smtp.docmd("MAIL", f"FROM:<{sender}>")[0] == 250
        code, text = smtp.docmd("RCPT", f"TO:<{address}>")
        assert code == 550
        assert text[:5] in (b"5.7.1", b"5.1.1")
    assert lab.mailbox(BOB) == []


HERE = "bob%example.com@mx.mailhost.example"  # the relay's own name is a domain without mailboxes


@pytest.mark.parametrize("address", [address for address in FORMS.values() if address != HERE])
def test_an_open_relay_sends_it_on(lab: Lab, address: str) -> None:
    lab.host(MX).open_relay = True
    with lab.at(MALLORY), smtplib.SMTP(MX, 25) as smtp:
        smtp.ehlo()
        smtp.docmd("MAIL", "FROM:<spam@mallory.example>")
        assert smtp.docmd("RCPT", f"TO:<{address}>")[0] == 250
        assert smtp.data("Subject: buy\r\n\r\n")[0] == 250
    [letter] = lab.wait_for_mail(BOB)
    assert b"from mallory.example" in letter.message
    assert letter.return_path == "spam@mallory.example"


@pytest.mark.parametrize("line", ["RCPT TO:<>", "RCPT TO:<@>", "RCPT TO:"])
@pytest.mark.parametrize("open_relay", [False, True])
def test_an_empty_address_is_none(lab: Lab, line: str, open_relay: bool) -> None:
    lab.host(MX).open_relay = open_relay
    with lab.at(MALLORY), smtplib.SMTP(MX, 25) as smtp:
        smtp.ehlo()
        smtp.docmd("MAIL", "FROM:<>")
        assert smtp.docmd(line)[0] == 501


def test_a_trusted_network(lab: Lab) -> None:
    letter = "Subject: news\r\n\r\n"
    with lab.at(LIST), smtplib.SMTP(MX, 25) as smtp, pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.sendmail("list@alumni.example", BOB, letter)
    lab.host(MX).trusted = ["203.0.113.80/32", "198.51.100.80/28"]
    with lab.at(LIST), smtplib.SMTP(MX, 25) as smtp:
        smtp.sendmail("list@alumni.example", BOB, letter)
    assert len(lab.wait_for_mail(BOB)) == 1
    with lab.at(MALLORY), smtplib.SMTP(MX, 25) as smtp, pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.sendmail("list@alumni.example", BOB, letter)


WRONG = {"open_relay": "yes", "trusted": ["somewhere"], "certificate": "fine", "starttls": 1}


@pytest.mark.parametrize(("name", "value"), WRONG.items(), ids=WRONG)
def test_a_wrong_setting_gets_a_sentence(lab: Lab, name: str, value: object) -> None:
    with pytest.raises(LabError, match=f"{name} of {MX} is .*, not "):
        setattr(lab.host(MX), name, value)


def test_a_letter_in_a_circle_ends(lab: Lab) -> None:
    lab.host(MX).open_relay = True
    letter = "".join(f"Received: {number}\r\n" for number in range(101)) + "\r\n"
    with lab.at(MALLORY), smtplib.SMTP(MX, 25) as smtp, pytest.raises(smtplib.SMTPDataError, match="5.4.6"):
        smtp.sendmail("spam@mallory.example", BOB, letter)
