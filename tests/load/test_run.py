"""A whole run, in memory and in virtual time."""

import asyncio
import itertools
import random
from collections import Counter

import msgspec
import pytest
import structlog
from fixtures.journal_events import replay

from cxone_async.contacts.constraints import Constraints
from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ConfigurationError,
    GuardTrippedError,
    InterruptedRunError,
    NotFoundError,
    TenantUnreachableError,
)
from cxone_async.journal.lifecycle import Accepted, Bounced, ChunkState, Intended, Settled
from cxone_async.load.attempts import SENDS_PER_AMBIGUOUS_CHUNK, SubmitSemantics
from cxone_async.load.guards import Guards
from cxone_async.outcome import Outcome, Reason
from cxone_async.tenant.port import ImportState, RequestKind
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.testing import (
    Fault,
    InMemoryTenant,
    access_refused,
    answer_lost,
    content_refused,
    fault_plan,
    no_connection,
    request_lost,
    throttled,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.virtual_time]

STOPPED = InterruptedRunError("stopped by the test")


def slowly(seconds):
    return lambda draw: seconds


def rows_taken(tenant):
    """How often each contact stands on the tenant's list."""
    return Counter(taken.fields.email for taken in tenant.accepted.values())


def assert_every_row_once(wired, rows):
    assert sorted(outcome.row for outcome in wired.sink.outcomes) == list(range(1, rows + 1))


async def test_every_valid_distinct_row_is_imported_and_in_the_segment(wire, csv_of):
    tenant = InMemoryTenant(latency_s=slowly(30))
    wired = wire(csv_of(95), tenant)
    sink = await wired.execute()
    assert sink.counts == {Outcome.IMPORTED: 95}
    assert_every_row_once(wired, 95)
    assert set(tenant.segments["segment-1"]) == set(tenant.accepted)
    assert set(rows_taken(tenant).values()) == {1}
    assert {outcome.contact_id for outcome in sink.outcomes} == set(tenant.accepted)
    assert wired.members.count == 95
    assert all(outcome.attempts == 1 and outcome.import_id for outcome in sink.outcomes)


async def test_an_input_without_rows_ends_at_once_and_sends_nothing(wire, csv_of):
    tenant = InMemoryTenant()
    sink = await wire(csv_of(0), tenant).execute()
    assert sink.outcomes == []
    assert tenant.requests == []


async def test_rejected_suppressed_and_duplicate_rows_are_never_sent(wire):
    content = (
        b"phone,email,first_name,last_name,country,dnc\n"
        b"+12025550101,a@example.com,A,A,US,\n"
        b"+12025550101,a@example.com,A,A,US,\n"
        b"12,b@example.com,B,B,US,\n"
        b"+12025550103,c@example.com,C,C,US,yes\n"
        b"+12025550104,c@example.com,D,D,US,\n"
        b"+12025550105\n"
        b"+442079460101,e@example.com,E,E,GB,\n"
    )
    tenant = InMemoryTenant()
    campaign = Constraints(frozenset({"US"}), dnc_enabled=True)
    wired = wire(content, tenant, constraints=campaign)
    sink = await wired.execute()
    assert [(row.outcome, row.reason) for _, row in sorted(sink.by_row.items())] == [
        (Outcome.IMPORTED, ""),
        (Outcome.DUPLICATE, ""),
        (Outcome.INVALID, Reason.PHONE_NOT_POSSIBLE),
        (Outcome.SUPPRESSED, Reason.DNC_FLAG),
        (Outcome.SUPPRESSED, Reason.SUPPRESSED_EARLIER),
        (Outcome.INVALID, Reason.TOO_FEW_FIELDS),
        (Outcome.INVALID, Reason.COUNTRY_NOT_ALLOWED),
    ]
    assert rows_taken(tenant) == {"a@example.com": 1}
    assert sink.by_row[2].duplicate_of == 1
    assert sink.by_row[6].raw == b"+12025550105"


async def test_contacts_refused_for_a_while_are_retried_in_full_chunks(wire, csv_of):
    tenant = InMemoryTenant(
        latency_s=slowly(5),
        refuse=lambda fields, attempt: (
            "TRY_LATER" if attempt == 1 and "7" in fields.phone[-2:] else None
        ),
    )
    wired = wire(csv_of(200), tenant, chunk_size=10)
    sink = await wired.execute()
    assert sink.counts == {Outcome.IMPORTED: 200}
    refused_once = [outcome for outcome in sink.outcomes if outcome.attempts == 2]
    retry_chunks = len(tenant.submissions) - 20
    assert retry_chunks <= len(refused_once) / 10 + 2


