"""A whole run in memory and in virtual time: only the disk of the report is left out."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.email import EmailCheck
from cxone_async.contacts.normalise import NormaliseRules
from cxone_async.contacts.phone import PhoneCheck
from cxone_async.journal.identity import RunIdentity
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.pipeline.chunk import ChunkMaker
from cxone_async.pipeline.collector import Collector
from cxone_async.pipeline.dispatcher import Dispatcher
from cxone_async.pipeline.guards import Guards
from cxone_async.pipeline.patience import Deadline, Limits, Patience
from cxone_async.pipeline.poll_queue import PollQueue
from cxone_async.pipeline.poll_schedule import PollSchedule
from cxone_async.pipeline.preparation import InlinePreparation
from cxone_async.pipeline.prepare import PrepareJob
from cxone_async.pipeline.producer import Producer
from cxone_async.pipeline.resume import ResumeIndex
from cxone_async.pipeline.run import Run
from cxone_async.pipeline.segmenter import Segmenter, SegmentLedger
from cxone_async.pipeline.worker import SubmitSemantics, Worker, WorkerContext
from cxone_async.telemetry.progress import Progress
from cxone_async.tenant.contact_lists import ContactListsDialect
from cxone_async.tenant.quota import NoQuota, Quota
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.journal import InMemoryJournal

HEADER = b"phone,email,first_name,last_name\n"

IDENTITY = RunIdentity(
    run_id="run",
    command="import",
    base_url="https://tenant.example",
    list_id="list-1",
    campaign_id="campaign-1",
    segment_id="segment-1",
    input_fingerprint="f",
    settings={},
)


def csv_of(rows: int) -> bytes:
    """A calling list of so many distinct people."""
    return HEADER + b"".join(
        b"+1%03d55501%02d,person%d@example.com,P%d,Q%d\n" % (201 + n // 100, n % 100, n, n, n)
        for n in range(rows)
    )


@dataclass
class Sink:
    """Where outcomes go instead of the disk."""

    outcomes: list[RowOutcome] = field(default_factory=list)

    def append(self, outcomes: Sequence[RowOutcome]) -> None:
        self.outcomes.extend(outcomes)

    @property
    def by_row(self) -> dict[int, RowOutcome]:
        return {outcome.row: outcome for outcome in self.outcomes}

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(outcome.outcome for outcome in self.outcomes)


@dataclass
class Wired:
    """A run that is ready to be executed, and what can be seen of it."""

    run: Run
    sink: Sink
    members: SegmentLedger
    progress: Progress
    journal: InMemoryJournal
    tenant: InMemoryTenant
    content: bytes
    block_bytes: int

    async def execute(self) -> Sink:
        await self.run.execute(self._blocks())
        return self.sink

    async def _blocks(self):
        for start in range(0, len(self.content), self.block_bytes):
            yield self.content[start : start + self.block_bytes]


def wire(
    content: bytes,
    tenant: InMemoryTenant,
    *,
    journal: InMemoryJournal | None = None,
    semantics: SubmitSemantics = SubmitSemantics.AT_MOST_ONCE,
    chunk_size: int = 10,
    concurrency: int = 4,
    guards: Guards | None = None,
    constraints: Constraints | None = None,
    segment_id: str | None = "segment-1",
    grace_s: float = 20.0,
    deadline_s: float | None = None,
    patience_s: float = 300.0,
    block_bytes: int = 1000,
    seed: int = 1,
    quota: Quota | None = None,
) -> Wired:
    """Join the real parts, with the twins of tenant, journal and preparing process.

    `quota` is the tenant's, if its polls are to know it.
    """
    journal = journal or InMemoryJournal(IDENTITY)
    rng = random.Random(seed)
    progress = Progress(input_bytes=len(content))
    guards = guards or Guards()
    patience = Patience(Limits(patience_s, 3 * patience_s))
    dispatcher = Dispatcher(ChunkMaker(journal.identity.run_id, "list-1"), chunk_size, 4)
    members = SegmentLedger(journal.segment_events())
    segmenter = (
        Segmenter(tenant, journal, segment_id, members, patience, rng) if segment_id else None
    )
    sink = Sink()
    collector = Collector(sink, progress, lambda counts: guards.check(counts, progress.rows_read))
    context = WorkerContext(
        client=tenant,
        journal=journal,
        dispatcher=dispatcher,
        polls=PollQueue(PollSchedule(), quota or NoQuota(rng=rng)),
        patience=patience,
        progress=progress,
        emit=collector.put,
        add_to_segment=segmenter.add if segmenter else lambda members: None,
        list_id="list-1",
        semantics=semantics,
        random=rng,
    )
    job = PrepareJob(
        encoding="utf-8",
        mapping={},
        rules=NormaliseRules(
            "US", PhoneCheck.POSSIBLE, EmailCheck.SYNTAX, constraints or Constraints()
        ),
        suppression_lines=(),
        match=MatchPolicy.EXACT,
        threshold=85.0,
        dialect=ContactListsDialect(),
        keep_raw=True,
    )
    producer = Producer(
        preparation=InlinePreparation(job),
        dispatcher=dispatcher,
        emit=collector.put,
        review=lambda resemblances: None,
        add_to_segment=context.add_to_segment,
        resume=ResumeIndex(journal.chunk_events(), journal.settled_ends),
        guards=guards,
        progress=progress,
        chunk_size=chunk_size,
    )
    run = Run(
        producer=producer,
        workers=[Worker(context) for _ in range(concurrency)],
        segmenter=segmenter,
        collector=collector,
        grace_s=grace_s,
        deadline=Deadline(deadline_s),
    )
    return Wired(run, sink, members, progress, journal, tenant, content, block_bytes)


@pytest.fixture(name="wire")
def wire_factory():
    """`wire(content, tenant, ...)`: a run in memory; `await wired.execute()` runs it."""
    return wire


@pytest.fixture
def identity():
    return IDENTITY


@pytest.fixture(name="csv_of")
def csv_factory():
    return csv_of


@pytest.fixture
def reopened(identity):
    """`reopened(journal)`: the journal as a process would find it after a crash now."""

    def reopen(journal: InMemoryJournal) -> InMemoryJournal:
        return InMemoryJournal(identity, journal.snapshot())

    return reopen


@pytest.fixture
def until():
    """`await until(condition)`: let the run go on until the condition holds."""

    async def wait(condition, step_s=0.05, at_most_s=3600.0):
        async with asyncio.timeout(at_most_s):
            while not condition():  # noqa: ASYNC110  any condition, in virtual time
                await asyncio.sleep(step_s)

    return wait
