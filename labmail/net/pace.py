"""The lab's pace: what happens next when there is nothing to read and nothing to run.

A fixed order: the next background job, then the next entry of the agenda if someone stands waiting, then whoever asked
to be told that all is quiet. So for one client thread at a time, the order of events is the same on every run.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import TypeVar

from labmail.clock import Agenda, Entry

__all__ = ["Job", "Pace"]

T = TypeVar("T")
Job = Callable[[], Awaitable[object]]


class Pace:
    """Lab time, background work and quiet. On the loop's thread only."""

    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        self.agenda = Agenda()
        self._busy: list[str] = []  # what runs in threads, in words
        self._awaited: list[tuple[Entry, str]] = []  # who stands in wait(), in words
        self._jobs: deque[tuple[str, Job]] = deque()
        self._working: tuple[str, asyncio.Task[None]] | None = None
        self._settlers: list[asyncio.Future[None]] = []

    async def wait(self, seconds: float, why: str = "") -> None:
        """Stand until that much lab time has passed."""
        due: asyncio.Future[None] = self.loop.create_future()
        with self._standing(seconds, lambda: None if due.done() else due.set_result(None), why):
            await due

    async def wait_for(self, awaitable: Awaitable[T], seconds: float, why: str = "") -> T:
        """Its result; TimeoutError, and it is cancelled, after that much lab time."""
        task = asyncio.ensure_future(awaitable)
        due = False

        def give_up() -> None:
            nonlocal due
            due = task.cancel()

        try:
            with self._standing(seconds, give_up, why):
                return await task
        except asyncio.CancelledError:
            task.cancel()
            if due:
                raise TimeoutError(why) from None
            raise

    @contextlib.contextmanager
    def _standing(self, seconds: float, wake: Callable[[], None], why: str) -> Iterator[None]:
        """Someone waits for the clock: only then may it jump."""
        entry = self.agenda.enter(seconds, wake)
        mark = (entry, why)
        self._awaited.append(mark)
        try:
            yield
        finally:
            entry.cancel()
            self._awaited.remove(mark)

    def later(self, seconds: float, job: Job, why: str) -> Entry:
        """Enter a job in the agenda; nobody stands waiting for it, so the clock does not jump on its account."""
        return self.agenda.enter(seconds, lambda: self.soon(job, why))

    def soon(self, job: Job, why: str) -> None:
        """A background job: one at a time, once all else is quiet."""
        self._jobs.append((why, job))

    @property
    def idle(self) -> bool:
        """Nobody asks for a step: what comes next comes from outside."""
        return not (self._jobs or self._awaited or self._settlers)

    def step(self) -> bool:
        """Nothing to read and nothing to run: go one step on, and say whether there was one."""
        if self._busy:
            return False
        if self._jobs and self._working is None:
            why, job = self._jobs.popleft()
            self._working = why, self.loop.create_task(self._work(why, job))
        elif self._awaited:
            jump = self.agenda.step()
            if jump:
                self.jumped(jump)
        elif self._settlers:
            settlers, self._settlers = self._settlers, []
            for rest in settlers:
                if not rest.done():
                    rest.set_result(None)
        else:
            return False
        return True

    async def _work(self, why: str, job: Job) -> None:
        try:
            await job()
        except Exception as fault:
            self.failed(why, fault)
        finally:
            self._working = None

    def failed(self, why: str, fault: Exception) -> None:
        """A job raised: our own bug, and it must be heard. On the loop."""
        self.loop.call_exception_handler({"message": f"labmail: the job «{why}» failed", "exception": fault})

    def jumped(self, jump: timedelta) -> None:
        """The clock jumped: on the loop."""

    def why(self) -> str:
        """What waits for what, in words."""
        parts = [f"{why or 'someone'} waits for the clock until {entry.due:%H:%M:%S}" for entry, why in self._awaited]
        parts += [f"{name} is at work in a thread" for name in self._busy]
        parts += [f"the job «{self._working[0]}» is at work"] if self._working else []
        parts += [f"the job «{why}» waits its turn" for why, _ in self._jobs]
        return "; ".join(parts) + "." if parts else "Nothing waits."
