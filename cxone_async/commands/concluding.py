"""The end of a run: its facts and its files."""

from collections.abc import Callable, Mapping
from functools import partial

from cxone_async.durable.threads import in_thread, unless_stopped
from cxone_async.errors import RunError
from cxone_async.prepare.contacts_again import contacts_of_rows
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.remote.output import clear_output, copy_to_output
from cxone_async.report.files import FILE_NAMES, WORKBOOK, RunFiles, write_run_files
from cxone_async.report.likeliest_pairs import LikeliestPairs
from cxone_async.report.outcome_spool import OutcomeSpool
from cxone_async.report.pair_tables import PairViewer, pair_lines
from cxone_async.report.reconciliation import Command, Reconciliation, RunFacts, Tally
from cxone_async.runs.identity import INPUT_FINGERPRINT, Target
from cxone_async.runs.run_directory import RunDirectory
from cxone_async.settings import RunSettings
from cxone_async.source.records import InputHeader
from cxone_async.suppression.files import Suppression


def run_facts(
    command: Command,
    settings: RunSettings,
    decided_by: OutcomeSettings,
    run_directory: RunDirectory,
    suppression: Suppression,
    *,
    started_at: str,
    run_id: str = "",
    target: Target | None = None,
    same_input_as: str = "",
) -> RunFacts:
    """Return the facts of a run that its report shows. They hold no contact and no secret."""
    return RunFacts(
        command=command,
        run_id=run_id,
        started_at=started_at,
        input_name=run_directory.input.name,
        tenant=target.base_url if target else "",
        list_id=target.list_id if target else "",
        campaign_id=target.campaign_id if target else "",
        segment_id=target.segment_id if target else "",
        match=decided_by.match,
        threshold=decided_by.threshold,
        chunk_size=settings.chunk_size,
        quota_per_minute=settings.quota,
        input_path=run_directory.input.location,
        settings=decided_by.as_text() | {INPUT_FINGERPRINT: run_directory.input_fingerprint},
        suppression=suppression.sources,
        same_input_as=same_input_as,
    )


async def write_files(
    run_directory: RunDirectory,
    header: InputHeader,
    job: PrepareJob,
    spool: OutcomeSpool,
    review: LikeliestPairs,
    *,
    encoding: str,
    show_values: bool,
    segmented: Callable[[int], bool] | None,
    conclude: Callable[[Tally], Reconciliation],
    written_before: Mapping[str, str] | None = None,
) -> RunFiles:
    """Write the files of a run in a thread; see `report.files.write_run_files`.

    The rows that are shown side by side are read again from the input, with values in clear if
    `show_values`. Raises what reading it raises. When cancelled, it stops at the next row and
    leaves every file as it was. `written_before` holds the digests that the journal has of them.
    """
    shown = spool.duplicates.rows() | review.rows()
    viewer = PairViewer(
        await contacts_of_rows(run_directory.input, job.settings, shown, spool.lines),
        job.settings.match,
        job.settings.threshold,
        job.names,
        run_directory.input_fingerprint,
        show_values,
    )
    form = job.settings.csv_form
    return await in_thread(
        lambda stop: write_run_files(
            run_directory.path,
            unless_stopped(stop, spool.in_order()),
            unless_stopped(stop, pair_lines(review.in_order(), viewer, dropped=False)),
            unless_stopped(stop, pair_lines(spool.duplicates.in_order(), viewer, dropped=True)),
            header_raw=header.raw,
            delimiter=header.delimiter,
            mark=header.mark,
            quote=form.quote,
            escape=form.escape,
            encoding=encoding,
            watched=partial(unless_stopped, stop),
            watched_pieces=partial(unless_stopped, stop),
            written_before=written_before,
            segmented=segmented,
            conclude=conclude,
        )
    )


async def clear_output_place(settings: RunSettings) -> None:
    """Remove an older result from the place of `--output`, before anything is sent.

    Raises AccessRefusedError, ConfigurationError, RemoteUnreachableError, UsageError.
    """
    if settings.output is not None:
        await clear_output(settings.output, FILE_NAMES[-1])


async def copy_files(run_directory: RunDirectory, settings: RunSettings) -> None:
    """Copy the finished files to the place of `--output`. Raises as `clear_output_place`."""
    if settings.output is None:
        return
    try:
        await copy_to_output(run_directory.path, (WORKBOOK, *FILE_NAMES), settings.output)
    except RunError as error:
        raise type(error)(
            f"{error}. The run has ended and its files are in {run_directory.path}; the same "
            "command copies them again and sends nothing"
        ) from None
