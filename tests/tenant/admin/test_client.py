"""The client of the Admin API against the stand-in, and by the stand-in's own record."""

import asyncio
import base64
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ConfigurationError,
    ContentRefusedError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    UsageError,
)
from cxone_async.mock_tenant.admin import (
    AdminOptions,
    CallingListOptions,
    DncGroupOptions,
    ServingAdminTenant,
    SkillOptions,
    serving,
)
from cxone_async.tenant.admin.client import CXoneAdminClient, FileExistsAtTenantError
from cxone_async.tenant.admin.model import ListColumns

pytestmark = pytest.mark.virtual_time

COLUMNS = ListColumns(
    external_id="external_id",
    phones=(("PhoneNumber", "phone"),),
    standard={"firstName": "first_name", "timeZone": "time_zone"},
)
TOMORROW = date(2027, 1, 31)


def rows(count: int, first: int = 0, phone: str = "20255501{:02d}") -> bytes:
    lines = [f"c-{n},{phone.format(n % 100)},Ada,Mountain" for n in range(first, first + count)]
    return "\r\n".join(["external_id,phone,first_name,time_zone", *lines, ""]).encode()


@asynccontextmanager
async def client_of(tenant: ServingAdminTenant, **changed: Any) -> AsyncIterator[CXoneAdminClient]:
    given = {
        "base_url": tenant.base_url,
        "access_key_id": tenant.state.options.access_key_id,
        "access_key_secret": tenant.state.options.access_key_secret,
        "now": now_s,
        "quota_per_minute": 0,
    }
    async with CXoneAdminClient(**{**given, **changed}) as client:
        yield client


def now_s() -> float:
    return datetime(2026, 12, 1, tzinfo=UTC).timestamp() + asyncio.get_running_loop().time()


def served(options: AdminOptions | None = None) -> Any:
    return serving(options or AdminOptions(), now=now_s)


# signing in and finding the API


@pytest.mark.parametrize("array", [True, False])
@pytest.mark.parametrize("in_id_token", [True, False])
async def test_the_api_is_found_with_an_access_key_alone(array: bool, in_id_token: bool) -> None:
    options = AdminOptions(token_in_array=array, tenant_in_id_token=in_id_token)
    async with served(options) as tenant, client_of(tenant) as client:
        assert await client.sign_in() == tenant.base_url
        assert await client.check() is not None
        assert tenant.state.record.calls("sign-in.access-key") == 1
        assert tenant.state.record.calls("sign-in.password") == 0
        assert tenant.state.record.calls("tenant") == (0 if in_id_token else 1)


@pytest.mark.parametrize("secret", ["plain", "a:b/c+d=e&f%41@ü", " spaces "])
async def test_the_password_grant_goes_through_a_registered_application(secret: str) -> None:
    options = AdminOptions(client_id="app@tenant/1", client_secret=secret)
    given = {"client_id": "app@tenant/1", "client_secret": secret}
    async with served(options) as tenant, client_of(tenant, **given) as client:
        await client.check()
        assert tenant.state.record.calls("sign-in.password") == 1
        assert tenant.state.record.calls("sign-in.access-key") == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_key_secret": "wrong"},
        {"access_key_id": "wrong"},
        {"client_id": "demo-application@demo", "client_secret": "wrong"},
        {
            "client_id": "demo-application@demo",
            "client_secret": "demo-application-secret",
            "access_key_secret": "wrong",
        },
    ],
)
async def test_refused_credentials_stop_and_are_not_told(wrong: dict[str, str]) -> None:
    async with served() as tenant, client_of(tenant, **wrong) as client:
        with pytest.raises(AccessRefusedError) as raised:
            await client.lists()
    assert "secret" not in str(raised.value) + repr(raised.value)
    assert "wrong" not in str(raised.value)


async def test_an_application_without_its_secret_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="go together"):
        CXoneAdminClient(
            access_key_id="a", access_key_secret="b", client_id="c", base_url="http://127.0.0.1"
        )


async def test_a_named_endpoint_is_not_discovered() -> None:
    async with (
        served() as tenant,
        client_of(tenant, api_endpoint=tenant.base_url) as client,
    ):
        await client.check()
        assert tenant.state.record.calls("discovery.tenant") == 0


async def test_many_calls_at_once_discover_once_and_sign_in_once() -> None:
    async with served() as tenant, client_of(tenant) as client:
        await asyncio.gather(*(client.check() for _ in range(20)))
        assert tenant.state.record.calls("sign-in.access-key") == 1
        assert tenant.state.record.calls("time") == 20


