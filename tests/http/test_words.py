"""What the sides of HTTP say, read; and how it is shown without what is secret."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labmail.http.cutter import Cutter
from labmail.http.words import Body, Header, Request, Status, start_line, unchunk
from labmail.record import Conversation, Event, Wire

LINES = {
    b"GET / HTTP/1.1\r\n": Request(method="GET", target="/", version="HTTP/1.1"),
    b"HTTP/1.1 200 OK\r\n": Status(version="HTTP/1.1", code=200, reason="OK"),
    b"HTTP/1.1 200 \r\n": Status(version="HTTP/1.1", code=200, reason=""),
    b"HTTP/1.1 404\r\n": Status(version="HTTP/1.1", code=404, reason=""),
    b"GET / now HTTP/1.1\r\n": None,
    b"GET /\r\n": None,
    b"HTTP/1.1 20 OK\r\n": None,
    b"\xff\xfe\r\n": None,
}
SECRETS = {
    b"Cookie: webmail=abc; theme=dark\r\n": b"Cookie: webmail=(secret); theme=(secret)\r\n",
    b"Set-Cookie: webmail=abc; HttpOnly; Path=/\r\n": b"Set-Cookie: webmail=(secret); HttpOnly; Path=/\r\n",
    b"set-cookie:webmail=\r\n": b"set-cookie:webmail=(secret)\r\n",
    b"Authorization: Basic Ym9i\r\n": b"Authorization: Basic (secret)\r\n",
    b"Host: mail.example.com\r\n": b"Host: mail.example.com\r\n",
}
BODIES = {
    "application/x-www-form-urlencoded": (b"a=1&csrf=xyz&b=2", b"a=1&csrf=(secret)&b=2"),
    "text/html": (
        b'<input name="csrf" type="hidden" value="xyz"><input name="a" value="1">',
        b'<input name="csrf" type="hidden" value="(secret)"><input name="a" value="1">',
    ),
    "text/html;": (
        b"<input type='hidden' value='xyz' name='csrf'>",
        b"<input type='hidden' value='(secret)' name='csrf'>",
    ),
    "multipart/form-data": (
        b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nxyz\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n(secret)\r\n--b--\r\n',
    ),
    "image/png": (b"\x89PNG", b"(4 octets of image/png)"),
}


@pytest.mark.parametrize("line", LINES, ids=repr)
def test_a_first_line(line):
    assert start_line(line) == LINES[line]


@pytest.mark.parametrize("line", SECRETS, ids=repr)
def test_a_header_is_shown_without_its_secret(line):
    header = Header.parse(line)
    assert header.mask(line) == SECRETS[line]


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_is_shown_without_its_secrets(kind):
    sent, shown = BODIES[kind]
    body = Body(type=kind.rstrip(";"), size_octets=len(sent))
    assert body.mask(sent) == shown


def test_a_chunked_body_is_shown_whole():
    sent = b"5\r\ncsrf=\r\n3\r\nxyz\r\n0\r\n\r\n"
    body = Body(type="application/x-www-form-urlencoded", size_octets=len(sent), chunked=True)
    assert body.mask(sent) == b"csrf=(secret)"
    assert unchunk(b"3;x=y\r\nabc\r\nnonsense") == b"abc"


def test_a_transcript_shows_no_secret_and_the_record_keeps_the_octets():
    line = b"Cookie: webmail=abc\r\n"
    wire = Wire(
        number=1,
        protocol="http",
        client="a",
        client_address="",
        client_port=1,
        server="b",
        server_address="",
        server_port=80,
    )
    event = Event(kind="heard", octets=line, value=Header.parse(line), wire=wire)
    assert "webmail=(secret)" in repr(Conversation(wire, [event]))
    assert event.octets == line
    assert Event(kind="said", octets=b"220 hello\r\n").shown == b"220 hello\r\n"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"GET / HTTP/1.1\r\n", b"Host: a\r\n", b"Content-Length: 3\r\n", b"\r\n", b"abc", b"\xff\n"])
    )
)
def test_no_octet_is_lost_and_crumbs_make_no_difference(pieces):
    octets = b"".join(pieces)

    def cut(size: int) -> list[Event]:
        cutter, events, taken = Cutter("heard"), [], b""
        for at in range(0, len(octets), size):
            cutter.put(octets[at : at + size])
            while event := cutter.next():
                events.append(event)
                if cutter.complete:
                    cutter.go_on()
            taken += cutter.taken()
        assert taken + cutter.rest() == octets
        return events

    assert cut(1) == cut(len(octets) or 1)
