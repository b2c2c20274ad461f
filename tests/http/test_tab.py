"""A browser without a window: cookies, redirects, forms; and a copy of each page that can do nothing by itself."""

from __future__ import annotations

import asyncio
import re
from functools import partial

import pytest

from labmail.errors import LabError
from labmail.http.agent import address
from labmail.http.policy import Policy
from labmail.http.words import Request
from labmail.net import Service, seat
from tests.http.pages import SERVER
from tests.http.site import browse, internet

HOME = f"http://{SERVER}/"
NONSENSE = {
    "": "is no address of a page",
    "exa mple": "is no address of a page",
    "http://[::1": "one looks like http://mail.example.com/",
    "www.example.com:99999": "a port is a number up to 65535",
    "!" * 999: f"“{'!' * 60}…” is no address",
    "mailto:bob@example.com": "mailto: is no page",
    "javascript:alert(1)": "javascript: is no page",
    "file:///etc/passwd": "file: is no page",
}


@pytest.fixture
def net(nothing_left):
    net = internet()
    seat.enter(net)
    yield net
    seat.leave(net)
    net.stop()


@pytest.fixture
def tab(net):
    tab = browse(net)
    tab.open(SERVER)
    return tab


def asked(tab) -> list[str]:
    return [
        f"{event.value.method} {event.value.target}" for event in tab.visit.events if isinstance(event.value, Request)
    ]


def test_a_page_and_all_that_it_needs_come_over_one_connection(tab):
    assert asked(tab) == ["GET /", "GET /style.css", "GET /pixel.gif", "GET /letter"]
    wires = {event.wire.number for event in tab.visit.events if event.wire and event.wire.protocol == "http"}
    assert len(wires) == 1


def test_the_copy_asks_for_nothing_runs_nothing_and_leads_nowhere(tab):
    copy = tab.visit.document.html
    told = re.sub(r"title=(?:\"|&quot;)http://mallory.example/", "", copy)  # where a link leads is said, and no more
    assert not re.search(r"mallory|<script|\son\w+=|<object|<base|=.refresh|t0ken|action=|target=|never", told)
    assert re.findall(r'\b(?:href|src)="([^"]{0,30})', copy) == ["#", "data:image/gif;base64,R0lGODlh"]
    assert "Content-Security-Policy" in copy
    assert "default-src &#x27;none&#x27;" in copy
    assert '<body class="door">' in copy
    assert copy.count("sandbox=") == 2  # the letter's frame, and the one that its letter would frame, left empty


def test_what_the_page_forbids_is_not_in_it(tab):
    """style-src 'self' allows the sheet and no style of the page's own; the letter's policy allows just that."""
    copy = tab.visit.document.html
    assert "color: blue" in copy
    assert "color: red" not in copy
    assert "color: green" in copy
    assert "<\\/style>" in copy


def test_its_text_its_links_its_forms(tab):
    document = tab.visit.document
    assert document.title == "Log in"
    assert document.lines == (
        "Log in",
        "Name [user] Password [password] [ ] keep me [folder] [note: hello] [letter] [Log in] [As a guest]",
        "Or read about it.",
        "(a pixel)",
        "| Dear Bob, click",
    )
    assert [(link.text, link.url) for link in document.links] == [
        ("read about it", f"{HOME}about?x=1#part"),
        ("click", "http://mallory.example/"),
    ]
    assert [button.label for button in document.forms[0].buttons] == ["Log in", "As a guest"]


def test_a_form_is_filled_in_and_sent_with_its_cookie_and_its_hidden_field(tab):
    tab.fill({"user": "bob", "keep": True, "folder": "Trash", "note": "a\nb"})
    visit = tab.press("Log in")
    assert [(answer.method, answer.code) for answer in visit.answers] == [("POST", 303), ("GET", 200)]
    assert visit.document.title == "Inbox"
    assert visit.document.lines[0].startswith("user=bob; password=; keep=yes; folder=T; note=a")
    assert [line.partition("?")[0] for line in asked(tab)] == ["POST /login", "GET /inbox"]


def test_a_button_may_say_where_the_form_goes_and_sends_its_own_name(tab):
    visit = tab.submit(0, 1, [("user", "bob")])
    assert visit.answers[0].url == f"{HOME}guest"
    assert visit.document.lines[0] == "user=bob; as=guest"


def test_style_sheets_are_kept_as_long_as_their_server_says(tab, net):
    assert "GET /style.css" not in (tab.reload(), asked(tab))[1]
    net.run(net.wait(61, "a test"))
    assert "GET /style.css" in (tab.reload(), asked(tab))[1]


def test_back_goes_back(tab):
    tab.open(f"{HOME}inbox")
    assert tab.visit.document.title == "Inbox"
    assert tab.back().document.title == "Log in"
    with pytest.raises(LabError, match="no page before this one"):
        tab.back()


