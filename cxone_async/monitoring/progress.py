"""Where a run stands, for everything that shows it."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from cxone_async.outcome import Outcome
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.runs.observers import ColumnsRead, RunEnded, RunObserver, RunStarted

_NOTHING: Final[Mapping[tuple[Outcome, str], int]] = MappingProxyType({})


class RunProgress(RunObserver):
    """Knows how a run started, what it has counted so far, and how it ended.

    Counts are the run's own while it is under way. In the end they are those of its result, which
    holds the rows of a run that was finished before, too.
    """

    def __init__(self, *, wall_clock_s: Callable[[], float] = time.time) -> None:
        self._wall_clock_s = wall_clock_s
        self.began_at_s = wall_clock_s()
        self.ended_at_s = 0.0
        self.has_columns = False
        self.started: RunStarted | None = None
        self.ended: RunEnded | None = None

    def columns_read(self, event: ColumnsRead) -> None:
        """Note that the input can be read."""
        self.has_columns = True

    def run_started(self, event: RunStarted) -> None:
        """Keep the event: its counters tell the rest."""
        self.started = event

    def run_ended(self, event: RunEnded) -> None:
        """Keep how the run ended."""
        self.ended = event
        self.ended_at_s = self._wall_clock_s()

    @property
    def is_ready(self) -> bool:
        """Whether the input can be read and the tenant has signed the run in."""
        return self.started is not None

    @property
    def result(self) -> Reconciliation | None:
        """The result, once the run has ended with one."""
        return self.ended.result if self.ended else None

    @property
    def rows_read(self) -> int:
        """Rows of the input that were read so far."""
        if self.result is not None:
            return self.result.total_input
        return self.started.counters.rows_read if self.started else 0

    @property
    def rows(self) -> dict[Outcome, int]:
        """Rows that have their outcome, for every outcome."""
        if (result := self.result) is not None:
            return {outcome: result.rows(outcome) for outcome in Outcome}
        if self.started is None:
            return dict.fromkeys(Outcome, 0)
        counters = self.started.counters
        return {
            Outcome.IMPORTED: counters.imported,
            Outcome.DUPLICATE: counters.duplicates,
            Outcome.INVALID: counters.invalid,
            Outcome.SUPPRESSED: counters.suppressed,
            Outcome.FAILED: counters.failed,
            Outcome.UNRESOLVED: counters.unresolved,
            Outcome.READY: counters.ready,
        }

    @property
    def reasons(self) -> Mapping[tuple[Outcome, str], int]:
        """Rows by outcome and reason code, or the rule of a duplicate."""
        if (result := self.result) is not None:
            return {
                **{(Outcome(one.outcome), one.reason): one.rows for one in result.reasons},
                **{
                    (Outcome.DUPLICATE, rule): rows
                    for rule, rows in result.duplicates_by_rule.items()
                },
            }
        return self.started.counters.reasons if self.started else _NOTHING

    @property
    def time_left_s(self) -> float | None:
        """How long the run still takes; None while nothing can be said."""
        if self.ended is not None:
            return 0.0 if self.result is not None else None
        return self.started.time_left_s() if self.started else None
