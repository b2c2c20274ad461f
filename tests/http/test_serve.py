"""A web application behind a tap: what is noted, in which order, and what a client hears."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys

import pytest

from labmail.http.cutter import BODY_KEPT_MAX_OCTETS
from labmail.http.words import Body, Header, Request, Status
from labmail.net import seat
from tests.http.pages import CLIENT, LONG, SERVER, internet, raw, told

GET = b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 7\r\n\r\nname=me"
CHUNKED = (
    b"POST /echo HTTP/1.1\r\nHost: www.example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\nname\r\n3;note=x\r\n=me\r\n0\r\nTrailer: yes\r\n\r\n"
)
MALFORMED = {
    "no HTTP": b"EHLO phone.example.com\r\n",
    "LF alone": b"GET / HTTP/1.1\nHost: www.example.com\n\n",
    "no colon": b"GET / HTTP/1.1\r\nHost: www.example.com\r\nA b\r\n\r\n",
    "space before the colon": b"GET / HTTP/1.1\r\nHost : www.example.com\r\n\r\n",
    "folded": b"GET / HTTP/1.1\r\nHost: www.example.com\r\n more\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two lengths": b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and coding": b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0",
    "length is no number": b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nabcde",
    "a coding that nobody knows": b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    "a chunk without its size": b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a line too long": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "a line without an end": b"x" * 40_000,
    "octets": bytes(range(256)) * 4 + b"\r\n",
}


def test_every_line_and_every_body_is_one_event(net):
    net.run(raw(net, [POST]))
    net.settle()
    events = [event for event in net.record if event.kind in ("heard", "said")]
    assert [event.octets for event in events if event.kind == "heard"] == [
        b"POST /echo HTTP/1.1\r\n",
        b"Host: www.example.com\r\n",
        b"Content-Length: 7\r\n",
        b"\r\n",
        b"name=me",
    ]
    assert events[0].value == Request(method="POST", target="/echo", version="HTTP/1.1")
    assert events[1].value == Header(name="host", value="www.example.com")
    status, *headers, blank, body = (event for event in events if event.kind == "said")
    assert status.value == Status(version="HTTP/1.1", code=200, reason="OK")
    assert all(isinstance(event.value, Header) for event in headers)
    assert (blank.octets, blank.value) == (b"\r\n", None)
    assert (body.octets, body.value) == (b"name=me", Body(type="text/plain", size_octets=7))


def test_nothing_tells_of_the_real_clock_or_of_a_version(net):
    heard = net.run(raw(net, [GET]))
    assert b"Date: Mon, 01 Jun 2026 09:00:00 GMT\r\n" in heard
    assert b"Server: labmail\r\n" in heard


def test_the_timeline_is_the_same_however_the_octets_came():
    """Five requests, pipelined, in one piece and octet by octet: RFC 9112 section 9.3.2."""
    spoken = GET + POST + CHUNKED + GET.replace(b"GET", b"HEAD") + b"\r\n" + GET.replace(b"/ ", b"/stream ")
    tellings = []
    for memory in (False, True):
        for size in (len(spoken), 1, 7, 50):
            net = internet(memory=memory)
            net.run(raw(net, [spoken[at : at + size] for at in range(0, len(spoken), size)]))
            tellings.append(told(net))
            net.stop()
    first = tellings[0]
    assert all(telling == first for telling in tellings)
    assert [octets for kind, octets in first if octets.startswith((b"HTTP/", b"GET", b"POST", b"HEAD"))] == [
        *(b"GET / HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n", b"POST /echo HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n"),
        *(b"POST /echo HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n", b"HEAD / HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n"),
        *(b"GET /stream HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n"),
    ]
    assert first[-1] == ("close", b"")


def test_a_connection_is_kept_for_the_next_request(sockets):
    with seat.at(sockets, CLIENT):
        client = http.client.HTTPConnection(SERVER)
        for method, target, status, content in (
            ("GET", "/", 200, b"<p>hello</p>"),
            ("HEAD", "/", 200, b""),
            ("GET", "/same", 304, b""),
            ("GET", "/gone", 303, b"303: See Other"),
            ("GET", "/nowhere", 404, b"404: Not Found"),
            ("GET", "/stream", 200, b"one two three"),
            ("GET", "/long", 200, LONG),
            ("GET", "/", 200, b"<p>hello</p>"),
        ):
            client.request(method, target)
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (status, content)
        client.close()
    sockets.settle()
    assert [event.kind for event in sockets.record].count("connect") == 1


@pytest.mark.parametrize("octets", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_request_is_refused_and_noted(net, octets, capfd):
    heard = net.run(raw(net, [octets, GET], close=False))
    assert heard.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    telling = told(net)
    noted = b"".join(said for kind, said in telling if kind == "heard")
    assert noted
    assert octets.startswith(noted)
    assert telling[-1] == ("close", b"")
    assert capfd.readouterr().err == ""


def test_a_refusal_does_not_depend_on_how_the_octets_came():
    for octets in MALFORMED.values():
        tellings = []
        for size in (len(octets), 97):
            net = internet(memory=True)
            net.run(raw(net, [octets[at : at + size] for at in range(0, len(octets), size)], close=False))
            tellings.append(told(net))
            net.stop()
        assert tellings[0] == tellings[1]


def test_a_client_may_wait_for_a_word_before_it_sends_the_body(net):
    """RFC 9110 section 10.1.1."""

    async def talk() -> bytes:
        reader, writer = await net.open(CLIENT, net.hosts[SERVER], 80)
        writer.write(b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        heard = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"ok")
        writer.write_eof()
        heard += await reader.read()
        writer.close()
        return heard

    assert net.run(talk()).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    codes = [event.value.code for event in net.record if isinstance(event.value, Status)]
    assert codes == [100, 200]


def test_a_long_body_is_kept_in_part(net):
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (4 * len(LONG))
    heard = net.run(raw(net, [head, LONG, LONG, LONG, LONG]))
    assert heard.endswith(LONG * 4)
    bodies = [event for event in net.record if isinstance(event.value, Body)]
    assert [event.value.size_octets for event in bodies] == [4 * len(LONG)] * 2
    assert [len(event.octets) for event in bodies] == [BODY_KEPT_MAX_OCTETS] * 2


def test_an_answer_may_come_before_the_request_is_all_there(net):
    head = b"POST /early HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 7\r\n\r\n"
    heard = net.run(raw(net, [head, b"name=me", GET]))
    assert heard.count(b"HTTP/1.1 200 OK") >= 1
    assert told(net)[-1] == ("close", b"")


def test_what_was_said_of_a_request_is_noted_when_the_client_goes(net):
    net.run(raw(net, [b"GET / HTTP/1.1\r\nHost: a\r\nAcc"]))
    assert [octets for kind, octets in told(net) if kind == "heard"][-1] == b"Acc"


def test_an_exchange_counts_as_work_until_it_is_answered(sockets):
    with seat.at(sockets, CLIENT):
        client = socket.create_connection((SERVER, 80))
    client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert sockets.settle()
    assert [event.octets for event in sockets.record if isinstance(event.value, Body)] == [b"at last"]
    client.close()


def test_a_fault_of_the_application_is_noted(net):
    heard_of: list[dict] = []
    net.call(net.loop.set_exception_handler, lambda _, context: heard_of.append(context))
    heard = net.run(raw(net, [GET.replace(b"/ ", b"/broken ")], close=False))
    assert heard.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    net.settle()
    assert [event.value for event in net.record if event.kind == "fault"] == ["ValueError: a page that fails"]
    assert [context["message"] for context in heard_of] == ["labmail: a web page failed"]


def test_an_application_that_cannot_be_made_hangs_up(nothing_left):
    def make():
        raise ImportError("no such library")

    net = internet(make)
    heard_of: list[dict] = []
    net.call(net.loop.set_exception_handler, lambda _, context: heard_of.append(context))
    with seat.at(net, CLIENT), pytest.raises(ConnectionError):
        net.run(raw(net, [GET], close=False))
    net.settle()
    assert [event.value for event in net.record if event.kind == "fault"] == ["ImportError: no such library"]
    assert len(heard_of) == 1
    net.stop()


def test_nothing_is_left(nothing_left):
    net = internet()
    seat.enter(net)
    with seat.at(net, CLIENT):
        open_still = [socket.create_connection((SERVER, 80)) for _ in range(3)]
    open_still[1].sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    open_still[2].sendall(GET[:20])
    net.run(net.reset())
    assert net.run(raw(net, [GET])).startswith(b"HTTP/1.1 200 OK")
    seat.leave(net)
    net.stop()
    for client in open_still:
        client.close()


def test_aiohttp_loads_with_the_first_client():
    code = (
        "import sys; from tests.http.pages import internet; net = internet(memory=True)\n"
        "print('aiohttp' in sys.modules); net.stop()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