@pytest.mark.slow
async def test_two_contacts_in_a_hundred_refused_for_a_while_cost_two_requests_in_a_hundred(
    wire, csv_of
):
    draw = random.Random(2)
    refused = {f"person{n}@example.com" for n in range(10_000) if draw.random() < 0.02}

    def refuse(fields, attempt):
        return "LATER" if attempt == 1 and fields.email in refused else None

    tenant = InMemoryTenant(latency_s=slowly(5), refuse=refuse)
    wired = wire(csv_of(10_000), tenant, chunk_size=50, segment_id=None)
    assert (await wired.execute()).counts == {Outcome.IMPORTED: 10_000}
    submits = sum(request.kind is RequestKind.SUBMIT for request in tenant.requests)
    assert 200 * 1.01 <= submits <= 200 * 1.03


async def test_contacts_refused_for_good_fail_and_keep_their_record(wire, csv_of):
    tenant = InMemoryTenant(
        refuse=lambda fields, attempt: (
            "DNC_LISTED" if fields.email == "person3@example.com" else None
        )
    )
    sink = await wire(csv_of(12), tenant).execute()
    failed = sink.by_row[4]
    assert (failed.outcome, failed.reason) == (Outcome.FAILED, Reason.TENANT_DNC_LISTED)
    assert b"person3@example.com" in failed.raw
    assert sink.counts[Outcome.IMPORTED] == 11


async def test_a_list_that_the_tenant_has_already_ends_as_duplicates_and_stops_no_run(
    wire, csv_of, reopened
):
    tenant = InMemoryTenant(refuse=lambda fields, attempt: "DUPLICATE_CONTACT")
    guards = Guards(max_failure_rate=0.0, max_duplicate_rate=0.0, max_invalid_rate=0.0)
    wired = wire(csv_of(1500), tenant, guards=guards, chunk_size=100, segment_id="segment-1")
    sink = await wired.execute()
    assert sink.counts == {Outcome.DUPLICATE: 1500}
    assert {(one.rule, one.duplicate_of, one.score) for one in sink.outcomes} == {
        ("tenant", 0, None)
    }
    assert not tenant.segments["segment-1"]
    before = len(tenant.submissions)
    again = wire(csv_of(1500), tenant, journal=reopened(wired.journal), guards=guards)
    assert (await again.execute()).by_row == sink.by_row
    assert len(tenant.submissions) == before


async def test_a_contact_is_given_up_after_three_attempts(wire, csv_of):
    tenant = InMemoryTenant(refuse=lambda fields, attempt: "")
    sink = await wire(csv_of(3), tenant).execute()
    assert {(row.outcome, row.reason, row.attempts) for row in sink.outcomes} == {
        (Outcome.FAILED, Reason.RETRIES_EXHAUSTED, 3)
    }
    assert len(tenant.submissions) == 3


async def test_a_failed_import_is_sent_again_under_another_key(wire, csv_of):
    tenant = InMemoryTenant(fails=lambda nth: nth == 1)
    sink = await wire(csv_of(10), tenant).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}
    assert len(tenant.submissions) == 2
    assert {row.attempts for row in sink.outcomes} == {2}


@pytest.mark.parametrize("fault", [throttled(3.0), throttled(None, status=503), no_connection()])
async def test_a_submission_that_was_not_processed_goes_out_again_under_its_key(
    wire, csv_of, fault
):
    tenant = InMemoryTenant(
        faults=fault_plan({(RequestKind.SUBMIT, 1): fault, (RequestKind.SUBMIT, 2): fault})
    )
    wired = wire(csv_of(10), tenant)
    sink = await wired.execute()
    assert sink.counts == {Outcome.IMPORTED: 10}
    assert {row.attempts for row in sink.outcomes} == {1}
    events = list(wired.journal.chunk_events())
    assert len({event.chunk_id for event in events}) == 1
    assert [type(event) for event in events] == [
        Intended, Bounced, Intended, Bounced, Intended, Accepted, Settled
    ]  # fmt: skip


