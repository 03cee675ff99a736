"""Adding imported contacts to the segment; in virtual time."""

import asyncio
import random

import pytest

from cxone_async.errors import AccessRefusedError, TenantUnreachableError
from cxone_async.journal.lifecycle import (
    Accepted,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.segments import SegmentAdded, SegmentIntended, SegmentRefused
from cxone_async.load.attempts import CALLS_PER_BATCH
from cxone_async.load.failure_budget import FailureBudget, Limits
from cxone_async.load.segmenter import (
    REFUSALS_AT_FIRST,
    Member,
    Segmenter,
    SegmentMembership,
)
from cxone_async.tenant.port import RequestKind
from cxone_async.testing import (
    InMemoryTenant,
    answer_lost,
    content_refused,
    fault_plan,
    no_connection,
    request_lost,
    throttled,
)
from cxone_async.testing.journal import InMemoryJournal

pytestmark = [pytest.mark.asyncio, pytest.mark.virtual_time]

SEGMENT = RequestKind.SEGMENT


async def imported(journal, tenant, rows):
    """Let the journal and the tenant know of imported rows."""
    attempts = tuple(RowAttempt(row, 1) for row in range(1, rows + 1))
    await journal.record(Intended("c", attempts))
    await journal.record(Accepted("c", "i"))
    settlements = tuple(
        RowSettlement(row.row, SettledAs.IMPORTED, f"id-{row.row}") for row in attempts
    )
    await journal.record(Settled("c", settlements))
    tenant.accepted.update({f"id-{row}": None for row in range(1, rows + 1)})
    return [Member(row, f"id-{row}") for row in range(1, rows + 1)]


def membership_of(journal):
    """What opening the journal anew tells of the segment."""
    membership = SegmentMembership()
    InMemoryJournal(journal.identity, journal.snapshot(), [membership])
    return membership


@pytest.fixture
def segmented(identity):
    """`await segmented(tenant, rows)`: add them all; return membership and journal."""

    async def run(tenant, rows, journal=None, segment_id="segment-1", silent_s=300.0):
        journal = journal or InMemoryJournal(identity)
        if not list(journal.chunk_events()):
            await imported(journal, tenant, rows)
        membership = membership_of(journal)
        failure_budget = FailureBudget(Limits(silent_s, 900.0))
        one = Segmenter(tenant, journal, segment_id, membership, failure_budget, random.Random(1))
        one.add([Member(row, f"id-{row}") for row in range(1, rows + 1)])
        one.end()
        await one.run()
        return membership, journal

    return run


def calls(tenant):
    return sum(request.kind is SEGMENT for request in tenant.requests)


async def test_calls_are_as_large_as_they_may_be(segmented):
    tenant = InMemoryTenant()
    membership, _ = await segmented(tenant, 10_001)
    assert (calls(tenant), membership.count) == (3, 10_001)
    assert len(tenant.segments["segment-1"]) == 10_001


@pytest.mark.parametrize(
    "fault", [answer_lost(), request_lost(), no_connection(), throttled(2.0), throttled(None)]
)
async def test_a_call_without_a_usable_answer_is_made_again(segmented, fault):
    tenant = InMemoryTenant(faults=fault_plan({(SEGMENT, 1): fault, (SEGMENT, 2): fault}))
    membership, _ = await segmented(tenant, 10)
    assert membership.count == 10


@pytest.mark.slow
async def test_calls_wait_for_their_slots_together_once_the_tenant_takes_them(segmented):
    tenant = InMemoryTenant(round_trip_s=60.0)
    membership, _ = await segmented(tenant, 5000 * 20)
    assert (membership.count, calls(tenant)) == (100_000, 20)
    first_s, *others_s = (each.at_s for each in tenant.requests if each.kind is SEGMENT)
    assert others_s == [first_s + 60.0] * 19


async def test_a_run_that_is_stopped_takes_its_calls_along_and_leaves_their_batches_open(
    segmented, identity
):
    tenant, journal = InMemoryTenant(round_trip_s=60.0), InMemoryJournal(identity)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(150.0):  # signing in and the first call take 120
            await segmented(tenant, 5000 * 3, journal)
    assert "segment-call" not in {task.get_name() for task in asyncio.all_tasks()}
    membership = membership_of(journal)
    assert (membership.count, len(membership.open_batches)) == (5000, 2)


async def test_a_413_halves_the_calls_for_the_rest_of_the_run(segmented):
    def at_most_1000(request):
        return None

    tenant = InMemoryTenant(faults=at_most_1000)
    add, refused = tenant.add_to_segment, list[int]()

    async def refusing(segment_id, contact_ids):
        if len(contact_ids) > 1300:
            refused.append(len(contact_ids))
            assert len(refused) <= 2
            raise content_refused(status=413).error()
        await add(segment_id, contact_ids)

    tenant.add_to_segment = refusing
    membership, _ = await segmented(tenant, 12_000)
    assert membership.count == 12_000


async def test_a_size_that_was_too_large_is_not_tried_again_after_a_crash(
    segmented, identity, reopened
):
    journal, tenant = InMemoryJournal(identity), InMemoryTenant()
    await imported(journal, tenant, 12_000)
    sizes, dies = [], True

    async def at_most_1300(segment_id, contact_ids):
        sizes.append(len(contact_ids))
        if dies and len(sizes) == 3:
            raise AccessRefusedError("here the process dies")
        if len(contact_ids) > 1300:
            raise content_refused(status=413).error()

    tenant.add_to_segment = at_most_1300
    with pytest.raises(AccessRefusedError):
        await segmented(tenant, 12_000, journal)
    assert sizes == [5000, 2500, 1250]
    sizes, dies = [], False
    membership, _ = await segmented(tenant, 12_000, journal=reopened(journal))
    assert membership.count == 12_000
    assert max(sizes) == 1250


@pytest.mark.slow
@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_segment_that_takes_nobody_costs_few_calls(segmented, identity, status):
    tenant, sizes = InMemoryTenant(), []

    async def refusing(segment_id, contact_ids):
        sizes.append(len(contact_ids))
        raise content_refused(status=status).error()

    tenant.add_to_segment = refusing
    membership, journal = await segmented(tenant, 30_000)
    assert membership.count == 0
    assert min(sizes) == 1
    assert len(sizes) <= 53
    assert not membership_of(journal).open_batches


@pytest.mark.slow
@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("good_share", [0.3, 0.98])
async def test_a_segment_that_refuses_many_contacts_gets_all_the_others(
    segmented, status, good_share
):
    draw = random.Random(4)
    good = {f"id-{row}" for row in range(1, 6001) if draw.random() < good_share}
    tenant, calls_made = InMemoryTenant(), []

    async def refusing(segment_id, contact_ids):
        calls_made.append(len(contact_ids))
        if status == 413 and len(contact_ids) > 1:
            raise content_refused(status=413).error()
        if not good.issuperset(contact_ids):
            raise content_refused(status=400).error()

    tenant.add_to_segment = refusing
    membership, _ = await segmented(tenant, 6000)
    assert membership.count == len(good)


async def test_contacts_that_are_refused_by_name_do_not_condemn_the_segment(segmented):
    bad = {f"id-{row}" for row in range(1, 2 * REFUSALS_AT_FIRST)}
    tenant = InMemoryTenant()

    async def refusing(segment_id, contact_ids):
        for position, contact_id in enumerate(contact_ids):
            if contact_id in bad:
                raise content_refused(index=position).error()

    tenant.add_to_segment = refusing
    membership, _ = await segmented(tenant, 500)
    assert membership.count == 500 - len(bad)


@pytest.mark.parametrize("index", [3, None])
async def test_one_refused_contact_does_not_keep_the_others_out(segmented, index):
    tenant = InMemoryTenant()
    add = tenant.add_to_segment

    async def refusing(segment_id, contact_ids):
        if "id-4" in contact_ids:
            raise content_refused(index=index and contact_ids.index("id-4")).error()
        await add(segment_id, contact_ids)

    tenant.add_to_segment = refusing
    membership, journal = await segmented(tenant, 40)
    assert membership.count == 39
    assert not membership.contains(4)
    assert not membership_of(journal).open_batches


async def test_an_unknown_segment_leaves_everybody_out_after_one_call(segmented):
    tenant = InMemoryTenant()
    membership, _ = await segmented(tenant, 12_000, segment_id="nowhere")
    assert (membership.count, calls(tenant)) == (0, 1)


async def test_a_batch_that_is_never_answered_is_given_up(segmented):
    tenant = InMemoryTenant(
        faults=lambda request: request_lost() if request.kind is SEGMENT else None
    )
    membership, journal = await segmented(tenant, 10, silent_s=10**6)
    assert (membership.count, calls(tenant)) == (0, CALLS_PER_BATCH)
    assert [type(event) for event in journal.segment_events()] == [SegmentIntended, SegmentRefused]


async def test_a_tenant_out_of_reach_ends_the_run(segmented):
    tenant = InMemoryTenant(faults=lambda request: no_connection())
    with pytest.raises(TenantUnreachableError):
        await segmented(tenant, 10)


async def test_a_batch_that_was_open_at_a_crash_is_sent_again_as_it_was(
    segmented, identity, reopened
):
    tenant = InMemoryTenant()
    journal = InMemoryJournal(identity)
    await imported(journal, tenant, 20)
    await journal.record(SegmentIntended("segment-1", (3, 1, 2)))
    membership, after = await segmented(tenant, 20, journal=reopened(journal))
    assert membership.count == 20
    assert [event for event in after.segment_events() if isinstance(event, SegmentAdded)] == [
        SegmentAdded("segment-1"),
        SegmentAdded("segment-2"),
    ]
    assert calls(tenant) == 2


async def test_rows_that_are_in_the_segment_are_not_added_again(segmented, identity, reopened):
    tenant = InMemoryTenant()
    _, journal = await segmented(tenant, 10)
    membership, _ = await segmented(tenant, 10, journal=reopened(journal))
    assert (calls(tenant), membership.count) == (1, 10)


async def test_a_contact_without_an_id_is_not_added(identity):
    tenant = InMemoryTenant()
    journal = InMemoryJournal(identity)
    failure_budget = FailureBudget(Limits(300.0, 900.0))
    membership = SegmentMembership()
    one = Segmenter(tenant, journal, "segment-1", membership, failure_budget, random.Random(1))
    one.add([Member(1, "")])
    one.end()
    await one.run()
    assert (calls(tenant), membership.contains(1)) == (0, False)


async def test_no_batch_stays_open_when_the_segment_is_unknown(segmented, identity, reopened):
    tenant = InMemoryTenant(segments=())
    journal = InMemoryJournal(identity)
    await imported(journal, tenant, 20)
    await journal.record(SegmentIntended("segment-1", (3, 1, 2)))
    await journal.record(SegmentIntended("segment-2", (5, 4)))
    membership, after = await segmented(tenant, 20, journal=reopened(journal))
    assert (membership.count, calls(tenant)) == (0, 1)
    assert not membership_of(after).open_batches
