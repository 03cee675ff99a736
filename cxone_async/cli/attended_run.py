"""Runs an import or a plan for a terminal: with signals, progress and a summary."""

import sys

import typer

from cxone_async.cli.progress_line import ProgressLine
from cxone_async.cli.signals import stopped_by_signals
from cxone_async.cli.summary import summary
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.settings import ImportSettings, PlanSettings


async def import_attended(csv: str, settings: ImportSettings) -> int:
    """Import `csv`; return the exit code. Raises a `RunError` leaf."""
    async with stopped_by_signals() as switch:
        directory, result = await run_import(csv, settings, observers=(switch, _progress_line()))
    typer.echo(summary(result, directory))
    return result.exit_code


async def plan_attended(csv: str, settings: PlanSettings) -> int:
    """Plan the import of `csv`; return the exit code. Raises a `RunError` leaf."""
    async with stopped_by_signals() as switch:
        directory, result = await run_plan(csv, settings, observers=(switch, _progress_line()))
    typer.echo(summary(result, directory))
    return result.exit_code


def _progress_line() -> ProgressLine:
    return ProgressLine(live=sys.stderr.isatty())
