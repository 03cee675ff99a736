"""Counts how far the input is read, and how long that took."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from cxone_async.load.counters import RunCounters
from cxone_async.prepare.rows import Prepared


class ReadingProgress:
    """Counts the blocks of one pass, as they are read and as they come back prepared.

    Blocks come back in their order, so each is known by its size alone. The time in which nobody
    waits for a block, because the tenant is slower, does not count as reading.
    """

    def __init__(self, counters: RunCounters) -> None:
        self._counters = counters
        self._sizes_bytes: deque[int] = deque()
        self._waiting_since_s = 0.0

    async def over(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Pass the blocks on, and count them."""
        self.waits()
        async for block in blocks:
            self._counters.bytes_read += len(block)
            self._sizes_bytes.append(len(block))
            yield block

    def waits(self) -> None:
        """Somebody waits for the next block from now on."""
        self._waiting_since_s = asyncio.get_running_loop().time()

    def came(self, prepared: Prepared) -> float:
        """A block came back; return for how many seconds it was waited for.

        What follows the last one belongs to no block of the input.
        """
        counters = self._counters
        waited_s = asyncio.get_running_loop().time() - self._waiting_since_s
        counters.reading_s += waited_s
        counters.rows_ready += len(prepared.ready)
        if self._sizes_bytes:
            counters.bytes_prepared += self._sizes_bytes.popleft()
        return waited_s
