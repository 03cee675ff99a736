"""One whole import in virtual time, against a tenant that counts and throttles requests.

Everything between the bytes of the input and the tenant is the service's own: producer with
preparation in place, dispatcher, workers, segmenter, collector, poll queue and limiter.

The tenant is `cxone_async.testing.InMemoryTenant`. It finishes an import after a random latency.
The stand-in program would have to be served on sockets and would cost a hundred times the CPU. This
module adds what lies between the two: a random delay on the way to the tenant, the count of
arriving requests in a sliding or fixed minute with a 429 for those over the quota, and, if asked,
a 429 for a random share of all requests.

The journal and the outcomes are kept in memory. A chunk holds `CONTACTS_PER_CHUNK` contacts instead
of 500, to save CPU. That does not affect the figures, which are shares and counts of requests. A
segment call holds ten chunks, as 5,000 ids are ten chunks of 500.

Hours pass in seconds, because the clock of the event loop jumps to the next timer.
"""

import asyncio
import math
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from cxone_async.contacts.checks import EmailCheck, PhoneCheck
from cxone_async.contacts.constraints import Constraints
from cxone_async.journal.identity import RunIdentity
from cxone_async.load.attempts import SubmitSemantics
from cxone_async.load.counters import RunCounters
from cxone_async.load.deadline import Deadline
from cxone_async.load.guards import Guards
from cxone_async.load.preflight import constraints_of_campaign, sign_in
from cxone_async.load.resume import ResumeIndex
from cxone_async.load.run import Run
from cxone_async.load.segmenter import SegmentMembership
from cxone_async.load.wiring import LoadSettings, OpenedJournal, wire_run
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.report.reconciliation import QuotaFigures
from cxone_async.runs.figures import quota_figures
from cxone_async.tenant.contact_lists.client import ContactListsDialect
from cxone_async.tenant.contact_lists.contract import CAPABILITIES
from cxone_async.tenant.port import (
    BeforeSend,
    Capabilities,
    ImportReport,
    RequestKind,
    SentSize,
    Submitted,
)
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.testing import Fault, InMemoryTenant, SentRequest, throttled
from cxone_async.testing.clock import InPlaceExecutor, VirtualTimeLoop
from cxone_async.testing.journal import InMemoryJournal
from cxone_async.testing.preparation import InlinePreparation

WINDOW_S = 60.0
CONTACTS_PER_CHUNK = 2
CHUNKS_PER_SEGMENT_CALL = 10
QUEUE_CHUNKS = 32
WAY_THERE_S = (0.02, 0.25)
ROUND_TRIP_S = 0.1
RETRY_AFTER_S = 1.0
ENDED_WHEN_POLLED = 0.95  # a wasted poll for one import in twenty: 1.05 polls a chunk
LIST_ID, CAMPAIGN_ID, SEGMENT_ID = "list-1", "campaign-1", "segment-1"


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
        slowness = 1 + self.slow_share * (self.slow_factor - 1)
        return self.median_s * math.exp(self.sigma**2 / 2) * slowness

    def ended_share(self, age_s: float) -> float:
        """The share of imports that have ended at an age."""
        log_age = NormalDist(math.log(self.median_s), self.sigma).cdf
        slow = self.slow_share * log_age(math.log(age_s / self.slow_factor))
        return slow + (1 - self.slow_share) * log_age(math.log(age_s))

    def __str__(self) -> str:
        tail = f", {self.slow_share:.0%} x{self.slow_factor:g}" if self.slow_share else ""
        return f"{self.median_s:g} s{tail}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run. `per_minute` is what the tenant allows; an `is_auto` client has to find it."""

    policy: str
    per_minute: int
    latency: Latency
    places: int
    chunks: int
    window: str = "sliding"
    stray_429: float = 0.0
    with_segment: bool = False
    is_auto: bool = False
    seed: int = 1

    @property
    def bound(self) -> float:
        """The share of the quota's ceiling that the places allow (Little's law), at most 1."""
        chunks_per_minute = self.places * 60.0 / self.latency.mean_s
        return min(1.0, chunks_per_minute / (self.per_minute / 2))

    @property
    def cap_binds(self) -> bool:
        """Whether places are needed before most imports have ended, so that some polls are wasted.

        At full rate a place is free again after places / chunks per second. A client that
        polls once a chunk holds it until all but a few imports of that age have ended.
        """
        place_held_s = self.places / (self.per_minute / 2 / 60.0)
        return self.latency.ended_share(place_held_s) < ENDED_WHEN_POLLED


@dataclass(frozen=True, slots=True)
class Figures:
    """The result of a run; `quota` is what a run writes into its reconciliation."""

    scenario: Scenario
    quota: QuotaFigures
    hours: float
    chunks_per_minute: float
    requests_per_chunk: float
    most_in_a_minute: int
    over_quota: int
    stray: int
    accepted_by_minute: tuple[int, ...]
    throttled_by_minute: tuple[int, ...]
    cpu_s: float