def test_the_same_page_twice_is_one_step_back(tab):
    tab.open(f"{HOME}inbox")
    tab.reload()
    assert tab.back().document.title == "Log in"
    assert not tab.can_go_back


def test_a_form_is_not_sent_twice(tab):
    for leave in (lambda: None, lambda: tab.open(HOME)):
        tab.open(f"{HOME}form")
        tab.submit(0, None, [])
        assert tab.visit.answer.method == "POST"
        with pytest.raises(LabError, match="would send the form twice: go back instead"):
            tab.reload()
        leave()
        assert tab.back().answer.url == f"{HOME}form"


class OneAnswer(asyncio.Protocol):
    """Answers one request of a connection, and hangs up without having said that it would."""

    def __init__(self, heard, tap):
        self.heard, self.tap, self.request = heard, tap, b""

    def data_received(self, data):
        self.request += data
        if b"\r\n\r\n" in self.request:
            self.heard.append(self.request)
            page = b"<img src=/a><img src=/b>"
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page)
            self.tap.write(head + page)
            self.tap.close()


def test_what_is_asked_again_is_asked_in_full(net):
    heard: list[bytes] = []
    net.run(net.listen(Service(host=SERVER, port=81, protocol="http", make=partial(OneAnswer, heard))))
    browse(net).open(f"http://{SERVER}:81/")
    assert [request.split()[1] for request in heard] == [b"/", b"/a", b"/b"]
    assert all(b"Host: " in request and b"User-Agent: labmail" in request for request in heard)


def test_a_link_is_followed_by_what_it_says(tab):
    tab.open(f"{HOME}inbox")
    assert tab.press("Home").document.title == "Log in"
    assert tab.press("read ab").answer.code == 404
    assert tab.visit.document.lines == ("404: Not Found",)


def test_a_part_of_the_same_page_asks_for_nothing(tab):
    here = tab.open(f"{HOME}inbox")
    here.document.links[0] = type(here.document.links[0])(text="down", url=f"{HOME}inbox#down")
    assert tab.follow(0) is here


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"usr": "bob"}, "this page has no field “usr”; it has user, password, keep, folder, note"),
        ({"csrf": "x"}, "this page has no field “csrf”"),
        ({"folder": "Spam"}, "“folder” offers Inbox, Trash, not Spam"),
        ({"user": True}, "the field “user” takes text, not True"),
    ],
)
def test_a_field_that_is_not_there(tab, values, sentence):
    with pytest.raises(LabError, match=re.escape(sentence)):
        tab.fill(values)


def test_a_button_that_is_not_there(tab):
    with pytest.raises(
        LabError, match="nothing on this page says “Log out”; there is “Log in”, “As a guest”, “read about"
    ):
        tab.press("Log out")


@pytest.mark.parametrize("typed", NONSENSE)
def test_nonsense_gets_a_sentence_and_the_page_stays(tab, typed):
    here = tab.visit
    with pytest.raises(LabError, match=re.escape(NONSENSE[typed])):
        tab.open(typed)
    assert tab.visit is here


def test_an_address_is_made_whole():
    assert address("Mail.Example.COM") == "http://mail.example.com/"
    assert address(" http://a.example/x y?q=ü#z ") == "http://a.example/x%20y?q=%C3%BC"
    assert address("a.example:8080/x") == "http://a.example:8080/x"


def test_circles_refusals_and_silence_are_said(tab):
    with pytest.raises(LabError, match="goes round in circles"):
        tab.open(f"{HOME}round")
    with pytest.raises(LabError, match="got no answer from phone.example.com port 80: nobody listens there"):
        tab.open("http://phone.example.com/")


def test_a_form_with_files_is_sent_in_parts(tab):
    tab.open(f"{HOME}form")
    tab.fill({"text": "grüße\nzwei"})
    assert tab.press("Enter").document.lines == ("grüße zwei", "0 octets")
    tab.open(f"{HOME}form")
    with pytest.raises(LabError, match="own policy forbids to send its form to http://mallory.example/"):
        tab.press("Steal")


def test_a_policy():
    page = "http://a.example/x"
    strict = Policy("default-src 'none'; img-src 'self' data: *.b.example; frame-src https:", page)
    assert strict.allows("img-src", "http://a.example/y")
    assert strict.allows("img-src", "data:image/png;base64,")
    assert strict.allows("img-src", "http://c.b.example/")
    assert not strict.allows("img-src", "http://b.example/")
    assert not strict.allows("style-src", "http://a.example/y")
    assert not strict.allows_inline("style-src")
    assert strict.allows_form("http://b.example/")
    assert not Policy("default-src *, default-src 'self'", page).allows("img-src", "http://b.example/")
    assert Policy("", page).allows("img-src", "http://b.example/")
    assert Policy("", page).allows_inline("style-src")
