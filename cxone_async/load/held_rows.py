"""Rows that wait until the guards have judged the input.

Guarantee: they come back in the order in which they were put in. With an `Overflow`, memory holds
at most its `most_bytes` of them. The others are in a file without a name, so that a kill leaves
nothing behind.
"""

import asyncio
from collections import deque
from pathlib import Path
from typing import NamedTuple

import msgspec

from cxone_async.durable.unnamed_file import UnnamedFile
from cxone_async.encoded import encoded
from cxone_async.load.chunk import held_bytes
from cxone_async.prepare.rows import PendingRows

_encoder = msgspec.msgpack.Encoder()
_decode = msgspec.msgpack.Decoder(PendingRows).decode


class Overflow(NamedTuple):
    """How many bytes of rows memory may hold, and the directory for the file with the rest."""

    most_bytes: int
    directory: Path


class HeldRows:
    """A queue of prepared blocks. Raises CannotWriteError where the disk refuses."""

    def __init__(self, overflow: Overflow | None = None) -> None:
        self._overflow = overflow
        self._held_bytes = 0
        self._in_memory: deque[PendingRows] = deque()
        self._in_file: deque[tuple[int, int]] = deque()
        self._file: UnnamedFile | None = None

    async def put(self, rows: PendingRows) -> None:
        """Put a block behind the others."""
        if self._file is None:
            self._held_bytes += sum(map(held_bytes, rows))
            if self._overflow is None or self._held_bytes <= self._overflow.most_bytes:
                self._in_memory.append(rows)
                return
            self._file = await asyncio.to_thread(UnnamedFile, self._overflow.directory)
        block = encoded(_encoder, rows)
        self._in_file.append((await asyncio.to_thread(self._file.append, block), len(block)))

    async def take(self) -> PendingRows | None:
        """Return the block that waits longest; None when none waits."""
        if self._in_memory:
            return self._in_memory.popleft()
        if self._file is not None and self._in_file:
            return _decode(await asyncio.to_thread(self._file.read, *self._in_file.popleft()))
        return None

    def close(self) -> None:
        """Give the disk space back."""
        if self._file is not None:
            self._file.close()
