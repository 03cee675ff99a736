"""What a request quota yields under different ways of polling, in virtual time.

    python benchmarks/quota.py [--chunks N] [--only WORD] [--json FILE]

Workers submit chunks and poll imports through the service's own `SlidingQuota`, `PollQueue` and
`PollSchedule`; the tenant is a model. It answers after a drawn network delay, finishes an
import after a drawn latency, counts what arrives in a sliding or a fixed minute, and answers
429 to what is too much, and to a share of all requests at random when told to. Hours pass in
seconds, as the clock of the event loop jumps to the next timer.

The columns: `efficiency` is chunks done / (what the quota allowed in that time / 2 requests
a chunk), the start and the end of the run included. `oracle` is the same figure for polls that
know when each import is done: no policy can be better by more than chance. `a minute` is contacts
a minute at 500 a chunk, `in 60 s` the most requests that any 60 s held at the tenant.

The other policies send through the same limiter with the same priorities, so that only the
polling differs, and each of them with as many places in flight and with ten.
"""

import argparse
import asyncio
import json
import math
import random
import selectors
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cxone_async.pipeline.poll_queue import PollQueue
from cxone_async.pipeline.poll_schedule import PollSchedule
from cxone_async.tenant.client import RequestKind
from cxone_async.tenant.quota import SlidingQuota

WINDOW_S = 60.0
CONTACTS_PER_CHUNK = 500
NETWORK_DELAY_S = (0.02, 0.25)
RETRY_AFTER_S = 1.0
FEW_WORKERS = 10


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

    def __str__(self) -> str:
        tail = f", {self.slow_share:.0%} x{self.slow_factor:g}" if self.slow_share else ""
        return f"{self.median_s:g} s{tail}"


@dataclass(frozen=True, slots=True)
class Scenario:
    policy: str
    per_minute: int
    latency: Latency
    places: int
    chunks: int
    window: str = "sliding"
    stray_429: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Figures:
    scenario: Scenario
    hours: float
    efficiency: float
    contacts_per_minute: int
    requests_per_chunk: float
    polls_per_chunk: float
    throttled: int
    most_in_a_minute: int
    real_s: float


FIXED_POLICIES: dict[str, Callable[[float], float]] = {
    "fixed 2 s": lambda _age_s: 2.0,
    "fixed 5 s": lambda _age_s: 5.0,
    # Waits of 1, 2, 4, 8, 16, 30, 30 ... s: before each, the age is one less than the next wait.
    "exponential": lambda age_s: min(30.0, age_s + 1.0),
}


class ModelTenant:
    """Counts requests as they arrive."""

    def __init__(self, scenario: Scenario, rng: random.Random) -> None:
        self._scenario = scenario
        self._rng = rng
        self._arrived_s: deque[float] = deque()
        self._minute = -1.0
        self._in_minute = 0
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
        self._arrived_s.append(now_s)
        while self._arrived_s[0] <= now_s - WINDOW_S:
            self._arrived_s.popleft()
        self.most_in_a_minute = max(self.most_in_a_minute, len(self._arrived_s))
        stray = self._rng.random() < self._scenario.stray_429
        if stray or not self._fits(now_s):
            self.throttled += 1
            return False
        return True

    def _fits(self, now_s: float) -> bool:
        if self._scenario.window == "fixed":
            if now_s // WINDOW_S != self._minute:
                self._minute, self._in_minute = now_s // WINDOW_S, 0
            self._in_minute += 1
            return self._in_minute <= self._scenario.per_minute
        return len(self._arrived_s) <= self._scenario.per_minute


