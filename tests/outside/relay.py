"""A wire-tap of our own: it passes octets between a program and the lab, and keeps what the program sent.

So a test need not believe the lab about what came in.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Relay:
    """One listener in front of one port; `sent` is all that clients sent, as it came."""

    def __init__(self, target: int) -> None:
        self.sent = bytearray()
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._start(self._accept)

    @property
    def letter(self) -> bytes:
        """What the program sent after DATA, with the stuffed dots taken off: RFC 5321 section 4.5.2."""
        _, text = re.split(rb"\r\nDATA\r\n", self.sent, maxsplit=1, flags=re.IGNORECASE)
        text = b"" if text.startswith(b".\r\n") else text.partition(b"\r\n.\r\n")[0] + b"\r\n"
        return re.sub(rb"(\A|\r\n)\.", rb"\1", text)

    def _start(self, function, *arguments) -> None:
        thread = threading.Thread(target=function, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        try:
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, server]
                self._start(self._pump, client, server, self.sent)
                self._start(self._pump, server, client, bytearray())
        except OSError:  # closed: the end
            return

    def _pump(self, source: socket.socket, goal: socket.socket, kept: bytearray) -> None:
        try:
            while octets := source.recv(65_536):
                kept += octets
                goal.sendall(octets)
            goal.shutdown(socket.SHUT_WR)
        except OSError:  # one of them has gone
            pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
        for each in self._sockets:
            each.close()


@contextmanager
def relay(target: int) -> Iterator[Relay]:
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()
