"""Runs an import or a plan for a terminal: with signals, progress and a summary."""

import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, TextIO, cast

import msgspec
import typer
from rich.console import Console

from cxone_async.cli.column_table import ColumnTable
from cxone_async.cli.ending import say_stopped
from cxone_async.cli.guard_reasons import guard_lines
from cxone_async.cli.json_document import json_document
from cxone_async.cli.next_command import NextCommand
from cxone_async.cli.progress_line import ProgressLine, can_show_live
from cxone_async.cli.prune_lines import retention_in_words
from cxone_async.cli.signals import stopped_by_signals
from cxone_async.cli.summary import summary
from cxone_async.cli.telling import telling_the_end
from cxone_async.cli.typed_line import next_after_rejects
from cxone_async.commands.environment import RunResult
from cxone_async.commands.example_cells import example_cells
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.errors import CommonReason, GuardTrippedError, RunError
from cxone_async.monitoring.monitored import Monitoring, collector_of_environment, monitored
from cxone_async.notifications.run_watch import RunWatch
from cxone_async.printable import printable
from cxone_async.report.reconciliation import Command
from cxone_async.report.wording import Tone, headline, next_steps, rules_in_words, tone
from cxone_async.runs.observers import OlderRunsPurged, RunObserver
from cxone_async.settings import ImportSettings, PlanSettings, RunSettings
from cxone_async.standard_streams import standard_error

_COLOURS: Final[Mapping[Tone, str]] = {"good": "green", "act": "yellow", "bad": "red"}
"""Of the summary's first line. On what is no terminal, the text stays plain."""

_GRACE_OF_A_PLAN_S: Final = 5.0
"""A plan has no requests in flight to wait for, but somebody may wait to be told."""


async def import_attended(csv: str, settings: ImportSettings) -> int:
    """Import `csv`; return the exit code. Raises a `RunError` leaf."""
    command: Command = "plan" if settings.dry_run else "import"
    async with telling_the_end(command, settings, settings.grace) as watch:
        older = _OlderRuns()
        async with observers_of(command, settings, watch) as observers:
            try:
                result = await run_import(csv, settings, observers=(*observers, older))
            except RunError as error:
                if waiting := watch.rows_waiting():
                    error.begin_with(waiting)
                if not isinstance(error, GuardTrippedError):
                    raise
                await _say_guard(csv, settings, str(error), error.reasons)
                return error.exit_code
        code = _concluded(csv, settings, result, older.event)
        await _say_what_would_stop_an_import(csv, settings, result)
        return code


async def plan_attended(csv: str, settings: PlanSettings) -> int:
    """Plan the import of `csv`; return the exit code. Raises a `RunError` leaf."""
    async with telling_the_end("plan", settings, _GRACE_OF_A_PLAN_S) as watch:
        older = _OlderRuns()
        async with observers_of("plan", settings, watch) as observers:
            result = await run_plan(csv, settings, observers=(*observers, older))
        code = _concluded(csv, settings, result, older.event)
        await _say_what_would_stop_an_import(csv, settings, result)
        return code


@asynccontextmanager
async def observers_of(
    command: Command, settings: RunSettings, watch: RunWatch
) -> AsyncIterator[Sequence[RunObserver]]:
    """Open what watches a run, for as long as the run lasts."""
    monitoring = Monitoring(
        status_port=settings.status_port,
        status_host=settings.status_host,
        metrics_file=settings.metrics_file,
        pushgateway=settings.pushgateway,
        otlp=settings.otlp or collector_of_environment(),
        otlp_is_ambient=settings.otlp is None,
        group={
            "command": command,
            "list_id": settings.list_id if isinstance(settings, ImportSettings) else "",
        },
    )
    async with (
        stopped_by_signals(watch.stop_asked) as switch,
        monitored(monitoring) as watching,
    ):
        errors = standard_error()
        console = Console(file=cast(TextIO, errors))
        shown: list[RunObserver] = [] if settings.quiet else [ColumnTable(console)]
        if not (settings.quiet or settings.no_progress):
            live = console if can_show_live(console, errors.fileno()) else None
            shown.append(ProgressLine(live, errors))
        yield switch, *shown, watch, *watching


class _OlderRuns(RunObserver):
    """Keeps what became of older runs, to be said at the end."""

    event: OlderRunsPurged | None = None

    def older_runs_purged(self, event: OlderRunsPurged) -> None:
        """Keep it."""
        self.event = event


def _concluded(
    csv: str, settings: RunSettings, result: RunResult, older: OlderRunsPurged | None
) -> int:
    if json_document().is_wanted:
        return _answered(result, older)
    errors = standard_error()
    errors.finish()  # the progress ends above the summary, not across it
    said = summary(result.reconciliation, result.run_directory, with_links=_can_show_links())
    first, _, rest = said.partition("\n")
    typer.echo(typer.style(first, fg=_COLOURS[tone(result.reconciliation)], bold=True))
    typer.echo(rest)
    if older is not None:
        typer.echo(f"{'older runs':<17} {retention_in_words(older)}")
    if errors.lost_lines:
        typer.echo(
            f"{'log':<17} {errors.lost_lines:,} lines could not be written to standard error"
        )
    for line in _what_next(csv, settings, result):
        typer.echo(line)
    return result.reconciliation.exit_code


def _what_next(csv: str, settings: RunSettings, result: RunResult) -> list[str]:
    """Say what a person does next; nothing where all is well."""
    directory, found = result
    if found.run.command != "import" or not found.passed:
        return []
    lines: list[str] = []
    if found.unresolved:
        lines += NextCommand(
            "look up the rows of unresolved.csv in CXone before they are sent again"
        ).lines()
    if found.not_segmented:
        lines += NextCommand(
            "add the rows with segmented = no in outcomes.csv to the segment in CXone"
        ).lines()
    if found.invalid or found.failed_after_retries:
        command = next_after_rejects(csv, directory / "rejects.csv", settings.run_dir)
        lines += command.lines() if command else ()
    return lines


def _can_show_links() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _answered(result: RunResult, older: OlderRunsPurged | None) -> int:
    """Answer `--json`: what the summary says, and reconciliation.json as it is."""
    directory, found = result
    errors = standard_error()
    errors.finish()
    json_document().write_result(
        {
            "headline": headline(found),
            "rules": rules_in_words(found.run),
            "run_directory": printable(str(directory.absolute())),
            "next_steps": [step._asdict() for step in next_steps(found)],
            "older_runs": retention_in_words(older) if older else None,
            "log_lines_lost": errors.lost_lines,
            "reconciliation": msgspec.to_builtins(found),
        },
        found.exit_code,
    )
    return found.exit_code


async def _say_what_would_stop_an_import(
    csv: str, settings: RunSettings, result: RunResult
) -> None:
    if guard := result.reconciliation.guard:
        await _say_guard(csv, settings, f"an import would be {guard.message}", guard.reasons)


async def _say_guard(
    csv: str, settings: RunSettings, message: str, reasons: Sequence[CommonReason]
) -> None:
    """Say what a guard found: with cells of the input on a terminal, without them in a log."""
    code = GuardTrippedError.exit_code
    if not sys.stderr.isatty():
        say_stopped(message, code, as_json=True, reasons=reasons)
        return
    say_stopped(message, code, as_json=False)
    wanted = {row for one in reasons for row in one.first_rows}
    cells = await example_cells(csv, wanted, settings)
    for line in guard_lines(reasons, cells):
        standard_error().write(f"{line}\n")
