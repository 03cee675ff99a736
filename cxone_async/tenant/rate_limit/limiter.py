"""The tenant's request quota: who may send the next request, and when.

Guarantee: with `SlidingWindowLimiter(n)` no 60 s, wherever they begin, hold more than n granted
requests, from the first second on, and the same is true where the tenant counts as long
as requests that leave in order arrive with delays that differ by less than
`NETWORK_JITTER_S`. A tenant that counts whole minutes, or that fills a bucket of n tokens,
is kept just as well: both allow more than a sliding window does.

How it is held, with W = 60 s + the jitter and T = W / n:

* *Pace.* A leaky bucket (aiolimiter) lets one request through every T. It has room for
  `CATCH_UP_S` worth of requests beyond the one, none of it when the run starts: slots that are
  lost to a short pause, to a timer that fires late or to nobody asking are made up for, and no
  more than that many leave together. It is what makes stray 429s cheap. In the simulation
  `benchmarks/quota.py`, 600 a minute and 5 % of the answers a 429 with `Retry-After: 1` cost 30 %
  of the throughput without that room and 10 % with it, 1 % of them 8 % and 1 %.
* *Proof.* The bucket alone would let n plus that room into a minute. So the times of the
  last n grants are kept, and a grant waits until the n-th before it is W old. Whatever the
  pace does, that is the whole argument. What it costs is 60 / W: 0.992 of the quota is used.
  A request that leaves late (the disk stalled while its intent was made durable) leaves together
  with others that waited for the same. It is counted once more, at that time: without that, 3 s of
  stalling at 600 a minute made 625 leave in 60 s. This holds for delays shorter than W.

Why spaced at all, and not n at once each minute: a process that crashes and resumes has
forgotten what it sent. Spaced traffic that goes on spaced still fits; two bursts do not.

aiolimiter serves waiters by amount, knows no pause and no priorities, so it never has
waiters here: one dispatcher task asks it for a slot and gives the slot to the first in line.
The task waits by itself until a slot is there, because aiolimiter's own timer is set again
and again for a rounding error, which under a virtual clock goes on for ever.

Order: token and campaign requests before everything (others need them, and they are few);
then by time of arrival plus `QUEUE_DELAY_S` of the kind. So a submit goes before a poll and a poll
before a segment call, unless the other has waited a minute longer. Nobody starves: only
those that arrive within the two minutes after it can pass a segment call, and inside a kind
it is first come, first served.

Throttling: a 429 or 503 makes everybody `pause`; `rate` says what it does to the rate. Failing:
`circuit` says when requests of a kind are left undone; those that are already in line when their
circuit opens give their slot to the next.
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
from typing import Final, Literal, NamedTuple, Protocol

from aiolimiter import AsyncLimiter

from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.circuit_breaker import CircuitBreaker, Event
from cxone_async.tenant.rate_limit.pause import Pause
from cxone_async.tenant.rate_limit.rate import MAX_PER_MINUTE, WINDOW_S, FoundRate, KeptRate, Rate

NETWORK_JITTER_S: Final = 0.5
CATCH_UP_S: Final = 1.0

QUEUE_DELAY_S: Final[Mapping[RequestKind, float]] = {
    RequestKind.TOKEN: -math.inf,
    RequestKind.CAMPAIGN: -math.inf,
    RequestKind.SUBMIT: 0.0,
    RequestKind.POLL: 60.0,
    RequestKind.SEGMENT: 120.0,
}

_NOBODY: Final[Mapping[RequestKind, int]] = MappingProxyType(dict.fromkeys(RequestKind, 0))
_CLOCK_GRAIN_S: Final = 1e-5
_ROUNDING: Final = 1e-9  # of a slot, so that a sum that rounds up still fits


class RateLimiter(Protocol):
    """The right to send requests. One instance is shared by all that talk to one tenant."""

    async def acquire(self, kind: RequestKind) -> None:
        """Wait for the right to send one request now. Cancelling is safe at any time."""
        ...

    def left_late(self) -> None:
        """Report that a request leaves only now, well after its grant."""
        ...

    def answered(self, kind: RequestKind, *, throttled: bool) -> None:
        """Report one answer of the tenant; `throttled` means 429."""
        ...

    def failed(self, kind: RequestKind) -> None:
        """Report a request that was not answered, or with an error of the tenant's own (5xx)."""
        ...

    def pause(self, retry_after_s: float | None) -> None:
        """Hold everybody: a 429 or 503 came, naming `retry_after_s`, or no time (None)."""
        ...

    @property
    def per_minute(self) -> float:
        """The rate that is kept now, in requests a minute; 0 when there is none."""
        ...

    @property
    def used_in_last_minute(self) -> int: ...

    @property
    def granted(self) -> Mapping[RequestKind, int]:
        """Requests granted so far, by kind; every kind is a key."""
        ...

    @property
    def waiting(self) -> Mapping[RequestKind, int]:
        """Requests that wait for their grant now, by kind; every kind is a key."""
        ...

    @property
    def throttled(self) -> int:
        """Answers that were reported as throttled so far."""
        ...

    @property
    def paused_s(self) -> float:
        """How long everybody was, or is going to be, held in all."""
        ...


class UnlimitedLimiter:
    """No rate at all (`--quota 0`): requests are counted, and `pause` still holds everybody."""

    def __init__(self, *, rng: random.Random) -> None:
        self._pause = Pause(rng)
        self._circuits = _circuits(rng)
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
        self._circuits[kind].take(self._pause.answered(throttled=throttled))

    def failed(self, kind: RequestKind) -> None:
        self._pause.failed(asyncio.get_running_loop().time())
        self._circuits[kind].take(Event.FAILED)

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
    def throttled(self) -> int:
        return self._throttled

    @property
    def paused_s(self) -> float:
        return self._pause.total_s


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
        self._circuits = _circuits(rng)
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
        self._circuits[kind].take(self._pause.answered(throttled=throttled))
        before = self._rate.per_minute
        self._rate.answered(asyncio.get_running_loop().time(), throttled=throttled)
        if self._rate.per_minute != before:
            self._pace.set_rate(self._rate.per_minute)

    def failed(self, kind: RequestKind) -> None:
        self._pause.failed(asyncio.get_running_loop().time())
        self._circuits[kind].take(Event.FAILED)

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
        """Give a grant that came too late to the next in line; nobody there: the slot is lost."""
        self._granted[kind] -= 1
        if (waiter := self._first()) is not None:
            heapq.heappop(self._line)
            self._grant(waiter)

    def _stop_when_nobody_waits(self) -> None:
        if self._first() is None and self._dispatcher is not None:
            self._dispatcher.cancel()
            self._dispatcher = None


def limiter_of(setting: int | Literal["auto"], *, rng: random.Random) -> RateLimiter:
    """Return the quota that a setting asks for: so many requests a minute; 0 is none.

    With "auto" it finds out what the tenant allows. Raises ValueError above `MAX_PER_MINUTE`.
    """
    if setting == "auto":
        return SlidingWindowLimiter(MAX_PER_MINUTE, rng=rng, rate=FoundRate())
    return SlidingWindowLimiter(setting, rng=rng) if setting else UnlimitedLimiter(rng=rng)


def _circuits(rng: random.Random) -> Mapping[RequestKind, CircuitBreaker]:
    return {kind: CircuitBreaker(kind.value, rng) for kind in RequestKind}


def _nothing_to_give_back() -> None:
    return None


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


def _forget_before(times_s: deque[float], moment_s: float) -> None:
    while times_s and times_s[0] <= moment_s:
        times_s.popleft()
