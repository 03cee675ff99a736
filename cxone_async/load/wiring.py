"""Builds the parts of one run and connects them: for imports, tests, simulation and benchmarks."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cxone_async.journal.lifecycle import ChunkState
from cxone_async.journal.port import Journal
from cxone_async.load.attempts import SubmitSemantics
from cxone_async.load.chunk import ChunkLimit, ChunkMaker, chunk_limit
from cxone_async.load.collector import Collector, OutcomeSink
from cxone_async.load.counters import RunCounters
from cxone_async.load.deadline import Deadline
from cxone_async.load.dispatcher import Dispatcher
from cxone_async.load.events import ChunkSubmitted, ImportFinished, ObserveLoad, unobserved
from cxone_async.load.failure_budget import RUN_LIMITS, FailureBudget
from cxone_async.load.guards import Guards, RefusalStreak
from cxone_async.load.held_rows import Overflow
from cxone_async.load.import_ids import ImportIds
from cxone_async.load.poll_queue import PollQueue, Polls
from cxone_async.load.poll_schedule import PollSchedule
from cxone_async.load.producer import Producer
from cxone_async.load.resume import ResumeIndex
from cxone_async.load.run import Run
from cxone_async.load.segmenter import Member, Segmenter, SegmentMembership
from cxone_async.load.time_left import TimeLeft
from cxone_async.load.worker import NotePeople, Worker, WorkerContext
from cxone_async.outcome import Resemblance, RowOutcome
from cxone_async.prepare.port import Preparation, PreparationPass
from cxone_async.tenant.port import TenantClient
from cxone_async.tenant.rate_limit.limiter import RateLimiter

QUEUE_CHUNKS = 32
QUEUE_CONTACTS = 16_000
"""Both bound how far the producer may be ahead: this one where a submission is large."""


CHUNK_SHARE: Final = 4
"""A chunk may hold at most this part of what all rows on their way may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """How a run sends. These settings are not part of its identity: a resume may change them.

    `segment_id` is None when there is no segment, or when nothing is left to add to it.
    `queue_chunks` is how many chunks the producer may be ahead of the workers, `most_held_bytes`
    what rows on their way may take of memory; None is no limit. Rows that wait for the guards'
    judgement go to a file in `overflow_directory` beyond that.
    """

    list_id: str
    segment_id: str | None
    chunk_size: int
    concurrency: int
    submit_semantics: SubmitSemantics
    grace_s: float
    queue_chunks: int = QUEUE_CHUNKS
    most_held_bytes: int | None = None
    overflow_directory: Path | None = None


@dataclass(frozen=True, slots=True)
class OpenedJournal:
    """A journal and its projections, which opening the journal has filled."""

    journal: Journal
    resume: ResumeIndex
    membership: SegmentMembership


@dataclass(frozen=True, slots=True)
class WiredRun:
    """A run that is ready to execute, and the parts that hold its result."""

    run: Run
    preparation: PreparationPass
    dispatcher: Dispatcher
    collector: Collector
    membership: SegmentMembership
    counters: RunCounters
    time_left: TimeLeft


def wire_run(
    settings: LoadSettings,
    *,
    client: TenantClient,
    limiter: RateLimiter,
    opened: OpenedJournal,
    preparation: Preparation,
    sink: OutcomeSink,
    review: Callable[[Sequence[Resemblance]], None],
    guards: Guards,
    counters: RunCounters,
    deadline: Deadline,
    rng: random.Random,
    failure_budget: FailureBudget | None = None,
    polls: Polls | None = None,
    observe: ObserveLoad = unobserved,
    note_people: NotePeople | None = None,
) -> WiredRun:
    """Build and connect the parts of one run. `note_people` tells a ledger whom it sends.

    Call it on the run's event loop. Raises GuardTrippedError when the rows that ended in earlier
    starts already trip a guard.
    """
    journal, resume, membership = opened.journal, opened.resume, opened.membership
    guards.check_answers(resume.ended())
    failure_budget = failure_budget or FailureBudget(RUN_LIMITS)
    prepared = PreparationPass(preparation)
    capabilities = client.dialect.capabilities
    most, directory = settings.most_held_bytes, settings.overflow_directory
    limit = chunk_limit(settings.chunk_size, capabilities, most and most // CHUNK_SHARE)
    dispatcher = Dispatcher(
        ChunkMaker(journal.identity.run_id, settings.list_id),
        limit,
        chunks_ahead(settings.queue_chunks, limit),
        most,
    )
    segmenter = (
        Segmenter(client, journal, settings.segment_id, membership, failure_budget, rng)
        if settings.segment_id is not None
        else None
    )
    add_to_segment = segmenter.add if segmenter else _to_no_segment
    collector = Collector(sink, counters, guards.check_answers)
    refusals = RefusalStreak()

    async def emit_answered(outcomes: Sequence[RowOutcome]) -> None:
        time_left.ended(len(outcomes))
        await collector.put(outcomes)
        refusals.add(outcomes)

    def seen(event: ChunkSubmitted | ImportFinished) -> None:
        time_left.see(event)
        observe(event)

    queue = PollQueue(
        PollSchedule(capabilities.expected_import_s, capabilities.import_timeout_s), limiter
    )
    time_left = TimeLeft(
        counters,
        limiter,
        capabilities,
        queue.latency,
        queue.open_ages,
        places=settings.concurrency,
        chunk_rows=limit.rows,
        rows_per_segment_call=capabilities.segment_call_size() if segmenter else math.inf,
        rows_ended=resume.ended().total(),
        awaited={
            chunk.chunk_id: len(chunk.rows)
            for chunk in resume.open_chunks.values()
            if chunk.state is ChunkState.ACCEPTED
        },
    )
    context = WorkerContext(
        client=client,
        journal=journal,
        dispatcher=dispatcher,
        import_ids=ImportIds(resume.import_ids()),
        polls=polls or queue,
        failure_budget=failure_budget,
        counters=counters,
        emit=emit_answered,
        add_to_segment=add_to_segment,
        list_id=settings.list_id,
        semantics=settings.submit_semantics,
        random=rng,
        observe=seen,
        note_people=note_people,
    )
    producer = Producer(
        preparation=prepared,
        dispatcher=dispatcher,
        emit=collector.put,
        review=review,
        add_to_segment=add_to_segment,
        resume=resume,
        settlements_of=journal.settlements_of,
        guards=guards,
        counters=counters,
        limit=limit,
        overflow=Overflow(most, directory) if most and directory else None,
        observe=observe,
    )
    run = Run(
        producer=producer,
        workers=[Worker(context) for _ in range(settings.concurrency)],
        segmenter=segmenter,
        collector=collector,
        grace_s=settings.grace_s,
        deadline=deadline,
    )
    return WiredRun(run, prepared, dispatcher, collector, membership, counters, time_left)


def chunks_ahead(queue_chunks: int, limit: ChunkLimit) -> int:
    """Return how many chunks may wait for a worker: no more contacts than memory has room for."""
    return min(queue_chunks, max(1, QUEUE_CONTACTS // limit.rows))


def _to_no_segment(_members: Sequence[Member]) -> None:
    return None
