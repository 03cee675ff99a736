"""What a journal's events add up to, while they are written and when they are read back.

Guarantee: an event that contradicts an earlier one is refused. This holds for the lifecycle of
each chunk and batch, and across them row by row:

* A row is in at most one open chunk. It goes into another only when its last chunk gave it back,
  and then with the next attempt number (the same number after a split). So a row that was
  imported, failed or ended unresolved can never be sent again.
* A segment batch holds imported rows only.
* A start follows the one before it, and notes nothing after it has ended.
* A run is finished only when no chunk and no batch is open, and nothing follows.

The writer checks here before it writes, so this program cannot write a journal that breaks the
rules. The reader checks here too, so a journal that breaks them is not resumed.

Memory: one byte a row, and an id and a number for each settled chunk. A run of ten million rows
is 20,000 chunks.
"""

from collections.abc import Iterable, Sequence

import msgspec

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import (
    JournalEvent,
    JournalLossAccepted,
    RunFinished,
    RunStarted,
)
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    ChunkEvent,
    ChunkProjection,
    ChunkState,
    Intended,
    RowAttempt,
    Settled,
    SettledAs,
    advance,
)
from cxone_async.journal.port import Projection
from cxone_async.journal.segments import (
    SegmentEvent,
    SegmentIntended,
    SegmentProjection,
    SegmentState,
    advance_segment,
)
from cxone_async.journal.starts import StartUsed

# A row's byte: 0 before it is first sent, then one of these, or, when a chunk gave it
# back, the attempt number with which it may go out next.
_LAST_ATTEMPT = 252  # far beyond what any retry limit allows
_OUT = 253
_IMPORTED = 254
_OVER = 255

_IN_WORDS = {
    _OUT: "is in another chunk that is not settled",
    _IMPORTED: "was imported",
    _OVER: "has its outcome",
}


class RowsSettled(msgspec.Struct, frozen=True):
    """How many rows were sent and have their outcome, by outcome.

    `duplicate` are those that the tenant had already.
    """

    imported: int = 0
    failed: int = 0
    duplicate: int = 0
    unresolved: int = 0


