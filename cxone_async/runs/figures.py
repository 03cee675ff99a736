"""Computes how well a run used its quota, and what an import would cost. Pure arithmetic on counts.

A submission costs r requests (`Capabilities.requests_per_submission`: the submit, the polls, and
any others that the dialect needs). With S segment calls for C chunks, a chunk costs r + S/C
requests. So a quota of q a minute carries at most chunk size x q / (r + S/C) contacts a minute.
Efficiency is the number of contacts sent, as a share of that ceiling.

With the quota "auto" there is no efficiency and no forecast of a duration, only the rate that the
run found. The run chose that rate to suit the tenant, so its share would be near 1 however many
requests were wasted.
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
    """Return what importing `ready_rows` costs if nothing has to be sent twice."""
    submissions = math.ceil(ready_rows / chunk_limit(chunk_size, capabilities).rows)
    requests = (
        capabilities.requests_before_rows + capabilities.requests_per_submission * submissions
    )
    duration_s = None
    if per_minute != "auto" and per_minute:
        duration_s = requests / per_minute * 60.0
    return Forecast(requests=requests, duration_s=duration_s)
