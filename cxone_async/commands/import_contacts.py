"""`import`: prepares an input, loads it into the tenant and accounts for every row.

Cheap checks come first: the input's header before the tenant is asked anything, the run directory
before the first request, and credentials, scopes and campaign before any row.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    aclosing,
    contextmanager,
    nullcontext,
)
from dataclasses import replace
from pathlib import Path

import msgspec

from cxone_async.commands.changed_list import refuse_changed_list
from cxone_async.commands.changed_settings import changed_settings
from cxone_async.commands.concluding import clear_output_place, copy_files, run_facts, write_files
from cxone_async.commands.environment import Environment, RunResult
from cxone_async.commands.expected_input import open_when_marked, refuse_unexpected
from cxone_async.commands.ledger_of_run import (
    LedgerOfRun,
    enter_ledger,
    ledger_settings,
    name_of_run,
    open_ledger,
)
from cxone_async.commands.name_order import NamesRead
from cxone_async.commands.plan import CampaignRules, plan_by_rules
from cxone_async.commands.preparing import (
    decided_pairs,
    guards_of,
    log_missing_extra,
    log_missing_line_end,
    log_suppression,
    outcome_settings,
    with_flagged_people,
)
from cxone_async.commands.replay import read_replay, refuse_forgotten_run
from cxone_async.commands.retention import purge_older_runs
from cxone_async.commands.tenant_client import client_of
from cxone_async.commands.text_check import refuse_misread_text
from cxone_async.commands.understanding import UnderstoodInput, refuse_unsettled, understand
from cxone_async.contacts.constraints import Constraints
from cxone_async.durable.threads import in_thread
from cxone_async.encoded import encoded
from cxone_async.errors import CXoneError
from cxone_async.journal.events import RunFinished
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.loss import ANY_ROW, RowsReported
from cxone_async.journal.starts import Used
from cxone_async.journal.store import JOURNAL_NAME, Begun, SqliteJournal, begun_before
from cxone_async.ledger.port import LedgerRun
from cxone_async.ledger.store import SqliteLedger
from cxone_async.load.counters import RunCounters
from cxone_async.load.deadline import Deadline
from cxone_async.load.dispatcher import Dispatcher
from cxone_async.load.events import JournalCommitted
from cxone_async.load.guards import Guards
from cxone_async.load.preflight import constraints_of_campaign, refuse_unknown_segment, sign_in
from cxone_async.load.resume import ResumeIndex
from cxone_async.load.run import Run
from cxone_async.load.segmenter import SegmentMembership
from cxone_async.load.time_left import TimeLeft
from cxone_async.load.wiring import LoadSettings, OpenedJournal, wire_run
from cxone_async.log_context import RunNames, naming_run
from cxone_async.logs import log
from cxone_async.prepare.decided_pairs import DecidedPairs
from cxone_async.prepare.job import PrepareJob
from cxone_async.report.likeliest_pairs import LikeliestPairs
from cxone_async.report.outcome_spool import OutcomeSpool
from cxone_async.report.reconciliation import Reconciliation, Replay, reconcile
from cxone_async.runs.completed import Circumstances, recorded_result, result_if_intact
from cxone_async.runs.earlier_starts import EarlierStarts
from cxone_async.runs.figures import quota_figures, used_by
from cxone_async.runs.identity import (
    Target,
    identity_to_resume,
    new_identity,
    settings_of,
)
from cxone_async.runs.last_list import LastList, read_last_list
from cxone_async.runs.memory_limit import room_for_rows
from cxone_async.runs.observers import (
    LogObserver,
    Observers,
    RunObserver,
    RunStarted,
    SendingNow,
    told_the_end,
)
from cxone_async.runs.open_files import connections_beside_files, final_files_in_reserve
from cxone_async.runs.reported import rows_reported
from cxone_async.runs.run_directory import RunDirectory, enter_run_directory
from cxone_async.runs.timeline import TimelineObserver
from cxone_async.runs.want_of_memory import want_of_memory_noted
from cxone_async.settings import ImportSettings
from cxone_async.source.input import name_of
from cxone_async.source.line_end import LineEndWatch
from cxone_async.suppression.files import Suppression, reading_suppression
from cxone_async.tenant import registry
from cxone_async.tenant.port import Capabilities, TenantClient
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.tenant.rate_limit.paced_client import PacedClient

MOST_CONNECTIONS = 200


async def run_import(
    csv: Path | str,
    settings: ImportSettings,
    *,
    observers: Sequence[RunObserver] = (),
    tenant: TenantClient | None = None,
    environment: Environment | None = None,
) -> RunResult:
    """Import a list of contacts, or go on with an import that was stopped.

    `csv` is a path, or "-" for standard input. `observers` are told what happens. With `tenant`
    the contacts go to that client, such as `cxone_async.testing.InMemoryTenant`, under the quota
    of the settings; it must speak the dialect that the settings name. Without it a client is
    made from the settings. With `dry_run` nothing goes out: it is a plan by the campaign's rules.

    Returns the run directory and the reconciliation once every row has an outcome and the files
    are written. Raises a `RunError` leaf when the run cannot go on. Cancelling it stops the run at
    once; a submission in flight is then in doubt for the next start. Prints nothing.
    """
    timeline = TimelineObserver(asyncio.get_running_loop().time)
    observe = Observers((LogObserver(), timeline, *observers))
    with naming_run(name_of(str(csv))) as names, told_the_end(observe) as ended:
        environment = environment or Environment()
        start = _Import(settings, environment, observe, timeline, names)
        with start.ended_early():
            start.make_room(tenant)
            async with AsyncExitStack() as stack:
                run = start.plan if settings.dry_run else start.execute
                result = await run(stack, str(csv), tenant)
        await purge_older_runs(settings, result, environment, observe)
        ended(result.reconciliation)
    return result


class _Import:
    """One start of an import; a resumed run has several."""

    def __init__(
        self,
        settings: ImportSettings,
        environment: Environment,
        observe: Observers,
        timeline: TimelineObserver,
        names: RunNames,
    ) -> None:
        self._settings = settings
        self._names = names
        self._environment = environment
        self._observe = observe
        self._timeline = timeline
        self._deadline = Deadline(settings.deadline)
        self._limiter = limiter_of(settings.quota, rng=environment.rng)
        self._target = Target(
            settings.url, settings.list_id, settings.campaign_id, settings.segment_id or ""
        )
        self._counters = RunCounters()
        self._earlier = EarlierStarts()
        self._loading_since_s: float | None = None
        self._connections = self._places = settings.concurrency
        self._run: Run | None = None
        self._dispatcher: Dispatcher | None = None
        self._time_left: TimeLeft | None = None
        self._is_written = False
        self._replay: Replay | None = None
        self._task = asyncio.current_task()
        self._ended_by: list[CXoneError] = []

    async def execute(
        self, stack: AsyncExitStack, csv: str, tenant: TenantClient | None
    ) -> RunResult:
        """Run the import; `stack` closes what it opens."""
        settings, rng = self._settings, self._environment.rng
        connecting = self._connecting(tenant)
        if settings.secret_is_open_to_all:
            log.warning("secret_file_open_to_all")
        async with self._deadline.kept():
            source = await open_when_marked(csv, settings)
        # What has to arrive first may not arrive in time; a file is there.
        async with nullcontext() if source.is_readable_again else self._deadline.kept():
            run_directory = await enter_run_directory(
                stack,
                source,
                settings.run_dir,
                msgspec.structs.astuple(self._target),
                allows_shared=settings.allow_shared_run_dir,
            )
        await stack.enter_async_context(
            want_of_memory_noted(run_directory.path, lambda: self._counters.rows_read)
        )
        async with self._deadline.kept():
            await refuse_unexpected(run_directory, settings)
        journal_path = run_directory.path / JOURNAL_NAME
        reported = rows_reported(run_directory.path)
        begun = begun_before(
            journal_path, reported=reported, accepts_loss=settings.accept_journal_loss
        )
        self._name_run(begun.identity if begun is not None else None)
        if begun is None:  # an earlier version may have sent rows of it
            await refuse_misread_text(run_directory.input, settings.encoding)
        read = await understand(run_directory.input, settings, self._observe)
        if begun is None:
            refuse_unsettled(read.understood)
        async with self._deadline.kept():
            await clear_output_place(settings)
        began_with = settings_of(begun.identity) if begun is not None else None
        ledger = await self._open_ledger(stack, run_directory, read, begun)
        async with self._deadline.kept():
            decided = await decided_pairs(run_directory, settings)
            suppression = await stack.enter_async_context(
                reading_suppression(
                    settings.suppress,
                    settings.default_country,
                    (began_with and began_with.suppression_day)
                    or self._environment.now_text()[:10],
                    run_directory.path,
                )
            )
        client = await stack.enter_async_context(connecting)
        if began_with is None:
            async with self._deadline.kept():
                await self._sign_in(client)
                constraints = await constraints_of_campaign(client, settings.campaign_id, rng)
                if settings.segment_id is not None:
                    await refuse_unknown_segment(client, settings.segment_id)
        else:
            constraints = began_with.constraints
        of_run = await self._enter_ledger(stack, ledger, begun, run_directory)
        job = self._job(
            client, constraints, suppression, run_directory.text_sha256, read.names, decided, of_run
        )
        identity = new_identity(
            self._target,
            run_directory.input_fingerprint,
            job.settings,
            run_id=self._names.run_id,
        )
        if begun is not None:
            identity = identity_to_resume(begun.identity, identity, str(journal_path))
        opened = await self._open_journal(
            stack, journal_path, identity, reported, client.dialect.capabilities
        )
        if begun is not None and begun.finished is None:
            async with self._deadline.kept():
                await self._sign_in(client)
        self._counters.input_bytes = run_directory.input.size_bytes
        self._observe(self._started(run_directory, is_resumed=begun is not None))
        result = await self._result(run_directory, read, client, opened, job, suppression, of_run)
        await copy_files(run_directory, settings)
        return RunResult(run_directory.path, result)

    async def _open_ledger(
        self,
        stack: AsyncExitStack,
        run_directory: RunDirectory,
        read: UnderstoodInput,
        begun: Begun | None,
    ) -> SqliteLedger | None:
        """Open the ledger; of a replay, refuse an input or a ledger that is not of its run."""
        settings, rng = self._settings, self._environment.rng
        if settings.replay_of is None or (begun is not None and begun.finished is not None):
            return await open_ledger(stack, settings, rng)
        async with self._deadline.kept():
            replayed = await read_replay(run_directory.input, read.header, settings)
        self._replay = replayed.replay
        ledger = await open_ledger(stack, settings, rng)
        # Whom a run finds stays the same when it is resumed, however much later that is.
        if begun is None:
            now_s = int(self._environment.wall_clock_s())
            await refuse_forgotten_run(replayed, ledger, settings, now_s)
        return ledger

    async def _result(
        self,
        run_directory: RunDirectory,
        read: UnderstoodInput,
        client: TenantClient,
        opened: OpenedJournal,
        job: PrepareJob,
        suppression: Suppression,
        of_run: LedgerOfRun | None,
    ) -> Reconciliation:
        """Load the input, unless the run has ended and its files are as it wrote them."""
        # Which values the files show is no fact of the run, so its journal does not know it.
        result = (
            None
            if self._settings.show_values
            else await result_if_intact(run_directory.path, opened.journal.finished)
        )
        if result is None:
            result = await self._load(run_directory, read, client, opened, job, suppression, of_run)
        if of_run is not None:
            await of_run.end()
        return result

    async def plan(self, stack: AsyncExitStack, csv: str, tenant: TenantClient | None) -> RunResult:
        """Plan by the campaign's own rules: a sign-in and a look-up, and nothing more."""
        settings, rng = self._settings, self._environment.rng
        connecting = self._connecting(tenant)

        async def ask() -> CampaignRules:
            client = await stack.enter_async_context(connecting)
            async with self._deadline.kept():
                await self._sign_in(client)
                constraints = await constraints_of_campaign(client, settings.campaign_id, rng)
            return CampaignRules(constraints, self._target, self._requests_by_kind())

        return await plan_by_rules(
            stack,
            csv,
            settings,
            self._environment,
            self._observe,
            ask,
            purpose=msgspec.structs.astuple(self._target),
        )

    def _connecting(self, tenant: TenantClient | None) -> AbstractAsyncContextManager[TenantClient]:
        """Refuse what access cannot be had with, before anything is done."""
        self._settings.check_credentials()
        if tenant is not None:
            return nullcontext(PacedClient(tenant, self._limiter, self._observe))
        return client_of(
            self._settings, self._limiter, self._connections, self._environment, self._observe
        )

    def _requests_by_kind(self) -> dict[str, int]:
        return {kind.value: count for kind, count in self._limiter.granted.items()}

    def _name_run(self, begun: RunIdentity | None) -> None:
        drawn = f"{self._environment.rng.getrandbits(128):032x}"
        self._names.run_id = begun.run_id if begun is not None else drawn

    def make_room(self, tenant: TenantClient | None) -> None:
        """Work with fewer connections, and as few imports, where few files may be open."""
        wanted = min(self._settings.concurrency, MOST_CONNECTIONS)
        if tenant is not None:
            registry.refuse_another_dialect(tenant, self._settings.dialect)
            wanted = 0
        self._connections = connections_beside_files(wanted)
        if self._connections < wanted:
            self._places = self._connections

    async def _open_journal(
        self,
        stack: AsyncExitStack,
        path: Path,
        identity: RunIdentity,
        reported: RowsReported,
        capabilities: Capabilities,
    ) -> OpenedJournal:
        resume, membership = ResumeIndex(), SegmentMembership()
        journal = await SqliteJournal.open(
            path,
            identity,
            [resume, membership, self._earlier],
            reported=reported,
            accepts_loss=self._settings.accept_journal_loss,
            committed=lambda duration_s: self._observe(JournalCommitted(duration_s)),
            used=lambda: self._used(capabilities),
        )
        stack.push_async_callback(journal.close)
        if resume.lost_rows and journal.finished is None:
            is_known = resume.lost_rows < ANY_ROW
            log.warning("journal_loss_accepted", up_to_row=resume.lost_rows if is_known else None)
        return OpenedJournal(journal, resume, membership)

    def _used(self, capabilities: Capabilities) -> Used:
        """Return what this start has used up to now."""
        return used_by(
            self._counters,
            self._limiter,
            capabilities,
            per_minute=self._settings.quota,
            chunk_size=self._settings.chunk_size,
            duration_s=self._loaded_s(),
        )

    def _loaded_s(self) -> float:
        """Return for how long this start has been loading, in seconds."""
        since_s = self._loading_since_s
        return 0.0 if since_s is None else asyncio.get_running_loop().time() - since_s

    async def _sign_in(self, client: TenantClient) -> None:
        has_segment = self._settings.segment_id is not None
        await sign_in(client, with_segment=has_segment, rng=self._environment.rng)

    def _job(
        self,
        client: TenantClient,
        constraints: Constraints,
        suppression: Suppression,
        text_sha256: str,
        names: NamesRead,
        decided: DecidedPairs,
        of_run: LedgerOfRun | None,
    ) -> PrepareJob:
        days, again = self._settings.ledger_days, self._settings.again
        return PrepareJob(
            outcome_settings(
                self._settings,
                constraints,
                suppression,
                text_sha256=text_sha256,
                decisions_sha256=decided.sha256,
                **ledger_settings(self._settings, of_run.place if of_run else ""),
            ),
            suppression.listed,
            client.dialect,
            keep_raw=True,
            limits=client.dialect.capabilities.further,
            names=names.reading,
            decided=decided,
            known=of_run.known(days, again=again) if of_run else None,
        )

    async def _enter_ledger(
        self,
        stack: AsyncExitStack,
        ledger: SqliteLedger | None,
        begun: Begun | None,
        run_directory: RunDirectory,
    ) -> LedgerOfRun | None:
        if ledger is None:
            return None
        run = LedgerRun(
            self._names.run_id,
            name_of_run(run_directory.path),
            str(run_directory.path.absolute()),
            int(self._environment.wall_clock_s()),
            run_directory.input_fingerprint,
        )
        return await enter_ledger(stack, ledger, self._settings, begun, run)

    def _started(self, run_directory: RunDirectory, *, is_resumed: bool) -> RunStarted:
        return RunStarted(
            command="import",
            run_directory=str(run_directory.path),
            tenant=self._target.base_url,
            list_id=self._target.list_id,
            campaign_id=self._target.campaign_id,
            segment_id=self._target.segment_id,
            is_resumed=is_resumed,
            settings=changed_settings(self._settings),
            counters=self._counters,
            requests_in_last_minute=lambda: self._limiter.used_in_last_minute,
            sending_now=self._sending_now,
            time_left_s=lambda: self._time_left.seconds() if self._time_left else None,
            stop=self._stop,
        )

    def _sending_now(self) -> SendingNow:
        return SendingNow(
            quota_per_minute=self._limiter.per_minute,
            open_circuits=frozenset(kind.value for kind in self._limiter.open_circuits),
            chunks_queued=self._dispatcher.queued if self._dispatcher else 0,
        )

    def _stop(self, reason: CXoneError) -> None:
        """Drain the run; before and after that, end at once, until the files are written."""
        if self._run is not None:
            self._run.stop(reason)
        elif self._task is not None and not self._is_written:
            self._ended_by.append(reason)
            self._task.cancel()

    @contextmanager
    def ended_early(self) -> Iterator[None]:
        """Raise the reason of `_stop` where that cancelled the block; the caller's stays."""
        try:
            yield
        except asyncio.CancelledError:
            if not self._ended_by or self._task is None:
                raise
            others = [self._task.uncancel() for _ in self._ended_by][-1]
            if others:
                raise
            raise self._ended_by[0] from None

    async def _last_list(
        self, run_directory: RunDirectory, job: PrepareJob, of_run: LedgerOfRun
    ) -> LastList | None:
        """Return the last list, to compare this one with; None where that would tell nothing.

        With --max-change-rate the input is prepared once beforehand. Raises GuardTrippedError.
        """
        settings = self._settings
        if settings.replay_of is not None:
            return None  # it is a part of the list, of which the rest is not gone
        earlier = of_run.earlier_runs
        if settings.max_change_rate is not None:
            async with self._deadline.kept():
                preparation = self._environment.preparation(
                    replace(
                        job,
                        dialect=None,
                        keep_raw=False,
                        known=of_run.everybody(),
                    )
                )
                await refuse_changed_list(
                    earlier, preparation, run_directory.input, settings.max_change_rate
                )
        if settings.again:
            return None  # nobody is looked up, so that nobody is known to be gone
        last = await in_thread(lambda _stop: read_last_list(earlier))
        if last is None or last.has_people_of(of_run.too_old(settings.ledger_days)):
            return None  # who was sent too long ago is not found, gone or not
        return last

    async def _load(
        self,
        run_directory: RunDirectory,
        read: UnderstoodInput,
        client: TenantClient,
        opened: OpenedJournal,
        job: PrepareJob,
        suppression: Suppression,
        of_run: LedgerOfRun | None,
    ) -> Reconciliation:
        settings = self._settings
        started_at = self._environment.now_text()
        self._loading_since_s = asyncio.get_running_loop().time()
        journal = opened.journal
        before = recorded_result(journal.finished) if journal.finished else None
        log_missing_extra(job.settings.match)
        log_suppression(suppression)
        if of_run is not None and of_run.same_input_as:
            log.info("ledger_same_input", earlier_run=of_run.same_input_as)
        async with self._deadline.kept():
            job = await with_flagged_people(run_directory.input, read.header, job)
        last: LastList | None = None
        if of_run is not None and before is None:
            last = await self._last_list(run_directory, job, of_run)
        review = LikeliestPairs()
        with OutcomeSpool(run_directory.path) as spool:
            wired = wire_run(
                LoadSettings(
                    list_id=settings.list_id,
                    segment_id=None if before else settings.segment_id,
                    chunk_size=settings.chunk_size,
                    concurrency=self._places,
                    submit_semantics=settings.submit_semantics,
                    grace_s=settings.grace,
                    most_held_bytes=room_for_rows(settings.memory_limit),
                    overflow_directory=run_directory.path,
                ),
                client=client,
                limiter=self._limiter,
                opened=opened,
                # A finished run sends nothing, and the guards do not judge it again.
                preparation=self._environment.preparation(
                    replace(job, dialect=None) if before else job
                ),
                sink=last.beside(spool) if last else spool,
                review=review.append,
                guards=Guards()
                if before
                else guards_of(settings, max_failure_rate=settings.max_failure_rate),
                counters=self._counters,
                deadline=self._deadline,
                rng=self._environment.rng,
                observe=self._observe,
                note_people=of_run.note if of_run else None,
            )
            self._run, self._dispatcher = wired.run, wired.dispatcher
            self._time_left = wired.time_left
            watch = LineEndWatch(settings.encoding)
            async with aclosing(run_directory.input.blocks()) as blocks:
                with final_files_in_reserve():
                    await wired.run.execute(watch.over(blocks))
            self._run = None
            log_missing_line_end(watch, wired.preparation.rows_read)
            duration_s = self._loaded_s()
            earlier = self._earlier.used(journal.starts)
            capabilities = client.dialect.capabilities
            used = earlier + self._used(capabilities)
            told = before or Circumstances(
                run=run_facts(
                    "import",
                    settings,
                    job.settings,
                    run_directory,
                    suppression,
                    started_at=started_at,
                    run_id=journal.identity.run_id,
                    target=self._target,
                    same_input_as=of_run.same_input_as if of_run else "",
                ),
                requests_by_kind=used.requests,
                duration_s=used.duration_s,
                quota=quota_figures(
                    self._counters,
                    self._limiter,
                    capabilities,
                    per_minute=settings.quota,
                    chunk_size=settings.chunk_size,
                    duration_s=duration_s,
                    earlier=earlier,
                ),
                timeline=self._timeline.timeline(),
                starts=self._earlier.taken(journal.starts),
                since_last_run=last.change if last else None,
                replay=self._replay,
            )
            files = await write_files(
                run_directory,
                read.header,
                job,
                spool,
                review,
                encoding=settings.encoding,
                show_values=settings.show_values,
                segmented=wired.membership.contains if settings.segment_id is not None else None,
                written_before=journal.finished.file_digests if journal.finished else None,
                conclude=lambda written: reconcile(
                    written=written,
                    run=told.run,
                    total_input=wired.preparation.rows_read,
                    collected=wired.collector.counts,
                    segmented=wired.membership.count,
                    segment_problem=wired.membership.problem,
                    possible_duplicates=review.count,
                    possible_duplicates_left_out=review.left_out,
                    duplicates_left_out=spool.duplicates.left_out,
                    match_statistics=wired.preparation.match_statistics,
                    decisions=wired.preparation.decisions,
                    blank_rows=wired.preparation.blank_rows,
                    repeated_headers=wired.preparation.repeated_headers,
                    outcome_by_row=spool.outcome_by_row,
                    requests_by_kind=told.requests_by_kind,
                    duration_s=told.duration_s,
                    quota=told.quota,
                    timeline=told.timeline,
                    starts=told.starts,
                    since_last_run=told.since_last_run,
                    replay=told.replay,
                    countries=wired.preparation.countries,
                    understood=read.understood,
                    name_order=read.names.finding,
                ),
            )
        self._is_written = True  # the files are in place, so the run is over
        if before is None:
            await journal.finish(
                RunFinished(encoded(msgspec.json.Encoder(), files.result), files.digests)
            )
        return files.result
