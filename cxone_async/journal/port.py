"""The port: what a run needs of a journal, and what it gives to one.

Guarantee: when `record` or `finish` returns, its event survives the death of the process. When
one of them raises CannotWriteError, nothing more can be recorded until the journal is opened
anew, because after a failed write it is not known what the disk holds. `SqliteJournal` and the
in-memory twin (`cxone_async.testing.journal`) pass one conformance suite.

`verify` does not use this port: it reads the file with code of its own.
"""

from collections.abc import Sequence
from typing import Protocol

from cxone_async.journal.events import JournalEvent, RunFinished
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import ChunkEvent, RowSettlement
from cxone_async.journal.segments import SegmentEvent


class Projection(Protocol):
    """What a part of the run makes of the journal's events.

    Opening a journal reads it once and feeds every projection, in a thread of the journal.
    Later events are not fed: whoever records them knows them.
    """

    def apply(self, event: JournalEvent) -> None:
        """Take in the next event. It does not contradict the events before it."""
        ...


class Journal(Protocol):
    """A journal that is being written. All methods belong to one event loop."""

    @property
    def identity(self) -> RunIdentity:
        """The identity of the journal's run, with the run id that the run began with."""
        ...

    @property
    def starts(self) -> int:
        """The number of this start, counted from 1; 0 where no notes are made."""
        ...

    @property
    def finished(self) -> RunFinished | None:
        """What `finish` was given, or None while the run is not complete."""
        ...

    async def record(self, event: ChunkEvent | SegmentEvent) -> None:
        """Make `event` durable; events become durable in the order of the calls.

        Calls that wait at the same time share one commit. Raises ConfigurationError,
        with nothing written, for an event that contradicts the journal, and
        CannotWriteError when it could not be written. Then it may be durable or not:
        opening the journal anew tells. A call that is cancelled may have recorded.
        """
        ...

    async def settlements_of(self, chunk_ids: Sequence[str]) -> list[tuple[RowSettlement, ...]]:
        """Read back the settlements of settled chunks. Raises KeyError if one is not settled."""
        ...

    async def finish(self, event: RunFinished) -> None:
        """Mark the run complete. Raises as `record` does.

        Nothing can be recorded afterwards; a chunk or batch that is still open forbids it.
        """
        ...

    async def close(self) -> None:
        """Wait for what is being recorded and let go of the file. Closing twice is harmless."""
        ...
