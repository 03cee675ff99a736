"""Chunks: the rows of one submission, and its id.

Guarantee: a chunk's id is a function of the run, the list, the rows in it and their attempt
numbers. The same chunk always goes out under the same id, so that the tenant can recognise a
repeat. Other rows or attempts, or another run (its id is random), give another id.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from cxone_async.encoded import encoded
from cxone_async.journal.lifecycle import ChunkState, RowAttempt
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.port import Capabilities


class Chunk(msgspec.Struct, frozen=True):
    """Rows that go out together. `state` and `import_id` come from the journal on resume.

    A chunk that `is_lost` must not go out: its rows may be in submissions that the journal lost.
    """

    chunk_id: str
    rows: tuple[PendingRow, ...]
    state: ChunkState = ChunkState.NEW
    import_id: str = ""
    is_lost: bool = False

    @property
    def attempts(self) -> tuple[RowAttempt, ...]:
        return tuple(RowAttempt(row.row, row.attempt) for row in self.rows)


_encoder = msgspec.msgpack.Encoder()


class ChunkMaker:
    """Gives rows their chunk id, for one run and one list."""

    def __init__(self, run_id: str, list_id: str) -> None:
        self._scope = blake2b(encoded(_encoder, (run_id, list_id))).digest()

    def make(self, rows: Sequence[PendingRow], *, is_lost: bool = False) -> Chunk:
        """Return these rows as a chunk. A lost one gets an id that nothing was sent under."""
        digest = blake2b(self._scope, digest_size=16)
        digest.update(encoded(_encoder, [(row.row, row.attempt) for row in rows]))
        if is_lost:
            digest.update(b"lost")
        return Chunk(digest.hexdigest(), tuple(rows), is_lost=is_lost)


ROW_BYTES: Final = 200
"""Of a row beside its record and payload: two objects' heads, numbers and texts."""


class ChunkLimit(msgspec.Struct, frozen=True):
    """The most that a chunk may hold.

    `payload_bytes` counts the payloads, each with one byte for a separator; None is no limit. A
    payload larger than that goes out in a chunk of its own, and the tenant decides. `held_bytes`
    counts what memory holds of the rows, see `held_bytes`; it binds in the same way.
    """

    rows: int
    payload_bytes: int | None = None
    held_bytes: int | None = None


def chunk_limit(
    chunk_size: int, capabilities: Capabilities, held_bytes: int | None = None
) -> ChunkLimit:
    """Return the limit for the chosen chunk size, within what one submission may hold."""
    return ChunkLimit(
        min(chunk_size, capabilities.max_payloads), capabilities.max_payload_bytes, held_bytes
    )


def held_bytes(row: PendingRow) -> int:
    """Return about how many bytes memory holds of a row until it has its outcome."""
    return len(row.raw) + len(row.payload) + ROW_BYTES


class ChunkFiller:
    """Packs rows into chunks in their order, each as full as the limit allows."""

    def __init__(self, limit: ChunkLimit) -> None:
        self._limit = limit
        self._full: deque[list[PendingRow]] = deque()
        self._open: list[PendingRow] = []
        self._open_bytes = self._open_held_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._full or self._open)

    def add(self, rows: Iterable[PendingRow]) -> None:
        """Add rows behind those that are there."""
        most, most_held = self._limit.payload_bytes, self._limit.held_bytes
        if most is None and most_held is None:
            self._open.extend(rows)
            while len(self._open) >= self._limit.rows:
                self._full.append(self._open[: self._limit.rows])
                del self._open[: self._limit.rows]
            return
        for row in rows:
            row_bytes, row_held_bytes = len(row.payload) + 1, held_bytes(row)
            if self._open and (
                (most is not None and self._open_bytes + row_bytes > most)
                or (most_held is not None and self._open_held_bytes + row_held_bytes > most_held)
            ):
                self._close()
            self._open.append(row)
            self._open_bytes += row_bytes
            self._open_held_bytes += row_held_bytes
            if len(self._open) == self._limit.rows:
                self._close()

    def take_full(self) -> list[PendingRow] | None:
        """Return the rows of the next full chunk; None when there is none."""
        return self._full.popleft() if self._full else None

    def take_rest(self) -> list[PendingRow]:
        """Return the rows that do not fill a chunk; once all full ones are taken."""
        self._close()
        return self._full.popleft()

    def _close(self) -> None:
        self._full.append(self._open)
        self._open, self._open_bytes, self._open_held_bytes = [], 0, 0
