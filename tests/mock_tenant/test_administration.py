"""What somebody who runs the stand-in asks it: is it there, what happened, begin again."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cxone_async.mock_tenant import TenantOptions, serving
from cxone_async.mock_tenant.request_log import LoggedRequest, RequestLog


async def _get(caller, path):
    async with aiohttp.ClientSession() as session, session.get(caller.base_url + path) as answer:
        return answer.status, answer.content_type, await answer.text()


async def test_it_says_that_it_is_there_without_a_token_or_quota(calling):
    async with calling(TenantOptions(quota_per_minute=1)) as caller:
        for _ in range(3):
            assert await _get(caller, "/healthz") == (200, "text/plain", "ok\n")
        assert caller.state.statistics().requests.total == 0


async def test_metrics_are_its_statistics(signed_in, person):
    async with signed_in(TenantOptions(quota_per_minute=50)) as caller:
        results = await caller.imported([person(0), person(1), person(2, phone="")])
        ids = [one["contact"]["id"] for one in results if one["status"] == "SUCCESS"]
        assert (await caller.add(ids[:1])).status == 204
        status, content_type, text = await _get(caller, "/metrics")
    assert (status, content_type) == (200, "text/plain")
    families = {one.name: one for one in text_string_to_metric_families(text)}
    assert all(name.startswith("cxone_mock_tenant_") for name in families)
    assert all(one.documentation for one in families.values())
    values = {
        (sample.name.removeprefix("cxone_mock_tenant_"), *sample.labels.values()): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert values["contacts",] == 2
    assert values["refused_contacts", "INVALID_PHONE"] == 1
    assert values["imports", "COMPLETED"] == 1
    assert values["segment_contacts", "demo-segment"] == 1
    assert values["requests_total", "submit", "202"] == 1
    assert values["requests_total", "token", "200"] == 1
    assert values["quota_per_minute",] == 50
    assert not [name for name in values if "metrics" in name]  # looking is not counted


async def test_a_reset_makes_it_a_new_one(signed_in, person):
    options = TenantOptions(refuse_duplicates=True, quota_per_minute=4)
    async with signed_in(options) as caller:
        (first,) = await caller.imported([person()])
        assert first["status"] == "SUCCESS"
        assert (await caller.call("GET", "/_stats")).body["contacts_accepted"] == 1
        assert (await caller.call("POST", "/_reset")).status == 204
        assert (await caller.call("GET", "/_stats")).body["contacts_accepted"] == 0
        assert (await caller.submit([person()])).status == 401  # its token is forgotten
        await caller.sign_in()
        (again,) = await caller.imported([person()])  # neither a repeat of its key nor a duplicate
        assert again["status"] == "SUCCESS"


async def test_a_reset_is_no_get(calling):
    async with calling() as caller:
        assert (await caller.call("GET", "/_reset")).status == 405


async def test_the_request_log_has_a_line_a_request_and_nothing_of_a_contact(tmp_path, person):
    path = tmp_path / "requests.jsonl"
    log = RequestLog(path)
    async with (
        serving(TenantOptions(), request_log=log) as tenant,
        aiohttp.ClientSession(tenant.base_url) as session,
    ):
        form = {"grant_type": "client_credentials", "client_id": "demo-client"}
        await session.post("/oauth/token", data={**form, "client_secret": "wrong-secret"})
        async with session.post(
            "/oauth/token", data={**form, "client_secret": "demo-secret"}
        ) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "ada-key"}
        contacts = {"contacts": [{"fields": person()}, {"fields": person(1)}]}
        imports = "/api/v2/contactlists/demo-list/import"
        await session.post(imports, json=contacts, headers=headers)
        await session.get(f"{imports}/import-1", headers=headers)
        await session.get(f"{imports}/ada@example.com", headers=headers)
        await session.request("PROPFIND", "/people/ada@example.com", headers=headers)
        await session.get("/healthz")
        await session.get("/_stats")
        await session.post("/_reset")
    log.close()
    text = path.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(one["kind"], one["method"], one["status"]) for one in lines] == [
        ("token", "POST", 401),
        ("token", "POST", 200),
        ("submit", "POST", 202),
        ("poll", "GET", 200),
        ("poll", "GET", 404),
        ("unknown", "other", 404),
        ("reset", "POST", 204),
    ]
    assert lines[0]["error_code"] == "invalid_client"
    assert (lines[2]["items"], lines[2]["import_id"]) == (2, "import-1")
    assert lines[2]["request_bytes"] == len(json.dumps(contacts))
    assert lines[3]["import_id"] == "import-1"
    assert lines[4]["error_code"] == "UNKNOWN_IMPORT"
    assert lines[5]["error_code"] == "NOT_FOUND"
    assert path.stat().st_mode & 0o777 == 0o600
    forbidden = (token, "ada", "wrong-secret", "demo-secret", "example.com", *person().values())
    assert not [word for word in forbidden if word in text.lower() and word != "US"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_log_that_cannot_be_written_says_so_once(capsys):
    log = RequestLog(Path("/dev/full"))
    for _ in range(2):
        log.add(
            LoggedRequest(kind="poll", method="GET", status=200, duration_s=0.1, request_bytes=0)
        )
    log.close()
    said = capsys.readouterr().err
    assert said == "the request log cannot be written: No space left on device\n"
