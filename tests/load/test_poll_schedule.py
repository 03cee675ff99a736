"""When imports are polled: late, once, and never in vain for long."""

import itertools
import math
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.load.poll_schedule import (
    ALMOST_SURE,
    MAX_RETRY_AFTER_S,
    SHORTEST_WAIT_SHARE,
    PollSchedule,
)

EXPECTED_S, LAST_LOOK_S = 5.0, 3600.0

Latency = Callable[[random.Random], float]


def lognormal(median_s: float, sigma: float = 0.5) -> Latency:
    return lambda rng: rng.lognormvariate(math.log(median_s), sigma)


def follow(schedule: PollSchedule, latency_s: float, chance: float = ALMOST_SURE) -> list[float]:
    """Poll one import until it is done; return the ages at which it was polled."""
    ages_s = [schedule.first_poll_after_s(chance)]
    open_age_s = 0.0
    while ages_s[-1] < latency_s:
        schedule.observe_pending(open_age_s, ages_s[-1])
        open_age_s = ages_s[-1]
        ages_s.append(open_age_s + schedule.next_poll_after_s(open_age_s, None, chance))
    schedule.observe(open_age_s, ages_s[-1])
    return ages_s


def follow_many(
    schedule: PollSchedule, latency: Latency, count: int, seed: int = 1
) -> Iterator[list[float]]:
    rng = random.Random(seed)
    return (follow(schedule, latency(rng)) for _ in range(count))


@pytest.mark.slow
@pytest.mark.parametrize("median_s", [0.3, 5.0, 20.0, 90.0, 300.0])
@pytest.mark.parametrize("sigma", [0.0, 0.5, 1.2])
def test_one_poll_a_chunk_nearly_whatever_the_latency(median_s: float, sigma: float) -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    latency = lognormal(median_s, sigma)
    learning = sum(len(polls) for polls in follow_many(schedule, latency, 50))
    assert learning <= 50 + 25
    polls = sum(len(polls) for polls in follow_many(schedule, latency, 2000, seed=2))
    assert polls / 2000 <= 1.05


@pytest.mark.parametrize("median_s", [5.0, 90.0])
def test_the_first_poll_comes_when_nearly_all_are_done_and_not_much_later(median_s: float) -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in follow_many(schedule, lognormal(median_s), 2000):
        pass
    assert 2.0 * median_s < schedule.first_poll_after_s() < 4.5 * median_s


def test_before_anything_is_known_imports_are_looked_at_in_doubling_steps() -> None:
    ages_s = follow(PollSchedule(EXPECTED_S, LAST_LOOK_S), 1000.0)
    assert 4.0 < ages_s[0] < 6.0
    assert len(ages_s) <= 9
    assert ages_s[-1] < 2500.0


def test_a_slow_tenant_is_noticed_before_its_first_import_is_done() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    waits_s = [schedule.first_poll_after_s()]
    for _ in range(20):
        schedule.observe_pending(0.0, waits_s[-1])
        waits_s.append(schedule.first_poll_after_s())
    assert waits_s == sorted(waits_s)
    assert waits_s[-1] > 60.0


def test_an_import_found_open_again_and_again_counts_once() -> None:
    seen_once, seen_often = (
        PollSchedule(EXPECTED_S, LAST_LOOK_S),
        PollSchedule(EXPECTED_S, LAST_LOOK_S),
    )
    seen_once.observe_pending(0.0, 40.0)
    for previous_s, age_s in [(0.0, 10.0), (10.0, 20.0), (20.0, 40.0)]:
        seen_often.observe_pending(previous_s, age_s)
    assert seen_often.first_poll_after_s() == seen_once.first_poll_after_s()


def test_a_lost_import_is_forgotten() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    before_s = schedule.first_poll_after_s()
    schedule.observe_pending(0.0, 500.0)
    assert schedule.first_poll_after_s() > before_s
    schedule.observe_lost(500.0)
    assert schedule.first_poll_after_s() == before_s


def test_a_tenant_that_slows_down_costs_few_polls_until_the_plan_has_followed() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in follow_many(schedule, lognormal(40.0), 1000):
        pass
    before_s = schedule.first_poll_after_s()
    settling = [len(polls) for polls in follow_many(schedule, lognormal(160.0), 1000)]
    assert sum(settling) / 1000 < 1.08
    assert schedule.first_poll_after_s() == pytest.approx(4 * before_s, rel=0.4)