class Simulation:
    """Workers as many as places; each brings one chunk at a time to its end."""

    def __init__(self, scenario: Scenario) -> None:
        rng = random.Random(scenario.seed)
        self._scenario = scenario
        self._latencies = random.Random(scenario.seed + 1)
        self._tenant = ModelTenant(scenario, rng)
        self._quota = SlidingQuota(scenario.per_minute, rng=rng)
        self._queue = PollQueue(PollSchedule(), self._quota)
        self._chunks_left = scenario.chunks
        self._polls = 0

    async def run(self) -> Figures:
        began_real_s = time.perf_counter()
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for kind in (RequestKind.TOKEN, RequestKind.CAMPAIGN):
            await self._request(kind)
        await asyncio.gather(*(self._work() for _ in range(self._scenario.places)))
        took_s = loop.time() - began_s
        chunks = self._scenario.chunks
        return Figures(
            scenario=self._scenario,
            hours=round(took_s / 3600.0, 3),
            efficiency=round(chunks / (took_s / 60.0 * self._scenario.per_minute / 2.0), 4),
            contacts_per_minute=round(chunks * CONTACTS_PER_CHUNK * 60.0 / took_s),
            requests_per_chunk=round(self._tenant.requests / chunks, 4),
            polls_per_chunk=round(self._polls / chunks, 4),
            throttled=self._tenant.throttled,
            most_in_a_minute=self._tenant.most_in_a_minute,
            real_s=round(time.perf_counter() - began_real_s, 2),
        )

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._chunks_left:
            self._chunks_left -= 1
            await self._request(RequestKind.SUBMIT)
            done_s = loop.time() + self._scenario.latency.draw(self._latencies)
            if self._scenario.policy == "learned":
                await self._poll_when_told(done_s)
            elif self._scenario.policy == "oracle":
                await asyncio.sleep(done_s - loop.time())
                await self._is_done(done_s)
            else:
                await self._poll_at_times(done_s, FIXED_POLICIES[self._scenario.policy])

    async def _poll_when_told(self, done_s: float) -> None:
        open_import = self._queue.enter()
        await open_import.turn()
        while not await self._is_done(done_s):
            open_import.not_yet(None)
            await open_import.turn()
        open_import.completed()

    async def _poll_at_times(self, done_s: float, wait_s: Callable[[float], float]) -> None:
        loop = asyncio.get_running_loop()
        accepted_s = loop.time()
        await asyncio.sleep(wait_s(0.0))
        while not await self._is_done(done_s):  # noqa: ASYNC110  it asks another process
            await asyncio.sleep(wait_s(loop.time() - accepted_s))

    async def _is_done(self, done_s: float) -> bool:
        await self._request(RequestKind.POLL)
        self._polls += 1
        return asyncio.get_running_loop().time() >= done_s

    async def _request(self, kind: RequestKind) -> None:
        while True:
            await self._quota.acquire(kind)
            accepted = await self._tenant.request()
            self._quota.answered(throttled=not accepted)
            if accepted:
                return
            self._quota.pause(RETRY_AFTER_S)


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


def simulate(scenario: Scenario) -> Figures:
    """Run one scenario to its end; hours of it take seconds."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(Simulation(scenario).run())


def scenarios(chunks: int) -> Iterator[Scenario]:
    """Every row of the table."""
    latencies = [
        (Latency(5.0), 200),
        (Latency(20.0), 200),
        (Latency(90.0), 200),
        (Latency(300.0), 500),
        (Latency(20.0, slow_share=0.05, slow_factor=20.0), 200),
    ]
    for per_minute in (50, 600):
        for latency, places in latencies:
            of = Scenario("learned", per_minute, latency, places, chunks)
            yield of
            yield replace(of, policy="oracle")
            yield replace(of, window="fixed")
            for policy in FIXED_POLICIES:
                yield replace(of, policy=policy)
                yield replace(of, policy=policy, places=FEW_WORKERS, chunks=chunks // 10)
        for share in (0.01, 0.05):
            yield Scenario("learned", per_minute, Latency(5.0), 200, chunks, stray_429=share)


COLUMNS: tuple[tuple[str, int, Callable[[Figures], str]], ...] = (
    ("quota", 6, lambda f: f"{f.scenario.per_minute}"),
    ("window", 8, lambda f: f.scenario.window),
    ("latency", 16, lambda f: f"{f.scenario.latency}"),
    ("429", 4, lambda f: f"{f.scenario.stray_429:.0%}" if f.scenario.stray_429 else ""),
    ("policy", 12, lambda f: f.scenario.policy),
    ("places", 7, lambda f: f"{f.scenario.places}"),
    ("efficiency", 11, lambda f: f"{f.efficiency:.3f}"),
    ("a minute", 9, lambda f: f"{f.contacts_per_minute:,}"),
    ("polls/chunk", 12, lambda f: f"{f.polls_per_chunk:.3f}"),
    ("throttled", 10, lambda f: f"{f.throttled}"),
    ("in 60 s", 8, lambda f: f"{f.most_in_a_minute}"),
    ("hours", 6, lambda f: f"{f.hours:.2f}"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="What a quota yields, in virtual time.")
    parser.add_argument("--chunks", type=int, default=10_000, help="chunks of a run")
    parser.add_argument("--only", default="", help="a word of the rows to run, such as learned")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    wanted = [s for s in scenarios(options.chunks) if options.only in f"{s.policy} {s.latency}"]
    sys.stdout.write("".join(f"{name:>{width}} " for name, width, _ in COLUMNS) + "\n")
    rows = []
    with ProcessPoolExecutor() as processes:
        for figures in processes.map(simulate, wanted):
            rows.append(figures)
            cells = (f"{text(figures):>{width}} " for _, width, text in COLUMNS)
            sys.stdout.write("".join(cells) + "\n")
            sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