async def test_a_token_is_renewed_before_its_end() -> None:
    async with served(AdminOptions(token_lifetime_s=600)) as tenant, client_of(tenant) as client:
        for _ in range(10):
            await client.check()
            await asyncio.sleep(300)
        assert 4 <= tenant.state.record.calls("sign-in.access-key") <= 6
        assert ("time", 401) not in tenant.state.record.requests


async def test_a_401_signs_in_once_more_and_repeats_once() -> None:
    async with served() as tenant, client_of(tenant) as client:
        await client.check()
        tenant.tenant.revoke_tokens()
        await client.check()
        requests = tenant.state.record.requests
        assert (requests["time", 401], requests["time", 200]) == (1, 2)
        assert tenant.state.record.calls("sign-in.access-key") == 2


async def test_a_missing_permission_is_named() -> None:
    options = AdminOptions(forbidden=frozenset({"list.create"}))
    async with served(options) as tenant, client_of(tenant) as client:
        with pytest.raises(AccessRefusedError, match="Calling List Create"):
            await client.create_list("spring", COLUMNS)


async def test_outside_of_its_context_it_says_so() -> None:
    client = CXoneAdminClient(
        access_key_id="a", access_key_secret="b", base_url="http://127.0.0.1:9"
    )
    with pytest.raises(UsageError):
        await client.lists()


async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with CXoneAdminClient(
        access_key_id="a", access_key_secret="b", base_url="http://127.0.0.1:9", quota_per_minute=0
    ) as client:
        with pytest.raises(NotSentError):
            await client.lists()


# lists and uploads


async def test_a_list_is_created_filled_and_read_back() -> None:
    async with served() as tenant, client_of(tenant) as client:
        list_id = await client.create_list("Spring & Co/1", COLUMNS, expires_on=TOMORROW)
        upload = await client.upload(
            list_id, rows(25), file_name="cxone-run-0001-ab.csv", expires_on=TOMORROW
        )
        assert upload.job_id is not None
        job = await client.job(upload.job_id)
        assert job is not None
        assert job.is_complete
        found = await client.calling_list(list_id)
        assert (found.name, found.is_active) == ("Spring & Co/1", True)
        assert (found.last_file.total, found.last_file.valid, found.last_file.invalid) == (
            25,
            25,
            0,
        )
        records = [one async for one in client.records(list_id, finalized=False)]
        assert {one.external_id for one in records} == {f"c-{n}" for n in range(25)}
        record = tenant.state.record
        assert record.started_skills == record.overwriting == record.mailing == []
        assert set(record.uploaded_rows.values()) == {1}


async def test_the_counts_are_of_the_last_file_and_the_contacts_of_the_list() -> None:
    async with served() as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        for number in range(3):
            await client.upload(
                list_id, rows(10, 10 * number), file_name=f"{number}.csv", expires_on=TOMORROW
            )
        found = await client.calling_list(list_id)
        assert (found.last_file.total, found.contacts) == (10, 30)


async def test_records_that_are_done_with_are_read_apart() -> None:
    async with served() as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        await client.upload(list_id, rows(10), file_name="a.csv", expires_on=TOMORROW)
        assert tenant.state.external_ids(list_id) == [f"c-{n}" for n in range(10)]
        tenant.state.finalize(list_id, ["c-1", "c-2"])
        waiting = {one.external_id async for one in client.records(list_id, finalized=False)}
        done = {one.external_id async for one in client.records(list_id, finalized=True)}
        assert done == {"c-1", "c-2"}
        assert waiting | done == {f"c-{n}" for n in range(10)}


async def test_records_come_in_pages_of_ten_thousand() -> None:
    options = AdminOptions(
        lists=(
            CallingListOptions(list_id=5, name="big", external_ids=tuple(map(str, range(20_001)))),
        )
    )
    async with served(options) as tenant, client_of(tenant) as client:
        seen = [one.external_id async for one in client.records(5, finalized=False)]
        assert seen == list(map(str, range(20_001)))
        assert tenant.state.record.calls("list.one") == 3


async def test_all_lists_are_found_also_where_a_page_is_smaller_than_asked_for() -> None:
    lists = tuple(CallingListOptions(list_id=n, name=f"l-{n}") for n in range(1, 251))
    async with served(AdminOptions(lists=lists)) as tenant, client_of(tenant) as client:
        assert [one.list_id for one in await client.lists()] == list(range(1, 251))


async def test_a_tenant_without_lists_has_none() -> None:
    async with served() as tenant, client_of(tenant) as client:
        assert await client.lists() == ()