@pytest.mark.slow
def test_a_tenant_that_speeds_up_is_followed_soon_with_spare_slots_and_slowly_without() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in follow_many(schedule, lognormal(40.0), 1000):
        pass
    before_s = schedule.first_poll_after_s()
    settling = [len(polls) for polls in follow_many(schedule, lognormal(10.0), 1000)]
    assert sum(settling) == 1000
    late_s = schedule.first_poll_after_s()
    assert late_s < 0.9 * before_s
    rng = random.Random(5)
    for _ in range(200):
        follow(schedule, lognormal(10.0)(rng), 0.3)
    assert schedule.first_poll_after_s(0.3) < 12.0
    for _ in range(800):
        follow(schedule, lognormal(10.0)(rng), 0.3)
    assert schedule.first_poll_after_s() < 0.6 * late_s


@pytest.mark.slow
def test_one_import_in_twenty_that_takes_twenty_times_as_long_costs_few_polls() -> None:
    def latency(rng: random.Random) -> float:
        return lognormal(20.0)(rng) * (20.0 if rng.random() < 0.05 else 1.0)

    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    polls = [len(polls) for polls in follow_many(schedule, latency, 3000)]
    assert sum(polls) / 3000 <= 1.06
    assert max(polls) <= 9


def test_a_completion_counts_only_between_the_polls_that_enclose_it() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in range(500):
        schedule.observe_pending(0.0, 60.0)
        schedule.observe(60.0, 80.0)
    assert 60.0 < schedule.first_poll_after_s(0.3) < 80.0
    assert 60.0 < schedule.first_poll_after_s() <= 88.0


def test_a_straggler_beyond_all_experience_is_polled_ever_less_often() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in follow_many(schedule, lognormal(5.0), 1000):
        pass
    ages_s = follow(schedule, 20_000.0)
    assert len(ages_s) < 16
    gaps_s = [later - earlier for earlier, later in itertools.pairwise(ages_s[2:])]
    assert gaps_s == sorted(gaps_s)


def test_a_straggler_found_open_late_is_looked_at_before_it_is_given_up() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in range(200):
        schedule.observe(290.0, 310.0)
    for open_s in (1000.0, 2000.0, 3400.0):
        schedule.observe_pending(0.0, open_s)
        assert open_s < open_s + schedule.next_poll_after_s(open_s, None) <= LAST_LOOK_S
    assert schedule.next_poll_after_s(LAST_LOOK_S, None) >= SHORTEST_WAIT_SHARE * LAST_LOOK_S


def test_retry_after_is_waited_for_but_brings_no_poll_forward() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in follow_many(schedule, lognormal(20.0), 500):
        pass
    planned_s = schedule.next_poll_after_s(40.0, None)
    assert schedule.next_poll_after_s(40.0, 0.0) == planned_s
    assert schedule.next_poll_after_s(40.0, 1.0) == planned_s
    assert schedule.next_poll_after_s(40.0, planned_s + 7.0) == planned_s + 7.0
    assert schedule.next_poll_after_s(40.0, 1e9) == MAX_RETRY_AFTER_S
    assert schedule.next_poll_after_s(40.0, 200.0, 0.3) == 200.0


def test_a_lower_chance_comes_earlier() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in follow_many(schedule, lognormal(20.0), 2000):
        pass
    assert 8.0 < schedule.first_poll_after_s(0.3) < 25.0
    assert schedule.next_poll_after_s(30.0, None, 0.3) < schedule.next_poll_after_s(30.0, None)


AGES_S = st.floats(0.0, 1e7)


@pytest.mark.slow
@given(
    story=st.lists(
        st.tuples(st.sampled_from(["observe", "observe_pending", "observe_lost"]), AGES_S, AGES_S)
    ),
    age_s=AGES_S,
)
def test_no_observation_makes_a_plan_that_is_not_a_time_to_come(
    story: list[tuple[str, float, float]], age_s: float
) -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for what, first_s, second_s in story:
        if what == "observe":
            schedule.observe(first_s, second_s)
        elif what == "observe_pending":
            schedule.observe_pending(first_s, second_s)
        else:
            schedule.observe_lost(first_s)
    for chance in (0.0, 0.3, ALMOST_SURE):
        assert 0.25 <= schedule.first_poll_after_s(chance) < 200_000.0
        wait_s = schedule.next_poll_after_s(age_s, None, chance)
        assert max(0.25, 0.05 * age_s) <= wait_s < math.inf
