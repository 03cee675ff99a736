"""Which import is polled next.

Guarantee: an import is polled when `PollSchedule` says that it is almost surely done. The import
that has been due longest goes first. An import is polled earlier only with a spare slot of the
quota: one that no other request is waiting for. Slots are spare when all places in flight are
taken, when the input is slow, and after it has ended.

An unused slot is lost. So a spare slot goes to the import that reached, or will next reach, a
chance of `LIKELY` before the others, if its chance is at least `LEAST` by now. In
`benchmarks/quota.py`, runs with enough places in flight come within 1 % of an oracle. Any `LIKELY`
from 0.2 to 0.5 gives the same result; a `LEAST` below 0.2 gives more early polls and hardly more
contacts.

Without a quota all slots are spare and none is lost: an import is polled when it is `LIKELY`.

The time of a poll is planned when the import begins to wait, and again when it is first in line,
because other imports have been observed in between.
"""

import asyncio
import heapq
import itertools
import math
from typing import NamedTuple, Protocol

from cxone_async.load.import_latency import ImportLatency, OpenAge
from cxone_async.load.poll_schedule import ALMOST_SURE, PollSchedule
from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.limiter import RateLimiter

LIKELY = 0.3
LEAST = 0.2
SHORTEST_TICK_S = 0.05
LONGEST_TICK_S = 1.0


class PolledImport(Protocol):
    """When one import is to be polled, and what its polls found."""

    @property
    def age_s(self) -> float:
        """Seconds since the tenant accepted the import."""
        ...

    async def turn(self) -> None:
        """Wait until the import is to be polled."""
        ...

    def not_yet(self, retry_after_s: float | None) -> None:
        """A poll found it unfinished."""
        ...

    def completed(self) -> None:
        """A poll found it finished."""
        ...

    def lost(self) -> None:
        """It will not be polled again."""
        ...


class Polls(Protocol):
    """Lets the imports of one run be polled."""

    def enter(self, retry_after_s: float | None = None) -> PolledImport:
        """Return the plan for an import that the tenant has accepted just now."""
        ...


class PollQueue:
    """Lets the imports of one run be polled. All methods belong to one event loop.

    `open` holds the imports that are not known to be done, in their order; `latency` is how long
    the others took.
    """

    def __init__(self, schedule: PollSchedule, limiter: RateLimiter) -> None:
        self.schedule = schedule
        self._limiter = limiter
        self._due = _Line(ALMOST_SURE)
        self._likely = _Line(LIKELY)
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None
        self.latency = ImportLatency(schedule.expected_import_s)
        self.open: dict[OpenImport, None] = {}

    def enter(self, retry_after_s: float | None = None) -> "OpenImport":
        """Return the plan for an import that the tenant has accepted just now.

        `retry_after_s` is what it asked to wait before the first poll, if it did.
        """
        entered = OpenImport(self, asyncio.get_running_loop().time(), retry_after_s)
        self.open[entered] = None
        return entered

    def open_ages(self) -> list[OpenAge]:
        """Return how old the imports are that are not known to be done."""
        now_s = asyncio.get_running_loop().time()
        enough = self._enough
        return [
            OpenAge(one.age_s, one.open_age_s, max(one.planned_s(enough) - now_s, 0.0))
            for one in self.open
        ]

    async def turn(self, waiting: "OpenImport") -> None:
        """Wait until the import is to be polled; called by `OpenImport`."""
        place = _Place(waiting, asyncio.get_running_loop().create_future())
        self._due.push(place)
        self._likely.push(place)
        self._waiting += 1
        self._look_again_later()
        try:
            await place.turn
        finally:
            self._waiting -= 1

    def _look(self) -> None:
        self._timer = None
        now_s = asyncio.get_running_loop().time()
        released = 0
        while (place := self._due.first()) and place.of.planned_s(ALMOST_SURE) <= now_s:
            place.turn.set_result(None)
            released += 1
        spare_slots = self._spare_slots() - released
        while spare_slots > 0 and (place := self._likely.first()) and self._idle_s() <= 0:
            place.turn.set_result(None)
            spare_slots -= 1
        if self._waiting:
            self._look_again_later()

    def _spare_slots(self) -> float:
        """Return how many slots until the next look are still spare."""
        waiting = self._limiter.waiting
        polls = waiting[RequestKind.POLL]
        if sum(waiting.values()) > polls:
            return 0
        if not self._limiter.per_minute:
            return math.inf
        return math.ceil(self._tick_s() * self._limiter.per_minute / 60.0) - polls

    def _tick_s(self) -> float:
        """Return the time between looks: half a slot, so that each slot finds its poll."""
        per_minute = self._limiter.per_minute
        half_a_slot_s = 30.0 / per_minute if per_minute else 0.0
        return min(max(half_a_slot_s, SHORTEST_TICK_S), LONGEST_TICK_S)

    def _look_again_later(self) -> None:
        """Look again when a poll may be worth it, or soon: plans change with observations."""
        loop = asyncio.get_running_loop()
        when_s = loop.time() + min(max(self._idle_s(), self._tick_s()), LONGEST_TICK_S)
        if self._timer is not None:
            if self._timer.when() <= when_s:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when_s, self._look)

    @property
    def _enough(self) -> float:
        """The chance of being done that is worth a spare slot."""
        return LEAST if self._limiter.per_minute else LIKELY

    def _idle_s(self) -> float:
        """Return how long no waiting import is worth even a spare slot."""
        place = self._likely.first()
        if place is None:
            return math.inf
        return place.of.planned_s(self._enough) - asyncio.get_running_loop().time()


