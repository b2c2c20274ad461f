"""Lab time: it stands still until something waits for it.

Nothing in the lab sleeps in real time. A wait is an entry in the agenda; when all else is quiet, the clock jumps to
the next entry. So a retry after four hours takes no time, and the same steps give the same times on every machine.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from labmail.errors import LabError

__all__ = ["FIRST_MINUTE", "Agenda", "Clock", "Entry"]

FIRST_MINUTE = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)  # a Monday


class Entry:
    """Something that falls due; `cancel` takes it out."""

    __slots__ = ("cancelled", "due", "wake")

    def __init__(self, due: datetime, wake: Callable[[], None]) -> None:
        self.due, self.wake, self.cancelled = due, wake, False

    def cancel(self) -> None:
        self.cancelled = True


class Agenda:
    """What falls due, in order of time and then of entry. It knows no loop and no thread."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to the first minute, with nothing to come."""
        self.now = FIRST_MINUTE
        self._heap: list[tuple[datetime, int, Entry]] = []
        self._order = itertools.count()

    def enter(self, seconds: float, wake: Callable[[], None]) -> Entry:
        entry = Entry(self.now + timedelta(seconds=seconds), wake)
        heapq.heappush(self._heap, (entry.due, next(self._order), entry))
        return entry

    def next_due(self) -> datetime | None:
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def step(self) -> timedelta | None:
        """Go to the next entry and wake it. The result is how far the clock jumped; None: the agenda is empty."""
        due = self.next_due()
        if due is None:
            return None
        jump, self.now = due - self.now, due
        heapq.heappop(self._heap)[2].wake()
        return jump


class Clock:
    """The lab's clock as a learner holds it; `advance` is how the lab lets time pass."""

    def __init__(self, agenda: Agenda, advance: Callable[[float], None]) -> None:
        self._agenda, self._advance = agenda, advance

    @property
    def now(self) -> datetime:
        return self._agenda.now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let lab time pass: what falls due meanwhile runs, in order, before this returns."""
        passing = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if passing < timedelta(0):
            raise LabError(f"the clock runs forward only: {passing.total_seconds():g} s is less than 0")
        self._advance(passing.total_seconds())

    def __repr__(self) -> str:
        return f"{self.now:%A %-d %B %Y, %H:%M:%S} +0000"
