"""Not a test: the process that test_kill.py kills.

Takes the lease, resumes the journal, settles what an earlier life left open, and then
brings chunk after chunk to its end from several workers at once, until it is killed. It
writes a line once an event is recorded: "<chunk id> <kind>", in one write of its own.
"""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.journal.events import JournalEvent, kind_of
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Accepted,
    ChunkEvent,
    ChunkProjection,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
    advance,
)
from cxone_async.journal.port import Journal
from cxone_async.journal.store import JOURNAL_NAME, SqliteJournal

IDENTITY = RunIdentity("run", "import", "", "", "", "", "", {})
WORKERS = 5
ROWS = 40


class Chunks(dict[str, ChunkProjection]):
    """A projection: the chunks by id."""

    def apply(self, event: JournalEvent) -> None:
        if isinstance(event, ChunkEvent):
            before = self.get(event.chunk_id) or ChunkProjection(event.chunk_id)
            self[event.chunk_id] = advance(before, event)


async def record(journal: Journal, event: ChunkEvent) -> None:
    await journal.record(event)
    os.write(1, f"{event.chunk_id} {kind_of(type(event))}\n".encode())


async def work(journal: Journal, numbers: "count[int]") -> None:
    while True:
        number = next(numbers)
        chunk_id = f"chunk-{number}"
        rows = tuple(RowAttempt(number * ROWS + row, 1) for row in range(1, ROWS + 1))
        await record(journal, Intended(chunk_id, rows))
        await record(journal, Accepted(chunk_id, f"import-{number}"))
        ends = tuple(RowSettlement(sent.row, SettledAs.IMPORTED, f"id-{sent.row}") for sent in rows)
        await record(journal, Settled(chunk_id, ends))


async def main(directory: Path) -> None:
    with RunDirectoryLease.acquire(directory):
        chunks = Chunks()
        journal = await SqliteJournal.open(directory / JOURNAL_NAME, IDENTITY, [chunks])
        for chunk in chunks.values():
            if not chunk.settlements:
                ends = tuple(RowSettlement(sent.row, SettledAs.UNRESOLVED) for sent in chunk.rows)
                await record(journal, Settled(chunk.chunk_id, ends))
        numbers = count(len(chunks))
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(work(journal, numbers))


asyncio.run(main(Path(sys.argv[1])))
