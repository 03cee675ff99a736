"""The rate limiter that `--quota` asks for."""

import random
from typing import Literal

from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.rate_limit.rate import MAX_PER_MINUTE, FoundRate
from cxone_async.tenant.rate_limit.sliding_window import SlidingWindowLimiter
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter


def limiter_of(setting: int | Literal["auto"], *, rng: random.Random) -> RateLimiter:
    """Return a limiter for this many requests a minute; 0 is no limit.

    With "auto" it finds out what the tenant allows. Raises ValueError above `MAX_PER_MINUTE`.
    """
    if setting == "auto":
        return SlidingWindowLimiter(MAX_PER_MINUTE, rng=rng, rate=FoundRate())
    return SlidingWindowLimiter(setting, rng=rng) if setting else UnlimitedLimiter(rng=rng)
