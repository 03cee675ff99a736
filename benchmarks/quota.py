"""What the quota yields under different ways of polling, in virtual time.

    python benchmarks/quota.py [--chunks N] [--only WORD] [--json FILE]

Workers submit chunks and poll imports through the real `SlidingQuota`; the tenant is a model:
it answers after a drawn network delay, finishes an import after a drawn latency, counts what
arrives in a sliding or a fixed minute and answers 429 to what is too much. Hours pass in
seconds, as the event loop's clock jumps to the next timer.

`efficiency` is chunks done / (what the quota allowed in that time / 2 requests a chunk), the
start and the end of the run included. `places` is the ceiling that Little's law sets to
the same figure: cap / mean latency chunks a second are all that `cap` imports in flight can do.
"""

import asyncio
import math
import random
import selectors
import time
from collections import deque
from dataclasses import dataclass

from cxone_async.pipeline.poll_queue import PollQueue
from cxone_async.pipeline.poll_schedule import PollSchedule
from cxone_async.tenant.client import RequestKind
from cxone_async.tenant.quota import SlidingQuota

WINDOW_S = 60.0
NETWORK_DELAY_S = (0.02, 0.25)


@dataclass(frozen=True, slots=True)
class Latency:
    """Time from a submit to its import's end: lognormal, a share of them `slow_factor` slower."""

    median_s: float
    sigma: float = 0.5
    slow_share: float = 0.0
    slow_factor: float = 1.0

    def draw(self, rng: random.Random) -> float:
        factor = self.slow_factor if rng.random() < self.slow_share else 1.0
        return factor * rng.lognormvariate(math.log(self.median_s), self.sigma)

    @property
    def mean_s(self) -> float:
        slow = 1 + self.slow_share * (self.slow_factor - 1)
        return self.median_s * math.exp(self.sigma**2 / 2) * slow


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    per_minute: int
    latency: Latency
    cap: int
    window: str = "sliding"
    throttled_share: float = 0.0
    chunks: int = 10_000


@dataclass(frozen=True, slots=True)
class Figures:
    scenario: str
    policy: str
    per_minute: int
    window: str
    cap: int
    chunks: int
    hours: float
    efficiency: float
    places: float
    requests_per_chunk: float
    polls_per_chunk: float
    early_polls: int
    throttled: int
    most_in_a_minute: int
    most_in_flight: int
    drain_s: float
    real_s: float


POLICIES = {
    "learned": None,
    "fixed 2 s": lambda _age_s: 2.0,
    "fixed 5 s": lambda _age_s: 5.0,
    "exponential": lambda age_s: min(30.0, age_s + 1.0),
}


class ModelTenant:
    """Counts requests as they arrive and says when imports are done."""

    def __init__(self, scenario: Scenario, rng: random.Random) -> None:
        self._scenario = scenario
        self._rng = rng
        self._arrived_s: deque[float] = deque()
        self._window_began_s = 0.0
        self._in_window = 0
        self.requests = 0
        self.throttled = 0
        self.most_in_a_minute = 0

    async def request(self) -> bool:
        """Send one request; False when it was answered 429."""
        await asyncio.sleep(self._rng.uniform(*NETWORK_DELAY_S))
        accepted = self._admit(asyncio.get_running_loop().time())
        await asyncio.sleep(self._rng.uniform(*NETWORK_DELAY_S))
        return accepted

    def _admit(self, now_s: float) -> bool:
        self.requests += 1
        arrived_s = self._arrived_s
        arrived_s.append(now_s)
        while arrived_s[0] <= now_s - WINDOW_S:
            arrived_s.popleft()
        self.most_in_a_minute = max(self.most_in_a_minute, len(arrived_s))
        if now_s >= self._window_began_s + WINDOW_S:
            self._window_began_s = now_s
            self._in_window = 0
        self._in_window += 1
        used = len(arrived_s) if self._scenario.window == "sliding" else self._in_window
        stray = self._rng.random() < self._scenario.throttled_share
        if used > self._scenario.per_minute or stray:
            self.throttled += 1
            return False
        return True


