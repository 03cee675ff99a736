"""How long a run bears a tenant that does not answer.

Guarantee: a run whose requests all fail ends with `TenantUnreachableError` (resumable)
after `patience_s` without one processed request; a pause that the tenant asked for by
Retry-After does not count, up to `LONGEST_SILENCE_S` in all. Waiting between repeats is
exponential with full jitter, so that hundreds of workers do not come back in step.
"""

import asyncio
import random

import structlog

from cxone_async.errors import RateLimitedError, RequestError, TenantUnreachableError

FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 30.0
START_PATIENCE_S = 20.0
RUN_PATIENCE_S = 300.0
LONGEST_SILENCE_S = 3600.0


log = structlog.get_logger()


def backoff_s(failures: int, random_source: random.Random) -> float:
    """Return how long to wait after the `failures`-th failure in a row."""
    ceiling_s = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (min(failures, 10) - 1))
    return random_source.uniform(0.1, ceiling_s)


class Patience:
    """Shared by everything that sends requests in one run."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self.answered()

    def answered(self) -> None:
        """The tenant processed a request."""
        now_s = asyncio.get_running_loop().time()
        self._ends_s = now_s + self._patience_s
        self._last_s = now_s + LONGEST_SILENCE_S

    def refused(self, error: RequestError) -> None:
        """A request was not processed, or nobody knows.

        Raises TenantUnreachableError when that has been so for too long.
        """
        now_s = asyncio.get_running_loop().time()
        if isinstance(error, RateLimitedError):
            log.warning("rate_limited", status=error.status, retry_after_s=error.retry_after_s)
            if error.retry_after_s is not None:
                asked_s = now_s + error.retry_after_s + self._patience_s
                self._ends_s = min(max(self._ends_s, asked_s), self._last_s)
        if now_s >= self._ends_s:
            raise TenantUnreachableError(
                f"the tenant has not processed a request for too long; the last word: {error}"
            ) from error
