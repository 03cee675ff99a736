"""How long a run puts up with a tenant that fails.

Guarantee: a run whose requests all fail ends with `TenantUnreachableError`, resumable. A tenant
that gives no answer at all is given up sooner than one that answers with errors, which is at
least running and may recover. A pause that the tenant asked for by `Retry-After` counts against
neither limit, up to `LONGEST_SILENCE_S` in all.
"""

import asyncio
from typing import Final

import msgspec

from cxone_async.errors import RateLimitedError, RequestError, TenantUnreachableError
from cxone_async.logs import log

LONGEST_SILENCE_S: Final = 3600.0


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
        now_s = asyncio.get_running_loop().time()
        self._silent_until_s = now_s + self._limits.silent_s
        self._failing_until_s = now_s + self._limits.failing_s
        self._last_s = now_s + LONGEST_SILENCE_S

    def refused(self, error: RequestError) -> None:
        """A request was not processed, or may not have been.

        Raises TenantUnreachableError when that has been so for too long.
        """
        now_s = asyncio.get_running_loop().time()
        asked_s = 0.0
        if isinstance(error, RateLimitedError):
            log.warning("rate_limited", status=error.status, retry_after_s=error.retry_after_s)
            asked_s = error.retry_after_s or 0.0
        if error.status:
            self._silent_until_s = now_s + asked_s + self._limits.silent_s
        if asked_s:
            later_s = now_s + asked_s + self._limits.failing_s
            self._failing_until_s = min(max(self._failing_until_s, later_s), self._last_s)
        if now_s >= min(self._silent_until_s, self._failing_until_s):
            raise TenantUnreachableError(
                f"the tenant has not processed a request for too long; the last word: {error}"
            ) from error
