"""The quota: the windows as arithmetic, and on the wire under virtual time."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.mock_tenant import TenantOptions
from cxone_async.mock_tenant.quota import SlidingWindow, quota_of

CAMPAIGN = "/api/v2/campaigns/demo-campaign"

pauses_s = st.lists(st.integers(0, 40_000).map(lambda ms: ms / 1000), min_size=1, max_size=60)


def _arrivals(pauses):
    now_s = 1000.0
    for pause in pauses:
        now_s += pause
        yield now_s


@given(pauses_s, st.integers(1, 8))
def test_no_sliding_minute_admits_more_than_the_quota_and_none_less_than_it_could(
    pauses, per_minute
):
    quota, admitted = quota_of(per_minute, "sliding"), list[float]()
    for now_s in _arrivals(pauses):
        in_window = [one_s for one_s in admitted if one_s > now_s - 60 + 1e-5]
        wait_s = quota.admit(now_s)
        if len(in_window) < per_minute:
            assert wait_s == 0
            admitted.append(now_s)
        else:
            assert wait_s - 1 < in_window[0] + 60 - now_s <= wait_s + 1e-5


@given(pauses_s, st.integers(1, 8))
def test_each_fixed_minute_admits_its_own_quota(pauses, per_minute):
    quota, admitted, first_s = quota_of(per_minute, "fixed"), dict[int, int](), None
    for now_s in _arrivals(pauses):
        first_s = now_s if first_s is None else first_s
        minute = int((now_s - first_s + 1e-5) // 60)
        wait_s = quota.admit(now_s)
        if admitted.get(minute, 0) < per_minute:
            assert wait_s == 0
            admitted[minute] = admitted.get(minute, 0) + 1
        else:
            assert wait_s - 1 < first_s + 60 * (minute + 1) - now_s <= wait_s + 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("window", ["sliding", "fixed"])
@given(pauses=pauses_s, per_minute=st.integers(1, 8))
def test_whoever_comes_back_when_told_to_is_admitted(window, pauses, per_minute):
    quota, now_s = quota_of(per_minute, window), 0.0
    for pause in pauses:
        now_s += pause
        wait_s = quota.admit(now_s)
        if wait_s:
            now_s += wait_s
            assert quota.admit(now_s) == 0


@given(pauses_s)
def test_the_fullest_minute_is_the_most_that_any_window_held(pauses):
    window, times_s = SlidingWindow(), list(_arrivals(pauses))
    for now_s in times_s:
        window.add(now_s)
    assert window.largest == max(
        sum(end_s - 60 + 1e-5 < one_s <= end_s for one_s in times_s) for end_s in times_s
    )


@pytest.mark.parametrize("window", ["sliding", "fixed"])
def test_a_minute_that_rounding_shortened_by_a_microsecond_is_a_minute(window):
    quota = quota_of(1, window)
    assert [quota.admit(now_s) for now_s in (0.0, 59.9, 59.999999)] == [0, 1, 0]


def test_without_a_quota_everything_is_admitted():
    quota = quota_of(0, "sliding")
    assert not any(quota.admit(0.0) for _ in range(10_000))


@pytest.mark.virtual_time
async def test_over_a_sliding_quota_nothing_is_processed_until_the_oldest_is_a_minute_old(
    signed_in, person, clock
):
    async with signed_in(TenantOptions(quota_per_minute=3)) as caller:
        await clock.advance(20)
        assert (await caller.submit([person(1)], "one")).status == 202
        assert (await caller.call("GET", "/nowhere")).status == 404
        throttled = await caller.submit([person(2)], "two")
        assert (throttled.status, throttled.code) == (429, "TOO_MANY_REQUESTS")
        assert throttled.headers["Retry-After"] == "40"
        assert caller.state.statistics().imports == {"COMPLETED": 1}
        await clock.advance(39.5)
        assert (await caller.submit([person(2)], "two")).headers["Retry-After"] == "1"
        await clock.advance(0.5)
        assert (await caller.submit([person(2)], "two")).status == 202
        assert (await caller.poll("import-2")).headers["Retry-After"] == "20"
        requests = caller.state.statistics().requests
        assert (requests.total, requests.throttled, requests.throttled_by_quota) == (7, 3, 3)
        assert (requests.most_arrived_in_60_s, requests.most_processed_in_60_s) == (6, 3)
        assert requests.by_kind_and_status["submit"] == {"202": 2, "429": 2}


@pytest.mark.virtual_time
async def test_a_fixed_quota_lets_two_bursts_meet_at_the_boundary(signed_in, clock):
    options = TenantOptions(quota_per_minute=3, quota_window="fixed")
    async with signed_in(options) as caller:
        await clock.advance(59)
        statuses = [(await caller.call("GET", CAMPAIGN)).status for _ in range(3)]
        await clock.advance(1)
        statuses += [(await caller.call("GET", CAMPAIGN)).status for _ in range(4)]
        assert statuses == [200, 200, 429, 200, 200, 200, 429]
        assert caller.state.statistics().requests.most_processed_in_60_s == 5


@pytest.mark.virtual_time
async def test_requests_exactly_at_the_rate_are_all_admitted(signed_in, clock):
    async with signed_in(TenantOptions(quota_per_minute=7)) as caller:
        for _ in range(50):
            await clock.advance(60 / 7)
            assert (await caller.call("GET", CAMPAIGN)).status == 200
        assert caller.state.statistics().requests.most_processed_in_60_s == 7


async def test_every_kind_of_request_counts(signed_in, person):
    async with signed_in(TenantOptions(quota_per_minute=6)) as caller:
        await caller.call("GET", CAMPAIGN)
        await caller.imported([person()])
        await caller.add(["import-1-c0"])
        await caller.add(["unknown"])
        for method, path in (("GET", CAMPAIGN), ("POST", "/oauth/token"), ("GET", "/nowhere")):
            assert (await caller.call(method, path)).status == 429


async def test_a_request_that_never_came_whole_is_not_counted(calling):
    async with calling() as caller:
        host, port = caller.base_url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        assert (await caller.call("GET", "/nowhere")).status == 404
        writer.close()
        await writer.wait_closed()
        assert (await caller.call("GET", "/nowhere")).status == 404
        requests = caller.state.statistics().requests
        assert (requests.total, requests.most_arrived_in_60_s) == (2, 2)


async def test_random_throttling_processes_nothing_and_repeats_with_the_seed(calling):
    async def statuses(seed):
        async with calling(TenantOptions(throttle_share=0.3, seed=seed)) as caller:
            answers = [await caller.call("GET", "/nowhere") for _ in range(100)]
            throttled = [answer for answer in answers if answer.status == 429]
            assert {answer.headers["Retry-After"] for answer in throttled} == {"1"}
            told = caller.state.statistics().requests
            assert (told.throttled, told.throttled_by_quota) == (len(throttled), 0)
            assert told.most_processed_in_60_s == 100 - len(throttled)
            return [answer.status for answer in answers]

    first = await statuses(seed=1)
    assert 15 <= first.count(429) <= 45
    assert await statuses(seed=1) == first
    assert await statuses(seed=2) != first
