"""Decides which chunk goes to a worker next.

Guarantee:

* The producer is at most `queue_chunks` chunks ahead of the workers, and waits while the chunks
  that are queued or worked on hold `most_held_bytes`. This is where back-pressure starts.
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

from cxone_async.load.chunk import Chunk, ChunkFiller, ChunkLimit, ChunkMaker, held_bytes
from cxone_async.prepare.rows import PendingRow

REPACK_WAIT_S = 30.0


class Dispatcher:
    """Hands chunks to workers. Use all methods on one event loop."""

    def __init__(
        self,
        maker: ChunkMaker,
        limit: ChunkLimit,
        queue_chunks: int,
        most_held_bytes: int | None = None,
    ) -> None:
        self._maker = maker
        self._queue_chunks = queue_chunks
        self._most_held_bytes = most_held_bytes
        self._held_bytes = 0
        self._fresh: deque[Chunk] = deque()
        self._priority: deque[Chunk] = deque()
        self._repack = ChunkFiller(limit)
        self._repack_since_s = 0.0
        self._input_ended = False
        lock = asyncio.Lock()
        self._room = asyncio.Condition(lock)
        self._work = asyncio.Condition(lock)
        self.in_flight = 0

    @property
    def queued(self) -> int:
        """How many chunks wait for a worker, without rows that wait to be packed again."""
        return len(self._fresh) + len(self._priority)

    async def put(self, rows: Sequence[PendingRow], *, is_lost: bool = False) -> None:
        """Queue a chunk of fresh or lost rows; waits while the queue is full."""
        new_bytes = sum(map(held_bytes, rows))
        async with self._room:
            await self._room.wait_for(lambda: self._has_room(new_bytes))
            self._held_bytes += new_bytes
            self._fresh.append(self._maker.make(rows, is_lost=is_lost))
            self._work.notify()

    def _has_room(self, new_bytes: int) -> bool:
        """Say whether one more chunk may be queued; when nothing is held, any may."""
        if len(self._fresh) >= self._queue_chunks:
            return False
        return (
            self._most_held_bytes is None
            or not self._held_bytes
            or self._held_bytes + new_bytes <= self._most_held_bytes
        )

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

    async def done(self, chunk: Chunk) -> None:
        """Announce that a chunk from `next_chunk` is settled."""
        async with self._work:
            self.in_flight -= 1
            self._held_bytes -= sum(map(held_bytes, chunk.rows))
            self._room.notify()
            if not self.in_flight:
                self._work.notify_all()

    def _next(self) -> Chunk | None:
        if self._priority:
            return self._held(self._priority.popleft())
        if (full := self._repack.take_full()) is not None:
            return self._held(self._maker.make(full))
        if self._fresh:
            return self._fresh.popleft()
        if self._repack and self._input_ended and (not self.in_flight or self._overdue_s() <= 0):
            return self._held(self._maker.make(self._repack.take_rest()))
        return None

    def _held(self, chunk: Chunk) -> Chunk:
        """Count a chunk that has not come through the queue; it does not wait for room."""
        self._held_bytes += sum(map(held_bytes, chunk.rows))
        return chunk

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
