"""`plan`: everything that an import does without sending a request.

A plan prepares rows as an import does. Rows that an import would send end as `ready`. The rules of
the campaign are those of the settings; `import --dry-run` asks the tenant for them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from itertools import repeat
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from cxone_async.commands.changed_settings import changed_settings
from cxone_async.commands.concluding import (
    clear_output_place,
    copy_files,
    run_facts,
    write_files,
)
from cxone_async.commands.environment import Environment, RunResult
from cxone_async.commands.expected_input import open_when_marked, refuse_unexpected
from cxone_async.commands.ledger_of_run import known_to_plan, ledger_settings
from cxone_async.commands.preparing import (
    decided_pairs,
    guards_of,
    log_missing_extra,
    log_missing_line_end,
    log_suppression,
    outcome_settings,
    told_constraints,
    with_flagged_people,
)
from cxone_async.commands.retention import purge_older_runs
from cxone_async.commands.text_check import refuse_misread_text
from cxone_async.commands.understanding import refusal_of_import, understand
from cxone_async.contacts.constraints import Constraints
from cxone_async.errors import ConfigurationError, GuardTrippedError
from cxone_async.journal.store import JOURNAL_NAME
from cxone_async.load.collector import OutcomeSink
from cxone_async.load.counters import RunCounters
from cxone_async.load.events import BlockPrepared, ObserveLoad, unobserved
from cxone_async.load.guards import Guards, InputCheck
from cxone_async.load.reading_progress import ReadingProgress
from cxone_async.load.time_left import reading_left_s
from cxone_async.log_context import naming_run
from cxone_async.outcome import Outcome, Resemblance, RowOutcome
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.port import Preparation, PreparationPass
from cxone_async.prepare.rows import PendingRows, Prepared
from cxone_async.report.likeliest_pairs import LikeliestPairs
from cxone_async.report.outcome_spool import OutcomeSpool
from cxone_async.report.reconciliation import TrippedGuard, reconcile
from cxone_async.runs.figures import forecast
from cxone_async.runs.identity import Target
from cxone_async.runs.observers import (
    LogObserver,
    Observers,
    RunObserver,
    RunStarted,
    told_the_end,
)
from cxone_async.runs.open_files import connections_beside_files
from cxone_async.runs.run_directory import enter_run_directory
from cxone_async.runs.want_of_memory import want_of_memory_noted
from cxone_async.settings import PlanSettings, RunSettings
from cxone_async.source.input import name_of
from cxone_async.source.line_end import LineEndWatch
from cxone_async.suppression.files import reading_suppression
from cxone_async.tenant import registry

_outcome = attrgetter("outcome")


async def run_plan(
    csv: Path | str,
    settings: PlanSettings,
    *,
    observers: Sequence[RunObserver] = (),
    environment: Environment | None = None,
) -> RunResult:
    """Do everything that an import does without sending a request.

    `csv` is a path, or "-" for standard input. `observers` are told what happens. Returns the
    run directory and the reconciliation. Raises a `RunError` leaf when the plan cannot go on.
    Prints nothing.
    """
    observe = Observers((LogObserver(), *observers))
    environment = environment or Environment()
    with naming_run(name_of(str(csv))), told_the_end(observe) as ended:
        async with AsyncExitStack() as stack:
            result = await plan_by_rules(
                stack,
                str(csv),
                settings,
                environment,
                observe,
                lambda: _told_rules(settings),
            )
        await purge_older_runs(settings, result, environment, observe)
        ended(result.reconciliation)
    return result


class CampaignRules(NamedTuple):
    """The rules that a plan goes by, and what it took to learn them.

    `target` is None when no tenant was asked.
    """

    constraints: Constraints
    target: Target | None = None
    requests_by_kind: Mapping[str, int] = MappingProxyType({})


async def _told_rules(settings: PlanSettings) -> CampaignRules:
    return CampaignRules(told_constraints(settings))


async def plan_by_rules(
    stack: AsyncExitStack,
    csv: str,
    settings: RunSettings,
    environment: Environment,
    observe: Observers,
    learn_rules: Callable[[], Awaitable[CampaignRules]],
    *,
    purpose: Sequence[str] = (),
) -> RunResult:
    """Plan `csv`; `stack` closes what it opens. Raises what `run_plan` and `learn_rules` raise.

    The rules are learned once the header has been read, so a wrong file asks nobody. `purpose`
    tells the run directory from those of other plans of the same input.
    """
    started_at, started_s = environment.now_text(), asyncio.get_running_loop().time()
    connections_beside_files(0)
    source = await open_when_marked(csv, settings)
    run_directory = await enter_run_directory(
        stack,
        source,
        settings.run_dir,
        ("plan", *purpose),
        allows_shared=settings.allow_shared_run_dir,
    )
    directory = run_directory.path
    counters = RunCounters(input_bytes=run_directory.input.size_bytes)
    await stack.enter_async_context(want_of_memory_noted(directory, lambda: counters.rows_read))
    if (directory / JOURNAL_NAME).exists():
        raise ConfigurationError(f"{directory} holds an import; plan needs another directory")
    await refuse_unexpected(run_directory, settings)
    await refuse_misread_text(run_directory.input, settings.encoding)
    header, understood, names = await understand(run_directory.input, settings, observe)
    await clear_output_place(settings)
    rules = await learn_rules()
    suppression = await stack.enter_async_context(
        reading_suppression(settings.suppress, settings.default_country, started_at[:10], directory)
    )
    decided = await decided_pairs(run_directory, settings)
    ledger_place, known = await known_to_plan(settings, int(environment.wall_clock_s()))
    spool = stack.enter_context(OutcomeSpool(directory))
    review = LikeliestPairs()
    job = PrepareJob(
        outcome_settings(
            settings,
            rules.constraints,
            suppression,
            dialect="",
            text_sha256=run_directory.text_sha256,
            decisions_sha256=decided.sha256,
            **ledger_settings(settings, ledger_place),
        ),
        suppression.listed,
        limits=registry.capabilities(settings.dialect).further,
        names=names.reading,
        decided=decided,
        known=known,
    )
    log_missing_extra(settings.match)
    log_suppression(suppression)
    observe(
        RunStarted(
            command="plan",
            run_directory=str(directory),
            settings=changed_settings(settings),
            counters=counters,
            requests_in_last_minute=lambda: 0,
            time_left_s=lambda: reading_left_s(counters),
        )
    )
    job = await with_flagged_people(run_directory.input, header, job)
    plan = Plan(
        environment.preparation(job),
        spool,
        review.append,
        counters,
        guards_of(settings),
        observe,
        tripped_guard=refusal_of_import(understood),
    )
    watch = LineEndWatch(settings.encoding)
    async with aclosing(run_directory.input.blocks()) as blocks:
        await plan.execute(watch.over(blocks))
    log_missing_line_end(watch, plan.preparation.rows_read)
    duration_s = asyncio.get_running_loop().time() - started_s
    files = await write_files(
        run_directory,
        header,
        job,
        spool,
        review,
        encoding=settings.encoding,
        show_values=settings.show_values,
        segmented=None,
        conclude=lambda written: reconcile(
            written=written,
            run=run_facts(
                "plan",
                settings,
                job.settings,
                run_directory,
                suppression,
                started_at=started_at,
                target=rules.target,
            ),
            total_input=plan.preparation.rows_read,
            collected=plan.counts,
            segmented=0,
            possible_duplicates=review.count,
            possible_duplicates_left_out=review.left_out,
            duplicates_left_out=spool.duplicates.left_out,
            match_statistics=plan.preparation.match_statistics,
            decisions=plan.preparation.decisions,
            blank_rows=plan.preparation.blank_rows,
            repeated_headers=plan.preparation.repeated_headers,
            outcome_by_row=spool.outcome_by_row,
            requests_by_kind=rules.requests_by_kind,
            countries=plan.preparation.countries,
            duration_s=duration_s,
            forecast=forecast(
                plan.counts[Outcome.READY],
                registry.capabilities(settings.dialect),
                per_minute=settings.quota,
                chunk_size=settings.chunk_size,
            ),
            guard=plan.tripped_guard,
            understood=understood,
            name_order=names.finding,
        ),
    )
    await copy_files(run_directory, settings)
    return RunResult(directory, files.result)


def ready_outcomes(ready: PendingRows) -> Iterator[RowOutcome]:
    """Return the outcomes of rows that an import would send."""
    if not (ready.external_ids or any(ready.repairs)):
        return map(RowOutcome, ready.rows, ready.lines, repeat(Outcome.READY))
    return (
        RowOutcome(
            one.row,
            one.line,
            Outcome.READY,
            external_id=one.external_id,
            repairs=one.repairs,
        )
        for one in ready
    )


class Plan:
    """One pass over the input; read `counts`, `preparation` and `tripped_guard` afterwards.

    `tripped_guard` is the guard that would stop an import, None when there is none.
    """

    def __init__(
        self,
        preparation: Preparation,
        sink: OutcomeSink,
        review: Callable[[Sequence[Resemblance]], None],
        counters: RunCounters,
        guards: Guards,
        observe: ObserveLoad = unobserved,
        *,
        tripped_guard: TrippedGuard | None = None,
    ) -> None:
        self._sink = sink
        self._review = review
        self._counters = counters
        self._observe = observe
        self.preparation = PreparationPass(preparation)
        self.counts: Counter[Outcome] = Counter()
        self.tripped_guard = tripped_guard
        self._reading = ReadingProgress(counters)
        self._check = InputCheck(guards)
        counters.reasons = self._check.reasons

    async def execute(self, blocks: AsyncIterator[bytes]) -> None:
        """Decide every row. Raises UnreadableInputError, CannotWriteError."""
        await self.preparation.each_block(self._reading.over(blocks), self._take)
        self._judge(self._check.end)
        self._counters.input_ended = True

    async def _take(self, prepared: Prepared) -> None:
        waited_s = self._reading.came(prepared)
        ready = prepared.ready
        outcomes = [
            *prepared.decided,
            *ready_outcomes(ready),
        ]
        self.counts.update(map(_outcome, outcomes))
        self._judge(lambda: self._check.add(prepared.decided, self.preparation.rows_read))
        self._review(prepared.resemblances)
        await asyncio.to_thread(self._sink.append, outcomes)
        self._counters.rows_read = self.preparation.rows_read
        self._counters.show(self.counts)
        self._observe(BlockPrepared(prepared.rows, len(prepared.decided), len(ready), waited_s))
        self._reading.waits()

    def _judge(self, check: Callable[[], None]) -> None:
        """Judge as an import would, and note what would stop it first."""
        try:
            check()
        except GuardTrippedError as error:
            self.tripped_guard = self.tripped_guard or TrippedGuard(
                message=str(error), reasons=error.reasons
            )
