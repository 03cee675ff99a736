"""What a run cost and what one would cost: arithmetic on counts.

With one submit and one poll a chunk, and S segment calls for C chunks, a chunk costs
2 + S/C requests; a quota of q a minute therefore carries at most
chunk size x q / (2 + S/C) contacts a minute. Efficiency is what was sent, as a share of that.
"""

import math

from cxone_async.report.reconciliation import Forecast, QuotaFigures
from cxone_async.telemetry.progress import Progress
from cxone_async.tenant.client import RequestKind
from cxone_async.tenant.quota import Quota

REQUESTS_PER_CHUNK = 2
REQUESTS_BEFORE_ROWS = 2  # token and campaign


def quota_figures(
    progress: Progress, quota: Quota, *, per_minute: int, chunk_size: int, duration_s: float
) -> QuotaFigures:
    """Return how well the quota was used in `duration_s`."""
    chunks = progress.chunks_accepted
    segment_calls = quota.granted[RequestKind.SEGMENT]
    efficiency = None
    if per_minute and chunks and duration_s:
        requests_per_chunk = REQUESTS_PER_CHUNK + segment_calls / chunks
        ceiling = chunk_size * per_minute * (duration_s / 60.0) / requests_per_chunk
        efficiency = round(progress.contacts_sent / ceiling, 4)
    return QuotaFigures(
        chunks=chunks,
        polls_per_chunk=round(quota.granted[RequestKind.POLL] / chunks, 3) if chunks else 0.0,
        early_polls=progress.early_polls,
        throttled=quota.throttled,
        efficiency=efficiency,
    )


def forecast(ready_rows: int, *, per_minute: int, chunk_size: int) -> Forecast:
    """Return what importing `ready_rows` costs when nothing has to be sent twice."""
    requests = REQUESTS_BEFORE_ROWS + REQUESTS_PER_CHUNK * math.ceil(ready_rows / chunk_size)
    return Forecast(
        requests=requests, duration_s=requests / per_minute * 60.0 if per_minute else None
    )
