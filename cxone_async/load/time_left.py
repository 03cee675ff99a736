"""How long a run still takes.

    contacts still to send    those ready in what was read, and as large a share of what is not
    x requests for each       as `plan` counts them: a submit and a poll for each chunk
    / quota                   the rate that the limiter keeps now

A run takes at least that long. It also reads the rest of the input, has a number of places for
imports in flight, and awaits the last import. So what is left is played through, with the time
that imports take as it is learned (`import_latency`), and the longer of the two is the estimate.
Rejected rows and duplicates only lower the share of rows that is ready.
"""

import asyncio
import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from cxone_async.load.counters import RunCounters
from cxone_async.load.events import ChunkSubmitted, ImportFinished
from cxone_async.load.import_latency import ImportLatency, Lognormal, OpenAge
from cxone_async.tenant.port import Capabilities, RequestKind
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.rate_limit.rate import WINDOW_S
from cxone_async.tenant.rate_limit.sliding_window import NETWORK_JITTER_S, QUEUE_DELAY_S

ESTIMATED_EVERY_S: Final = 1.0
"""In between, an estimate counts down by itself; displays may ask several times a second."""

SEEN_LATE: Final = 1.1
"""An import's age when a poll sees it done, by the age at which it is done."""

MOST_PLAYED: Final = 1000
"""Submissions that are played through one by one."""


def reading_left_s(counters: RunCounters) -> float | None:
    """Return how long reading the rest of the input takes; None while nothing was read of it."""
    if counters.input_ended:
        return 0.0
    if not counters.bytes_prepared:
        return None
    left_bytes = max(counters.input_bytes - counters.bytes_prepared, 0)
    return left_bytes * counters.reading_s / counters.bytes_prepared


def ready_expected(counters: RunCounters) -> float:
    """Return how many rows of the whole input will be ready, as far as can be seen."""
    if counters.input_ended or not counters.bytes_prepared:
        return counters.rows_ready
    return counters.rows_ready * max(1.0, counters.input_bytes / counters.bytes_prepared)


