"""TLS on a wire, over sockets and in memory: what both ends hear, what a listener has, which record carried what."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from labmail.net import Net, Service, carry
from labmail.net.pcap import capture
from labmail.record import Conversation
from labmail.tls import Authority
from tests.net.echo import CLIENT, HOSTS, SERVER
from tests.net.sealable import Sealable, internet, start


@pytest.fixture(params=[True, False], ids=["memory", "sockets"])
def net(request, authority):
    net = internet(authority, memory=request.param)
    yield net
    net.stop()


def conversation(net):
    net.settle()
    events = [event for event in net.record if event.wire is not None]
    return Conversation(events[0].wire, events, net.record.tls(events[0].wire.number))


@pytest.mark.parametrize("port", [7, 8], ids=["STARTTLS", "implicit"])
def test_both_ends_hear_each_other_and_a_listener_nothing(net, authority, port):
    async def talk():
        reader, writer = await start(net, authority, port)
        if port == 8:
            assert await reader.readline() == b"+ hello\r\n"
        for line in (b"the cake\r\n", b"QUIT\r\n"):
            writer.write(line)
            assert await reader.readline() == b"+ " + line
        assert await reader.read() == b""
        writer.close()

    net.run(talk())
    heard = conversation(net)
    assert "C: the cake" in heard.lines
    crossed = b"".join(piece.octets for piece in heard.crossing)
    assert b"cake" not in crossed
    assert (b"STARTTLS" in crossed) == (port == 7)
    kinds = [event.kind for event in heard.events]
    assert kinds.count("tls") == 1
    before = heard.events[: kinds.index("tls")]
    assert not any(event.sealed for event in before)
    assert all(event.sealed for event in heard.events[kinds.index("tls") :] if event.octets)


def test_each_line_knows_the_record_that_carried_it(net, authority):
    """By its length: TLS 1.3 with AES-GCM adds 22 octets to what a record says. RFC 8446 section 5.2"""
    lines = [b"a\r\n", b"bb\r\n", b"x" * 300 + b"\r\n", b"FLOOD\r\n"]

    async def talk():
        reader, writer = await start(net, authority, 7)
        for line in lines:
            writer.write(line)
            while await reader.readline() != b"+ " + line:
                pass
        writer.close()

    net.run(talk())
    heard = conversation(net)
    said: dict[int, int] = {}
    for event in heard.events:
        if event.sealed:
            said[event.sealed] = said.get(event.sealed, 0) + len(event.octets)
    records = {record.number: record for record in heard.tls}
    assert len(said) > 1000  # FLOOD says 20 MB
    whole = [number for number, octets in said.items() if len(records[number].octets) == octets + 22]
    assert len(whole) >= 7  # each line of its own, and its answer
    for event in heard.events:
        if event.sealed:
            assert records[event.sealed].by == event.by
            assert len(records[event.sealed].octets) >= min(len(event.octets), 300) + 22


def test_numbers_of_events_do_not_depend_on_tls(authority):
    """The same dialog with another version: other records, the same events."""

    def story(version):
        net = Net()
        net.hosts.update(HOSTS)

        async def tls(tap, kind):
            return authority.context(SERVER), "good"

        async def talk():
            reader, writer = await net.open(CLIENT, HOSTS[SERVER], 8)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode, context.maximum_version = False, ssl.CERT_NONE, version
            await net.start_tls(writer, context, None)
            assert await reader.readline() == b"+ hello\r\n"
            writer.write(b"QUIT\r\n")
            assert await reader.read() == b"+ QUIT\r\n"
            writer.close()

        service = Service(host=SERVER, port=8, protocol="echo", make=carry(Sealable), tls=tls, implicit=True)
        net.run(net.listen(service))
        net.run(talk())
        net.settle()
        events = [(event.number, event.kind, event.by, event.octets) for event in net.record]
        records = len(net.record.tls())
        net.stop()
        return events, records

    new, old = story(ssl.TLSVersion.TLSv1_3), story(ssl.TLSVersion.TLSv1_2)
    assert new[0] == old[0]
    assert new[1] != old[1]


def test_what_came_in_the_clear_behind_it_is_thrown_away(net, authority):
    async def talk():
        reader, writer = await net.open(CLIENT, HOSTS[SERVER], 7)
        await reader.readline()
        writer.write(b"STARTTLS\r\ninjected\r\nand more")
        assert await reader.readline() == b"+ STARTTLS\r\n"
        await net.start_tls(writer, authority.client(verified=True), SERVER)
        writer.write(b"QUIT\r\n")
        assert await reader.read() == b"+ QUIT\r\n"
        writer.close()

    net.run(talk())
    heard = conversation(net)
    assert [event.octets for event in heard.events if event.kind == "discarded"] == [b"injected\r\nand more"]
    assert not any("injected" in line for line in heard.lines)
    assert b"injected" in b"".join(piece.octets for piece in heard.crossing)  # a listener saw it


def test_a_client_that_speaks_along_with_its_last_part_of_the_handshake_is_heard(net, authority):
    async def talk():
        reader, writer = await start(net, authority, 8)
        writer.write(b"at once\r\nQUIT\r\n")
        assert await reader.read() == b"+ hello\r\n+ at once\r\n+ QUIT\r\n"
        writer.close()

    net.run(talk())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_a_client_that_refuses_is_noted_with_its_alert(net, authority, version):
    """It crosses in the clear, as the client has said nothing sealed yet; a server understands it sealed as well."""

    async def talk():
        other = Authority()
        context = other.client(verified=True)
        context.minimum_version = context.maximum_version = version
        _, writer = await net.open(CLIENT, HOSTS[SERVER], 8)
        try:
            with pytest.raises(ssl.SSLCertVerificationError) as refused:
                await net.start_tls(writer, context, SERVER)
        finally:
            writer.close()
            other.close()
        return refused.value.verify_code

    assert net.run(talk()) == 20
    heard = conversation(net)
    [event] = [event for event in heard.events if event.kind == "tls"]
    assert (event.by, event.value.success, event.value.alert) == (CLIENT, False, "unknown_ca")
    assert heard.tls[-1].by == CLIENT
    assert version == ssl.TLSVersion.TLSv1_3 or heard.tls[-1].octets == bytes.fromhex("15 0303 0002 02 30")


def test_a_server_that_hangs_up_amid_the_handshake_is_an_error_of_a_connection(net, authority):
    async def talk():
        _, writer = await net.open(CLIENT, HOSTS[SERVER], 8)
        writer.write(b"no TLS\r\n")
        with pytest.raises(OSError):
            await net.start_tls(writer, authority.client(verified=True), SERVER)
        assert writer.is_closing()

    net.run(talk())


def test_what_is_no_tls_is_refused_with_an_alert(net):
    async def talk():
        reader, writer = await net.open(CLIENT, HOSTS[SERVER], 8)
        writer.write(b"EHLO mail.example.net\r\n")
        answer = await reader.read()
        writer.close()
        return answer

    assert net.run(talk())[:1] in (b"\x15", b"")  # an alert
    [event] = [event for event in conversation(net).events if event.kind == "tls"]
    assert not event.value.success
    assert event.by == SERVER


def test_whoever_has_said_everything_may_still_listen(net, authority):
    async def talk():
        reader, writer = await start(net, authority, 7)
        writer.write(b"one\r\ntwo\r\n")
        await writer.drain()
        for line in (b"+ one\r\n", b"+ two\r\n"):
            assert await reader.readline() == line
        writer.close()
        await writer.wait_closed()

    net.run(talk())
    assert net.settle()
    assert not conversation(net).open


def test_held_ciphertext_is_let_go_chunk_by_chunk(net, authority):
    async def talk():
        reader, writer = await start(net, authority, 7)
        tap = next(iter(net.wires.values()))
        tap.outward.change(type(tap.outward.weather)(hold=True))
        writer.write(b"one\r\n")
        await asyncio.sleep(0.05)
        held = len(tap.outward.waiting)
        tap.outward.release(1)
        line = await asyncio.wait_for(reader.readline(), 5)
        tap.outward.change(type(tap.outward.weather)())
        writer.close()
        return held, line

    assert net.run(talk()) == (1, b"+ one\r\n")


def test_a_lab_ends_amid_a_handshake(net):
    async def knock():
        return (await net.open(CLIENT, HOSTS[SERVER], 8))[1]

    writer = net.run(knock())
    net.stop()
    assert writer.is_closing()
    assert net.wires == {}


def test_a_capture_has_the_lab_s_addresses_and_tcp_as_it_should_be(net, authority):
    async def talk():
        reader, writer = await start(net, authority, 7)
        writer.write(b"QUIT\r\n")
        await reader.read()
        writer.close()

    net.run(talk())
    octets = capture([conversation(net)])
    assert octets[:4] == bytes.fromhex("d4c3b2a1")
    at, packets = 24, []
    while at < len(octets):
        length = int.from_bytes(octets[at + 8 : at + 12], "little")
        packets.append(octets[at + 16 : at + 16 + length])
        at += 16 + length
    ends = {bytes(map(int, HOSTS[name].split("."))) for name in (CLIENT, SERVER)}
    assert {packet[12:16] for packet in packets} == ends
    assert [packet[33] for packet in packets[:3]] == [2, 18, 16]  # SYN, SYN and ACK, ACK
    assert [packet[33] for packet in packets[-3:]] == [17, 17, 16]
    stream = b"".join(packet[40:] for packet in packets)
    assert stream == b"".join(piece.octets for piece in conversation(net).crossing)