FIXED_POLICIES: dict[str, Callable[[float], float]] = {
    "fixed 2 s": lambda _age_s: 2.0,
    "fixed 5 s": lambda _age_s: 5.0,
    # Waits of 1, 2, 4, 8, 16, 30, 30 ... s: before each, the age is one less than the next wait.
    "exponential": lambda age_s: min(30.0, age_s + 1.0),
    "oracle": lambda _age_s: 0.0,
}
"""Seconds until the next poll of an import of this age."""


def simulate(scenario: Scenario) -> Figures:
    """Run one scenario to its end; hours of virtual time take seconds."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.get_loop().set_default_executor(InPlaceExecutor())
        return runner.run(_simulate(scenario))


async def _simulate(scenario: Scenario) -> Figures:
    began_cpu_s = time.process_time()
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    rng = random.Random(scenario.seed)
    limiter = limiter_of("auto" if scenario.is_auto else scenario.per_minute, rng=rng)
    counting = CountingTenant(scenario, rng)
    tenant = (OracleTenant if scenario.policy == "oracle" else InMemoryTenant)(
        dialect=TenChunksASegmentCall(),
        rate_limiter=TravellingLimiter(limiter, rng),
        seed=scenario.seed,
        latency_s=scenario.latency.draw,
        faults=counting.judge,
        round_trip_s=ROUND_TRIP_S,
    )
    await sign_in(tenant, with_segment=scenario.with_segment, rng=rng)
    constraints = await constraints_of_campaign(tenant, CAMPAIGN_ID, rng)
    counters, sink = RunCounters(), CountingSink()
    await _wired(scenario, tenant, limiter, constraints, counters, sink, rng).execute(
        _input(scenario.chunks)
    )
    if sink.counts != {Outcome.IMPORTED: scenario.chunks * CONTACTS_PER_CHUNK}:
        raise RuntimeError(f"not all contacts were imported: {sink.counts}")
    took_s = loop.time() - began_s
    chunks = counters.chunks_accepted
    return Figures(
        scenario=scenario,
        quota=quota_figures(
            counters,
            limiter,
            CAPABILITIES,
            per_minute=scenario.per_minute,
            chunk_size=CONTACTS_PER_CHUNK,
            duration_s=took_s,
        ),
        hours=round(took_s / 3600.0, 3),
        chunks_per_minute=round(chunks / took_s * 60.0, 2),
        requests_per_chunk=round(len(tenant.requests) / chunks, 4),
        most_in_a_minute=counting.most_in_a_minute,
        over_quota=counting.over_quota,
        stray=counting.stray,
        accepted_by_minute=counting.by_minute(counting.accepted),
        throttled_by_minute=counting.by_minute(counting.refused),
        cpu_s=round(time.process_time() - began_cpu_s, 2),
    )


def _wired(
    scenario: Scenario,
    tenant: InMemoryTenant,
    limiter: RateLimiter,
    constraints: Constraints,
    counters: RunCounters,
    sink: "CountingSink",
    rng: random.Random,
) -> Run:
    """Wire the run as an import does, with twins of the tenant, journal and preparation."""
    settings = OutcomeSettings(
        match=MatchPolicy.OFF,
        threshold=85.0,
        phone_check=PhoneCheck.POSSIBLE,
        email_check=EmailCheck.SYNTAX,
        suppression_sha256="",
        default_country="US",
        map={},
        encoding="utf-8",
        allowed_countries=constraints.allowed_countries,
        dnc_enabled=constraints.dnc_enabled,
        required_fields=constraints.required_fields,
    )
    is_learned = scenario.policy == "learned"
    return wire_run(
        LoadSettings(
            list_id=LIST_ID,
            segment_id=SEGMENT_ID if scenario.with_segment else None,
            chunk_size=CONTACTS_PER_CHUNK,
            concurrency=scenario.places,
            submit_semantics=SubmitSemantics.AT_MOST_ONCE,
            grace_s=20.0,
        ),
        client=tenant,
        limiter=limiter,
        opened=OpenedJournal(InMemoryJournal(IDENTITY), ResumeIndex(), SegmentMembership()),
        preparation=InlinePreparation(
            PrepareJob(settings, dialect=ContactListsDialect(), keep_raw=True)
        ),
        sink=sink,
        review=lambda resemblances: None,
        guards=Guards(),
        counters=counters,
        deadline=Deadline(None),
        rng=rng,
        polls=None if is_learned else PollsByAge(FIXED_POLICIES[scenario.policy]),
    ).run


class CountingTenant:
    """Counts requests as they arrive, and decides which are answered 429."""

    def __init__(self, scenario: Scenario, rng: random.Random) -> None:
        self._scenario = scenario
        self._rng = rng
        self._arrived_s: deque[float] = deque()
        self._counted_s: deque[float] = deque()
        self.accepted: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()
        self.most_in_a_minute = 0
        self.over_quota = 0
        self.stray = 0

    def judge(self, request: SentRequest) -> Fault | None:
        """Admit a request, or answer 429 with the seconds until the quota has a free slot."""
        now_s = request.at_s
        self._arrived_s.append(now_s)
        _forget(self._arrived_s, now_s - WINDOW_S)
        self.most_in_a_minute = max(self.most_in_a_minute, len(self._arrived_s))
        is_fixed = self._scenario.window == "fixed"
        minute_s = now_s - now_s % WINDOW_S if is_fixed else now_s - WINDOW_S
        _forget(self._counted_s, math.nextafter(minute_s, -math.inf) if is_fixed else minute_s)
        if len(self._counted_s) >= self._scenario.per_minute:
            self.over_quota += 1
            self.refused[int(now_s // WINDOW_S)] += 1
            room_s = minute_s + WINDOW_S if is_fixed else self._counted_s[0] + WINDOW_S
            return throttled(room_s - now_s)
        self._counted_s.append(now_s)
        self.accepted[int(now_s // WINDOW_S)] += 1
        if self._rng.random() < self._scenario.stray_429:
            self.stray += 1
            return throttled(RETRY_AFTER_S)
        return None

    def by_minute(self, counts: Counter[int]) -> tuple[int, ...]:
        """Return counts for every minute from the first to the last."""
        return tuple(counts[minute] for minute in range(max(self.accepted) + 1))


def _forget(times_s: deque[float], until_s: float) -> None:
    while times_s and times_s[0] <= until_s:
        times_s.popleft()


class TravellingLimiter:
    """The limiter as the tenant's twin sees it: a granted request is on its way."""

    def __init__(self, limiter: RateLimiter, rng: random.Random) -> None:
        self._limiter = limiter
        self._rng = rng
        self.left_late = limiter.left_late
        self.answered = limiter.answered
        self.failed = limiter.failed
        self.pause = limiter.pause

    async def acquire(self, kind: RequestKind) -> None:
        await self._limiter.acquire(kind)
        await asyncio.sleep(self._rng.uniform(*WAY_THERE_S))


