"""The limiter: strict in every window, fair, and not put out by pauses or cancellations."""

import asyncio
import bisect
import math
import random
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.circuit_breaker import LONGEST_REST_S
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.rate_limit.pause import MAX_NAMED_PAUSE_S, MIN_PAUSE_S
from cxone_async.tenant.rate_limit.rate import MAX_PER_MINUTE
from cxone_async.tenant.rate_limit.sliding_window import (
    CATCH_UP_S,
    NETWORK_JITTER_S,
    SlidingWindowLimiter,
)
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter
from cxone_async.testing.clock import VirtualTimeLoop

T = TypeVar("T")

SUBMIT, POLL, SEGMENT = RequestKind.SUBMIT, RequestKind.POLL, RequestKind.SEGMENT
TOKEN, CAMPAIGN = RequestKind.TOKEN, RequestKind.CAMPAIGN


def sliding(per_minute: int) -> SlidingWindowLimiter:
    return SlidingWindowLimiter(per_minute, rng=random.Random(4))


def now_s() -> float:
    return asyncio.get_running_loop().time()


def in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a clock that jumps and does not begin at zero."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(7.7)) as runner:
        return runner.run(main)


def most_in_a_minute(times_s: list[float]) -> int:
    ordered = sorted(times_s)
    return max(bisect.bisect_left(ordered, t + 60.0) - i for i, t in enumerate(ordered))


async def grants(limiter: RateLimiter, count: int, *, waiters: int = 40) -> list[float]:
    """Keep `waiters` in line until `count` requests were granted; return when they were."""
    times_s: list[float] = []

    async def ask() -> None:
        while len(times_s) + waiting[0] < count:
            waiting[0] += 1
            await limiter.acquire(SUBMIT)
            waiting[0] -= 1
            times_s.append(now_s())

    waiting = [0]
    await asyncio.gather(*(ask() for _ in range(waiters)))
    return times_s


@pytest.mark.slow
def test_above_ten_thousand_it_is_as_strict_and_keeps_all_but_a_tenth_of_the_rate() -> None:
    times_s = in_virtual_time(grants(sliding(MAX_PER_MINUTE), MAX_PER_MINUTE + 10_000))
    assert most_in_a_minute(times_s) <= MAX_PER_MINUTE
    assert (len(times_s) - 1) / (times_s[-1] - times_s[0]) >= 0.9 * MAX_PER_MINUTE / 60.0


