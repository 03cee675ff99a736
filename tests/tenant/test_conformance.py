"""What any tenant client has to do, asked of each of them in the same words.

Three contestants: the in-memory twin; the real client against the stand-in tenant; the real
client against a tenant that keeps the contract and takes every liberty. Assertions are what
the contract promises and no more: results may be fewer than what was sent.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
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
from cxone_async.tenant.port import Campaign, ImportReport, ImportState, TenantClient
from cxone_async.testing import InMemoryTenant

pytestmark = pytest.mark.virtual_time

SCOPES = ("contact-list:write", "import:write", "campaign:read", "segment:write")
SECRET = "s3cret"

Open = Callable[..., Awaitable[TenantClient]]


async def nothing() -> None:
    return None


@pytest.fixture(params=["twin", "stand-in", "foreign"])
async def open_client(request: pytest.FixtureRequest, serve_foreign: Any) -> AsyncIterator[Open]:
    """`await open_client(scopes)` opens a client of a tenant that was never used before."""
    async with AsyncExitStack() as stack:

        async def client_of(base_url: str) -> TenantClient:
            return await stack.enter_async_context(
                CXoneClient(
                    base_url=base_url,
                    client_id="client-1",
                    client_secret=SECRET,
                    quota_per_minute=0,
                )
            )

        async def twin(scopes: tuple[str, ...] = SCOPES) -> TenantClient:
            return InMemoryTenant(
                scopes=frozenset(scopes),
                campaigns=[
                    Campaign("campaign-1", frozenset({"US"}), True, frozenset({"phone", "email"}))
                ],
                lists=("list-1", "list-2"),
                refuse=lambda fields, attempt: None if fields.phone else "INVALID_PHONE",
                latency_s=lambda draw: 5.0,
                visible_after_s=1.0,
            )

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
            return await client_of((await stack.enter_async_context(serving(options))).base_url)

        async def foreign(scopes: tuple[str, ...] = SCOPES) -> TenantClient:
            return await client_of((await serve_foreign(" ".join(scopes))).base_url)

        yield {"twin": twin, "stand-in": stand_in, "foreign": foreign}[request.param]


@pytest.fixture
async def client(open_client: Open) -> TenantClient:
    return await open_client()


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


async def test_sign_in_succeeds_with_the_scopes_that_are_needed(client: TenantClient) -> None:
    await client.sign_in(frozenset(SCOPES))


async def test_sign_in_names_the_scope_that_is_missing(open_client: Open) -> None:
    client = await open_client(("contact-list:write", "import:write", "campaign:read"))
    await client.sign_in(frozenset({"import:write"}))
    with pytest.raises(AccessRefusedError, match="segment:write") as caught:
        await client.sign_in(frozenset(SCOPES))
    assert "import:write" not in str(caught.value)


async def test_a_call_without_its_scope_is_refused(open_client: Open) -> None:
    client = await open_client(("contact-list:write", "import:write", "campaign:read"))
    with pytest.raises(AccessRefusedError):
        await client.add_to_segment("segment-1", ["c-1"])


async def test_a_campaign_tells_its_constraints(client: TenantClient) -> None:
    assert await client.campaign("campaign-1") == Campaign(
        "campaign-1", frozenset({"US"}), True, frozenset({"phone", "email"})
    )


async def test_an_unknown_campaign_is_not_found(client: TenantClient) -> None:
    with pytest.raises(NotFoundError):
        await client.campaign("campaign-9")


async def test_results_are_about_what_was_sent(client: TenantClient, contact: Any) -> None:
    names = ["Zoë", '"; DROP', "李", "a\tb\\", "🙂"]
    records = [client.dialect.encode(contact(row, first_name=names[row % 5])) for row in range(500)]
    sent = {client.dialect.sent_fields(record) for record in records}
    report = await end_of(
        client, (await client.submit("list-1", records, "key-1", nothing)).import_id
    )
    assert report.state is ImportState.COMPLETED
    ours = [result for result in report.results or () if result.fields in sent]
    assert len(ours) >= 450
    assert len({result.fields for result in ours}) == len(ours)
    assert all(result.succeeded and result.code == "" for result in ours)
    assert len({result.contact_id for result in ours} - {""}) == len(ours)


async def test_a_refused_contact_fails_with_its_code(client: TenantClient, contact: Any) -> None:
    records = [client.dialect.encode(contact(row, phone="")) for row in range(5)]
    report = await end_of(
        client, (await client.submit("list-1", records, "key-1", nothing)).import_id
    )
    sent = {client.dialect.sent_fields(record) for record in records}
    ours = [result for result in report.results or () if result.fields in sent]
    assert [(r.succeeded, r.code, r.contact_id) for r in ours] == [(False, "INVALID_PHONE", "")] * 5


async def test_an_import_that_is_under_way_has_no_results(
    client: TenantClient, contact: Any
) -> None:
    records = [client.dialect.encode(contact(1))]
    import_id = (await client.submit("list-1", records, "key-1", nothing)).import_id
    await asyncio.sleep(2)
    report = await client.poll("list-1", import_id)
    assert report.import_id == import_id
    assert not report.state.is_terminal
    assert report.results is None


async def test_the_same_submission_under_the_same_key_is_the_same_import(
    client: TenantClient, contact: Any
) -> None:
    records = [client.dialect.encode(contact(row)) for row in range(3)]

    async def submitted(key: str) -> str:
        return (await client.submit("list-1", records, key, nothing)).import_id

    first = await submitted("key-1")
    assert await submitted("key-1") == first
    assert await submitted("key-2") != first
    await end_of(client, first)
    assert await submitted("key-1") == first


async def test_a_key_cannot_be_used_for_something_else(client: TenantClient, contact: Any) -> None:
    records = [client.dialect.encode(contact(row)) for row in range(3)]
    await client.submit("list-1", records, "key-1", nothing)
    for list_id, others in (("list-1", records[:2]), ("list-2", records)):
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


@pytest.mark.parametrize("count", [0, 501])
async def test_too_few_and_too_many_contacts_are_refused(
    client: TenantClient, contact: Any, count: int
) -> None:
    records = [client.dialect.encode(contact(row)) for row in range(count)]
    with pytest.raises(ContentRefusedError):
        await client.submit("list-1", records, "key-1", nothing)


async def test_the_contact_that_makes_a_submission_unacceptable_is_named(
    client: TenantClient, contact: Any
) -> None:
    records = [client.dialect.encode(contact(row)) for row in range(3)]
    records[1] = b'{"fieldz":{}}'
    with pytest.raises(ContentRefusedError) as caught:
        await client.submit("list-1", records, "key-1", nothing)
    assert caught.value.index == 1
    assert caught.value.status in (400, 422)


async def test_before_send_is_awaited_once_for_each_request(
    client: TenantClient, contact: Any
) -> None:
    calls = []

    async def before_send() -> None:
        calls.append(asyncio.get_running_loop().time())

    records = [client.dialect.encode(contact(1))]
    await client.submit("list-1", records, "key-1", before_send)
    await client.submit("list-1", records, "key-2", before_send)
    assert len(calls) == 2


async def test_nothing_is_submitted_when_before_send_fails(
    client: TenantClient, contact: Any
) -> None:
    async def before_send() -> None:
        raise OSError("the disk is full")

    records = [client.dialect.encode(contact(1))]
    with pytest.raises(OSError, match="the disk is full"):
        await client.submit("list-1", records, "key-1", before_send)
    # Had the tenant seen it, the key would stand for these records.
    await client.submit("list-1", [client.dialect.encode(contact(2))], "key-1", nothing)


async def test_contacts_are_added_to_a_segment_as_often_as_one_likes(
    client: TenantClient, contact: Any
) -> None:
    records = [client.dialect.encode(contact(row)) for row in range(3)]
    report = await end_of(
        client, (await client.submit("list-1", records, "key-1", nothing)).import_id
    )
    sent = {client.dialect.sent_fields(record) for record in records}
    contact_ids = [each.contact_id for each in report.results or () if each.fields in sent]
    await client.add_to_segment("segment-1", contact_ids)
    await client.add_to_segment("segment-1", contact_ids)


async def test_an_unknown_segment_is_not_found(client: TenantClient) -> None:
    with pytest.raises(NotFoundError):
        await client.add_to_segment("segment-9", ["c-1"])


async def test_too_many_ids_in_one_call_are_refused_as_too_many(client: TenantClient) -> None:
    with pytest.raises(ContentRefusedError) as caught:
        await client.add_to_segment("segment-1", [str(n) for n in range(5001)])
    assert caught.value.status == 413


async def test_many_calls_at_once_do_not_get_in_each_others_way(
    client: TenantClient, contact: Any
) -> None:
    async def load(row: int) -> str:
        records = [client.dialect.encode(contact(row))]
        import_id = (await client.submit("list-1", records, f"key-{row}", nothing)).import_id
        report = await end_of(client, import_id)
        sent = client.dialect.sent_fields(records[0])
        (ours,) = [result for result in report.results or () if result.fields == sent]
        return ours.contact_id

    contact_ids = await asyncio.gather(*(load(row) for row in range(50)))
    assert len(set(contact_ids)) == 50