@pytest.mark.parametrize("lost", [answer_lost(), request_lost()])
async def test_at_most_once_never_sends_an_ambiguous_submission_again(wire, csv_of, lost):
    tenant = InMemoryTenant(faults=fault_plan({(RequestKind.SUBMIT, 1): lost}))
    sink = await wire(csv_of(20), tenant, concurrency=1).execute()
    assert sink.counts == {Outcome.IMPORTED: 10, Outcome.UNRESOLVED: 10}
    assert {row.reason for row in sink.outcomes if row.outcome is Outcome.UNRESOLVED} == {
        Reason.AMBIGUOUS_SUBMIT
    }
    keys = Counter(request.key for request in tenant.requests if request.key)
    assert set(keys.values()) == {1}


async def test_idempotent_sends_an_ambiguous_submission_again_under_the_same_key(wire, csv_of):
    tenant = InMemoryTenant(faults=fault_plan({(RequestKind.SUBMIT, 1): answer_lost()}))
    sink = await wire(csv_of(10), tenant, semantics=SubmitSemantics.IDEMPOTENT).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}
    assert len(tenant.submissions) == 1
    assert set(rows_taken(tenant).values()) == {1}


async def test_idempotent_gives_up_a_submission_that_stays_ambiguous(wire, csv_of):
    tenant = InMemoryTenant(
        faults=lambda request: answer_lost() if request.kind is RequestKind.SUBMIT else None
    )
    sink = await wire(csv_of(10), tenant, semantics=SubmitSemantics.IDEMPOTENT).execute()
    assert sink.counts == {Outcome.UNRESOLVED: 10}
    assert len(tenant.requests) - 1 == SENDS_PER_AMBIGUOUS_CHUNK


@pytest.mark.parametrize("refused_sends", [1, SENDS_PER_AMBIGUOUS_CHUNK])
async def test_a_refusal_does_not_undo_the_doubt_about_an_earlier_sending(
    wire, csv_of, refused_sends
):
    """Sent again in halves, under other keys, the rows would be taken a second time."""
    faults = {(RequestKind.SUBMIT, 1): answer_lost()}
    for nth in range(2, 2 + refused_sends):
        faults[RequestKind.SUBMIT, nth] = content_refused()
    tenant = InMemoryTenant(faults=fault_plan(faults))
    sink = await wire(csv_of(10), tenant, semantics=SubmitSemantics.IDEMPOTENT).execute()
    assert set(rows_taken(tenant).values()) == {1}
    assert len(tenant.submissions) == 1
    assert sink.counts == {Outcome.IMPORTED if refused_sends == 1 else Outcome.UNRESOLVED: 10}


@pytest.mark.parametrize("index", [3, None, 99])
async def test_one_bad_contact_does_not_take_its_chunk_with_it(wire, csv_of, index):
    tenant = InMemoryTenant()
    bad = b"person3@example.com"
    take = tenant.submit

    async def refuse_whole(list_id, payloads, key, before_send):
        positions = [n for n, payload in enumerate(payloads) if bad in payload]
        if positions:
            await before_send()
            told = positions[0] if index == 3 else index
            raise content_refused(index=told, code="INVALID_EMAIL").error()
        return await take(list_id, payloads, key, before_send)

    tenant.submit = refuse_whole
    sink = await wire(csv_of(10), tenant).execute()
    assert sink.counts == {Outcome.IMPORTED: 9, Outcome.FAILED: 1}
    assert sink.by_row[4].reason == Reason.TENANT_INVALID_EMAIL
    assert {row.attempts for row in sink.outcomes} == {1}


async def test_polls_that_fail_are_repeated(wire, csv_of):
    faults = {
        (RequestKind.POLL, n): fault
        for n, fault in enumerate(
            [request_lost(), throttled(1.0), no_connection(), throttled(None, status=503)], 1
        )
    }
    tenant = InMemoryTenant(faults=fault_plan(faults), visible_after_s=20, latency_s=slowly(30))
    sink = await wire(csv_of(10), tenant).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}


async def test_an_import_that_the_tenant_forgets_is_unresolved(wire, csv_of):
    tenant = InMemoryTenant(visible_after_s=10**9)
    sink = await wire(csv_of(10), tenant).execute()
    assert {(row.outcome, row.reason) for row in sink.outcomes} == {
        (Outcome.UNRESOLVED, Reason.IMPORT_LOST)
    }


