"""The event loop of a command: its clock stands still while the process does not run.

A process may be stopped (SIGSTOP, a debugger), suspended with its machine, or swapped out. When it
runs again, a timer that asks the system's clock takes the pause for silence of the tenant: answers
that lie in the sockets are thrown away unread, patience is at its end, the deadline has passed.

Guarantee: on `PauseAwareLoop`, time in which the process did not run is no time. Every timeout,
deadline and patience goes on where it was, so what lies in a socket is read before a timer judges.
A window of the quota is as long as without the pause or longer, so the quota is kept. Pauses from
`TOLD_FROM_S` are logged.

How it is known: the loop looks at the clock at least every `HEARTBEAT_S`. When more than
`LONGEST_STEP_S` lie between two looks, the process did not run, or one step of it took that long;
either way nothing was read from a socket meanwhile.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from cxone_async.logs import log

HEARTBEAT_S: Final = 0.5
LONGEST_STEP_S: Final = 1.5
TOLD_FROM_S: Final = 5.0

Result = TypeVar("Result")


class WorkingClock:
    """A clock that leaves out the time in which nobody looked at it.

    `read_s` reads a clock that does not run backwards. `tell` is given each time that was left
    out, in seconds.
    """

    def __init__(self, read_s: Callable[[], float], tell: Callable[[float], None]) -> None:
        self._read_s = read_s
        self._tell = tell
        self._seen_s = read_s()
        self._left_out_s = 0.0

    def time_s(self) -> float:
        """Return the time by this clock."""
        now_s = self._read_s()
        gap_s = now_s - self._seen_s
        self._seen_s = now_s
        if gap_s > LONGEST_STEP_S:
            self._left_out_s += gap_s
            self._tell(gap_s)
        return now_s - self._left_out_s


class PauseAwareLoop(asyncio.SelectorEventLoop):
    """An event loop by a `WorkingClock` over the clock that `read_s` reads."""

    def __init__(self, read_s: Callable[[], float] = time.monotonic) -> None:
        self._working_clock = WorkingClock(read_s, self._left_out)
        super().__init__(_Attentive())

    def time(self) -> float:
        """Return the time in which the process ran, in seconds."""
        return self._working_clock.time_s()

    def _left_out(self, gap_s: float) -> None:
        # Not in the middle of whatever asked for the time.
        if gap_s >= TOLD_FROM_S and not self.is_closed():
            self.call_soon(log_pause, gap_s)


def log_pause(pause_s: float) -> None:
    """Log that the process did not run for so long."""
    log.warning("paused_process", pause_s=round(pause_s, 1))


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run `main` to its end on a loop of its own that allows for pauses of the process."""
    with asyncio.Runner(loop_factory=PauseAwareLoop) as runner:
        return runner.run(main)


class _Attentive(selectors.DefaultSelector):
    """The real selector, except that it returns after `HEARTBEAT_S` at the latest."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(HEARTBEAT_S if timeout is None else min(timeout, HEARTBEAT_S))
