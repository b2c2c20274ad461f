"""Logging in and out: cookies, tokens, and what is refused."""

import http.client
import re
from datetime import timedelta

import pytest

from labmail import cake
from tests.webmail.browser import BOB, MAIL, PASSWORD, PHONE, Browser

PAGES = (
    "/mailbox",
    "/message?uid=1",
    "/html?uid=1",
    "/part?uid=1&part=1",
    "/source?uid=1",
    "/compose",
    "/compose?how=reply",
)


def imap_said(lab, *kinds):
    return [event for event in lab.record.filter(protocol="imap") if event.kind in (kinds or ("heard", "said"))]


def test_the_way_in_and_out(lab, browser):
    lab.send(cake, BOB)
    assert browser.get("/").location == "login"
    page = browser.get("/login")
    assert (page.status, page.title) == (200, "Log in · Webmail")
    anonymous = browser.cookie
    inside = browser.post("/login", {"user": "bob", "password": PASSWORD})
    assert (inside.status, inside.location) == (303, "mailbox")
    assert browser.cookie != anonymous
    assert browser.get("/").location == browser.get("/login").location == "mailbox"
    assert browser.follow(inside).rows == [(1, False, "Alice", "Re: The Cake")]
    known = browser.cookie
    out = browser.post("/logout", {})
    assert browser.follow(out).notice == "You are logged out."
    browser.cookie = known
    assert browser.get("/mailbox").location == "login?why=again"
    assert imap_said(lab)[-1].octets.endswith(b"OK LOGOUT completed\r\n")
    assert imap_said(lab, "close")


def test_the_cookie_is_for_nobody_else(browser):
    said = browser.get("/login").headers["Set-Cookie"]
    assert re.fullmatch(r"webmail=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict", said)
    inside = browser.log_in().headers["Set-Cookie"]
    assert re.fullmatch(r"webmail=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict", inside)
    browser.get("/mailbox")
    assert browser.post("/logout", {}).headers["Set-Cookie"] == "webmail=; Max-Age=0; HttpOnly; SameSite=Strict"


@pytest.mark.parametrize("path", PAGES)
def test_nobody_reads_without_logging_in(browser, path):
    assert browser.get(path).location == "login"
    browser.cookie = "webmail=" + "A" * 43
    assert browser.get(path).location == "login?why=again"


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("bob", "cake"),
        ("nobody", PASSWORD),
        ("alice", "teaching-alice"),
        ("bob", "ü"),
        ("bob\r\nx LOGOUT", "secret"),
        ("bob", "\0"),
    ],
)
def test_a_wrong_password_opens_nothing(lab, browser, user, password):
    answer = browser.log_in(user, password)
    assert (answer.status, answer.problem) == (403, "The mail server knows no such user with that password.")
    assert 'value="bob' in answer.text or user != "bob"
    assert password not in answer.text or password == "\0"
    assert not [
        event for event in imap_said(lab, "heard") if b"LOGOUT" in event.octets and not event.octets.startswith(b"W")
    ]
    assert browser.get("/mailbox").location.startswith("login")


def test_guessing_takes_time(lab, browser):
    before = lab.clock.now
    browser.log_in("bob", "cake")
    assert lab.clock.now - before == timedelta(seconds=3)
    assert browser.log_in("bob", "").problem == "Write both your name and your password."
    assert browser.log_in("bob", "cake").headers["Connection"] == "close"  # three wrong ones, as by IMAP
    browser.log_in("bob", "cake")
    assert len({event.wire.number for event in lab.record.filter(protocol="http")}) == 2


@pytest.mark.parametrize("path", ["/login", "/logout", "/act", "/send"])
@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\udcff"])
def test_a_form_without_our_token_is_refused(lab, bob, path, token):
    before = len(imap_said(lab))
    answer = bob.post(path, [("csrf", token.encode("utf-8", "surrogateescape")), ("uid", "1"), ("act", "delete")])
    assert answer.status == 403
    assert "belongs to another session" in answer.problem
    assert len(imap_said(lab)) == before
    assert bob.get("/mailbox").status == 200


