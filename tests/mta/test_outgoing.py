"""Which letters a server signs, with which key, and what stands on the timeline. Over real wires."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest

from labmail import Lab, LabError, cake, dkim
from labmail.record import Event

ALICE, BOB, HOME = "alice@example.net", "bob@example.com", "mail.example.net"
MAILHOST = "mx.mailhost.example"


def events(lab: Lab) -> list[tuple[str, str, str]]:
    return [(each.kind, each.by, str(each.value)) for each in lab.record if each.kind in ("signed", "unsigned")]


def signers(lab: Lab, octets: bytes) -> list[tuple[str, str, str]]:
    return [(one.domain, one.selector, one.result) for one in dkim.verify(octets, lab.resolver).signatures]


def test_what_a_user_hands_in(lab: Lab) -> None:
    lab.submit(cake, BOB)
    [letter] = lab.wait_for_mail(BOB)
    assert events(lab) == [("signed", HOME, "signs for example.net with key s1")]
    assert signers(lab, letter.octets) == [("example.net", "s1", "pass")]
    assert letter.octets.startswith(b"DKIM-Signature: ")


def test_what_a_server_delivers_itself_by_lab_time(lab: Lab) -> None:
    lab.clock.advance(hours=1)
    lab.send(cake, BOB)
    [letter] = lab.wait_for_mail(BOB)
    assert signers(lab, letter.octets) == [("example.net", "s1", "pass")]
    assert f"t={int(lab.clock.now.timestamp())};".encode() in letter.octets
    assert b"h=from:to:date:subject:from;" in letter.octets


def test_the_same_letter_gets_the_same_signature(lab: Lab) -> None:
    letters = []
    for _ in range(2):
        lab.reset()
        lab.send(cake, BOB)
        letters.append(lab.wait_for_mail(BOB)[0].message)
    assert letters[0] == letters[1]


@pytest.mark.parametrize("domain", ["example.org", "club.example"])
def test_a_big_provider_signs_for_its_customers(lab: Lab, domain: str) -> None:
    lab.send(f"From: info@{domain}\n\nhello\n", BOB, at=MAILHOST)
    [letter] = lab.wait_for_mail(BOB)
    assert signers(lab, letter.octets) == [(domain, "mailhost", "pass")]
    assert letter.folder == "INBOX"


def test_a_trusted_host_is_as_a_user(lab: Lab) -> None:
    lab.host(MAILHOST).trusted = ["198.51.100.120/32"]
    with lab.at("vps.example"), smtplib.SMTP(MAILHOST, 25) as smtp:
        smtp.sendmail("info@example.org", BOB, "From: info@example.org\n\nhello\n")
    [letter] = lab.wait_for_mail(BOB)
    assert signers(lab, letter.octets) == [("example.org", "mailhost", "pass")]


def test_what_strangers_send_through_an_open_relay_is_not(lab: Lab) -> None:
    lab.host(MAILHOST).open_relay = True
    for check in ("check_dkim", "check_dmarc"):
        setattr(lab.host(MAILHOST), check, False)
    lab.host(MAILHOST).spf_at = None
    with lab.at("mallory.example"), smtplib.SMTP(MAILHOST, 25) as smtp:
        smtp.sendmail("info@example.org", BOB, "From: info@example.org\n\nhello\n")
    [letter] = lab.wait_for_mail(BOB)
    assert signers(lab, letter.octets) == []


def test_what_is_forwarded_stays_as_it_came(lab: Lab) -> None:
    lab.submit(cake, "bob@alumni.example")
    [letter] = lab.wait_for_mail(BOB)
    assert signers(lab, letter.octets) == [("example.net", "s1", "pass")]
    assert [by for _, by, _ in events(lab)] == [HOME]


def test_a_subdomain_is_signed_for_by_the_domain_above(lab: Lab) -> None:
    lab.send("From: root@mail.example.net\n\nhello\n", BOB)
    assert signers(lab, lab.wait_for_mail(BOB)[0].octets) == [("example.net", "s1", "pass")]


UNSIGNED = {
    "somebody else": ("From: bob@example.com\n\nx\n", "there is no key for example.com"),
    "nobody": ("Subject: x\n\nx\n", "no domain stands in From:"),
    "no address": ("From: Alice\n\nx\n", "no domain stands in From:"),
    "a letter that begins with a blank": (b" x\r\nFrom: alice@example.net\r\n\r\n", "begins with a blank"),
    "two of others": ("From: a@x.example, b@y.example\n\nx\n", "there is no key for x.example or y.example"),
}


@pytest.mark.parametrize(("letter", "why"), UNSIGNED.values(), ids=UNSIGNED)
def test_what_cannot_be_signed_goes_all_the_same(lab: Lab, letter: str | bytes, why: str) -> None:
    lab.send(letter, BOB, mail_from=ALICE)
    [(kind, by, said)] = events(lab)
    assert (kind, by) == ("unsigned", HOME)
    assert said.startswith("not signed: ")
    assert why in said
    assert len(lab.wait_for_mail(BOB)) == 1


def test_a_server_that_does_not_sign(lab: Lab) -> None:
    lab.host(HOME).sign = False
    lab.send(cake, BOB)
    assert events(lab) == []
    assert signers(lab, lab.wait_for_mail(BOB)[0].octets) == []


def test_a_host_without_a_provider_has_no_key(lab: Lab) -> None:
    lab.send("From: you@outside.example\n\nhello\n", BOB, at="outside.example")
    assert events(lab) == []
    assert lab.host("outside.example").signs_for == {}


def test_a_letter_of_eight_bits_and_parts(lab: Lab) -> None:
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "Älice <alice@example.net>", "Süßes"
    letter.set_content("süß\n", cte="8bit")
    letter.add_attachment(b"\x00\xff" * 500, maintype="application", subtype="octet-stream", filename="cake")
    lab.send(letter.as_bytes().replace(b"\n", b"\r\n"), BOB)
    assert signers(lab, lab.wait_for_mail(BOB)[0].octets) == [("example.net", "s1", "pass")]


# ---- a key of one's own


def test_a_new_key_in_the_learners_hand(lab: Lab) -> None:
    key, host = dkim.generate("ed25519"), lab.host(HOME)
    assert host.signs_for == {"example.net": "s1"}
    host.sign_for("example.net", "mine", key.pem)
    lab.zone("example.net")["mine._domainkey", "TXT"] = key.record
    assert host.signs_for == {"example.net": "mine"}
    lab.send(cake, BOB)
    host.sign_for("example.net", "mine", None)
    assert host.signs_for == {}
    lab.send(cake, BOB)
    first, second = lab.wait_for_mail(BOB, 2)
    assert signers(lab, first.octets) == [("example.net", "mine", "pass")]
    assert signers(lab, second.octets) == []
    lab.reset()
    assert host.signs_for == {"example.net": "s1"}


def test_a_subdomain_may_have_its_own(lab: Lab) -> None:
    key = dkim.generate("ed25519")
    lab.host(HOME).sign_for("mail.example.net", "m", key)
    lab.zone("example.net")["m._domainkey.mail", "TXT"] = key.record
    lab.send("From: root@mail.example.net\n\nhello\n", BOB)
    assert signers(lab, lab.wait_for_mail(BOB)[0].octets) == [("mail.example.net", "m", "pass")]


WRONG = {
    "a domain of others": ((HOME, "example.com", "s1", None), "example.com is no domain of this server"),
    "a domain misspelt": ((HOME, "myexample.net", "s1", None), "it signs for example.net"),
    "a selector": ((HOME, "example.net", "s 1", None), "'s 1' is no selector"),
    "no key": ((HOME, "example.net", "s1", "secret"), "this is no private key"),
    "the public half": ((HOME, "example.net", "s1", dkim.generate("ed25519").record), "this is no private key"),
    "another thing": ((HOME, "example.net", "s1", 3), "this is of type int"),
    "no mail server": (("laptop.example.net", "example.net", "s1", None), "is no mail server"),
}


@pytest.mark.parametrize(("what", "sentence"), WRONG.values(), ids=WRONG)
def test_a_mistake_gets_a_sentence(lab: Lab, what: tuple[str, str, str, object], sentence: str) -> None:
    host, domain, selector, key = what
    with pytest.raises(LabError, match=sentence):
        lab.host(host).sign_for(domain, selector, key)  # type: ignore[arg-type]


def test_a_broken_key_in_a_world_is_told_where_it_should_sign(tmp_path) -> None:
    """It has the form of a key, and its numbers do not fit together: that takes too long to look at from the start."""
    (tmp_path / "keys").mkdir()
    pem = dkim.generate().pem
    lines = pem.splitlines()
    lines[14] = lines[14][::-1]
    (tmp_path / "keys" / "s9._domainkey.example.net.pem").write_text("\n".join(lines))
    (tmp_path / "my.toml").write_text('base = "base"\n[provider."example.net".dkim]\n"example.net" = "s9"\n')
    with Lab(tmp_path / "my.toml") as lab:
        lab.send(cake, BOB)
        [event] = lab.record.filter(kind="unsigned")
        assert isinstance(event, Event)
        assert "this is no private key that DKIM can sign with" in str(event.value)


def test_any_message_is_signed_or_not_and_never_raises(conformance, lab: Lab) -> None:
    keys, lists = lab._running.posts[HOME].keys, lab.world.providers["alumni.example"].lists["bakers@alumni.example"]
    files = [file for file in sorted(conformance("messages").rglob("*")) if file.is_file()]
    assert len(files) > 50
    for file in files:
        octets = file.read_bytes()
        done = keys.sign(octets, "", lab.clock.now)
        assert bool(done.field) != bool(done.why)
        assert lists.letter(octets).startswith(b"List-Id: ")
        signed = keys.sign(octets, "example.net", lab.clock.now)
        if signed.field:
            assert signers(lab, signed.field + octets + b"\r\n")[0] == ("example.net", "s1", "pass"), file


def test_line_feeds_alone(lab: Lab) -> None:
    """Nothing is made of them on the wire, nor when it is signed."""
    lab.send(b"From: alice@example.net\nSubject: x\n\nhello\n", BOB, mail_from=ALICE)
    assert signers(lab, lab.wait_for_mail(BOB)[0].octets) == [("example.net", "s1", "pass")]
