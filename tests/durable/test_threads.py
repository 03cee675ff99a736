"""Work in a thread is at its end before whoever asked for it goes on."""

import asyncio
import itertools
import threading

import pytest

from cxone_async.durable.threads import in_thread, unless_stopped


class Counting:
    """Counts in a thread; waits at the third number until it is let go on."""

    def __init__(self, most=10**9):
        self._most = most
        self.at_three = threading.Event()
        self.go_on = threading.Event()
        self.counted = 0
        self.ended = False

    def work(self, stop):
        try:
            for number in unless_stopped(stop, itertools.count(1)):
                self.counted = number
                if number == 3:
                    self.at_three.set()
                    assert self.go_on.wait(10)
                if number == self._most:
                    return "done"
        finally:
            self.ended = True


async def started(counting):
    task = asyncio.create_task(in_thread(counting.work))
    assert await asyncio.to_thread(counting.at_three.wait, 10)
    return task


async def test_work_that_nobody_stops_returns_what_it_came_to():
    counting = Counting(most=5)
    counting.go_on.set()
    assert await in_thread(counting.work) == "done"
    assert counting.counted == 5


async def test_items_that_nobody_stops_come_to_their_end():
    assert await in_thread(lambda stop: list(unless_stopped(stop, [1, 2, 3]))) == [1, 2, 3]


async def test_work_that_fails_says_why():
    def fail(stop):
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await in_thread(fail)


async def test_a_cancelled_caller_waits_until_the_thread_has_stopped():
    counting = Counting()
    task = await started(counting)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    counting.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (counting.ended, counting.counted) == (True, 3)


async def test_work_that_ends_all_the_same_counts_as_done():
    counting = Counting(most=3)
    task = await started(counting)
    task.cancel()
    await asyncio.sleep(0)
    counting.go_on.set()
    assert await task == "done"
    assert (task.cancelled(), task.cancelling()) == (False, 0)
