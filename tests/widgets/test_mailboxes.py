"""The mailboxes' face without a browser: what is sent, what its buttons do, and the code that shows the same."""

import imaplib
import json
import poplib

import pytest

from labmail import Lab, LabError, cake
from labmail.widgets import Mailboxes
from tests.widgets.test_timeline import until

HOST, BOB, PHONE, LAPTOP = "mail.example.com", "bob@example.com", "phone.example.com", "laptop.example.com"


class Browser:
    """What the page does with the data and the messages, in Python."""

    def __init__(self, face: Mailboxes) -> None:
        self.face, self.gaps, self.deaf = face, 0, False
        self.steps, self.letters = list(face.data["steps"]), list(face.data["letters"])
        self.columns, self.over = face.data["columns"], face.data["over"]
        face.send = self.hear

    def hear(self, message: dict) -> None:
        if self.deaf:
            return
        more = json.loads(json.dumps(message))["more"]
        if more["at"] > len(self.steps):
            self.gaps += 1
            more = json.loads(json.dumps(self.face.since(max(len(self.steps) - 1, 0))))
            self.letters = []
        self.steps[more["at"] :] = more["steps"]
        self.letters += more["letters"]
        self.columns, self.over = more["columns"], more["over"]


@pytest.fixture
def lab():
    with Lab("03-reading-mail") as lab:
        lab.send(cake.replace("Re: The Cake", "Oven"), BOB)
        yield lab


@pytest.fixture
def phone(lab):
    with lab.at(PHONE):
        client = imaplib.IMAP4(HOST)
    client.login(BOB, "teaching-bob")
    client.select()
    yield client
    client.shutdown()


def same(browser: Browser, lab: Lab) -> bool:
    whole = Mailboxes(lab, BOB).data
    return json.dumps([browser.steps, browser.letters]) == json.dumps([whole["steps"], whole["letters"]])


def test_what_comes_later_adds_up_to_the_whole(lab, phone):
    browser = Browser(Mailboxes(lab, BOB))
    phone.fetch("1", "(FLAGS)")
    lab.send(cake, BOB)
    phone.noop()
    until(lambda: same(browser, lab))
    assert browser.gaps == 0
    assert [letter["subject"] for letter in browser.letters] == ["Oven", "Re: The Cake"]


def test_a_batch_that_was_lost_is_asked_for_again(lab, phone):
    browser = Browser(Mailboxes(lab, BOB))
    browser.deaf = True
    lab.send(cake, BOB)
    phone.noop()
    until(lambda: len(browser.face.since(0)["steps"]) == 4)
    browser.deaf = False
    phone.store("1", "+FLAGS", r"(\Seen)")
    until(lambda: same(browser, lab))
    assert browser.gaps == 1


def test_the_transcript_waits_until_all_is_quiet(lab, phone):
    face = Mailboxes(lab, BOB)
    lab.send(cake, BOB)
    assert repr(face).split("\n") == [
        "Who believes what is in this mailbox? bob@example.com, after 3 steps.",
        "“Re: The Cake” came by SMTP. The phone (IMAP) has not heard of it.",
        "UID  letter         server      phone (IMAP)",
        "1    Oven           unread      there",
        "2    Re: The Cake   unread      unknown",
        "     counts         2 messages  1 message",
        "     last heard     event 81    event 53",
        "     hears of news  -           with its next command",
        "The phone (IMAP) has not heard of everything yet. IMAP must be told.",
    ]
    assert face._static_html().count("<tr>") == 6
    assert "<td" in face._static_html()


def test_a_client_is_brought_in_step_by_its_own_function(lab, phone):
    face = Mailboxes(lab, BOB, bring={PHONE: phone.noop})
    assert face.data["columns"][0]["bring"] == "NOOP"
    lab.send(cake, BOB)
    face.bring(f"{PHONE} imap")
    assert "The phone (IMAP) was told with its command: “Re: The Cake” has come." in repr(face)
    with pytest.raises(LabError, match=r"nothing was given that brings .* in step"):
        face.bring(f"{LAPTOP} imap")


def test_a_client_may_have_a_button_before_it_has_ever_asked(lab):
    def connect() -> None:
        desk = poplib.POP3(HOST)
        desk.user(BOB)
        desk.pass_("teaching-bob")
        desk.retr(1)
        desk.quit()

    face = Mailboxes(lab, BOB, bring={f"{LAPTOP} pop3": connect})
    assert [column["key"] for column in face.data["columns"]] == [f"{LAPTOP} pop3"]
    assert "when it looks for the first time" in repr(face)
    face.bring(f"{LAPTOP} pop3")  # it sits at the laptop meanwhile
    assert "own copy" in repr(face)
    assert len(face.data["columns"]) == 1


def test_of_several_clients_at_one_host_the_key_names_the_protocol(lab, phone):
    with lab.at(PHONE):
        other = imaplib.IMAP4(HOST)
    other.login(BOB, "teaching-bob")
    other.select()
    face = Mailboxes(lab, BOB, bring={PHONE: phone.noop, f"{PHONE} imap 2": other.noop})
    assert [column["bring"] for column in face.data["columns"]] == ["", "NOOP"]
    other.shutdown()
    with pytest.raises(LabError, match=r"phone.example.com imap 2 could not be brought in step: "):
        face.bring(f"{PHONE} imap 2")


@pytest.mark.parametrize("key", [f"{PHONE} gopher", f"{PHONE} imap two", "nowhere.example"])
def test_a_key_that_names_nobody_is_a_sentence(lab, key):
    with pytest.raises(LabError):
        Mailboxes(lab, BOB, bring={key: print})


def test_a_mailbox_that_is_not_there_is_a_sentence(lab):
    with pytest.raises(LabError, match="did you mean bob@example.com"):
        Mailboxes(lab, "bop@example.com")


def test_letters_that_came_before_the_record_began(tmp_path):
    with Lab(file=tmp_path / "mail.db") as lab:
        lab.send(cake, BOB)
    with Lab(file=tmp_path / "mail.db") as lab:
        assert "1    Re: The Cake   unread" in repr(Mailboxes(lab, BOB))
        lab.send(cake.replace("Re: The Cake", "Oven"), BOB)
        shown = repr(Mailboxes(lab, BOB))
        assert "1    Re: The Cake   unread" in shown
        assert "2    Oven           unread" in shown


def test_the_code_shows_the_same_once_more(lab, phone):
    face = Mailboxes(lab, BOB, title="Bob’s mail", bring={PHONE: phone.noop})
    names = {"lab": lab}
    *before, last = face.data["code"].split("\n")
    exec("\n".join([*before, f"face = {last}"]), names)
    assert repr(names["face"]) == repr(face)


def test_after_a_reset_it_says_that_it_is_of_an_earlier_run(lab, phone):
    browser = Browser(Mailboxes(lab, BOB, bring={PHONE: phone.noop}))
    lab.reset()
    until(lambda: browser.over == "This is of an earlier run: the lab was reset since.")
    with pytest.raises(LabError, match="earlier run"):
        browser.face.bring(f"{PHONE} imap")
    assert "the lab was reset since" in repr(browser.face)
