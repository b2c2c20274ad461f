"""The socket of a client in a thread that counts as work: while it waits for octets it does not count.

So the clock may go on where a server keeps such a client waiting: else each would wait for the other. The loop itself
listens for those octets: as long as they lie unread the lab is not quiet, and the order of events stays the same.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from labmail.net.loop import Loop

__all__ = ["PatientSocket", "readable"]


class PatientSocket(socket.socket):
    """As any socket, for whoever calls; `net` is given before it is read from."""

    net: Loop

    def recv(self, *args: Any) -> bytes:
        self._await_octets()
        return super().recv(*args)

    def recv_into(self, *args: Any) -> int:  # what a file made of the socket reads by
        self._await_octets()
        return super().recv_into(*args)

    def _await_octets(self) -> None:
        if self.net.counts_this_thread:
            self.net.run(readable(self.net, self, self.gettimeout()))


async def readable(net: Loop, sock: socket.socket, limit_s: float | None) -> None:
    """Stand until the socket has something to read, or has ended; TimeoutError after that many real seconds."""
    heard: asyncio.Future[None] = net.loop.create_future()
    number = sock.fileno()
    net.loop.add_reader(number, lambda: None if heard.done() else heard.set_result(None))
    try:
        async with asyncio.timeout(limit_s):
            await heard
    finally:
        net.loop.remove_reader(number)
