"""Somebody between who shows a certificate of their own: two sessions of TLS, and all words in one hand."""

from __future__ import annotations

import ssl

import pytest

from labmail.net import Weather
from labmail.net.middle import Middle
from labmail.net.seal import ClientSeal, Seal
from tests.net.echo import CLIENT, SERVER
from tests.net.sealable import internet, start

MALLORY = "mallory.example"


@pytest.fixture(params=[True, False], ids=["memory", "sockets"])
def net(request, authority):
    net = internet(authority, memory=request.param)
    yield net
    net.stop()


def test_whoever_sits_between_has_tls_with_both(net, authority):
    """Two handshakes, two certificates; and what the server hears was sealed on both sides of them."""

    async def talk():
        net.set_weather(CLIENT, SERVER, Weather(), Weather(attacker=MALLORY, certificate="self-signed"))
        with pytest.raises(ssl.SSLCertVerificationError) as refused:
            await start(net, authority, 7)
        reader, writer = await start(net, authority, 7, verified=False)
        for line in (b"the cake\r\n", b"x" * 40_000 + b"\r\n", b"QUIT\r\n"):
            writer.write(line)
            assert await reader.readline() == b"+ " + line
        assert await reader.read() == b""
        writer.close()
        return refused.value.verify_code

    assert net.run(talk()) == 18
    net.settle()
    kinds = ("substituted", "resealed", "tls")
    told = [(event.wire.number, event.kind, event.by, event.value) for event in net.record if event.kind in kinds]
    assert [(number, kind, by) for number, kind, by, _ in told] == [
        *((1, "substituted", MALLORY), (1, "tls", CLIENT)),  # who refuses it keeps them from the server
        *((2, "substituted", MALLORY), (2, "resealed", MALLORY), (2, "tls", SERVER)),
    ]
    assert [value.certificate for *_, value in told[3:]] == ["good", "self-signed"]
    assert b"cake" not in b"".join(record.octets for record in net.record.tls())


def test_what_the_middleman_hands_on_is_sealed_again(authority):
    """In memory: the words, and the octets on either side of the hand that they pass through."""
    near: list[bytes] = []
    far: list[bytes] = []
    met = []
    behind = Seal(authority.context(SERVER), "good", lambda octets, _: far.append(octets) or 0)
    shown = authority.context(SERVER, "unknown CA")
    middle = Middle(shown, "unknown CA", lambda octets, _: near.append(octets) or len(near), behind, met.append)
    client = ClientSeal(authority.client(verified=False), SERVER)
    client.receive()
    while not (client.done and middle.done):
        assert middle.receive(client.pending()) == b""
        assert client.receive(middle.pending()) == b""
    [handshake] = met
    assert handshake.success and handshake.certificate == "good"
    assert middle.handshake.certificate == "unknown CA"
    assert middle.receive(client.send(b"the cake\r\n")) == b"the cake\r\n"
    assert client.receive(middle.send(b"250 OK\r\n")) == b"250 OK\r\n"
    for crossed in (near, far):
        assert len(crossed) > 4
        assert not any(b"cake" in octets or b"250" in octets for octets in crossed)
    assert not {octets for octets in near if octets[0] == 23} & set(far)
    client.receive(middle.end())
    assert client.over
