"""Work in a thread that whoever is cancelled still waits for.

Guarantee: when `in_thread` returns or raises, the thread is at its end. A thread cannot be
cancelled; one that is left behind would go on writing files into a run directory whose lease
is gone. So the work is told to stop and is waited for, however often the caller is cancelled.
Work that comes to its end all the same counts as done, and the cancellation as too late.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _StoppedError(Exception):
    """The work was told to stop, and has."""


def unless_stopped(stop: threading.Event, items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items, and break the work off at the first after it was told to stop."""
    for item in items:
        if stop.is_set():
            raise _StoppedError
        yield item


async def in_thread(work: Callable[[threading.Event], Result]) -> Result:
    """Run `work` in a thread; it has to look at the event it is given (`unless_stopped`)."""
    stop = threading.Event()
    done = asyncio.create_task(asyncio.to_thread(work, stop))
    caller = asyncio.current_task()
    assert caller is not None  # noqa: S101  a coroutine runs in a task
    cancelled = 0
    while not done.done():
        try:
            await asyncio.wait([done])
        except asyncio.CancelledError:
            cancelled += 1
            stop.set()
    try:
        result = done.result()
    except _StoppedError:
        raise asyncio.CancelledError from None
    for _ in range(cancelled):
        caller.uncancel()
    return result
