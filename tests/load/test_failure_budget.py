"""How long a run bears a tenant that does not answer; in virtual time."""

import asyncio
import random

import pytest

from cxone_async.errors import (
    AmbiguousError,
    NotSentError,
    RateLimitedError,
    TenantUnreachableError,
)
from cxone_async.load.attempts import LONGEST_BACKOFF_S, backoff_s
from cxone_async.load.deadline import Deadline
from cxone_async.load.failure_budget import (
    LONGEST_GAP_S,
    LONGEST_SILENCE_S,
    RUN_LIMITS,
    FailureBudget,
    Limits,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.virtual_time]

NOT_SENT = NotSentError("connection refused")


def asked_to_wait(seconds):
    return RateLimitedError("429", status=429, retry_after_s=seconds)


async def test_failures_are_borne_until_the_budget_is_used_up():
    failure_budget = FailureBudget(Limits(silent_s=20.0, failing_s=60.0))
    await asyncio.sleep(19)
    failure_budget.refused(NOT_SENT)
    await asyncio.sleep(1)
    with pytest.raises(TenantUnreachableError, match="connection refused"):
        failure_budget.refused(NOT_SENT)


async def test_a_tenant_that_answers_badly_is_borne_longer_than_one_that_does_not_answer():
    failure_budget = FailureBudget(Limits(silent_s=20.0, failing_s=60.0))
    for _ in range(59):
        failure_budget.refused(AmbiguousError("500", status=500))
        await asyncio.sleep(1)
    await asyncio.sleep(1)
    with pytest.raises(TenantUnreachableError):
        failure_budget.refused(AmbiguousError("500", status=500))


async def test_one_processed_request_renews_the_budget():
    failure_budget = FailureBudget(Limits(silent_s=20.0, failing_s=60.0))
    await asyncio.sleep(19)
    failure_budget.answered()
    await asyncio.sleep(19)
    failure_budget.refused(NOT_SENT)
    await asyncio.sleep(1)
    with pytest.raises(TenantUnreachableError):
        failure_budget.refused(NOT_SENT)


async def test_a_pause_that_the_tenant_asked_for_does_not_count():
    failure_budget = FailureBudget(Limits(silent_s=20.0, failing_s=60.0))
    failure_budget.refused(asked_to_wait(100.0))
    await asyncio.sleep(119)
    failure_budget.refused(NOT_SENT)
    await asyncio.sleep(1)
    with pytest.raises(TenantUnreachableError):
        failure_budget.refused(NOT_SENT)


async def test_a_pause_that_an_error_asked_for_does_not_count_either():
    failure_budget = FailureBudget(Limits(silent_s=20.0, failing_s=60.0))
    for _ in range(10):
        failure_budget.refused(AmbiguousError("500", status=500, retry_after_s=100.0))
        await asyncio.sleep(105)
    failure_budget.refused(AmbiguousError("500", status=500))
    await asyncio.sleep(10)
    with pytest.raises(TenantUnreachableError):
        failure_budget.refused(AmbiguousError("500", status=500))


@pytest.mark.parametrize("error", [NOT_SENT, AmbiguousError("reset"), asked_to_wait(None)])
@pytest.mark.parametrize("silence_s", [301.0, 901.0, 50_000.0])
async def test_silence_in_which_nobody_asked_is_no_failure(error, silence_s):
    failure_budget = FailureBudget(RUN_LIMITS)
    for _ in range(2):  # a lost poll, and long after that another
        await asyncio.sleep(silence_s)
        failure_budget.refused(error)
    for _ in range(100):  # the tenant is down now
        await asyncio.sleep(1)
        failure_budget.refused(error)


@pytest.mark.parametrize(("error", "limit_s"), [(NOT_SENT, 300.0), (asked_to_wait(None), 900.0)])
@pytest.mark.parametrize("apart_s", [0.3, 30.0, LONGEST_GAP_S])
async def test_requests_that_all_fail_use_the_budget_up_however_rare_they_are(
    error, limit_s, apart_s
):
    failure_budget = FailureBudget(RUN_LIMITS)
    with pytest.raises(TenantUnreachableError):
        while asyncio.get_running_loop().time() < 2 * limit_s:
            await asyncio.sleep(apart_s)
            failure_budget.refused(error)
    assert limit_s <= asyncio.get_running_loop().time() <= limit_s + apart_s + 0.01


async def test_a_tenant_that_asks_for_pause_after_pause_is_given_up_in_the_end():
    failure_budget = FailureBudget(Limits(silent_s=20.0, failing_s=60.0))
    with pytest.raises(TenantUnreachableError):
        for _ in range(int(LONGEST_SILENCE_S)):
            failure_budget.refused(asked_to_wait(60.0))
            await asyncio.sleep(60)
    assert asyncio.get_running_loop().time() <= LONGEST_SILENCE_S + 120


async def test_waiting_grows_to_a_limit_and_is_never_none():
    draw = random.Random(1)
    for failures in (1, 2, 5, 50, 5000):
        waits = [backoff_s(failures, draw) for _ in range(200)]
        assert min(waits) >= 0.1
        assert max(waits) <= min(LONGEST_BACKOFF_S, 0.5 * 2.0 ** min(failures - 1, 30))


async def test_what_the_tenant_asks_for_is_waited_and_no_more_than_five_minutes_of_it():
    draw = random.Random(1)
    assert backoff_s(1, draw, 7.0) == 7.0
    assert backoff_s(1, draw, 3600.0) == 300.0
    assert 0.1 <= backoff_s(1, draw, 0.0) <= 0.5


async def test_a_deadline_ends_a_block_that_is_not_done_in_time_and_no_other():
    deadline = Deadline(10.0)
    async with deadline.kept():
        await asyncio.sleep(9)
    with pytest.raises(TenantUnreachableError, match="deadline of 10 s"):
        async with deadline.kept():
            await asyncio.sleep(3600)
    assert asyncio.get_running_loop().time() == 10.0


async def test_without_a_deadline_a_block_may_take_its_time():
    async with Deadline(None).kept():
        await asyncio.sleep(10**6)
    assert asyncio.get_running_loop().time() == 10**6
