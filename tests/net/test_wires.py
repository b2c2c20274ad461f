"""Wires: who is admitted, what the server sees, and what the weather does."""

import os
import socket
import time

import pytest

from labmail.errors import LabError, UnknownHost
from labmail.net import Weather, Wires, at
from labmail.net.book import ADMIT_MAX_S
from tests.net.echo import CLIENT, HOSTS, OTHER, SERVER, internet


def talk(net, *lines, host=CLIENT, port=7):
    """What a client at that host hears: the greeting, and a line for each."""
    with at(net, host), socket.create_connection((SERVER, port)) as sock, sock.makefile("rwb", 0) as file:
        heard = [file.readline()] if port == 7 else []
        for line in lines:
            file.write(line + b"\r\n")
            heard.append(file.readline())
    return heard


def loopback_port(net, port=7):
    return net._door((HOSTS[SERVER], port, "tcp"))


def test_a_dialog_is_on_the_timeline_with_the_lab_s_addresses(net):
    assert talk(net, b"cake", b"QUIT") == [b"+ hello\r\n", b"+ cake\r\n", b"+ QUIT\r\n"]
    net.settle()
    assert [(event.number, event.kind, event.octets, event.by) for event in net.record] == [
        (1, "connect", b"", CLIENT),
        (2, "said", b"+ hello\r\n", SERVER),
        (3, "heard", b"cake\r\n", CLIENT),
        (4, "said", b"+ cake\r\n", SERVER),
        (5, "heard", b"QUIT\r\n", CLIENT),
        (6, "said", b"+ QUIT\r\n", SERVER),
        (7, "close", b"", SERVER),
    ]
    wire = net.record[1].wire
    assert (wire.client_address, wire.client_port, wire.server_address, wire.server_port) == (
        "192.0.2.67", 49152, "198.51.100.1", 7,
    )  # fmt: skip


def test_a_stranger_hears_not_one_octet(net):
    began = time.monotonic()
    with socket.socket() as thief:
        thief.connect(loopback_port(net))
        thief.sendall(b"EHLO thief\r\n")
        thief.settimeout(ADMIT_MAX_S * 5)
        with pytest.raises(ConnectionError):  # he is cut off, unread
            assert thief.recv(1) == b""
            raise ConnectionResetError
    assert time.monotonic() - began >= ADMIT_MAX_S * 0.5
    assert talk(net, b"cake")[1] == b"+ cake\r\n"
    assert not net.record.filter(by="thief")


def test_a_forked_process_cannot_take_a_registered_place(net):
    """He binds the same port at another loopback address, which the key of both ends keeps apart."""
    with at(net, CLIENT), socket.create_connection((SERVER, 7)) as client:
        port = client.getsockname()[1]
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            heard = b""
            try:
                with socket.socket() as thief:
                    thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    thief.bind(("127.0.0.2", port))
                    thief.connect(loopback_port(net))
                    thief.settimeout(ADMIT_MAX_S * 5)
                    thief.sendall(b"cake\r\n")
                    heard = thief.recv(100)
            except OSError:
                pass
            os.write(writer, b"heard:" + heard)
            os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        with os.fdopen(reader, "rb") as told:
            assert told.read() == b"heard:"
        assert client.recv(100) == b"+ hello\r\n"  # and the client kept his place


def test_strangers_in_numbers_leave_room_for_guests(net):
    strangers = [socket.create_connection(loopback_port(net)) for _ in range(50)]
    assert talk(net, b"cake")[1] == b"+ cake\r\n"
    for sock in strangers:
        sock.close()


def test_nobody_listens_there(net):
    with at(net, CLIENT):
        with pytest.raises(ConnectionRefusedError, match="mx1.example.com port 8"):
            socket.create_connection((SERVER, 8))
        with pytest.raises(TimeoutError, match="198.51.100.99 port 7 did not answer mail.example.net within 300 s"):
            socket.create_connection(("198.51.100.99", 7))
    assert [event.kind for event in net.record] == ["refused", "jump", "timeout"]


def test_the_home_provider_filters_in_lab_time(net):
    net.filtered.add((OTHER, 7))
    began = time.monotonic()
    with at(net, OTHER), pytest.raises(TimeoutError, match="within 300 s of lab time"):
        socket.create_connection((SERVER, 7))
    assert time.monotonic() - began < 5
    assert talk(net, b"cake")[1] == b"+ cake\r\n"


def test_held_replies_are_released_line_by_line(net):
    wires = Wires(net, CLIENT, SERVER)
    wires.hold()
    with at(net, CLIENT), socket.create_connection((SERVER, 7), timeout=0.2) as sock:
        sock.sendall(b"one\r\n")
        with pytest.raises(TimeoutError):
            sock.recv(100)
        assert net.record.wait_for(lambda event: event.octets == b"+ one\r\n").kind == "said"
        assert "2 lines are held on the wire from mx1.example.com to mail.example.net" in net.why()
        assert wires.release(1) == 1
        assert sock.recv(100) == b"+ hello\r\n"
        wires.clear()
        assert sock.recv(100) == b"+ one\r\n"
        sock.sendall(b"QUIT\r\n")
        assert sock.recv(100) == b"+ QUIT\r\n"
    assert repr(wires) == "wires from mail.example.net to mx1.example.com: fair"


