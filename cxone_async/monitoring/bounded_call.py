"""Calls that block, made for somebody who watches: the run waits for them so long and no longer."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

LONGEST_CALL_S: Final = 5.0


async def bounded_call(call: Callable[[], None], limit_s: float = LONGEST_CALL_S) -> None:
    """Make a call in a thread of its own that does not keep the process alive.

    Raises what it raises, and TimeoutError when it takes longer; it then goes on unheeded.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error: Exception | None = None
        try:
            call()
        except Exception as raised:
            error = raised
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=run, name="monitoring", daemon=True).start()
    async with asyncio.timeout(limit_s):
        await done
