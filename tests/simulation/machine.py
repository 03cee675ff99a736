"""The machine of a simulated process: its clock, threads, network and death.

No real time passes and no byte leaves the process. The event loop is `VirtualTimeLoop`, whose clock
jumps to the next timer. Two things are replaced: work for a thread is done in place after a time
drawn from the seed, and connections end in the simulated network. Everything above runs as it
is: aiohttp and its parser, SQLite and its commits, the command's own wiring. (simloop and
simloom also schedule by a seed, but need Python 3.12 and bring sockets of their own.)

Callbacks that are ready together keep their order. asyncio promises to run them in the order in
which they became ready, and code may rely on that; shuffling them would find faults that cannot
happen. The order varies only with what really varies: how long answers, commits and threads
take, all drawn from the seed.

A process that is paused (`pause`) does nothing while the tenant works on and answers come in. When
it runs again its sockets are read before its timers, as on asyncio's own loop, and its clock is the
`WorkingClock` of the command, over a clock that has gone on.

A process is killed between two steps of its loop, or within one (a commit, a request). From then on
it is `dead`: none of its bytes reach the wire, and its run directory has been copied as it was at
that instant. Its remaining coroutines are closed in that sandbox, because Python has no other way
to drop them.
"""

import asyncio
import concurrent.futures
import heapq
import math
import random
import socket
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from cxone_async.commands.event_loop import HEARTBEAT_S, WorkingClock
from cxone_async.journal.database import JournalDatabase
from cxone_async.journal.head import HeadFile
from cxone_async.testing.clock import InPlaceExecutor, StuckError, VirtualTimeLoop

Result = TypeVar("Result")

IN_PLACE = InPlaceExecutor()


class EndlessError(Exception):
    """The program ran longer than any of its work can take."""


class Surroundings(Protocol):
    """What a loop needs from the start that it runs."""

    async def connect(self) -> None: ...

    def transport(self, protocol: asyncio.Protocol, sock: socket.socket) -> asyncio.Transport: ...

    def commit(self, write: Callable[[], None], entries: list[Any]) -> None: ...

    def keep_head(self, write: Callable[[], None]) -> None: ...

    def step(self, number: int) -> None: ...


