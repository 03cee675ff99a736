"""Work in a thread that a cancelled caller still waits for.

Guarantee: when `in_thread` returns or raises, its thread has ended. A thread cannot be
cancelled, and one that was left behind would go on writing into a run directory after its
lease is gone. So `in_thread` asks the work to stop and waits for it, however often the caller is
cancelled. Work that finishes anyway counts as done, and the cancellation is dropped.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _StoppedError(Exception):
    """The work was told to stop and has stopped."""


def unless_stopped(stop: threading.Event, items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items; end the work before the first item after `stop` was set."""
    for item in items:
        if stop.is_set():
            raise _StoppedError
        yield item


async def in_thread(work: Callable[[threading.Event], Result]) -> Result:
    """Run `work` in a thread. It must check the event it is given (see `unless_stopped`)."""
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
