"""The rate that answers suggest: a known quota is believed, an unknown one is found."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.tenant.rate_limit.rate import MAX_PER_MINUTE, FoundRate, KeptRate, Rate


class Window:
    """A tenant that counts a sliding minute, and a client that sends at the rate."""

    def __init__(self, rate: Rate, quota: int) -> None:
        self.rate = rate
        self.quota = quota
        self.now_s = 1000.0
        self._accepted_s: deque[float] = deque()

    def send_for(self, minutes: float) -> tuple[int, int]:
        """Return how many requests were accepted and how many throttled."""
        ends_s = self.now_s + 60.0 * minutes
        accepted = throttled = 0
        while self.now_s < ends_s:
            while self._accepted_s and self._accepted_s[0] <= self.now_s - 60.0:
                self._accepted_s.popleft()
            fits = len(self._accepted_s) < self.quota
            if fits:
                self._accepted_s.append(self.now_s)
            accepted, throttled = accepted + fits, throttled + (not fits)
            self.rate.answered(self.now_s, throttled=not fits)
            self.now_s += 60.0 / self.rate.per_minute + (0.0 if fits else 1.0)
        return accepted, throttled


@pytest.mark.slow
@pytest.mark.parametrize("quota", [10, 50, 600, 5000])
def test_an_unknown_quota_is_found_in_minutes_and_used_well_from_then_on(quota: int) -> None:
    window = Window(FoundRate(), quota)
    window.send_for(5.0)
    accepted, throttled = window.send_for(30.0)
    assert accepted >= 0.88 * 30 * quota
    assert throttled <= 0.12 * accepted


def test_the_first_429_sets_the_rate_to_what_was_accepted_in_the_minute_before() -> None:
    rate = FoundRate()
    for number in range(40):
        rate.answered(1000.0 + number, throttled=False)
    before = rate.per_minute
    rate.answered(1040.0, throttled=True)
    assert rate.per_minute == pytest.approx(0.95 * 40)
    assert before > rate.per_minute


def test_the_minute_after_a_lowering_is_not_judged() -> None:
    rate = FoundRate()
    for number in range(40):
        rate.answered(1000.0 + number, throttled=False)
    for number in range(60):
        rate.answered(1040.0 + number, throttled=True)
    assert rate.per_minute == pytest.approx(0.95 * 40)
    for number in range(60):
        rate.answered(1101.0 + number, throttled=True)
    assert rate.per_minute < 0.95 * 40


def test_after_an_idle_minute_throttling_takes_half_the_rate_and_not_all() -> None:
    rate = FoundRate()
    for number in range(40):
        rate.answered(1000.0 + number, throttled=False)
    rate.answered(1040.0, throttled=True)
    for _ in range(50):
        rate.answered(5000.0, throttled=True)
    assert rate.per_minute == pytest.approx(0.95 * 40 / 2)


def test_a_quota_that_grows_or_shrinks_is_followed() -> None:
    window = Window(FoundRate(), 100)
    window.send_for(10.0)
    window.quota = 400
    window.send_for(15.0)
    assert window.send_for(10.0)[0] >= 0.85 * 10 * 400
    window.quota = 50
    window.send_for(15.0)
    accepted, throttled = window.send_for(10.0)
    assert accepted >= 0.85 * 10 * 50
    assert throttled <= 0.12 * accepted


def test_a_stray_429_while_searching_costs_minutes() -> None:
    rate = FoundRate()
    window = Window(rate, 10_000)
    window.send_for(0.3)
    rate.answered(window.now_s, throttled=True)
    window.send_for(20.0)
    assert rate.per_minute > 1000.0


def test_the_search_goes_up_only_while_the_rate_is_used() -> None:
    rate = FoundRate()
    for second in range(0, 600, 60):
        rate.answered(float(second), throttled=False)
    assert rate.per_minute <= 120.0


def test_a_known_quota_is_never_exceeded_and_five_throttled_in_fifty_leave_it() -> None:
    rate = KeptRate(50)
    for number in range(1000):
        rate.answered(float(number), throttled=number % 10 == 0)
        assert rate.per_minute == 50.0


ANSWERS = st.lists(st.tuples(st.floats(0.0, 100.0), st.booleans(), st.integers(1, 200)))


@pytest.mark.slow
@given(ANSWERS, st.sampled_from([1, 50, MAX_PER_MINUTE]))
def test_whatever_the_answers_a_rate_stays_within_its_limits(
    answers: list[tuple[float, bool, int]], quota: int
) -> None:
    kept, found, now_s = KeptRate(quota), FoundRate(), 0.0
    for gap_s, throttled, times in answers:
        now_s += gap_s
        for _ in range(times):
            kept.answered(now_s, throttled=throttled)
            found.answered(now_s, throttled=throttled)
            assert 0.1 * quota <= kept.per_minute <= quota
            assert 1.0 <= found.per_minute <= MAX_PER_MINUTE
