"""When the next request may be sent, so that the tenant's quota is kept.

Guarantee: with `SlidingWindowLimiter(n)` no 60 s, wherever they begin, hold more than n granted
requests, from the first second on. The tenant counts the same as long as requests that leave in
order arrive with delays that differ by less than `NETWORK_JITTER_S`. A tenant that counts whole
minutes, or fills a bucket of n tokens, allows more than a sliding window and is kept as well.

How it is held, with W = 60 s + the jitter and T = W / n:

* *Pace.* A leaky bucket (aiolimiter) lets one request through every T. Beyond that one it has
  room for `CATCH_UP_S` worth of requests, empty at the start: slots that are lost to a short
  pause, a late timer or an idle moment are made up for, and no more than that many leave
  together. This is what makes stray 429s cheap. In the simulation `benchmarks/quota.py` at 600 a
  minute, 5 % of the answers a 429 with `Retry-After: 1` cost 30 % of the throughput without that
  room and 10 % with it; 1 % of them cost 8 % and 1 %.
* *Proof.* The bucket alone would let n plus that room into a minute. So the times of the
  last n grants are kept, and a grant waits until the n-th before it is W old. That is the
  whole argument, whatever the pace does. It costs 60 / W: 0.992 of the quota is used.
  A request that leaves late (a slow disk held up its intent) leaves together with others that
  waited for the same, so it is counted once more at that time. Without that, 3 s of stalling at
  600 a minute let 625 leave in 60 s. This holds for delays shorter than W.

Requests are spaced, and not sent n at once each minute, because a process that crashes and
resumes has forgotten what it sent. Spaced traffic that goes on spaced still fits; two bursts do
not.

aiolimiter serves waiters by amount and knows no pause and no priorities, so it never has waiters
here: one dispatcher task asks it for a slot and gives the slot to the first in line. The task
waits itself until a slot is free, because aiolimiter's own timer is set again and again for a
rounding error, which never ends under a virtual clock.

Order: token and campaign requests first (others need them, and they are few). Then by time of
arrival plus `QUEUE_DELAY_S` of the kind: a submit goes before a poll and a poll before a segment
call, unless the other has waited a minute longer. Nobody starves: only requests that arrive
within the two minutes after a segment call can pass it, and within a kind it is first come, first
served.

Throttling: a 429 or 503 makes everybody `pause`; `rate` says what it does to the rate. Failing:
`circuit_breaker` says when requests of a kind are held back; a slot that comes after their
circuit has opened goes to the next in line.
"""

import asyncio
import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from aiolimiter import AsyncLimiter

from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.circuit_breaker import circuits, open_ones
from cxone_async.tenant.rate_limit.pause import Pause
from cxone_async.tenant.rate_limit.rate import MAX_PER_MINUTE, WINDOW_S, KeptRate, Rate

NETWORK_JITTER_S: Final = 0.5
CATCH_UP_S: Final = 1.0

QUEUE_DELAY_S: Final[Mapping[RequestKind, float]] = {
    RequestKind.TOKEN: -math.inf,
    RequestKind.CAMPAIGN: -math.inf,
    RequestKind.SUBMIT: 0.0,
    RequestKind.POLL: 60.0,
    RequestKind.SEGMENT: 120.0,
}

_CLOCK_GRAIN_S: Final = 1e-5
_ROUNDING: Final = 1e-9  # of a slot, so that a sum that rounds up still fits


class _Waiter(NamedTuple):
    rank_s: float
    number: int
    kind: RequestKind
    turn: asyncio.Future[None]


