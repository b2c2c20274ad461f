"""What became of Alice's letter, told by the events alone; and the map."""

import smtplib
import ssl

import pytest

from labmail import Lab, LabError, cake
from labmail.views.journey import BOX, CHECKED, HEAD, HOSTS, Fate, chart, checks_table, table
from labmail.views.timeline import timeline

LAPTOP, SENDER, NS, MX1, MX2, DESK, PHONE = HOSTS
READY = "Alice has written to bob@example.com. The letter is on her laptop."
TOOK = "mx1.example.com took it: 250 2.0.0 OK. "


@pytest.fixture
def lab():
    with Lab(memory=True) as lab:
        yield lab


def fate(lab: Lab) -> Fate:
    heard = Fate()
    for event in lab.record:
        heard.tell(event)
    return heard


def said_after_sending(lab: Lab, to: str = BOX) -> str:
    lab.submit(cake, to)
    return fate(lab).says()


def way(lab: Lab) -> list[str]:
    return [host for _, host in fate(lab).steps]


def parts(lab: Lab) -> list[str]:
    """What each machine had to do with the letter; an asterisk where the letter was."""
    told = fate(lab)
    return [f"{told.part(name)}{'*' * told.had(name)}" for name in HOSTS]


def hops(lab: Lab) -> dict[str, tuple[str, bool | None]]:
    return {name: (hop.says, hop.lock) for name, hop in fate(lab).hops.items()}


def test_before_anything_happened_the_letter_is_with_alice(lab):
    assert fate(lab).says() == READY
    assert way(lab) == [LAPTOP]
    assert not fate(lab).delivered
    assert parts(lab) == ["*", "", "", "", "", "", ""]


def test_it_goes_by_submission_and_relay_into_the_mailbox(lab):
    assert said_after_sending(lab) == f"{TOOK}Bob’s mailbox holds 1 letter."
    assert way(lab) == [LAPTOP, SENDER, MX1, DESK]
    assert parts(lab) == ["*", "sent it on*", "asked", "took it*", "not needed", "*", ""]
    assert hops(lab) == {SENDER: ("SMTP 587", True), NS: ("DNS", None), MX1: ("SMTP 25", True)}
    assert said_after_sending(lab).endswith("Bob’s mailbox holds 2 letters.")


def test_each_hop_opens_where_it_begins(lab):
    lab.submit(cake, BOX)
    lab.fetch(BOX)
    begins = {name: lab.record[hop.n] for name, hop in fate(lab).hops.items()}
    for name, client in ((SENDER, LAPTOP), (MX1, SENDER), (PHONE, PHONE)):
        assert begins[name].kind == "connect"
        assert begins[name].wire.client == client
    assert begins[NS].value.type == "MX"


def test_the_phone_reads_it_when_it_asks(lab):
    lab.submit(cake, BOX)
    lab.fetch(BOX)
    assert way(lab)[-2:] == [DESK, PHONE]
    assert hops(lab)[PHONE] == ("IMAP 993", True)
    assert parts(lab)[-1] == "fetched it*"
    assert fate(lab).says() == f"{TOOK}Bob’s phone has asked for it, and a copy is there. Bob’s mailbox holds 1 letter."
    said_after_sending(lab)
    assert way(lab) == [LAPTOP, SENDER, MX1, DESK]  # of the last letter, and only of that


def test_in_the_webmail_too():
    with Lab() as lab:
        lab.submit(cake, BOX)
        tab = lab.browse(at=PHONE)
        tab.open(f"http://{DESK}/")
        tab.fill({"user": BOX, "password": "teaching-bob"})
        tab.press("Log in")
        assert way(lab)[-1] == DESK  # he sees that it is there
        tab.press("Re: The Cake")
        assert way(lab)[-1] == PHONE
        assert hops(lab)[PHONE][0].startswith("HTTP")
        assert lab.record[fate(lab).hops[PHONE].n].octets.startswith(b"GET /message?")
        lab.fetch(BOX)
        tab.press("Log out")
        tab.fill({"user": BOX, "password": "teaching-bob"})
        tab.press("Log in")
        assert hops(lab)[PHONE] == ("IMAP 993", True)  # whoever only logs in has read nothing


def test_what_vouches_for_it_is_told_with_its_evidence(lab):
    lab.submit(cake, BOX)
    found = {name: (each["by"], each["word"], each["is"]) for name, each in fate(lab).checks.items()}
    assert found == {
        "signature": (SENDER, "signed", "pass"),
        "SPF": (MX1, "pass", "pass"),
        "DKIM": (MX1, "pass", "pass"),
        "DMARC": (MX1, "pass", "pass"),
    }
    assert fate(lab).checks["SPF"]["says"] == "example.net lets 192.0.2.67 send for it: ip4:192.0.2.67."
    for each in fate(lab).checks.values():
        assert lab.record[each["n"]].kind in ("signed", "verdict")


