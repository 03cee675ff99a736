"""Decides which chunk goes to a worker next.

Guarantee:

* The producer is at most `queue_chunks` chunks ahead of the workers. This is where back-pressure
  starts.
* Rows to be sent again do not wait for space in that queue. Only workers empty it, so a worker
  that waited there could wait for ever.
* Rows to be sent again wait in the re-pack buffer and go out in full chunks, together with other
  retries. After the end of the input a partial chunk goes out only when nothing in flight could
  still fill it, or after `REPACK_WAIT_S`, so that one slow import does not hold up the rest.

Each chunk wakes one worker, which wakes the next if more work is left. Thousands of workers may
be waiting, and waking all of them for each chunk would take longer than the tenant does.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from cxone_async.load.chunk import Chunk, ChunkFiller, ChunkLimit, ChunkMaker
from cxone_async.prepare.rows import PendingRow

REPACK_WAIT_S = 30.0


class Dispatcher:
    """Hands chunks to workers. Use all methods on one event loop."""

    def __init__(self, maker: ChunkMaker, limit: ChunkLimit, queue_chunks: int) -> None:
        self._maker = maker
        self._queue_chunks = queue_chunks
        self._fresh: deque[Chunk] = deque()
        self._priority: deque[Chunk] = deque()
        self._repack = ChunkFiller(limit)
        self._repack_since_s = 0.0
        self._input_ended = False
        lock = asyncio.Lock()
        self._room = asyncio.Condition(lock)
        self._work = asyncio.Condition(lock)
        self.in_flight = 0

    async def put(self, rows: Sequence[PendingRow], *, is_lost: bool = False) -> None:
        """Queue a chunk of fresh or lost rows; waits while the queue is full."""
        async with self._room:
            await self._room.wait_for(lambda: len(self._fresh) < self._queue_chunks)
            self._fresh.append(self._maker.make(rows, is_lost=is_lost))
            self._work.notify()

    async def put_first(self, chunk: Chunk) -> None:
        """Queue a chunk whose rows must stay together: a resumed or a refused one."""
        async with self._work:
            self._priority.append(chunk)
            self._work.notify()

    async def send_apart(self, groups: Iterable[Sequence[PendingRow]]) -> None:
        """Send each group of rows as a chunk of its own."""
        for rows in groups:
            await self.put_first(self._maker.make(rows))

    async def send_again(self, rows: Iterable[PendingRow]) -> None:
        """Put rows into the re-pack buffer."""
        async with self._work:
            if not self._repack:
                self._repack_since_s = asyncio.get_running_loop().time()
            self._repack.add(rows)
            self._work.notify()

    async def end_input(self) -> None:
        """Announce that no more fresh rows will come."""
        async with self._work:
            self._input_ended = True
            self._work.notify_all()

    async def next_chunk(self) -> Chunk | None:
        """Wait for the next chunk to work on; return None when all work is done."""
        async with self._work:
            while True:
                chunk = self._next()
                if chunk is not None:
                    self.in_flight += 1
                    self._room.notify()
                    if self._priority or self._fresh or self._repack:
                        self._work.notify()
                    return chunk
                if self._input_ended and not self.in_flight:
                    return None
                await self._wait_for_change()

    async def done(self) -> None:
        """Announce that a chunk from `next_chunk` is settled."""
        async with self._work:
            self.in_flight -= 1
            if not self.in_flight:
                self._work.notify_all()

    def _next(self) -> Chunk | None:
        if self._priority:
            return self._priority.popleft()
        if (full := self._repack.take_full()) is not None:
            return self._maker.make(full)
        if self._fresh:
            return self._fresh.popleft()
        if self._repack and self._input_ended and (not self.in_flight or self._overdue_s() <= 0):
            return self._maker.make(self._repack.take_rest())
        return None

    def _overdue_s(self) -> float:
        return self._repack_since_s + REPACK_WAIT_S - asyncio.get_running_loop().time()

    async def _wait_for_change(self) -> None:
        if not (self._repack and self._input_ended):
            await self._work.wait()
            return
        try:
            async with asyncio.timeout(max(self._overdue_s(), 0.0)):
                await self._work.wait()
        except TimeoutError:
            return