@pytest.mark.parametrize("array", [True, False])
async def test_a_refused_row_is_told_only_in_the_old_form(array: bool) -> None:
    options = AdminOptions(answers_at_once=True, row_errors=True)
    async with served(options) as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        if array:
            tenant.tenant.troubles_of["list.upload"] = deque(["array"])
        file = rows(3) + b"c-9,none,Ada,Mountain\r\n"
        upload = await client.upload(list_id, file, file_name="a.csv", expires_on=TOMORROW)
        assert upload.counts is not None
        assert (upload.counts.valid, upload.counts.invalid) == (3, 1)
        assert [one.row for one in upload.counts.errors] == [4]


@pytest.mark.parametrize(
    ("file", "what"),
    [
        (b"", "the file cannot be read"),
        (b"\xef\xbb\xbf" + rows(1), "the file cannot be read"),
        (b"\xff\xfe" + rows(1), "the file cannot be read"),
        (b"external_id;phone\r\n", "not those of the mapping"),
        (b"external_id,phone,first_name,time_zone\r\nc-1,2\r\n", "not those of the mapping"),
    ],
)
async def test_a_file_that_is_refused_is_refused_as_a_whole(file: bytes, what: str) -> None:
    async with served() as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        with pytest.raises(ContentRefusedError, match=what):
            await client.upload(list_id, file, file_name="a.csv", expires_on=TOMORROW)
        assert tenant.state.external_ids(list_id) == []


async def test_an_upload_that_was_lost_is_proved_by_the_name_of_its_file() -> None:
    async with served() as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        tenant.tenant.troubles_of["list.upload"] = deque(["lost"])
        for expected in (AmbiguousError, FileExistsAtTenantError):
            with pytest.raises(expected):
                await client.upload(list_id, rows(5), file_name="a.csv", expires_on=TOMORROW)
        assert set(tenant.state.record.uploaded_rows.values()) == {1}


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        ("429", RateLimitedError),
        ("503", RateLimitedError),
        ("html", AmbiguousError),
        ("empty", AmbiguousError),
        ("closed", AmbiguousError),
    ],
)
async def test_what_is_in_doubt_after_a_fault_and_what_is_not(
    trouble: Any, expected: type[Exception]
) -> None:
    async with served() as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        tenant.tenant.troubles_of["list.upload"] = deque([trouble])
        with pytest.raises(expected):
            await client.upload(list_id, rows(5), file_name="a.csv", expires_on=TOMORROW)
        assert tenant.state.external_ids(list_id) == []
        await client.upload(list_id, rows(5), file_name="a.csv", expires_on=TOMORROW)
        assert len(tenant.state.external_ids(list_id)) == 5


async def test_the_moment_before_an_upload_leaves_is_told_each_time() -> None:
    left: list[str] = []

    async def before_send() -> None:
        left.append("now")

    async with served() as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        tenant.tenant.revoke_tokens()
        await client.upload(
            list_id, rows(1), file_name="a.csv", expires_on=TOMORROW, before_send=before_send
        )
        assert left == ["now", "now"]  # refused for its token, and sent again


async def test_a_job_is_followed_to_its_end_and_its_counts_come_later() -> None:
    options = AdminOptions(job_takes_s=60, counts_late_s=30)
    async with served(options) as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        upload = await client.upload(list_id, rows(5), file_name="a.csv", expires_on=TOMORROW)
        assert upload.job_id is not None
        seen = []
        for _ in range(4):
            job = await client.job(upload.job_id)
            assert job is not None
            found = await client.calling_list(list_id)
            seen.append((job.is_complete, found.last_file.total, found.uploaded is not None))
            await asyncio.sleep(31)
        assert seen == [
            (False, 0, False),
            (False, 0, False),
            (True, 0, False),
            (True, 5, True),
        ]


async def test_a_job_that_vanishes_is_none_and_its_list_tells_of_it() -> None:
    async with served(AdminOptions(jobs_vanish=True)) as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        upload = await client.upload(list_id, rows(5), file_name="a.csv", expires_on=TOMORROW)
        assert upload.job_id is not None
        assert await client.job(upload.job_id) is None
        assert (await client.calling_list(list_id)).last_file.total == 5


