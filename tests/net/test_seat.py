"""Seats and doors: who is served by name, and which names never ask the real DNS."""

import _socket
import asyncio
import http.client
import imaplib
import poplib
import smtplib
import socket
import threading
import urllib.error
import urllib.request

import pytest

from labmail.net import NoSeat, Service, at, carry, seat, seated
from labmail.record import Event
from tests.net.echo import CLIENT, OTHER, SERVER, internet

NOWHERE = "you sit at no host, and mx1.example.com is in the lab"


def test_seats_nest_and_threads_begin_with_none(net):
    found = []
    with at(net, CLIENT):
        with at(net, OTHER):
            assert seated(net) == OTHER
        assert seated(net) == CLIENT
        thread = threading.Thread(target=lambda: found.append(seated(net)))
        thread.start()
        thread.join()
    assert seated(net) is None and found == [None]


def test_a_client_sits_where_its_thread_sits(net):
    def talk(host):
        for _ in range(10):
            with at(net, host), socket.create_connection((SERVER, 7)) as sock:
                sock.recv(100)

    threads = [threading.Thread(target=talk, args=(host,)) for host in (CLIENT, OTHER) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event.by for event in net.record.filter(kind="connect")) == [OTHER] * 40 + [CLIENT] * 40


class Canned:
    """Says a greeting, and one answer to whatever comes."""

    def __init__(self, greeting: bytes, answer: bytes) -> None:
        self._greeting, self._answer = greeting, answer

    def begin(self):
        if self._greeting:
            yield Event(kind="said", octets=self._greeting)

    def receive(self, octets):
        yield Event(kind="heard", octets=octets)
        yield Event(kind="said", octets=self._answer.replace(b"TAG", octets.split()[0]))
        yield Event(kind="close")


PAGE = b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ncake"
SEATED = {
    "smtplib": (b"220 ready\r\n", b"250 OK\r\n", lambda: smtplib.SMTP(SERVER, 70).noop()[1], b"OK"),
    "poplib": (b"+OK ready\r\n", b"+OK cake\r\n", lambda: poplib.POP3(SERVER, 70).noop(), b"+OK cake"),
    "imaplib": (
        b"* OK ready\r\n",
        b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n",
        lambda: imaplib.IMAP4(SERVER, 70).capabilities,
        ("IMAP4REV1",),
    ),
    "urllib": (
        b"",
        PAGE,
        lambda: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{SERVER}:70/").read(),
        b"cake",
    ),
}


@pytest.mark.parametrize(("greeting", "answer", "client", "heard"), SEATED.values(), ids=SEATED)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_unmodified_clients_reach_the_lab_by_name(net, greeting, answer, client, heard):
    net.run(net.listen(Service(host=SERVER, port=70, protocol="canned", make=carry(lambda: Canned(greeting, answer)))))
    with at(net, CLIENT):
        assert client() == heard
    assert net.record.filter(kind="connect")[0].by == CLIENT


def test_getfqdn_is_the_host_s_name(net):
    with at(net, CLIENT):
        assert socket.getfqdn() == CLIENT
    assert socket.getfqdn() != CLIENT


UNSEATED = {
    "smtplib": lambda: smtplib.SMTP(SERVER, 25),
    "poplib": lambda: poplib.POP3(SERVER, 110),
    "imaplib": lambda: imaplib.IMAP4(SERVER, 143),
    "http.client": lambda: http.client.HTTPConnection(SERVER).connect(),
    "urllib": lambda: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{SERVER}/"),
    "getaddrinfo": lambda: socket.getaddrinfo(SERVER, 25),
    "getaddrinfo, bytes": lambda: socket.getaddrinfo(SERVER.encode(), 25),
    "getaddrinfo, upper case": lambda: socket.getaddrinfo(SERVER.upper(), 25),
    "getaddrinfo, a last dot": lambda: socket.getaddrinfo(SERVER + ".", 25),
    "gethostbyname": lambda: socket.gethostbyname(SERVER),
    "asyncio.open_connection": lambda: asyncio.run(asyncio.open_connection(SERVER, 25)),
}


@pytest.mark.parametrize("client", UNSEATED.values(), ids=UNSEATED)
def test_at_no_host_everybody_gets_the_sentence(net, client):
    with pytest.raises((NoSeat, urllib.error.URLError), match=NOWHERE):
        client()


def test_seated_getaddrinfo_refuses_too(net):
    with at(net, CLIENT), pytest.raises(NoSeat, match=r"only clients that use socket.create_connection"):
        socket.getaddrinfo(SERVER, 25)


def test_other_names_go_to_the_real_functions(net):
    assert socket.getaddrinfo("localhost", 25)
    assert socket.getaddrinfo(None, 25)
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    net.is_lab_name = lambda name: name == "example.com" or name.endswith(".example.com")
    seat._refuse_lab_name("bestexample.com")  # no lab name: nothing is refused


def test_the_originals_come_back_with_the_last_lab():
    before = [getattr(socket, name) for name in seat.NAMES]
    nets = [internet() for _ in range(3)]
    for net in nets:
        seat.enter(net)
    seat.leave(nets[0])
    seat.leave(nets[0])
    assert socket.getaddrinfo is not before[2]
    seat.leave(nets[1])
    seat.leave(nets[2])
    assert [getattr(socket, name) for name in seat.NAMES] == before
    for net in nets:
        net.stop()


def test_whoever_wraps_us_is_left_alone(net, monkeypatch):
    ours = socket.getfqdn

    def wrapper(name=""):
        return ours(name)

    monkeypatch.setattr(socket, "getfqdn", wrapper)
    seat.leave(net)
    assert socket.getfqdn is wrapper
    seat.enter(net)
    with at(net, CLIENT):
        assert socket.getfqdn() == CLIENT  # through the wrapper, and not round in a circle
    assert socket.getfqdn() != CLIENT
    monkeypatch.undo()


def test_what_goes_past_the_doors():
    """Pinned, as docs/architecture.md names it: four names of `socket` are doors, and nothing else of it changes. So a
    socket's own connect, in C, knows no lab."""
    before = dict(vars(socket))
    net = internet()
    seat.enter(net)
    changed = {name for name, value in vars(socket).items() if before.get(name) is not value}
    seat.leave(net)
    net.stop()
    assert changed == {"create_connection", "getfqdn", "getaddrinfo", "gethostbyname"}
    assert socket.socket.connect is _socket.socket.connect


def test_a_stopped_lab_s_seat_gets_a_sentence():
    net = internet()
    seat.enter(net)
    with at(net, CLIENT):
        net.stop()
        with pytest.raises(NoSeat, match="has stopped"):
            socket.create_connection((SERVER, 7))
    seat.leave(net)
