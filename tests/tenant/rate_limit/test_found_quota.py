"""`--quota auto`: the limiter finds out, from nothing, what a tenant allows."""

import asyncio
import random
from collections import Counter, deque

import pytest

from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.testing.clock import VirtualTimeLoop

pytestmark = pytest.mark.slow

MINUTE_S = 60.0


class CountingTenant:
    """Allows so many requests in a sliding or a fixed minute, and answers 429 to the rest."""

    def __init__(self, quota: int, window: str) -> None:
        self._quota = quota
        self._window = window
        self._times_s: deque[float] = deque()
        self.accepted: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()

    def refuses_for_s(self, now_s: float) -> float:
        """Take a request, or say after how many seconds there is room again."""
        began_s = now_s // MINUTE_S * MINUTE_S if self._window == "fixed" else now_s - MINUTE_S
        while self._times_s and self._times_s[0] < began_s:
            self._times_s.popleft()
        minute = int(now_s // MINUTE_S)
        if len(self._times_s) < self._quota:
            self._times_s.append(now_s)
            self.accepted[minute] += 1
            return 0.0
        self.refused[minute] += 1
        first_s = began_s if self._window == "fixed" else self._times_s[0]
        return first_s + MINUTE_S - now_s

    def shares(self, minutes: range) -> list[float]:
        return [self.accepted[minute] / self._quota for minute in minutes]


async def send_for(minutes: int, limiter: RateLimiter, tenant: CountingTenant) -> None:
    loop = asyncio.get_running_loop()
    delays = random.Random(6)

    async def work() -> None:
        while True:
            await limiter.acquire(RequestKind.SUBMIT)
            await asyncio.sleep(delays.uniform(0.02, 0.25))
            refused_for_s = tenant.refuses_for_s(loop.time())
            await asyncio.sleep(0.1)
            limiter.answered(RequestKind.SUBMIT, throttled=refused_for_s > 0)
            if refused_for_s:
                limiter.pause(refused_for_s)

    workers = [asyncio.create_task(work()) for _ in range(50)]
    await asyncio.sleep(minutes * MINUTE_S)
    for worker in workers:
        worker.cancel()
    await asyncio.wait(workers)


@pytest.mark.parametrize("window", ["sliding", "fixed"])
@pytest.mark.parametrize("per_minute", [50, 600])
def test_nine_tenths_of_what_the_tenant_allows_are_reached_in_two_minutes_and_kept(
    per_minute: int, window: str
) -> None:
    tenant = CountingTenant(per_minute, window)
    limiter = limiter_of("auto", rng=random.Random(4))
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(send_for(30, limiter, tenant))
    assert min(tenant.shares(range(2, 30))) >= 0.9
    assert sum(tenant.shares(range(2, 30))) >= 0.94 * 28
    assert sum(tenant.refused[minute] for minute in range(2)) <= 25
    assert sum(tenant.refused.values()) <= 0.04 * sum(tenant.accepted.values())
