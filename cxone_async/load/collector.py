"""The single consumer of a run's outcomes.

Guarantee: outcomes are counted and kept one batch at a time, in the order in which they were
handed over. The queue in front of the collector is bounded, so when the disk is slower than the
tenant, the workers wait and memory does not fill up.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Protocol

from cxone_async.load.counters import RunCounters
from cxone_async.load.guards import ReasonCounts
from cxone_async.outcome import Outcome, RowOutcome

QUEUE_BATCHES = 64

_outcome = attrgetter("outcome")


class OutcomeSink(Protocol):
    """Keeps outcomes until the files are written."""

    def append(self, outcomes: Sequence[RowOutcome]) -> None:
        """Keep outcomes of any rows. May block on the disk; raises CannotWriteError."""
        ...


class Collector:
    """Counts outcomes and hands them to the sink."""

    def __init__(
        self,
        sink: OutcomeSink,
        counters: RunCounters,
        guard: Callable[[Counter[Outcome], ReasonCounts], None],
    ) -> None:
        self._sink = sink
        self._counters = counters
        self._guard = guard
        self._batches: asyncio.Queue[Sequence[RowOutcome] | None] = asyncio.Queue(QUEUE_BATCHES)
        self._reasons = ReasonCounts()
        counters.reasons = self._reasons.rows
        self.counts: Counter[Outcome] = Counter()

    async def put(self, outcomes: Sequence[RowOutcome]) -> None:
        """Hand over final outcomes; waits while the collector is behind."""
        if outcomes:
            await self._batches.put(outcomes)

    async def end(self) -> None:
        """Announce that no more outcomes will come; `run` returns once it has counted the rest."""
        await self._batches.put(None)

    async def run(self) -> None:
        """Consume until `end`. Raises GuardTrippedError, CannotWriteError."""
        while (batch := await self._batches.get()) is not None:
            self.counts.update(map(_outcome, batch))
            self._reasons.add(batch)
            await asyncio.to_thread(self._sink.append, batch)
            self._counters.show(self.counts)
            self._guard(self.counts, self._reasons)
