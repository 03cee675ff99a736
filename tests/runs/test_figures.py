"""What a run cost and what one would cost."""

import random
from dataclasses import replace

import pytest

from cxone_async.load.counters import RunCounters
from cxone_async.runs.figures import forecast, quota_figures, used_by
from cxone_async.tenant.contact_lists.contract import CAPABILITIES
from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.tenant.rate_limit.rate import FIRST_PER_MINUTE
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter


@pytest.mark.parametrize(
    ("rows", "requests", "duration_s"), [(0, 2, 2.4), (1, 4, 4.8), (500, 4, 4.8), (501, 6, 7.2)]
)
def test_a_forecast_counts_one_submit_and_one_poll_a_chunk(rows, requests, duration_s):
    told = forecast(rows, CAPABILITIES, per_minute=50, chunk_size=500)
    assert told.requests == requests
    assert told.duration_s == pytest.approx(duration_s)


def test_without_a_quota_nothing_bounds_the_duration():
    assert forecast(10_000, CAPABILITIES, per_minute=0, chunk_size=500).duration_s is None


def test_a_quota_that_has_yet_to_be_found_bounds_no_duration_either():
    told = forecast(10_000, CAPABILITIES, per_minute="auto", chunk_size=500)
    assert (told.requests, told.duration_s) == (42, None)


async def test_a_quota_that_was_found_is_told_and_not_measured_by():
    counters = RunCounters(chunks_accepted=25, contacts_sent=12_500)
    found = limiter_of("auto", rng=random.Random(1))
    figures = quota_figures(
        counters, found, CAPABILITIES, per_minute="auto", chunk_size=500, duration_s=60.0
    )
    assert (figures.efficiency, figures.found_per_minute) == (None, FIRST_PER_MINUTE)
    given = limiter_of(50, rng=random.Random(1))
    figures = quota_figures(
        counters, given, CAPABILITIES, per_minute=50, chunk_size=500, duration_s=60.0
    )
    assert figures.found_per_minute is None


async def spent(**requests):
    limiter = UnlimitedLimiter(rng=random.Random(1))
    for kind, count in requests.items():
        for _ in range(count):
            await limiter.acquire(RequestKind(kind))
    return limiter


async def test_efficiency_is_one_when_every_request_of_the_quota_moved_contacts():
    counters = RunCounters(chunks_accepted=25, contacts_sent=12_500, early_polls=0)
    limiter = await spent(submit=25, poll=25)
    figures = quota_figures(
        counters, limiter, CAPABILITIES, per_minute=50, chunk_size=500, duration_s=60.0
    )
    assert figures.efficiency == 1.0
    assert figures.polls_per_chunk == 1.0


async def test_segment_calls_lower_the_ceiling_and_not_the_efficiency():
    counters = RunCounters(chunks_accepted=20, contacts_sent=10_000)
    limiter = await spent(submit=20, poll=20, segment=10)
    figures = quota_figures(
        counters, limiter, CAPABILITIES, per_minute=50, chunk_size=500, duration_s=60.0
    )
    assert figures.efficiency == 1.0


async def test_polls_that_came_early_cost_efficiency():
    counters = RunCounters(chunks_accepted=10, contacts_sent=5_000, early_polls=30)
    limiter = await spent(submit=10, poll=40)
    figures = quota_figures(
        counters, limiter, CAPABILITIES, per_minute=50, chunk_size=500, duration_s=60.0
    )
    assert (figures.efficiency, figures.polls_per_chunk, figures.early_polls) == (0.4, 4.0, 30)


async def test_without_a_quota_or_without_a_chunk_there_is_no_efficiency():
    counters = RunCounters()
    limiter = await spent()
    for per_minute in (0, 50):
        figures = quota_figures(
            counters, limiter, CAPABILITIES, per_minute=per_minute, chunk_size=500, duration_s=0.0
        )
        assert figures.efficiency is None


def test_a_forecast_counts_what_the_dialect_says_a_submission_costs():
    capabilities = replace(CAPABILITIES, requests_before_rows=3, expected_polls=2, extra_requests=1)
    told = forecast(501, capabilities, per_minute=50, chunk_size=500)
    assert told.requests == 3 + 2 * (1 + 2 + 1)


async def test_efficiency_is_measured_by_what_the_dialect_says_a_submission_costs():
    counters = RunCounters(chunks_accepted=10, contacts_sent=5_000)
    limiter = await spent(submit=10, poll=40)
    capabilities = replace(CAPABILITIES, expected_polls=4)
    figures = quota_figures(
        counters, limiter, capabilities, per_minute=50, chunk_size=500, duration_s=60.0
    )
    assert figures.efficiency == 1.0


async def test_a_resumed_run_is_measured_over_all_its_starts_each_by_its_own_quota():
    limiter = await spent(submit=5, poll=5)
    counters = RunCounters(chunks_accepted=5, contacts_sent=2_500, early_polls=1)
    earlier = used_by(
        RunCounters(chunks_accepted=20, contacts_sent=10_000, early_polls=2),
        await spent(submit=20, poll=30, token=2),
        CAPABILITIES,
        per_minute=100,
        chunk_size=500,
        duration_s=60.0,
    )
    assert earlier.requests == {"token": 2, "campaign": 0, "submit": 20, "poll": 30, "segment": 0}
    figures = quota_figures(
        counters, limiter, CAPABILITIES, per_minute=10, chunk_size=500, duration_s=60.0,
        earlier=earlier,
    )  # fmt: skip
    assert (figures.chunks, figures.early_polls) == (25, 3)
    assert figures.polls_per_chunk == 35 / 25
    assert figures.efficiency == round(12_500 * 2 / (500 * 110), 4)


async def test_where_an_earlier_start_had_no_quota_there_is_no_efficiency():
    free = used_by(
        RunCounters(), await spent(), CAPABILITIES, per_minute=0, chunk_size=500, duration_s=60.0
    )
    figures = quota_figures(
        RunCounters(chunks_accepted=1, contacts_sent=500), await spent(submit=1, poll=1),
        CAPABILITIES, per_minute=10, chunk_size=500, duration_s=60.0, earlier=free,
    )  # fmt: skip
    assert figures.efficiency is None
