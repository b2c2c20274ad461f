"""One file by HTTPS, as a server gets it: what counts as an answer, and why there is none. RFC 8461 section 3.3."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from labmail import Lab
from labmail.http.fetch import NotFetched, fetch
from labmail.net import Service

WEB, SENDER = "mail.example.com", "mail.example.net"
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"


class Server(asyncio.Protocol):
    """Says one thing to whoever asks, and hangs up; None: it says nothing."""

    def __init__(self, says, tap):
        self.says, self.tap = says, tap

    def connection_made(self, transport):
        pass

    def data_received(self, data):
        assert data.startswith(b"GET /file HTTP/1.1\r\nHost: mail.example.com\r\n")
        if self.says is not None:
            self.tap.write(self.says.encode())
            self.tap.close()

    def eof_received(self):
        return False

    def connection_lost(self, exc):
        pass


@pytest.fixture(scope="module")
def one():
    with Lab() as lab:
        yield lab


@pytest.fixture
def get(one):
    one.reset()
    net, authority = one._net, one._running.authority

    async def certificate(tap, kind):
        return await net.in_thread(partial(authority.context, WEB, kind or "good")), "good"

    def get(says, *, certificate_of=certificate, most=1000):
        one.host(WEB).stop()
        make = partial(Server, says)
        net.run(
            net.listen(
                Service(host=WEB, port=443, protocol="http", make=make, tls=certificate_of, implicit=True, name="https")
            )
        )

        async def job():
            context = await net.in_thread(partial(authority.client, verified=True))
            place = WEB, one.host(WEB).address
            return await fetch(net, SENDER, place, "/file", context, most=most, timeout_s=60)

        try:
            return net.run(job())
        finally:
            net.run(net.unlisten(WEB))

    return get


@pytest.mark.parametrize(
    "says",
    [
        f"{HEAD}Content-Length: 5\r\n\r\nhello",
        f"{HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        f"HTTP/1.1 103 Early Hints\r\n\r\n{HEAD}Content-Length: 5\r\n\r\nhello",
        f"{HEAD}\r\nhello",
    ],
    ids=["length", "chunked", "interim", "until it hangs up"],
)
def test_a_file(get, says):
    file = get(says)
    assert (file.type, file.content) == ("text/plain", b"hello")


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("HTTP/1.1 301 Moved Permanently\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "a redirect is not followed"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "mail.example.com answered 404 Not Found"),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "answered 500"),
        (f"{HEAD}Content-Length: 9\r\n\r\nhello", "no whole answer"),
        ("220 mail.example.com\r\n", "no whole answer"),
        ("", "no whole answer"),
        (f"{HEAD}Content-Length: 2000\r\n\r\n{'x' * 2000}", "says more than 1,000 octets"),
        (None, "did not answer within 60 s"),
    ],
)
def test_why_there_is_none(get, says, why):
    with pytest.raises(NotFetched, match=why):
        get(says)


def test_silence_costs_lab_time_alone(get, one):
    with pytest.raises(NotFetched):
        get(None)
    assert one.clock.now.minute == 1


@pytest.mark.parametrize(("kind", "why"), [("expired", "has expired"), ("wrong host", "for another host")])
def test_a_bad_certificate_is_named(get, one, kind, why):
    async def shows(tap, asked):
        return one._running.authority.context(WEB, kind), kind

    with pytest.raises(NotFetched, match=f"mail.example.com cannot be trusted: .*{why}"):
        get("", certificate_of=shows)


def test_nobody_listens(one):
    one.reset()
    one.host(WEB).stop()
    net = one._net

    async def job():
        context = one._running.authority.client(verified=True)
        await fetch(net, SENDER, (WEB, one.host(WEB).address), "/file", context, most=1000, timeout_s=60)

    with pytest.raises(NotFetched, match="nobody listens at mail.example.com port 443"):
        net.run(job())
    one.host(WEB).start()
