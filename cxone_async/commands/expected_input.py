"""What the caller expects of the input: when it is there, which bytes it has, how many rows.

Guarantee: an input that is not the expected one is refused before the tenant is asked anything.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.logs import log
from cxone_async.runs.run_directory import RunDirectory
from cxone_async.settings import RunSettings
from cxone_async.source.input import Input, file_exists, open_input
from cxone_async.source.input_reading import count_rows

POLL_S: Final = 1.0
"""How often to look for the marker: often enough for a nightly job, rarely for a file server."""


async def open_when_marked(uri: str, settings: RunSettings) -> Input:
    """Open an input once its marker is there, if the settings name one.

    What can be read only once is not waited for here: its writer may make the marker only after
    its last byte was read. `refuse_unexpected` waits then. Raises MissingInputError,
    UnreadableInputError.
    """
    if settings.marker is not None:
        with suppress(MissingInputError):  # it may come while the marker is waited for
            source = open_input(uri, settings.form)
            if source.is_stream:
                return source
        await _wait_for(settings.marker, settings.wait or 0.0)
    return open_input(uri, settings.form)


async def refuse_unexpected(run_directory: RunDirectory, settings: RunSettings) -> None:
    """Refuse an input that is not what the settings expect. To count its rows, it is read once.

    Raises MissingInputError without a marker, UnreadableInputError for another digest or number
    of rows, and what reading it raises.
    """
    source = run_directory.input
    if settings.marker is not None:
        await _wait_for(settings.marker, settings.wait or 0.0)
    if settings.expect_sha256 not in (None, run_directory.input_fingerprint):
        raise UnreadableInputError(
            f"{source.uri}: is not the expected input: its SHA-256 is "
            f"{run_directory.input_fingerprint}, and --expect-sha256 says {settings.expect_sha256}"
        )
    if settings.expect_rows is None:
        return
    rows = await count_rows(source, settings.reading_rules)
    if rows != settings.expect_rows:
        raise UnreadableInputError(
            f"{source.uri}: is not the expected input: it has {rows:,} rows, and --expect-rows "
            f"says {settings.expect_rows:,}"
        )


async def _wait_for(marker: Path, wait_s: float) -> None:
    clock = asyncio.get_running_loop().time
    until_s = clock() + wait_s
    is_told = False
    while not await asyncio.to_thread(file_exists, str(marker)):
        left_s = until_s - clock()
        if left_s <= 0:
            raise MissingInputError(
                f"{marker}: there is no such marker after {wait_s:g} s, so the input may not be "
                "whole; nothing was sent. Run the same command again when it is there, or give a "
                "longer --wait"
            )
        if not is_told:
            log.info("waiting_for_marker", wait_s=wait_s)
            is_told = True
        await asyncio.sleep(min(POLL_S, left_s))
