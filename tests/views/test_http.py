"""HTTP on the timeline: every line means something, no secret shows, and two runs tell the same."""

from __future__ import annotations

import json

import pytest

from labmail.http.words import Body, Header, Request, Status
from labmail.net import seat
from labmail.record import Conversation, Event, Wire
from labmail.views import dialog, timeline
from labmail.views.http import HttpReader
from tests.http.site import browse, internet

WIRE = Wire(
    number=1,
    protocol="http",
    client="phone.example.com",
    client_address="203.0.113.20",
    client_port=49152,
    server="mail.example.com",
    server_address="198.51.100.10",
    server_port=80,
)


def read(octets: bytes, value: object, kind: str = "said") -> dict:
    return HttpReader().read(Event(kind=kind, octets=octets, value=value, number=1, by="x", wire=WIRE))


def header(line: bytes) -> dict:
    return read(line, Header.parse(line))


def browsed() -> list[Event]:
    net = internet()
    seat.enter(net)
    try:
        tab = browse(net)
        tab.open("www.example.com")
        tab.fill({"user": "bob"})
        tab.press("Log in")
        return list(net.record)
    finally:
        seat.leave(net)
        net.stop()


def test_request_and_status_carry_the_story():
    line = read(b"GET /inbox HTTP/1.1\r\n", Request(method="GET", target="/inbox", version="HTTP/1.1"), "heard")
    assert (line["part"], line["code"], line["main"], line["result"]) == ("request", "GET", True, None)
    assert line["says"].startswith("Asks for a page: the one at `/inbox`.")
    line = read(b"HTTP/1.1 404 Not Found\r\n", Status(version="HTTP/1.1", code=404, reason="Not Found"))
    assert (line["part"], line["main"], line["result"]) == ("status", True, {"is": "fail", "word": "not found"})
    assert line["rfc"]["name"] == "RFC 9110 section 15.5.5"
    line = read(b"HTTP/1.1 599 ?\r\n", Status(version="HTTP/1.1", code=599, reason="?"))
    assert line["rfc"]["name"] == "RFC 9110 section 15.6"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"Content-Length: 7\r\n", "The body has 7 octets"),
        (b"X-Strange: {braces}\r\n", "One more thing said"),
        (b"Location: inbox\r\n", "Where to go instead: inbox."),
    ],
)
def test_a_header_says_what_it_is_for(line, says):
    told = header(line)
    assert told["says"].startswith(says)
    assert not told["main"]


def test_a_cookie_is_explained_and_not_shown():
    told = header(b"Set-Cookie: mail=s3cr3t; HttpOnly; SameSite=Strict; Path=/mail\r\n")
    assert told["text"] == "Set-Cookie: mail=(secret); HttpOnly; SameSite=Strict; Path=/mail"
    for part in ("`HttpOnly`: no script", "`SameSite=Strict`: it is sent only", "`Path=/mail`: it goes to", "(secret)"):
        assert part in told["says"]
    assert bytes.fromhex(told["octets"]) == b"Set-Cookie: mail=(secret); HttpOnly; SameSite=Strict; Path=/mail\r\n"


def test_a_short_form_is_shown_and_a_page_is_counted():
    kind = "application/x-www-form-urlencoded"
    told = read(b"user=bob&csrf=t0ken", Body(type=kind, size_octets=19), "heard")
    assert (told["text"], told["main"]) == ("user=bob&csrf=(secret)", False)
    told = read(b"<p>hello</p>", Body(type="text/html", size_octets=12))
    assert told["text"] == "12 octets of text/html"
    assert bytes.fromhex(told["octets"]) == b"<p>hello</p>"


def test_what_is_no_http_is_named():
    assert read(b"EHLO\r\n", None, "heard")["says"].startswith("No line of HTTP.")
    assert read(b"\r\n", None)["says"].startswith("An empty line: the head is over.")


def test_no_secret_is_in_any_view_and_two_runs_tell_the_same():
    first, second = browsed(), browsed()
    views = [json.dumps(timeline.timeline(events)) for events in (first, second)]
    assert views[0] == views[1]
    conversations = [event.wire for event in first if event.kind == "connect"]
    shown = "".join(repr(Conversation(wire, [each for each in first if each.wire == wire])) for wire in conversations)
    shown += json.dumps(dialog.dialog(Conversation(conversations[0], [e for e in first if e.wire == conversations[0]])))
    for secret in ("s3cr3t", "t0ken"):
        for text in (*views, shown):
            assert secret not in text
            assert secret.encode().hex() not in text
        assert any(secret.encode() in event.octets for event in first)


def test_every_line_means_something():
    rows = timeline.timeline(browsed())["rows"]
    assert [row["text"] for row in rows if row["by"] and row["meaning"] is None] == []
