"""SIGTERM, SIGINT and SIGHUP drain a run; a second one ends it at once.

All leave a run that the same command resumes. SIGHUP comes when a terminal or a connection to the
machine is gone; a run that was started with `nohup` goes on.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager

from cxone_async.cli.process import signal_that_came, stopping_signals
from cxone_async.errors import CXoneError, InterruptedRunError
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted


def _nothing() -> None:
    return None


class StopSwitch(RunObserver):
    """What a signal does: drains the run when there is one, else cancels the command."""

    def __init__(self, command: asyncio.Task[object] | None, told: Callable[[], None]) -> None:
        self._command = command
        self._told = told
        self._signal_name = ""
        self._stop: Callable[[CXoneError], None] | None = None

    def run_started(self, event: RunStarted) -> None:
        """Learn how the run is stopped; a plan cannot be, except by cancelling it."""
        self._stop = event.stop

    def run_ended(self, event: RunEnded) -> None:
        """Forget the run."""
        self._stop = None

    def press(self, number: signal.Signals) -> None:
        """Stop for this signal; a second press stops at once."""
        self._signal_name = number.name
        self._told()
        if self._stop is not None:
            self._stop(self.reason())
        elif self._command is not None:
            self._command.cancel()

    def reason(self) -> InterruptedRunError:
        """Return the error that the signal ends a command with."""
        return InterruptedRunError(
            f"stopped by {self._signal_name}; run the same command to resume"
        )


@asynccontextmanager
async def stopped_by_signals(told: Callable[[], None] = _nothing) -> AsyncIterator[StopSwitch]:
    """Stop the block on a signal, and call `told`; one that came before stops it at its first wait.

    Raises InterruptedRunError when that cancels the block.
    """
    switch = StopSwitch(asyncio.current_task(), told)
    with _answered_by(switch.press):
        if (number := signal_that_came()) is not None:
            switch.press(number)
        try:
            yield switch
        except asyncio.CancelledError:
            raise switch.reason() from None


async def unless_signalled(work: Coroutine[object, object, None]) -> None:
    """Do what a signal gives up, and nothing else: the command ends as it would have."""
    task = asyncio.create_task(work)
    with _answered_by(lambda _number: task.cancel()):
        await asyncio.wait([task])


@contextmanager
def _answered_by(answer: Callable[[signal.Signals], object]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in stopping_signals()}
    for number in before:
        loop.add_signal_handler(number, answer, number)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
