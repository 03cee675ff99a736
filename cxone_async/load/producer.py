"""Turns the input into chunks on a bounded queue.

Guarantee: every row that preparation yields is handed on exactly once:

* decided rows go to the collector;
* rows that the journal names go where the journal says they stand;
* all others go into chunks.

No row goes into a chunk before the guards have judged the input (`guards.InputCheck`).

When the dispatcher's queue is full, the producer waits. The preparation pipe then fills, and
reading the input stops too.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import closing

import msgspec

from cxone_async.errors import ConfigurationError
from cxone_async.journal.lifecycle import SettledAs
from cxone_async.load.chunk import Chunk, ChunkFiller, ChunkLimit
from cxone_async.load.counters import RunCounters
from cxone_async.load.dispatcher import Dispatcher
from cxone_async.load.events import BlockPrepared, ObserveLoad, unobserved
from cxone_async.load.guards import Guards, InputCheck
from cxone_async.load.held_rows import HeldRows, Overflow
from cxone_async.load.reading_progress import ReadingProgress
from cxone_async.load.resume import (
    HasOutcome,
    Lost,
    NeverSent,
    ReadSettlements,
    ResumeIndex,
    SendAgain,
    SendApart,
)
from cxone_async.load.segmenter import Member
from cxone_async.load.settlement import halves, outcome_of
from cxone_async.outcome import Resemblance, RowOutcome
from cxone_async.prepare.port import PreparationPass
from cxone_async.prepare.rows import PendingRow, PendingRows, Prepared


class Producer:
    """Prepares the input and hands every row on."""

    def __init__(
        self,
        *,
        preparation: PreparationPass,
        dispatcher: Dispatcher,
        emit: Callable[[Sequence[RowOutcome]], Awaitable[None]],
        review: Callable[[Sequence[Resemblance]], None],
        add_to_segment: Callable[[Sequence[Member]], None],
        resume: ResumeIndex,
        settlements_of: ReadSettlements,
        guards: Guards,
        counters: RunCounters,
        limit: ChunkLimit,
        overflow: Overflow | None = None,
        observe: ObserveLoad = unobserved,
    ) -> None:
        self._preparation = preparation
        self._dispatcher = dispatcher
        self._emit = emit
        self._review = review
        self._add_to_segment = add_to_segment
        self._resume = resume
        self._settlements_of = settlements_of
        self._check = InputCheck(guards, resume.rows_sent)
        self._held = HeldRows(overflow)
        self._counters = counters
        self._reading = ReadingProgress(counters)
        self._observe = observe
        self._filling = ChunkFiller(limit)
        self._lost = ChunkFiller(limit)
        self._gathered: dict[str, dict[int, PendingRow]] = {}
        self._known_rows = 0

    async def run(self, blocks: AsyncIterator[bytes]) -> None:
        """Hand on every row of the input.

        Raises UnreadableInputError, GuardTrippedError, and ConfigurationError when the journal
        names rows that are not ready in this input.
        """
        with closing(self._held):
            await self._preparation.each_block(self._reading.over(blocks), self._hand_on_block)
            self._check.end()
            await self._hand_on_held()
        if self._filling:
            await self._dispatcher.put(self._filling.take_rest())
        if self._lost:
            await self._dispatcher.put(self._lost.take_rest(), is_lost=True)
        if self._known_rows != self._resume.rows_sent:
            raise ConfigurationError(
                f"the journal names {self._resume.rows_sent:,} rows that were sent, but only "
                f"{self._known_rows:,} of them are ready in this input"
            )
        self._counters.input_ended = True
        await self._dispatcher.end_input()

    async def _hand_on_block(self, prepared: Prepared) -> None:
        waited_s = self._reading.came(prepared)
        self._counters.rows_read = self._preparation.rows_read
        self._check.add(prepared.decided, self._preparation.rows_read)
        self._observe(
            BlockPrepared(prepared.rows, len(prepared.decided), len(prepared.ready), waited_s)
        )
        self._review(prepared.resemblances)
        await self._emit(prepared.decided)
        if self._check.allows_sending:
            await self._hand_on_held()
            await self._hand_on(prepared.ready)
        else:
            await self._held.put(prepared.ready)
        self._reading.waits()

    async def _hand_on_held(self) -> None:
        while (ready := await self._held.take()) is not None:
            await self._hand_on(ready)

    async def _hand_on(self, ready: PendingRows) -> None:
        if not self._resume.knows_of_rows:
            await self._fill(ready)
            return
        ended: list[RowOutcome] = []
        members: list[Member] = []
        for row, standing in zip(
            ready, await self._resume.standings(ready.rows, self._settlements_of), strict=True
        ):
            match standing:
                case HasOutcome(settlement=settlement, import_id=import_id, attempt=attempt):
                    self._known_rows += 1
                    sent = row if attempt == 1 else msgspec.structs.replace(row, attempt=attempt)
                    ended.append(outcome_of(sent, settlement, import_id))
                    if settlement.settled_as is SettledAs.IMPORTED:
                        members.append(Member(row.row, settlement.contact_id))
                case NeverSent():
                    await self._fill([row])
                case Lost(attempt=attempt, was_sent=was_sent):
                    self._known_rows += was_sent
                    await self._leave(msgspec.structs.replace(row, attempt=attempt))
                case SendAgain(attempt=attempt):
                    self._known_rows += 1
                    await self._dispatcher.send_again(
                        [msgspec.structs.replace(row, attempt=attempt)]
                    )
                case SendApart(chunk_id=chunk_id, attempt=attempt, rows_left=rows_left):
                    self._known_rows += 1
                    again = msgspec.structs.replace(row, attempt=attempt)
                    await self._send_apart(chunk_id, again, rows_left)
                case in_chunk:
                    self._known_rows += 1
                    sent = msgspec.structs.replace(row, attempt=in_chunk.attempt)
                    await self._gather(in_chunk.chunk_id, sent)
        self._add_to_segment(members)
        await self._emit(ended)

    async def _fill(self, rows: Iterable[PendingRow]) -> None:
        self._filling.add(rows)
        while (full := self._filling.take_full()) is not None:
            await self._dispatcher.put(full)

    async def _leave(self, row: PendingRow) -> None:
        self._lost.add([row])
        while (full := self._lost.take_full()) is not None:
            await self._dispatcher.put(full, is_lost=True)

    async def _send_apart(self, chunk_id: str, row: PendingRow, rows_left: int) -> None:
        """Gather the remaining rows of a chunk that was refused whole; send them in halves."""
        rows = self._gathered.setdefault(chunk_id, {})
        rows[row.row] = row
        if len(rows) == rows_left:
            del self._gathered[chunk_id]
            await self._dispatcher.send_apart(halves(list(rows.values())))

    async def _gather(self, chunk_id: str, row: PendingRow) -> None:
        """Rebuild an unsettled chunk, in the order in which it was sent."""
        known = self._resume.open_chunks[chunk_id]
        rows = self._gathered.setdefault(chunk_id, {})
        rows[row.row] = row
        if len(rows) == len(known.rows):
            del self._gathered[chunk_id]
            await self._dispatcher.put_first(
                Chunk(
                    chunk_id,
                    tuple(rows[number] for number in known.rows),
                    known.state,
                    known.import_id,
                    is_lost=self._resume.is_lost(known),
                )
            )
