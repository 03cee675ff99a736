"""No rate at all (`--quota 0`): requests are counted, and a pause still holds everybody."""

import asyncio
import random
from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.circuit_breaker import circuits, open_ones
from cxone_async.tenant.rate_limit.pause import Pause
from cxone_async.tenant.rate_limit.rate import WINDOW_S

_NOBODY: Final[Mapping[RequestKind, int]] = MappingProxyType(dict.fromkeys(RequestKind, 0))
_CLOCK_GRAIN_S: Final = 1e-5


class UnlimitedLimiter:
    """A `RateLimiter` without a rate. `rng` draws the pauses for which no time is named."""

    def __init__(self, *, rng: random.Random) -> None:
        self._pause = Pause(rng)
        self._circuits = circuits(rng)
        self._granted = dict.fromkeys(RequestKind, 0)
        self._times_s: deque[float] = deque()
        self._throttled = 0

    async def acquire(self, kind: RequestKind) -> None:
        loop = asyncio.get_running_loop()
        await self._circuits[kind].take_slot(self._wait_for_pause, _nothing_to_give_back)
        self._granted[kind] += 1
        self._times_s.append(loop.time())
        _forget_before(self._times_s, loop.time() - WINDOW_S)

    def left_late(self) -> None:
        """Change nothing: no window has to be kept."""

    async def _wait_for_pause(self) -> None:
        loop = asyncio.get_running_loop()
        while (left_s := self._pause.left_s(loop.time())) > 0:  # noqa: ASYNC110  it can grow
            await asyncio.sleep(max(left_s, _CLOCK_GRAIN_S))

    def answered(self, kind: RequestKind, *, throttled: bool) -> None:
        self._throttled += throttled
        self._circuits[kind].advance(self._pause.answered(throttled=throttled))

    def failed(self, kind: RequestKind, status: int, what: str) -> None:
        self._pause.failed(asyncio.get_running_loop().time())
        self._circuits[kind].failed(status, what)

    def pause(self, retry_after_s: float | None) -> None:
        self._pause.begin(asyncio.get_running_loop().time(), retry_after_s)

    @property
    def per_minute(self) -> float:
        return 0.0

    @property
    def used_in_last_minute(self) -> int:
        _forget_before(self._times_s, asyncio.get_running_loop().time() - WINDOW_S)
        return len(self._times_s)

    @property
    def granted(self) -> Mapping[RequestKind, int]:
        return MappingProxyType(self._granted)

    @property
    def waiting(self) -> Mapping[RequestKind, int]:
        return _NOBODY

    @property
    def open_circuits(self) -> frozenset[RequestKind]:
        return open_ones(self._circuits)

    @property
    def throttled(self) -> int:
        return self._throttled

    @property
    def paused_s(self) -> float:
        return self._pause.total_s


def _nothing_to_give_back() -> None:
    return None


def _forget_before(times_s: deque[float], moment_s: float) -> None:
    while times_s and times_s[0] <= moment_s:
        times_s.popleft()
