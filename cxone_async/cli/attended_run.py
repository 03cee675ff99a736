"""An import or a plan as a terminal sees it: signals stop it, progress shows, a summary ends it."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import typer

from cxone_async.cli.progress_line import shown
from cxone_async.cli.signals import StopSwitch, stopped_by_signals
from cxone_async.cli.summary import summary
from cxone_async.commands import import_contacts as app
from cxone_async.load.counters import RunCounters
from cxone_async.load.run import Run
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.tenant.rate_limit.limiter import RateLimiter


async def import_attended(csv: str, settings: ImportSettings) -> int:
    """Import `csv`; return the exit code. Raises a `RunError` leaf."""
    async with stopped_by_signals() as switch:
        directory, result = await app.run_import(csv, settings, partial(_attended, switch))
    typer.echo(summary(result, directory))
    return result.exit_code


async def plan_attended(csv: str, settings: PlanSettings) -> int:
    """Plan the import of `csv`; return the exit code. Raises a `RunError` leaf."""
    async with stopped_by_signals():
        directory, result = await app.run_plan(csv, settings, _displayed)
    typer.echo(summary(result, directory))
    return result.exit_code


@asynccontextmanager
async def _attended(
    switch: StopSwitch, attended: Run, progress: RunCounters, quota: RateLimiter
) -> AsyncIterator[None]:
    switch.run = attended
    live = sys.stderr.isatty()
    async with shown(progress, lambda: quota.used_in_last_minute, live=live):
        yield
    switch.run = None


@asynccontextmanager
async def _displayed(progress: RunCounters) -> AsyncIterator[None]:
    async with shown(progress, lambda: 0, live=sys.stderr.isatty()):
        yield
