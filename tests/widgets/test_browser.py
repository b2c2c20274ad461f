"""The browser without a browser: it is driven by code, told as text, and says the code that does the same."""

from __future__ import annotations

import json

import pytest

from labmail import Lab, LabError
from labmail.errors import LabStopped
from labmail.widgets.browser import Browser

LETTER = "From: Alice <alice@example.net>\r\nTo: bob@example.com\r\nSubject: Cake\r\n\r\nIt is in the oven.\r\n"
LOGIN = """\
A browser at phone.example.com
GET http://mail.example.com/: 303 See Other
GET http://mail.example.com/login: 200 OK
Log in · Webmail
| Webmail
| mail.example.com
| User name [user] Password [password] [Log in]"""


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def face(lab):
    face = Browser(lab)
    yield face
    face.close()


def log_in(face: Browser) -> None:
    face.fill(user="bob", password="teaching-bob")
    face.press("Log in")


def test_it_opens_the_page_and_tells_it_as_text(face):
    assert repr(face) == LOGIN
    html = face._static_html()
    assert "303 See Other" in html
    assert "Password" in html


def test_a_letter_is_read_by_code_alone(lab, face):
    lab.send(LETTER, "bob@example.com")
    log_in(face)
    face.press("Cake")
    assert "GET http://mail.example.com/message?folder=INBOX&uid=1: 200 OK" in repr(face)
    assert "| It is in the oven." in repr(face)
    assert [asked["what"] for asked in face.data["asked"]] == ["GET /message?folder=INBOX&uid=1"]
    assert any(line["text"] == "Subject: Cake" and line["over"] == "IMAP" for line in face.data["behind"])
    assert face.data["back"]
    face.back()
    assert face.data["url"] == "http://mail.example.com/mailbox"


def test_what_was_written_is_told_and_a_password_is_not(face):
    face.fill(user="bob", password="teaching-bob")
    assert repr(face).endswith("Filled in user: bob\nFilled in password: ************")
    assert [each["value"] for each in face.data["fields"]] == ["bob", "teaching-bob"]


def test_the_code_that_recreates_it_really_does(lab, face):
    log_in(face)
    face.press("Drafts")
    names = {"lab": lab}
    *acts, last = face.data["code"].splitlines()
    exec("\n".join(acts), names)
    again = eval(last, names)
    assert repr(again) == repr(face)
    again.close()


def test_a_hand_in_the_page_comes_to_the_same_code(face):
    face._submit(0, None, [["user", "bob"], ["password", "teaching-bob"]])
    links = [link.text for link in face._visit.document.links]
    face._follow(links.index("Drafts"))
    assert face.data["code"].splitlines()[3:-1] == [
        'browser.fill(user="bob", password="teaching-bob")',
        'browser.press("Log in")',
        'browser.press("Drafts")',
    ]


def test_boxes_that_are_ticked_by_hand_are_told_in_code(lab, face):
    lab.send(LETTER, "bob@example.com")
    log_in(face)
    forms = face._visit.document.forms
    at = next(number for number, form in enumerate(forms) if any(each.kind == "checkbox" for each in form.fields))
    labels = [button.label for button in forms[at].buttons]
    face._submit(at, labels.index("Mark read"), [["uid", "1"], ["target", ""]])
    assert 'browser.fill(uid=["1"])' in face.data["code"] or "browser.fill(uid=['1'])" in face.data["code"]
    assert "0 unread" in repr(face) or "1 letter" in repr(face)


def test_nonsense_is_a_sentence_and_the_page_stays(face):
    with pytest.raises(LabError, match="is no address of a page"):
        face.open("exa mple")
    assert repr(face) == LOGIN
    assert "exa mple" not in face.data["code"]


def test_after_a_reset_it_says_so_and_asks_the_new_lab(lab, face):
    log_in(face)
    lab.reset()
    assert "This is of an earlier run: the lab was reset since. Reload asks the lab as it is now." in repr(face)
    face.reload()
    assert "earlier run" not in repr(face)
    assert face.data["url"].startswith("http://mail.example.com/login")


def test_it_offers_no_reload_where_that_cannot_be(lab, face):
    face.fill(user="bob", password="wrong")
    face.press("Log in")
    lab.reset()
    assert "Reload" not in face.data["over"]
    face.back()
    lab.stop()
    assert face.data["over"].endswith("Run the cell that made it, then this one once more.")


def test_it_does_not_keep_a_lab_running():
    lab = Lab()
    face = Browser(lab)
    lab.stop()
    del lab
    with pytest.raises(LabStopped, match="has ended"):
        face.reload()
    assert "This is of a lab that has stopped." in repr(face)
    face.close()


def test_two_runs_send_the_same_and_no_secret(lab):
    def data() -> str:
        with Lab() as lab:
            face = Browser(lab)
            log_in(face)
            face.close()
            token = next(iter(face._tab.agent.jar)).value
            assert token not in json.dumps(face.data)
            assert token.encode().hex() not in json.dumps(face.data)
            return json.dumps(face.data)

    assert data() == data()