class TimeLeft:
    """Estimates how long an import still takes; `seconds` returns it.

    `places` is how many imports may be in flight, `chunk_rows` how many contacts a full chunk
    holds, `rows_per_segment_call` how many a segment call holds (infinite without a segment).
    `rows_ended` were sent and had their outcome before, `awaited` holds the number of contacts of
    each chunk that was accepted before and has no end.
    """

    def __init__(
        self,
        counters: RunCounters,
        limiter: RateLimiter,
        capabilities: Capabilities,
        latency: ImportLatency,
        open_imports: Callable[[], Sequence[OpenAge]],
        *,
        places: int,
        chunk_rows: int,
        rows_per_segment_call: float,
        rows_ended: int,
        awaited: Mapping[str, int],
    ) -> None:
        self._counters = counters
        self._limiter = limiter
        self._requests_per_chunk = capabilities.requests_per_submission
        self._latency = latency
        self._open_imports = open_imports
        self._places = places
        self._chunk_rows = chunk_rows
        self._rows_per_segment_call = rows_per_segment_call
        counters.rows_answered = rows_ended
        self._awaited = dict(awaited)
        counters.contacts_awaited = sum(awaited.values())
        self._rows_answered = self._rows_refused_for_now = 0
        self._estimate_s: float | None = None
        self._estimated_at_s = -math.inf

    def ended(self, rows: int) -> None:
        """So many rows that were sent have their outcome."""
        self._counters.rows_answered += rows

    def see(self, event: ChunkSubmitted | ImportFinished) -> None:
        """Learn from what happens in the run."""
        if isinstance(event, ChunkSubmitted):
            self._awaited[event.chunk_id] = event.contact_count
            self._counters.contacts_awaited += event.contact_count
        else:
            rows = self._awaited.pop(event.chunk_id, 0)
            self._counters.contacts_awaited -= rows
            counted = event.imported_count + event.failed_count
            counted += event.unresolved_count + event.duplicate_count
            self._rows_answered += rows
            self._rows_refused_for_now += max(rows - counted, 0)

    def seconds(self) -> float | None:
        """Return the estimate; None while nothing was read."""
        now_s = asyncio.get_running_loop().time()
        if self._estimate_s is None or now_s - self._estimated_at_s >= ESTIMATED_EVERY_S:
            self._estimate_s, self._estimated_at_s = self._estimated_s(), now_s
        if self._estimate_s is None:
            return None
        return max(self._estimate_s - (now_s - self._estimated_at_s), 0.0)

    def _estimated_s(self) -> float | None:
        reading_s = reading_left_s(self._counters)
        if reading_s is None:
            return None
        submits = self._submits_left()
        awaited, polls = len(self._awaited), self._requests_per_chunk - 1
        if not submits and not awaited:
            return reading_s
        found = self._latency.found(one.polled_s for one in self._open_imports())
        requests = float(submits * self._requests_per_chunk + awaited * polls)
        requests += self._rows_left() / self._rows_per_segment_call
        per_s = self._limiter.per_minute / (WINDOW_S + NETWORK_JITTER_S) or math.inf
        polled_later = polls * min(
            self._places, submits + awaited, self._under_way_at_full_rate(found)
        )
        until_last_submit_s = max(reading_s, (requests - polled_later) / per_s, 0.0)
        return max(
            requests / per_s,
            self._last_import_s(found, submits, until_last_submit_s / max(submits, 1)),
        )

    def _rows_left(self) -> float:
        """Return how many rows have no outcome of the tenant's yet, and will need one."""
        left = ready_expected(self._counters) - self._counters.rows_answered
        return max(left, self._counters.contacts_awaited)

    def _submits_left(self) -> int:
        """Return how many submissions are left, with the rows that will have to go again."""
        awaited = self._counters.contacts_awaited
        again = self._rows_refused_for_now / self._rows_answered if self._rows_answered else 0.0
        rows = (self._rows_left() - awaited) * (1 + again + again**2) + awaited * again
        return math.ceil(round(rows / self._chunk_rows, 6))

    def _under_way_at_full_rate(self, found: Lognormal) -> float:
        """Return how many imports are under way while every slot of the quota is used.

        A poll lets the submits go first that come within a minute after it.
        """
        if not self._limiter.per_minute:
            return math.inf
        chunk_s = self._requests_per_chunk * WINDOW_S / self._limiter.per_minute
        in_line_s = QUEUE_DELAY_S[RequestKind.POLL] - QUEUE_DELAY_S[RequestKind.SUBMIT]
        return (found.mean_s + in_line_s) / chunk_s

    def _last_import_s(self, found: Lognormal, submits: int, spacing_s: float) -> float:
        """Return when the last import is seen done, with a submit every `spacing_s` at most.

        The times that imports take are spread evenly over the distribution. So the slowest of
        many is as slow as it usually is, and no estimate depends on chance.
        """
        shares = _evenly_spread()
        ends_s = [_left_s(found, one, next(shares)) for one in self._open_imports()]
        last_s = max(ends_s, default=0.0)
        free_s = [*ends_s, *[0.0] * (self._places - len(ends_s))]
        heapq.heapify(free_s)
        for number in range(min(submits, MOST_PLAYED)):
            sent_s = max(free_s[0], number * spacing_s)
            end_s = sent_s + found.age_s(next(shares)) * SEEN_LATE
            heapq.heapreplace(free_s, end_s)
            last_s = max(last_s, end_s)
        others = max(submits - MOST_PLAYED, 0)
        return last_s + others * max(spacing_s, found.mean_s * SEEN_LATE / self._places)


def _left_s(found: Lognormal, one: OpenAge, share: float) -> float:
    """Return how long an open import still takes, if it is the `share`th of those so old."""
    done_before = found.done_share(one.polled_s)
    ends_s = found.age_s(done_before + (1 - done_before) * share) * SEEN_LATE - one.age_s
    return max(ends_s, one.next_poll_s)


def _evenly_spread() -> Iterator[float]:
    """Yield numbers between 0 and 1 of which any few are spread out, by the golden ratio."""
    share = 0.5
    while True:
        yield share
        share = (share + 0.6180339887498949) % 1.0
