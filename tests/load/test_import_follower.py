"""An accepted import, followed to its end."""

import asyncio
import random

import msgspec
import pytest

from cxone_async.errors import AmbiguousError, ContentRefusedError, NotFoundError
from cxone_async.load.counters import RunCounters
from cxone_async.load.failure_budget import FailureBudget, Limits
from cxone_async.load.import_follower import (
    ASKS_FOR_REFUSED_ROWS,
    NOT_FOUND_GRACE_S,
    ImportFollower,
)
from cxone_async.load.poll_queue import PollQueue
from cxone_async.load.poll_schedule import PollSchedule
from cxone_async.tenant.port import ImportState, RefusedRow, RequestKind, SentSize
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter
from cxone_async.testing import (
    Fault,
    InMemoryTenant,
    content_refused,
    fault_plan,
    no_connection,
    request_lost,
    throttled,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.virtual_time]

POLL = RequestKind.POLL
PAYLOAD = (
    b'{"fields":{"phone":"12025550101","email":"","first_name":"","last_name":"","country":"US"}}'
)
LINE = b"7,12025550101,,,,US\r\n"


async def nothing():
    return None


def follower_of(tenant, silent_s=300.0):
    capabilities = tenant.dialect.capabilities
    schedule = PollSchedule(capabilities.expected_import_s, capabilities.import_timeout_s)
    rng = random.Random(1)
    return ImportFollower(
        tenant,
        "list-1",
        PollQueue(schedule, UnlimitedLimiter(rng=rng)),
        FailureBudget(Limits(silent_s, 3 * silent_s)),
        RunCounters(),
        rng,
    )


async def followed(tenant, payload=PAYLOAD, **limits):
    submitted = await tenant.submit("list-1", [payload], "key-1", nothing)
    return await follower_of(tenant, **limits).last_report(submitted, SentSize(1, len(payload)))


def now_s():
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("latency_s", [0.0, 3.0, 3000.0])
async def test_the_report_of_the_finished_import_is_returned(latency_s):
    report = await followed(InMemoryTenant(latency_s=lambda draw: latency_s))
    assert report.state is ImportState.COMPLETED
    assert len(report.results) == 1


@pytest.mark.parametrize("fault", [no_connection(), request_lost(), throttled(2.0), throttled()])
async def test_trouble_with_polls_is_borne(fault):
    faults = fault_plan({(POLL, nth): fault for nth in (1, 2, 3)})
    report = await followed(InMemoryTenant(faults=faults))
    assert report.state is ImportState.COMPLETED


@pytest.mark.parametrize("fault", [no_connection(), request_lost()])
async def test_one_lost_poll_after_a_wait_that_the_tenant_asked_for_is_borne(fault):
    faults = fault_plan({(POLL, nth): fault for nth in (2, 4)})
    tenant = InMemoryTenant(
        latency_s=lambda draw: 900.0,
        faults=faults,
        edit_report=lambda report: msgspec.structs.replace(
            report, retry_after_s=None if report.state.is_terminal else 302.0
        ),
    )
    report = await followed(tenant)
    assert report.state is ImportState.COMPLETED
    assert now_s() > 900.0


async def test_an_import_may_be_unknown_for_a_while():
    report = await followed(InMemoryTenant(visible_after_s=NOT_FOUND_GRACE_S - 5.0))
    assert report.state is ImportState.COMPLETED


async def test_an_import_that_stays_unknown_is_lost_after_the_grace_and_not_before():
    tenant = InMemoryTenant(visible_after_s=10**6)
    assert await followed(tenant) is None
    assert NOT_FOUND_GRACE_S <= now_s() <= NOT_FOUND_GRACE_S + 30.0


async def test_the_grace_begins_anew_when_something_else_was_answered():
    unknown = Fault(lambda: NotFoundError("planned", status=404))
    broken = Fault(lambda: AmbiguousError("planned", status=500))

    def faults(request):
        if request.kind is not POLL or request.at_s > 110.0:
            return None
        return broken if 50.0 < request.at_s < 60.0 else unknown

    assert (await followed(InMemoryTenant(faults=faults))).state is ImportState.COMPLETED


async def test_an_import_that_stays_unfinished_is_lost_after_the_timeout_of_the_dialect():
    tenant = InMemoryTenant(latency_s=lambda draw: 10**6)
    assert await followed(tenant) is None
    timeout_s = tenant.dialect.capabilities.import_timeout_s
    assert timeout_s <= now_s() <= 1.1 * timeout_s


@pytest.mark.slow
async def test_a_dialect_with_slow_imports_waits_for_them(bulk_file_tenant):
    tenant = bulk_file_tenant(latency_s=lambda draw: 12 * 3600.0)
    assert (await followed(tenant, LINE)).counts.accepted == 1


async def test_a_report_about_another_import_is_not_believed():
    def another(report):
        return msgspec.structs.replace(report, import_id="import-9") if now_s() < 20.0 else report

    report = await followed(InMemoryTenant(edit_report=another))
    assert report.import_id == "import-1"


async def test_a_poll_that_is_refused_for_its_content_is_not_repeated():
    with pytest.raises(ContentRefusedError):
        await followed(InMemoryTenant(faults=fault_plan({(POLL, 1): content_refused()})))


@pytest.fixture
def asked(bulk_file_tenant):
    """`await asked(faults)`: the refused rows of an import that refused its only row."""

    async def ask(fault=None, times=0):
        tenant = bulk_file_tenant(
            refuse=lambda fields, attempt: "DNC",
            faults=fault_plan({(POLL, nth): fault for nth in range(1, times + 1)}),
        )
        import_id = (await tenant.submit("list-1", [LINE], "key-1", nothing)).import_id
        return await follower_of(tenant).refused_rows(import_id)

    return ask


@pytest.mark.parametrize(
    "fault",
    [
        no_connection(),
        request_lost(),
        throttled(2.0),
        Fault(lambda: NotFoundError("planned", status=404)),
    ],
)
async def test_the_refused_rows_are_asked_for_until_they_come(asked, fault):
    assert await asked(fault, times=5) == (RefusedRow("7", "DNC"),)


@pytest.mark.parametrize("status", [404, 500])
async def test_a_list_that_does_not_come_is_done_without_after_so_many_answers(asked, status):
    error = NotFoundError if status == 404 else AmbiguousError
    fault = Fault(lambda: error("planned", status=status))
    assert await asked(fault, times=ASKS_FOR_REFUSED_ROWS - 1) != ()
    assert await asked(fault, times=ASKS_FOR_REFUSED_ROWS) == ()


async def test_while_nothing_is_answered_the_list_is_not_done_without(asked):
    assert await asked(no_connection(), times=3 * ASKS_FOR_REFUSED_ROWS) != ()


async def test_a_request_for_the_list_that_is_refused_is_not_repeated(asked):
    with pytest.raises(ContentRefusedError):
        await asked(content_refused(), times=1)
