"""The journal in SQLite.

Guarantee: see `port.Journal`. An event is checked against everything before it, gets its place
in the sequence, and only then goes to the one thread that owns the one connection. `record`
returns when its commit has been flushed. An event that is refused is never written.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

import msgspec

from cxone_async.durable.threads import unless_stopped
from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.database import (
    Entry,
    JournalDatabase,
    create,
    entry_after,
    open_for_reading,
    open_for_writing,
    refused_in_words,
)
from cxone_async.journal.events import (
    JournalEvent,
    JournalLossAccepted,
    RunFinished,
    RunStarted,
    decode,
    settlements_in,
)
from cxone_async.journal.fold import JournalFold, RowsSettled, fold_of
from cxone_async.journal.group_commit import GroupCommit
from cxone_async.journal.head import HeadFile, RunningDigest, read_head
from cxone_async.journal.identity import RunIdentity, refuse_another_run
from cxone_async.journal.lifecycle import ChunkEvent, RowSettlement
from cxone_async.journal.loss import (
    NOTHING_REPORTED,
    RowsReported,
    loss_in,
    loss_of_all,
    refuse,
)
from cxone_async.journal.port import Projection
from cxone_async.journal.segments import SegmentEvent
from cxone_async.journal.starts import Used, UseNotes

JOURNAL_NAME = "journal.db"


def _untold(_duration_s: float) -> None:
    return None


class SqliteJournal:
    """A `Journal` in one SQLite file. Made by `open`, on the event loop that will use it."""

    def __init__(
        self,
        executor: ThreadPoolExecutor,
        database: JournalDatabase,
        head: HeadFile,
        fold: JournalFold,
        last: Entry,
        notes: UseNotes | None,
        committed: Callable[[float], None],
    ) -> None:
        self._executor = executor
        self._database = database
        self._head = head
        self._fold = fold
        self._last = last
        self._notes = notes
        self._committed = committed
        self._finished = fold.finished
        self._commits = GroupCommit[Entry](self._start_write)
        self._closed = False

    @classmethod
    async def open(
        cls,
        path: Path,
        identity: RunIdentity,
        projections: Sequence[Projection] = (),
        *,
        reported: RowsReported = NOTHING_REPORTED,
        accepts_loss: bool = False,
        committed: Callable[[float], None] = _untold,
        used: Callable[[], Used] | None = None,
    ) -> Self:
        """Begin the journal at `path`, or resume the one that is there.

        The caller holds the lease on the directory. Opening reads the whole journal, once: each
        event is checked, then fed to every one of `projections`. When this raises, the
        projections are of no use.

        `reported` is what the files beside the journal say of its run. A journal that has lost
        its end is refused. With `accepts_loss` it goes on instead with a `JournalLossAccepted`,
        which the projections are fed too. `committed` is told how long each commit took, in
        seconds. `used` returns what this start has used up to the call; with it, the journal notes
        that (`starts`). The projections are not fed those notes.

        Raises ConfigurationError for a file that is foreign, truncated, damaged or newer, and
        for the journal of another run, naming what differs from `identity` (run ids are not
        compared: the recorded one stays). Raises CannotWriteError when the file cannot be
        written.
        """
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        opened: list[JournalDatabase] = []
        stop = threading.Event()
        try:
            loaded = await asyncio.get_running_loop().run_in_executor(
                executor,
                _load,
                path,
                identity,
                projections,
                opened,
                stop,
                reported,
                accepts_loss,
                used,
            )
        except BaseException:
            # When cancelled, the thread may still be opening it, and the lease ends before long.
            stop.set()
            executor.submit(_close_all, opened)
            executor.shutdown()
            raise
        return cls(executor, *loaded, committed)

    @property
    def identity(self) -> RunIdentity:
        """The identity of the journal's run, with the run id that the run began with."""
        return self._fold.identity

    @property
    def starts(self) -> int:
        """The number of this start, counted from 1; 0 where no notes are made."""
        return self._fold.starts

    @property
    def finished(self) -> RunFinished | None:
        """How the run was marked complete, or None while it is not."""
        return self._finished

    async def record(self, event: ChunkEvent | SegmentEvent) -> None:
        """Make `event` durable; see `port.Journal.record`."""
        await self._commits.add(self._place(event))

    async def settlements_of(self, chunk_ids: Sequence[str]) -> list[tuple[RowSettlement, ...]]:
        """Read back the settlements of settled chunks. Raises KeyError if one is not settled."""
        sequences = [self._fold.settled[chunk_id] for chunk_id in chunk_ids]
        payloads = await asyncio.get_running_loop().run_in_executor(
            self._executor, self._database.payloads, sequences
        )
        found = []
        for chunk_id, payload in zip(chunk_ids, payloads, strict=True):
            if payload is None:  # settled, and the commit is under way
                raise KeyError(chunk_id)
            found.append(settlements_in(payload))
        return found

    async def finish(self, event: RunFinished) -> None:
        """Mark the run complete; see `port.Journal.finish`."""
        await self._commits.add(self._place(event))
        self._finished = event

    async def close(self) -> None:
        """Wait for what is being recorded and close the file."""
        await self._commits.close()
        if not self._closed:
            self._closed = True
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._executor, self._note_and_close, self._closing_note())
            self._executor.shutdown()

    def _closing_note(self) -> list[Entry]:
        if self._notes is None or self._fold.finished is not None or self._commits.has_failed:
            return []
        return [self._entry_of(self._notes.closing())]

    def _note_and_close(self, note: list[Entry]) -> None:
        try:
            if note:
                with suppress(CannotWriteError):  # the start then counts as one that was killed
                    self._database.append(note)
                    self._head.keep(note, self._fold.submissions, self._fold.highest_row)
        finally:
            self._database.close()

    def _place(self, event: JournalEvent) -> Entry:
        self._commits.check()
        return self._entry_of(event)

    def _entry_of(self, event: JournalEvent) -> Entry:
        entry = entry_after(self._last.sequence, self._last.checksum, event)
        self._fold.apply(event)
        self._last = entry
        return entry

    def _start_write(self, entries: list[Entry]) -> asyncio.Future[None]:
        fold = self._fold
        if self._notes is not None and fold.finished is None:
            note = self._notes.due(asyncio.get_running_loop().time())
            entries += [self._entry_of(note)] if note is not None else []
        # Everything that the fold has taken in is in these entries, or was written before.
        return asyncio.ensure_future(
            self._timed(self._write(entries, fold.submissions, fold.highest_row, fold.rows_settled))
        )

    async def _timed(self, commit: Coroutine[Any, Any, None]) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await commit
        self._committed(loop.time() - began_s)

    async def _write(
        self, entries: list[Entry], submissions: int, highest_row: int, settled: RowsSettled
    ) -> None:
        loop, executor = asyncio.get_running_loop(), self._executor
        await loop.run_in_executor(executor, self._database.append, entries)
        await loop.run_in_executor(
            executor, self._head.keep, entries, submissions, highest_row, settled
        )


