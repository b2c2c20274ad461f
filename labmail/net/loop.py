"""One loop in one thread, and how the rest of the world reaches it.

Theory of operation. The loop's selector is an Ear: when there is nothing to read and nothing to run, it lets the pace
go one step on. Work in a thread counts as busy while it computes, and not while it waits for the loop.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import inspect
import selectors
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from labmail.errors import LabError, LabStopped, NoRest
from labmail.net.pace import Pace

__all__ = ["REST_MAX_S", "STOP_MAX_S", "Loop"]

T = TypeVar("T")

REST_MAX_S = 30.0  # real seconds until we say that the lab does not come to rest: a limit against hanging
FORGET_TURNS = 3  # of the loop: what begins in one can be cancelled in the next
STOP_MAX_S = 5.0  # real seconds for the loop to let go of everything


class _Ear(selectors.DefaultSelector):
    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if (timeout is not None and timeout <= 0) or self._loop.idle or self._loop.stopped:  # 0: callbacks wait to run
            return super().select(timeout)
        ready = super().select(0)
        return ready if ready or self._loop.step() else super().select(timeout)


class _Here(threading.local):
    counted: Loop | None = None  # the loop that counts this thread as busy

    def __init__(self) -> None:
        self.told: list[Callable[[], object]] = []  # what it has to hear, and has not heard yet


_here = _Here()


class Loop(Pace):
    """A daemon thread with an asyncio loop, lab time and background work."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._pending: set[concurrent.futures.Future[Any]] = set()
        self._stopping = False
        self._thread = threading.Thread(target=self._main, name="labmail", daemon=True)
        self._ended = asyncio.Event()
        started: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._started = started
        self._thread.start()
        started.result(STOP_MAX_S)

    # ---- the thread

    def _main(self) -> None:
        def make() -> asyncio.AbstractEventLoop:
            return asyncio.SelectorEventLoop(_Ear(self))

        with asyncio.Runner(loop_factory=make) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(self._unheard)
        self._root = asyncio.current_task()
        self._started.set_result(None)
        await self._ended.wait()
        await self.close()

    def _unheard(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not self._stopping:
            loop.default_exception_handler(context)

    async def forget(self) -> None:
        """Drop all background work and all that the agenda holds; whoever waits is cancelled."""
        self._jobs.clear()
        if self._working is not None:
            self._working[1].cancel()
        me = asyncio.current_task()
        told: set[asyncio.Task[Any] | None] = {me, self._root}
        for _ in range(FORGET_TURNS):
            for task in asyncio.all_tasks() - told:
                if _has_begun(task):  # asyncio would never close a connection whose first step is cancelled
                    told.add(task)
                    task.cancel()
            await asyncio.sleep(0)
        self.agenda.reset()

    async def close(self) -> None:
        """Let go of what belongs to the loop: on the loop, as the last thing it does."""

    def stop(self) -> None:
        """End the thread and all that waits for it. Twice is fine."""
        self._refuse_on_loop("stop")
        self.stop_soon()
        self._thread.join(STOP_MAX_S)

    def stop_soon(self) -> None:
        """As `stop`, without waiting for the end: for a finalizer, which may run on any thread."""
        with self._lock:
            first, self._stopping = not self._stopping, True
            pending, self._pending = self._pending, set()
        for future in pending:
            future.set_exception(LabStopped("the lab has stopped"))
        if first:
            self.loop.call_soon_threadsafe(self._ended.set)

    @property
    def stopped(self) -> bool:
        return self._stopping

    # ---- from any other thread

    @property
    def counts_this_thread(self) -> bool:
        """It was begun by `in_thread`, and is work."""
        return _here.counted is self

    def tell(self, function: Callable[[], object]) -> None:
        """Have the loop run it soon, after what was told before.

        What a check tells goes along with its next call, or its result: to wake the loop for each word of it would
        take longer than the check.
        """
        if self.counts_this_thread:
            _here.told.append(function)
        else:
            self.loop.call_soon_threadsafe(function)

    def _hand_over(self, function: Callable[[], object]) -> None:
        """To the loop, with what this thread has told it."""
        told, _here.told = _here.told, []

        def act() -> None:
            for each in told:
                each()
            function()

        self.loop.call_soon_threadsafe(act if told else function)

    def call(self, function: Callable[..., T], *args: object) -> T:
        """Run a function on the loop, and wait for its result. At once: nothing has to settle before."""
        self._refuse_on_loop(getattr(function, "__name__", "this"))
        future = self._expect()

        def act() -> None:
            try:
                result = function(*args)
            except Exception as fault:
                self._answer(future, fault=fault)
            else:
                self._answer(future, result)

        self._hand_over(act)
        result: T = future.result()
        return result

    def run(self, coroutine: Coroutine[Any, Any, T], rest_s: float = REST_MAX_S) -> T:
        """Run a coroutine on the loop and wait for its result; an interrupt cancels it.

        What came before settles first, within `rest_s` real seconds, unless the loop itself began this thread.
        """
        try:
            self._refuse_on_loop(getattr(coroutine, "__qualname__", "this"))
            future = self._expect()
        except LabError:
            coroutine.close()
            raise
        counted = _here.counted is self
        name = threading.current_thread().name
        task: asyncio.Task[T] | None = None

        def begin() -> None:
            nonlocal task
            if counted:
                self._busy.remove(name)
            task = self.loop.create_task(coroutine if counted else self._after_rest(coroutine, rest_s))
            task.add_done_callback(end)

        def end(done: asyncio.Task[T]) -> None:
            if counted:
                self._busy.append(name)
            coroutine.close()  # cancelled before it began, it would complain; ended, this does nothing
            if done.cancelled():
                self._answer(future, fault=LabStopped("the lab was reset, or has stopped, while this waited"))
            elif fault := done.exception():
                self._answer(future, fault=fault)
            else:
                self._answer(future, done.result())

        self._hand_over(begin)
        try:
            return future.result()  # type: ignore[no-any-return]
        except KeyboardInterrupt:
            self.loop.call_soon_threadsafe(lambda: task and task.cancel())
            raise

    def settle(self, limit_s: float = REST_MAX_S) -> bool:
        """Wait until nothing moves: no job, no check at work, nobody waiting for the clock. Whether it came to that."""
        try:
            self.run(_nothing(), limit_s)
        except NoRest:
            return False
        return True

    async def _after_rest(self, coroutine: Coroutine[Any, Any, T], limit_s: float) -> T:
        if not await self.rest(limit_s):
            raise NoRest(f"the lab did not come to rest within {limit_s:g} s. {self.why()}")
        return await coroutine

    async def rest(self, limit_s: float) -> bool:
        """On the loop: until nothing moves, at most so many real seconds. Whether it came to that."""
        rest = self.loop.create_future()
        self._settlers.append(rest)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await rest
        return not rest.cancelled()

    def _expect(self) -> concurrent.futures.Future[Any]:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        with self._lock:
            if self._stopping:
                raise LabStopped("the lab has stopped; make a new one with Lab()")
            self._pending.add(future)
        return future

    def _answer(
        self, future: concurrent.futures.Future[Any], result: object = None, fault: BaseException | None = None
    ) -> None:
        with self._lock:
            if future not in self._pending:  # stopped meanwhile: it has its answer
                return
            self._pending.discard(future)
        if fault is not None:
            future.set_exception(fault)
        else:
            future.set_result(result)

    def _refuse_on_loop(self, what: str) -> None:
        if threading.current_thread() is self._thread:
            raise LabError(f"{what} would wait for itself: it was called on the lab's own loop; use net.in_thread")

    # ---- on the loop

    async def in_thread(self, function: Callable[[], T], why: str = "") -> T:
        """Run blocking work in a thread of its own: a shared pool would run dry, and then stand still."""
        future: asyncio.Future[T] = self.loop.create_future()
        name = why or getattr(function, "__name__", "a check")
        self._busy.append(name)
        context = contextvars.copy_context()

        def done(result: Any, fault: BaseException | None) -> None:
            self._busy.remove(name)
            if future.cancelled():
                return
            if fault is not None:
                future.set_exception(fault)
            else:
                future.set_result(result)

        def work() -> None:
            _here.counted = self
            result, fault = None, None
            try:
                result = function()
            except BaseException as caught:
                fault = caught
            try:
                self._hand_over(partial(done, result, fault))
            except RuntimeError:  # the loop has closed: nobody waits for this any more
                return

        threading.Thread(target=context.run, args=(work,), name=name, daemon=True).start()
        return await future


def _has_begun(task: asyncio.Task[Any]) -> bool:
    coroutine = task.get_coro()
    return not inspect.iscoroutine(coroutine) or inspect.getcoroutinestate(coroutine) != inspect.CORO_CREATED


async def _nothing() -> None:
    return
