"""A small line protocol for the ground's tests: it greets and repeats; a slow one checks in a thread."""

import asyncio
from collections.abc import Iterator

from labmail.net import Net, Service, carry
from labmail.record import Event

SERVER, CLIENT, OTHER = "mx1.example.com", "mail.example.net", "laptop.example.net"
HOSTS = {SERVER: "198.51.100.1", CLIENT: "192.0.2.67", OTHER: "203.0.113.17"}


class Echo:
    """A sans-IO session: says `+ hello`, then each line again; QUIT hangs up, FLOOD says 20 MB."""

    def __init__(self) -> None:
        self._inbox = b""

    def begin(self) -> Iterator[Event]:
        yield Event(kind="said", octets=b"+ hello\r\n")

    def receive(self, octets: bytes) -> Iterator[Event]:
        self._inbox += octets
        while b"\n" in self._inbox:
            line, _, self._inbox = self._inbox.partition(b"\n")
            yield Event(kind="heard", octets=line + b"\n")
            if line.strip() == b"FLOOD":
                for _ in range(2000):
                    yield Event(kind="said", octets=b"x" * 9998 + b"\r\n")
            yield Event(kind="said", octets=b"+ " + line + b"\n")
            if line.strip() == b"QUIT":
                yield Event(kind="close")
                return


class Slow(asyncio.Protocol):
    """Answers each line after a check in a thread that itself waits five seconds of lab time."""

    def __init__(self, tap) -> None:
        self.tap = tap

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.tap.note(Event(kind="heard", octets=data))
        self.tap.net.loop.create_task(self.answer(data))

    async def answer(self, data: bytes) -> None:
        net = self.tap.net
        await net.in_thread(lambda: net.run(net.wait(5, "a slow name server")), "a check")
        self.tap.note(Event(kind="said", octets=data))
        self.tap.write(data)

        async def onward() -> None:
            _, writer = await net.open(SERVER, HOSTS[SERVER], 7)
            writer.write(b"onward\r\nQUIT\r\n")
            await net.wait(1, "the onward delivery")
            writer.close()

        self.tap.afterwards(onward, "onward delivery")


def internet(**kwargs) -> Net:
    """A net with three hosts, an echo on port 7 and a slow server on port 9 of mx1."""
    net = Net(**kwargs)
    net.hosts.update(HOSTS)
    net.run(
        net.listen(
            Service(host=SERVER, port=7, protocol="echo", make=carry(Echo)),
            Service(host=SERVER, port=9, protocol="slow", make=Slow),
            Service(host=SERVER, port=7, protocol="echo", make=lambda wire: Echo(), over="udp"),
        )
    )
    return net
