"""The lines of POP3 and IMAP, from real sessions: each has its part, its meaning and its place in the story."""

import imaplib
import poplib
import re

import pytest

from labmail import Lab, cake, explain
from labmail.imap.words import CAPABILITIES
from labmail.imap.words import VERBS as IMAP_VERBS
from labmail.pop3.session import CAPABILITIES as POP3_CAPABILITIES
from labmail.pop3.words import RESPONSE
from labmail.pop3.words import VERBS as POP3_VERBS
from labmail.record import Conversation, Event, Wire
from labmail.views.dialog import dialog
from labmail.views.reading import lines, reader
from labmail.views.timeline import text, timeline

PHONE, HOST, BOB = "phone.example.com", "mail.example.com", "bob@example.com"
WHO = ("bob@example.com", "teaching-bob")


def by_pop3(lab):
    with lab.at(PHONE):
        pop = poplib.POP3(HOST)
        pop.capa()
        pop.user(BOB)
        pop.pass_("teaching-bob")
        pop.stat()
        pop.list()
        pop.uidl(1)
        pop.retr(1)
        pop.top(1, 0)
        pop.dele(1)
        with pytest.raises(poplib.error_proto):
            pop.retr(9)
        pop.quit()


def by_imap(lab):
    with lab.at(PHONE):
        imap = imaplib.IMAP4(HOST)
        imap.tagpre, imap.tagre = b"A", re.compile(rb"(?P<tag>A\d+) (?P<type>[A-Z]+) (?P<data>.*)")  # by itself, random
        imap.login(*WHO)
        imap.select()
        imap.fetch("1", "(BODY[])")
        imap.store("1", "+FLAGS", r"(\Flagged)")
        imap.search(None, "UNSEEN")
        imap.noop()
        imap.append("INBOX", "", "", b"Subject: Oven\r\n\r\nhot\r\n")
        imap.uid("MOVE", "2", "Archive")
        imap.select("Nowhere")
        imap.logout()


@pytest.fixture(scope="module")
def read():
    """What a POP3 and an IMAP client did to two letters: the timeline, and each dialog."""
    with Lab("trusting") as lab:
        for subject in ("The Cake", "Candles"):
            lab.send(cake.replace("The Cake", subject), BOB)
        before = len(lab.record)
        by_pop3(lab)
        by_imap(lab)
        both = lab.conversations()[-2:]
        yield timeline(lab.record.since(before)), {item.wire.protocol: item for item in both}


def told(item):
    return {line["text"]: line for line in dialog(item)["lines"]}


@pytest.mark.parametrize("protocol", ["pop3", "imap"])
def test_each_line_has_a_meaning_with_its_section_and_no_hole(read, protocol):
    for line in dialog(read[1][protocol])["lines"]:
        assert line["says"].endswith((".", "?")), line
        assert "{" not in line["says"], line
        assert line["rfc"]["name"].startswith("RFC "), line


def test_pop3_is_told_with_what_stands_in_its_lines(read):
    says = {line: told(read[1]["pop3"])[line]["says"] for line in told(read[1]["pop3"])}
    assert says["PASS teaching-bob"].startswith("The password, as it is: `teaching-bob`. Nothing hides it here")
    assert says["+OK 2 679"] == "2 messages, 679 octets together, without what is marked as deleted."
    assert says["1 340"] == "Message 1 has 340 octets."
    assert says["+OK 1 1"] == "Message 1 has the unique id `1`, in this session and in every later one."
    assert says["TOP 1 0"].startswith("Only the headers of message 1")
    assert says["DELE 1"].startswith("Mark message 1 as deleted. It stays where it is until QUIT")
    assert "UPDATE state" in says["QUIT"]


def test_pop3_says_which_state_it_is_in(read):
    states = {text: dict(line["details"]).get("State") for text, line in told(read[1]["pop3"]).items()}
    assert states["USER bob@example.com"] == "AUTHORIZATION"
    assert states["STAT"] == "TRANSACTION"
    assert states["+OK mail.example.com says goodbye, 1 message deleted and 1 left"] == "UPDATE"


def test_imap_is_told_with_what_stands_in_its_lines(read):
    says = {text: line["says"] for text, line in told(read[1]["imap"]).items()}
    assert says['A1 LOGIN bob@example.com "teaching-bob"'].startswith(
        "Name and password as they are: `bob@example.com` and `teaching-bob`."
    )
    assert says["* 1 EXISTS"].startswith("The mailbox now holds 1 message.")
    assert r"marks it with \Seen" in says["A3 FETCH 1 (BODY[])"]
    assert says[r" FLAGS (\Seen \Recent))"].endswith(r"the flags of the message are now \Seen \Recent.")
    assert says[r"* 1 FETCH (FLAGS (\Flagged \Seen \Recent))"].startswith("The flags of message 1 are now: \\Flagged")
    assert says["* SEARCH"] == "No message fits."
    assert says["* 1 EXPUNGE"].startswith("Message 1 is gone")
    assert says["A9 NO [NONEXISTENT] there is no such mailbox"].endswith("There is no mailbox of that name.")


def test_an_imap_letter_is_told_apart_by_counting_octets(read):
    parts = [(line["text"], line["part"]) for line in dialog(read[1]["imap"])["lines"]]
    assert ("Subject: Re: Candles", "text") in parts
    assert ("Subject: Oven", "text") in parts
    assert (r" FLAGS (\Seen \Recent))", "rest") in parts
    assert ("A3 OK FETCH completed", "reply") in parts