class SlidingWindowLimiter:
    """At most `per_minute` requests in any 60 s. Raises ValueError outside 1 to 100,000.

    `rng` draws the jitter of pauses for which the tenant named no time. `rate` is how fast to
    send within the quota; without it, as fast as the quota allows.
    """

    def __init__(self, per_minute: int, *, rng: random.Random, rate: Rate | None = None) -> None:
        if not 1 <= per_minute <= MAX_PER_MINUTE:
            raise ValueError(f"quota must be 1 to {MAX_PER_MINUTE} a minute, not {per_minute}")
        self._pause = Pause(rng)
        self._circuits = circuits(rng)
        self._rate = rate or KeptRate(per_minute)
        self._pace = _Pace(self._rate.per_minute)
        self._granted = dict.fromkeys(RequestKind, 0)
        self._throttled = 0
        self._times_s: deque[float] = deque(maxlen=per_minute)
        self._line: list[_Waiter] = []
        self._waiting = dict.fromkeys(RequestKind, 0)
        self._numbers = itertools.count()
        self._dispatcher: asyncio.Task[None] | None = None

    async def acquire(self, kind: RequestKind) -> None:
        await self._circuits[kind].take_slot(
            partial(self._take_slot, kind), partial(self._hand_on, kind)
        )

    async def _take_slot(self, kind: RequestKind) -> None:
        loop = asyncio.get_running_loop()
        waiter = _Waiter(
            loop.time() + QUEUE_DELAY_S[kind], next(self._numbers), kind, loop.create_future()
        )
        heapq.heappush(self._line, waiter)
        self._waiting[kind] += 1
        if self._dispatcher is None:
            self._dispatcher = loop.create_task(self._dispatch(), name="quota")
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter.turn.cancelled():
                self._waiting[kind] -= 1
                self._stop_when_nobody_waits()
            else:
                self._hand_on(kind)
            raise

    def left_late(self) -> None:
        self._times_s.append(asyncio.get_running_loop().time())

    def answered(self, kind: RequestKind, *, throttled: bool) -> None:
        self._throttled += throttled
        self._circuits[kind].advance(self._pause.answered(throttled=throttled))
        before = self._rate.per_minute
        self._rate.answered(asyncio.get_running_loop().time(), throttled=throttled)
        if self._rate.per_minute != before:
            self._pace.set_rate(self._rate.per_minute)

    def failed(self, kind: RequestKind, status: int, what: str) -> None:
        self._pause.failed(asyncio.get_running_loop().time())
        self._circuits[kind].failed(status, what)

    def pause(self, retry_after_s: float | None) -> None:
        self._pause.begin(asyncio.get_running_loop().time(), retry_after_s)

    @property
    def per_minute(self) -> float:
        return self._rate.per_minute

    @property
    def used_in_last_minute(self) -> int:
        since_s = asyncio.get_running_loop().time() - WINDOW_S
        return sum(1 for _ in itertools.takewhile(since_s.__lt__, reversed(self._times_s)))

    @property
    def granted(self) -> Mapping[RequestKind, int]:
        return MappingProxyType(self._granted)

    @property
    def waiting(self) -> Mapping[RequestKind, int]:
        return MappingProxyType(self._waiting)

    @property
    def open_circuits(self) -> frozenset[RequestKind]:
        return open_ones(self._circuits)

    @property
    def throttled(self) -> int:
        return self._throttled

    @property
    def paused_s(self) -> float:
        return self._pause.total_s

    async def _dispatch(self) -> None:
        loop = asyncio.get_running_loop()
        while self._first() is not None:
            await self._pace.next_slot()
            while (wait_s := self._held_for_s(loop.time())) > 0:  # noqa: ASYNC110  it can grow
                await asyncio.sleep(max(wait_s, _CLOCK_GRAIN_S))
            if (waiter := self._first()) is not None:
                heapq.heappop(self._line)
                self._times_s.append(loop.time())
                self._grant(waiter)
        self._dispatcher = None

    def _held_for_s(self, now_s: float) -> float:
        most = self._rate.most_in_a_minute
        is_full = len(self._times_s) >= most
        leaves_s = self._times_s[-most] + WINDOW_S + NETWORK_JITTER_S if is_full else now_s
        return max(self._pause.left_s(now_s), leaves_s - now_s)

    def _first(self) -> _Waiter | None:
        while self._line and self._line[0].turn.done():
            heapq.heappop(self._line)
        return self._line[0] if self._line else None

    def _grant(self, waiter: _Waiter) -> None:
        self._granted[waiter.kind] += 1
        self._waiting[waiter.kind] -= 1
        waiter.turn.set_result(None)

    def _hand_on(self, kind: RequestKind) -> None:
        """Pass a grant that came too late to the next in line; if none is waiting it is lost."""
        self._granted[kind] -= 1
        if (waiter := self._first()) is not None:
            heapq.heappop(self._line)
            self._grant(waiter)

    def _stop_when_nobody_waits(self) -> None:
        if self._first() is None and self._dispatcher is not None:
            self._dispatcher.cancel()
            self._dispatcher = None


class _Pace:
    """Slots at an even rate, with room to catch up that is empty at first."""

    def __init__(self, per_minute: float) -> None:
        self._last_s = -math.inf
        self.set_rate(per_minute)

    def set_rate(self, per_minute: float) -> None:
        """Go on at another rate, one interval after the last slot, with nothing to catch up."""
        self._interval_s = (WINDOW_S + NETWORK_JITTER_S) / per_minute
        self._room = CATCH_UP_S / self._interval_s
        self._bucket = AsyncLimiter(1 + self._room, (1 + self._room) * self._interval_s)
        self._is_new = True

    async def next_slot(self) -> None:
        loop = asyncio.get_running_loop()
        if self._is_new:
            self._is_new = False
            await self._bucket.acquire(self._room)
            await asyncio.sleep(max(self._last_s + self._interval_s - loop.time(), 0))
        elif not self._bucket.has_capacity():
            # After one interval the bucket has room however full it was; a shorter wait would
            # gain nothing, since the part of a slot that is there already stays there.
            due_s = self._last_s + self._interval_s + _CLOCK_GRAIN_S
            await asyncio.sleep(max(due_s - loop.time(), 0))
        await self._bucket.acquire(1 - _ROUNDING)
        self._last_s = loop.time()
