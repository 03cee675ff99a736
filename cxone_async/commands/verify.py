"""`verify`: checks a run's totals against its input, journal and files."""

import asyncio
import math
import sys
from pathlib import Path

from cxone_async.errors import RunError
from cxone_async.report.files import read_result
from cxone_async.source.form import InputForm
from cxone_async.source.input import open_input, readable_input
from cxone_async.verification import verify


def verify_run(run_directory: Path, csv: str, encoding: str | None = None) -> tuple[str, ...]:
    """Return each contradiction as a sentence. Raises what `verification.verify` raises.

    A workbook and the like is turned into CSV once more. Not for a running event loop.
    """
    if not run_directory.is_dir() or not Path(csv).is_file():
        return verify(run_directory, Path(csv), encoding)
    form = _form(run_directory)
    if open_input(csv, form).is_readable_again:
        return verify(run_directory, Path(csv), encoding)
    return asyncio.run(_verified(run_directory, csv, encoding, form))


async def _verified(
    run_directory: Path, csv: str, encoding: str | None, form: InputForm
) -> tuple[str, ...]:
    async with readable_input(csv, form) as source:
        return await asyncio.to_thread(
            verify, run_directory, Path(csv), encoding, Path(source.text_path)
        )


def _form(run_directory: Path) -> InputForm:
    """Return how the run took its input out of its file; as usual if it has not finished."""
    try:
        settings = read_result(run_directory).run.settings
    except RunError:
        settings = {}
    return InputForm(settings.get("sheet", ""), settings.get("member", ""), sys.maxsize, math.inf)