def test_what_is_not_signed_and_not_allowed_fails(lab):
    lab.host(SENDER).sign = False
    zone = lab.zone("example.net")
    zone.publish(zone.text.replace('"v=spf1 ip4:192.0.2.67 -all"', '"v=spf1 -all"'))
    lab.submit(cake, BOX)
    found = {name: each["word"] for name, each in fate(lab).checks.items()}
    assert found.pop("SPF") == "fail"
    assert "signature" not in found
    assert fate(lab).says().startswith("mx1.example.com said 550 5.7.23 ")
    assert "and that is for good. Bob’s mailbox holds no letters." in fate(lab).says()
    assert parts(lab)[1] == "gave up*"


def test_where_nothing_is_checked_the_questions_stay():
    with Lab("01-smtp-dialog", memory=True) as lab:
        lab.submit(cake, BOX)
        assert [each["n"] for each in drawn(lab)["checks"]][1:] == [None] * 3
        assert [each["asks"].endswith("?") for each in drawn(lab)["checks"]] == [True] * 4


def test_the_second_takes_it_and_the_sentence_says_why(lab):
    lab.host(MX1).stop()
    wanted = "mx1.example.com refused the connection, so mx2.example.com took it: 250 2.0.0 OK. "
    assert said_after_sending(lab) == f"{wanted}Bob’s mailbox holds 1 letter."
    assert parts(lab) == ["*", "sent it on*", "asked", "was unplugged", "took it*", "*", ""]
    lab.host(MX1).start()
    assert said_after_sending(lab).startswith(TOOK)
    assert parts(lab)[2] == "not asked again"


def test_nobody_takes_it_and_it_goes_when_somebody_does(lab):
    lab.submit(cake, BOX)
    lab.host(MX1).stop()
    lab.host(MX2).stop()
    assert said_after_sending(lab) == (
        "mx1.example.com and mx2.example.com refused the connection. Nobody took the letter: "
        "mail.example.net keeps it, and tries again half an hour later. "
        "lab.clock.advance(minutes=30) brings the lab there. "
        "Bob’s mailbox holds 1 letter."
    )
    assert parts(lab) == ["*", "keeps it*", "not asked again", "was unplugged", "was unplugged", "", ""]
    lab.host(MX2).start()
    lab.clock.advance(minutes=30)
    assert fate(lab).says().startswith("mx1.example.com refused the connection, so mx2.example.com took it")
    assert way(lab) == [LAPTOP, SENDER, MX2, DESK]


def test_without_the_name_server_the_laptop_finds_nobody(lab):
    lab.host(NS).stop()
    said = said_after_sending(lab)
    assert said.startswith("ns.example did not answer. Without it laptop.example.net cannot find mail.example.net")
    assert said.endswith("Bob’s mailbox holds no letters.")
    assert parts(lab) == ["*", "", "no answer", "", "", "", ""]
    lab.host(NS).start()
    assert said_after_sending(lab).startswith(TOOK)
    lab.host(NS).stop()  # it is remembered who takes mail for example.com
    assert said_after_sending(lab).startswith(TOOK)


def test_without_it_the_server_finds_nobody_either(lab):
    lab.dig("mail.example.net")  # this the laptop remembers
    lab.host(NS).stop()
    said = said_after_sending(lab)
    assert said.startswith("ns.example did not answer. Without it mail.example.net cannot find out who takes mail")
    assert parts(lab)[:3] == ["*", "keeps it*", "no answer"]


