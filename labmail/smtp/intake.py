"""What a client has sent and its server has not heard yet, cut into pieces. RFC 5321 section 2.3.8.

A piece ends at a line feed, or is as long as a piece may be: never what TCP made of it. There are many of them in a
letter, so a piece that is there costs one search and one slice; nobody waits but for one that is not.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

__all__ = ["Intake", "Over"]


class Over(Exception):
    """The client has sent everything. `octets`: what came after the last piece."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(octets)
        self.octets = octets


class Readable(Protocol):
    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Intake:
    """`source` is where it comes from: it pauses while more than two pieces' worth lies here."""

    def __init__(self, source: Readable, piece_max_octets: int) -> None:
        self._source, self._piece_max_octets = source, piece_max_octets
        self._octets, self._at = b"", 0  # what came, and how much of that is taken
        self._over = self._paused = False
        self._awaited: asyncio.Future[None] | None = None

    def feed(self, octets: bytes) -> None:
        self._octets, self._at = self._octets[self._at :] + octets, 0
        if not self._paused and len(self._octets) > 2 * self._piece_max_octets:
            self._paused = True
            self._source.pause_reading()
        self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self._over = True
        self._wake()

    def next(self) -> bytes | None:
        """The next piece, if it is whole."""
        end, longest = self._octets.find(b"\n", self._at) + 1, self._at + self._piece_max_octets
        if end > longest + 1 or (not end and len(self._octets) > longest):
            end = longest
        if not end:
            return None
        return self._take(end)

    async def piece(self) -> bytes:
        """The next piece, as soon as it is whole; `Over` if it never will be."""
        while (piece := self.next()) is None:
            if self._over:
                raise Over(self.rest())
            self._awaited = asyncio.get_running_loop().create_future()
            try:
                await self._awaited
            finally:
                self._awaited = None
        return piece

    def rest(self) -> bytes:
        """All that is left, whole or not."""
        return self._take(len(self._octets))

    def _take(self, end: int) -> bytes:
        taken, self._at = self._octets[self._at : end], end
        if self._paused and len(self._octets) - end <= self._piece_max_octets:
            self._paused = False
            self._source.resume_reading()
        return taken

    def _wake(self) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)
