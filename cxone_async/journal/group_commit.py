"""Several callers, one commit.

Guarantee: items are written in the order they were added, one write at a time, and
`add` returns only after the write that held its item has succeeded. While one write is
under way, further items gather and go out together in the next: a commit costs a disk
flush, and two hundred workers that wait for one each need not wait for two hundred.

After a write that failed nothing more is written. A failed flush may have dropped the
pages it could not write and report success the next time, so trying again would claim
durability that is not there. Only opening the file again shows what it holds.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from cxone_async.errors import CannotWriteError

Item = TypeVar("Item")


class GroupCommit(Generic[Item]):
    """Groups items into writes. `start_write` begins one write of a batch, all or nothing.

    `has_failed` is whether a write has; nothing may be written after it.
    """

    def __init__(self, start_write: Callable[[list[Item]], asyncio.Future[None]]) -> None:
        self._start_write = start_write
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._writing: asyncio.Future[None] | None = None
        self._stopped_because = ""
        self.has_failed = False

    def check(self) -> None:
        """Raise CannotWriteError when nothing can be added any more."""
        if self._stopped_because:
            raise CannotWriteError(f"journal: nothing can be recorded, it {self._stopped_because}")

    async def add(self, item: Item) -> None:
        """Write `item`; return when it is written. Raises what the write raised."""
        self.check()
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._writing is None:
            self._write_waiting()
        await written

    async def close(self) -> None:
        """Accept nothing more; wait until everything accepted is written or has failed."""
        self._stopped_because = self._stopped_because or "is closed"
        while self._writing is not None:
            await asyncio.wait([self._writing])

    def _write_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        self._writing = self._start_write([item for item, _ in batch])
        self._writing.add_done_callback(lambda write: self._settle(batch, write))

    def _settle(
        self, batch: list[tuple[Item, asyncio.Future[None]]], write: asyncio.Future[None]
    ) -> None:
        self._writing = None
        failure = (
            CannotWriteError("journal: a write was broken off")
            if write.cancelled()
            else write.exception()
        )
        if failure is not None:
            self.has_failed = True
            self._stopped_because = f"failed before: {failure}"
            batch, self._waiting = batch + self._waiting, []
        for _, written in batch:
            if written.done():  # whoever added it was cancelled
                continue
            if failure is None:
                written.set_result(None)
            else:
                written.set_exception(failure)
        if self._waiting:
            self._write_waiting()
