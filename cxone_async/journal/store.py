"""The journal in SQLite.

Guarantee: see `port.Journal`. An event is checked against everything before it, put in
its place in the sequence, and only then handed to the one thread that owns the one
connection; `record` returns when its commit has been flushed. What cannot be a next
event is never written.
"""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from cxone_async.errors import ConfigurationError
from cxone_async.journal.database import (
    Entry,
    JournalDatabase,
    checked_entries,
    create,
    entry_after,
    open_for_reading,
    open_for_writing,
    refused_in_words,
)
from cxone_async.journal.events import (
    JournalEvent,
    RunFinished,
    RunStarted,
    chunk_events,
    decode,
    ends_in,
    segment_events,
)
from cxone_async.journal.fold import JournalFold, fold_of
from cxone_async.journal.group_commit import GroupCommit
from cxone_async.journal.identity import RunIdentity, refuse_another_run
from cxone_async.journal.lifecycle import ChunkEvent, RowSettlement
from cxone_async.journal.segments import SegmentEvent

JOURNAL_NAME = "journal.db"


class SqliteJournal:
    """A `Journal` in one SQLite file. Made by `open`, on the event loop that will use it."""

    def __init__(
        self,
        path: Path,
        executor: ThreadPoolExecutor,
        database: JournalDatabase,
        fold: JournalFold,
        last: Entry,
    ) -> None:
        self._path = path
        self._executor = executor
        self._database = database
        self._fold = fold
        self._last = last
        self._finished = fold.finished
        self._commits = GroupCommit[Entry](self._start_write)
        self._closed = False

    @classmethod
    async def open(cls, path: Path, identity: RunIdentity) -> Self:
        """Begin the journal at `path`, or resume the one that is there.

        The caller holds the lease on the directory. Resuming reads the whole journal
        once. Raises ConfigurationError for a file that is foreign, truncated, damaged
        or newer, and for the journal of another run, naming what differs from
        `identity` (run ids are not compared: the recorded one stays); CannotWriteError
        when the file cannot be written.
        """
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        try:
            loaded = await asyncio.get_running_loop().run_in_executor(
                executor, _load, path, identity
            )
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return cls(path, executor, *loaded)

    @property
    def identity(self) -> RunIdentity:
        """Whose journal it is, with the run id it was begun with."""
        return self._fold.identity

    @property
    def finished(self) -> RunFinished | None:
        """How the run was marked complete, or None while it is not."""
        return self._finished

    def chunk_events(self) -> Iterator[ChunkEvent]:
        """Every durable chunk event, in order; blocks while it reads a page."""
        return chunk_events(checked_entries(self._page, self._path))

    def segment_events(self) -> Iterator[SegmentEvent]:
        """Every durable segment event, in order; blocks while it reads a page."""
        return segment_events(checked_entries(self._page, self._path))

    async def record(self, event: ChunkEvent | SegmentEvent) -> None:
        """Make `event` durable; see `port.Journal.record`."""
        await self._commits.add(self._place(event))

    async def settled_ends(self, chunk_ids: Sequence[str]) -> list[tuple[RowSettlement, ...]]:
        """The ends of settled chunks, read back. Raises KeyError when one is not settled."""
        sequences = [self._fold.settled[chunk_id] for chunk_id in chunk_ids]
        payloads = await asyncio.get_running_loop().run_in_executor(
            self._executor, self._database.payloads, sequences
        )
        found = []
        for chunk_id, payload in zip(chunk_ids, payloads, strict=True):
            if payload is None:  # settled, and the commit is under way
                raise KeyError(chunk_id)
            found.append(ends_in(payload))
        return found

    async def finish(self, event: RunFinished) -> None:
        """Mark the run complete; see `port.Journal.finish`."""
        await self._commits.add(self._place(event))
        self._finished = event

    async def close(self) -> None:
        """Wait for what is being recorded and let go of the file."""
        await self._commits.close()
        if not self._closed:
            self._closed = True
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._executor, self._database.close)
            self._executor.shutdown()

    def _place(self, event: JournalEvent) -> Entry:
        self._commits.check()
        entry = entry_after(self._last.sequence, self._last.checksum, event)
        self._fold.apply(event)
        self._last = entry
        return entry

    def _page(self, after: int) -> list[Entry]:
        return self._executor.submit(self._database.page, after).result()

    def _start_write(self, entries: list[Entry]) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(
            self._executor, self._database.append, entries
        )


class ReadOnlyJournal:
    """A `JournalReader` over a journal file that it never changes. Made by `open_read_only`."""

    def __init__(self, path: Path, database: JournalDatabase) -> None:
        self._path = path
        self._database = database
        first = last = None
        for entry in checked_entries(database.page, path):
            first, last = first or entry, entry
        database.check_pages()
        started = decode(first.payload) if first else None
        if not isinstance(started, RunStarted):
            raise ConfigurationError(f"{path} is damaged: it does not say whose run it is")
        ended = decode(last.payload) if last else None
        self._identity = started.identity
        self._finished = ended if isinstance(ended, RunFinished) else None

    @property
    def identity(self) -> RunIdentity:
        """Whose journal it is."""
        return self._identity

    @property
    def finished(self) -> RunFinished | None:
        """How the run was marked complete, or None when it was not on opening."""
        return self._finished

    def chunk_events(self) -> Iterator[ChunkEvent]:
        """Every durable chunk event, in order."""
        return chunk_events(checked_entries(self._database.page, self._path))

    def segment_events(self) -> Iterator[SegmentEvent]:
        """Every durable segment event, in order."""
        return segment_events(checked_entries(self._database.page, self._path))

    def close(self) -> None:
        """Let go of the file. Closing twice is harmless."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def open_read_only(path: Path) -> ReadOnlyJournal:
    """Open a journal to read it, from the thread that will read it.

    Never writes to it and never folds its write-ahead log, so it may be used on what a
    killed process left and on a read-only volume. Each entry is held to its checksum,
    here and again while it is read; whether the events make sense together is left to
    the reader. Raises ConfigurationError for a file that is missing, foreign, truncated,
    damaged or newer, CannotWriteError when the volume does not let it be read.
    """
    database = open_for_reading(path)
    try:
        return ReadOnlyJournal(path, database)
    except BaseException:
        database.close()
        raise


def _load(path: Path, identity: RunIdentity) -> tuple[JournalDatabase, JournalFold, Entry]:
    with refused_in_words(path):
        begun = path.exists()
    if not begun:
        create(path, RunStarted(identity))
    database = open_for_writing(path)
    try:
        fold = fold_of(decode(entry.payload) for entry in checked_entries(database.page, path))
        database.check_pages()
        refuse_another_run(fold.identity, identity, str(path))
        return database, fold, database.last()
    except BaseException:
        database.close()
        raise
