"""Runs an import or a plan for a terminal: with signals, progress and a summary."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from cxone_async.cli.progress_line import ProgressLine
from cxone_async.cli.signals import stopped_by_signals
from cxone_async.cli.summary import summary
from cxone_async.commands.environment import RunResult
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.runs.observers import RunObserver
from cxone_async.settings import ImportSettings, PlanSettings


async def import_attended(csv: str, settings: ImportSettings) -> int:
    """Import `csv`; return the exit code. Raises a `RunError` leaf."""
    async with _observers() as observers:
        result = await run_import(csv, settings, observers=observers)
    return _concluded(result)


async def plan_attended(csv: str, settings: PlanSettings) -> int:
    """Plan the import of `csv`; return the exit code. Raises a `RunError` leaf."""
    async with _observers() as observers:
        result = await run_plan(csv, settings, observers=observers)
    return _concluded(result)


@asynccontextmanager
async def _observers() -> AsyncIterator[tuple[RunObserver, ...]]:
    """Open what watches a run, for as long as the run lasts."""
    async with stopped_by_signals() as switch:
        yield switch, ProgressLine(live=sys.stderr.isatty())


def _concluded(result: RunResult) -> int:
    typer.echo(summary(result.reconciliation, result.run_directory))
    return result.reconciliation.exit_code
