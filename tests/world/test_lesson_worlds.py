"""The worlds of lessons 07 and 08: what is missing at the start, and what a learner's own hand can then do."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest

from labmail import Lab, cake, dkim
from labmail.verdicts import Verdicts
from labmail.world import names

BOB, HOME, MX1, MALLORY = "bob@example.com", "mail.example.net", "mx1.example.com", "mallory.example"


@pytest.mark.parametrize("world", [name for name in names() if name < "07" or name == "trusting"])
def test_in_the_lessons_before_nobody_signs(world: str) -> None:
    with Lab(world) as lab:
        assert not any(lab.host(name).sign for name in lab._running.posts)


@pytest.fixture(scope="module")
def seventh() -> Iterator[Lab]:
    with Lab("07-dkim") as lab:
        yield lab


@pytest.fixture(scope="module")
def eighth() -> Iterator[Lab]:
    with Lab("08-dmarc") as lab:
        yield lab


def last(lab: Lab) -> Verdicts:
    found = lab.record.filter(kind="verdict", by=MX1)[-1].value
    assert isinstance(found, Verdicts)
    return found


def test_07_starts_without_a_key(seventh: Lab) -> None:
    lab = seventh
    lab.reset()
    assert lab.dig("s1._domainkey.example.net", "TXT").rcode == "NXDOMAIN"
    assert lab.dig("_dmarc.example.net", "TXT").rcode == "NXDOMAIN"
    assert lab.host(HOME).signs_for == {}
    lab.submit(cake, BOB)
    [letter] = lab.wait_for_mail(BOB)
    assert letter.folder == "INBOX"
    assert str(lab.record.filter(kind="unsigned")[0].value) == "not signed: there is no key for example.net"
    assert "dkim=none" in str(letter["Authentication-Results"])


def test_07_the_five_steps(seventh: Lab) -> None:
    """Make a key, publish one half, give the other to the server, send a letter, see that it passes."""
    lab = seventh
    lab.reset()
    key = dkim.generate()
    lab.zone("example.net")["s1._domainkey", "TXT"] = key.record
    lab.host(HOME).sign_for("example.net", "s1", key)
    lab.submit(cake, BOB)
    assert last(lab).dkim.result == "pass"  # type: ignore[union-attr]


def test_07_forwarding_breaks_spf_and_the_signature_stays(seventh: Lab) -> None:
    lab = seventh
    lab.reset()
    key = dkim.generate()
    lab.zone("example.net")["s1._domainkey", "TXT"] = key.record
    lab.host(HOME).sign_for("example.net", "s1", key)
    lab.submit(cake, "bob@alumni.example")
    [letter] = lab.wait_for_mail(BOB)
    found = last(lab)
    assert (found.spf.result, found.dkim.result, found.dmarc) == ("fail", "pass", None)  # type: ignore[union-attr]
    assert letter.folder == "INBOX"


def test_07_mail_with_neither_goes_to_junk(seventh: Lab) -> None:
    lab = seventh
    lab.reset()
    with lab.at(MALLORY), smtplib.SMTP(MX1, 25) as smtp:
        smtp.sendmail("alice@example.net", BOB, cake)
    [letter] = lab.wait_for_mail(BOB)
    assert letter.folder == "Junk"


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA"])
def test_spf_may_be_written_down_alone(seventh: Lab, moment: str) -> None:
    lab = seventh
    lab.reset()
    mx1 = lab.host(MX1)
    mx1.spf_at, mx1.check_dkim = moment, False
    for refuses, code in ((False, 250), (True, 550)):
        mx1.refuse_spf_fail = refuses
        with lab.at(MALLORY), smtplib.SMTP(MX1, 25) as smtp:
            smtp.ehlo()
            codes = [smtp.mail("alice@example.net")[0]]
            codes += [smtp.rcpt(BOB)[0]] if codes == [250] else []
            codes += [smtp.data(cake)[0]] if codes == [250, 250] else []
        assert codes[-1] == code
    assert "spf=fail" in str(lab.wait_for_mail(BOB)[0]["Authentication-Results"])


def spoof(lab: Lab) -> bytes:
    """Mallory's server passes SPF and DKIM, for its own domain; in From: stands Alice."""
    key = dkim.load(lab.world.providers[MALLORY].dkim[MALLORY].pem)
    return dkim.sign(cake, "s1", MALLORY, key, now=lab.clock.now).message


def test_08_starts_without_a_policy(eighth: Lab) -> None:
    lab = eighth
    lab.reset()
    assert lab.dig("_dmarc.example.net", "TXT").rcode == "NXDOMAIN"
    lab.submit(cake, BOB)
    lab.send(spoof(lab), BOB, at=MALLORY, mail_from="x@mallory.example")
    assert [letter.folder for letter in lab.wait_for_mail(BOB, 2)] == ["INBOX", "INBOX"]
    assert last(lab).dmarc.result == "none"  # type: ignore[union-attr]


POLICIES = [
    ("v=DMARC1; p=none", False, "INBOX", 250),
    ("v=DMARC1; p=quarantine", False, "Junk", 250),
    ("v=DMARC1; p=reject", False, "Junk", 250),
    ("v=DMARC1; p=reject", True, "", 550),
]


@pytest.mark.parametrize(("record", "strict", "folder", "code"), POLICIES)
def test_08_the_spoof_meets_the_policy(eighth: Lab, record: str, strict: bool, folder: str, code: int) -> None:
    lab = eighth
    lab.reset()
    assert not lab.host(MX1).reject_on_policy
    lab.host(MX1).reject_on_policy = strict
    lab.zone("example.net")["_dmarc", "TXT"] = record
    sent = lab.send(spoof(lab), BOB, at=MALLORY, mail_from="x@mallory.example")
    assert sent.results[0].reply is not None
    assert sent.results[0].reply.code == code
    assert [letter.folder for letter in lab.mailbox(BOB)] == ([folder] if folder else [])
    found = last(lab)
    results = found.spf.result, found.dkim.result, found.dmarc.result  # type: ignore[union-attr]
    assert results == ("pass", "pass", "fail")