class JournalFold:
    """The state of a run after the events applied so far.

    `chunks` and `batches` hold what is open. `settled` holds the position of each settled
    chunk's `Settled` event, counted from 1 over all events of the journal. `submissions` counts
    the submissions begun, `lost_rows` is the highest row of an end that the journal has lost.
    `starts` is the number of the last start
    that made a note, 0 before any.
    """

    def __init__(self, started: RunStarted) -> None:
        self.identity: RunIdentity = started.identity
        self.keeps_head = started.keeps_head
        self.finished: RunFinished | None = None
        self.chunks: dict[str, ChunkProjection] = {}
        self.settled: dict[str, int] = {}
        self.submissions = 0
        self.lost_rows = 0
        self.starts = 0
        self._start_has_ended = False
        self.batches: dict[str, SegmentProjection] = {}
        self._closed_batches: dict[str, SegmentState] = {}
        self._rows = bytearray()
        self._settled_rows = dict.fromkeys(SettledAs, 0)
        self._events = 1

    @property
    def highest_row(self) -> int:
        """The highest row that a submission has named, or may have named; 0 before the first."""
        return max(len(self._rows) - 1, self.lost_rows, 0)

    @property
    def rows_imported(self) -> int:
        """The rows that were imported."""
        return self._rows.count(_IMPORTED)

    @property
    def rows_settled(self) -> RowsSettled:
        """The rows that have their outcome. They are counted as events come: quick at any size."""
        counts = self._settled_rows
        return RowsSettled(
            imported=counts[SettledAs.IMPORTED],
            failed=counts[SettledAs.FAILED],
            duplicate=counts[SettledAs.DUPLICATE],
            unresolved=counts[SettledAs.UNRESOLVED],
        )

    @property
    def rows_ended(self) -> int:
        """The rows that were sent and have their outcome."""
        return self.rows_imported + self._rows.count(_OVER)

    def apply(self, event: JournalEvent) -> None:
        """Take the next event. Raises ConfigurationError, changing nothing, if it is refused."""
        if self.finished is not None:
            raise ConfigurationError("journal: the run is finished, nothing can follow")
        match event:
            case RunStarted():
                raise ConfigurationError("journal: a run starts only once")
            case RunFinished():
                self._finish(event)
            case JournalLossAccepted():
                self.submissions = max(self.submissions, event.submissions)
                self.lost_rows = max(self.lost_rows, event.highest_row)
            case StartUsed():
                self._note_start(event)
            case _ if isinstance(event, SegmentEvent):
                self._apply_to_batch(event)
            case _:
                self._apply_to_chunk(event)
        self._events += 1

    def _note_start(self, event: StartUsed) -> None:
        # The first start of a journal of an earlier version made no note.
        is_next = event.start == self.starts + 1 or (event.start, self.starts) == (2, 0)
        is_same = event.start == self.starts > 0 and not self._start_has_ended
        if not is_next and not is_same:
            raise ConfigurationError(
                f"journal: a note of start {event.start} follows start {self.starts}"
                f"{', which has ended' if self._start_has_ended else ''}"
            )
        self.starts, self._start_has_ended = event.start, event.has_ended

    @property
    def next_start(self) -> int:
        """The number of the start that opens the journal now; 1 where nothing was done before."""
        return self.starts + 1 if self.starts or self._events == 1 else 2

    def _finish(self, event: RunFinished) -> None:
        if self.chunks or self.batches:
            raise ConfigurationError(
                f"journal: the run cannot be finished, {len(self.chunks)} chunks and "
                f"{len(self.batches)} segment batches are open"
            )
        self.finished = event

    def _apply_to_chunk(self, event: ChunkEvent) -> None:
        chunk_id = event.chunk_id
        if chunk_id in self.settled:
            before = ChunkProjection(chunk_id, ChunkState.SETTLED)
        else:
            before = self.chunks.get(chunk_id) or ChunkProjection(chunk_id)
        after = advance(before, event)
        match event:
            case Intended(rows=rows):
                if before.state is ChunkState.NEW:
                    self._send(chunk_id, rows)
                self.chunks[chunk_id] = after
                self.submissions += 1
            case Settled():
                self._settle(after)
                del self.chunks[chunk_id]
                self.settled[chunk_id] = self._events + 1
            case _:
                self.chunks[chunk_id] = after

    def _send(self, chunk_id: str, rows: tuple[RowAttempt, ...]) -> None:
        numbers = [sent.row for sent in rows]
        missing = max(numbers) + 1 - len(self._rows)
        if missing > 0:
            self._rows.extend(bytes(missing))
        states = self._rows
        for sent in rows:
            due = states[sent.row] or 1
            if sent.attempt != due or due > _LAST_ATTEMPT:
                raise ConfigurationError(
                    f"journal: chunk {chunk_id} holds row {sent.row} in attempt {sent.attempt}, "
                    f"but that row {_IN_WORDS.get(due, f'is due in attempt {due}')}"
                )
        for number in numbers:
            states[number] = _OUT

    def _settle(self, chunk: ChunkProjection) -> None:
        states = self._rows
        imported = SettledAs.IMPORTED
        others = []
        for settlement in chunk.settlements:
            if settlement.settled_as is imported:
                states[settlement.row] = _IMPORTED
            else:
                others.append(settlement)
        self._settled_rows[imported] += len(chunk.settlements) - len(others)
        if not others:
            return
        attempts = {sent.row: sent.attempt for sent in chunk.rows}
        for settlement in others:
            self._settled_rows[settlement.settled_as] += 1
            match settlement.settled_as:
                case SettledAs.RETRY:
                    states[settlement.row] = attempts[settlement.row] + 1
                case SettledAs.SPLIT:
                    states[settlement.row] = attempts[settlement.row]
                case _:
                    states[settlement.row] = _OVER

    def _apply_to_batch(self, event: SegmentEvent) -> None:
        batch_id = event.batch_id
        if batch_id in self._closed_batches:
            before = SegmentProjection(batch_id, self._closed_batches[batch_id])
        else:
            before = self.batches.get(batch_id) or SegmentProjection(batch_id)
        after = advance_segment(before, event)
        match event:
            case SegmentIntended(rows=rows):
                for row in rows:
                    if not (0 < row < len(self._rows) and self._rows[row] == _IMPORTED):
                        raise ConfigurationError(
                            f"journal: segment batch {batch_id} holds row {row}, which was not "
                            "imported"
                        )
                self.batches[batch_id] = after
            case _:
                del self.batches[batch_id]
                self._closed_batches[batch_id] = after.state


def fold_of(events: Iterable[JournalEvent], projections: Sequence[Projection] = ()) -> JournalFold:
    """Fold a whole journal in one pass that also feeds `projections`.

    A projection gets each event, in order, once the fold has accepted it. Raises
    ConfigurationError, naming the event by its position, when an event contradicts those before
    it, or when the first is not the start of a run. The projections must not be used then.
    """
    following = iter(events)
    first = next(following, None)
    if not isinstance(first, RunStarted):
        raise ConfigurationError("journal: its first event is not the start of a run")
    fold = JournalFold(first)
    for projection in projections:
        projection.apply(first)
    for position, event in enumerate(following, start=2):
        try:
            fold.apply(event)
        except ConfigurationError as error:
            raise ConfigurationError(f"{error} (event {position})") from error
        for projection in projections:
            projection.apply(event)
    return fold
