"""The composition root: the only place that names concrete parts.

Guarantee: everything a run is made of is chosen and joined here, in the order in which
things fail cheapest: the input's header before the run directory is touched, the directory
before the first request, credentials, scopes and campaign before any row.

Longer than other files because it is the only such place: what an import, a plan, an evaluation
and an explanation are made of stands here, and nothing else does.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from cxone_async.commands.evaluate import decisions_of, read_truth
from cxone_async.commands.plan import Plan
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.normalise import NormaliseRules
from cxone_async.durable.threads import in_thread, unless_stopped
from cxone_async.errors import (
    ConfigurationError,
    MissingInputError,
    UnreadableInputError,
    UsageError,
)
from cxone_async.journal.events import RunFinished
from cxone_async.journal.store import JOURNAL_NAME, SqliteJournal
from cxone_async.load.chunk import ChunkMaker
from cxone_async.load.collector import Collector
from cxone_async.load.counters import RunCounters
from cxone_async.load.deadline import Deadline
from cxone_async.load.dispatcher import Dispatcher
from cxone_async.load.failure_budget import RUN_LIMITS, FailureBudget
from cxone_async.load.guards import Guards
from cxone_async.load.poll_queue import PollQueue
from cxone_async.load.poll_schedule import PollSchedule
from cxone_async.load.preflight import constraints_of_campaign, sign_in
from cxone_async.load.producer import Producer
from cxone_async.load.resume import ResumeIndex
from cxone_async.load.run import Run
from cxone_async.load.segmenter import Member, Segmenter, SegmentMembership
from cxone_async.load.worker import Worker, WorkerContext
from cxone_async.matching.any_field.matcher import has_compiled_index
from cxone_async.matching.evaluation import Evaluation, evaluate
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.prepare.port import Preparation
from cxone_async.prepare.rows import InputHeader, PrepareJob
from cxone_async.prepare.subprocesses import PreparationProcess
from cxone_async.report.files import RunFiles, write_run_files
from cxone_async.report.outcome_spool import OutcomeSpool
from cxone_async.report.reconciliation import Reconciliation, RunFacts, Tally, reconcile
from cxone_async.report.review_spool import ReviewSpool
from cxone_async.runs.completed import Circumstances, recorded_result, result_if_intact
from cxone_async.runs.figures import forecast, quota_figures
from cxone_async.runs.identity import (
    INPUT_FINGERPRINT,
    Target,
    begun_before,
    deciding_settings,
    identity_of,
    journalled_constraints,
)
from cxone_async.runs.run_directory import RunDirectory, enter_run_directory
from cxone_async.settings import EvaluateSettings, ImportSettings, PlanSettings, ReadingSettings
from cxone_async.source.blocks import is_regular, read_blocks
from cxone_async.source.reader import Reader
from cxone_async.source.spool import STANDARD_INPUT
from cxone_async.tenant.contact_lists.client import ContactListsDialect, CXoneClient
from cxone_async.tenant.port import Dialect
from cxone_async.tenant.rate_limit.limiter import RateLimiter, limiter_of

QUEUE_CHUNKS = 32
MOST_CONNECTIONS = 200

log = structlog.get_logger()

Attend = Callable[[Run, RunCounters, RateLimiter], AbstractAsyncContextManager[None]]
Display = Callable[[RunCounters], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run takes from the machine beneath it, apart from its event loop and its disk.

    A simulation brings its own, so that a run is a function of a seed. `wall_clock_s` gives
    seconds since the epoch. Run ids are drawn from `rng`: two runs must never get the same.
    """

    rng: random.Random = field(default_factory=random.SystemRandom)
    wall_clock_s: Callable[[], float] = time.time
    preparation: Callable[[PrepareJob], Preparation] = PreparationProcess


async def import_contacts(csv: Path | str, settings: ImportSettings) -> Reconciliation:
    """Import a CSV of contacts, or go on with an import that was stopped.

    `csv` is a path, or "-" for standard input. Returns the reconciliation once every row
    has an outcome and the files are in the run directory. Raises a `RunError` leaf when
    the run cannot go on. Cancelling it stops the run; what is then under way ends as
    unresolved unless the tenant can tell.
    """
    _, result = await run_import(str(csv), settings, _unattended)
    return result