class SimulatedLoop(VirtualTimeLoop):
    """A loop on virtual time that runs threads in place and simulates the network."""

    _ready: deque[asyncio.Handle]  # asyncio's own

    def __init__(self, now_s: float, rng: random.Random, longest_s: float) -> None:
        self.real_s = self._now_s = now_s
        self._paused_with_lag_s: float | None = None
        self._clock = WorkingClock(lambda: self.real_s, lambda _: None)
        self._ends_s = now_s + longest_s
        super().__init__(now_s)
        self._rng = rng
        self._free_s: dict[concurrent.futures.Executor, float] = {}
        self.surroundings: Surroundings | None = None
        self.steps = 0

    def time(self) -> float:
        """Return the time by the command's clock; `real_s` is everybody else's."""
        if self._paused_with_lag_s is not None:
            return self.real_s - self._paused_with_lag_s
        self._now_s = self._clock.time_s()
        return self._now_s

    @property
    def lag_s(self) -> float:
        """How far the command's clock is behind the real one."""
        return self.real_s - self.time()

    def _jump(self, to_s: float) -> None:
        real_s = to_s + self.lag_s
        while self.real_s + HEARTBEAT_S < real_s:
            self.real_s += HEARTBEAT_S
            self._clock.time_s()
        self.real_s = real_s
        super()._jump(to_s)
        if to_s > self._ends_s:
            raise EndlessError(f"still going after {self._ends_s:.0f} s")

    def pause(
        self, length_s: float, goes_on: Callable[[Any], bool], waits: Callable[[Any], bool]
    ) -> None:
        """Do not run for this long.

        Timers whose callback `goes_on` are not the process's and fire meanwhile. Those whose
        callback `waits` bring something for the process; it finds that when it runs again.
        """
        lag_s = self._paused_with_lag_s = self.lag_s
        ends_s = self.real_s + length_s
        while True:
            due = [
                timer
                for timer in self._scheduled
                if not timer.cancelled()
                and (goes_on(timer._callback) or waits(timer._callback))  # type: ignore[attr-defined]
                and timer.when() + lag_s <= ends_s
            ]
            if not due:
                break
            timer = min(due, key=lambda each: each.when())
            self._scheduled.remove(timer)
            heapq.heapify(self._scheduled)
            self.real_s = max(self.real_s, timer.when() + lag_s)
            if goes_on(timer._callback):  # type: ignore[attr-defined]
                timer._run()
            else:
                self._ready.append(timer)
        self.real_s = ends_s
        self._paused_with_lag_s = None
        gained_s = self.lag_s - lag_s
        for timer in self._scheduled:
            if goes_on(timer._callback) or waits(timer._callback):  # type: ignore[attr-defined]
                timer._when -= gained_s  # type: ignore[attr-defined]
        heapq.heapify(self._scheduled)

    def _write_to_self(self) -> None:
        """Do nothing: only the loop's own thread calls this."""

    def _run_once(self) -> None:
        self.steps += 1
        if self.surroundings is not None:
            self.surroundings.step(self.steps)
        super()._run_once()  # type: ignore[misc]

    def run(self, main: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Run until `main` has ended or `stop` was called."""
        task = self.create_task(main, name="main")
        task.add_done_callback(lambda _: self.stop())
        self.run_forever()
        return task

    def clear_away(self) -> None:
        """Close the remaining coroutines in the sandbox, then the loop."""
        self.set_exception_handler(lambda _loop, _context: None)
        self._ends_s = math.inf
        self.surroundings = None
        for _ in range(3):
            left = [task for task in asyncio.all_tasks(self) if not task.done()]
            for task in left:
                task.cancel()
            if not left:
                break
            gathering = self.create_task(_all_done(left))
            gathering.add_done_callback(lambda _: self.stop())
            try:
                self.run_forever()
            except StuckError:
                continue
        for executor in self._free_s:
            executor.shutdown()
        self._ready.clear()
        self._scheduled.clear()
        self.close()

    # Threads

    def run_in_executor(  # type: ignore[override]
        self, executor: concurrent.futures.Executor | None, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        future = self.create_future()
        if executor is None:
            self.call_later(self._rng.expovariate(2000.0), self._work, future, func, args)
            return future
        if executor not in self._free_s:
            # No thread is started: work submitted directly to an executor is done at once too.
            executor.submit = IN_PLACE.submit  # type: ignore[method-assign]
        begins_s = max(self._now_s, self._free_s.get(executor, 0.0)) + self._rng.expovariate(500.0)
        ends_s = begins_s + self._rng.expovariate(500.0)
        self._free_s[executor] = ends_s
        self.call_at(begins_s, self._work_in, future, func, args, ends_s)
        return future

    def _work(
        self, future: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        if future.cancelled():
            return
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)

    def _work_in(
        self,
        future: "asyncio.Future[Any]",
        func: Callable[..., Any],
        args: tuple[Any, ...],
        ends_s: float,
    ) -> None:
        if future.cancelled():
            return

        def work() -> Any:
            return func(*args)

        result, failure = None, None
        try:
            owner = getattr(func, "__self__", None)
            if (
                self.surroundings is not None
                and isinstance(owner, JournalDatabase)
                and func.__name__ == "append"
            ):
                self.surroundings.commit(work, args[0])
            elif self.surroundings is not None and isinstance(owner, HeadFile):
                self.surroundings.keep_head(work)
            else:
                result = work()
        except Exception as error:
            failure = error
        self.call_at(ends_s, self._tell, future, result, failure)

    def _tell(self, future: "asyncio.Future[Any]", result: Any, failure: Exception | None) -> None:
        if future.done():
            return
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(result)

    # Network

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        if self.surroundings is None:
            raise ConnectionRefusedError(111, "Connection refused")
        await self.surroundings.connect()

    async def create_connection(  # type: ignore[override]
        self, factory: Callable[[], asyncio.Protocol], *, sock: socket.socket, **_: Any
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        if self.surroundings is None:
            raise ConnectionRefusedError(111, "Connection refused")
        protocol = factory()
        transport = self.surroundings.transport(protocol, sock)
        protocol.connection_made(transport)
        return transport, protocol


async def _all_done(tasks: list["asyncio.Task[Any]"]) -> None:
    await asyncio.wait(tasks, timeout=60.0)
