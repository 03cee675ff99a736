"""`--replay-of`: whether an input is the corrected rejects of a run, which is then continued.

Guarantee: any other input is refused before the tenant is asked anything. Whom that run sent is
found in the ledger, or the replay is refused.
"""

from cxone_async.commands.ledger_of_run import DAY_S, name_of_run
from cxone_async.durable.threads import in_thread
from cxone_async.errors import ConfigurationError
from cxone_async.ledger.store import SqliteLedger
from cxone_async.runs.replayed_run import (
    ReplayedRun,
    read_replayed_run,
    refuse_another_header,
    refuse_other_rows,
)
from cxone_async.settings import ImportSettings
from cxone_async.source.input import Input
from cxone_async.source.records import InputHeader
from cxone_async.source.reject_rows import read_reject_rows


async def read_replay(source: Input, header: InputHeader, settings: ImportSettings) -> ReplayedRun:
    """Return the run that is continued. The input is read once.

    Raises what `read_replayed_run`, `refuse_another_header` and `refuse_other_rows` raise.
    """
    directory = settings.replay_of
    assert directory is not None  # noqa: S101  the caller has looked
    run = await in_thread(lambda _stop: read_replayed_run(directory, name_of_run(directory)))
    refuse_another_header(run, header, source.uri)
    rows = await read_reject_rows(source, settings.reading_rules)
    await in_thread(lambda _stop: refuse_other_rows(run, rows, source.uri))
    return run


async def refuse_forgotten_run(
    run: ReplayedRun, ledger: SqliteLedger | None, settings: ImportSettings, now_s: int
) -> None:
    """Raise ConfigurationError unless the ledger finds whom the run has sent.

    `now_s` is in seconds since the epoch.
    """
    assert ledger is not None  # noqa: S101  the settings demand one
    days = settings.ledger_days
    try:
        place = await in_thread(lambda _stop: ledger.resume(run.result.run.run_id))
    except ConfigurationError as error:
        raise ConfigurationError(
            f"--replay-of: {settings.ledger} does not know the run in {run.directory}, so that "
            "whom that run sent would not be found, and could be sent twice; nothing was sent. "
            "Name the --ledger that it was started with"
        ) from error
    if place.run.started_s < now_s - days * DAY_S:
        raise ConfigurationError(
            f"--replay-of: the run in {run.directory} began more than {days} days ago "
            "(--ledger-days), so that whom it sent would not be found, and could be sent twice; "
            "nothing was sent. Give more --ledger-days"
        )
