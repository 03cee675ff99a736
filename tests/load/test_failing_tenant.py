"""A tenant that fails for long: it is left alone, little is put in doubt, and the run can go on."""

import asyncio
import random

import pytest

from cxone_async.errors import AmbiguousError, TenantUnreachableError
from cxone_async.journal.lifecycle import Settled
from cxone_async.load.attempts import SubmitSemantics
from cxone_async.outcome import Outcome
from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.testing import (
    Fault,
    InMemoryTenant,
    SentRequest,
    no_connection,
    request_lost,
    throttled,
)

pytestmark = [pytest.mark.slow, pytest.mark.virtual_time]

FAULTS = {
    "500": lambda: Fault(lambda: AmbiguousError("planned: 500", status=500)),
    "503": lambda: throttled(status=503),
    "no answer": request_lost,
    "no connection": no_connection,
}
FIRST_S, FIVE_MINUTES_S = 60.0, 300.0
CHUNK = 2


def failing(what, limiter, *, kinds=frozenset(RequestKind), from_s=FIRST_S, until_s=float("inf")):
    """A tenant that fails from one moment to another, and the times of the requests that failed."""
    failed_s = []

    def faults(request: SentRequest):
        if request.kind in kinds and from_s <= request.at_s < until_s:
            failed_s.append(request.at_s)
            return FAULTS[what]()
        return None

    return InMemoryTenant(rate_limiter=limiter, faults=faults, latency_s=lambda draw: 5.0), failed_s


@pytest.mark.parametrize("per_minute", [0, 50])
@pytest.mark.parametrize("what", sorted(FAULTS))
async def test_a_tenant_that_fails_altogether_gets_few_requests_and_the_run_ends_resumable(
    wire, csv_of, reopened, per_minute, what
):
    limiter = limiter_of(per_minute, rng=random.Random(3))
    tenant, failed_s = failing(what, limiter)
    chunks = 50 if per_minute else 1000
    wired = wire(
        csv_of(CHUNK * chunks), tenant, chunk_size=CHUNK, concurrency=50 if per_minute else 8,
        segment_id=None, limiter=limiter,
    )  # fmt: skip
    with pytest.raises(TenantUnreachableError):
        await wired.execute()
    assert failed_s
    assert sum(at_s < FIRST_S + FIVE_MINUTES_S for at_s in failed_s) <= 80
    assert asyncio.get_running_loop().time() < FIRST_S + 900.0 + 100.0
    assert wired.sink.counts[Outcome.UNRESOLVED] <= 35 * CHUNK
    if what in ("503", "no connection"):
        assert not wired.sink.counts[Outcome.UNRESOLVED]
    tenant.faults = lambda request: None
    again = wire(
        csv_of(CHUNK * chunks), tenant, chunk_size=CHUNK, segment_id=None,
        journal=reopened(wired.journal),
    )  # fmt: skip
    sink = await again.execute()
    assert sum(sink.counts.values()) == CHUNK * chunks
    assert sink.counts[Outcome.IMPORTED] >= CHUNK * (chunks - 35)


async def test_where_only_submits_fail_few_chunks_are_put_settled_and_the_polls_go_on(wire, csv_of):
    limiter = limiter_of(50, rng=random.Random(3))
    tenant, failed_s = failing("500", limiter, kinds={RequestKind.SUBMIT})
    tenant.latency_s = lambda draw: 120.0
    wired = wire(
        csv_of(CHUNK * 500),
        tenant,
        chunk_size=CHUNK,
        concurrency=100,
        segment_id=None,
        limiter=limiter,
    )
    with pytest.raises(TenantUnreachableError):
        await wired.execute()
    accepted = len(tenant.submissions)
    assert accepted > 20
    assert wired.sink.counts[Outcome.IMPORTED] == CHUNK * accepted
    # What the run was stopped by may not have got to the sink; the journal has it.
    settled = [event for event in wired.journal.chunk_events() if isinstance(event, Settled)]
    assert len(settled) == accepted + len(failed_s)
    assert len(failed_s) <= 40


@pytest.mark.parametrize("what", sorted(FAULTS))
async def test_a_tenant_that_comes_back_is_found_by_itself_within_a_minute(wire, csv_of, what):
    limiter = limiter_of(600, rng=random.Random(3))
    back_s = FIRST_S + 200.0
    tenant, failed_s = failing(what, limiter, until_s=back_s)
    wired = wire(
        csv_of(CHUNK * 600), tenant, chunk_size=CHUNK, concurrency=40, segment_id=None,
        limiter=limiter, semantics=SubmitSemantics.IDEMPOTENT,
    )  # fmt: skip
    sink = await wired.execute()
    assert sink.counts[Outcome.IMPORTED] >= CHUNK * 597
    assert len(failed_s) <= 80
    first_good_s = min(r.at_s for r in tenant.requests if r.at_s >= back_s)
    assert first_good_s <= back_s + 61.0


async def test_an_import_that_ended_is_not_given_up_because_the_tenant_failed_at_its_last_hour(
    wire, csv_of
):
    limiter = limiter_of(50, rng=random.Random(3))
    tenant, failed_s = failing("no answer", limiter, from_s=3300.0, until_s=3780.0)
    tenant.latency_s = lambda draw: 3350.0
    wired = wire(
        csv_of(CHUNK),
        tenant,
        chunk_size=CHUNK,
        segment_id=None,
        limiter=limiter,
        failure_budget_s=900.0,
    )
    sink = await wired.execute()
    assert failed_s
    assert sink.counts == {Outcome.IMPORTED: CHUNK}


async def test_a_failure_now_and_then_opens_nothing(wire, csv_of):
    limiter = limiter_of(600, rng=random.Random(3))
    draw = random.Random(5)
    tenant = InMemoryTenant(
        rate_limiter=limiter,
        latency_s=lambda draw: 5.0,
        faults=lambda request: FAULTS["500"]() if draw.random() < 0.05 else None,
    )
    wired = wire(
        csv_of(CHUNK * 600), tenant, chunk_size=CHUNK, concurrency=60, segment_id=None,
        limiter=limiter, semantics=SubmitSemantics.IDEMPOTENT,
    )  # fmt: skip
    sink = await wired.execute()
    assert sink.counts == {Outcome.IMPORTED: CHUNK * 600}
    assert asyncio.get_running_loop().time() < 1.1 * 1200 / 600 * 60.5 + 30.0
