"""The circuit breaker: opens after sustained failure, tries carefully, closes by itself."""

import asyncio
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.circuit_breaker import (
    BUDGET,
    LONGEST_REST_S,
    LONGEST_TRIAL_S,
    CircuitBreaker,
    CircuitState,
    Event,
    Phase,
    after,
    is_failure,
)
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.rate_limit.sliding_window import SlidingWindowLimiter
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter

SUBMIT, POLL = RequestKind.SUBMIT, RequestKind.POLL


def limiter() -> RateLimiter:
    return SlidingWindowLimiter(60_000, rng=random.Random(3))


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def request(shared: RateLimiter, *, fails: bool, kind: RequestKind = SUBMIT) -> float:
    """Send one request that takes a tenth of a second; return when it was sent."""
    await shared.acquire(kind)
    sent_s = now_s()
    await asyncio.sleep(0.1)
    if fails:
        shared.failed(kind, 502, "answered 502")
    else:
        shared.answered(kind, throttled=False)
    return sent_s


async def fail_until_open(shared: RateLimiter) -> None:
    for _ in range(int(BUDGET)):
        await request(shared, fails=True)


def test_the_table_names_all_that_changes_a_circuit() -> None:
    rests = CircuitState(Phase.OPEN, 0.0, failing_since_s=4.0, until_s=5.0)
    tries = CircuitState(Phase.TRYING, 0.0, failing_since_s=4.0, until_s=10.0 + LONGEST_TRIAL_S)
    full = CircuitState()
    expected = {
        (full, Event.SUCCEEDED): full,
        (full, Event.FAILED): CircuitState(budget=BUDGET - 1),
        (CircuitState(budget=1.0), Event.FAILED): CircuitState(Phase.OPEN, 0.0, 10.0, 10.25),
        (CircuitState(budget=3.0), Event.SUCCEEDED): CircuitState(budget=5.0),
        (rests, Event.TRIAL_BEGAN): tries,
        (tries, Event.TRIAL_BEGAN): tries,
        (tries, Event.SUCCEEDED): CircuitState(),
        (tries, Event.FAILED): CircuitState(Phase.OPEN, 0.0, 4.0, 11.0),
        (tries, Event.TRIAL_ENDED): CircuitState(Phase.OPEN, 0.0, 4.0, 10.0),
    }
    for (state, event), follows in expected.items():
        assert after(state, event, 10.0, 0.0) == follows
    changing = {(state.phase, event) for state, event in expected}
    for state in (full, rests, tries):
        for event in Event:
            if (state.phase, event) not in changing:
                assert after(state, event, 10.0, 0.5) is state


@pytest.mark.virtual_time
async def test_a_tenant_that_fails_altogether_is_left_alone_after_the_budget() -> None:
    shared = limiter()
    await fail_until_open(shared)
    opened_s = now_s()
    sent_s = sorted(await asyncio.gather(*(request(shared, fails=True) for _ in range(40))))
    for earlier_s, later_s in itertools.pairwise([opened_s, *sent_s]):
        failing_s = earlier_s - opened_s
        longest_s = min(max(0.5, failing_s / 3), LONGEST_REST_S)
        assert longest_s / 2 <= later_s - earlier_s <= longest_s + 0.2
    assert sum(at_s < opened_s + 60.0 for at_s in sent_s) <= 25
    assert sent_s[-1] - sent_s[-2] >= LONGEST_REST_S / 2


@pytest.mark.virtual_time
@pytest.mark.parametrize(
    "shared", [limiter_of(60_000, rng=random.Random(3)), limiter_of(0, rng=random.Random(3))]
)
async def test_one_request_tries_while_the_others_wait_and_its_success_lets_them_all_through(
    shared: RateLimiter,
) -> None:
    await fail_until_open(shared)
    sent_s = sorted(await asyncio.gather(*(request(shared, fails=False) for _ in range(10))))
    assert sent_s[1] >= sent_s[0] + 0.099
    assert sent_s[-1] < sent_s[0] + 0.2
    assert shared.granted[SUBMIT] == BUDGET + 10


@pytest.mark.virtual_time
@pytest.mark.parametrize("per_minute", [0, 50])
async def test_those_in_line_when_it_opens_give_their_slots_to_requests_of_other_kinds(
    per_minute: int,
) -> None:
    shared = limiter_of(per_minute, rng=random.Random(3))
    if not per_minute:
        shared.pause(8.0)  # so that there is a line
    submits = [asyncio.create_task(request(shared, fails=True)) for _ in range(30)]
    await asyncio.sleep(7.0)
    for _ in range(int(BUDGET)):
        shared.failed(SUBMIT, 502, "answered 502")
    opened_s = now_s()
    polled_s = await asyncio.gather(*(request(shared, fails=False, kind=POLL) for _ in range(4)))
    assert max(polled_s) < opened_s + 12.0
    sent = shared.granted[SUBMIT]
    await asyncio.sleep(120.0)
    assert shared.granted[SUBMIT] <= sent + 25
    for task in submits:
        task.cancel()


@pytest.mark.virtual_time
async def test_each_kind_has_a_circuit_of_its_own() -> None:
    shared = limiter()
    await fail_until_open(shared)
    opened_s = now_s()
    for _ in range(100):
        await request(shared, fails=False, kind=POLL)
    assert now_s() < opened_s + 11.0
    waiting = asyncio.create_task(request(shared, fails=True))
    await asyncio.sleep(0.0)
    assert not waiting.done()
    await waiting


