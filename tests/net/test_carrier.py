"""The carrier: it waits in lab time, answers who has sent everything, and tells a session that its wire is gone."""

from __future__ import annotations

import asyncio
import contextlib
import traceback

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


def pour(net, octets, crumbs=None, *, end=True, port=7):
    async def talk():
        reader, writer = await net.open(CLIENT, HOSTS[SERVER], port)
        step = crumbs or len(octets)
        for start in range(0, len(octets), step):
            writer.write(octets[start : start + step])
            await asyncio.sleep(0)
        if end:
            with contextlib.suppress(OSError):  # it has hung up already
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


class Broken(Thinker):
    """Cannot say `boom`, is sorry for `oops` and goes on, and can be told to fail at its last words as well."""

    sorry: bytes | None = b"sorry\n"

    def receive(self, octets):
        for event in super().receive(octets):
            if event.octets == b"boom!\n":
                raise ValueError("a bug")
            small = event.octets == b"oops!\n"
            yield Event(kind="fault", value=KeyError("a small bug")) if small else event

    def confess(self):
        if self.sorry is None:
            raise ZeroDivisionError("another bug")
        yield Event(kind="said", octets=self.sorry)


@pytest.fixture
def faults(net):
    """What a developer sees: the loop's own handler prints it, traceback and all."""
    heard = []
    net.call(net.loop.set_exception_handler, lambda _, context: heard.append(context))
    net.run(net.listen(Service(host=SERVER, port=9, protocol="broken", make=carry(Broken))))
    return heard


def told(faults):
    return [
        (
            context["message"],
            str(context["exception"]),
            traceback.extract_tb(context["exception"].__traceback__)[-1:],
        )
        for context in faults
    ]


@pytest.mark.parametrize("crumbs", [None, 1])
def test_a_session_that_fails_says_so_and_its_traceback_is_not_lost(net, faults, crumbs):
    assert pour(net, b"a\nboom\n", crumbs, port=9) == b"hello\na!\nsorry\n"
    net.settle()
    [(message, text, [frame])] = told(faults)
    assert message == f"labmail: the broken session of {SERVER} with {CLIENT} failed"
    assert (text, frame.name) == ("a bug", "receive")
    assert [(event.kind, event.value) for event in net.record][-3:] == [
        ("fault", "ValueError: a bug"), ("said", None), ("close", None),
    ]  # fmt: skip
    assert Broken.ended == 1
    assert pour(net, b"c\n", port=9) == b"hello\nc!\n"  # others are served


def test_a_session_goes_on_after_what_it_can_live_with(net, faults):
    assert pour(net, b"a\noops\nb\n", port=9) == b"hello\na!\nb!\n"
    assert [text for _, text, _ in told(faults)] == ["'a small bug'"]
    assert [event.value for event in net.record if event.kind == "fault"] == ["KeyError: 'a small bug'"]


def test_a_session_that_fails_at_its_last_words_is_hung_up_on(net, faults, monkeypatch):
    monkeypatch.setattr(Broken, "sorry", None)
    assert pour(net, b"boom\n", port=9) == b"hello\n"
    assert [text for _, text, _ in told(faults)] == ["a bug", "another bug"]


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
