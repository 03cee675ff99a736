"""Watches a run until its end, and says then what is to be told."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cxone_async.errors import InterruptedRunError, RunError, is_want_of_memory
from cxone_async.log_context import RunNames, run_names
from cxone_async.notifications.message import EndOfRun
from cxone_async.notifications.next_step import AFTER_STOP
from cxone_async.outcome import Outcome
from cxone_async.printable import printable
from cxone_async.report.files import FILE_NAMES
from cxone_async.report.reconciliation import Command, Reconciliation
from cxone_async.report.wording import headline, next_steps, tone
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted

_NOT_FINISHED: Final = "NOT FINISHED"


class RunWatch(RunObserver):
    """Knows how a run started and ended, and when it was asked to stop.

    `now_s` reads the clock of the event loop.
    """

    def __init__(self, command: Command, now_s: Callable[[], float]) -> None:
        self._command = command
        self._now_s = now_s
        self._started: RunStarted | None = None
        self._ended: RunEnded | None = None
        self._stop_asked_at_s: float | None = None
        self._stops_asked = 0

    def run_started(self, event: RunStarted) -> None:
        """Keep the event: its counters tell how far a run came that is stopped."""
        self._started = event

    def run_ended(self, event: RunEnded) -> None:
        """Keep how the run ended."""
        self._ended = event

    def stop_asked(self) -> None:
        """Note that a signal asks the command to stop."""
        self._stops_asked += 1
        if self._stop_asked_at_s is None:
            self._stop_asked_at_s = self._now_s()

    def rest_of(self, grace_s: float, longest_s: float) -> float:
        """Return for how many seconds the end may be told.

        After a signal that is what is left of `grace_s`, and after a second one nothing.
        """
        if self._stop_asked_at_s is None:
            return longest_s
        if self._stops_asked > 1:
            return 0.0
        return max(0.0, min(longest_s, grace_s - (self._now_s() - self._stop_asked_at_s)))

    def rows_waiting(self) -> str:
        """Return what is to be said first of an import that a later start goes on with.

        "" when it has not begun, and when every row has its outcome.
        """
        started = self._started
        if started is None or started.command != "import" or _is_finished(started):
            return ""
        counters = started.counters
        ended = sum(_rows(None, started).values())
        if ended >= counters.rows_read:
            return "" if counters.input_ended else f"{_NOT_FINISHED}, rows still wait"
        so_far = "" if counters.input_ended else " read so far"
        waiting = counters.rows_read - ended
        return f"{_NOT_FINISHED}, {waiting:,} of {counters.rows_read:,} rows{so_far} still wait"

    def end(self, error: BaseException | None) -> EndOfRun:
        """Return what is to be told; `error` is what ended the command, None for a result.

        The result of an import that a guard stopped is none.
        """
        result = self._ended.result if self._ended is not None else None
        names = run_names() or RunNames()
        started = self._started
        happened, exit_code = _of_result(result) if result else _of_error(error or self._error())
        return EndOfRun(
            command=self._command,
            happened=printable(happened),
            exit_code=exit_code,
            state=tone(result) if result is not None else "bad",
            next_step=_next_step(result) if result is not None else AFTER_STOP.get(exit_code, ""),
            run_id=names.run_id,
            version=names.as_keys()["version"],
            input_name=printable(names.input_name),
            tenant=started.tenant if started else "",
            list_id=started.list_id if started else "",
            campaign_id=started.campaign_id if started else "",
            segment_id=started.segment_id if started else "",
            run_directory=printable(str(Path(started.run_directory).absolute())) if started else "",
            rows_read=_rows_read(result, started),
            rows=_rows(result, started),
        )

    def _error(self) -> BaseException | None:
        return self._ended.error if self._ended is not None else None


def _is_finished(started: RunStarted) -> bool:
    """Say whether the files of the run are there: a run that is stopped leaves none of them."""
    return (Path(started.run_directory) / FILE_NAMES[-1]).exists()


def _of_result(result: Reconciliation) -> tuple[str, int]:
    return headline(result), result.exit_code


def _of_error(error: BaseException | None) -> tuple[str, int]:
    code = RunEnded(None, error).exit_code
    match error:
        case RunError():
            return str(error), code
        case asyncio.CancelledError():
            return "stopped before its end", InterruptedRunError.exit_code
    if is_want_of_memory(error):
        return "memory ran out", code
    return f"internal error ({type(error).__name__})", code


def _next_step(result: Reconciliation) -> str:
    for step in next_steps(result):
        return f"{step.text} ({step.file})" if step.file else step.text
    return ""


def _rows_read(result: Reconciliation | None, started: RunStarted | None) -> int | None:
    if result is not None:
        return result.total_input
    return started.counters.rows_read if started is not None else None


def _rows(result: Reconciliation | None, started: RunStarted | None) -> dict[str, int]:
    if result is not None:
        return {outcome.value: result.rows(outcome) for outcome in Outcome}
    if started is None:
        return {}
    counters = started.counters
    return {
        Outcome.IMPORTED.value: counters.imported,
        Outcome.DUPLICATE.value: counters.duplicates,
        Outcome.INVALID.value: counters.invalid,
        Outcome.SUPPRESSED.value: counters.suppressed,
        Outcome.FAILED.value: counters.failed,
        Outcome.UNRESOLVED.value: counters.unresolved,
        Outcome.READY.value: counters.ready,
    }