async def run_import(
    csv: str, settings: ImportSettings, attend: Attend, machine: Machine | None = None
) -> tuple[Path, Reconciliation]:
    """Import as `import_contacts` does, with `attend` around the run while it goes.

    Returns the run directory with the result.
    """
    machine = machine or Machine()
    deadline = Deadline(settings.deadline)
    rng = machine.rng
    secret = settings.secret()
    suppression = _suppression_lines(settings)
    target = Target(settings.url, settings.list_id, settings.campaign_id, settings.segment_id or "")
    async with AsyncExitStack() as stack:
        place = await enter_run_directory(
            stack, csv, settings.run_dir, msgspec.structs.astuple(target)
        )
        await _probe(place, settings)
        quota = limiter_of(settings.quota, rng=rng)
        client = await stack.enter_async_context(
            CXoneClient(
                base_url=settings.url,
                client_id=settings.client_id,
                client_secret=secret,
                quota=quota,
                dialect=ContactListsDialect(plus_sign=settings.plus_sign),
                connections=min(settings.concurrency, MOST_CONNECTIONS),
                now=machine.wall_clock_s,
            )
        )
        journal_path = place.directory / JOURNAL_NAME
        begun = begun_before(journal_path)
        if begun is None:
            async with deadline.kept():
                await sign_in(client, with_segment=settings.segment_id is not None, rng=rng)
                constraints = await constraints_of_campaign(client, settings.campaign_id, rng)
        else:
            constraints = journalled_constraints(begun.identity)
        job = _job(settings, constraints, suppression, client.dialect, settings.match)
        identity = identity_of(job, place, target, run_id=f"{rng.getrandbits(128):032x}")
        journal = await SqliteJournal.open(journal_path, identity)
        stack.push_async_callback(journal.close)
        if begun is not None and begun.finished is None:
            async with deadline.kept():
                await sign_in(client, with_segment=settings.segment_id is not None, rng=rng)
        log.info(
            "run_started",
            command="import",
            run_dir=str(place.directory),
            list_id=settings.list_id,
            campaign_id=settings.campaign_id,
            segment_id=settings.segment_id,
            resumed=begun is not None,
        )
        result = await result_if_intact(place.directory, journal.finished)
        if result is None:
            result = await _execute(
                settings, place, client, journal, quota, job, machine, attend, deadline
            )
        _log_end(result)
        return place.directory, result


async def _execute(
    settings: ImportSettings,
    place: RunDirectory,
    client: CXoneClient,
    journal: SqliteJournal,
    quota: RateLimiter,
    job: PrepareJob,
    machine: Machine,
    attend: Attend,
    deadline: Deadline,
) -> Reconciliation:
    rng = machine.rng
    started_at = _text_of(machine.wall_clock_s())
    started_s = asyncio.get_running_loop().time()
    counters = RunCounters(input_bytes=place.input_bytes)
    before = recorded_result(journal.finished) if journal.finished else None
    # After its end a run is not judged again and sends nothing: nothing needs to be encoded.
    guards = Guards() if before else Guards(settings.max_duplicate_rate, settings.max_failure_rate)
    _log_missing_extra(job.match)
    preparation = machine.preparation(replace(job, dialect=None) if before else job)
    failure_budget = FailureBudget(RUN_LIMITS)
    dispatcher = Dispatcher(
        ChunkMaker(journal.identity.run_id, settings.list_id), settings.chunk_size, QUEUE_CHUNKS
    )
    resume = ResumeIndex(journal.chunk_events(), journal.settled_ends)
    guards.check(resume.ended(), rows_read=0)  # before a single row more goes out
    members = SegmentMembership(journal.segment_events())
    segmenter = (
        Segmenter(client, journal, settings.segment_id, members, failure_budget, rng)
        if settings.segment_id is not None and before is None
        else None
    )
    with OutcomeSpool(place.directory) as spool, ReviewSpool(place.directory) as review:
        collector = Collector(
            spool, counters, lambda counts: guards.check(counts, counters.rows_read)
        )
        context = WorkerContext(
            client=client,
            journal=journal,
            dispatcher=dispatcher,
            polls=PollQueue(PollSchedule(), quota),
            failure_budget=failure_budget,
            counters=counters,
            emit=collector.put,
            add_to_segment=segmenter.add if segmenter else _to_no_segment,
            list_id=settings.list_id,
            semantics=settings.submit_semantics,
            random=rng,
        )
        producer = Producer(
            preparation=preparation,
            dispatcher=dispatcher,
            emit=collector.put,
            review=review.append,
            add_to_segment=context.add_to_segment,
            resume=resume,
            guards=guards,
            counters=counters,
            chunk_size=settings.chunk_size,
        )
        run = Run(
            producer=producer,
            workers=[Worker(context) for _ in range(settings.concurrency)],
            segmenter=segmenter,
            collector=collector,
            grace_s=settings.grace,
            deadline=deadline,
        )
        async with attend(run, counters, quota), aclosing(read_blocks(place.input_path)) as blocks:
            await run.execute(blocks)
        duration_s = asyncio.get_running_loop().time() - started_s
        told = before or Circumstances(
            run=_facts(settings, place, job, journal.identity.run_id, started_at),
            requests_by_kind={kind.value: count for kind, count in quota.granted.items()},
            duration_s=duration_s,
            quota=quota_figures(
                counters,
                quota,
                per_minute=settings.quota,
                chunk_size=settings.chunk_size,
                duration_s=duration_s,
            ),
        )
        files = await _write(
            place,
            producer.header,
            spool,
            review,
            segmented=members.contains if settings.segment_id is not None else None,
            conclude=lambda written: reconcile(
                written=written,
                run=told.run,
                total_input=counters.rows_read,
                collected=collector.counts,
                segmented=members.count,
                possible_duplicates=review.count,
                match_statistics=producer.match_statistics,
                ledger=spool.ledger,
                requests_by_kind=told.requests_by_kind,
                duration_s=told.duration_s,
                quota=told.quota,
            ),
        )
    if before is None:
        await journal.finish(RunFinished(msgspec.json.encode(files.result), files.digests))
    return files.result