class Begun(msgspec.Struct, frozen=True):
    """What an earlier start left; `finished` says how, once the run is complete."""

    identity: RunIdentity
    finished: RunFinished | None


def begun_before(
    path: Path, *, reported: RowsReported = NOTHING_REPORTED, accepts_loss: bool = False
) -> Begun | None:
    """Read what an earlier start left at `path`; None when there is no journal.

    Reads the first page and the last entry only; `SqliteJournal.open` checks the whole journal.
    A journal that is lost as a whole is refused here, unless `accepts_loss`.
    Never writes to the file and never folds its write-ahead log in. So it works on what a killed
    process left, and on a read-only volume. Raises ConfigurationError for a file that is foreign,
    truncated, damaged or newer, CannotWriteError when the volume does not let it be read.
    """
    with refused_in_words(path):
        is_there = path.exists()
    if not is_there:
        loss = loss_of_all(read_head(path), reported)
        if loss is not None and not accepts_loss:
            refuse(str(path), loss)
        return None
    with closing(open_for_reading(path)) as database:
        first = next(database.entries(page_entries=1), None)
        started = decode(first.payload) if first else None
        if not isinstance(started, RunStarted):
            raise ConfigurationError(
                f"{path} is damaged: its first event is not the start of a run"
            )
        ended = decode(database.last().payload)
        return Begun(started.identity, ended if isinstance(ended, RunFinished) else None)


def _close_all(databases: Sequence[JournalDatabase]) -> None:
    for database in databases:
        database.close()


def _load(
    path: Path,
    identity: RunIdentity,
    projections: Sequence[Projection],
    opened: list[JournalDatabase],
    stop: threading.Event,
    reported: RowsReported,
    accepts_loss: bool,
    used: Callable[[], Used] | None,
) -> tuple[JournalDatabase, HeadFile, JournalFold, Entry, UseNotes | None]:
    with refused_in_words(path):
        begun = path.exists()
    if not begun:
        _begin(path, identity, reported, accepts_loss=accepts_loss)
    head = read_head(path)
    database = open_for_writing(path)
    opened.append(database)
    digest = RunningDigest(head)
    entries = unless_stopped(stop, digest.over(database.entries()))
    fold = fold_of((decode(entry.payload) for entry in entries), projections)
    database.check_pages()
    refuse_another_run(fold.identity, identity, str(path))
    last = database.last()
    head_file = HeadFile(path, digest)
    loss = loss_in(fold, last.sequence, head, reported, meets_head=digest.meets_head)
    if loss is not None:
        if not accepts_loss:
            refuse(str(path), loss)
        accepted = JournalLossAccepted(loss.submissions, loss.highest_row)
        last = entry_after(last.sequence, last.checksum, accepted)
        fold.apply(accepted)
        database.append([last])
        head_file.keep([last], fold.submissions, fold.highest_row, fold.rows_settled)
        for projection in projections:
            projection.apply(accepted)
    notes = None
    if used is not None and fold.finished is None:
        notes = UseNotes(fold.next_start, used)
        opening = notes.opening()
        last = entry_after(last.sequence, last.checksum, opening)
        fold.apply(opening)
        database.append([last])
        head_file.keep([last], fold.submissions, fold.highest_row)
    return database, head_file, fold, last, notes


def _begin(
    path: Path, identity: RunIdentity, reported: RowsReported, *, accepts_loss: bool
) -> None:
    """Make a journal, and its head first: a journal that has none has lost it.

    What is known of a journal that is gone stays in the head until its loss is recorded.
    """
    loss = loss_of_all(read_head(path), reported)
    if loss is not None:
        if not accepts_loss:
            refuse(str(path), loss)
        with refused_in_words(path):
            Path(f"{path}-wal").unlink(missing_ok=True)
    started = RunStarted(identity, keeps_head=True)
    HeadFile(path, RunningDigest()).keep(
        [entry_after(0, 0, started)],
        loss.submissions if loss else 0,
        loss.highest_row if loss else 0,
    )
    create(path, started)
