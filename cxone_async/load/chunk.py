"""Chunks: what is submitted in one go, and under which id.

Guarantee: a chunk's id is a function of the run, the list, the rows in it and their
attempt numbers. The same chunk always goes out under the same id, so that re-sending it
can be recognised by the tenant; any other set of rows or attempts, and any other run
(its id is random), gives another id, so that no key is ever reused for other content.
"""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from cxone_async.journal.lifecycle import ChunkState, RowAttempt
from cxone_async.prepare.rows import PendingRow


class Chunk(msgspec.Struct, frozen=True):
    """Rows that go out together. `state` and `import_id` come from the journal on resume."""

    chunk_id: str
    rows: tuple[PendingRow, ...]
    state: ChunkState = ChunkState.NEW
    import_id: str = ""

    @property
    def attempts(self) -> tuple[RowAttempt, ...]:
        return tuple(RowAttempt(row.row, row.attempt) for row in self.rows)


class ChunkMaker:
    """Gives rows their chunk id, for one run and one list."""

    def __init__(self, run_id: str, list_id: str) -> None:
        self._scope = blake2b(msgspec.msgpack.encode((run_id, list_id))).digest()

    def make(self, rows: Sequence[PendingRow]) -> Chunk:
        digest = blake2b(self._scope, digest_size=16)
        digest.update(msgspec.msgpack.encode([(row.row, row.attempt) for row in rows]))
        return Chunk(digest.hexdigest(), tuple(rows))
