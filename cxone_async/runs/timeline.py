"""Notes how a run goes over time, for its report.

However long a run is, at most `MOST_STEPS` steps are kept: when there would be more, two become
one.
"""

from collections.abc import Callable
from typing import Final

from cxone_async.load.events import ImportFinished
from cxone_async.report.timeline import Timeline
from cxone_async.runs.observers import RunObserver, RunStarted
from cxone_async.tenant.events import Paused, RequestMade

MOST_STEPS: Final = 120


class _Step:
    __slots__ = ("imported", "paused_s", "requests", "throttled")

    def __init__(self) -> None:
        self.requests = self.throttled = self.imported = 0
        self.paused_s = 0.0

    def add(self, other: "_Step") -> None:
        self.requests += other.requests
        self.throttled += other.throttled
        self.imported += other.imported
        self.paused_s += other.paused_s


class TimelineObserver(RunObserver):
    """Counts requests, imported rows and pauses in steps, from `run_started` on.

    `now_s` is a clock that only goes forward, in seconds.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._started_s = now_s()
        self._held_until_s = 0.0
        self._is_resumed = False
        self._seconds_each = 1
        self._steps: list[_Step] = []

    def run_started(self, event: RunStarted) -> None:
        """Begin: what was before, such as signing in, belongs to the first second."""
        self._is_resumed = event.is_resumed

    def request_made(self, event: RequestMade) -> None:
        """Count a request."""
        step = self._at(self._passed_s())
        step.requests += 1
        step.throttled += event.status == 429

    def import_finished(self, event: ImportFinished) -> None:
        """Count the rows that an import brought in."""
        self._at(self._passed_s()).imported += event.imported_count

    def paused(self, event: Paused) -> None:
        """Note how long requests are held, in the steps in which they are."""
        from_s = max(self._passed_s(), self._held_until_s)
        self._held_until_s = until_s = from_s + event.pause_s
        self._at(until_s)  # what is to come may need longer steps
        while from_s < until_s:
            step = self._at(from_s)
            end_s = (from_s // self._seconds_each + 1) * self._seconds_each
            step.paused_s += min(end_s, until_s) - from_s
            from_s = end_s

    def timeline(self) -> Timeline:
        """Return what happened up to now; a pause that goes on is cut."""
        count = int(self._passed_s() // self._seconds_each) + 1
        self._at(self._passed_s())
        steps = self._steps[: min(count, len(self._steps))]
        return Timeline(
            seconds_each=self._seconds_each,
            requests=tuple(step.requests for step in steps),
            throttled=tuple(step.throttled for step in steps),
            imported=tuple(step.imported for step in steps),
            paused_s=tuple(round(step.paused_s, 3) for step in steps),
            is_resumed=self._is_resumed,
        )

    def _passed_s(self) -> float:
        return self._now_s() - self._started_s

    def _at(self, passed_s: float) -> _Step:
        """Return the step of a moment, after making room for it."""
        while passed_s >= MOST_STEPS * self._seconds_each:
            self._double()
        index = int(passed_s // self._seconds_each)
        while len(self._steps) <= index:
            self._steps.append(_Step())
        return self._steps[index]

    def _double(self) -> None:
        self._seconds_each *= 2
        for kept, added in zip(self._steps[::2], self._steps[1::2], strict=False):
            kept.add(added)
        self._steps = self._steps[::2]
