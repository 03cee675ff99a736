"""Where each row stands in the journal when a run resumes.

A row's standing is a projection of the journal. Memory holds:

* six bytes a row, up to the highest row that was sent;
* the chunk id and import id of every chunk;
* the rows of each open chunk;
* the settlements of the `CACHED_CHUNKS` chunks that were looked at last. They are read back from
  the journal as their rows come by.
"""

from array import array
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import msgspec

from cxone_async.journal.events import JournalEvent, JournalLossAccepted
from cxone_async.journal.lifecycle import (
    TRANSITIONS,
    Accepted,
    Bounced,
    ChunkState,
    Intended,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.load.settlement import OUTCOME_OF
from cxone_async.outcome import Outcome

CACHED_CHUNKS = 512
"""Enough for the chunks that were in flight together and for their retries."""

CODE_OF = {settled_as: code for code, settled_as in enumerate(SettledAs, start=1)}
SPLIT = CODE_OF[SettledAs.SPLIT]
_ENDED = frozenset(CODE_OF[settled_as] for settled_as in OUTCOME_OF)


class NeverSent(msgspec.Struct, frozen=True):
    """The row was never sent."""


class SendAgain(msgspec.Struct, frozen=True):
    """The row's last chunk released it: it goes out with this attempt number."""

    attempt: int


class SendApart(msgspec.Struct, frozen=True):
    """The row's last chunk was refused whole, and this row has not gone out since.

    `rows_left` such rows remain of that chunk. Packed together they would make the refused chunk
    again, with the same id, so they go out in halves.
    """

    chunk_id: str
    attempt: int
    rows_left: int


class HasOutcome(msgspec.Struct, frozen=True):
    """The row has its outcome."""

    settlement: RowSettlement
    import_id: str
    attempt: int


class InOpenChunk(msgspec.Struct, frozen=True):
    """The row is in a chunk that is not settled; the chunk must be rebuilt."""

    chunk_id: str
    attempt: int


class Lost(msgspec.Struct, frozen=True):
    """The row may be in a submission that the journal has lost: it must not go out.

    `attempt` is the one that it would be due in; `was_sent` says whether the journal names it.
    """

    attempt: int
    was_sent: bool


class OpenChunk(msgspec.Struct, frozen=True):
    """An unsettled chunk: its state and its rows, in the order in which they were sent."""

    chunk_id: str
    state: ChunkState
    import_id: str
    rows: tuple[int, ...]


Standing = NeverSent | SendAgain | SendApart | HasOutcome | InOpenChunk | Lost

NEVER_SENT = NeverSent()

ReadSettlements = Callable[[Sequence[str]], Awaitable[list[tuple[RowSettlement, ...]]]]


class ResumeIndex:
    """Standings by row. `rows_sent` counts the distinct rows that the journal names.

    Rows up to `lost_rows` may be in submissions that the journal has lost.

    It is a `journal.port.Projection`, filled while the journal is opened.
    """

    def __init__(self) -> None:
        self._chunk_ids: list[str] = []
        self._import_ids: list[str] = []
        self._chunk_of_row = array("I")
        self._attempt_of_row = bytearray()
        self._settled_as_of_row = bytearray()
        self._settlements: OrderedDict[int, Mapping[int, RowSettlement]] = OrderedDict()
        self.open_chunks: dict[str, OpenChunk] = {}
        self._ordinals: dict[str, int] = {}
        self._rows_left_of: Counter[int] = Counter()
        self.rows_sent = 0
        self.lost_rows = 0

    @property
    def knows_of_rows(self) -> bool:
        """Whether any row stands otherwise than never sent."""
        return bool(self.rows_sent or self.lost_rows)

    def is_lost(self, chunk: OpenChunk) -> bool:
        """Whether an open chunk's rows may also be in submissions that the journal has lost."""
        return min(chunk.rows) <= self.lost_rows

    def import_ids(self) -> Iterator[tuple[str, str]]:
        """Yield each import id that the tenant has given, with its chunk's id."""
        for import_id, chunk_id in zip(self._import_ids, self._chunk_ids, strict=True):
            if import_id:
                yield import_id, chunk_id

    def ended(self) -> Counter[Outcome]:
        """Count the rows that have their outcome, by outcome."""
        return Counter(
            {
                outcome: self._settled_as_of_row.count(CODE_OF[settled_as])
                for settled_as, outcome in OUTCOME_OF.items()
            }
        )

    def apply(self, event: JournalEvent) -> None:
        """Take in the next event of the journal."""
        match event:
            case Intended(chunk_id=chunk_id):
                if chunk_id not in self._ordinals:
                    self._open(event)
                self._advance(event)
            case Bounced():
                self._advance(event)
            case Accepted(chunk_id=chunk_id, import_id=import_id):
                self._import_ids[self._ordinals[chunk_id] - 1] = import_id
                self._advance(event)
            case Settled():
                ordinal = self._ordinals.pop(event.chunk_id)
                settled_as_by_row = [settlement.settled_as for settlement in event.settlements]
                for settlement, settled_as in zip(
                    event.settlements, settled_as_by_row, strict=True
                ):
                    self._settled_as_of_row[settlement.row] = CODE_OF[settled_as]
                if left := settled_as_by_row.count(SettledAs.SPLIT):
                    self._rows_left_of[ordinal] = left
                del self.open_chunks[event.chunk_id]
            case JournalLossAccepted(highest_row=highest_row):
                self.lost_rows = max(self.lost_rows, highest_row)

    def _open(self, event: Intended) -> None:
        self._chunk_ids.append(event.chunk_id)
        self._import_ids.append("")
        ordinal = self._ordinals[event.chunk_id] = len(self._chunk_ids)
        rows = tuple([sent.row for sent in event.rows])
        chunks, settled_as_by_row = self._chunk_of_row, self._settled_as_of_row
        attempts = self._attempt_of_row
        missing = max(rows) + 1 - len(chunks)
        if missing > 0:
            chunks.extend([0] * missing)
            attempts.extend(bytes(missing))
            settled_as_by_row.extend(bytes(missing))
        for row, sent in zip(rows, event.rows, strict=True):
            if settled_as_by_row[row] == SPLIT:
                self._rows_left_of[chunks[row]] -= 1
            self.rows_sent += not chunks[row]
            chunks[row] = ordinal
            attempts[row] = sent.attempt
            settled_as_by_row[row] = 0
        self.open_chunks[event.chunk_id] = OpenChunk(event.chunk_id, ChunkState.NEW, "", rows)

    def _advance(self, event: Intended | Bounced | Accepted) -> None:
        chunk = self.open_chunks[event.chunk_id]
        self.open_chunks[event.chunk_id] = msgspec.structs.replace(
            chunk,
            state=TRANSITIONS[chunk.state, type(event)],
            import_id=self._import_ids[self._ordinals[event.chunk_id] - 1],
        )

    async def standings(
        self, rows: Sequence[int], read_settlements: ReadSettlements
    ) -> list[Standing]:
        """Return the standing of each of `rows`, which preparation found ready to send."""
        standings: list[Standing] = []
        settlements = await self._settlements_of_chunks(rows, read_settlements)
        for row in rows:
            chunk = self._chunk_of_row[row] if row < len(self._chunk_of_row) else 0
            code = self._settled_as_of_row[row] if chunk else 0
            if code in _ENDED:
                standings.append(
                    HasOutcome(
                        settlements[chunk][row],
                        self._import_ids[chunk - 1],
                        self._attempt_of_row[row],
                    )
                )
            elif chunk:
                standings.append(self._standing(row, chunk, code))
            else:
                standings.append(Lost(1, was_sent=False) if row <= self.lost_rows else NEVER_SENT)
        return standings

    def _standing(
        self, row: int, chunk: int, code: int
    ) -> SendAgain | SendApart | InOpenChunk | Lost:
        chunk_id, attempt = self._chunk_ids[chunk - 1], self._attempt_of_row[row]
        if not code:
            return InOpenChunk(chunk_id, attempt)
        if row <= self.lost_rows:
            return Lost(attempt if code == SPLIT else attempt + 1, was_sent=True)
        if code == SPLIT:
            return SendApart(chunk_id, attempt, self._rows_left_of[chunk])
        return SendAgain(attempt + 1)

    async def _settlements_of_chunks(
        self, rows: Sequence[int], read_settlements: ReadSettlements
    ) -> Mapping[int, Mapping[int, RowSettlement]]:
        """Return, by chunk and row, the settlements of those rows that have come to their end.

        Whatever must be read is asked for at once, because each time costs a change of threads.
        """
        known = len(self._chunk_of_row)
        numbers = dict.fromkeys(
            self._chunk_of_row[row]
            for row in rows
            if row < known and self._settled_as_of_row[row] in _ENDED
        )
        missing = [number for number in numbers if number not in self._settlements]
        if missing:
            read = await read_settlements([self._chunk_ids[number - 1] for number in missing])
            for number, settlements in zip(missing, read, strict=True):
                self._settlements[number] = {each.row: each for each in settlements}
        found = {number: self._settlements[number] for number in numbers}
        for number in numbers:
            self._settlements.move_to_end(number)
        while len(self._settlements) > CACHED_CHUNKS:
            self._settlements.popitem(last=False)
        return found
