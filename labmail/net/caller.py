"""The end of a wire that calls: what a client on the lab's loop has below it, before TLS and after.

As at the server's end, the transport stays the same when TLS begins. asyncio's own TLS will not do: it throws away
what is still to be said when a handshake fails, and then no server hears the alert that says why a client refuses its
certificate. RFC 8446 section 6.2.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from labmail.errors import LabError, cited
from labmail.net.above import Above
from labmail.net.seal import ClientSeal

__all__ = ["Caller"]

HUNG_UP = "the server hung up amid the handshake"


class Caller(asyncio.Protocol, Above):
    """A protocol to the carrier below, and a transport to `above`, the client's own protocol."""

    def __init__(self, loop: asyncio.AbstractEventLoop, above: asyncio.Protocol) -> None:
        super().__init__()
        self._loop, self.above = loop, above
        self._seal: ClientSeal | None = None
        self._standing: asyncio.Future[None] | None = None
        self._closing = False

    async def start_tls(self, context: ssl.SSLContext, server: str | None) -> None:
        """TLS from here on; ssl.SSLError where the client refuses, and the server has heard its alert."""
        if not hasattr(context, "wrap_bio"):
            raise LabError(f"TLS needs a context, as ssl.create_default_context() makes one, and not {cited(context)}")
        self._seal, self._standing = ClientSeal(context, server), self._loop.create_future()
        self._unseal(self._seal, b"")
        try:
            await self._standing
        except BaseException:
            self._closing = True
            self._below.close()
            raise

    # ---- to the carrier below: a protocol

    def connection_made(self, carrier: asyncio.BaseTransport) -> None:
        assert isinstance(carrier, asyncio.Transport)
        self._carrier = carrier
        self.above.connection_made(self)

    def data_received(self, data: bytes) -> None:
        if self._seal is None:
            self.above.data_received(data)
        elif not self._closing:
            self._unseal(self._seal, data)

    def eof_received(self) -> bool:
        self._fail(ConnectionResetError(HUNG_UP))
        return bool(self.above.eof_received())

    def pause_writing(self) -> None:
        self.above.pause_writing()

    def resume_writing(self) -> None:
        self.above.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._fail(exc or ConnectionResetError(HUNG_UP))
        self.above.connection_lost(exc)

    # ---- TLS

    def _unseal(self, seal: ClientSeal, octets: bytes) -> None:
        try:
            plain = seal.receive(octets)
        except ssl.SSLError as fault:
            self._below.write(seal.pending())  # the alert
            self._closing = True
            self._fail(fault)
            self._below.close()
            return
        self._below.write(seal.pending())
        if seal.done and self._standing is not None and not self._standing.done():
            self._standing.set_result(None)
        if plain:
            self.above.data_received(plain)
        if seal.over:
            self.above.eof_received()

    def _fail(self, fault: Exception) -> None:
        if self._standing is not None and not self._standing.done():
            self._standing.set_exception(fault)

    # ---- to the client above: a transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._closing:
            self._below.write(data if self._seal is None else self._seal.send(bytes(data)))

    def write_eof(self) -> None:
        if self._seal is not None:
            self._below.write(self._seal.end())
        self._below.write_eof()

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            if self._seal is not None and self._seal.done:
                self._below.write(self._seal.end())
            self._below.close()

    def abort(self) -> None:
        self._closing = True
        self._below.abort()

    def is_closing(self) -> bool:
        return self._closing or self._below.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._below.get_extra_info(name, default)
