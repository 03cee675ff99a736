"""What a signal does to a command."""

import asyncio
import os
import signal

import pytest

from cxone_async.cli.signals import stopped_by_signals
from cxone_async.errors import InterruptedRunError
from cxone_async.load.counters import RunCounters
from cxone_async.runs.observers import RunStarted


class RunThatRemembers:
    def __init__(self):
        self.stopped_for = []
        self.told = asyncio.Event()

    def stop(self, reason):
        self.stopped_for.append(str(reason))
        self.told.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_command_without_a_run_is_cancelled_and_the_error_names_the_signal(number):
    with pytest.raises(InterruptedRunError, match=f"stopped by {number.name}; run the same"):
        async with stopped_by_signals():
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()


async def test_each_signal_is_passed_on_to_the_run_which_decides_how_to_stop():
    run = RunThatRemembers()
    async with stopped_by_signals() as switch:
        switch.run_started(
            RunStarted(
                command="import",
                run_directory="run",
                counters=RunCounters(),
                requests_in_last_minute=lambda: 0,
                time_left_s=lambda: None,
                stop=run.stop,
            )
        )
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            await run.told.wait()
            run.told.clear()
    assert ["stopped by SIGTERM" in reason for reason in run.stopped_for] == [True, True]


async def test_handlers_are_removed_at_the_end():
    async with stopped_by_signals():
        pass
    loop = asyncio.get_running_loop()
    assert not loop.remove_signal_handler(signal.SIGTERM)
    assert not loop.remove_signal_handler(signal.SIGINT)


async def test_what_answered_signals_before_the_run_answers_them_after_it():
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    own = signal.getsignal(signal.SIGTERM)
    try:
        async with stopped_by_signals():
            assert signal.getsignal(signal.SIGTERM) is not own
        assert signal.getsignal(signal.SIGTERM) is own
    finally:
        signal.signal(signal.SIGTERM, before)
