"""The journal in memory, for tests.

Guarantee: it makes the same checks and commits in the same order as the SQLite journal, and
passes the same conformance suite; only the disk is a list. It adds control over that disk:

* `chunk_events` and `segment_events` show what is durable;
* `snapshot` is what a crash at this instant would leave;
* `fail_write` makes a write go wrong.

    journal = InMemoryJournal(identity)
    ...
    reopened = InMemoryJournal(identity, journal.snapshot())   # the process was killed
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple

from cxone_async.errors import CannotWriteError
from cxone_async.journal.events import (
    JournalEvent,
    RunFinished,
    RunStarted,
    decode,
    encode,
    settlements_in,
)
from cxone_async.journal.fold import fold_of
from cxone_async.journal.group_commit import GroupCommit
from cxone_async.journal.identity import RunIdentity, refuse_another_run
from cxone_async.journal.lifecycle import ChunkEvent, RowSettlement
from cxone_async.journal.port import Projection
from cxone_async.journal.segments import SegmentEvent
from cxone_async.journal.starts import StartUsed, Used, UseNotes


class DurableEvent(NamedTuple):
    """An event as it is stored."""

    payload: bytes


class _ComingFailure(NamedTuple):
    position: int
    reaches_disk: bool


class InMemoryJournal:
    """A `Journal` whose disk is a list of events.

    `contents` is a `snapshot` to continue from; without one the journal is new. Each event of it
    is checked, then fed to every one of `projections`. `pause` is awaited before a write becomes
    durable and again before anybody is told; by default it lets other tasks run once. With `used`
    it notes what this start uses, as the SQLite journal does. Raises ConfigurationError as opening
    the SQLite journal does.
    """

    def __init__(
        self,
        identity: RunIdentity,
        contents: tuple[DurableEvent, ...] = (),
        projections: Sequence[Projection] = (),
        *,
        pause: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(0),
        used: Callable[[], Used] | None = None,
    ) -> None:
        self._durable = list(contents) or [_at_rest(RunStarted(identity, keeps_head=True))]
        self._fold = fold_of((decode(event.payload) for event in self._durable), projections)
        refuse_another_run(self._fold.identity, identity, "the in-memory journal")
        self._finished = self._fold.finished
        self._pause = pause
        self._failure: _ComingFailure | None = None
        self._commits = GroupCommit[DurableEvent](
            lambda events: asyncio.ensure_future(self._write(self._with_note(events)))
        )
        self._notes: UseNotes | None = None
        self._is_closed = False
        if used is not None and self._finished is None:
            self._notes = UseNotes(self._fold.next_start, used)
            self._durable.append(self._note_of(self._notes.opening()))

    def snapshot(self) -> tuple[DurableEvent, ...]:
        """What is durable at this instant; a later write does not change it."""
        return tuple(self._durable)

    def fail_write(self, nth: int = 1, *, reaches_disk: bool = False) -> None:
        """Make the write of the `nth` event from now fail with CannotWriteError.

        The events that share its commit fail with it. With `reaches_disk` they are
        durable anyway, as when a flush fails after the data has reached the disk.
        """
        self._failure = _ComingFailure(len(self._durable) + nth, reaches_disk)

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

    def chunk_events(self) -> Iterator[ChunkEvent]:
        """Every durable chunk event, in order."""
        return (event for event in self._events() if isinstance(event, ChunkEvent))

    def segment_events(self) -> Iterator[SegmentEvent]:
        """Every durable segment event, in order."""
        return (event for event in self._events() if isinstance(event, SegmentEvent))

    async def record(self, event: ChunkEvent | SegmentEvent) -> None:
        """Make `event` durable; see `Journal.record`."""
        await self._append(event)

    async def settlements_of(self, chunk_ids: Sequence[str]) -> list[tuple[RowSettlement, ...]]:
        """The settlements of settled chunks. Raises KeyError if one is not settled."""
        found = []
        for chunk_id in chunk_ids:
            position = self._fold.settled[chunk_id]
            if position > len(self._durable):
                raise KeyError(chunk_id)
            found.append(settlements_in(self._durable[position - 1].payload))
        return found

    async def finish(self, event: RunFinished) -> None:
        """Mark the run complete; see `Journal.finish`."""
        await self._append(event)
        self._finished = event

    async def close(self) -> None:
        """Wait for what is being recorded. Closing twice is harmless."""
        await self._commits.close()
        is_over = self._is_closed or self._fold.finished is not None or self._commits.has_failed
        self._is_closed = True
        if self._notes is not None and not is_over:
            self._durable.append(self._note_of(self._notes.closing()))

    def _with_note(self, events: list[DurableEvent]) -> list[DurableEvent]:
        if self._notes is None or self._fold.finished is not None:
            return events
        note = self._notes.due(asyncio.get_running_loop().time())
        return events if note is None else [*events, self._note_of(note)]

    def _note_of(self, note: StartUsed) -> DurableEvent:
        self._fold.apply(note)
        return _at_rest(note)

    def _events(self) -> Iterator[JournalEvent]:
        return (decode(event.payload) for event in self.snapshot())

    async def _append(self, event: JournalEvent) -> None:
        self._commits.check()
        at_rest = _at_rest(event)
        self._fold.apply(event)
        await self._commits.add(at_rest)

    async def _write(self, events: list[DurableEvent]) -> None:
        await self._pause()
        failure = self._failure
        if failure is None or len(self._durable) + len(events) < failure.position:
            self._durable.extend(events)
            await self._pause()
            return
        if failure.reaches_disk:
            self._durable.extend(events)
        raise CannotWriteError("journal: the write failed, as it was told to")


def _at_rest(event: JournalEvent) -> DurableEvent:
    return DurableEvent(encode(event))
