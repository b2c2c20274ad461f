"""The carrier: it waits in lab time, answers who has sent everything, and tells a session that its wire is gone."""

from __future__ import annotations

import asyncio

import pytest

from labmail.net import Net, Service, carry
from labmail.record import Event
from tests.net.echo import CLIENT, HOSTS, SERVER


class Thinker:
    """Answers each line; a number makes it wait so many seconds before it goes on."""

    ended = 0

    def __init__(self) -> None:
        self._inbox = b""

    def begin(self):
        yield Event(kind="said", octets=b"hello\n", value="hello")

    def receive(self, octets):
        self._inbox += octets
        while b"\n" in self._inbox:
            line, _, self._inbox = self._inbox.partition(b"\n")
            yield Event(kind="heard", octets=line + b"\n")
            if line.isdigit():
                yield Event(kind="wait", value=int(line))
            yield Event(kind="said", octets=line + b"!\n", value=line)

    def end(self):
        Thinker.ended += 1


@pytest.fixture(params=[True, False], ids=["memory", "sockets"])
def net(request):
    Thinker.ended = 0
    net = Net(memory=request.param)
    net.hosts.update(HOSTS)
    net.run(net.listen(Service(host=SERVER, port=7, protocol="thinker", make=carry(Thinker))))
    yield net
    net.stop()


def pour(net, octets, crumbs=None, *, end=True):
    async def talk():
        reader, writer = await net.open(CLIENT, HOSTS[SERVER], 7)
        step = crumbs or len(octets)
        for start in range(0, len(octets), step):
            writer.write(octets[start : start + step])
            await asyncio.sleep(0)
        if end:
            writer.write_eof()
            heard = await asyncio.wait_for(reader.read(), 10)
        else:
            heard = await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        return heard

    return net.run(talk())


@pytest.mark.parametrize("crumbs", [None, 1])
def test_nothing_is_heard_while_it_waits(net, crumbs):
    assert pour(net, b"a\n30\nb\n40\nc\n", crumbs) == b"hello\na!\n30!\nb!\n40!\nc!\n"
    net.settle()
    story = [(event.kind, event.octets, event.at.strftime("%M:%S")) for event in net.record]
    assert story[1:] == [
        ("said", b"hello\n", "00:00"),
        ("heard", b"a\n", "00:00"),
        ("said", b"a!\n", "00:00"),
        ("heard", b"30\n", "00:00"),
        ("wait", b"", "00:00"),
        ("jump", b"", "00:30"),
        ("said", b"30!\n", "00:30"),
        ("heard", b"b\n", "00:30"),
        ("said", b"b!\n", "00:30"),
        ("heard", b"40\n", "00:30"),
        ("wait", b"", "00:30"),
        ("jump", b"", "01:10"),
        ("said", b"40!\n", "01:10"),
        ("heard", b"c\n", "01:10"),
        ("said", b"c!\n", "01:10"),
        ("close", b"", "01:10"),
    ]


def test_a_session_hears_once_that_its_wire_is_gone(net):
    pour(net, b"a\n")
    assert net.settle()
    assert Thinker.ended == 1
    pour(net, b"a\n", end=False)
    assert net.settle()
    assert Thinker.ended == 2


def test_a_wait_ends_with_the_lab(net):
    async def leave():
        _, writer = await net.open(CLIENT, HOSTS[SERVER], 7)
        writer.write(b"30\n")
        return writer

    writer = net.run(leave())
    net.run(net.reset())
    net.call(writer.close)
    assert Thinker.ended == 1
    assert net.settle()
