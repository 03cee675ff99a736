"""What a run cost and what one would cost: arithmetic on counts.

A submission costs r requests (`Capabilities.requests_per_submission`: the submit, the polls, and
whatever the dialect needs besides). With S segment calls for C chunks, a chunk costs r + S/C
requests, so a quota of q a minute carries at most chunk size x q / (r + S/C) contacts a minute.
Efficiency is what was sent, as a share of that.

A quota that the run had to find out by itself ("auto") is no measure: the rate was chosen for what
the tenant bore, so its share would be near 1 whatever was wasted. There is then no efficiency and
no forecast of a duration, but the rate that was found.
"""

import math
from typing import Literal

from cxone_async.load.chunk import chunk_limit
from cxone_async.load.counters import RunCounters
from cxone_async.report.reconciliation import Forecast, QuotaFigures
from cxone_async.tenant.port import Capabilities, RequestKind
from cxone_async.tenant.rate_limit.limiter import RateLimiter


def quota_figures(
    counters: RunCounters,
    limiter: RateLimiter,
    capabilities: Capabilities,
    *,
    per_minute: int | Literal["auto"],
    chunk_size: int,
    duration_s: float,
) -> QuotaFigures:
    """Return how well the quota was used in `duration_s`."""
    chunks = counters.chunks_accepted
    segment_calls = limiter.granted[RequestKind.SEGMENT]
    efficiency = None
    if per_minute != "auto" and per_minute and chunks and duration_s:
        requests_per_chunk = capabilities.requests_per_submission + segment_calls / chunks
        contacts = chunk_limit(chunk_size, capabilities).rows
        ceiling = contacts * per_minute * (duration_s / 60.0) / requests_per_chunk
        efficiency = round(counters.contacts_sent / ceiling, 4)
    return QuotaFigures(
        chunks=chunks,
        polls_per_chunk=round(limiter.granted[RequestKind.POLL] / chunks, 3) if chunks else 0.0,
        early_polls=counters.early_polls,
        throttled=limiter.throttled,
        efficiency=efficiency,
        found_per_minute=round(limiter.per_minute, 1) if per_minute == "auto" else None,
    )


def forecast(
    ready_rows: int,
    capabilities: Capabilities,
    *,
    per_minute: int | Literal["auto"],
    chunk_size: int,
) -> Forecast:
    """Return what importing `ready_rows` costs when nothing has to be sent twice."""
    submissions = math.ceil(ready_rows / chunk_limit(chunk_size, capabilities).rows)
    requests = (
        capabilities.requests_before_rows + capabilities.requests_per_submission * submissions
    )
    duration_s = None
    if per_minute != "auto" and per_minute:
        duration_s = requests / per_minute * 60.0
    return Forecast(requests=requests, duration_s=duration_s)
