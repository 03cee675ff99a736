"""The stand-in for the Admin API: it reads requests as loosely as a real tenant is known to."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from cxone_async.mock_tenant.admin import AdminOptions, ServingAdminTenant, serving

MAPPING = {"destinationMappings": [{"fieldName": "PhoneNumber", "fieldValue": "phone"}]}
KEY = {"accessKeyId": "demo-access-key", "accessKeySecret": "demo-access-secret"}


class Caller:
    def __init__(self, tenant: ServingAdminTenant, session: aiohttp.ClientSession) -> None:
        self.tenant = tenant
        self.headers: dict[str, str] = {"Accept": "application/json"}
        self._session = session

    async def call(
        self, method: str, path: str, version: str = "v34.0", **sent: Any
    ) -> tuple[int, Any, str]:
        if path.startswith("/"):
            path = f"/inContactAPI/services/{version}{path}"
        url = f"{self.tenant.base_url}/{path.lstrip('/')}"
        async with self._session.request(method, url, headers=self.headers, **sent) as answer:
            text = await answer.text()
            body = await answer.json() if text else None
            return answer.status, body, answer.headers["icStatusDescription"]

    async def sign_in(self) -> None:
        url = f"{self.tenant.base_url}/authentication/v1/token/access-key"
        async with self._session.post(url, json=KEY) as answer:
            token = (await answer.json())["access_token"]
        self.headers["Authorization"] = f"bearer {token}"


@asynccontextmanager
async def calling(options: AdminOptions | None = None) -> AsyncIterator[Caller]:
    async with serving(options or AdminOptions()) as tenant, aiohttp.ClientSession() as session:
        caller = Caller(tenant, session)
        await caller.sign_in()
        yield caller


@pytest.mark.parametrize(
    "path",
    [
        "inContactAPI/services/v34.0/server-time",
        "incontactapi/services/v8.0/server-time",
        "INCONTACTAPI/SERVICES/V21.0/SERVER-TIME",
        "incontactApi//services/v28.0//server-time",
        "inContactAPI/services/v34.0/server-time/",
    ],
)
async def test_a_path_is_found_in_any_case_with_any_slashes_and_version(path: str) -> None:
    async with calling() as caller:
        status, body, _ = await caller.call("GET", path)
        assert status == 200
        assert body["ServerTime"].endswith("Z")


@pytest.mark.parametrize("version", ["v7.0", "v35.0", "v34.1", "34.0"])
async def test_a_version_that_is_not_served_is_not_found(version: str) -> None:
    async with calling() as caller:
        assert (await caller.call("GET", "/server-time", version))[0] == 404


async def test_a_list_may_be_created_by_the_query_or_by_the_body() -> None:
    async with calling() as caller:
        named = {"listName": "spring", "externalIdColumn": "id"}
        first = await caller.call("POST", "/lists/call-lists", params=named, json=MAPPING)
        second = await caller.call("POST", "/lists/call-lists", json={**named, **MAPPING})
        assert first == second == (200, first[1], "OK")


@pytest.mark.parametrize(
    "wrong",
    [
        ({"listName": "spring"}, MAPPING),
        ({"externalIdColumn": "id"}, MAPPING),
        ({"listName": "", "externalIdColumn": "id"}, MAPPING),
        ({"listName": "spring", "externalIdColumn": "id"}, {}),
        ({"listName": "spring", "externalIdColumn": "id"}, {"destinationMappings": []}),
    ],
)
async def test_a_mapping_that_lacks_something_is_refused(wrong: tuple[Any, Any]) -> None:
    async with calling() as caller:
        status, _, said = await caller.call(
            "POST", "/lists/call-lists", params=wrong[0], json=wrong[1]
        )
        assert (status, bool(said)) == (400, True)


@pytest.mark.parametrize("in_query", [True, False])
async def test_an_upload_may_be_described_in_its_query_or_in_its_body(in_query: bool) -> None:
    async with calling() as caller:
        named = {"listName": "spring", "externalIdColumn": "id"}
        _, body, _ = await caller.call("POST", "/lists/call-lists", params=named, json=MAPPING)
        file = {"listFile": base64.b64encode(b"id,phone\r\nc-1,2025550143\r\n").decode()}
        rest = {
            "fileName": "a.csv",
            "forceOverwrite": "false",
            "expirationDate": "2030-01-01",
            "startSkill": "true",
            "sendEmail": "false",
        }
        path = f"/lists/call-lists/{body['listId']}/upload"
        sent: dict[str, Any] = (
            {"params": rest, "json": file} if in_query else {"json": {**rest, **file}}
        )
        status, job, _ = await caller.call("POST", path, **sent)
        assert status == 202
        assert job["jobId"] > 0
        assert caller.tenant.state.record.started_skills == ["a.csv"]
        again = await caller.call("POST", path, **sent)
        assert (again[0], again[1]["error_description"]) == (409, "file already exists")


async def test_an_unmapped_list_takes_no_file() -> None:
    async with calling() as caller:
        assert (await caller.call("POST", "/lists/call-lists/1/upload", json={}))[0] == 404


@pytest.mark.parametrize("without", ["startDate", "endDate"])
async def test_jobs_need_both_dates(without: str) -> None:
    async with calling() as caller:
        dates = {"startDate": "2026-12-01T00:00:00Z", "endDate": "2026-12-01T12:00:00Z"}
        dates.pop(without)
        assert (await caller.call("GET", "/lists/call-lists/jobs", params=dates))[0] == 400


async def test_without_a_good_token_nothing_is_told() -> None:
    async with calling() as caller:
        caller.headers["Authorization"] = "Bearer stale"
        assert await caller.call("GET", "/lists/call-lists") == (401, None, "")


async def test_an_answer_that_cannot_be_rendered_is_refused() -> None:
    async with calling() as caller:
        caller.headers["Accept"] = "text/html"
        assert (await caller.call("GET", "/server-time"))[0] == 406


async def test_a_quota_is_kept_over_a_minute() -> None:
    async with calling(AdminOptions(quota_per_minute=3)) as caller:
        statuses = [(await caller.call("GET", "/server-time"))[0] for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]


@pytest.mark.parametrize(
    ("known", "expected"),
    [("merge", ["c-1", "c-2"]), ("duplicate", ["c-1", "c-1", "c-2"]), ("reject", ["c-1", "c-2"])],
)
async def test_a_known_external_id_is_merged_doubled_or_rejected(
    known: Any, expected: list[str]
) -> None:
    async with calling(AdminOptions(known_external_id=known)) as caller:
        named = {"listName": "spring", "externalIdColumn": "id"}
        _, body, _ = await caller.call("POST", "/lists/call-lists", params=named, json=MAPPING)
        list_id = body["listId"]
        for number, rows in enumerate((b"c-1,2025550143", b"c-1,2025550144\r\nc-2,2025550145")):
            upload = {
                "listFile": base64.b64encode(b"id,phone\r\n" + rows + b"\r\n").decode(),
                "fileName": f"{number}.csv",
                "forceOverwrite": False,
                "expirationDate": "2030-01-01",
                "startSkill": False,
                "sendEmail": False,
            }
            await caller.call("POST", f"/lists/call-lists/{list_id}/upload", json=upload)
        assert sorted(caller.tenant.state.external_ids(list_id)) == expected
        found = (await caller.call("GET", f"/lists/call-lists/{list_id}"))[1]["resultSet"]
        assert found["invalidRecords"] == (1 if known == "reject" else 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_key_id": ""},
        {"token_lifetime_s": 0},
        {"job_takes_s": -1},
        {"known_external_id": "guess"},
        {"quota_per_minute": -1},
    ],
)
def test_an_option_that_is_wrong_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AdminOptions(**wrong)