async def test_an_import_is_not_lost_while_other_answers_come_in_between(wire, csv_of):
    tenant = InMemoryTenant()
    poll, answers = tenant.poll, Counter[str]()

    async def not_found_and_no_answer_in_turn(list_id, import_id, sent=None):
        answers["all"] += 1
        if answers["all"] > 100:
            return await poll(list_id, import_id, sent)
        raise NotFoundError("404") if answers["all"] % 2 else AmbiguousError("500", status=500)

    tenant.poll = not_found_and_no_answer_in_turn
    sink = await wire(csv_of(10), tenant).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}


async def test_an_import_is_asked_for_when_the_answer_to_its_submission_says(wire, csv_of):
    tenant = InMemoryTenant(latency_s=slowly(90), tells_retry_after=True)
    await wire(csv_of(10), tenant).execute()
    submitted, polled = (
        [r.at_s for r in tenant.requests if r.kind is kind]
        for kind in (RequestKind.SUBMIT, RequestKind.POLL)
    )
    assert len(polled) == 1
    assert polled[0] == pytest.approx(submitted[0] + 90, abs=1.1)


@pytest.mark.parametrize("status", [404, 409])
async def test_a_refused_poll_is_repeated_when_the_tenant_says(wire, csv_of, status):
    error = NotFoundError if status == 404 else AmbiguousError
    refused = Fault(lambda: error("planned", status=status, retry_after_s=45.0))
    tenant = InMemoryTenant(faults=fault_plan({(RequestKind.POLL, 1): refused}))
    sink = await wire(csv_of(10), tenant).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}
    first_s, second_s = (r.at_s for r in tenant.requests if r.kind is RequestKind.POLL)
    assert second_s >= first_s + 45.0


async def test_an_import_found_open_is_not_polled_again_before_the_tenant_says(wire, csv_of):
    def not_so_soon(report):
        return msgspec.structs.replace(report, retry_after_s=45.0)

    tenant = InMemoryTenant(latency_s=slowly(20), edit_report=not_so_soon)
    await wire(csv_of(10), tenant).execute()
    polled_s = [r.at_s for r in tenant.requests if r.kind is RequestKind.POLL]
    assert len(polled_s) == 2
    assert polled_s[0] < 20.0
    assert polled_s[1] >= polled_s[0] + 45.0


async def test_an_import_that_never_ends_is_unresolved_after_an_hour(wire, csv_of):
    tenant = InMemoryTenant(latency_s=slowly(10**9))
    sink = await wire(csv_of(10), tenant).execute()
    assert sink.counts == {Outcome.UNRESOLVED: 10}
    assert asyncio.get_running_loop().time() < 2 * 3600


@pytest.mark.slow
@pytest.mark.parametrize("latency_s", [1800, 2500, 3300, 3450, 3590])
async def test_an_import_that_ends_within_the_hour_is_never_given_up(wire, csv_of, latency_s):
    tenant = InMemoryTenant(latency_s=slowly(latency_s))
    sink = await wire(csv_of(10), tenant).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}


async def test_a_status_nobody_knows_is_not_an_end(wire, csv_of):
    seen = []

    def odd_at_first(report):
        seen.append(report)
        if len(seen) < 3:
            return type(report)(report.import_id, ImportState.UNKNOWN)
        return report

    sink = await wire(csv_of(10), InMemoryTenant(edit_report=odd_at_first)).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}


async def test_a_report_of_another_import_is_not_believed(wire, csv_of):
    seen = []

    def other_at_first(report):
        seen.append(report)
        return type(report)("other", report.state, ()) if len(seen) < 3 else report

    sink = await wire(csv_of(10), InMemoryTenant(edit_report=other_at_first)).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}


async def test_access_refused_in_mid_run_stops_it_and_leaves_no_doubt(wire, csv_of):
    tenant = InMemoryTenant(faults=fault_plan({(RequestKind.SUBMIT, 2): access_refused()}))
    wired = wire(csv_of(30), tenant, concurrency=1)
    with pytest.raises(AccessRefusedError):
        await wired.execute()
    states = {chunk.state for chunk in replay(wired.journal.chunk_events()).values()}
    assert ChunkState.SENDING not in states


async def test_an_unknown_list_stops_the_run_and_names_the_list(wire, csv_of):
    wired = wire(csv_of(10), InMemoryTenant(lists=()))
    with pytest.raises(ConfigurationError, match="list-1"):
        await wired.execute()


