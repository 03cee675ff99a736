"""How progress is shown: a live line on a terminal, a log line every few seconds elsewhere.

It only reads counters, four times a second at most.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cxone_async.load.counters import RunCounters
from cxone_async.logs import log

LIVE_INTERVAL_S = 0.25
LOG_INTERVAL_S = 5.0


def time_left_s(progress: RunCounters, elapsed_s: float) -> float | None:
    """Estimate the seconds left from the rows that have come to an end so far.

    None until something has ended, or while the size of the input is not known.
    """
    ended = (
        progress.duplicates + progress.rejected + progress.imported + progress.failed
        + progress.unresolved + progress.ready
    )  # fmt: skip
    if not ended or not progress.bytes_read or not progress.input_bytes:
        return None
    expected_rows = max(
        progress.rows_read,
        progress.rows_read
        if progress.input_ended
        else progress.rows_read * progress.input_bytes / progress.bytes_read,
    )
    return max(0.0, elapsed_s * (expected_rows - ended) / ended)


def format_duration(seconds: float | None) -> str:
    """Return `1:02:03`, `2:03`, or `--` when not known."""
    if seconds is None:
        return "--"
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def line_of(progress: RunCounters, requests_this_minute: int, left_s: float | None) -> str:
    """Return the live line."""
    return (
        f"read {progress.rows_read:,} · duplicate {progress.duplicates:,} · "
        f"rejected {progress.rejected:,} · in flight {progress.chunks_in_flight} · "
        f"imported {progress.imported:,} · requests/min {requests_this_minute} · "
        f"left {format_duration(left_s)}"
    )


@asynccontextmanager
async def shown(
    progress: RunCounters, requests_this_minute: Callable[[], int], *, live: bool
) -> AsyncIterator[None]:
    """Show `progress` while the block runs."""
    task = asyncio.create_task(
        (_live if live else _logged)(progress, requests_this_minute), name="progress"
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _live(progress: RunCounters, requests_this_minute: Callable[[], int]) -> None:
    loop = asyncio.get_running_loop()
    started_s = loop.time()

    def line() -> Text:
        left_s = time_left_s(progress, loop.time() - started_s)
        return Text(
            line_of(progress, requests_this_minute(), left_s), no_wrap=True, overflow="ellipsis"
        )

    with Live(line(), console=Console(stderr=True), auto_refresh=False) as live:
        try:
            while True:
                await asyncio.sleep(LIVE_INTERVAL_S)
                live.update(line(), refresh=True)
        finally:
            live.update(line(), refresh=True)


async def _logged(progress: RunCounters, requests_this_minute: Callable[[], int]) -> None:
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    while True:
        await asyncio.sleep(LOG_INTERVAL_S)
        left_s = time_left_s(progress, loop.time() - started_s)
        log.info(
            "progress",
            rows_read=progress.rows_read,
            duplicates=progress.duplicates,
            rejected=progress.rejected,
            imported=progress.imported,
            failed=progress.failed,
            unresolved=progress.unresolved,
            chunks_in_flight=progress.chunks_in_flight,
            requests_this_minute=requests_this_minute(),
            time_left_s=None if left_s is None else round(left_s),
        )
