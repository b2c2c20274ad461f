"""A transport that passes on, by hand, what another one below it can, and has the lab's addresses.

asyncio.Transport defines these methods to raise, which a StreamReader swallows: without them flow control would go in
silence.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from labmail.record import Wire

__all__ = ["Above"]


class Above(asyncio.Transport):
    """`_carrier` is the transport below, once there is one; `above` is the protocol that it serves."""

    wire: Wire
    above: asyncio.Protocol
    _carrier: asyncio.Transport | None = None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "peername":
            return self.wire.client_address, self.wire.client_port
        if name == "sockname":
            return self.wire.server_address, self.wire.server_port
        return default

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self.above = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.above

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def is_reading(self) -> bool:
        return self._below.is_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._below.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._below.get_write_buffer_limits()

    def _break(self) -> None:
        below = self._below.get_extra_info("socket")
        if below is not None and below.fileno() >= 0:
            below.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._below.abort()

    @property
    def _below(self) -> asyncio.Transport:
        assert self._carrier is not None
        return self._carrier
