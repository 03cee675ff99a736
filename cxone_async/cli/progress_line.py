"""Shows progress: a live line on a terminal, a log line every few seconds elsewhere.

The display is an observer: it reads the run's counters, and if it raises, the run goes on.
"""

import asyncio

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cxone_async.load.counters import RunCounters
from cxone_async.load.events import BlockPrepared
from cxone_async.logs import log
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted

LIVE_INTERVAL_S = 0.25
LOG_INTERVAL_S = 5.0


def time_left_s(counters: RunCounters, elapsed_s: float) -> float | None:
    """Estimate the seconds left from the rows that have come to an end so far.

    None until something has ended, or while the size of the input is not known.
    """
    ended = (
        counters.duplicates + counters.rejected + counters.imported + counters.failed
        + counters.unresolved + counters.ready
    )  # fmt: skip
    if not ended or not counters.bytes_read or not counters.input_bytes:
        return None
    expected_rows = max(
        counters.rows_read,
        counters.rows_read
        if counters.input_ended
        else counters.rows_read * counters.input_bytes / counters.bytes_read,
    )
    return max(0.0, elapsed_s * (expected_rows - ended) / ended)


def format_duration(seconds: float | None) -> str:
    """Return `1:02:03`, `2:03`, or `--` when not known."""
    if seconds is None:
        return "--"
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def line_of(counters: RunCounters, requests_this_minute: int, left_s: float | None) -> str:
    """Return the live line."""
    return (
        f"read {counters.rows_read:,} · duplicate {counters.duplicates:,} · "
        f"rejected {counters.rejected:,} · in flight {counters.chunks_in_flight} · "
        f"imported {counters.imported:,} · requests/min {requests_this_minute} · "
        f"left {format_duration(left_s)}"
    )


class ProgressLine(RunObserver):
    """Shows where a run stands: a live line on a terminal, else a log line every few seconds.

    A run whose files are intact prepares nothing, so it shows no line.
    """

    def __init__(self, terminal: Console | None) -> None:
        self._live = Live(console=terminal, auto_refresh=False) if terminal else None
        self._run: RunStarted | None = None
        self._started_s = 0.0
        self._next: asyncio.TimerHandle | None = None

    def run_started(self, event: RunStarted) -> None:
        """Begin to measure the time."""
        self._run = event
        self._started_s = asyncio.get_running_loop().time()

    def block_prepared(self, event: BlockPrepared) -> None:
        """Begin to show the line."""
        if self._next is None and self._run is not None:
            if self._live is not None:
                self._live.start()
            self._wait()

    def run_ended(self, event: RunEnded) -> None:
        """Leave the last line as it is."""
        if self._next is not None:
            self._next.cancel()
            if self._live is not None:
                self._show()
                self._live.stop()

    def _wait(self) -> None:
        interval_s = LIVE_INTERVAL_S if self._live is not None else LOG_INTERVAL_S
        self._next = asyncio.get_running_loop().call_later(interval_s, self._tick)

    def _tick(self) -> None:
        self._show()
        self._wait()

    def _show(self) -> None:
        assert self._run is not None  # noqa: S101  only a run that has started is shown
        counters = self._run.counters
        requests_this_minute = self._run.requests_in_last_minute()
        elapsed_s = asyncio.get_running_loop().time() - self._started_s
        left_s = time_left_s(counters, elapsed_s)
        if self._live is not None:
            line = line_of(counters, requests_this_minute, left_s)
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
            return
        log.info(
            "progress",
            rows_read=counters.rows_read,
            duplicates=counters.duplicates,
            rejected=counters.rejected,
            imported=counters.imported,
            failed=counters.failed,
            unresolved=counters.unresolved,
            chunks_in_flight=counters.chunks_in_flight,
            requests_this_minute=requests_this_minute,
            time_left_s=None if left_s is None else round(left_s),
        )
