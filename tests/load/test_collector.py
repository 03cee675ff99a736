"""One consumer of outcomes: each batch once, one after the other, off the loop's thread."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from fixtures.run_in_memory import Sink

from cxone_async.errors import CannotWriteError, GuardTrippedError
from cxone_async.load.collector import QUEUE_BATCHES, Collector, OutcomeSink
from cxone_async.load.counters import RunCounters
from cxone_async.load.guards import ReasonCounts
from cxone_async.outcome import Outcome, RowOutcome

pytestmark = pytest.mark.virtual_time

A_FEW_STEPS = 50


def outcomes(outcome: Outcome, *rows: int) -> list[RowOutcome]:
    return [RowOutcome(row, row + 1, outcome) for row in rows]


def no_guard(_counts: Counter[Outcome], _reasons: ReasonCounts) -> None:
    return None


def collector(
    sink: OutcomeSink,
    counters: RunCounters | None = None,
    guard: Callable[[Counter[Outcome], ReasonCounts], None] = no_guard,
) -> Collector:
    return Collector(sink, counters or RunCounters(), guard)


class GatedSink(Sink):
    """A disk that writes a batch only once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.may_write = threading.Semaphore(0)
        self.entries = 0

    def append(self, outcomes: Sequence[RowOutcome]) -> None:
        self.entries += 1
        self.entered.release()
        assert self.may_write.acquire(timeout=5.0)
        super().append(outcomes)


async def test_each_outcome_is_counted_once_and_kept_once_in_the_order_handed_over() -> None:
    sink, counters = Sink(), RunCounters()
    one = collector(sink, counters)
    batches = [
        outcomes(Outcome.IMPORTED, 1, 4),
        outcomes(Outcome.DUPLICATE, 2),
        [*outcomes(Outcome.FAILED, 3), *outcomes(Outcome.IMPORTED, 5)],
    ]
    for batch in batches:
        await one.put(batch)
    await one.end()
    await one.run()
    assert sink.outcomes == [outcome for batch in batches for outcome in batch]
    assert one.counts == {Outcome.IMPORTED: 3, Outcome.DUPLICATE: 1, Outcome.FAILED: 1}
    assert (counters.imported, counters.duplicates, counters.failed) == (3, 1, 1)


async def test_what_it_counts_by_reason_is_in_the_counters() -> None:
    counters = RunCounters()
    one = collector(Sink(), counters)
    await one.put(
        [
            RowOutcome(1, 2, Outcome.INVALID, reason="phone_too_short"),
            RowOutcome(2, 3, Outcome.SUPPRESSED, reason="dnc"),
            RowOutcome(3, 4, Outcome.DUPLICATE, rule="same_phone"),
        ]
    )
    await one.end()
    await one.run()
    assert counters.reasons == {
        (Outcome.INVALID, "phone_too_short"): 1,
        (Outcome.SUPPRESSED, "dnc"): 1,
        (Outcome.DUPLICATE, "same_phone"): 1,
    }
    assert (counters.invalid, counters.suppressed, counters.rejected) == (1, 1, 2)


async def test_a_batch_of_nothing_does_not_reach_the_disk() -> None:
    sink = GatedSink()
    one = collector(sink)
    await one.put([])
    await one.end()
    await one.run()
    assert (sink.entries, one.counts) == (0, Counter())


async def test_while_the_disk_writes_the_loop_goes_on_and_no_second_batch_is_begun() -> None:
    sink = GatedSink()
    one = collector(sink)
    running = asyncio.create_task(one.run())
    await one.put(outcomes(Outcome.IMPORTED, 1))
    await one.put(outcomes(Outcome.IMPORTED, 2))
    await asyncio.to_thread(sink.entered.acquire)
    for _ in range(A_FEW_STEPS):
        await asyncio.sleep(0)
    assert (sink.entries, sink.outcomes) == (1, [])
    sink.may_write.release(2)
    await one.end()
    await running
    assert sorted(sink.by_row) == [1, 2]


async def test_it_ends_only_when_all_that_came_before_is_kept() -> None:
    sink = GatedSink()
    one = collector(sink)
    running = asyncio.create_task(one.run())
    await one.put(outcomes(Outcome.IMPORTED, 1))
    await one.end()
    await asyncio.to_thread(sink.entered.acquire)
    for _ in range(A_FEW_STEPS):
        await asyncio.sleep(0)
    assert not running.done()
    sink.may_write.release()
    await running
    assert sorted(sink.by_row) == [1]


async def test_who_hands_outcomes_over_waits_while_the_collector_is_behind() -> None:
    sink = Sink()
    one = collector(sink)
    for row in range(1, QUEUE_BATCHES + 1):
        await one.put(outcomes(Outcome.IMPORTED, row))
    waiting = asyncio.create_task(one.put(outcomes(Outcome.IMPORTED, QUEUE_BATCHES + 1)))
    await asyncio.sleep(3600.0)
    assert not waiting.done()
    running = asyncio.create_task(one.run())
    await waiting
    await one.end()
    await running
    assert sorted(sink.by_row) == list(range(1, QUEUE_BATCHES + 2))


async def test_a_guard_that_trips_ends_it_after_the_batch_that_was_too_much() -> None:
    judged = []

    def guard(counts: Counter[Outcome], _reasons: ReasonCounts) -> None:
        judged.append(counts.total())
        if counts[Outcome.FAILED] > 1:
            raise GuardTrippedError("of this test")

    sink = Sink()
    one = collector(sink, guard=guard)
    for row in (1, 2, 3):
        await one.put(outcomes(Outcome.FAILED, row))
    with pytest.raises(GuardTrippedError, match="of this test"):
        await one.run()
    assert judged == [1, 2]
    assert sorted(sink.by_row) == [1, 2]


async def test_a_disk_that_is_full_ends_it() -> None:
    class FullDisk:
        def append(self, outcomes: Sequence[RowOutcome]) -> None:
            raise CannotWriteError("the disk of this test is full")

    one = collector(FullDisk())
    await one.put(outcomes(Outcome.IMPORTED, 1))
    with pytest.raises(CannotWriteError, match="is full"):
        await one.run()
