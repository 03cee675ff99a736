"""How long imports take, from what polls have found."""

import math
import random

import pytest

from cxone_async.load.import_latency import ImportLatency, Lognormal


def median_s(found):
    return math.exp(found.mu)


def test_before_anything_is_known_imports_take_what_the_dialect_expects():
    found = ImportLatency(5.0).found([])
    assert median_s(found) == pytest.approx(5.0)


def test_the_first_to_end_are_the_fastest_and_the_open_ones_say_so():
    """Five of fifty imports are done; their own median would be far too low."""
    rng = random.Random(1)
    taken_s = sorted(rng.lognormvariate(math.log(60.0), 0.3) for _ in range(50))
    latency = ImportLatency(5.0)
    for one_s in taken_s[:5]:
        latency.observe(one_s * 0.9, one_s)
    alone = median_s(latency.found([]))
    found = latency.found([taken_s[4]] * 45)
    assert alone < 40.0
    assert median_s(found) == pytest.approx(60.0, rel=0.2)


def test_many_imports_tell_the_median_and_the_spread():
    rng = random.Random(2)
    latency = ImportLatency(5.0)
    for _ in range(700):
        one_s = rng.lognormvariate(math.log(20.0), 0.4)
        latency.observe(one_s * 0.95, one_s * 1.05)
    found = latency.found([])
    assert median_s(found) == pytest.approx(20.0, rel=0.05)
    assert found.sigma == pytest.approx(0.4, rel=0.1)


def test_an_import_far_beyond_all_others_moves_the_estimate_and_breaks_nothing():
    latency = ImportLatency(5.0)
    for _ in range(20):
        latency.observe(0.99, 1.0)
    before = latency.found([])
    after = latency.found([3600.0])
    assert median_s(after) > median_s(before)
    assert after.sigma > before.sigma


def test_shares_and_ages_belong_together():
    found = Lognormal(math.log(10.0), 0.5)
    assert found.done_share(found.age_s(0.9)) == pytest.approx(0.9)
    assert found.done_share(10.0) == pytest.approx(0.5)
    assert found.done_share(0.0) == 0.0
    assert math.isfinite(found.age_s(1.0))
    assert found.mean_s == pytest.approx(10.0 * math.exp(0.125))
