"""Two ends joined in memory: the same servers without a socket, for tests and for checks that touch no lab."""

from __future__ import annotations

import asyncio
from typing import Any

__all__ = ["MemoryEnd", "join"]

HIGH_WATER_OCTETS = 64 * 1024  # as asyncio's own transports: more than this on its way, and the writer is asked to wait


class MemoryEnd(asyncio.Transport):
    """One end. What is written arrives at the other a turn later, never inside write, as with a socket."""

    other: MemoryEnd

    def __init__(self, loop: asyncio.AbstractEventLoop, names: tuple[Any, Any]) -> None:
        super().__init__()
        self._loop, self._names = loop, names
        self._protocol: asyncio.BaseProtocol | None = None
        self._flying: list[bytes | None] = []  # None: the end of the stream
        self._flying_octets = 0
        self._reading, self._paused, self._closing, self._lost = True, False, False, False

    def start(self, protocol: asyncio.Protocol) -> None:
        self._protocol = protocol
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data or self._closing:  # an empty write would arrive as the end of the stream
            return
        self._flying.append(bytes(data))
        self._flying_octets += len(data)
        self._loop.call_soon(self._fly)
        if self._flying_octets > HIGH_WATER_OCTETS and not self._paused:
            self._paused = True
            self._asking().pause_writing()

    def write_eof(self) -> None:
        self._flying.append(None)
        self._loop.call_soon(self._fly)

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        if not self._closing:
            self.write_eof()
            self._closing = True
            self._loop.call_soon(self._fly)

    def abort(self) -> None:
        self._closing = True
        self._flying.clear()
        self._loop.call_soon(self._end, None)
        self._loop.call_soon(self.other._end, ConnectionResetError("Connection reset by peer"))

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        self._loop.call_soon(self.other._fly)

    def is_reading(self) -> bool:
        return self._reading

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return dict(zip(("sockname", "peername"), self._names, strict=True)).get(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._asking()

    def get_write_buffer_size(self) -> int:
        return self._flying_octets

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return HIGH_WATER_OCTETS // 4, HIGH_WATER_OCTETS

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        return

    def _asking(self) -> asyncio.Protocol:
        assert isinstance(self._protocol, asyncio.Protocol)
        return self._protocol

    def _fly(self) -> None:
        while self._flying and self.other._reading and not self.other._lost:
            item = self._flying.pop(0)
            if item is None:
                if not self.other._asking().eof_received():
                    self.other.close()
            else:
                self._flying_octets -= len(item)
                self.other._asking().data_received(item)
        if self._paused and self._flying_octets <= HIGH_WATER_OCTETS // 4:
            self._paused = False
            self._asking().resume_writing()
        if self._closing and not self._flying:
            self._end(None)

    def _end(self, fault: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._closing = True
            self._asking().connection_lost(fault)
            if fault is None:
                self._loop.call_soon(self.other._hang_up)

    def _hang_up(self) -> None:
        """The other end has gone for good: nothing written from now on can arrive."""
        self._flying.clear()
        self._closing = True
        self._end(None)


def join(loop: asyncio.AbstractEventLoop, client: asyncio.Protocol, server: asyncio.Protocol) -> MemoryEnd:
    """Join a client's protocol and a server's; the result is the client's end."""
    here, there = MemoryEnd(loop, ("client", "server")), MemoryEnd(loop, ("server", "client"))
    here.other, there.other = there, here
    there.start(server)
    here.start(client)
    return here