async def test_a_tenant_out_of_reach_ends_the_run_resumable(wire, csv_of):
    tenant = InMemoryTenant(faults=lambda request: no_connection())
    with pytest.raises(TenantUnreachableError):
        await wire(csv_of(10), tenant, failure_budget_s=60.0).execute()
    assert 60 <= asyncio.get_running_loop().time() < 200


async def test_the_deadline_ends_the_run_resumable(wire, csv_of):
    wired = wire(csv_of(10), InMemoryTenant(latency_s=slowly(1000)), deadline_s=50.0)
    with pytest.raises(TenantUnreachableError, match="deadline of 50 s"):
        await wired.execute()
    assert asyncio.get_running_loop().time() < 51


async def test_the_deadline_passes_in_a_pause_as_well_and_the_run_can_go_on(wire, csv_of, reopened):
    limiter = limiter_of(50, rng=random.Random(1))
    tenant = InMemoryTenant(
        rate_limiter=limiter,
        faults=lambda request: throttled(300.0) if request.at_s > 20.0 else None,
    )
    wired = wire(csv_of(400), tenant, deadline_s=50.0, limiter=limiter)
    with pytest.raises(TenantUnreachableError, match="deadline of 50 s"):
        await wired.execute()
    assert asyncio.get_running_loop().time() < 51
    tenant.faults = lambda request: None
    again = wire(csv_of(400), tenant, journal=reopened(wired.journal), limiter=limiter)
    assert (await again.execute()).counts == {Outcome.IMPORTED: 400}
    assert set(rows_taken(tenant).values()) == {1}


async def test_the_duplicate_guard_stops_before_more_goes_out(wire, csv_of):
    content = csv_of(1) + b"+12015550100,person0@example.com,P0,Q0\n" * 2000
    tenant = InMemoryTenant()
    with pytest.raises(GuardTrippedError, match="max-duplicate-rate"):
        await wire(content, tenant, guards=Guards(max_duplicate_rate=0.5)).execute()
    assert not tenant.accepted


async def test_the_failure_guard_stops_a_run_that_fails_too_often(wire, csv_of):
    codes = itertools.cycle(["INVALID_PHONE", "INVALID_EMAIL"])
    tenant = InMemoryTenant(refuse=lambda fields, attempt: next(codes), latency_s=slowly(1))
    wired = wire(csv_of(5000), tenant, guards=Guards(max_failure_rate=0.5), chunk_size=100)
    with pytest.raises(GuardTrippedError, match="max-failure-rate"):
        await wired.execute()
    assert len(tenant.submissions) < 30


@pytest.mark.slow
async def test_five_hundred_refusals_of_one_code_in_a_row_stop_a_run_and_more_resume_it(
    wire, csv_of, reopened
):
    tenant = InMemoryTenant(refuse=lambda fields, attempt: "INVALID_PHONE", latency_s=slowly(1))
    wired = wire(csv_of(5000), tenant, chunk_size=100)
    with pytest.raises(GuardTrippedError, match="500 contacts in a row") as stopped:
        await wired.execute()
    assert stopped.value.reasons[0].reason == "tenant_invalid_phone"
    assert len(tenant.submissions) < 15
    before = len(tenant.submissions)
    tenant.refuse = lambda fields, attempt: None
    again = wire(csv_of(5000), tenant, journal=reopened(wired.journal), chunk_size=100)
    counts = (await again.execute()).counts
    assert counts[Outcome.FAILED] <= 100 * before
    assert counts[Outcome.IMPORTED] == 5000 - counts[Outcome.FAILED]


async def test_a_list_of_which_less_than_half_is_valid_sends_nothing(wire, csv_of):
    content = (
        csv_of(0) + b"no phone,x@example.com,A,B\n" * 241 + b"+12015550100,a@example.com,A,B\n"
    )
    tenant = InMemoryTenant()
    with pytest.raises(GuardTrippedError, match="241 of 242"):
        await wire(content, tenant, guards=Guards(max_invalid_rate=0.5)).execute()
    assert not tenant.submissions


