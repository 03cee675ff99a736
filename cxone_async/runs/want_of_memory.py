"""Ends a run for good when memory runs out at the same place again.

Guarantee: the place is durable before the run ends, so the next start knows it. The first time
interrupts the run, and so does one that came clearly later than all before: both can be resumed.
At about the same place it will happen again at every start, so that ends the run with 70, which a
Kubernetes Job does not retry.

Memory runs out in two ways: a preparing process is killed, or this process or a preparing one is
refused what it asks for. Where the machine kills this process too, nobody is left to note it.

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
from cxone_async.errors import (
    MemoryShortageError,
    OutOfMemoryError,
    PreparationKilledError,
    RunError,
    is_want_of_memory,
)
from cxone_async.runs.memory_limit import memory_in_words

NOTE: Final = "preparation_killed.json"

SAME_PLACE_ROWS: Final = 50_000
"""Rows that may be under way between the processes when memory runs out."""
SAME_PLACE_SHARE: Final = 0.1
"""Memory grows with the rows, but what else runs on the machine differs from night to night."""


class KilledAt(msgspec.Struct, frozen=True):
    """The most rows that any start had prepared when memory ran out."""

    rows: int


def is_same_place(rows: int, before: KilledAt) -> bool:
    """Say whether memory ran out after `rows` rows clearly no later than before."""
    return rows <= before.rows + max(SAME_PLACE_ROWS, SAME_PLACE_SHARE * before.rows)


@asynccontextmanager
async def want_of_memory_noted(
    directory: Path, rows_read: Callable[[], int]
) -> AsyncIterator[None]:
    """Note in `directory` where memory runs out; forget it when the block succeeds.

    `rows_read` returns how many rows are prepared. Raises what the block raises, but
    MemoryShortageError when this process is refused memory, OutOfMemoryError when it runs out at
    the same place again; CannotWriteError.
    """
    path = directory / NOTE
    try:
        yield
    except PreparationKilledError as error:
        raise _reason_to_end(error, path, rows_read()) from None
    except Exception as error:
        if isinstance(error, RunError) or not is_want_of_memory(error):
            raise
        shortage = MemoryShortageError(
            f"memory ran out: {memory_in_words()}; run the same command to resume"
        )
        raise _reason_to_end(shortage, path, rows_read()) from None
    await asyncio.to_thread(path.unlink, missing_ok=True)


def _reason_to_end(error: RunError, path: Path, rows: int) -> RunError:
    """Note the place, without a thread: there may be no memory for one."""
    before = _read(path)
    with AtomicFile(path) as file:
        file.write(msgspec.json.encode(KilledAt(max(rows, before.rows if before else 0))))
    if before is None or not is_same_place(rows, before):
        return error
    what = (
        "a preparing process was killed"
        if isinstance(error, PreparationKilledError)
        else "memory ran out"
    )
    return OutOfMemoryError(
        f"{what} at about row {rows:,}, and before at about row {before.rows:,}: most likely for "
        f"want of memory. It would happen there again: {memory_in_words()}. Allow more memory, "
        "then run the same command to resume"
    )


def _read(path: Path) -> KilledAt | None:
    with writing(path):
        try:
            return msgspec.json.decode(path.read_bytes(), type=KilledAt)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
