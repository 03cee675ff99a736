"""What any tenant client has to do, asked of each of them in the same words.

Four contestants: the in-memory twin; the real client against the stand-in tenant; the real client
against a tenant that keeps the contract and takes every liberty; the twin of a second dialect, as
far as its capabilities go. Assertions are what the contract promises and no more: results may be
fewer than what was sent.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ContentRefusedError,
    NotFoundError,
)
from cxone_async.mock_tenant import TenantOptions, serving
from cxone_async.tenant.contact_lists.client import CXoneClient
from cxone_async.tenant.port import (
    Campaign,
    ImportReport,
    ImportState,
    ImportTells,
    RequestKind,
    RowKey,
    TenantClient,
)
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter
from cxone_async.testing import InMemoryTenant

pytestmark = pytest.mark.virtual_time

SCOPES = ("contact-list:write", "import:write", "campaign:read", "segment:write")
SECRET = "s3cret"

Open = Callable[..., Awaitable[TenantClient]]


async def nothing() -> None:
    return None


@dataclass
class Seen:
    """What can be seen of the tenant apart from its client: `members()` is in segment-1."""

    limiter: UnlimitedLimiter = field(
        default_factory=lambda: UnlimitedLimiter(rng=random.Random(1))
    )
    members: Callable[[], set[str]] = set


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture(params=["twin", "bulk-file twin", "stand-in", "foreign"])
async def open_client(
    request: pytest.FixtureRequest, serve_foreign: Any, bulk_file_tenant: Any, seen: Seen
) -> AsyncIterator[Open]:
    """`await open_client(scopes)` opens a client of a tenant that was never used before."""
    async with AsyncExitStack() as stack:

        async def client_of(base_url: str) -> TenantClient:
            return await stack.enter_async_context(
                CXoneClient(
                    base_url=base_url,
                    client_id="client-1",
                    client_secret=SECRET,
                    rate_limiter=seen.limiter,
                )
            )

        def twin_of(make: Callable[..., InMemoryTenant], scopes: tuple[str, ...]) -> TenantClient:
            tenant = make(
                scopes=frozenset(scopes),
                campaigns=[
                    Campaign("campaign-1", frozenset({"US"}), True, frozenset({"phone", "email"}))
                ],
                lists=("list-1", "list-2"),
                refuse=lambda fields, attempt: None if fields.phone else "INVALID_PHONE",
                latency_s=lambda draw: 5.0,
                visible_after_s=1.0,
                rate_limiter=seen.limiter,
            )
            seen.members = lambda: set(tenant.segments["segment-1"])
            return tenant

        async def twin(scopes: tuple[str, ...] = SCOPES) -> TenantClient:
            return twin_of(InMemoryTenant, scopes)

        async def bulk_file(scopes: tuple[str, ...] = SCOPES) -> TenantClient:
            return twin_of(bulk_file_tenant, scopes)

        async def stand_in(scopes: tuple[str, ...] = SCOPES) -> TenantClient:
            options = TenantOptions(
                client_id="client-1",
                client_secret=SECRET,
                scopes=scopes,
                campaigns=frozenset({"campaign-1"}),
                lists=frozenset({"list-1", "list-2"}),
                segments=frozenset({"segment-1"}),
                allowed_countries=("US",),
                dnc_enabled=True,
                import_latency_s=5.0,
            )
            tenant = await stack.enter_async_context(serving(options))
            seen.members = lambda: set(
                tenant.state.statistics(full=True).segments["segment-1"].contact_ids or ()
            )
            return await client_of(tenant.base_url)

        async def foreign(scopes: tuple[str, ...] = SCOPES) -> TenantClient:
            serving_foreign = await serve_foreign(" ".join(scopes))
            seen.members = lambda: set(serving_foreign.tenant.members)
            return await client_of(serving_foreign.base_url)

        contestants = {
            "twin": twin,
            "bulk-file twin": bulk_file,
            "stand-in": stand_in,
            "foreign": foreign,
        }
        yield contestants[request.param]


@pytest.fixture
async def client(open_client: Open) -> TenantClient:
    return await open_client()


@pytest.fixture
def with_segments(client: TenantClient) -> None:
    if client.dialect.capabilities.max_ids_per_segment_call is None:
        pytest.skip("this dialect has no segments")


async def end_of(client: TenantClient, import_id: str, list_id: str = "list-1") -> ImportReport:
    """Poll as a patient caller does, each second, until the import has ended."""
    for _ in range(60):
        try:
            report = await client.poll(list_id, import_id)
        except NotFoundError:
            report = ImportReport(import_id, ImportState.QUEUED)
        if report.state.is_terminal:
            return report
        await asyncio.sleep(1)
    raise AssertionError("the import did not end")


async def told(
    client: TenantClient, payloads: list[bytes], key: str = "key-1"
) -> dict[RowKey, tuple[bool, str]]:
    """Submit; return whether each contact that the tenant tells of was taken, and its code."""
    sent = {client.dialect.row_key(payload) for payload in payloads}
    import_id = (await client.submit("list-1", payloads, key, nothing)).import_id
    report = await end_of(client, import_id)
    assert report.state is ImportState.COMPLETED
    if client.dialect.capabilities.import_tells is ImportTells.RESULTS:
        assert report.counts is None
        return {
            result.fields: (result.succeeded, result.code)
            for result in report.results or ()
            if result.fields in sent
        }
    assert report.results is None
    assert report.counts is not None
    refused = {each.key: each.code for each in await client.refused_rows("list-1", import_id)}
    assert len(refused) == report.counts.refused
    assert report.counts.accepted == len(sent) - len(refused)
    return {key: (key not in refused, refused.get(key, "")) for key in sent}


async def contact_ids_of(client: TenantClient, payloads: list[bytes]) -> list[str]:
    sent = {client.dialect.row_key(payload) for payload in payloads}
    import_id = (await client.submit("list-1", payloads, "key-1", nothing)).import_id
    results = (await end_of(client, import_id)).results or ()
    return [result.contact_id for result in results if result.fields in sent]


async def test_signing_in_asks_for_one_token_however_often(
    client: TenantClient, seen: Seen
) -> None:
    await client.sign_in(frozenset(SCOPES))
    await client.sign_in(frozenset())
    assert seen.limiter.granted[RequestKind.TOKEN] == 1


async def test_sign_in_names_the_scope_that_is_missing(open_client: Open) -> None:
    client = await open_client(("contact-list:write", "import:write", "campaign:read"))
    await client.sign_in(frozenset({"import:write"}))
    with pytest.raises(AccessRefusedError, match="segment:write") as caught:
        await client.sign_in(frozenset(SCOPES))
    assert "import:write" not in str(caught.value)


async def test_a_call_without_its_scope_is_refused(open_client: Open, contact: Any) -> None:
    client = await open_client(("campaign:read", "segment:write"))
    with pytest.raises(AccessRefusedError):
        await client.submit("list-1", [client.dialect.encode(contact(1))], "key-1", nothing)


async def test_a_campaign_tells_its_constraints(client: TenantClient) -> None:
    assert await client.campaign("campaign-1") == Campaign(
        "campaign-1", frozenset({"US"}), True, frozenset({"phone", "email"})
    )


async def test_an_unknown_campaign_is_not_found(client: TenantClient) -> None:
    with pytest.raises(NotFoundError):
        await client.campaign("campaign-9")


async def test_what_is_told_is_about_what_was_sent(client: TenantClient, contact: Any) -> None:
    names = ["Zoë", '"; DROP', "李", "a\tb\\", "🙂"]
    payloads = [
        client.dialect.encode(contact(row, first_name=names[row % 5])) for row in range(500)
    ]
    ours = await told(client, payloads)
    assert len(ours) >= 450
    assert set(ours.values()) == {(True, "")}


async def test_every_contact_that_was_taken_has_an_id_of_its_own(
    client: TenantClient, contact: Any
) -> None:
    payloads = [client.dialect.encode(contact(row)) for row in range(10)]
    contact_ids = await contact_ids_of(client, payloads)
    assert bool(contact_ids) is client.dialect.capabilities.gives_contact_ids
    assert len(set(contact_ids) - {""}) == len(contact_ids)


async def test_a_refused_contact_fails_with_its_code(client: TenantClient, contact: Any) -> None:
    bad = [client.dialect.encode(contact(row, phone="")) for row in range(5)]
    good = [client.dialect.encode(contact(9))]
    ours = await told(client, [*bad, *good])
    assert [ours[client.dialect.row_key(each)] for each in bad] == [(False, "INVALID_PHONE")] * 5
    assert ours[client.dialect.row_key(good[0])] == (True, "")


async def test_refused_rows_are_named_by_the_same_keys(client: TenantClient, contact: Any) -> None:
    bad = [client.dialect.encode(contact(row, phone="")) for row in (1, 2)]
    good = [client.dialect.encode(contact(row)) for row in (3, 4)]
    import_id = (await client.submit("list-1", [*bad, *good], "key-1", nothing)).import_id
    await end_of(client, import_id)
    refused = {each.key: each.code for each in await client.refused_rows("list-1", import_id)}
    for payload in bad:
        assert refused[client.dialect.row_key(payload)] == "INVALID_PHONE"
    assert not refused.keys() & {client.dialect.row_key(payload) for payload in good}


async def test_refused_rows_of_an_unknown_import_are_not_found(client: TenantClient) -> None:
    with pytest.raises(NotFoundError):
        await client.refused_rows("list-1", "import-99")


async def test_an_import_that_is_under_way_has_no_results(
    client: TenantClient, contact: Any
) -> None:
    payloads = [client.dialect.encode(contact(1))]
    import_id = (await client.submit("list-1", payloads, "key-1", nothing)).import_id
    await asyncio.sleep(2)
    report = await client.poll("list-1", import_id)
    assert report.import_id == import_id
    assert not report.state.is_terminal
    assert report.results is None
    assert report.counts is None


@pytest.mark.usefixtures("with_segments")
async def test_a_segment_can_be_asked_for_and_stays_as_it_is(
    client: TenantClient, seen: Seen
) -> None:
    with suppress(ContentRefusedError):  # a known one, asked for by adding nobody
        await client.check_segment("segment-1")
    assert not seen.members()
    with pytest.raises(NotFoundError):
        await client.check_segment("segment-nope")


async def test_the_same_submission_under_the_same_key_is_the_same_import(
    client: TenantClient, contact: Any
) -> None:
    payloads = [client.dialect.encode(contact(row)) for row in range(3)]

    async def submitted(key: str) -> str:
        return (await client.submit("list-1", payloads, key, nothing)).import_id

    first = await submitted("key-1")
    assert await submitted("key-1") == first
    assert await submitted("key-2") != first
    await end_of(client, first)
    assert await submitted("key-1") == first


async def test_a_key_cannot_be_used_for_something_else(client: TenantClient, contact: Any) -> None:
    payloads = [client.dialect.encode(contact(row)) for row in range(3)]
    await client.submit("list-1", payloads, "key-1", nothing)
    for list_id, others in (("list-1", payloads[:2]), ("list-2", payloads)):
        with pytest.raises(AmbiguousError) as caught:
            await client.submit(list_id, others, "key-1", nothing)
        assert caught.value.status == 409


async def test_an_unknown_list_is_not_found(client: TenantClient, contact: Any) -> None:
    with pytest.raises(NotFoundError):
        await client.submit("list-9", [client.dialect.encode(contact(1))], "key-1", nothing)


async def test_an_import_is_known_on_its_own_list_only(client: TenantClient, contact: Any) -> None:
    import_id = (
        await client.submit("list-1", [client.dialect.encode(contact(1))], "k", nothing)
    ).import_id
    await end_of(client, import_id)
    for list_id, wanted in (("list-1", "import-99"), ("list-2", import_id), ("list-9", import_id)):
        with pytest.raises(NotFoundError):
            await client.poll(list_id, wanted)


@pytest.mark.parametrize("is_too_many", [False, True])
async def test_too_few_and_too_many_contacts_are_refused(
    client: TenantClient, contact: Any, is_too_many: bool
) -> None:
    count = client.dialect.capabilities.max_payloads + 1 if is_too_many else 0
    with pytest.raises(ContentRefusedError):
        await client.submit("list-1", [client.dialect.encode(contact(1))] * count, "key-1", nothing)


async def test_the_contact_that_makes_a_submission_unacceptable_is_named(
    client: TenantClient, contact: Any
) -> None:
    payloads = [client.dialect.encode(contact(row)) for row in range(3)]
    payloads[1] = b'{"fieldz":{}}'
    with pytest.raises(ContentRefusedError) as caught:
        await client.submit("list-1", payloads, "key-1", nothing)
    assert caught.value.index == 1
    assert caught.value.status in (400, 422)


async def test_before_send_is_awaited_once_for_each_request(
    client: TenantClient, contact: Any
) -> None:
    calls = []

    async def before_send() -> None:
        calls.append(asyncio.get_running_loop().time())

    payloads = [client.dialect.encode(contact(1))]
    await client.submit("list-1", payloads, "key-1", before_send)
    await client.submit("list-1", payloads, "key-2", before_send)
    assert len(calls) == 2


async def test_nothing_is_submitted_when_before_send_fails(
    client: TenantClient, contact: Any
) -> None:
    async def before_send() -> None:
        raise OSError("the disk is full")

    payloads = [client.dialect.encode(contact(1))]
    with pytest.raises(OSError, match="the disk is full"):
        await client.submit("list-1", payloads, "key-1", before_send)
    # Had the tenant seen it, the key would stand for these payloads.
    await client.submit("list-1", [client.dialect.encode(contact(2))], "key-1", nothing)


@pytest.mark.usefixtures("with_segments")
async def test_contacts_are_added_to_a_segment_as_often_as_one_likes(
    client: TenantClient, contact: Any, seen: Seen
) -> None:
    contact_ids = await contact_ids_of(
        client, [client.dialect.encode(contact(row)) for row in range(3)]
    )
    assert seen.members() == set()
    await client.add_to_segment("segment-1", contact_ids)
    await client.add_to_segment("segment-1", contact_ids)
    assert seen.members() == set(contact_ids) != set()


async def test_an_unknown_segment_is_not_found(client: TenantClient) -> None:
    with pytest.raises(NotFoundError):
        await client.add_to_segment("segment-9", ["c-1"])


@pytest.mark.usefixtures("with_segments")
async def test_too_many_ids_in_one_call_are_refused_as_too_many(client: TenantClient) -> None:
    with pytest.raises(ContentRefusedError) as caught:
        await client.add_to_segment("segment-1", [str(n) for n in range(5001)])
    assert caught.value.status == 413


@pytest.mark.slow
async def test_many_calls_at_once_do_not_get_in_each_others_way(
    client: TenantClient, contact: Any
) -> None:
    async def load(row: int) -> dict[RowKey, tuple[bool, str]]:
        return await told(client, [client.dialect.encode(contact(row))], f"key-{row}")

    for row, ours in enumerate(await asyncio.gather(*(load(row) for row in range(50)))):
        assert ours == {client.dialect.row_key(client.dialect.encode(contact(row))): (True, "")}
