"""What people's own programs do: Alice's hands a letter in, Bob's phone fetches it, and both check who is there."""

import pytest

from labmail import Lab, LabError, cake

ALICE, BOB = "alice@example.net", "bob@example.com"
LAPTOP, PROVIDER, DESK, PHONE = "laptop.example.net", "mail.example.net", "mail.example.com", "phone.example.com"


@pytest.fixture
def lab():
    with Lab(memory=True) as lab:
        yield lab


def verbs(lab: Lab, client: str, server: str) -> list[str]:
    heard = [event.value for event in lab.conversation(client, server).events if event.kind == "heard"]
    return [value.verb for value in heard if value is not None]


def on_the_wire(lab: Lab, client: str, server: str) -> bytes:
    return b"".join(piece.octets for piece in lab.conversation(client, server).crossing)


def test_a_letter_is_handed_in_under_tls_with_a_password_and_goes_all_the_way(lab):
    handed = lab.submit(cake, BOB)
    assert repr(handed) == "handed in at mail.example.net, port 587\nbob@example.com: taken: 250 2.0.0 OK"
    assert handed.taken == (BOB,)
    assert verbs(lab, LAPTOP, PROVIDER) == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", ".", "QUIT"]
    crossed = on_the_wire(lab, LAPTOP, PROVIDER)
    assert b"STARTTLS" in crossed and b"AUTH" not in crossed and b"cake" not in crossed
    [letter] = lab.mailbox(BOB)
    assert b"from laptop.example.net ([203.0.113.17])" in letter.octets
    assert b"with ESMTPSA id" in letter.octets


def test_the_phone_fetches_the_last_letter_under_tls(lab):
    assert lab.fetch(BOB) is None
    for subject in ("First", "Last"):
        lab.submit(cake.replace("Re: The Cake", subject), BOB)
    letter = lab.fetch(BOB)
    assert letter == lab.mailbox(BOB)[-1].message
    assert b"Subject: Last" in letter
    assert verbs(lab, PHONE, DESK) == ["LOGIN", "SELECT", "FETCH", "LOGOUT"]
    assert [letter.flags for letter in lab.mailbox(BOB)] == [set(), {"\\Seen"}]
    assert b"LOGIN" not in on_the_wire(lab, PHONE, DESK)


def test_letters_of_any_octets_are_fetched_whole(lab):
    lab.send(b"From: alice@example.net\r\n\r\n{3}\r\nP3 OK\r\n\xff\xfe {12}\r\n)\r\n", BOB)
    assert lab.fetch(BOB) == lab.mailbox(BOB)[0].message


def test_each_recipient_has_an_answer(lab):
    handed = lab.submit(cake, [BOB, "nobody@example.net", ALICE, BOB])
    assert [(each.recipient, each.taken) for each in handed.results] == [
        (BOB, True),
        ("nobody@example.net", False),
        (ALICE, True),
    ]
    assert "nobody@example.net: not taken: 550 5.1.1" in repr(handed)
    assert len(lab.mailbox(ALICE)) == len(lab.mailbox(BOB)) == 1


FAULTS = {
    "expired": (
        lambda lab: setattr(lab.host(PROVIDER), "certificate", "expired"),
        "mail.example.net could not be trusted: the certificate has expired",
    ),
    "no tls": (
        lambda lab: setattr(lab.host(PROVIDER), "starttls", False),
        "there is no TLS with mail.example.net, and no password is given in the clear",
    ),
    "stripped": (lambda lab: lab.wire(LAPTOP, PROVIDER).strip(), "no password is given in the clear"),
    "unplugged": (lambda lab: lab.host(PROVIDER).stop(), "mail.example.net refused the connection"),
    "silent": (lambda lab: lab.wire(LAPTOP, PROVIDER).drop(), "did not answer"),
    "no names": (
        lambda lab: lab.host("ns.example").stop(),
        "the name mail.example.net could not be looked up (TIMEOUT), says the lab's DNS",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_wrong_is_a_sentence_and_no_password_crosses(lab, fault):
    cause, sentence = FAULTS[fault]
    cause(lab)
    [result] = lab.submit(cake, BOB).results
    assert not result.taken
    assert sentence in result.why
    assert not lab.mailbox(BOB)
    assert not any(event.octets.startswith(b"AUTH") for event in lab.record)


READING = {
    "self-signed": (
        lambda lab: setattr(lab.host(DESK), "certificate", "self-signed"),
        "mail.example.com could not be trusted: the certificate is signed by nobody but itself",
    ),
    "unplugged": (lambda lab: lab.host(DESK).stop(), "mail.example.com refused the connection"),
    "silent": (lambda lab: lab.wire(PHONE, DESK).drop(), "mail.example.com did not answer within 300 s"),
    "no names": (lambda lab: lab.host("ns.example").stop(), "could not be looked up"),
}


@pytest.mark.parametrize("fault", READING)
def test_a_phone_that_cannot_read_says_why(lab, fault):
    cause, sentence = READING[fault]
    cause(lab)
    with pytest.raises(LabError, match=sentence):
        lab.fetch(BOB)


def test_who_has_no_password_neither_writes_nor_reads(lab):
    with pytest.raises(LabError, match="mallory@mallory.example has no password in this world"):
        lab.fetch("mallory@mallory.example")
    with pytest.raises(LabError, match="carol@example.net is no mailbox of this lab; did you mean"):
        lab.submit(cake.replace("alice@", "carol@"), BOB)
    with pytest.raises(LabError, match="no single address in From:; a mail program writes as one person"):
        lab.submit("Subject: x\n\nx\n", BOB)
    with pytest.raises(LabError, match="'bob' is no address"):
        lab.submit(cake, "bob")
    with pytest.raises(LabError, match=r"mailhost\.example has no host that offers submission"):
        lab.submit(cake.replace("alice@example.net", "info@example.org"), BOB)
