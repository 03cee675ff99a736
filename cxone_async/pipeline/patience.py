"""How long a run bears a tenant that does not do its work.

Guarantee: a run whose requests all fail ends with `TenantUnreachableError`, resumable. A
tenant that gives no answer at all is given up sooner than one that answers badly, since
that one is there and may recover; a pause that the tenant asked for by Retry-After counts
against neither, up to `LONGEST_SILENCE_S` in all. Waiting between repeats is exponential
with full jitter, so that hundreds of workers do not come back in step.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
import structlog

from cxone_async.errors import RateLimitedError, RequestError, TenantUnreachableError

FIRST_BACKOFF_S: Final = 0.5
LONGEST_BACKOFF_S: Final = 2.0
"""Short, since the quota bounds how much is sent: a tenant of whose answers three in four are
useless would otherwise keep a single import for minutes."""
LONGEST_ASKED_S: Final = 300.0
LONGEST_SILENCE_S: Final = 3600.0

log = structlog.get_logger()


class Limits(msgspec.Struct, frozen=True):
    """How long without any answer, and how long without a processed request."""

    silent_s: float
    failing_s: float


START_LIMITS: Final = Limits(silent_s=20.0, failing_s=120.0)
"""At the start nobody waits for the run yet, and whoever started it can do so again."""

RUN_LIMITS: Final = Limits(silent_s=300.0, failing_s=900.0)


def backoff_s(
    failures: int, random_source: random.Random, retry_after_s: float | None = None
) -> float:
    """Return how long to wait after the `failures`-th failure in a row.

    Not less than `retry_after_s`, for which the tenant asked, up to `LONGEST_ASKED_S`.
    """
    ceiling_s = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (min(failures, 10) - 1))
    asked_s = min(retry_after_s or 0.0, LONGEST_ASKED_S)
    return max(random_source.uniform(0.1, ceiling_s), asked_s)


class Patience:
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
        """A request was not processed, or nobody knows.

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


class Deadline:
    """The moment by which a command has to end; None is no such moment."""

    def __init__(self, deadline_s: float | None) -> None:
        """Begin to count `deadline_s` seconds now."""
        self._deadline_s = deadline_s
        self._at_s = None if deadline_s is None else asyncio.get_running_loop().time() + deadline_s

    async def passed(self) -> TenantUnreachableError:
        """Wait for the moment (for ever when there is none); return what it ends a run with."""
        if self._at_s is None:
            await asyncio.get_running_loop().create_future()
        else:
            await asyncio.sleep(self._at_s - asyncio.get_running_loop().time())
        return self._error()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Cancel the block at the moment, and raise TenantUnreachableError in its place."""
        try:
            async with asyncio.timeout_at(self._at_s):
                yield
        except TimeoutError:
            raise self._error() from None

    def _error(self) -> TenantUnreachableError:
        return TenantUnreachableError(
            f"the deadline of {self._deadline_s:g} s has passed; the same command goes on from here"
        )
