"""A name server on real UDP and TCP sockets of loopback, one port for both, for programs from outside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from labmail.dns.server import NameServer, Session

PORT_TRIES = 20  # a port that is free for TCP may be taken for UDP


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self.server = server

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        for event in Session(self.server, "udp").receive(data):
            if event.kind == "said":
                self.transport.sendto(event.octets, addr)


class Stream(asyncio.Protocol):
    def __init__(self, server: NameServer) -> None:
        self.session = Session(server, "tcp")

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        for event in self.session.receive(data):
            if event.kind == "said":
                self.transport.write(event.octets)


async def _listen(loop: asyncio.AbstractEventLoop, server: NameServer) -> tuple[int, list[Callable[[], None]]]:
    for _ in range(PORT_TRIES):
        tcp = await loop.create_server(lambda: Stream(server), "127.0.0.1", 0)
        port = tcp.sockets[0].getsockname()[1]
        try:
            udp, _ = await loop.create_datagram_endpoint(lambda: Datagrams(server), local_addr=("127.0.0.1", port))
        except OSError:
            tcp.close()
            continue
        return port, [tcp.close, udp.close]
    raise AssertionError("no port was free for both UDP and TCP")


@contextmanager
def served(server: NameServer) -> Iterator[int]:
    """The port where it answers, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        port, closers = asyncio.run_coroutine_threadsafe(_listen(loop, server), loop).result(5)
        yield port
        for close in closers:
            loop.call_soon_threadsafe(close)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(5)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
