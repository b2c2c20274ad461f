"""A gate: one direction of a wire, through which every octet passes in order. Its kinds are the weather.

Hold keeps what comes until it is released; delay lets it through later, in lab time; drop loses it, and after that
the sender's TCP gives up. An attacker's weather alters what is in the clear, shows a certificate of its own, or answers
in a name server's place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labmail.net.forging import Lie
from labmail.net.stripping import without_starttls

if TYPE_CHECKING:
    import asyncio

    from labmail.net.loop import Loop

__all__ = ["TCP_GIVES_UP_S", "Gate", "Weather"]

TCP_GIVES_UP_S = 924  # lab seconds until a sender gives up repeating itself: 15 tries, Linux's tcp_retries2


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What a direction does to octets. The default lets all through at once."""

    hold: bool = False
    delay_s: float = 0  # lab seconds
    drop: bool = False
    attacker: str = ""  # the host that does what follows
    strip: bool = False  # it makes STARTTLS unreadable
    certificate: str = ""  # of which kind the one is that it shows the client in place of the server's
    lies: tuple[Lie, ...] = ()  # what it answers in a name server's place


FAIR = Weather()


class Gate:
    """`put` what comes; it leaves through `deliver`, in order. An item is octets, or a word such as "close"."""

    def __init__(
        self,
        loop: Loop,
        deliver: Callable[[bytes | str], None],
        give_up: Callable[[], None],
        why: str,
        altered: Callable[[bytes, str], None] = lambda octets, by: None,
    ) -> None:
        self._loop, self._deliver, self._give_up, self._why, self._altered = loop, deliver, give_up, why, altered
        self._weather, self._fair = FAIR, True
        self.whole = False  # under TLS there are no lines: what came together is let go together
        self._waiting: deque[bytes | str] = deque()
        self._passing: asyncio.Task[None] | None = None

    @property
    def weather(self) -> Weather:
        return self._weather

    @property
    def waiting(self) -> tuple[bytes | str, ...]:
        return tuple(self._waiting)

    def change(self, weather: Weather) -> None:
        """From now on it does this; what waits goes on if it may."""
        self._weather, self._fair = weather, weather == FAIR
        self._pass_on()

    def put(self, item: bytes | str) -> None:
        if self._weather.strip and isinstance(item, bytes) and not self.whole:
            item = self._strip(item)
        if self._weather.drop and isinstance(item, bytes):
            if self._passing is None:
                self._passing = self._loop.loop.create_task(self._lose())
        elif self._fair and not self._waiting:
            self._deliver(item)
        else:
            # only while something is held is it cut into lines, so that one line can be let go
            lines = isinstance(item, bytes) and not self.whole
            self._waiting.extend(item.splitlines(keepends=True) if isinstance(item, bytes) and lines else [item])
            self._pass_on()

    def _strip(self, octets: bytes) -> bytes:
        lines = []
        for line in octets.splitlines(keepends=True):
            lines.append(without_starttls(line))
            if lines[-1] != line:
                self._altered(lines[-1], self._weather.attacker)
        return b"".join(lines)

    def release(self, count: int | None = None) -> int:
        """Let that many of the waiting lines go, or all; the gate stays as it is. The result is how many went."""
        going = len(self._waiting) if count is None else min(count, len(self._waiting))
        for _ in range(going):
            self._deliver(self._waiting.popleft())
        return going

    def end(self) -> None:
        """The wire is gone, and what waits with it."""
        self._waiting.clear()
        if self._passing is not None:
            self._passing.cancel()

    def _pass_on(self) -> None:
        if self._weather.hold or self._passing is not None:
            return
        if self._weather.delay_s and self._waiting:
            self._passing = self._loop.loop.create_task(self._delay())
        else:
            self.release()

    async def _delay(self) -> None:
        try:
            while self._waiting and not self._weather.hold:
                due = len(self._waiting)  # what came together travels together
                await self._loop.wait(self._weather.delay_s, f"a slow wire ({self._why})")
                self.release(due)
        finally:
            self._passing = None

    async def _lose(self) -> None:
        try:
            await self._loop.wait(TCP_GIVES_UP_S, f"a wire that loses everything ({self._why})")
            self._give_up()
        finally:
            self._passing = None
