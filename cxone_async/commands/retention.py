"""Purges older runs beside one that has ended (`--retention-days`).

Guarantee: nothing that goes wrong here changes how the run ended.
"""

from datetime import UTC, datetime, timedelta

from cxone_async.commands.environment import Environment, RunResult
from cxone_async.durable.threads import in_thread
from cxone_async.errors import RunError
from cxone_async.logs import log_internal_error
from cxone_async.runs.observers import Observers, OlderRunsPurged
from cxone_async.runs.prune import prune
from cxone_async.settings import RunSettings


async def purge_older_runs(
    settings: RunSettings, result: RunResult, environment: Environment, observe: Observers
) -> None:
    """Purge what ended before `retention_days` in the parent of the run directory; tell observers.

    Does nothing unless the setting is given. Raises nothing: the run has ended, so a stop that is
    asked for meanwhile comes too late.
    """
    if settings.retention_days is None:
        return
    directory = result.run_directory.resolve()
    age = timedelta(days=settings.retention_days)
    try:
        now = datetime.fromtimestamp(environment.wall_clock_s(), UTC)
        pruned = await in_thread(
            lambda _stop: prune(directory.parent, age, now, spared=directory.name)
        )
    except Exception as error:
        if not isinstance(error, RunError):
            log_internal_error(error)
        observe(OlderRunsPurged(None, type(error).__name__))
    else:
        observe(OlderRunsPurged(pruned))
