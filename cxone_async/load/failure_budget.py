"""How long a run puts up with a tenant that fails.

Guarantee: a run whose requests all fail ends with `TenantUnreachableError`, resumable. A tenant
that gives no answer at all is given up sooner than one that answers with errors, which is at
least running and may recover. A pause that the tenant asked for by `Retry-After` counts against
neither limit, up to `LONGEST_SILENCE_S` in all.

What counts is the time in which requests fail, not the time in which nobody asked: an import may
want to be polled in five minutes, and the input may be slow. So of the time before a failure at
most `LONGEST_GAP_S` counts, which is more than lies between two requests to a tenant that fails.
"""

import asyncio
from typing import Final

import msgspec

from cxone_async.errors import RateLimitedError, RequestError, TenantUnreachableError
from cxone_async.load.attempts import LONGEST_ASKED_S
from cxone_async.logs import log

LONGEST_SILENCE_S: Final = 3600.0
LONGEST_GAP_S: Final = 90.0
"""The longest rest of a circuit, and a submission that is not answered in time."""


class Limits(msgspec.Struct, frozen=True):
    """How long without any answer, and how long without a processed request."""

    silent_s: float
    failing_s: float


START_LIMITS: Final = Limits(silent_s=20.0, failing_s=120.0)
"""Shorter at the start: no work is lost yet, and the run can simply be started again."""

RUN_LIMITS: Final = Limits(silent_s=300.0, failing_s=900.0)


class FailureBudget:
    """Shared by everything that sends requests in one run."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.answered()

    def answered(self) -> None:
        """The tenant processed a request."""
        self._counted_until_s = asyncio.get_running_loop().time()
        self._silent_s = 0.0
        self._failing_s = 0.0
        self._last_s = self._counted_until_s + LONGEST_SILENCE_S

    def refused(self, error: RequestError) -> None:
        """A request was not processed, or may not have been.

        Raises TenantUnreachableError when that has been so for too long.
        """
        now_s = asyncio.get_running_loop().time()
        if isinstance(error, RateLimitedError):
            log.warning("rate_limited", status=error.status, retry_after_s=error.retry_after_s)
        gap_s = min(max(now_s - self._counted_until_s, 0.0), LONGEST_GAP_S)
        self._failing_s += gap_s
        self._silent_s = 0.0 if error.status else self._silent_s + gap_s
        asked_s = min(error.retry_after_s or 0.0, LONGEST_ASKED_S)
        asked_until_s = min(now_s + asked_s, self._last_s)
        self._counted_until_s = max(self._counted_until_s, now_s, asked_until_s)
        if self._silent_s >= self._limits.silent_s or self._failing_s >= self._limits.failing_s:
            raise TenantUnreachableError(
                f"the tenant has not processed a request for too long; the last word: {error}"
            ) from error
