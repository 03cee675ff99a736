"""An event loop on virtual time: waiting costs nothing, because the clock jumps.

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(an_hour_of_work())   # takes milliseconds; loop.time() then says 3600.0

Guarantees:

- The clock starts where it is told to, at 0.0 by default, and moves only by jumping to the
  next timer. Code that runs takes no virtual time.
- Timers fire in the order of their times, each when the clock shows exactly that time.
- Real sockets work if both ends are on this loop. What is on its way is delivered first.
- While an executor's thread works, the clock stands still. Its result is waited for in real time.
- A program that waits for nothing (no timer, no thread, no byte under way) ends with
  `StuckError` instead of hanging.

What another process, or a thread that no executor started, sends later is not waited for.
"""

import asyncio
import math
import selectors
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Ready = list[tuple[selectors.SelectorKey, int]]

RESOLUTION_S = 1e-9
"""Timers less than this apart fire together, as on asyncio's own loop."""

SETTLING_S = 0.001
"""Real time that a byte may take between two sockets of this machine."""


class StuckError(Exception):
    """Everybody waits: nothing is ready, and no timer is set."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time."""

    _scheduled: list[asyncio.TimerHandle]  # asyncio's own heap of timers
    _clock_resolution: float

    def __init__(self, start_s: float = 0.0) -> None:
        self._threads_at_work = 0
        super().__init__(_Waiting(self._wait))
        self._jump(start_s)

    def time(self) -> float:
        """Return the virtual time, in seconds."""
        return self._now_s

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*Arguments], Result],
        *args: *Arguments,
    ) -> "asyncio.Future[Result]":
        """Run `func` in a real thread; no virtual time passes until it has returned."""
        future = super().run_in_executor(executor, func, *args)
        self._threads_at_work += 1
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  asyncio's
        """Wait in real time for the default executor's threads, however long they take."""
        self._threads_at_work += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._threads_at_work -= 1

    def _thread_done(self, _: "asyncio.Future[Result]") -> None:
        self._threads_at_work -= 1

    def _jump(self, to_s: float) -> None:
        self._now_s = to_s
        # At times so large that a nanosecond more is the same number, a timer would never fall due.
        self._clock_resolution = max(RESOLUTION_S, math.ulp(to_s))

    def _wait(self, selector: "_Waiting", timeout_s: float | None) -> Ready:
        ready = selector.poll(0.0)
        if ready or (timeout_s is not None and timeout_s <= 0.0):
            return ready
        if self._threads_at_work:
            return selector.poll(None)
        if selector.has_sockets:
            ready = selector.poll(SETTLING_S)
            if ready:
                return ready
        if timeout_s is None:
            raise StuckError("nothing is ready and nothing is scheduled")
        # The timer's own time, as asyncio waits for a day at most and the sum may be rounded.
        self._jump(max(self._now_s, self._scheduled[0].when()))
        return []


class _Waiting(selectors.DefaultSelector):
    """The real selector, except that the loop says how to wait."""

    def __init__(self, wait: Callable[["_Waiting", float | None], Ready]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> Ready:
        return self._wait(self, timeout)

    def poll(self, timeout_s: float | None) -> Ready:
        return super().select(timeout_s)

    @property
    def has_sockets(self) -> bool:
        return len(self.get_map()) > 1  # one is the loop's own, by which threads wake it


class InPlaceExecutor(ThreadPoolExecutor):
    """Starts no thread: submitted work is done at once, so its order is fixed."""

    def submit(
        self,
        fn: Callable[Parameters, Result],
        /,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Future[Result]:
        """Call `fn`, and return a future that is done."""
        done: Future[Result] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done
