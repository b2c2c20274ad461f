"""A blocking client in a thread that counts as work: the clock goes on while it waits, and nothing is quiet before."""

import http.client
import socket
import time

import pytest

from labmail.errors import LabStopped
from labmail.net import at
from labmail.record import Event
from tests.net.echo import CLIENT, SERVER


def in_thread(net, work):
    def seated():
        with at(net, CLIENT):
            return work()

    return net.run(net.in_thread(seated, "a client"))


def test_it_waits_for_a_server_that_waits_for_the_clock(net):
    """Slow answers after five seconds of lab time."""
    before, began = net.agenda.now, time.monotonic()

    def talk():
        with socket.create_connection((SERVER, 9)) as sock:
            sock.sendall(b"cake\n")
            return sock.recv(100), (net.agenda.now - before).total_seconds()

    assert in_thread(net, talk) == (b"cake\n", 5)
    assert time.monotonic() - began < 5


def test_the_order_is_the_same_each_time(net):
    def talk():
        with socket.create_connection((SERVER, 7)) as sock, sock.makefile("rb") as lines:
            said = [lines.readline()]
            for number in range(20):
                sock.sendall(b"%d\n" % number)
                said.append(lines.readline())
            return said

    orders = set()
    for _ in range(20):
        before = len(net.record)
        assert len(in_thread(net, talk)) == 21
        net.settle()
        orders.add(tuple((event.kind, event.octets) for event in net.record.since(before)))
    assert len(orders) == 1


def test_the_lab_is_not_quiet_while_it_works(net):
    noted = []

    async def job():
        async def work():
            await net.in_thread(lambda: at_work(noted), "a client")
            net.note(Event(kind="done"), by=CLIENT)

        net.loop.create_task(work())

    def at_work(noted):
        with at(net, CLIENT), socket.create_connection((SERVER, 7)) as sock:
            noted.append(sock.recv(100))
            time.sleep(0.05)

    net.run(job())
    net.settle()
    assert noted == [b"+ hello\r\n"] and net.record.filter(kind="done")


def test_a_time_limit_is_in_real_seconds(net):
    def talk():
        with socket.create_connection((SERVER, 7), timeout=0.1) as sock:
            sock.recv(100)
            sock.recv(100)

    with pytest.raises(TimeoutError):
        in_thread(net, talk)


def test_a_lot_of_octets_come_whole(net):
    def talk():
        connection = socket.create_connection((SERVER, 7))
        with connection, connection.makefile("rb") as lines:
            lines.readline()
            connection.sendall(b"FLOOD\n")
            return len(lines.read(20_000_000))

    assert in_thread(net, talk) == 20_000_000


def test_stop_ends_the_wait(net):
    def talk():
        with socket.create_connection((SERVER, 7)) as sock:
            sock.recv(100)
            net.stop_soon()
            sock.recv(100)

    with pytest.raises(LabStopped):
        in_thread(net, talk)


def test_a_client_that_nobody_counts_is_as_before(net):
    with at(net, CLIENT), socket.create_connection((SERVER, 7), timeout=5) as sock:
        assert sock.recv(100) == b"+ hello\r\n"
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            sock.recv(100)
    with at(net, CLIENT), pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(SERVER, 81).connect()
