"""Whose turn it is: what is due first, and the rest only with slots that nobody else wants."""

import asyncio
import random
from collections.abc import Iterator

import pytest

from cxone_async.load.poll_queue import LEAST, LIKELY, OpenImport, PollQueue
from cxone_async.load.poll_schedule import PollSchedule
from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.rate_limit.sliding_window import SlidingWindowLimiter
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter

EXPECTED_S, LAST_LOOK_S = 5.0, 3600.0


def now_s() -> float:
    return asyncio.get_running_loop().time()


def knowing(median_s: float) -> PollSchedule:
    """A schedule that has seen imports complete within 20 % of the median."""
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    for _ in range(400):
        schedule.observe_pending(0.0, 0.8 * median_s)
        schedule.observe(0.8 * median_s, 1.2 * median_s)
    return schedule


def sliding(per_minute: int) -> SlidingWindowLimiter:
    return SlidingWindowLimiter(per_minute, rng=random.Random(2))


async def poll_when_told(
    open_import: OpenImport, limiter: RateLimiter, polled: list[OpenImport]
) -> None:
    await open_import.turn()
    await limiter.acquire(RequestKind.POLL)
    polled.append(open_import)


@pytest.fixture
def flood() -> Iterator[list[asyncio.Task[None]]]:
    """Tasks that a test leaves running; cancelled at its end."""
    tasks: list[asyncio.Task[None]] = []
    yield tasks
    for task in tasks:
        task.cancel()


async def submit_without_end(limiter: RateLimiter) -> None:
    while True:
        await limiter.acquire(RequestKind.SUBMIT)


@pytest.mark.virtual_time
async def test_while_submits_wait_a_poll_waits_until_the_import_is_almost_surely_done(
    flood: list[asyncio.Task[None]],
) -> None:
    limiter = sliding(60)
    flood += [asyncio.create_task(submit_without_end(limiter)) for _ in range(3)]
    await asyncio.sleep(1.0)
    schedule = knowing(100.0)
    import_ = PollQueue(schedule, limiter).enter()
    await import_.turn()
    assert import_.age_s == pytest.approx(schedule.first_poll_after_s(), abs=1.0)
    assert import_.age_s > 110.0


@pytest.mark.virtual_time
async def test_a_slot_that_nobody_else_wants_is_spent_on_a_small_chance() -> None:
    schedule = knowing(100.0)
    import_ = PollQueue(schedule, sliding(60)).enter()
    await import_.turn()
    assert import_.age_s == pytest.approx(schedule.first_poll_after_s(LEAST), abs=1.0)
    assert 80.0 < import_.age_s < 90.0


@pytest.mark.virtual_time
async def test_spare_slots_go_one_by_one_to_the_oldest_first() -> None:
    limiter, polled = sliding(6), list[OpenImport]()
    queue = PollQueue(knowing(100.0), limiter)
    imports = []
    async with asyncio.TaskGroup() as group:
        for _ in range(12):
            imports.append(queue.enter())
            group.create_task(poll_when_told(imports[-1], limiter, polled))
            await asyncio.sleep(0.3)
        await asyncio.sleep(96.0)
        assert len(polled) < 3
        assert limiter.waiting[RequestKind.POLL] <= 1
    assert polled == imports


@pytest.mark.virtual_time
async def test_what_is_due_is_let_go_however_many_others_wait(
    flood: list[asyncio.Task[None]],
) -> None:
    limiter = sliding(600)
    queue = PollQueue(knowing(100.0), limiter)
    imports = [queue.enter() for _ in range(50)]
    await asyncio.sleep(150.0)
    flood += [asyncio.create_task(submit_without_end(limiter)) for _ in range(3)]
    await asyncio.gather(*(import_.turn() for import_ in imports))
    assert now_s() < 151.0


@pytest.mark.virtual_time
async def test_an_import_found_open_waits_its_retry_after() -> None:
    schedule = knowing(10.0)
    import_ = PollQueue(schedule, sliding(600)).enter()
    await asyncio.sleep(12.0)
    import_.not_yet(45.0)
    await import_.turn()
    assert import_.age_s == pytest.approx(57.0, abs=0.2)
    import_.not_yet(None)
    await import_.turn()
    assert 57.0 < import_.age_s < 120.0
    import_.completed()


@pytest.mark.virtual_time
async def test_the_first_poll_waits_for_what_the_answer_to_the_submission_named() -> None:
    import_ = PollQueue(knowing(10.0), sliding(600)).enter(45.0)
    await import_.turn()
    assert import_.age_s == pytest.approx(45.0, abs=0.2)


@pytest.mark.virtual_time
async def test_what_others_taught_meanwhile_postpones_a_poll(
    flood: list[asyncio.Task[None]],
) -> None:
    limiter = sliding(60)
    flood += [asyncio.create_task(submit_without_end(limiter)) for _ in range(3)]
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    import_ = PollQueue(schedule, limiter).enter()
    turn = asyncio.create_task(import_.turn())
    await asyncio.sleep(1.0)
    for _ in range(100):
        schedule.observe(100.0, 110.0)
    await turn
    assert import_.age_s > 90.0


@pytest.mark.virtual_time
async def test_a_cancelled_turn_takes_no_slot_from_the_others() -> None:
    limiter, polled = sliding(60), list[OpenImport]()
    queue = PollQueue(knowing(10.0), limiter)
    imports = [queue.enter() for _ in range(10)]
    tasks = [asyncio.create_task(poll_when_told(i, limiter, polled)) for i in imports]
    await asyncio.sleep(5.0)
    for task in tasks[:9]:
        task.cancel()
    await asyncio.wait(tasks)
    assert polled == imports[9:]
    assert now_s() < 12.0


@pytest.mark.virtual_time
async def test_a_lost_import_no_longer_holds_the_others_back() -> None:
    schedule = PollSchedule(EXPECTED_S, LAST_LOOK_S)
    before_s = schedule.first_poll_after_s()
    import_ = PollQueue(schedule, sliding(60)).enter()
    await asyncio.sleep(300.0)
    import_.not_yet(None)
    assert schedule.first_poll_after_s() > before_s
    import_.lost()
    assert schedule.first_poll_after_s() == before_s


@pytest.mark.virtual_time
async def test_without_a_quota_imports_are_polled_when_they_are_likely_to_be_done() -> None:
    schedule = knowing(10.0)
    likely_s = schedule.first_poll_after_s(LIKELY)
    queue = PollQueue(schedule, UnlimitedLimiter(rng=random.Random(2)))
    imports = [queue.enter() for _ in range(300)]
    await asyncio.gather(*(import_.turn() for import_ in imports))
    assert likely_s <= now_s() < likely_s + 0.2