REFUSED = {
    "unplugged": (lambda lab: lab.host(SENDER).stop(), "mail.example.net refused the connection. "),
    "expired": (
        lambda lab: setattr(lab.host(SENDER), "certificate", "expired"),
        "mail.example.net showed a certificate that laptop.example.net refuses. ",
    ),
    "no TLS": (lambda lab: setattr(lab.host(SENDER), "starttls", False), "mail.example.net offered no TLS. "),
    "silent": (lambda lab: lab.wire(LAPTOP, SENDER).drop(), "mail.example.net did not answer. "),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_letter_that_is_not_handed_in_stays_on_the_laptop(lab, how):
    change, sentence = REFUSED[how]
    lab.submit(cake, BOX)
    change(lab)
    said = said_after_sending(lab)
    assert said == f"{sentence}The letter is still on Alice’s laptop. Bob’s mailbox holds 1 letter."
    assert way(lab) == [LAPTOP]
    assert parts(lab)[3:5] == ["", ""]


def test_a_refusal_in_words_is_told_in_words(lab):
    said = said_after_sending(lab, "nobody@example.com")
    assert said.startswith("mx1.example.com said 550 5.1.1 ")
    assert said.endswith("and that is for good. Bob’s mailbox holds no letters.")
    assert parts(lab) == ["*", "gave up*", "asked", "said no", "", "", ""]


def test_a_server_that_falls_silent_leaves_the_letter_to_the_next(lab):
    lab.wire(SENDER, MX1).drop()
    assert said_after_sending(lab).startswith("mx1.example.com did not answer, so mx2.example.com took it")


def test_a_letter_written_at_the_server_itself_begins_there(lab):
    lab.send(cake, BOX)
    assert fate(lab).says() == f"{TOOK}Bob’s mailbox holds 1 letter."
    assert way(lab) == [SENDER, MX1, DESK]
    assert parts(lab)[:4] == ["", "sent it on*", "asked", "took it*"]


def test_one_sent_by_any_program_is_told_as_well():
    with Lab() as lab:
        trusting = ssl.create_default_context(cafile=lab.ca_file)
        for _ in range(2):
            with lab.at(LAPTOP), smtplib.SMTP_SSL(SENDER, 465, context=trusting) as smtp:
                smtp.login("alice", "teaching-alice")
                smtp.sendmail("alice@example.net", BOX, cake)
            assert way(lab) == [LAPTOP, SENDER, MX1, DESK]
        assert hops(lab)[SENDER] == ("SMTP 465", True)
        assert fate(lab).letters == 2


def test_in_the_clear_is_said(lab):
    lab.host(MX1).starttls = False
    lab.submit(cake, BOX)
    assert hops(lab)[MX1] == ("SMTP 25", False)
    assert "SMTP 25, in the clear" in [row[4] for row in table(drawn(lab)["stations"])]


def test_the_policy_that_a_sender_fetches_is_on_the_map_and_who_is_not_as_it_says():
    with Lab("05-starttls-and-submission") as lab:
        lab.host(SENDER).mta_sts = True
        lab.submit(cake, BOX)
        assert parts(lab)[1:6] == ["sent it on*", "asked", "took it*", "not needed", "gave its policy*"]
        stages = timeline(lab.record)["stages"]
        assert [stage["name"] for stage in stages][-4:] == ["Find the server", "Fetch the policy", "Hand over", "Keep"]
        for name in (MX1, MX2):
            lab.host(name).starttls = False
        said = said_after_sending(lab)
        assert said.startswith(f"{MX1} and {MX2} failed the policy of example.com. Nobody took the letter")
        assert parts(lab)[3:5] == ["not trusted", "not trusted"]


def test_what_others_send_is_not_alices_letter(lab):
    lab.send("From: bob@example.com\r\n\r\nyes\r\n", "alice@example.net", at="mail.example.com")
    lab.send("From: mallory@mallory.example\r\n\r\nhm\r\n", BOX, at="mallory.example")
    with pytest.raises(LabError):
        lab.fetch("nobody@example.com")
    assert fate(lab).says() == READY
    assert fate(lab).letters == 1


def drawn(lab: Lab, **up: bool):
    hosts = {name: lab.hosts[name] for name in HOSTS}
    return chart({name: host.address for name, host in hosts.items()}, {n: h.up for n, h in hosts.items()}, fate(lab))


def test_the_map_has_a_word_for_each_state(lab):
    lab.host(MX1).stop()
    places = drawn(lab)["stations"]
    assert [(at["name"], at["role"], at["result"] and at["result"]["word"], at["up"]) for at in places] == [
        (LAPTOP, "sender", None, None),
        (SENDER, "outgoing", "up", True),
        (NS, "directory", "up", True),
        (MX1, "receiver", "unplugged", False),
        (MX2, "receiver", "up", True),
        (DESK, "mailbox", "empty", True),
        (PHONE, "reader", None, None),
    ]
    assert [at["name"] for at in places if at["aside"]] == [NS, MX2]
    assert [len(row) for row in table(places)] == [len(HEAD)] * 7
    lab.submit(cake, BOX)
    after = drawn(lab)
    assert after["stations"][5]["result"] == {"is": "pass", "word": "1 letter"}
    assert after["letter"] == 5
    assert [index for _, index in after["steps"]] == [0, 1, 4, 5]
    assert [len(row) for row in checks_table(after["checks"])] == [len(CHECKED)] * 4
