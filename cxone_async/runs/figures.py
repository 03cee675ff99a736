"""Computes how well a run used its quota, and what an import would cost. Pure arithmetic on counts.

A submission costs r requests (`Capabilities.requests_per_submission`: the submit, the polls, and
any others that the dialect needs). With S segment calls for C chunks, a chunk costs r + S/C
requests. So a quota of q a minute carries at most chunk size x q / (r + S/C) contacts a minute.
Efficiency is the number of contacts sent, as a share of that ceiling. A resumed run is measured
over all its starts, each by the quota and the chunk size that it had.

With the quota "auto" there is no efficiency and no forecast of a duration, only the rate that the
run found. The run chose that rate to suit the tenant, so its share would be near 1 however many
requests were wasted.
"""

import math
from typing import Literal

from cxone_async.journal.starts import NOTHING_USED, Used
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
    earlier: Used = NOTHING_USED,
) -> QuotaFigures:
    """Return how well the quota was used: in `duration_s`, and by the `earlier` starts."""
    used = earlier + used_by(
        counters,
        limiter,
        capabilities,
        per_minute=per_minute,
        chunk_size=chunk_size,
        duration_s=duration_s,
    )
    chunks = used.chunks
    efficiency = None
    if used.room and chunks:
        segment_calls = used.requests[RequestKind.SEGMENT.value]
        requests_per_chunk = capabilities.requests_per_submission + segment_calls / chunks
        efficiency = round(used.contacts_sent * requests_per_chunk / used.room, 4)
    polls = used.requests[RequestKind.POLL.value]
    return QuotaFigures(
        chunks=chunks,
        polls_per_chunk=round(polls / chunks, 3) if chunks else 0.0,
        early_polls=used.early_polls,
        throttled=used.throttled,
        efficiency=efficiency,
        found_per_minute=round(limiter.per_minute, 1) if per_minute == "auto" else None,
    )


def used_by(
    counters: RunCounters,
    limiter: RateLimiter,
    capabilities: Capabilities,
    *,
    per_minute: int | Literal["auto"],
    chunk_size: int,
    duration_s: float,
) -> Used:
    """Return what a start has used, after loading for `duration_s`."""
    room = None
    if per_minute != "auto" and per_minute:
        contacts = chunk_limit(chunk_size, capabilities).rows
        room = contacts * per_minute * (duration_s / 60.0)
    return Used(
        duration_s,
        {kind.value: count for kind, count in limiter.granted.items()},
        counters.chunks_accepted,
        counters.contacts_sent,
        counters.early_polls,
        limiter.throttled,
        room,
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
