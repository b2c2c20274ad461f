"""What became of Alice's letter, told by the events alone; and the map."""

import pytest

from labmail import Lab, cake
from labmail.views.journey import BOX, HEAD, HOSTS, Fate, stations, table

MX1, MX2, NS = "mx1.example.com", "mx2.example.com", "ns.example"


@pytest.fixture
def lab():
    with Lab(memory=True) as lab:
        yield lab


def fate(lab: Lab) -> Fate:
    heard = Fate()
    for event in lab.record:
        heard.tell(event)
    return heard


def said_after_sending(lab: Lab, to: str = BOX, **more: str) -> str:
    lab.send(cake, to, **more)
    return fate(lab).says()


def test_before_anything_happened_the_letter_is_with_its_sender(lab):
    assert fate(lab).says() == "mail.example.net has a letter from Alice to bob@example.com."
    assert not fate(lab).delivered


def test_the_first_server_takes_it(lab):
    assert said_after_sending(lab) == "mx1.example.com took it: 250 2.0.0 OK. Bob’s mailbox holds 1 letter."
    assert said_after_sending(lab).endswith("Bob’s mailbox holds 2 letters.")
    assert fate(lab).delivered


def test_the_second_takes_it_and_the_sentence_says_why(lab):
    lab.host(MX1).stop()
    wanted = "mx1.example.com refused the connection, so mx2.example.com took it: 250 2.0.0 OK. "
    assert said_after_sending(lab) == f"{wanted}Bob’s mailbox holds 1 letter."
    lab.host(MX1).start()
    assert said_after_sending(lab).startswith("mx1.example.com took it")  # of the last letter, and only of that


def test_nobody_takes_it(lab):
    lab.send(cake, BOX)
    lab.host(MX1).stop()
    lab.host(MX2).stop()
    assert said_after_sending(lab) == (
        "mx1.example.com and mx2.example.com refused the connection. Nobody took the letter: "
        "mail.example.net still has it. Bob’s mailbox holds 1 letter."
    )
    assert not fate(lab).delivered


def test_without_the_name_server_nobody_can_be_found_until_it_is_back(lab):
    lab.host(NS).stop()
    said = said_after_sending(lab)
    assert said.startswith("ns.example did not answer. Without it mail.example.net cannot find out who takes mail")
    assert said.endswith("and still has the letter. Bob’s mailbox holds no letters.")
    lab.host(NS).start()
    assert said_after_sending(lab).startswith("mx1.example.com took it")
    lab.host(NS).stop()  # it is remembered who takes mail for example.com
    assert said_after_sending(lab).startswith("mx1.example.com took it")


def test_a_refusal_in_words_is_told_in_words(lab):
    said = said_after_sending(lab, "nobody@example.com")
    assert said.startswith("mx1.example.com said 550 5.1.1 ")
    assert "Nobody took the letter" in said
    assert said.endswith("Bob’s mailbox holds no letters.")


def test_a_server_that_falls_silent_leaves_the_letter_to_the_next(lab):
    lab.wire("mail.example.net", MX1).drop()
    said = said_after_sending(lab)
    assert said.startswith("mx1.example.com did not answer, so mx2.example.com took it")


def test_what_others_send_is_not_alices_letter(lab):
    lab.send("From: bob@example.com\r\n\r\nyes\r\n", "alice@example.net", at="mail.example.com")
    lab.send("From: mallory@mallory.example\r\n\r\nhm\r\n", BOX, at="mallory.example")
    assert fate(lab).says() == "mail.example.net has a letter from Alice to bob@example.com."
    assert fate(lab).letters == 1


def test_the_map_has_a_word_for_each_state():
    addresses = {"mail.example.net": "192.0.2.67", NS: "192.0.2.53", MX1: "198.51.100.1", MX2: "198.51.100.2"}
    up = dict.fromkeys(addresses, True) | {MX1: False}
    places = stations(addresses, up, Fate())
    assert [(at["name"], at["role"], at["result"]["is"], at["result"]["word"], at["up"]) for at in places] == [
        ("mail.example.net", "sender", "pass", "up", None),
        (NS, "directory", "pass", "up", True),
        (MX1, "receiver", "error", "unplugged", False),
        (MX2, "receiver", "pass", "up", True),
        ("Bob’s mailbox", "mailbox", "neutral", "empty", None),
    ]
    one = Fate()
    one.letters = 1
    assert stations(addresses, up, one)[-1]["result"] == {"is": "pass", "word": "1 letter"}
    assert [len(row) for row in table(places)] == [len(HEAD)] * 5


def parts(lab: Lab) -> list[str]:
    """What each machine had to do with the letter; an asterisk where the letter was."""
    told = fate(lab)
    return [f"{told.part(name)}{'*' * told.had(name)}" for name in HOSTS]


def test_the_map_says_who_had_the_letter_and_who_was_only_asked(lab):
    assert parts(lab) == ["*", "", "", ""]
    lab.send(cake, BOX)
    assert parts(lab) == ["*", "asked", "took it*", "not needed"]
    lab.host(MX1).stop()
    lab.send(cake, BOX)
    assert parts(lab) == ["*", "not asked again", "refused", "took it*"]
    lab.host(MX2).stop()
    lab.send(cake, BOX)
    assert parts(lab) == ["*", "not asked again", "refused", "refused"]


def test_without_the_directory_no_receiver_has_a_part(lab):
    lab.host(NS).stop()
    lab.send(cake, BOX)
    assert parts(lab) == ["*", "did not answer", "", ""]


def test_a_no_in_words_is_a_part_too(lab):
    lab.send(cake, "nobody@example.com")
    assert parts(lab) == ["*", "asked", "said no", ""]
