"""What a journal's events add up to, while they are written and when they are read back.

Guarantee: no event is applied that contradicts an earlier one. Beyond the lifecycle of
each chunk and batch this holds across them, row by row:

* a row is in at most one open chunk; it goes into another only when its last chunk gave
  it back, and then with the attempt number that follows (the same after a split). So a
  row that was imported, failed or unresolved can never be sent again;
* a segment batch holds imported rows only;
* a run is finished only when no chunk and no batch is open, and nothing follows.

The writer asks here before it writes, so a journal that breaks these rules cannot come
about; the reader asks here too, so one that was tampered with is not believed.

A run of ten million rows is 20,000 chunks. Settled ones leave an id and a number behind,
and each row one byte.
"""

from collections.abc import Iterable

from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import JournalEvent, RunFinished, RunStarted
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
from cxone_async.journal.segments import (
    SegmentEvent,
    SegmentIntended,
    SegmentProjection,
    SegmentState,
    advance_segment,
)

# A row's byte: 0 before it is first sent, then one of these, or, when a chunk gave it
# back, the attempt number with which it may go out next.
_LAST_ATTEMPT = 252  # far beyond what any retry limit allows
_OUT = 253
_IMPORTED = 254
_LOST = 255

_IN_WORDS = {
    _OUT: "is in another chunk that is not settled",
    _IMPORTED: "was imported",
    _LOST: "has come to its end",
}


class JournalFold:
    """The state of a run after the events applied so far.

    `chunks` and `batches` hold what is open, `settled` the position of the `Settled`
    event of every settled chunk, counted from 1 over all events of the journal.
    """

    def __init__(self, started: RunStarted) -> None:
        self.identity: RunIdentity = started.identity
        self.finished: RunFinished | None = None
        self.chunks: dict[str, ChunkProjection] = {}
        self.settled: dict[str, int] = {}
        self.batches: dict[str, SegmentProjection] = {}
        self._closed_batches: dict[str, SegmentState] = {}
        self._rows = bytearray()
        self._events = 1

    def apply(self, event: JournalEvent) -> None:
        """Take `event` in. Raises ConfigurationError, with nothing changed, if it cannot be."""
        if self.finished is not None:
            raise ConfigurationError("journal: the run is finished, nothing can follow")
        match event:
            case RunStarted():
                raise ConfigurationError("journal: a run starts only once")
            case RunFinished():
                self._finish(event)
            case _ if isinstance(event, SegmentEvent):
                self._apply_to_batch(event)
            case _:
                self._apply_to_chunk(event)
        self._events += 1

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

    def _settle(self, record: ChunkProjection) -> None:
        states = self._rows
        imported = SettledAs.IMPORTED
        others = []
        for end in record.ends:
            if end.settled_as is imported:
                states[end.row] = _IMPORTED
            else:
                others.append(end)
        if not others:
            return
        attempts = {sent.row: sent.attempt for sent in record.rows}
        for end in others:
            match end.settled_as:
                case SettledAs.RETRY:
                    states[end.row] = attempts[end.row] + 1
                case SettledAs.SPLIT:
                    states[end.row] = attempts[end.row]
                case _:
                    states[end.row] = _LOST

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


def fold_of(events: Iterable[JournalEvent]) -> JournalFold:
    """Fold a whole journal.

    Raises ConfigurationError, naming the event by its position, when one contradicts
    those before it, or when the first does not say whose journal it is.
    """
    following = iter(events)
    first = next(following, None)
    if not isinstance(first, RunStarted):
        raise ConfigurationError("journal: its first event does not say whose run it is")
    fold = JournalFold(first)
    for position, event in enumerate(following, start=2):
        try:
            fold.apply(event)
        except ConfigurationError as error:
            raise ConfigurationError(f"{error} (event {position})") from error
    return fold