def test_a_no_is_a_word_and_not_only_a_colour(read):
    results = {text: line["result"] for item in read[1].values() for text, line in told(item).items()}
    assert results["-ERR there is no message 9; this mailbox holds 2"] == {"is": "fail", "word": "no"}
    assert results["A9 NO [NONEXISTENT] there is no such mailbox"] == {"is": "fail", "word": "no"}
    assert {key for key, result in results.items() if result} == {
        "-ERR there is no message 9; this mailbox holds 2",
        "A9 NO [NONEXISTENT] there is no such mailbox",
    }


def test_the_stages_are_those_of_reading_mail(read):
    names = [stage["name"] for stage in read[0]["stages"]]
    assert names == [
        *("Look up", "Greet", "Log in", "Look", "Take", "Look", "Mark", "Take", "Leave"),
        *("Look up", "Greet", "Log in", "Look", "Fetch", "Manage", "Look", "Manage", "Look", "Leave"),
    ]
    shown = [row["text"] for row in read[0]["rows"] if row["main"]]
    assert "Subject: The Cake" not in shown  # the reply has it as Re:
    assert "Subject: Re: The Cake" in shown
    assert "* 1 EXISTS" in shown
    assert not {"TOP", ".", "CAPA", "* 1 RECENT", "A3 OK FETCH completed"} & set(shown)
    assert "PASS teaching-bob" in text(read[0])


def test_the_code_has_the_same_dialogs_once_more(read):
    for protocol, item in read[1].items():
        with Lab("trusting") as lab:
            for subject in ("The Cake", "Candles"):
                lab.send(cake.replace("The Cake", subject), BOB)
            if protocol == "imap":
                by_pop3(lab)
            exec(dialog(item)["code"], {"lab": lab, "print": lambda said: None})
            assert lab.conversation(PHONE, HOST).lines == item.lines


SAID = {
    "pop3": [
        ("S", "+OK ready", "waits to learn who is there"),
        ("C", "AUTH PLAIN", "Another way to log in"),
        ("S", "+ ", "Go on"),
        ("C", "AGJvYgB0", "hides nothing"),
        ("S", "-ERR [AUTH] no", "does not say which"),
        ("C", "AUTH PLAIN AGJvYgB0", "Another way"),
        ("S", "-ERR [IN-USE] no", "serves one at a time"),
        ("C", "XYZZY", "No command that this server offers"),
        ("S", "-ERR no", "the server says why in words"),
        ("S", "hello", "No answer of POP3"),
        ("C", "QUIT", "without having logged in"),
        ("S", "+OK bye", "closes the connection"),
    ],
    "imap": [
        ("S", "* PREAUTH hello", "knows already who is there"),
        ("C", "a AUTHENTICATE PLAIN", "Logs in by SASL"),
        ("S", "+ ", "waits for the client’s part"),
        ("C", "AGJvYgB0", "base64 hides nothing"),
        ("S", "a BAD what?", "could not make sense"),
        ("C", "b IDLE", "news comes at once"),
        ("S", "+ idling", "Go on and wait"),
        ("S", "* 4 EXISTS", "It comes unasked"),
        ("C", "DONE", "ends IDLE"),
        ("S", "b OK done", "waiting is over"),
        ("C", "c UID FETCH 1:* (FLAGS BODY.PEEK[HEADER])", "only a look"),
        ("C", "d LOGIN {3+}", "Name and password"),
        ("C", "bob {6}", "The command goes on"),
        ("S", "* BAD ?", "cannot say which command"),
        ("S", "* NO careful", "A warning"),
        ("S", "* BYE sorry", "about to close"),
        ("S", "no such thing", "No answer of IMAP"),
    ],
}


@pytest.mark.parametrize("protocol", SAID)
def test_what_is_rare_is_told_as_well(protocol):
    mine = reader(protocol)
    for number, (who, said, says) in enumerate(SAID[protocol], start=1):
        octets = (b"bob" if said.startswith("bob ") else b"") + said.removeprefix("bob").encode() + b"\r\n"
        event = Event(kind="heard" if who == "C" else "said", octets=octets, number=number, by="x")
        if said.startswith("bob "):
            mine.read(Event(kind="heard", octets=b"bob", by="x"))
            event = Event(kind="heard", octets=octets.removeprefix(b"bob"), number=number, by="x")
        assert says in mine.read(event)["says"], said


def test_a_protocol_that_nobody_explains_has_lines_all_the_same():
    assert lines("gopher", [Event(kind="heard", octets=b"hello\r\n", by="x")])[0]["text"] == "hello"
    ends = {"client_address": "", "client_port": 1, "server_address": "", "server_port": 70}
    item = Conversation(Wire(number=1, protocol="gopher", client="a", server="b", **ends), [])
    assert dialog(item)["lines"] == []


def test_everything_that_the_servers_know_is_explained():
    known = explain.kinds()
    assert {*POP3_VERBS, RESPONSE} <= set(known["pop3.command"])
    assert {offer.split()[0] for offer in POP3_CAPABILITIES} <= set(known["pop3.capability"])
    assert {verb.removeprefix("UID ") for verb in IMAP_VERBS} <= set(known["imap.command"])
    assert {"IDLE", "MOVE", "UNSELECT", "NAMESPACE", "ID"} <= set(CAPABILITIES)