async def test_a_job_that_is_cancelled_loads_nothing() -> None:
    async with served(AdminOptions(job_takes_s=60)) as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        upload = await client.upload(list_id, rows(5), file_name="a.csv", expires_on=TOMORROW)
        assert upload.job_id is not None
        await client.cancel_job(upload.job_id)
        await asyncio.sleep(120)
        job = await client.job(upload.job_id)
        assert job is not None
        assert (job.is_cancelled, job.is_complete) == (True, False)
        assert tenant.state.external_ids(list_id) == []


async def test_jobs_are_found_by_the_time_around_them() -> None:
    async with served(AdminOptions(job_takes_s=60)) as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        upload = await client.upload(list_id, rows(5), file_name="a.csv", expires_on=TOMORROW)
        now = datetime.fromtimestamp(now_s(), UTC)
        hour = timedelta(hours=1)
        (job,) = await client.jobs(now - hour, now + hour)
        assert (job.job_id, job.list_id) == (upload.job_id, list_id)
        assert await client.jobs(now + hour, now + 2 * hour) == ()
        with pytest.raises(UsageError):
            await client.jobs(now, now + timedelta(days=2))
        with pytest.raises(UsageError):
            await client.jobs(now, now - hour)


@pytest.mark.parametrize(
    "asking",
    [
        lambda client: client.calling_list(1),
        lambda client: client.upload(1, b"", file_name="a", expires_on=TOMORROW),
        lambda client: client.remove("none", ["a"]),
        lambda client: client.skill(1),
        lambda client: client.scrubbed_skill_ids(1),
        lambda client: client.add_to_dnc(1, ["2025550143"]),
        lambda client: client.cancel_job(1),
    ],
)
async def test_what_is_not_there_is_not_found(
    asking: Callable[[CXoneAdminClient], Awaitable[object]],
) -> None:
    async with served() as tenant, client_of(tenant) as client:
        with pytest.raises(NotFoundError):
            await asking(client)


async def test_records_are_removed_by_external_id_and_the_others_are_named() -> None:
    async with served() as tenant, client_of(tenant) as client:
        list_id = await client.create_list("Spring/Sommer ü", COLUMNS)
        await client.upload(list_id, rows(3), file_name="a.csv", expires_on=TOMORROW)
        removal = await client.remove("Spring/Sommer ü", ["c-0", "c-2", "c-7"])
        assert (removal.removed, removal.not_removed) == (("c-0", "c-2"), ("c-7",))
        assert tenant.state.external_ids(list_id) == ["c-1"]


async def test_a_list_needs_a_column_of_phones() -> None:
    async with served() as tenant, client_of(tenant) as client:
        with pytest.raises(UsageError):
            await client.create_list("spring", ListColumns(external_id="id", phones=()))
        assert tenant.state.record.calls("list.create") == 0


# do-not-call groups and skills


GROUPS = AdminOptions(
    dnc_groups=(
        DncGroupOptions(
            group_id=1,
            name="Robinson",
            scrubbed_skills=(4501,),
            phones=("2025550143",),
            expired_phones=("2025550144",),
        ),
        DncGroupOptions(group_id=2, name="Old", is_active=False),
    ),
    skills=(
        SkillOptions(skill_id=4501, name="Demo", is_running=None, list_names=("spring",)),
        SkillOptions(skill_id=4502, name="Rest"),
    ),
)


async def test_the_members_of_a_group_are_read_with_their_expiry() -> None:
    async with served(GROUPS) as tenant, client_of(tenant) as client:
        groups = await client.dnc_groups()
        assert [(one.group_id, one.is_active) for one in groups] == [(1, True), (2, False)]
        assert await client.scrubbed_skill_ids(1) == {4501}
        assert await client.scrubbed_skill_ids(2) == set()
        now = datetime.fromtimestamp(now_s(), UTC)
        members = [one async for one in client.dnc_records(1)]
        assert [one.phone for one in members if one.blocks(now)] == ["2025550143"]
        assert [one async for one in client.dnc_records(2)] == []


@pytest.mark.parametrize("phone", ["2025550143", "12025550143", "+1 (202) 555-0143"])
async def test_a_number_is_looked_up_in_all_groups(phone: str) -> None:
    async with served(GROUPS) as tenant, client_of(tenant) as client:
        assert await client.groups_holding(phone) == {1}
        assert await client.groups_holding("2025550144") == set()  # expired
        assert await client.groups_holding("2025550199") == set()


async def test_numbers_are_added_to_a_group_and_the_refused_ones_are_named() -> None:
    async with served(GROUPS) as tenant, client_of(tenant) as client:
        write = await client.add_to_dnc(1, ["2025550150", "12"])
        assert (write.added, write.refused) == (("2025550150",), ("12",))
        assert await client.groups_holding("2025550150") == {1}
        with pytest.raises(ContentRefusedError, match="not active"):
            await client.add_to_dnc(2, ["2025550150"])
        with pytest.raises(UsageError):
            await client.add_to_dnc(1, ["2025550150"] * 4001)


