"""`plan`: everything up to the first request.

Guarantee: reads, checks and matches exactly as an import does, since it is the same
preparing; what an import would send ends as `ready`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import repeat
from operator import attrgetter

from cxone_async.load.collector import OutcomeSink
from cxone_async.load.counters import RunCounters
from cxone_async.outcome import Outcome, Resemblance, RowOutcome
from cxone_async.prepare.port import Preparation
from cxone_async.prepare.rows import InputHeader

_outcome = attrgetter("outcome")


class Plan:
    """One pass over the input; `counts`, `header` and `match_statistics` are known then."""

    def __init__(
        self,
        preparation: Preparation,
        sink: OutcomeSink,
        review: Callable[[Sequence[Resemblance]], None],
        counters: RunCounters,
    ) -> None:
        self._preparation = preparation
        self._sink = sink
        self._review = review
        self._counters = counters
        self.counts: Counter[Outcome] = Counter()
        self.header: InputHeader | None = None
        self.match_statistics: dict[str, int] = {}

    async def execute(self, blocks: AsyncIterator[bytes]) -> None:
        """Decide every row. Raises UnreadableInputError, CannotWriteError."""
        async with self._preparation as preparation:
            async for prepared in preparation.prepare(blocks):
                self.header = prepared.header or self.header
                self.match_statistics = prepared.match_statistics
                ready = prepared.ready
                outcomes = [
                    *prepared.decided,
                    *map(RowOutcome, ready.rows, ready.lines, repeat(Outcome.READY)),
                ]
                self.counts.update(map(_outcome, outcomes))
                self._review(prepared.resemblances)
                await asyncio.to_thread(self._sink.append, outcomes)
                self._counters.rows_read += prepared.rows
                self._counters.show(self.counts)
