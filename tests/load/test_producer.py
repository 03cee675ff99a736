"""From the input to the dispatcher: every row is handed on once, and none is read too early."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from fixtures.run_in_memory import HEADER, NO_SAMPLE, csv_of, prepare_job

from cxone_async.errors import ConfigurationError, GuardTrippedError
from cxone_async.journal.events import JournalLossAccepted
from cxone_async.journal.lifecycle import (
    Accepted,
    ChunkEvent,
    ChunkState,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.load.chunk import Chunk, ChunkLimit, ChunkMaker
from cxone_async.load.counters import RunCounters
from cxone_async.load.dispatcher import Dispatcher
from cxone_async.load.events import BlockPrepared, LoadEvent
from cxone_async.load.guards import MINIMUM_ROWS, Guards
from cxone_async.load.producer import Producer
from cxone_async.load.resume import ResumeIndex
from cxone_async.load.segmenter import Member
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.prepare.port import PreparationPass
from cxone_async.tenant.contact_lists.client import ContactListsDialect
from cxone_async.tenant.events import TenantEvent
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.virtual_time

CHUNK_SIZE, QUEUE_CHUNKS = 4, 2
MAKER = ChunkMaker("run", "list")


@dataclass
class Producing:
    """A producer, and all that it hands on."""

    events: Sequence[ChunkEvent | JournalLossAccepted] = ()
    guards: Guards = field(default_factory=Guards)
    queue_chunks: int = 1000
    emitted: list[RowOutcome] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    observed: list[LoadEvent | TenantEvent] = field(default_factory=list)
    counters: RunCounters = field(default_factory=RunCounters)

    def __post_init__(self) -> None:
        self.dispatcher = Dispatcher(MAKER, ChunkLimit(CHUNK_SIZE), self.queue_chunks)
        resume = ResumeIndex()
        for event in self.events:
            resume.apply(event)
        job = prepare_job(dialect=ContactListsDialect(), **NO_SAMPLE)
        self._producer = Producer(
            preparation=PreparationPass(InlinePreparation(job)),
            dispatcher=self.dispatcher,
            emit=self._emit,
            review=lambda _resemblances: None,
            add_to_segment=self.members.extend,
            resume=resume,
            settlements_of=self._read_settlements,
            guards=self.guards,
            counters=self.counters,
            limit=ChunkLimit(CHUNK_SIZE),
            observe=self.observed.append,
        )

    async def run(self, blocks: Iterable[bytes]) -> None:
        await self._producer.run(self._each(blocks))

    async def chunks(self) -> list[Chunk]:
        """Take all chunks, as one worker would that is done with each at once."""
        taken = []
        while (chunk := await self.dispatcher.next_chunk()) is not None:
            taken.append(chunk)
            await self.dispatcher.done(chunk)
        return taken

    @staticmethod
    async def _each(blocks: Iterable[bytes]) -> AsyncIterator[bytes]:
        for block in blocks:
            yield block

    async def _emit(self, outcomes: Sequence[RowOutcome]) -> None:
        self.emitted.extend(outcomes)

    async def _read_settlements(self, chunk_ids: Sequence[str]) -> list[tuple[RowSettlement, ...]]:
        ends = {
            event.chunk_id: event.settlements for event in self.events if isinstance(event, Settled)
        }
        return [ends[chunk_id] for chunk_id in chunk_ids]


def intended(chunk_id: str, *rows: int, attempt: int = 1) -> Intended:
    return Intended(chunk_id, tuple(RowAttempt(row, attempt) for row in rows))


def settled(chunk_id: str, *ends: RowSettlement) -> Settled:
    return Settled(chunk_id, ends)


def blocks_of(content: bytes, block_bytes: int) -> list[bytes]:
    return [content[at : at + block_bytes] for at in range(0, len(content), block_bytes)]


def sent(chunk: Chunk) -> list[tuple[int, int]]:
    """The rows of a chunk, each with the number of its attempt."""
    return [(row.row, row.attempt) for row in chunk.rows]


@pytest.mark.parametrize("block_bytes", [1, 90, 100_000])
async def test_every_row_is_handed_on_once_either_decided_or_in_a_chunk(block_bytes: int) -> None:
    people = csv_of(10).splitlines(keepends=True)
    content = b"".join([*people[:4], b"no phone,x@example.com,A,B\n", *people[4:], people[1]])
    producing = Producing()
    await producing.run(blocks_of(content, block_bytes))
    chunks = await producing.chunks()
    assert [(one.row, one.outcome) for one in producing.emitted] == [
        (4, Outcome.INVALID),
        (12, Outcome.DUPLICATE),
    ]
    assert [sent(chunk) for chunk in chunks] == [
        [(1, 1), (2, 1), (3, 1), (5, 1)],
        [(6, 1), (7, 1), (8, 1), (9, 1)],
        [(10, 1), (11, 1)],
    ]
    assert [chunk.chunk_id for chunk in chunks] == [MAKER.make(c.rows).chunk_id for c in chunks]


async def test_what_was_read_is_counted_and_told() -> None:
    producing = Producing()
    content = csv_of(3) + b"no phone,x@example.com,A,B\n"
    await producing.run(blocks_of(content, 40))
    counters = producing.counters
    assert (counters.bytes_read, counters.rows_read) == (len(content), 4)
    assert counters.input_ended
    told = [event for event in producing.observed if isinstance(event, BlockPrepared)]
    assert told == producing.observed
    assert sum(event.row_count for event in told) == 4
    assert sum(event.decided_count for event in told) == 1
    assert sum(event.ready_count for event in told) == 3


async def test_rows_that_the_journal_knows_go_where_it_says_they_stand() -> None:
    producing = Producing(
        [
            intended("ended", 1, 2),
            Accepted("ended", "import-1"),
            settled(
                "ended",
                RowSettlement(1, SettledAs.IMPORTED, "contact-1"),
                RowSettlement(2, SettledAs.RETRY),
            ),
            intended("again", 2, 3, attempt=2),
            Accepted("again", "import-2"),
            settled(
                "again",
                RowSettlement(2, SettledAs.FAILED, reason="retries_exhausted", detail="why"),
                RowSettlement(3, SettledAs.RETRY),
            ),
            intended("refused", 4, 5, 6),
            settled("refused", *(RowSettlement(row, SettledAs.SPLIT) for row in (4, 5, 6))),
            intended("open", 8, 7),
            Accepted("open", "import-3"),
        ]
    )
    await producing.run(blocks_of(csv_of(9), 60))
    chunks = await producing.chunks()
    imported, failed = producing.emitted
    assert (imported.row, imported.outcome, imported.contact_id, imported.import_id) == (
        1, Outcome.IMPORTED, "contact-1", "import-1",
    )  # fmt: skip
    assert (failed.row, failed.outcome, failed.reason, failed.detail, failed.attempts) == (
        2, Outcome.FAILED, "retries_exhausted", "why", 2,
    )  # fmt: skip
    assert failed.raw == csv_of(9).splitlines()[2]
    assert producing.members == [Member(1, "contact-1")]
    assert [sent(chunk) for chunk in chunks] == [
        [(4, 1)],
        [(5, 1), (6, 1)],
        [(8, 1), (7, 1)],
        [(9, 1)],
        [(3, 3)],
    ]
    (opened,) = [chunk for chunk in chunks if chunk.chunk_id == "open"]
    assert (opened.state, opened.import_id) == (ChunkState.ACCEPTED, "import-3")


async def test_rows_that_may_be_in_a_lost_submission_are_left_and_the_others_are_sent() -> None:
    producing = Producing(
        [
            intended("ended", 1, 2, 3),
            Accepted("ended", "import-1"),
            settled(
                "ended",
                RowSettlement(1, SettledAs.IMPORTED, "contact-1"),
                RowSettlement(2, SettledAs.FAILED, reason="tenant_dnc_listed"),
                RowSettlement(3, SettledAs.RETRY),
            ),
            intended("refused", 4, 5),
            settled("refused", *(RowSettlement(row, SettledAs.SPLIT) for row in (4, 5))),
            intended("open", 8, 7),
            Accepted("open", "import-3"),
            JournalLossAccepted(9, 10),
            intended("after", 12, 11),
        ]
    )
    await producing.run(blocks_of(csv_of(14), 60))
    chunks = await producing.chunks()
    assert [one.row for one in producing.emitted] == [1, 2]
    assert [(sent(chunk), chunk.is_lost) for chunk in chunks] == [
        ([(8, 1), (7, 1)], True),
        ([(12, 1), (11, 1)], False),
        ([(3, 2), (4, 1), (5, 1), (6, 1)], True),
        ([(13, 1), (14, 1)], False),
        ([(9, 1), (10, 1)], True),
    ]


async def test_a_journal_that_lost_everything_leaves_every_row_that_it_may_have_sent() -> None:
    producing = Producing([JournalLossAccepted(9, 3)])
    await producing.run(blocks_of(csv_of(5), 60))
    assert [(sent(chunk), chunk.is_lost) for chunk in await producing.chunks()] == [
        ([(4, 1), (5, 1)], False),
        ([(1, 1), (2, 1), (3, 1)], True),
    ]


async def test_an_input_without_rows_that_the_journal_names_is_refused() -> None:
    producing = Producing([intended("open", 1, 2, 3)])
    with pytest.raises(ConfigurationError, match=r"names 3 rows .* only 2 of them"):
        await producing.run([csv_of(2)])
    assert not producing.counters.input_ended


async def test_nothing_is_read_that_cannot_soon_be_sent() -> None:
    lines = csv_of(100).splitlines(keepends=True)
    read: list[bytes] = []

    def each_line() -> Iterable[bytes]:
        for line in lines:
            read.append(line)
            yield line

    producing = Producing(queue_chunks=QUEUE_CHUNKS)
    running = asyncio.create_task(producing.run(each_line()))
    await asyncio.sleep(3600.0)
    read_ahead = len(read)
    assert read_ahead <= 1 + (QUEUE_CHUNKS + 1) * CHUNK_SIZE + 1
    chunk = await producing.dispatcher.next_chunk()
    await asyncio.sleep(3600.0)
    assert chunk is not None
    assert len(read) == read_ahead + CHUNK_SIZE
    await producing.dispatcher.done(chunk)
    rest, _ = await asyncio.gather(producing.chunks(), running)
    rows = [row for each in (chunk, *rest) for row, _ in sent(each)]
    assert rows == list(range(1, 101))


async def test_too_many_duplicates_stop_it_before_their_block_is_handed_on() -> None:
    person = csv_of(1).removeprefix(HEADER)
    producing = Producing(guards=Guards(max_duplicate_rate=0.5))
    with pytest.raises(GuardTrippedError, match="--max-duplicate-rate"):
        await producing.run([HEADER + person, person * MINIMUM_ROWS])
    assert producing.emitted == []
    assert not producing.counters.input_ended


@pytest.mark.parametrize("block_bytes", [90, 700, 10**6])
@pytest.mark.parametrize(("good", "bad"), [(499, 501), (4, 5)])
async def test_an_input_that_is_mostly_invalid_is_stopped_before_anything_is_handed_on(
    block_bytes: int, good: int, bad: int
) -> None:
    producing = Producing(guards=Guards(max_invalid_rate=0.5, min_rows=1))
    content = csv_of(good) + b"no phone,x@example.com,A,B\n" * bad
    with pytest.raises(GuardTrippedError, match=r"max-invalid-rate.*nothing was sent") as error:
        await producing.run(blocks_of(content, block_bytes))
    assert error.value.reasons[0].first_rows == (good + 1, good + 2)
    await producing.dispatcher.end_input()
    assert await producing.chunks() == []


async def test_rows_wait_until_a_thousand_are_read_and_then_all_go_out_in_order() -> None:
    producing = Producing(guards=Guards(max_invalid_rate=0.5))
    content = csv_of(MINIMUM_ROWS + 10)
    released = []

    async def blocks() -> AsyncIterator[bytes]:
        for block in blocks_of(content, 400):
            yield block
            released.append((producing.counters.rows_read, bool(producing.dispatcher._fresh)))

    await producing._producer.run(blocks())
    assert {rows >= MINIMUM_ROWS for rows, has_chunks in released if has_chunks} == {True}
    assert {rows < MINIMUM_ROWS for rows, has_chunks in released if not has_chunks} == {True}
    rows = [row for chunk in await producing.chunks() for row, _ in sent(chunk)]
    assert rows == list(range(1, MINIMUM_ROWS + 11))


async def test_a_short_input_goes_out_at_its_end_and_a_larger_minimum_stops_it() -> None:
    producing = Producing(guards=Guards(max_invalid_rate=0.5, min_rows=7))
    await producing.run([csv_of(7)])
    assert len(await producing.chunks()) == 2
    producing = Producing(guards=Guards(min_rows=8))
    with pytest.raises(GuardTrippedError, match="7 rows, fewer than 8"):
        await producing.run([csv_of(7)])
    await producing.dispatcher.end_input()
    assert await producing.chunks() == []


async def test_a_resumed_run_is_judged_again_and_says_that_rows_went_out() -> None:
    producing = Producing(events=[intended("chunk-1", 1, 2)], guards=Guards(max_invalid_rate=0.1))
    with pytest.raises(GuardTrippedError, match="what was sent stays sent"):
        await producing.run([csv_of(2) + b"no phone,x@example.com,A,B\n"])
