"""The circuit breaker: opens after sustained failure, tries carefully, closes by itself."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.tenant.circuit import (
    BUDGET,
    LONGEST_REST_S,
    Circuit,
    CircuitState,
    Event,
    Phase,
    after,
)


def circuit() -> Circuit:
    return Circuit(rng=random.Random(3))


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def request(shared: Circuit, *, fails: bool) -> float:
    """Send one request that takes a tenth of a second; return when it was sent."""
    async with shared.attempt() as attempt:
        sent_s = now_s()
        await asyncio.sleep(0.1)
        if fails:
            attempt.failed()
        else:
            attempt.succeeded()
    return sent_s


def test_the_table_names_all_that_changes_a_circuit() -> None:
    rests = CircuitState(Phase.OPEN, 0.0, vain_trials=1, rests_until_s=5.0)
    tries = CircuitState(Phase.TRYING, 0.0, vain_trials=1, rests_until_s=5.0)
    full = CircuitState()
    expected = {
        (full, Event.SUCCEEDED): full,
        (full, Event.FAILED): CircuitState(budget=BUDGET - 1),
        (CircuitState(budget=1.0), Event.FAILED): CircuitState(Phase.OPEN, 0.0, 0, 12.5),
        (CircuitState(budget=5.0), Event.SUCCEEDED): CircuitState(budget=5.1),
        (rests, Event.TRIAL_BEGAN): tries,
        (tries, Event.TRIAL_SUCCEEDED): CircuitState(budget=BUDGET / 2),
        (tries, Event.TRIAL_FAILED): CircuitState(Phase.OPEN, 0.0, 2, 20.0),
        (tries, Event.TRIAL_ENDED): CircuitState(Phase.OPEN, 0.0, 1, 10.0),
    }
    for (state, event), follows in expected.items():
        assert after(state, event, 10.0, 0.0) == follows
    changing = {(state.phase, event) for state, event in expected}
    for state in (full, rests, tries):
        for event in Event:
            if (state.phase, event) not in changing:
                assert after(state, event, 10.0, 0.5) is state


@pytest.mark.looptime
async def test_a_tenant_that_fails_altogether_is_left_alone_after_the_budget() -> None:
    shared = circuit()
    for _ in range(int(BUDGET)):
        await request(shared, fails=True)
    opened_s = now_s()
    assert shared.state.phase is Phase.OPEN
    sent_s = await asyncio.gather(*(request(shared, fails=True) for _ in range(6)))
    assert shared.times_opened == 1
    rests_s = [later - earlier for earlier, later in zip([opened_s, *sent_s], sent_s, strict=False)]
    for rest_s, least_s in zip(rests_s, [2.5, 5.0, 10.0, 20.0, 30.0, 30.0], strict=True):
        assert least_s <= rest_s <= 2 * least_s + 0.2
    assert max(rests_s) <= LONGEST_REST_S + 0.2


@pytest.mark.looptime
async def test_one_request_tries_while_the_others_wait_and_its_success_lets_them_all_through() -> (
    None
):
    shared = circuit()
    for _ in range(int(BUDGET)):
        await request(shared, fails=True)
    sent_s = await asyncio.gather(*(request(shared, fails=False) for _ in range(10)))
    assert sent_s[0] == min(sent_s)
    assert all(other_s == pytest.approx(sent_s[0] + 0.1) for other_s in sent_s[1:])
    assert shared.state.phase is Phase.CLOSED


@pytest.mark.looptime
@pytest.mark.parametrize(("share", "opens"), [(0.05, False), (0.09, False), (0.3, True)])
async def test_failures_below_a_tenth_go_on_for_ever_and_many_more_open_it(
    share: float, opens: bool
) -> None:
    shared = circuit()
    for number in range(1000):
        await request(shared, fails=number % 100 < 100 * share)
    assert (shared.times_opened > 0) is opens


@pytest.mark.looptime
async def test_a_cancelled_trial_leaves_the_next_one_to_try() -> None:
    shared = circuit()
    for _ in range(int(BUDGET)):
        await request(shared, fails=True)
    trial = asyncio.create_task(request(shared, fails=False))
    other = asyncio.create_task(request(shared, fails=False))
    while shared.state.phase is not Phase.TRYING:  # noqa: ASYNC110  the moment is not announced
        await asyncio.sleep(0.04)
    trial.cancel()
    await other
    assert trial.cancelled()
    assert shared.state.phase is Phase.CLOSED


@pytest.mark.looptime
async def test_an_attempt_without_a_verdict_changes_nothing() -> None:
    shared = circuit()
    for _ in range(100):
        async with shared.attempt():
            pass
    assert shared.state == CircuitState()


@pytest.mark.looptime
async def test_late_answers_to_what_was_sent_before_change_nothing_while_open() -> None:
    shared = circuit()
    late = [asyncio.create_task(request(shared, fails=True)) for _ in range(60)]
    good = [asyncio.create_task(request(shared, fails=False)) for _ in range(60)]
    await asyncio.wait([*late, *good])
    assert shared.times_opened == 1
    assert shared.state.phase is Phase.OPEN
    assert shared.state.rests_until_s <= now_s() + 5.0


@given(st.lists(st.tuples(st.sampled_from(list(Event)), st.floats(0, 100), st.floats(0, 1))))
def test_no_history_leaves_a_circuit_that_cannot_close(
    history: list[tuple[Event, float, float]],
) -> None:
    state, at_s = CircuitState(), 0.0
    for event, gap_s, drawn in history:
        at_s += gap_s
        state = after(state, event, at_s, drawn)
        assert state.rests_until_s <= at_s + LONGEST_REST_S
        assert state.budget <= BUDGET
        assert (state.budget > 0) or state.phase is not Phase.CLOSED
    for event in (Event.TRIAL_BEGAN, Event.TRIAL_SUCCEEDED):
        state = after(state, event, at_s, 0.5)
    assert state.phase is Phase.CLOSED
