"""The port: what the pipeline and the reports need of a journal.

Guarantee: when `record` or `finish` returns, its event survives the death of the
process; when it raises, nothing can be recorded any more until the journal is opened
anew, because after a failed write it is not known what the disk holds. `SqliteJournal`
and the in-memory twin (`cxone_async.testing.journal`) pass one conformance suite.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from cxone_async.journal.events import RunFinished
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import ChunkEvent, RowSettlement
from cxone_async.journal.segments import SegmentEvent


class JournalReader(Protocol):
    """A journal as `verify` and `report` see it.

    The iterators read in pages and hold a few hundred events at a time. They block, so
    a run reads them before it starts to talk. Both raise ConfigurationError when the
    journal is damaged and CannotWriteError when the volume does not let it be read.
    """

    @property
    def identity(self) -> RunIdentity:
        """Whose journal it is."""
        ...

    @property
    def finished(self) -> RunFinished | None:
        """What `finish` was given, or None while the run is not complete."""
        ...

    def chunk_events(self) -> Iterator[ChunkEvent]:
        """Every durable chunk event, in the order they were recorded."""
        ...

    def segment_events(self) -> Iterator[SegmentEvent]:
        """Every durable segment event, in the order they were recorded."""
        ...


class Journal(JournalReader, Protocol):
    """A journal that is being written. All methods belong to one event loop."""

    async def record(self, event: ChunkEvent | SegmentEvent) -> None:
        """Make `event` durable; events become durable in the order of the calls.

        Calls that wait at the same time share one commit. Raises ConfigurationError,
        with nothing written, for an event that contradicts the journal, and
        CannotWriteError when it could not be written (then it may be durable or not:
        opening the journal anew tells). A call that is cancelled may have recorded.
        """
        ...

    async def settled_ends(self, chunk_ids: Sequence[str]) -> list[tuple[RowSettlement, ...]]:
        """The ends of settled chunks, read back. Raises KeyError when one is not settled."""
        ...

    async def finish(self, event: RunFinished) -> None:
        """Mark the run complete. Raises as `record` does.

        Nothing can be recorded afterwards; a chunk or batch that is still open forbids it.
        """
        ...

    async def close(self) -> None:
        """Wait for what is being recorded and let go of the file. Closing twice is harmless."""
        ...