async def run_plan(
    csv: str, settings: PlanSettings, display: Display
) -> tuple[Path, Reconciliation]:
    """Do all of an import that needs no request, with `display` around it while it goes.

    Returns the run directory with the result.
    """
    started_at, started_s = _text_of(time.time()), asyncio.get_running_loop().time()
    suppression = _suppression_lines(settings)
    constraints = _told_constraints(settings)
    async with AsyncExitStack() as stack:
        place = await enter_run_directory(stack, csv, settings.run_dir, ("plan",))
        if (place.directory / JOURNAL_NAME).exists():
            raise ConfigurationError(f"{place.directory} holds an import; plan needs another")
        await _probe(place, settings)
        spool = stack.enter_context(OutcomeSpool(place.directory))
        review = stack.enter_context(ReviewSpool(place.directory))
        counters = RunCounters(input_bytes=place.input_bytes)
        job = _job(settings, constraints, suppression, None, settings.match)
        _log_missing_extra(job.match)
        plan = Plan(PreparationProcess(job), spool, review.append, counters)
        async with display(counters), aclosing(read_blocks(place.input_path)) as blocks:
            await plan.execute(blocks)
        duration_s = asyncio.get_running_loop().time() - started_s
        files = await _write(
            place,
            plan.header,
            spool,
            review,
            segmented=None,
            conclude=lambda written: reconcile(
                written=written,
                run=_facts(settings, place, job, "", started_at),
                total_input=counters.rows_read,
                collected=plan.counts,
                segmented=0,
                possible_duplicates=review.count,
                match_statistics=plan.match_statistics,
                ledger=spool.ledger,
                requests_by_kind={},
                duration_s=duration_s,
                forecast=forecast(
                    plan.counts[Outcome.READY],
                    per_minute=settings.quota,
                    chunk_size=settings.chunk_size,
                ),
            ),
        )
    _log_end(files.result)
    return place.directory, files.result


async def run_evaluation(
    csv: str, settings: EvaluateSettings
) -> list[tuple[MatchPolicy, Evaluation]]:
    """Match the same input by each policy and judge the decisions by the truth.

    Raises MissingInputError, UnreadableInputError for the input or the truth, UsageError for an
    input that can be read only once.
    """
    path = Path(csv)
    if path == STANDARD_INPUT or not is_regular(path):
        raise UsageError("evaluate reads its input once for each policy: give it a file")
    truth = await asyncio.to_thread(read_truth, settings.truth)
    suppression = _suppression_lines(settings)
    constraints = _told_constraints(settings)
    figures = []
    for policy in settings.match:
        job = _job(settings, constraints, suppression, None, policy)
        async with aclosing(read_blocks(path)) as blocks:
            decisions = await decisions_of(PreparationProcess(job), blocks)
        figures.append((policy, evaluate(decisions, truth)))
    return figures


def _told_constraints(settings: PlanSettings | EvaluateSettings) -> Constraints:
    return Constraints(
        allowed_countries=settings.allowed_countries,
        dnc_enabled=settings.dnc_enabled,
        required_fields=settings.required_fields,
    )