@pytest.mark.virtual_time
@pytest.mark.parametrize(("share", "opens"), [(0.2, False), (0.4, False), (0.8, True)])
async def test_two_failures_of_five_go_on_for_ever_and_four_of_five_open_it(
    share: float, opens: bool
) -> None:
    circuit = CircuitBreaker("submit", random.Random(3))
    draw = random.Random(8)
    opened = 0
    for fails in [draw.random() < share for _ in range(2000)]:
        opened += await circuit.pass_through()
        circuit.advance(Event.FAILED if fails else Event.SUCCEEDED)
    assert (opened > 0) is opens


@pytest.mark.virtual_time
async def test_a_trial_that_is_cancelled_before_it_is_sent_leaves_the_next_one_to_try() -> None:
    shared = SlidingWindowLimiter(60, rng=random.Random(3))
    await fail_until_open(shared)
    opened_s = now_s()
    shared.pause(2.0)  # so that the trial waits for its slot
    trial = asyncio.create_task(request(shared, fails=False))
    other = asyncio.create_task(request(shared, fails=False))
    while shared.waiting[SUBMIT] == 0:  # noqa: ASYNC110  the moment is not announced
        await asyncio.sleep(0.01)
    trial.cancel()
    await other
    assert trial.cancelled()
    assert now_s() < opened_s + 5.0


@pytest.mark.virtual_time
async def test_a_trial_that_was_cancelled_under_way_holds_the_others_for_a_minute_at_most() -> None:
    shared = UnlimitedLimiter(rng=random.Random(3))
    await fail_until_open(shared)
    await shared.acquire(SUBMIT)  # the trial, which is never heard of again
    began_s = now_s()
    await request(shared, fails=False)
    assert now_s() == pytest.approx(began_s + LONGEST_TRIAL_S + 0.1, abs=0.1)
    await shared.acquire(SUBMIT)
    assert now_s() == pytest.approx(began_s + LONGEST_TRIAL_S + 0.1, abs=0.1)


@pytest.mark.virtual_time
async def test_throttled_answers_open_nothing_and_end_a_trial_without_a_decision() -> None:
    shared = limiter()
    for _ in range(100):
        await shared.acquire(POLL)
        shared.answered(POLL, throttled=True)
    assert now_s() < 20.0
    circuit = CircuitBreaker("poll", random.Random(3))
    for _ in range(int(BUDGET)):
        circuit.advance(Event.FAILED)
    assert await circuit.pass_through()
    circuit.advance(Event.TRIAL_ENDED)
    assert circuit.state.phase is Phase.OPEN
    assert await circuit.pass_through()


@pytest.mark.virtual_time
@pytest.mark.parametrize("per_minute", [0, 60_000])
@pytest.mark.parametrize("retry_after_s", [0.0, 1.0, None])
async def test_a_tenant_that_throttles_everything_is_left_alone_like_one_that_fails(
    per_minute: int, retry_after_s: float | None
) -> None:
    shared = limiter_of(per_minute, rng=random.Random(3))
    sent, most = 0, 80

    async def throttled() -> None:
        nonlocal sent
        while sent <= most:
            await shared.acquire(POLL)
            sent += 1
            await asyncio.sleep(0.1)
            shared.pause(retry_after_s)
            shared.answered(POLL, throttled=True)

    many = [asyncio.create_task(throttled()) for _ in range(10)]
    await asyncio.sleep(300.0)
    assert sent <= most
    for task in many:
        task.cancel()
    began_s = now_s()
    await request(shared, fails=False, kind=POLL)
    await request(shared, fails=False, kind=POLL)
    assert now_s() <= began_s + LONGEST_TRIAL_S + LONGEST_REST_S


@pytest.mark.virtual_time
async def test_throttling_in_between_good_answers_opens_nothing() -> None:
    shared = limiter()
    for number in range(300):
        await shared.acquire(POLL)
        if number % 3:
            shared.pause(0.0)
        shared.answered(POLL, throttled=bool(number % 3))
    assert now_s() <= 300 * (0.1 + 0.011)


@pytest.mark.virtual_time
async def test_late_answers_to_what_was_sent_before_change_nothing_while_open() -> None:
    shared = UnlimitedLimiter(rng=random.Random(3))
    late = [asyncio.create_task(request(shared, fails=True)) for _ in range(60)]
    good = [asyncio.create_task(request(shared, fails=False)) for _ in range(60)]
    await asyncio.wait([*late, *good])
    opened_s = now_s()
    await request(shared, fails=False)
    assert opened_s + 0.25 <= now_s() <= opened_s + 0.7


@given(st.lists(st.tuples(st.sampled_from(list(Event)), st.floats(0, 100), st.floats(0, 1))))
def test_no_history_leaves_a_circuit_that_cannot_close(
    history: list[tuple[Event, float, float]],
) -> None:
    state, at_s = CircuitState(), 0.0
    for event, gap_s, drawn in history:
        at_s += gap_s
        state = after(state, event, at_s, drawn)
        assert state.until_s <= at_s + max(LONGEST_REST_S, LONGEST_TRIAL_S)
        assert state.budget <= BUDGET
        assert (state.budget > 0) or state.phase is not Phase.CLOSED
    for event in (Event.TRIAL_BEGAN, Event.SUCCEEDED):
        state = after(state, event, at_s, 0.5)
    assert state.phase is Phase.CLOSED


def test_a_tenant_that_answers_otherwise_than_the_api_does_is_not_well() -> None:
    well = {status for status in range(600) if not is_failure(status)}
    assert well == {*range(200, 300), 400, 401, 403, 404, 409, 413, 422, 429}