async def test_a_stop_lets_submissions_under_way_become_durable(wire, csv_of, until):
    tenant = InMemoryTenant(round_trip_s=5.0, latency_s=slowly(60))
    wired = wire(csv_of(100), tenant)
    execution = asyncio.create_task(wired.execute())
    await until(lambda: len(tenant.submissions) == 4)
    wired.run.stop(STOPPED)
    with pytest.raises(InterruptedRunError):
        await execution
    states = [chunk.state for chunk in replay(wired.journal.chunk_events()).values()]
    assert states == [ChunkState.ACCEPTED] * 4
    assert wired.sink.outcomes == []


async def test_a_second_stop_ends_the_grace(wire, csv_of, until):
    tenant = InMemoryTenant(round_trip_s=1000.0)
    wired = wire(csv_of(100), tenant, grace_s=500.0)
    execution = asyncio.create_task(wired.execute())
    await until(lambda: len(tenant.submissions) == 4, step_s=20.0, at_most_s=5000)
    started_s = asyncio.get_running_loop().time()
    wired.run.stop(STOPPED)
    await asyncio.sleep(1)
    wired.run.stop(STOPPED)
    with pytest.raises(InterruptedRunError):
        await execution
    assert asyncio.get_running_loop().time() - started_s < 2


@pytest.mark.slow
@pytest.mark.parametrize("moment_s", [0.5, 3.0, 7.0, 20.0, 40.0, 61.0, 90.0])
async def test_a_run_that_was_stopped_and_resumed_ends_as_one_that_was_not(
    wire, csv_of, reopened, moment_s
):
    def new_tenant():
        return InMemoryTenant(
            round_trip_s=1.0,
            latency_s=lambda draw: draw.uniform(1, 40),
            refuse=lambda fields, attempt: (
                "LATER" if attempt == 1 and "3" in fields.phone[-1:] else None
            ),
        )

    undisturbed = await wire(csv_of(150), new_tenant()).execute()
    tenant = new_tenant()
    first = wire(csv_of(150), tenant)
    execution = asyncio.create_task(first.execute())
    await asyncio.sleep(moment_s)
    if not execution.done():
        first.run.stop(STOPPED)
        with pytest.raises(InterruptedRunError):
            await execution
    second = wire(csv_of(150), tenant, journal=reopened(first.journal), block_bytes=333)
    sink = await second.execute()
    assert_every_row_once(second, 150)
    assert {row: outcome.outcome for row, outcome in sink.by_row.items()} == {
        row: outcome.outcome for row, outcome in undisturbed.by_row.items()
    }
    assert set(rows_taken(tenant).values()) == {1}
    assert set(tenant.segments["segment-1"]) == set(tenant.accepted)
    assert second.members.count == 150


@pytest.mark.slow
@pytest.mark.parametrize("semantics", list(SubmitSemantics))
@pytest.mark.parametrize("moment_s", [0.2, 1.3, 2.4, 5.0, 12.0, 25.0, 44.0])
async def test_a_run_that_was_killed_and_resumed_doubles_nothing_and_guesses_nothing(
    wire, csv_of, reopened, moment_s, semantics
):
    tenant = InMemoryTenant(round_trip_s=1.0, latency_s=lambda draw: draw.uniform(1, 20))
    first = wire(csv_of(150), tenant, semantics=semantics)
    execution = asyncio.create_task(first.execute())
    await asyncio.sleep(moment_s)
    killed = reopened(first.journal)
    execution.cancel()
    await asyncio.gather(execution, return_exceptions=True)
    second = wire(csv_of(150), tenant, journal=killed, semantics=semantics)
    sink = await second.execute()
    assert_every_row_once(second, 150)
    assert set(rows_taken(tenant).values()) <= {1}
    imported = {row.contact_id for row in sink.outcomes if row.outcome is Outcome.IMPORTED}
    assert imported <= set(tenant.accepted)
    if semantics is SubmitSemantics.IDEMPOTENT:
        assert sink.counts == {Outcome.IMPORTED: 150}
    else:
        assert set(sink.counts) <= {Outcome.IMPORTED, Outcome.UNRESOLVED}
        assert sink.counts[Outcome.UNRESOLVED] <= 4 * 10