class TenChunksASegmentCall(ContactListsDialect):
    """The dialect, with segment calls in proportion to the small chunks."""

    @property
    def capabilities(self) -> Capabilities:
        ids = CHUNKS_PER_SEGMENT_CALL * CONTACTS_PER_CHUNK
        return replace(CAPABILITIES, max_ids_per_segment_call=ids)


class OracleTenant(InMemoryTenant):
    """Polls each import when it is done: no policy of polling can be better."""

    async def submit(
        self, list_id: str, payloads: Sequence[bytes], key: str, before_send: BeforeSend
    ) -> Submitted:
        submitted = await super().submit(list_id, payloads, key, before_send)
        self._ended_at_s = getattr(self, "_ended_at_s", {})
        self._ended_at_s[submitted.import_id] = self.submissions[key].ended_at_s
        return submitted

    async def poll(
        self, list_id: str, import_id: str, sent: SentSize | None = None
    ) -> ImportReport:
        left_s = self._ended_at_s.pop(import_id, 0.0) - asyncio.get_running_loop().time()
        await asyncio.sleep(max(left_s, 0.0))
        return await super().poll(list_id, import_id, sent)


class PollsByAge:
    """Replaces `PollQueue`: each import is polled at times of its own."""

    def __init__(self, wait_s: Callable[[float], float]) -> None:
        self._wait_s = wait_s

    def enter(self, retry_after_s: float | None = None) -> "PolledByAge":
        return PolledByAge(self._wait_s)


class PolledByAge:
    """Replaces `OpenImport`."""

    def __init__(self, wait_s: Callable[[float], float]) -> None:
        self._wait_s = wait_s
        self._accepted_s = asyncio.get_running_loop().time()

    @property
    def age_s(self) -> float:
        return asyncio.get_running_loop().time() - self._accepted_s

    async def turn(self) -> None:
        await asyncio.sleep(self._wait_s(self.age_s))

    def not_yet(self, retry_after_s: float | None) -> None:
        pass

    def completed(self) -> None:
        pass

    def lost(self) -> None:
        pass


class CountingSink:
    """Takes outcomes in place of the disk."""

    def __init__(self) -> None:
        self.counts: Counter[Outcome] = Counter()

    def append(self, outcomes: Sequence[RowOutcome]) -> None:
        self.counts.update(outcome.outcome for outcome in outcomes)


IDENTITY = RunIdentity(
    run_id="run",
    command="import",
    base_url="https://tenant.example",
    list_id=LIST_ID,
    campaign_id=CAMPAIGN_ID,
    segment_id=SEGMENT_ID,
    input_fingerprint="",
    settings={},
)


async def _input(chunks: int) -> AsyncIterator[bytes]:
    """A calling list, a block at a time."""
    yield b"phone,email,first_name,last_name\n"
    rows = chunks * CONTACTS_PER_CHUNK
    for first in range(0, rows, 200):
        yield b"".join(
            b"+1%03d55501%02d,p%d@example.com,P%d,Q\n" % (201 + n // 100 % 700, n % 100, n, n)
            for n in range(first, min(first + 200, rows))
        )
