"""`verify`: checks a run's totals against its input, journal and files."""

import asyncio
from pathlib import Path

from cxone_async.errors import RunError
from cxone_async.journal.store import JOURNAL_NAME, begun_before
from cxone_async.remote.uri import scheme_of
from cxone_async.report.files import read_result
from cxone_async.report.wording import duration, starts_in_words
from cxone_async.runs.purge_record import refuse_to_look_into_purged
from cxone_async.runs.run_directory import INPUT_COPY
from cxone_async.source.input import open_input, readable_input
from cxone_async.source.input_form import InputForm
from cxone_async.verification import Verified, verified


def verify_run(run_directory: Path, csv: str, encoding: str | None = None) -> Verified:
    """Return what was edited and what is wrong, in sentences. Raises what `verified` raises.

    Of an input that lies elsewhere, the run's own copy is read. A workbook and the like is turned
    into CSV once more. Raises MissingInputError for a run that was purged. Not for
    a running event loop.
    """
    refuse_to_look_into_purged(run_directory)
    path = run_directory / INPUT_COPY if scheme_of(csv) else Path(csv)
    if not run_directory.is_dir() or not path.is_file():
        return verified(run_directory, path, encoding)
    form = _form(run_directory)
    if open_input(str(path), form).is_readable_again:
        return verified(run_directory, path, encoding)
    return asyncio.run(_verified(run_directory, path, encoding, form))


async def _verified(
    run_directory: Path, path: Path, encoding: str | None, form: InputForm
) -> Verified:
    async with readable_input(str(path), form) as source:
        return await asyncio.to_thread(
            verified, run_directory, path, encoding, Path(source.text_path)
        )


def figures_of(run_directory: Path) -> str:
    """Say what a run used in all its starts, as its summary does. Raises as `read_result`."""
    result = read_result(run_directory)
    told = f"{duration(result.duration_s)}, {result.requests:,} requests"
    starts = starts_in_words(result)
    return f"{told}; {starts}" if starts else told


def _form(run_directory: Path) -> InputForm:
    """Return how the run took its input out of its file; as usual where nothing says so.

    The journal is asked first: a plan has none, but the other files may have been edited.
    """
    try:
        begun = begun_before(run_directory / JOURNAL_NAME)
        settings = begun.identity.settings if begun else read_result(run_directory).run.settings
    except RunError:  # what is wrong is told by the verification
        settings = {}
    return InputForm.of_run(settings)
