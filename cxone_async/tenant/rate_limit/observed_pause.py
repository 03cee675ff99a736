"""Pauses a limiter and reports it to the observers of the run."""

from cxone_async.tenant.events import ObserveTenant, Paused, Throttled
from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.limiter import RateLimiter


def pause_for_answer(
    limiter: RateLimiter,
    kind: RequestKind,
    status: int,
    retry_after_s: float | None,
    observe: ObserveTenant,
) -> None:
    """Hold everybody for an answer that asks for it. Many such answers at once are one pause."""
    if status in (429, 503):
        observe(Throttled(kind.value, status, retry_after_s))
    before_s = limiter.paused_s
    limiter.pause(retry_after_s)
    if (pause_s := limiter.paused_s - before_s) > 0:
        observe(Paused(pause_s))