@pytest.mark.parametrize("named", [None, 3])
async def test_a_run_killed_after_a_whole_refusal_sends_its_rows_under_other_keys(
    wire, csv_of, reopened, named
):
    """Packed as before, the rows would make up the refused chunk, whose key is used up."""
    tenant = InMemoryTenant(
        faults=fault_plan({(RequestKind.SUBMIT, 1): content_refused(index=named)})
    )
    first = wire(csv_of(10), tenant, chunk_size=10, concurrency=1)
    killed: list[object] = []
    record = first.journal.record

    async def until_settled(event):
        await record(event)
        if isinstance(event, Settled) and not killed:
            killed.append(reopened(first.journal))

    first.journal.record = until_settled
    await first.execute()
    tenant = InMemoryTenant()
    second = wire(csv_of(10), tenant, journal=killed[0], chunk_size=10, concurrency=1)
    sink = await second.execute()
    assert_every_row_once(second, 10)
    assert sink.counts[Outcome.IMPORTED] == (10 if named is None else 9)
    assert all(len(submission.payloads) < 10 for submission in tenant.submissions.values())


async def test_a_finished_run_resumed_sends_nothing(wire, csv_of, reopened):
    tenant = InMemoryTenant(latency_s=slowly(5))
    first = wire(csv_of(50), tenant)
    await first.execute()
    sent = len(tenant.requests)
    second = wire(csv_of(50), tenant, journal=reopened(first.journal))
    sink = await second.execute()
    assert len(tenant.requests) == sent
    assert sink.by_row == first.sink.by_row


async def test_a_journal_of_other_rows_is_refused(wire, csv_of, reopened):
    tenant = InMemoryTenant()
    first = wire(csv_of(50), tenant)
    await first.execute()
    with pytest.raises(ConfigurationError, match="50 rows that were sent, but only 40"):
        await wire(csv_of(40), tenant, journal=reopened(first.journal)).execute()


async def test_a_submission_replayed_with_a_fresh_token_leaves_no_doubt(wire, csv_of):
    tenant = InMemoryTenant()
    take = tenant.submit

    async def refused_once_for_its_token(list_id, payloads, key, before_send):
        await before_send()
        return await take(list_id, payloads, key, before_send)

    tenant.submit = refused_once_for_its_token
    wired = wire(csv_of(10), tenant)
    await wired.execute()
    assert [type(event) for event in wired.journal.chunk_events()] == [
        Intended, Bounced, Intended, Accepted, Settled
    ]  # fmt: skip


async def test_without_a_segment_nothing_is_added_anywhere(wire, csv_of):
    tenant = InMemoryTenant()
    sink = await wire(csv_of(10), tenant, segment_id=None).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}
    assert not tenant.segments["segment-1"]


async def test_results_for_strangers_are_counted_and_change_nothing(wire, csv_of):
    def with_a_stranger(report):
        if not report.results:
            return report
        stranger = msgspec.structs.replace(
            report.results[0],
            fields=msgspec.structs.replace(report.results[0].fields, email="x@example.net"),
        )
        return msgspec.structs.replace(report, results=(*report.results, stranger))

    tenant = InMemoryTenant(edit_report=with_a_stranger)
    with structlog.testing.capture_logs() as logged:
        sink = await wire(csv_of(10), tenant).execute()
    assert sink.counts == {Outcome.IMPORTED: 10}
    assert [one["count"] for one in logged if one["event"] == "stray_results"] == [1]


async def test_a_submission_that_is_refused_while_the_run_stops_is_not_made_again(
    wire, csv_of, until
):
    tenant = InMemoryTenant(
        round_trip_s=5.0,
        faults=lambda request: throttled(1) if request.kind is RequestKind.SUBMIT else None,
    )
    wired = wire(csv_of(10), tenant)
    running = asyncio.create_task(wired.execute())
    await until(lambda: list(wired.journal.chunk_events()))
    wired.run.stop(STOPPED)
    with pytest.raises(InterruptedRunError):
        await running
    assert [type(event) for event in wired.journal.chunk_events()] == [Intended, Bounced]
    assert len([sent for sent in tenant.requests if sent.kind is RequestKind.SUBMIT]) == 1


async def test_rows_that_failed_before_a_stop_are_told_of_again_after_it(wire, csv_of, reopened):
    tenant = InMemoryTenant(
        refuse=lambda fields, attempt: "DNC_LISTED" if fields.email[6] in "13" else None
    )
    first = wire(csv_of(40), tenant)
    await first.execute()
    second = wire(csv_of(40), tenant, journal=reopened(first.journal))
    await second.execute()
    assert second.sink.by_row == first.sink.by_row
    assert second.sink.counts[Outcome.FAILED] > 0
    assert second.members.count == first.members.count == 40 - second.sink.counts[Outcome.FAILED]