def test_a_hang_up_does_not_overtake_a_held_reply(net):
    wires = Wires(net, CLIENT, SERVER)
    wires.hold()
    with at(net, CLIENT), socket.create_connection((SERVER, 7)) as sock:
        sock.sendall(b"QUIT\r\n")
        net.record.wait_for(lambda event: event.kind == "close")
        wires.release()
        assert sock.makefile("rb").read() == b"+ hello\r\n+ QUIT\r\n"


def test_a_slow_wire_takes_lab_time(net):
    Wires(net, CLIENT, SERVER).delay(seconds=30)
    with at(net, CLIENT), socket.create_connection((SERVER, 7)) as sock, sock.makefile("rwb", 0) as file:
        assert file.readline() == b"+ hello\r\n"
        file.write(b"cake\r\n")
        assert file.readline() == b"+ cake\r\n"
        # greeting, line, answer: half a minute each. Still connected: the hang-up will take its half minute, too
        assert net.agenda.now.isoformat() == "2026-06-01T09:01:30+00:00"


def test_a_wire_that_loses_everything_ends_when_tcp_gives_up(net):
    Wires(net, CLIENT, SERVER).drop()
    with at(net, CLIENT), socket.create_connection((SERVER, 7)) as sock, pytest.raises(ConnectionError):
        sock.sendall(b"cake\r\n")
        sock.recv(100)
    assert net.agenda.now.isoformat() == "2026-06-01T09:15:24+00:00"


def test_a_cut_ends_what_stands(net):
    with at(net, CLIENT), socket.create_connection((SERVER, 7)) as sock:
        sock.recv(100)
        Wires(net, CLIENT, SERVER).cut()
        with pytest.raises(ConnectionError):
            sock.recv(100)
    assert talk(net, b"cake")[1] == b"+ cake\r\n"


@pytest.mark.parametrize("wrong", [lambda net: Wires(net, CLIENT, "mx9.example.com"), lambda net: net.address_of("x")])
def test_an_unknown_host_gets_a_sentence(net, wrong):
    with pytest.raises(UnknownHost, match=r"is no host of this lab; it has laptop\.example\.net"):
        wrong(net)


def test_a_negative_delay_gets_a_sentence(net):
    with pytest.raises(LabError, match="-1 s is less than 0"):
        Wires(net, CLIENT, SERVER).delay(-1)


def test_a_server_stops_pulling_while_nobody_reads(net):
    with at(net, CLIENT), socket.create_connection((SERVER, 7)) as sock:
        sock.sendall(b"FLOOD\r\n")
        time.sleep(0.3)
        said = sum(len(event.octets) for event in net.record.filter(kind="said"))
        assert said < 20_000_000  # the rest is not even made yet
        total = 0
        while total < len(b"+ hello\r\n+ FLOOD\r\n") + 20_000_000:
            total += len(sock.recv(1_000_000))


def test_datagrams(net):
    async def ask(octets):
        return await net.ask(CLIENT, HOSTS[SERVER], 7, octets, lambda data: data.endswith(b"\n"), 5)

    assert net.run(ask(b"cake\n")) == b"+ cake\n"
    with pytest.raises(TimeoutError):
        net.run(ask(b"no end of line"))
    assert [(event.kind, event.by) for event in net.record] == [
        ("heard", CLIENT), ("said", SERVER), ("close", CLIENT), ("close", CLIENT), ("jump", "lab"),
    ]  # fmt: skip


def test_a_stranger_s_datagram_is_dropped(net):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
        thief.settimeout(0.3)
        thief.sendto(b"cake\n", net._door((HOSTS[SERVER], 7, "udp")))
        with pytest.raises(TimeoutError):
            thief.recv(100)
    assert len(net.record) == 0


def test_exposed_on_purpose_serves_whoever_comes(net):
    door = net.run(net.expose(HOSTS[SERVER], 7, OTHER))
    assert net.run(net.expose(HOSTS[SERVER], 7, OTHER)) == door
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:  # the datagrams' port has the same number
        sock.settimeout(5)
        sock.sendto(b"cake\n", door)
        assert sock.recv(100) == b"+ cake\n"
    net.run(net.reset())
    with socket.create_connection(door) as sock:
        assert sock.recv(100) == b"+ hello\r\n"
    net.settle()
    assert net.record[1].by == OTHER
    net.run(net.unlisten(SERVER))
    with socket.create_connection(door) as sock, pytest.raises(ConnectionError):
        assert sock.recv(100) == b""
        raise ConnectionResetError


def test_the_same_servers_in_memory():
    net = internet(memory=True)

    async def client():
        reader, writer = await net.open(CLIENT, HOSTS[SERVER], 7)
        writer.write(b"cake\r\nFLOOD\r\nQUIT\r\n")
        heard = await reader.read()
        writer.close()
        answer = await net.ask(CLIENT, HOSTS[SERVER], 7, b"cake\n", lambda data: True, 5)
        return heard, answer

    heard, answer = net.run(client())
    assert heard.startswith(b"+ hello\r\n+ cake\r\nxxx") and heard.endswith(b"+ FLOOD\r\n+ QUIT\r\n")
    assert len(heard) > 20_000_000 and answer == b"+ cake\n"
    assert not net._listeners
    net.stop()


def test_weather_holds_for_connections_to_come(net):
    net.call(net.set_weather, CLIENT, SERVER, Weather(), Weather(hold=True))
    with at(net, CLIENT), socket.create_connection((SERVER, 7), timeout=0.2) as sock, pytest.raises(TimeoutError):
        sock.recv(1)
