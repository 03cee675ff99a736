"""The time left, against what a run then takes: whole runs in virtual time."""

import asyncio
import math
import random
from dataclasses import dataclass

import pytest

from cxone_async.load.counters import RunCounters
from cxone_async.load.events import ImportFinished
from cxone_async.load.time_left import reading_left_s, ready_expected
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.testing import InMemoryTenant

CHUNK_ROWS = 2
SETTLED_FIRST = 5
LARGEST_ERROR = 0.25
HEADER = b"phone,email,first_name,last_name\n"


@dataclass(frozen=True)
class Case:
    quota: int
    latency_s: float
    chunks: int
    rejected: float
    places: int = 200
    refused_for_now: float = 0.0
    block_wait_s: float = 0.0

    def content(self) -> bytes:
        rows = self.chunks * CHUNK_ROWS
        in_all = round(rows / (1 - self.rejected))
        rejected = set(random.Random(7).sample(range(in_all), in_all - rows))
        lines = (
            b"x,,P,Q\n"
            if n in rejected
            else b"+1%03d55501%02d,p%d@example.com,P%d,Q\n" % (201 + n // 100 % 700, n % 100, n, n)
            for n in range(in_all)
        )
        return HEADER + b"".join(lines)


@dataclass
class Watched:
    """The estimates of a run, each with the chunks settled by then and what was really left."""

    estimates: list[tuple[float, int, bool, float]]
    took_s: float

    def of(self, *, while_sending: bool) -> list[tuple[float, float]]:
        """Return pairs of estimate and truth after five chunks, while chunks are to be sent."""
        return [
            (estimate_s, self.took_s - at_s)
            for at_s, settled, is_sending, estimate_s in self.estimates
            if settled >= SETTLED_FIRST and is_sending == while_sending
        ]


async def watched(case: Case, wire) -> Watched:
    loop = asyncio.get_running_loop()
    rng = random.Random(3)
    limiter = limiter_of(case.quota, rng=rng)
    refusals = random.Random(5)
    tenant = InMemoryTenant(
        rate_limiter=limiter,
        seed=1,
        latency_s=lambda rng: rng.lognormvariate(math.log(case.latency_s), 0.3),
        round_trip_s=0.1,
        refuse=lambda _fields, attempt: (
            "TEMPORARY" if attempt == 1 and refusals.random() < case.refused_for_now else None
        ),
    )
    settled = 0

    def count(event) -> None:
        nonlocal settled
        settled += isinstance(event, ImportFinished)

    content = case.content()
    run = wire(
        content,
        tenant,
        limiter=limiter,
        chunk_size=CHUNK_ROWS,
        concurrency=case.places,
        segment_id=None,
        block_bytes=max(len(content) // 100, 500),
        observe=count,
    )
    run.block_wait_s = case.block_wait_s
    estimates = []

    async def watch() -> None:
        while True:
            await asyncio.sleep(2.0)
            estimate_s = run.time_left.seconds()
            is_sending = len(tenant.submissions) < case.chunks
            estimates.append((loop.time(), settled, is_sending, estimate_s))

    watching = asyncio.create_task(watch())
    sink = await run.execute()
    took_s = loop.time()
    watching.cancel()
    assert len(sink.outcomes) >= case.chunks * CHUNK_ROWS
    return Watched(estimates, took_s)


CASES = [
    *(
        Case(quota, latency_s, chunks, rejected)
        for quota, chunks in ((50, 150), (600, 400))
        for latency_s in (2.0, 10.0, 30.0)
        for rejected in (0.0, 0.5, 0.95)
    ),
    Case(3000, 5.0, 1500, 0.5),
    Case(600, 10.0, 300, 0.5, places=20),
    Case(200, 30.0, 300, 0.5, places=10),
    Case(0, 10.0, 300, 0.5, places=10),
    Case(600, 5.0, 300, 0.5, block_wait_s=1.5),
    Case(50, 5.0, 150, 0.5, refused_for_now=0.1),
]


@pytest.mark.slow
@pytest.mark.virtual_time
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_after_five_chunks_the_time_left_is_wrong_by_less_than_a_quarter(case, wire):
    run = await watched(case, wire)
    sending, waiting = run.of(while_sending=True), run.of(while_sending=False)
    first_s, truth_s = [*sending, *waiting][0]
    assert abs(first_s - truth_s) < LARGEST_ERROR * truth_s
    # Towards the end seconds are left, and one slow import is a large share of them.
    wrong = [(e, t) for e, t in sending if abs(e - t) > max(LARGEST_ERROR * t, 0.1 * run.took_s)]
    assert not wrong, run.took_s
    # Then a few imports are awaited, and how long the slowest takes is a matter of chance.
    wrong = [(e, t) for e, t in waiting if abs(e - t) > LARGEST_ERROR * run.took_s]
    assert not wrong, run.took_s


def test_rejected_rows_lower_what_is_expected_and_end_nothing():
    counters = RunCounters(
        rows_read=1000, rejected=900, rows_ready=100, bytes_prepared=500, input_bytes=1000
    )
    assert ready_expected(counters) == 200
    counters.input_ended = True
    assert ready_expected(counters) == 100


def test_reading_takes_as_long_as_it_took_so_far_whatever_the_tenant_takes():
    assert reading_left_s(RunCounters(input_bytes=1000)) is None
    counters = RunCounters(bytes_prepared=250, input_bytes=1000, reading_s=2.0)
    assert reading_left_s(counters) == 6.0
    counters.input_ended = True
    assert reading_left_s(counters) == 0.0


@pytest.mark.virtual_time
async def test_a_resumed_run_expects_only_what_its_earlier_start_left(wire, csv_of, reopened):
    limiter = limiter_of(60, rng=random.Random(1))
    tenant = InMemoryTenant(rate_limiter=limiter, latency_s=lambda _: 1.0, round_trip_s=0.1)
    content = csv_of(80)
    first = wire(content, tenant, limiter=limiter, chunk_size=2, segment_id=None)
    going = asyncio.create_task(first.execute())
    await asyncio.sleep(41.0)
    going.cancel()
    await asyncio.wait([going])
    again = wire(
        content,
        tenant,
        journal=reopened(first.journal),
        limiter=limiter,
        chunk_size=2,
        segment_id=None,
    )
    began_s = asyncio.get_running_loop().time()
    going = asyncio.create_task(again.execute())
    await asyncio.sleep(5.0)
    estimate_s = again.time_left.seconds()
    await going
    left_s = asyncio.get_running_loop().time() - began_s - 5.0
    assert left_s < 45.0
    assert estimate_s == pytest.approx(left_s, rel=0.25)


@pytest.mark.virtual_time
async def test_between_two_estimates_the_time_left_counts_down(wire, csv_of):
    limiter = limiter_of(60, rng=random.Random(1))
    tenant = InMemoryTenant(rate_limiter=limiter, latency_s=lambda _: 1.0)
    run = wire(csv_of(40), tenant, limiter=limiter, chunk_size=2, segment_id=None)
    assert run.time_left.seconds() is None
    going = asyncio.create_task(run.execute())
    await asyncio.sleep(5.0)
    first_s = run.time_left.seconds()
    await asyncio.sleep(0.5)
    assert run.time_left.seconds() == pytest.approx(first_s - 0.5)
    await going
    await asyncio.sleep(2.0)
    assert run.time_left.seconds() == 0.0


@pytest.mark.virtual_time
async def test_a_run_longer_than_is_played_through_is_estimated_by_its_rate(wire, csv_of):
    tenant = InMemoryTenant(latency_s=lambda _: 10.0)
    run = wire(csv_of(1500), tenant, chunk_size=1, concurrency=10, segment_id=None)
    going = asyncio.create_task(run.execute())
    await asyncio.sleep(30.0)
    estimate_s, began_s = run.time_left.seconds(), asyncio.get_running_loop().time()
    await going
    assert estimate_s == pytest.approx(asyncio.get_running_loop().time() - began_s, rel=0.25)