@pytest.mark.parametrize("in_array", [True, False])
async def test_a_skill_that_says_nothing_of_running_may_dial(in_array: bool) -> None:
    options = AdminOptions(skills=GROUPS.skills, skill_in_array=in_array)
    async with served(options) as tenant, client_of(tenant) as client:
        assert (await client.skill(4501)).may_dial
        assert not (await client.skill(4502)).may_dial
        assert [one.skill_id for one in await client.skills()] == [4501, 4502]


async def test_a_skill_names_the_lists_that_it_calls_from() -> None:
    async with served(GROUPS) as tenant, client_of(tenant) as client:
        list_id = await client.create_list("spring", COLUMNS)
        assert await client.lists_of_skill(4501) == ((list_id, "spring"),)
        assert (await client.calling_list(list_id)).skill_ids == (4501,)


# rude tenants


async def test_a_discovery_that_names_a_strange_host_gets_no_token(raw_server: Any) -> None:
    paths: list[str] = []
    claims = base64.urlsafe_b64encode(json.dumps({"tenantId": "t-1"}).encode()).decode()

    async def respond(request: Any) -> None:
        paths.append(request.line.split()[1])
        if "access-key" in request.line:
            token = {"access_token": "a", "expires_in": 3600, "id_token": f"e30.{claims}.x"}
            await request.connection.answer(200, token)
        else:
            await request.connection.answer(200, {"api_endpoint": "https://evil.example"})

    raw_server.respond = respond
    async with CXoneAdminClient(
        access_key_id="a", access_key_secret="b", base_url=raw_server.base_url, quota_per_minute=0
    ) as client:
        with pytest.raises(ConfigurationError, match=re.escape("evil.example")):
            await client.lists()
    assert paths[1] == "/.well-known/cxone-configuration?tenantId=t-1"
    assert len(paths) == 2


def lists_in(numbers: range) -> dict[str, object]:
    return {"callingLists": [{"listId": number} for number in numbers]}


@asynccontextmanager
async def client_of_pages(
    raw_server: Any, page: Callable[[int], object]
) -> AsyncIterator[CXoneAdminClient]:
    """A client of a tenant whose lists are `page(skip)`."""

    async def respond(request: Any) -> None:
        if "access-key" in request.line:
            await request.connection.answer(200, {"access_token": "a", "expires_in": 3600})
        else:
            (skip,) = re.findall(r"skip=(\d+)", request.line)
            await request.connection.answer(200, page(int(skip)))

    raw_server.respond = respond
    async with CXoneAdminClient(
        access_key_id="a",
        access_key_secret="b",
        base_url=raw_server.base_url,
        api_endpoint=raw_server.base_url,
        quota_per_minute=0,
    ) as client:
        yield client


@pytest.mark.parametrize("most", [1, 7, 99, 100])
async def test_a_page_that_is_shorter_than_asked_for_is_not_the_last(
    raw_server: Any, most: int
) -> None:
    def page(skip: int) -> object:
        return lists_in(range(skip, min(skip + most, 150)))

    async with client_of_pages(raw_server, page) as client:
        assert [one.list_id for one in await client.lists()] == list(range(150))


@pytest.mark.parametrize("count", [1, 99, 101, 250])
async def test_a_tenant_that_knows_no_pages_sends_everything_at_once(
    raw_server: Any, count: int
) -> None:
    async with client_of_pages(raw_server, lambda _: lists_in(range(count))) as client:
        assert [one.list_id for one in await client.lists()] == list(range(count))


async def test_a_full_page_that_comes_again_is_not_taken_for_everything(raw_server: Any) -> None:
    async with client_of_pages(raw_server, lambda _: lists_in(range(100))) as client:
        with pytest.raises(AmbiguousError, match="the same page again"):
            await client.lists()


@dataclass
class _CountedSecret:
    """Credentials that are read for each sign-in."""

    reads: int = 0

    def __call__(self) -> str:
        self.reads += 1
        return "demo-access-secret"


async def test_credentials_that_are_functions_are_read_for_each_sign_in() -> None:
    secret = _CountedSecret()
    async with served() as tenant, client_of(tenant, access_key_secret=secret) as client:
        await client.check()
        tenant.tenant.revoke_tokens()
        await client.check()
    assert secret.reads == 2
