"""When a run is stopped because it goes wrong."""

from collections import Counter

import pytest

from cxone_async.errors import GuardTrippedError
from cxone_async.load.guards import MINIMUM_ROWS, Guards
from cxone_async.outcome import Outcome


@pytest.mark.parametrize(
    ("off", "on", "outcome"),
    [
        (Guards(max_failure_rate=0.0), Guards(max_duplicate_rate=0.0), Outcome.DUPLICATE),
        (Guards(max_duplicate_rate=0.0), Guards(max_failure_rate=0.0), Outcome.FAILED),
    ],
)
def test_a_guard_stops_a_run_only_when_it_is_on(off, on, outcome):
    counts = Counter({outcome: 10**6})
    off.check(counts, 10**6)
    with pytest.raises(GuardTrippedError):
        on.check(counts, 10**6)


def test_duplicates_are_taken_of_the_rows_read():
    guards = Guards(max_duplicate_rate=0.3)
    guards.check(Counter({Outcome.DUPLICATE: 300}), 1000)
    with pytest.raises(GuardTrippedError, match=r"--max-duplicate-rate: 301 of 1,000 .* 30\.1%"):
        guards.check(Counter({Outcome.DUPLICATE: 301}), 1000)


def test_failures_are_taken_of_the_rows_the_tenant_has_answered():
    guards = Guards(max_failure_rate=0.1)
    few_answers = Counter({Outcome.IMPORTED: 890, Outcome.FAILED: 50, Outcome.UNRESOLVED: 60})
    with pytest.raises(GuardTrippedError, match=r"--max-failure-rate: 110 of 1,000"):
        guards.check(few_answers, 10**6)
    guards.check(Counter({Outcome.IMPORTED: 900, Outcome.FAILED: 100}), 10**6)


def test_no_guard_judges_before_it_has_seen_enough_rows():
    guards = Guards(max_duplicate_rate=0.0, max_failure_rate=0.0)
    guards.check(Counter({Outcome.DUPLICATE: MINIMUM_ROWS - 1}), MINIMUM_ROWS - 1)
    guards.check(Counter({Outcome.FAILED: MINIMUM_ROWS - 1}), 10**6)
    with pytest.raises(GuardTrippedError):
        guards.check(Counter({Outcome.FAILED: MINIMUM_ROWS}), 10**6)