@pytest.mark.slow
@pytest.mark.parametrize("per_minute", [1, 2, 7, 50, 600, 3000, 10_000])
def test_under_full_load_no_minute_holds_more_and_99_percent_are_used(per_minute: int) -> None:
    times_s = in_virtual_time(grants(sliding(per_minute), 3 * per_minute // 2 + 5))
    assert most_in_a_minute(times_s) <= per_minute
    took_s = times_s[-1] - times_s[0]
    assert (len(times_s) - 1) / took_s >= 0.99 * per_minute / 60.0


def test_a_tenant_that_sees_requests_late_or_early_counts_no_more_either() -> None:
    times_s = in_virtual_time(grants(sliding(300), 1500))
    rng = random.Random(1)
    seen_s = [t + rng.uniform(0.0, NETWORK_JITTER_S) for t in times_s]
    assert most_in_a_minute(seen_s) <= 300
    for offset_s in range(60):
        minutes = [int((t + offset_s) // 60) for t in seen_s]
        assert max(minutes.count(minute) for minute in set(minutes)) <= 300


def test_idle_time_gives_no_more_credit_than_the_room_to_catch_up() -> None:
    async def main() -> tuple[list[float], list[float]]:
        limiter = sliding(600)
        first_s = await grants(limiter, 3)
        await asyncio.sleep(600.0)
        return first_s, await grants(limiter, 700)

    first_s, then_s = in_virtual_time(main())
    assert first_s[1] - first_s[0] > 0.09  # none at the start
    at_once = sum(1 for t in then_s if t == then_s[0])
    assert at_once == 1 + int(CATCH_UP_S * 600 / 60.5)
    assert most_in_a_minute(first_s + then_s) <= 600


def test_a_short_pause_is_made_up_for_within_the_window() -> None:
    async def main() -> list[float]:
        limiter = sliding(600)
        asking = asyncio.create_task(grants(limiter, 1200))
        for _ in range(20):
            await asyncio.sleep(5.0)
            limiter.pause(1.0)
        return await asking

    times_s = in_virtual_time(main())
    assert most_in_a_minute(times_s) <= 600
    # Twenty pauses of a second are a sixth of the time; no more than three of them are lost.
    assert times_s[-1] - times_s[0] < 1200 / 600 * 60.5 + 3.0


@pytest.mark.slow
@pytest.mark.parametrize("stall_s", [1.0, 10.0, 50.0])
def test_requests_that_a_stall_let_leave_together_count_when_they_leave(stall_s: float) -> None:
    async def main() -> list[float]:
        limiter, left_s = sliding(600), []
        stalls = (100.0, 100.0 + stall_s)

        async def ask() -> None:
            while now_s() < 300.0:
                await limiter.acquire(SUBMIT)
                if stalls[0] <= now_s() < stalls[1]:
                    await asyncio.sleep(stalls[1] - now_s())
                    limiter.left_late()
                left_s.append(now_s())

        await asyncio.gather(*(ask() for _ in range(700)))
        return left_s

    left_s = in_virtual_time(main())
    assert most_in_a_minute(left_s) <= 600
    assert sum(abs(t - 100.0 - stall_s) < 1e-3 for t in left_s) >= 9 * stall_s


@pytest.mark.virtual_time
async def test_token_campaign_submits_polls_segments_in_that_order_and_each_kind_in_turn() -> None:
    limiter = sliding(60)
    order: list[tuple[RequestKind, int]] = []

    async def ask(kind: RequestKind, number: int) -> None:
        await limiter.acquire(kind)
        order.append((kind, number))

    kinds = [SEGMENT, POLL, SUBMIT, POLL, SEGMENT, SUBMIT, CAMPAIGN, TOKEN]
    async with asyncio.TaskGroup() as group:
        for number, kind in enumerate(kinds):
            group.create_task(ask(kind, number))
    assert order == [
        (CAMPAIGN, 6),
        (TOKEN, 7),
        (SUBMIT, 2),
        (SUBMIT, 5),
        (POLL, 1),
        (POLL, 3),
        (SEGMENT, 0),
        (SEGMENT, 4),
    ]
    assert limiter.granted == {TOKEN: 1, CAMPAIGN: 1, SUBMIT: 2, POLL: 2, SEGMENT: 2}


@pytest.mark.virtual_time
async def test_a_flood_of_submits_delays_a_poll_by_a_minute_and_a_segment_call_by_two() -> None:
    limiter = sliding(60)
    waited_s = {}

    async def flood() -> None:
        while True:
            await limiter.acquire(SUBMIT)

    async def ask(kind: RequestKind) -> None:
        began_s = now_s()
        await limiter.acquire(kind)
        waited_s[kind] = now_s() - began_s

    floods = [asyncio.create_task(flood()) for _ in range(5)]
    await asyncio.sleep(10.0)
    async with asyncio.timeout(600.0):
        await asyncio.gather(ask(POLL), ask(SEGMENT))
    for task in floods:
        task.cancel()
    assert 55.0 < waited_s[POLL] < 70.0
    assert 115.0 < waited_s[SEGMENT] < 135.0


@pytest.mark.virtual_time
async def test_a_grant_that_meets_a_cancelled_waiter_goes_to_the_next_at_once() -> None:
    limiter = sliding(1)
    first = asyncio.create_task(limiter.acquire(SUBMIT))
    second = asyncio.create_task(limiter.acquire(POLL))
    while not limiter.granted[SUBMIT]:  # noqa: ASYNC110  the moment between grant and waking
        await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
    assert now_s() < 1.0
    assert limiter.granted[SUBMIT] == 0
    assert limiter.granted[POLL] == 1


@pytest.mark.virtual_time
async def test_a_cancelled_waiter_leaves_the_line_and_nothing_else_changes() -> None:
    limiter = sliding(60)
    tasks = [asyncio.create_task(limiter.acquire(SUBMIT)) for _ in range(6)]
    await asyncio.sleep(0.5)
    assert limiter.waiting[SUBMIT] == 5
    for task in tasks[1:4]:
        task.cancel()
    await asyncio.wait(tasks)
    assert limiter.waiting[SUBMIT] == 0
    assert limiter.granted[SUBMIT] == 3
    assert now_s() < 2 * 60.5 / 60 + 0.1


@pytest.mark.virtual_time
async def test_when_the_last_waiter_is_cancelled_no_task_stays_behind() -> None:
    limiter = sliding(1)
    await limiter.acquire(SUBMIT)
    waiter = asyncio.create_task(limiter.acquire(SUBMIT))
    await asyncio.sleep(1.0)
    waiter.cancel()
    await asyncio.wait([waiter])
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await limiter.acquire(SUBMIT)
    assert now_s() == pytest.approx(60.5, abs=0.1)


@pytest.mark.virtual_time
@pytest.mark.parametrize("limiter", [sliding(600), UnlimitedLimiter(rng=random.Random(4))])
async def test_a_pause_holds_everybody_and_a_longer_one_extends_it(limiter: RateLimiter) -> None:
    async def extend() -> None:
        await asyncio.sleep(5.0)
        limiter.pause(20.0)
        limiter.pause(1.0)

    await limiter.acquire(TOKEN)
    limiter.pause(10.0)
    extending = asyncio.create_task(extend())
    await asyncio.gather(*(limiter.acquire(kind) for kind in RequestKind))
    assert 25.0 <= now_s() < 26.0
    assert limiter.paused_s == pytest.approx(25.0)
    await extending


@pytest.mark.virtual_time
@pytest.mark.parametrize(
    ("retry_after_s", "held_s"),
    [
        (0.0, MIN_PAUSE_S),
        (-5.0, MIN_PAUSE_S),
        (7.0, 7.0),
        (86_400.0, MAX_NAMED_PAUSE_S),
        (math.inf, MAX_NAMED_PAUSE_S),
    ],
)
async def test_a_named_pause_is_kept_within_limits(retry_after_s: float, held_s: float) -> None:
    limiter = UnlimitedLimiter(rng=random.Random(4))
    limiter.pause(retry_after_s)
    await limiter.acquire(SUBMIT)
    assert now_s() == pytest.approx(held_s, abs=1e-3)


@pytest.mark.virtual_time
@pytest.mark.parametrize("retry_after_s", [0.0, -5.0, 0.001, 0.09])
async def test_a_pause_of_no_length_grows_until_an_answer_is_good(retry_after_s: float) -> None:
    limiter = UnlimitedLimiter(rng=random.Random(4))
    lengths_s = []
    for _ in range(12):
        began_s = now_s()
        for _ in range(20):  # one volley of refusals
            limiter.pause(retry_after_s)
            limiter.answered(SUBMIT, throttled=True)
        await limiter.acquire(POLL)
        lengths_s.append(now_s() - began_s)
    expected = [MIN_PAUSE_S * 2**nth for nth in range(10)] + [60.0, 60.0]
    assert lengths_s == pytest.approx(expected, abs=1e-3)
    limiter.answered(POLL, throttled=False)
    began_s = now_s()
    limiter.pause(retry_after_s)
    await limiter.acquire(POLL)
    assert now_s() - began_s == pytest.approx(MIN_PAUSE_S, abs=1e-3)


@pytest.mark.virtual_time
@pytest.mark.parametrize("retry_after_s", [None, math.nan])
async def test_pauses_without_a_time_are_drawn_and_lengthen_until_an_answer_is_good(
    retry_after_s: float | None,
) -> None:
    limiter = UnlimitedLimiter(rng=random.Random(4))
    lengths_s = []
    for _ in range(40):
        began_s = now_s()
        for _ in range(20):  # one volley of refusals
            limiter.pause(retry_after_s)
        await limiter.acquire(SUBMIT)
        lengths_s.append(now_s() - began_s)
    assert 1.0 <= lengths_s[0] <= 2.0
    assert 1.0 <= lengths_s[1] <= 3.0
    assert min(lengths_s) >= 1.0
    assert 30.0 < max(lengths_s) <= 61.0
    limiter.answered(SUBMIT, throttled=False)
    began_s = now_s()
    limiter.pause(retry_after_s)
    await limiter.acquire(SUBMIT)
    assert 1.0 <= now_s() - began_s <= 2.0


@pytest.mark.virtual_time
async def test_five_throttled_answers_of_fifty_leave_the_rate_and_six_lower_it() -> None:
    limiter = sliding(100)
    for _ in range(20):
        for number in range(50):
            limiter.answered(SUBMIT, throttled=number % 10 == 0)
    assert limiter.per_minute == 100.0
    limiter.answered(
        SUBMIT, throttled=True
    )  # takes the place of the first, so there are still five
    assert limiter.per_minute == 100.0
    limiter.answered(SUBMIT, throttled=True)
    assert limiter.per_minute == 85.0
    for _ in range(5):
        limiter.answered(SUBMIT, throttled=True)  # the rest of the volley
    assert limiter.per_minute == 85.0
    assert limiter.throttled == 107
    for _ in range(70):
        limiter.answered(SUBMIT, throttled=False)
    assert 85.0 < limiter.per_minute < 100.0
    for _ in range(100):
        limiter.answered(SUBMIT, throttled=False)
    assert limiter.per_minute == 100.0


@pytest.mark.virtual_time
async def test_a_lowered_rate_is_kept_and_never_falls_below_a_tenth() -> None:
    limiter = sliding(600)
    for _ in range(50):
        limiter.answered(SUBMIT, throttled=True)
    began_s = now_s()
    await grants(limiter, 100)
    assert (now_s() - began_s) * limiter.per_minute == pytest.approx(100 * 60.5, rel=0.02)
    for _ in range(5000):
        limiter.answered(SUBMIT, throttled=True)
    assert limiter.per_minute == 60.0


@pytest.mark.virtual_time
async def test_the_requests_of_the_last_minute_are_counted() -> None:
    for limiter in (sliding(60), UnlimitedLimiter(rng=random.Random(4))):
        for _ in range(5):
            await limiter.acquire(POLL)
        assert limiter.used_in_last_minute == 5
        await asyncio.sleep(57.0)
        assert 0 < limiter.used_in_last_minute <= 5
        await asyncio.sleep(5.0)
        assert limiter.used_in_last_minute == 0


@pytest.mark.virtual_time
async def test_without_a_quota_nobody_waits() -> None:
    limiter = UnlimitedLimiter(rng=random.Random(4))
    for _ in range(10_000):
        await limiter.acquire(SUBMIT)
    assert now_s() == 0.0
    assert limiter.per_minute == 0.0
    assert limiter.granted[SUBMIT] == 10_000
    assert not any(limiter.waiting.values())


@pytest.mark.parametrize("per_minute", [0, -1, 100_001])
def test_a_quota_outside_its_range_is_refused(per_minute: int) -> None:
    with pytest.raises(ValueError, match=str(per_minute)):
        sliding(per_minute)


GAPS_S = st.one_of(st.just(0.0), st.floats(0.0, 3.0), st.floats(0.0, 90.0))
ACTIONS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(list(RequestKind))),
    st.tuples(st.just("ask many"), st.integers(1, 30)),
    st.tuples(st.just("ask for a minute"), st.floats(0.1, 1.5)),
    st.tuples(st.just("cancel"), st.floats(0.0, 1.0)),
    st.tuples(st.just("pause"), st.one_of(st.none(), st.floats(0.0, 30.0))),
    st.tuples(st.just("answered"), st.tuples(st.booleans(), st.integers(1, 60))),
    st.tuples(st.just("stall"), st.floats(0.1, 50.0)),
    st.tuples(st.just("failed"), st.tuples(st.sampled_from(list(RequestKind)), st.integers(1, 9))),
)
QUOTAS = st.one_of(st.integers(1, 20), st.integers(1, 600), st.integers(1, MAX_PER_MINUTE))
MOST_AT_ONCE = 700
NEVER_S = 1e7  # virtual: a waiter that is forgotten fails the test where it would hang


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    per_minute=QUOTAS,
    story=st.lists(st.tuples(GAPS_S, ACTIONS), max_size=40),
    seed=st.integers(0, 1000),
)
def test_whatever_happens_no_minute_holds_more_and_nobody_starves(
    per_minute: int, story: list[tuple[float, tuple[str, Any]]], seed: int
) -> None:
    left_s: list[float] = []
    stalled_until_s = [0.0]
    longest_wait_s = 0.0

    async def ask(limiter: SlidingWindowLimiter, kind: RequestKind) -> None:
        nonlocal longest_wait_s
        began_s = now_s()
        await limiter.acquire(kind)
        longest_wait_s = max(longest_wait_s, now_s() - began_s)
        if (held_s := stalled_until_s[0] - now_s()) > 0:
            await asyncio.sleep(held_s)
            limiter.left_late()
        left_s.append(now_s())
        limiter.answered(kind, throttled=False)

    async def main() -> None:
        rng = random.Random(seed)
        limiter = SlidingWindowLimiter(per_minute, rng=rng)
        tasks: list[asyncio.Task[None]] = []
        for gap_s, (action, detail) in story:
            await asyncio.sleep(gap_s)
            if action == "ask":
                tasks.append(asyncio.create_task(ask(limiter, detail)))
            elif action == "ask many":
                kinds = rng.choices(list(RequestKind), k=detail)
                tasks += [asyncio.create_task(ask(limiter, kind)) for kind in kinds]
            elif action == "ask for a minute":
                count = min(int(detail * per_minute), MOST_AT_ONCE)
                tasks += [asyncio.create_task(ask(limiter, POLL)) for _ in range(count)]
            elif action == "failed":
                kind, times = detail
                for _ in range(times):
                    limiter.failed(kind, 502, "answered 502")
            elif action == "stall":
                stalled_until_s[0] = max(stalled_until_s[0], now_s() + detail)
            elif action == "cancel" and tasks:
                tasks[int(detail * (len(tasks) - 1))].cancel()
            elif action == "pause":
                limiter.pause(detail)
            elif action == "answered":
                throttled, times = detail
                for _ in range(times):
                    limiter.answered(SUBMIT, throttled=throttled)
        async with asyncio.timeout(NEVER_S):
            await asyncio.gather(*tasks, return_exceptions=True)

        cancelled = sum(task.cancelled() for task in tasks)
        assert len(left_s) == len(tasks) - cancelled
        assert sum(limiter.granted.values()) - len(left_s) in range(cancelled + 1)
        assert not any(limiter.waiting.values())
        # A waiter is passed by no more than all others, at the lowest rate there is, and held by
        # no more than one rest of its circuit for each time that the story made it fail, or
        # throttled it when there had been pauses without a good answer.
        slots_s = len(tasks) * 60.5 / (0.1 * per_minute)
        rests_s = LONGEST_REST_S * sum(action in ("failed", "answered") for _, (action, _) in story)
        assert longest_wait_s <= slots_s + limiter.paused_s + rests_s + 61.0

    in_virtual_time(main())
    jitter = random.Random(seed)
    seen_s = [t + jitter.uniform(0.0, NETWORK_JITTER_S) for t in left_s]
    if left_s:
        assert most_in_a_minute(left_s) <= per_minute
        assert most_in_a_minute(seen_s) <= per_minute


@pytest.mark.parametrize("limiter", [sliding(60), UnlimitedLimiter(rng=random.Random(1))])
def test_it_names_the_kinds_that_keep_failing(limiter: RateLimiter) -> None:
    async def fail() -> frozenset[RequestKind]:
        for _ in range(10):
            limiter.failed(SUBMIT, 502, "answered 502")
        return limiter.open_circuits

    assert limiter.open_circuits == frozenset()
    assert in_virtual_time(fail()) == {SUBMIT}