async def _write(
    place: RunDirectory,
    header: InputHeader | None,
    spool: OutcomeSpool,
    review: ReviewSpool,
    *,
    segmented: Callable[[int], bool] | None,
    conclude: Callable[[Tally], Reconciliation],
) -> RunFiles:
    if header is None:
        raise UnreadableInputError("the input is empty: it has no header")
    return await in_thread(
        lambda stop: write_run_files(
            place.directory,
            unless_stopped(stop, spool.in_order()),
            review,
            header_raw=header.raw,
            delimiter=header.delimiter,
            segmented=segmented,
            conclude=conclude,
        )
    )


async def _probe(place: RunDirectory, settings: ReadingSettings) -> None:
    """Read the header before anything is asked of the tenant. Raises UnreadableInputError."""
    reader = Reader(encoding=settings.encoding, overrides=settings.map)
    async with aclosing(read_blocks(place.input_path)) as blocks:
        async for block in blocks:
            reader.feed(block)
            if reader.header is not None:
                return
    reader.finish()


def _suppression_lines(settings: ReadingSettings) -> tuple[str, ...]:
    if settings.suppress is None:
        return ()
    try:
        return tuple(settings.suppress.read_text(encoding="utf-8-sig").splitlines())
    except FileNotFoundError as error:
        raise MissingInputError(f"no such suppression file: {settings.suppress}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInputError(
            f"suppression file {settings.suppress}: {type(error).__name__}"
        ) from error


def _job(
    settings: ReadingSettings,
    constraints: Constraints,
    suppression: tuple[str, ...],
    dialect: Dialect | None,
    match: MatchPolicy,
) -> PrepareJob:
    return PrepareJob(
        encoding=settings.encoding,
        mapping=settings.map,
        rules=NormaliseRules(
            default_country=settings.default_country,
            phone_check=settings.phone_check,
            email_check=settings.email_check,
            constraints=constraints,
        ),
        suppression_lines=suppression,
        match=match,
        threshold=settings.threshold,
        dialect=dialect,
        keep_raw=dialect is not None,
    )


def _facts(
    settings: ImportSettings | PlanSettings,
    place: RunDirectory,
    job: PrepareJob,
    run_id: str,
    started_at: str,
) -> RunFacts:
    target = (
        {
            "tenant": settings.url,
            "list_id": settings.list_id,
            "campaign_id": settings.campaign_id,
            "segment_id": settings.segment_id or "",
        }
        if isinstance(settings, ImportSettings)
        else {}
    )
    return RunFacts(
        command="import" if isinstance(settings, ImportSettings) else "plan",
        run_id=run_id,
        started_at=started_at,
        input_name=place.input_name,
        match=settings.match,
        threshold=settings.threshold,
        chunk_size=settings.chunk_size,
        quota_per_minute=settings.quota,
        input_path="" if place.is_spooled else str(place.input_path.absolute()),
        settings=deciding_settings(job) | {INPUT_FINGERPRINT: place.input_fingerprint},
        **target,
    )


def _log_missing_extra(match: MatchPolicy) -> None:
    if match is MatchPolicy.ANY_FIELD and not has_compiled_index():
        log.info("extra_missing", extra="any-field")


def _log_end(result: Reconciliation) -> None:
    quota = result.quota
    log.info(
        "run_finished",
        integrity=result.data_integrity_check,
        total_input=result.total_input,
        imported=result.successfully_imported,
        duplicates=result.fuzzy_deduplicated,
        invalid=result.invalid,
        suppressed=result.suppressed,
        failed=result.failed_after_retries,
        unresolved=result.unresolved,
        ready=result.ready,
        segmented=result.segmented,
        requests=result.requests,
        polls=result.polls,
        requests_by_kind=result.requests_by_kind,
        duration_s=result.duration_s,
        polls_per_chunk=quota.polls_per_chunk if quota else None,
        early_polls=quota.early_polls if quota else None,
        throttled=quota.throttled if quota else None,
        quota_efficiency=quota.efficiency if quota else None,
        quota_found_per_minute=quota.found_per_minute if quota else None,
    )


def _text_of(moment_s: float) -> str:
    return datetime.fromtimestamp(moment_s, UTC).isoformat(timespec="seconds")


def _to_no_segment(_: Sequence[Member]) -> None:
    return None


@asynccontextmanager
async def _unattended(
    _run: Run, _counters: RunCounters, _quota: RateLimiter
) -> AsyncIterator[None]:
    yield