def test_the_token_of_another_session_is_refused(lab, bob):
    other = Browser()
    with lab.at(PHONE):
        other.log_in()
        other.get("/mailbox")
        assert other.csrf != bob.csrf
        assert bob.post("/logout", {"csrf": other.csrf}).status == 403
        other.close()


def test_a_form_from_another_site_is_refused(bob):
    bob.get("/mailbox")
    for said in ("cross-site", "same-site"):
        assert bob.post("/logout", {}, Sec_Fetch_Site=said).status == 403
    assert bob.post("/logout", {}, Sec_Fetch_Site="same-origin").status == 303


def test_an_idle_session_ends_in_lab_time(lab, bob):
    bob.get("/mailbox")
    lab.clock.advance(minutes=29)
    assert bob.get("/mailbox").status == 200
    lab.clock.advance(minutes=29)
    assert bob.get("/mailbox").status == 200
    assert not imap_said(lab, "close")
    lab.clock.advance(minutes=31)
    assert len(imap_said(lab, "close")) == 1
    ended = bob.get("/mailbox")
    assert ended.location == "login?why=again"
    assert "session has ended" in bob.follow(ended).notice


def test_a_mail_server_that_is_gone_is_said(lab, bob):
    bob.get("/mailbox")
    lab.wire(MAIL, MAIL).cut()
    gone = bob.get("/mailbox")
    assert (gone.status, "The mail server does not answer" in gone.problem) == (503, True)
    assert bob.get("/mailbox").location == "login?why=again"
    assert bob.log_in().location == "mailbox"


def test_reset_ends_every_session(lab):
    with lab.at(PHONE):
        before = Browser()
        before.log_in()
        before.close()
        lab.reset()
        after = Browser()
        after.cookie = before.cookie
        assert after.get("/mailbox").location == "login?why=again"
        assert after.log_in().location == "mailbox"
        after.close()


def test_outside_only_a_fresh_password_opens(lab):
    port = next(each.port for each in lab.expose() if each.protocol == "http")
    fresh = next(each.password for each in lab.accounts(outside=True) if each.address == BOB)
    outside = Browser("127.0.0.1", port)
    assert outside.log_in("bob", PASSWORD).status == 403
    assert outside.log_in("bob", fresh).location == "mailbox"
    outside.get("/mailbox")
    outside.close()
    with lab.at(PHONE):
        inside = Browser()
        assert inside.log_in("bob", fresh).status == 403
        inside.close()
    assert not [event for event in imap_said(lab) if fresh.encode() in event.octets and b"bob" not in event.octets]


def test_the_other_person_at_the_same_time(lab, bob):
    """Two sessions of two browsers keep apart."""
    lab.send(cake, BOB)
    with lab.at(PHONE):
        other = Browser()
        other.log_in()
        other.act("delete", 1)
        other.close()
    assert bob.get("/mailbox").rows == []
    assert bob.get("/mailbox", folder="Trash").rows == [(1, False, "Alice", "Re: The Cake")]


def test_what_is_no_request_at_all(lab):
    with lab.at(PHONE):
        connection = http.client.HTTPConnection(MAIL)
        for method, path, status in (
            ("PUT", "/mailbox", 405),
            ("POST", "/mailbox", 405),
            ("GET", "/act", 405),
            ("GET", "/../etc/passwd", 404),
            ("GET", "/templates/page.html", 404),
            ("GET", "/style.css/", 404),
            ("GET", "/%2e%2e/app.py", 404),
        ):
            connection.request(method, path)
            response = connection.getresponse()
            text = response.read().decode()
            assert response.status == status, (method, path)
            assert "There is no such page" in text or "cannot be asked" in text
        connection.close()
