"""What is asked of the tenant before any row goes out; in virtual time."""

import asyncio
import random

import pytest

from cxone_async.contacts.constraints import Constraints
from cxone_async.errors import AccessRefusedError, ConfigurationError, TenantUnreachableError
from cxone_async.load.failure_budget import START_LIMITS
from cxone_async.load.preflight import constraints_of_campaign, refuse_unknown_segment, sign_in
from cxone_async.tenant.port import Campaign, RequestKind
from cxone_async.testing import (
    ALL_SCOPES,
    InMemoryTenant,
    content_refused,
    fault_plan,
    no_connection,
    request_lost,
    throttled,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.virtual_time]

RNG = random.Random(1)
TOKEN = RequestKind.TOKEN


def campaign(**changes):
    values = {
        "campaign_id": "c",
        "allowed_countries": frozenset({"us", "CAN", "Germany"}),
        "dnc_enabled": True,
        "required_fields": frozenset({"phone"}),
    }
    return Campaign(**{**values, **changes})


async def test_the_segment_scope_is_needed_only_with_a_segment():
    tenant = InMemoryTenant(scopes=ALL_SCOPES - {"segment:write"})
    await sign_in(tenant, with_segment=False, rng=RNG)
    with pytest.raises(AccessRefusedError, match="segment:write"):
        await sign_in(tenant, with_segment=True, rng=RNG)


async def test_countries_are_read_however_the_campaign_writes_them():
    tenant = InMemoryTenant(campaigns=[campaign()])
    constraints = await constraints_of_campaign(tenant, "c", RNG)
    assert constraints.allowed_countries == {"US", "CA", "DE"}
    assert constraints.required_fields == {"phone"}
    assert constraints.dnc_enabled


async def test_an_unknown_campaign_is_named():
    with pytest.raises(ConfigurationError, match="'nope'"):
        await constraints_of_campaign(InMemoryTenant(), "nope", RNG)


async def test_a_field_nobody_knows_is_not_silently_unmet():
    tenant = InMemoryTenant(campaigns=[campaign(required_fields=frozenset({"shoe_size"}))])
    with pytest.raises(ConfigurationError, match="'shoe_size'"):
        await constraints_of_campaign(tenant, "c", RNG)


@pytest.mark.parametrize("fault", [no_connection(), request_lost(), throttled(1.0)])
async def test_trouble_that_passes_is_borne(fault):
    faults = {(kind, nth): fault for kind in (TOKEN, RequestKind.CAMPAIGN) for nth in (1, 2)}
    asked = []
    plan = fault_plan(faults)

    def noting(request):
        asked.append(request.kind)
        return plan(request)

    tenant = InMemoryTenant(faults=noting)
    await sign_in(tenant, with_segment=True, rng=RNG)
    assert asked == [TOKEN] * 3
    assert await constraints_of_campaign(tenant, "campaign-1", RNG) == Constraints(
        frozenset(), dnc_enabled=False, required_fields=frozenset({"phone", "email"})
    )
    assert asked[3:] == [RequestKind.CAMPAIGN] * 3


async def test_a_refused_question_about_the_campaign_is_a_matter_of_configuration():
    tenant = InMemoryTenant(faults=fault_plan({(RequestKind.CAMPAIGN, 1): content_refused()}))
    with pytest.raises(ConfigurationError, match="'campaign-1'"):
        await constraints_of_campaign(tenant, "campaign-1", RNG)


async def test_a_segment_is_refused_before_the_first_request_where_the_api_has_none(
    bulk_file_tenant,
):
    tenant = bulk_file_tenant()
    with pytest.raises(ConfigurationError, match="segment"):
        await sign_in(tenant, with_segment=True, rng=RNG)
    assert tenant.requests == []
    await sign_in(tenant, with_segment=False, rng=RNG)


async def test_the_scopes_are_those_of_the_dialect(bulk_file_tenant):
    tenant = bulk_file_tenant(scopes=frozenset({"campaign:read"}))
    with pytest.raises(AccessRefusedError, match=r"lacks scopes: import:write$"):
        await sign_in(tenant, with_segment=False, rng=RNG)


async def test_a_tenant_that_is_not_there_is_given_up_soon():
    tenant = InMemoryTenant(faults=lambda request: no_connection())
    with pytest.raises(TenantUnreachableError):
        await sign_in(tenant, with_segment=True, rng=RNG)
    assert asyncio.get_running_loop().time() <= START_LIMITS.silent_s + 10


async def test_a_segment_that_the_tenant_does_not_know_is_refused_before_any_row():
    with pytest.raises(ConfigurationError, match="knows no segment 'nope'"):
        await refuse_unknown_segment(InMemoryTenant(), "nope")


async def test_a_segment_that_is_there_passes_and_costs_one_request_and_changes_nothing():
    tenant = InMemoryTenant()
    await refuse_unknown_segment(tenant, "segment-1")
    assert [one.kind for one in tenant.requests] == [TOKEN, RequestKind.SEGMENT]
    assert not tenant.segments["segment-1"]


@pytest.mark.parametrize(
    "fault", [throttled(5.0), no_connection(), request_lost(), content_refused(status=422)]
)
async def test_an_answer_that_proves_nothing_of_the_segment_stops_no_run(fault):
    tenant = InMemoryTenant(faults=fault_plan({(RequestKind.SEGMENT, 1): fault}))
    await refuse_unknown_segment(tenant, "nope")


async def test_a_segment_that_may_not_be_asked_for_is_refused():
    tenant = InMemoryTenant(scopes=ALL_SCOPES - {"segment:write"})
    with pytest.raises(AccessRefusedError):
        await refuse_unknown_segment(tenant, "segment-1")