class OpenImport:
    """One import between its acceptance and the poll that finds it finished.

    `open_age_s` is its age at the last poll, 0 before the first.
    """

    def __init__(self, queue: PollQueue, accepted_s: float, retry_after_s: float | None) -> None:
        self._queue = queue
        self._accepted_s = accepted_s
        self.open_age_s = 0.0
        self._retry_after_s = retry_after_s

    @property
    def age_s(self) -> float:
        """Seconds since the tenant accepted it."""
        return asyncio.get_running_loop().time() - self._accepted_s

    async def turn(self) -> None:
        """Wait until it is to be polled. Cancelling is safe."""
        await self._queue.turn(self)

    def not_yet(self, retry_after_s: float | None) -> None:
        """A poll found it unfinished, naming `retry_after_s` or no time (None)."""
        age_s = self.age_s
        self._queue.schedule.observe_pending(self.open_age_s, age_s)
        self.open_age_s, self._retry_after_s = age_s, retry_after_s

    def completed(self) -> None:
        """A poll found it finished."""
        self._queue.schedule.observe(self.open_age_s, self.age_s)
        self._queue.latency.observe(self.open_age_s, self.age_s)
        self._queue.open.pop(self, None)

    def lost(self) -> None:
        """It will not be polled again, although its end is not known."""
        self._queue.schedule.observe_lost(self.open_age_s)
        self._queue.open.pop(self, None)

    def planned_s(self, chance: float) -> float:
        """Return the time at which it may be polled if this chance of success is enough."""
        schedule, age_s = self._queue.schedule, self.open_age_s
        wait_s = schedule.next_poll_after_s(age_s, self._retry_after_s, chance)
        return self._accepted_s + age_s + wait_s


class _Place(NamedTuple):
    of: OpenImport
    turn: asyncio.Future[None]


class _Line:
    """Imports by the time at which they are done with a given chance."""

    def __init__(self, chance: float) -> None:
        self._chance = chance
        self._places: list[tuple[float, int, _Place]] = []
        self._numbers = itertools.count()

    def push(self, place: _Place) -> None:
        planned_s = place.of.planned_s(self._chance)
        heapq.heappush(self._places, (planned_s, next(self._numbers), place))

    def first(self) -> _Place | None:
        """Return the first that still waits, by what is known now."""
        while self._places:
            planned_s, number, place = self._places[0]
            if place.turn.done():
                heapq.heappop(self._places)
                continue
            planned_now_s = place.of.planned_s(self._chance)
            if planned_now_s <= planned_s:
                return place
            heapq.heapreplace(self._places, (planned_now_s, number, place))
        return None