class Simulation:
    """Workers as many as the cap; each brings one chunk at a time to its end."""

    def __init__(self, scenario: Scenario, polling, seed: int) -> None:
        rng = random.Random(seed)
        self._scenario = scenario
        self._latencies = random.Random(seed + 1)
        self._tenant = ModelTenant(scenario, rng)
        self._quota = SlidingQuota(scenario.per_minute, rng=rng)
        self._polling = polling
        self._line = None if polling else PollQueue(PollSchedule(), self._quota)
        self._left = scenario.chunks
        self._input_ended: asyncio.Future[None]
        self._in_flight = 0
        self._most_in_flight = 0
        self._early_polls = 0

    async def run(self) -> dict[str, float | int]:
        loop = asyncio.get_running_loop()
        self._input_ended = loop.create_future()
        started_s = loop.time()
        for kind in (RequestKind.TOKEN, RequestKind.CAMPAIGN):
            await self._request(kind)
        await asyncio.gather(*(self._work() for _ in range(self._scenario.cap)))
        took_s = loop.time() - started_s
        chunks, mean_s = self._scenario.chunks, self._scenario.latency.mean_s
        ceiling = self._scenario.per_minute / 60.0 / 2.0
        return {
            "hours": round(took_s / 3600, 3),
            "efficiency": round(chunks / took_s / ceiling, 4),
            "places": round(min(1.0, self._scenario.cap / mean_s / ceiling), 4),
            "requests_per_chunk": round(self._tenant.requests / chunks, 4),
            "polls_per_chunk": round(1 + self._early_polls / chunks, 4),
            "early_polls": self._early_polls,
            "throttled": self._tenant.throttled,
            "most_in_a_minute": self._tenant.most_in_a_minute,
            "most_in_flight": self._most_in_flight,
            "drain_s": round(loop.time() - self._input_ended.result(), 1),
        }

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._left:
            self._left -= 1
            await self._request(RequestKind.SUBMIT)
            accepted_s = loop.time()
            self._in_flight += 1
            self._most_in_flight = max(self._most_in_flight, self._in_flight)
            await self._poll_to_end(
                accepted_s, accepted_s + self._scenario.latency.draw(self._latencies)
            )
            self._in_flight -= 1
        if not self._input_ended.done():
            self._input_ended.set_result(loop.time())

    async def _poll_to_end(self, accepted_s: float, done_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._line is not None:
            open_import = self._line.enter()
            while True:
                await open_import.turn()
                await self._request(RequestKind.POLL)
                if loop.time() >= done_s:
                    open_import.completed()
                    return
                self._early_polls += 1
                open_import.not_yet(None)
        age_s = 0.0
        while True:
            wait_s = self._polling(age_s)
            await asyncio.sleep(wait_s)
            await self._request(RequestKind.POLL)
            age_s = loop.time() - accepted_s
            if loop.time() >= done_s:
                return
            self._early_polls += 1

    async def _request(self, kind: RequestKind) -> None:
        while True:
            await self._quota.acquire(kind)
            accepted = await self._tenant.request()
            self._quota.answered(throttled=not accepted)
            if accepted:
                return
            self._quota.pause(1.0)


class _JumpingSelector(selectors.SelectSelector):
    """Waits for nothing: time passes by jumping to when the loop wanted to be woken."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and no timer is set")
        self.now_s += max(timeout, 0.0)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop without input and output whose clock costs nothing."""

    def __init__(self) -> None:
        self._clock = _JumpingSelector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now_s


def simulate(scenario: Scenario, policy: str, seed: int = 1) -> Figures:
    began_s = time.perf_counter()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        figures = runner.run(Simulation(scenario, POLICIES[policy], seed).run())
    return Figures(
        scenario=scenario.name,
        policy=policy,
        per_minute=scenario.per_minute,
        window=scenario.window,
        cap=scenario.cap,
        chunks=scenario.chunks,
        real_s=round(time.perf_counter() - began_s, 2),
        **figures,
    )
