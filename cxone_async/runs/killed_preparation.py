"""Ends a run for good when its preparing process is killed at the same place again.

Guarantee: the place is durable before the run ends, so the next start knows it. The first kill
interrupts the run, and so does one that came clearly later than all before: both can be resumed.
A kill at about the same place will come again at every start, so it ends the run with 70, which a
Kubernetes Job does not retry.

The place is a number of rows. It stands in a file of its own and not in the journal: a plan has no
journal, and older versions could not read a new event.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.durable.writing import writing
from cxone_async.errors import OutOfMemoryError, PreparationKilledError, RunError

NOTE: Final = "preparation_killed.json"

SAME_PLACE_ROWS: Final = 50_000
"""Rows that may be under way between the processes when one of them is killed."""
SAME_PLACE_SHARE: Final = 0.1
"""Memory grows with the rows, but what else runs on the machine differs from night to night."""


class KilledAt(msgspec.Struct, frozen=True):
    """The most rows that any start had prepared when its preparing process was killed."""

    rows: int


def is_same_place(rows: int, before: KilledAt) -> bool:
    """Say whether a kill after `rows` rows came no clearly later than the one before."""
    return rows <= before.rows + max(SAME_PLACE_ROWS, SAME_PLACE_SHARE * before.rows)


@asynccontextmanager
async def kills_noted(directory: Path, rows_read: Callable[[], int]) -> AsyncIterator[None]:
    """Note a kill of the preparing process in `directory`; forget it when the block succeeds.

    `rows_read` returns how many rows are prepared. Raises what the block raises, but
    OutOfMemoryError when it is killed at the same place again; CannotWriteError.
    """
    path = directory / NOTE
    try:
        yield
    except PreparationKilledError as error:
        raise await asyncio.to_thread(_reason_to_end, error, path, rows_read()) from None
    await asyncio.to_thread(path.unlink, missing_ok=True)


def _reason_to_end(error: PreparationKilledError, path: Path, rows: int) -> RunError:
    before = _read(path)
    with AtomicFile(path) as file:
        file.write(msgspec.json.encode(KilledAt(max(rows, before.rows if before else 0))))
    if before is None or not is_same_place(rows, before):
        return error
    return OutOfMemoryError(
        f"a preparing process was killed at about row {rows:,}, and before at about row "
        f"{before.rows:,}: most likely for want of memory. It would be killed there again. Allow "
        "more memory, then run the same command to resume"
    )


def _read(path: Path) -> KilledAt | None:
    with writing(path):
        try:
            return msgspec.json.decode(path.read_bytes(), type=KilledAt)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
