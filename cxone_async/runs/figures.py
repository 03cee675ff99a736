"""What a run cost and what one would cost: arithmetic on counts.

With one submit and one poll a chunk, and S segment calls for C chunks, a chunk costs
2 + S/C requests; a quota of q a minute therefore carries at most
chunk size x q / (2 + S/C) contacts a minute. Efficiency is what was sent, as a share of that.

A quota that the run had to find out by itself ("auto") is nothing to measure by: the share of a
rate that was chosen for what the tenant bore would be near 1 whatever was wasted. So there is
then no efficiency, and no forecast of a duration, but the rate that was found.
"""

import math
from typing import Literal

from cxone_async.load.counters import RunCounters
from cxone_async.report.reconciliation import Forecast, QuotaFigures
from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.limiter import RateLimiter

REQUESTS_PER_CHUNK = 2
REQUESTS_BEFORE_ROWS = 2  # token and campaign


def quota_figures(
    counters: RunCounters,
    quota: RateLimiter,
    *,
    per_minute: int | Literal["auto"],
    chunk_size: int,
    duration_s: float,
) -> QuotaFigures:
    """Return how well the quota was used in `duration_s`."""
    chunks = counters.chunks_accepted
    segment_calls = quota.granted[RequestKind.SEGMENT]
    efficiency = None
    if per_minute != "auto" and per_minute and chunks and duration_s:
        requests_per_chunk = REQUESTS_PER_CHUNK + segment_calls / chunks
        ceiling = chunk_size * per_minute * (duration_s / 60.0) / requests_per_chunk
        efficiency = round(counters.contacts_sent / ceiling, 4)
    return QuotaFigures(
        chunks=chunks,
        polls_per_chunk=round(quota.granted[RequestKind.POLL] / chunks, 3) if chunks else 0.0,
        early_polls=counters.early_polls,
        throttled=quota.throttled,
        efficiency=efficiency,
        found_per_minute=round(quota.per_minute, 1) if per_minute == "auto" else None,
    )


def forecast(ready_rows: int, *, per_minute: int | Literal["auto"], chunk_size: int) -> Forecast:
    """Return what importing `ready_rows` costs when nothing has to be sent twice."""
    requests = REQUESTS_BEFORE_ROWS + REQUESTS_PER_CHUNK * math.ceil(ready_rows / chunk_size)
    duration_s = None
    if per_minute != "auto" and per_minute:
        duration_s = requests / per_minute * 60.0
    return Forecast(requests=requests, duration_s=duration_s)
