"""Shows progress: a live block on a terminal, a log line every few seconds elsewhere.

The display is an observer: it reads the run's counters, and if it raises, the run goes on.
"""

import asyncio
import os
from typing import Final, Literal

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cxone_async.load.counters import RunCounters
from cxone_async.load.events import BlockPrepared
from cxone_async.load.time_left import ready_expected
from cxone_async.logs import log
from cxone_async.report.reconciliation import Command
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted
from cxone_async.standard_streams import QueuedText

LIVE_INTERVAL_S = 0.25
LOG_INTERVAL_S = 5.0

Phase = Literal["reading", "sending", "waiting for CXone", "segment"]

_PHASE_WIDTH: Final = len("waiting for CXone")
_BAR_WIDTH: Final = 34


def can_show_live(console: Console, descriptor: int) -> bool:
    """Say whether a block that moves can be shown, and somebody may look at it.

    A pod with `tty: true` has a terminal that nobody has given a size; its output becomes a log.
    """
    if not console.is_terminal or console.is_dumb_terminal:
        return False
    try:
        return os.get_terminal_size(descriptor).columns > 0
    except OSError:
        return False


def phase_of(counters: RunCounters, command: Command) -> Phase:
    """Return what the run is doing."""
    if command == "plan" or not (counters.chunks_in_flight or counters.rows_answered):
        return "reading"
    if not counters.input_ended:
        return "sending"
    if counters.rows_answered >= counters.rows_ready:
        return "segment"
    all_sent = counters.rows_answered + counters.contacts_awaited >= counters.rows_ready
    return "waiting for CXone" if all_sent else "sending"


def done_share(counters: RunCounters, command: Command) -> float:
    """Return how much is done, 0 to 1: of the bytes in a plan, of submits and answers else."""
    if command == "plan":
        done, in_all = float(counters.bytes_prepared), float(counters.input_bytes)
    else:
        done = counters.rows_answered + counters.contacts_awaited / 2
        in_all = ready_expected(counters)
    return min(done / in_all, 1.0) if in_all else float(counters.input_ended)


def format_duration(seconds: float | None) -> str:
    """Return `1:02:03`, `2:03`, or `--` when not known."""
    if seconds is None:
        return "--"
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def block_of(
    counters: RunCounters,
    command: Command,
    share: float,
    requests_this_minute: int,
    left_s: float | None,
) -> RenderableType:
    """Return the live block: two lines, whole at 80 columns up to millions of rows."""
    first = Table.grid(padding=(0, 2, 0, 0))
    first.add_column(width=_PHASE_WIDTH, no_wrap=True)
    first.add_column(width=_BAR_WIDTH)
    first.add_column(width=4, justify="right", no_wrap=True)
    first.add_column(no_wrap=True)
    first.add_row(
        Text(phase_of(counters, command), style="bold"),
        ProgressBar(total=1.0, completed=share, width=_BAR_WIDTH),
        Text(f"{int(share * 100)}%"),
        Text(f"{format_duration(left_s)} left"),
    )
    went_in, word = (
        (counters.ready, "ready") if command == "plan" else (counters.imported, "imported")
    )
    lost = counters.failed + counters.unresolved
    parts = [
        (f"{counters.rows_read:,} read", ""),
        (f"{went_in:,} {word}", "green"),
        (f"{counters.duplicates:,} duplicate", ""),
        (f"{counters.rejected:,} rejected", "yellow" if counters.rejected else ""),
        *([(f"{lost:,} failed", "red")] if lost else []),
        *([(f"{requests_this_minute}/min", "dim")] if command == "import" else []),
    ]
    second = Text(" · ").join(Text(text, style=style) for text, style in parts)
    second.no_wrap, second.overflow = True, "ellipsis"
    return Group(first, second)


class ProgressLine(RunObserver):
    """Shows where a run stands: a live block on a terminal, else a log line every few seconds.

    `terminal` draws the block, None for log lines; `stream` keeps it below the log. A run whose
    files are intact prepares nothing, so it shows nothing.
    """

    def __init__(self, terminal: Console | None, stream: QueuedText) -> None:
        self._terminal = terminal
        self._stream = stream
        self._run: RunStarted | None = None
        self._share = 0.0
        self._next: asyncio.TimerHandle | None = None

    def run_started(self, event: RunStarted) -> None:
        """Remember what is counted."""
        self._run = event

    def block_prepared(self, event: BlockPrepared) -> None:
        """Begin to show it."""
        if self._next is None and self._run is not None:
            self._wait()

    def run_ended(self, event: RunEnded) -> None:
        """Leave the last state as it is."""
        if self._next is not None:
            self._next.cancel()
            if self._terminal is not None:
                self._show(is_done=event.result is not None)
                self._stream.leave_below()

    def _wait(self) -> None:
        interval_s = LIVE_INTERVAL_S if self._terminal is not None else LOG_INTERVAL_S
        self._next = asyncio.get_running_loop().call_later(interval_s, self._tick)

    def _tick(self) -> None:
        self._show()
        self._wait()

    def _show(self, *, is_done: bool = False) -> None:
        assert self._run is not None  # noqa: S101  only a run that has started is shown
        counters, command = self._run.counters, self._run.command
        requests_this_minute = self._run.requests_in_last_minute()
        left_s = 0.0 if is_done else self._run.time_left_s()
        if self._terminal is not None:
            self._share = max(self._share, done_share(counters, command))
            block = block_of(counters, command, self._share, requests_this_minute, left_s)
            with self._terminal.capture() as drawn:
                self._terminal.print(block)
            self._stream.keep_below(drawn.get().rstrip("\n"))
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
