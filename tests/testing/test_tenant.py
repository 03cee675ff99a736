"""The in-memory twin: what tests and simulations can make it do, and what it remembers.

That it keeps the contract is shown by the conformance suite of the tenant room.
"""

import asyncio
import random
from dataclasses import replace

import msgspec
import pytest

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ContentRefusedError,
    CXoneError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
)
from cxone_async.tenant.contact_lists.contract import CAPABILITIES
from cxone_async.tenant.contact_lists.wire import ContactListsDialect
from cxone_async.tenant.port import (
    Capabilities,
    ImportReport,
    ImportState,
    RequestKind,
    SentFields,
    TenantClient,
)
from cxone_async.tenant.rate_limit.sliding_window import SlidingWindowLimiter
from cxone_async.testing import (
    AcceptedContact,
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

pytestmark = pytest.mark.virtual_time

TOKEN, CAMPAIGN, SUBMIT, POLL, SEGMENT = RequestKind


async def nothing() -> None:
    return None


def payload(n: int) -> bytes:
    phone = f"1{200 + n // 100}55501{n % 100:02d}"
    fields = {"phone": phone, "email": "", "first_name": "", "last_name": "", "country": "US"}
    return msgspec.json.encode({"fields": fields})


PAYLOADS = [payload(n) for n in range(10)]


async def load(tenant: TenantClient, payloads: list[bytes], key: str) -> ImportReport:
    return await tenant.poll(
        "list-1", (await tenant.submit("list-1", payloads, key, nothing)).import_id
    )


async def test_it_remembers_what_it_took() -> None:
    tenant = InMemoryTenant()
    report = await load(tenant, PAYLOADS[:2], "key-1")
    assert report.results is not None
    contact_ids = [result.contact_id for result in report.results]
    await tenant.add_to_segment("segment-1", contact_ids)
    assert tenant.accepted == {
        f"import-1-{n}": AcceptedContact(
            SentFields(f"12005550{100 + n}", "", "", "", "US"), "list-1", "import-1"
        )
        for n in (0, 1)
    }
    assert set(tenant.segments["segment-1"]) == set(contact_ids) == set(tenant.accepted)
    assert tenant.submissions["key-1"].payloads == tuple(PAYLOADS[:2])
    assert [(each.kind, each.nth, each.subject) for each in tenant.requests] == [
        (TOKEN, 1, ""),
        (SUBMIT, 1, "list-1"),
        (POLL, 1, "import-1"),
        (SEGMENT, 1, "segment-1"),
    ]


async def test_it_refuses_whom_it_is_told_to_for_as_long_as_it_is_told_to() -> None:
    def refuse(fields: SentFields, attempt: int) -> str | None:
        return {"12005550100": "DNC_LISTED", "12005550101": "" if attempt < 2 else None}.get(
            fields.phone
        )

    tenant = InMemoryTenant(refuse=refuse)
    ends = []
    for attempt in (1, 2):
        report = await load(tenant, PAYLOADS[:3], f"key-{attempt}")
        results = sorted(report.results or (), key=lambda result: result.fields.phone)
        ends.append([(result.succeeded, result.code) for result in results])
    assert ends == [
        [(False, "DNC_LISTED"), (False, ""), (True, "")],
        [(False, "DNC_LISTED"), (True, ""), (True, "")],
    ]
    assert len(tenant.accepted) == 3


async def test_a_repeated_key_is_no_attempt() -> None:
    attempts = []
    tenant = InMemoryTenant(refuse=lambda fields, attempt: attempts.append(attempt))
    for _ in range(3):
        await tenant.submit("list-1", PAYLOADS[:1], "key-1", nothing)
    assert attempts == [1]
    assert len(tenant.accepted) == 1


async def test_an_import_that_fails_takes_nothing() -> None:
    tenant = InMemoryTenant(fails=lambda nth: nth == 1)
    assert await load(tenant, PAYLOADS, "key-1") == ImportReport("import-1", ImportState.FAILED)
    assert tenant.accepted == {}
    assert (await load(tenant, PAYLOADS, "key-2")).state is ImportState.COMPLETED


async def test_an_import_takes_its_time() -> None:
    tenant = InMemoryTenant(
        latency_s=lambda draw: 10.0, visible_after_s=2.0, tells_retry_after=True
    )
    import_id = (await tenant.submit("list-1", PAYLOADS, "key-1", nothing)).import_id
    with pytest.raises(NotFoundError):
        await tenant.poll("list-1", import_id)
    await asyncio.sleep(4)
    report = await tenant.poll("list-1", import_id)
    assert (report.state, report.retry_after_s) == (ImportState.QUEUED, 6.0)
    await asyncio.sleep(2)
    assert (await tenant.poll("list-1", import_id)).state is ImportState.PROCESSING
    await asyncio.sleep(4)
    assert (await tenant.poll("list-1", import_id)).state is ImportState.COMPLETED


async def test_the_same_seed_gives_the_same_latencies_and_orders_whatever_the_timing() -> None:
    async def history(seed: int, order: list[int]) -> list[object]:
        tenant = InMemoryTenant(seed=seed, latency_s=lambda draw: draw.lognormvariate(2, 1))
        for n in order:
            await tenant.submit("list-1", PAYLOADS, f"key-{n}", nothing)
            await asyncio.sleep(draw_pause(n))
        await asyncio.sleep(10_000)
        ended = [each.ended_at_s - each.started_at_s for each in tenant.submissions.values()]
        results = [(await tenant.poll("list-1", f"import-{n}")).results for n in (1, 2, 3)]
        return [ended, results]

    def draw_pause(n: int) -> float:
        return n * 0.1

    first = await history(7, [1, 2, 3])
    assert await history(7, [3, 2, 1]) == [pytest.approx(first[0]), first[1]]
    assert await history(8, [1, 2, 3]) != first


async def test_results_come_in_another_order_than_was_sent() -> None:
    tenant = InMemoryTenant()
    results = (await load(tenant, PAYLOADS, "key-1")).results or ()
    sent = [tenant.dialect.sent_fields(each) for each in PAYLOADS]
    assert [result.fields for result in results] != sent
    assert len(results) == len(sent)
    assert {result.fields for result in results} == set(sent)


async def test_a_report_can_be_tampered_with() -> None:
    def lose_the_first(report: ImportReport) -> ImportReport:
        return msgspec.structs.replace(report, results=(report.results or ())[1:])

    tenant = InMemoryTenant(edit_report=lose_the_first)
    assert len((await load(tenant, PAYLOADS, "key-1")).results or ()) == 9
    assert len(tenant.accepted) == 10


@pytest.mark.parametrize(
    ("fault", "error", "seen", "taken"),
    [
        (no_connection(), NotSentError, 0, 0),
        (request_lost(), AmbiguousError, 1, 0),
        (answer_lost(), AmbiguousError, 1, 10),
        (throttled(3.0), RateLimitedError, 1, 0),
        (throttled(status=503), RateLimitedError, 1, 0),
        (content_refused(status=422, code="BAD", index=4), ContentRefusedError, 1, 0),
        (access_refused(), AccessRefusedError, 1, 0),
    ],
)
async def test_a_fault_hits_the_request_it_is_planned_for(
    fault: Fault, error: type[CXoneError], seen: int, taken: int
) -> None:
    tenant = InMemoryTenant(faults=fault_plan({(SUBMIT, 1): fault}))
    with pytest.raises(error):
        await tenant.submit("list-1", PAYLOADS, "key-1", nothing)
    assert [each.kind for each in tenant.requests].count(SUBMIT) == seen
    assert len(tenant.accepted) == taken
    await tenant.submit("list-1", PAYLOADS, "key-1", nothing)
    assert len(tenant.accepted) == 10
    assert len(tenant.submissions) == 1


async def test_a_caller_that_is_cancelled_leaves_the_work_done() -> None:
    tenant = InMemoryTenant(round_trip_s=2.0)
    await tenant.sign_in(frozenset())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await tenant.submit("list-1", PAYLOADS, "key-1", nothing)
    assert len(tenant.accepted) == 10


async def test_every_request_takes_a_round_trip_and_its_share_of_the_quota() -> None:
    limiter = SlidingWindowLimiter(60, rng=random.Random(1))
    tenant = InMemoryTenant(rate_limiter=limiter, round_trip_s=0.5)
    await asyncio.gather(
        *(tenant.submit("list-1", PAYLOADS[:1], f"key-{n}", nothing) for n in range(30))
    )
    sent_at_s = [each.at_s for each in tenant.requests]
    assert len(sent_at_s) == 31
    assert limiter.granted[SUBMIT] == 30
    assert 28 <= sent_at_s[-1] - sent_at_s[0] <= 32


async def test_a_rate_limit_pauses_everybody_who_shares_the_quota() -> None:
    limiter = SlidingWindowLimiter(600, rng=random.Random(1))
    tenant = InMemoryTenant(rate_limiter=limiter, faults=fault_plan({(SUBMIT, 1): throttled(30.0)}))
    with pytest.raises(RateLimitedError):
        await tenant.submit("list-1", PAYLOADS, "key-1", nothing)
    began_s = asyncio.get_running_loop().time()
    await tenant.submit("list-1", PAYLOADS, "key-1", nothing)
    assert asyncio.get_running_loop().time() - began_s == pytest.approx(30, abs=1)
    assert limiter.throttled == 1


async def test_many_callers_sign_in_once() -> None:
    tenant = InMemoryTenant(round_trip_s=1.0)
    await asyncio.gather(*(tenant.campaign("campaign-1") for _ in range(20)))
    assert [each.kind for each in tenant.requests].count(TOKEN) == 1


async def test_a_failed_sign_in_is_tried_again() -> None:
    tenant = InMemoryTenant(faults=fault_plan({(TOKEN, 1): request_lost()}))
    with pytest.raises(AmbiguousError):
        await tenant.sign_in(frozenset())
    await tenant.sign_in(frozenset())


async def test_a_doubtful_sign_in_leaves_no_doubt_about_a_submission() -> None:
    tenant = InMemoryTenant(faults=fault_plan({(TOKEN, 1): answer_lost()}))
    with pytest.raises(NotSentError):
        await tenant.submit("list-1", PAYLOADS, "key-1", nothing)
    assert tenant.accepted == {}


async def test_contact_ids_that_it_never_gave_out_are_refused() -> None:
    tenant = InMemoryTenant()
    await load(tenant, PAYLOADS, "key-1")
    with pytest.raises(ContentRefusedError) as caught:
        await tenant.add_to_segment("segment-1", ["import-1-0", "nobody"])
    assert caught.value.index == 1
    assert tenant.segments["segment-1"] == {}


async def test_a_dialect_with_other_limits_is_kept() -> None:
    class Small(ContactListsDialect):
        @property
        def capabilities(self) -> Capabilities:
            return replace(
                CAPABILITIES, max_payloads=2, max_payload_bytes=200, max_ids_per_segment_call=1
            )

    tenant = InMemoryTenant(dialect=Small())
    for too_much in (PAYLOADS[:3], [PAYLOADS[0] + b" " * 200]):
        with pytest.raises(ContentRefusedError) as caught:
            await tenant.submit("list-1", too_much, "key-1", nothing)
        assert caught.value.status == 413
    await load(tenant, PAYLOADS[:2], "key-1")
    with pytest.raises(ContentRefusedError):
        await tenant.add_to_segment("segment-1", ["import-1-0", "import-1-1"])
