"""Rows that wait until the guards have judged the input.

Guarantee: they come back in the order in which they were put in. With an `Overflow`, memory holds
at most its `most_bytes` of them. The others are in a file without a name, so that a kill leaves
nothing behind.
"""

import asyncio
import tempfile
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

import msgspec

from cxone_async.durable.writing import reading, writing
from cxone_async.load.chunk import ROW_BYTES
from cxone_async.prepare.rows import PendingRows

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PendingRows).decode


class Overflow(NamedTuple):
    """How many bytes of rows memory may hold, and the directory for the file with the rest."""

    most_bytes: int
    directory: Path


class HeldRows:
    """A queue of prepared blocks: all are put in, then all are taken.

    It is a context manager, which gives the disk space back. Raises CannotWriteError where the
    disk refuses.
    """

    def __init__(self, overflow: Overflow | None = None) -> None:
        self._overflow = overflow
        self._held_bytes = 0
        self._in_memory: deque[PendingRows] = deque()
        self._file: _File | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    async def put(self, rows: PendingRows) -> None:
        """Put a block behind the others."""
        if self._file is None:
            self._held_bytes += _held_bytes(rows)
            if self._overflow is None or self._held_bytes <= self._overflow.most_bytes:
                self._in_memory.append(rows)
                return
            self._file = await asyncio.to_thread(_File, self._overflow.directory)
        await asyncio.to_thread(self._file.append, rows)

    async def take(self) -> PendingRows | None:
        """Return the block that waits longest; None when none waits."""
        if self._in_memory:
            return self._in_memory.popleft()
        if self._file is not None:
            return await asyncio.to_thread(self._file.next)
        return None


class _File:
    """Blocks on the disk; blocks the caller."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._sizes: deque[int] = deque()
        self._is_read = False
        with writing(directory):
            self._file: IO[bytes] = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115  see close

    def append(self, rows: PendingRows) -> None:
        with writing(self._directory):
            self._sizes.append(self._file.write(_encode(rows)))

    def next(self) -> PendingRows | None:
        if not self._sizes:
            return None
        with reading(self._directory):
            if not self._is_read:
                self._is_read = True
                self._file.seek(0)
            return _decode(self._file.read(self._sizes.popleft()))

    def close(self) -> None:
        self._file.close()


def _held_bytes(rows: PendingRows) -> int:
    return sum(map(len, rows.raws)) + sum(map(len, rows.payloads)) + ROW_BYTES * len(rows)
