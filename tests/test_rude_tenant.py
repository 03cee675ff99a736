"""Whole imports against a server that keeps the contract and is rude in every way it allows.

The server is not the stand-in tenant and shares nothing with it or with the client. It keeps
its own record of whom it took, and the report of the run is held against that record: row by
row, never by sums. Real time on loopback, since sockets that are cut know no virtual time.
"""

import asyncio
import csv
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cxone_async import ImportSettings, run_import
from cxone_async.errors import TenantUnreachableError

pytestmark = pytest.mark.asyncio

SUBMIT_FAULTS = {
    "cut_before": 0, "cut_after": 0, "cut_body": 0, "not_json": 200, "wrong_type": 200,
    "empty": 200, 408: 408, 409: 409, 500: 500, 502: 502, 504: 504,
}  # fmt: skip
"""Faults after which a submission's fate is not known; some of them come after it was taken."""

REFUSALS = (429, 503)
POLL_FAULTS = (
    "cut_before", "cut_body", "not_json", "wrong_type", 400, 404, 408, 409, 500, 502, 504,
)  # fmt: skip


@dataclass
class RudeTenant:
    """Takes contacts, loses answers, and remembers the truth."""

    rate: float
    seed: int = 1
    token_life_s: int = 3
    kinds: frozenset[str] = frozenset(
        {"submit", "poll", "results", "throttle", "segment", "import"}
    )
    accepted: dict[str, dict[str, str]] = field(default_factory=dict)
    takes: Counter[str] = field(default_factory=Counter)
    submits: Counter[str] = field(default_factory=Counter)
    ambiguous_keys: set[str] = field(default_factory=set)
    contacts_by_key: dict[str, list[str]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    segment: set[str] = field(default_factory=set)
    imports: dict[str, list[dict[str, object]] | None] = field(default_factory=dict)
    ready_at: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    expired: int = 0

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)

    def unlucky(self, kind: str) -> bool:
        return kind in self.kinds and self.draw.random() < self.rate

    def application(self) -> web.Application:
        application = web.Application(client_max_size=1 << 26)
        application.add_routes(
            [
                web.post("/oauth/token", self.token),
                web.get("/api/v2/campaigns/{id}", self.campaign),
                web.post("/api/v2/contactlists/{list}/import", self.submit),
                web.get("/api/v2/contactlists/{list}/import/{id}", self.poll),
                web.post("/api/v2/segments/{id}/contacts", self.add),
            ]
        )
        return application

    async def token(self, request: web.Request) -> web.StreamResponse:
        if self.unlucky("token"):
            return await self.spoiled(request, self.draw.choice((*POLL_FAULTS[:4], 429, 500, 503)))
        value = f"token-{len(self.tokens)}"
        self.tokens[value] = asyncio.get_running_loop().time() + self.token_life_s
        scope = "contact-list:write import:write campaign:read segment:write"
        return web.json_response(
            {
                "access_token": value, "token_type": "Bearer", "scope": scope,
                "expires_in": self.token_life_s,
            }
        )  # fmt: skip

    def denied(self, request: web.Request) -> web.Response | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0.0) <= asyncio.get_running_loop().time():
            self.expired += 1
            return web.json_response({"error": "invalid_token"}, status=401)
        if self.unlucky("throttle"):
            headers = self.draw.choice([{}, {"Retry-After": "1"}, {"Retry-After": "soon"}])
            return web.Response(status=self.draw.choice(REFUSALS), headers=headers)
        return None

    async def campaign(self, request: web.Request) -> web.StreamResponse:
        if self.unlucky("token"):
            return await self.spoiled(request, self.draw.choice((*POLL_FAULTS[:4], 429, 500, 503)))
        return self.denied(request) or web.json_response(
            {
                "id": "c",
                "name": "c",
                "allowedCountries": [{"countryCode": "US"}],
                "dncEnabled": False,
            }
        )

    async def submit(self, request: web.Request) -> web.StreamResponse:
        key = request.headers["Idempotency-Key"]
        contacts = [each["fields"] for each in json.loads(await request.read())["contacts"]]
        self.contacts_by_key[key] = [fields["email"] for fields in contacts]
        if denied := self.denied(request):
            return denied
        self.submits[key] += 1
        fault = self.draw.choice(list(SUBMIT_FAULTS)) if self.unlucky("submit") else None
        if fault is None or fault in ("cut_after", "cut_body", "not_json", "empty", 500):
            import_id = self.take(key, contacts)
        if fault is None:
            return web.json_response({"importId": import_id}, status=202)
        self.ambiguous_keys.add(key)
        return await self.spoiled(request, fault)

    def take(self, key: str, contacts: list[dict[str, str]]) -> str:
        import_id = f"i-{key}"
        if import_id in self.imports:
            return import_id
        self.ready_at[import_id] = asyncio.get_running_loop().time() + self.draw.uniform(0, 1)
        if self.unlucky("import"):
            self.imports[import_id] = None
            return import_id
        results: list[dict[str, object]] = []
        for position, fields in enumerate(contacts):
            if self.unlucky("import"):
                code = self.draw.choice(["INVALID_PHONE", "BUSY", None])
                error = {"code": code, "message": "no"} if code else None
                results.append({"status": "FAILED", "contact": {"fields": fields}, "error": error})
                continue
            contact_id = f"{key}-{position}"
            self.accepted[contact_id] = fields
            self.takes[fields["email"]] += 1
            results.append({"status": "SUCCESS", "contact": {"id": contact_id, "fields": fields}})
        self.draw.shuffle(results)
        if self.unlucky("results"):
            lost = results.pop()
            self.hidden.add(lost["contact"]["fields"]["email"])  # type: ignore[index]
        if self.unlucky("results") and results:
            results.append(results[0])
        if self.unlucky("results"):
            stranger = {"phone": "12025550199", "email": "stranger@example.net"}
            results.append({"status": "SUCCESS", "contact": {"id": "stranger", "fields": stranger}})
        self.imports[import_id] = results
        return import_id

    async def poll(self, request: web.Request) -> web.StreamResponse:
        if denied := self.denied(request):
            return denied
        if self.unlucky("poll"):
            return await self.spoiled(request, self.draw.choice(POLL_FAULTS))
        import_id = request.match_info["id"]
        if asyncio.get_running_loop().time() < self.ready_at[import_id]:
            status = self.draw.choice(["QUEUED", "PROCESSING", "THINKING"])
            return web.json_response({"importId": import_id, "status": status})
        results = self.imports[import_id]
        status = "FAILED" if results is None else "COMPLETED"
        return web.json_response({"importId": import_id, "status": status, "results": results})

    async def add(self, request: web.Request) -> web.StreamResponse:
        if denied := self.denied(request):
            return denied
        ids = (await request.json())["contactIds"]
        if len(ids) > 300:
            return web.Response(status=413)
        assert set(ids) <= set(self.accepted)
        fault = (
            self.draw.choice(["cut_before", "cut_after", 500, 502])
            if self.unlucky("segment")
            else 0
        )
        if fault in (0, "cut_after", 500):
            self.segment.update(ids)
        return await self.spoiled(request, fault) if fault else web.Response(status=204)

    async def spoiled(self, request: web.Request, fault: object) -> web.StreamResponse:
        if isinstance(fault, int):
            return web.Response(status=fault, text="<html>oh no</html>")
        if fault in ("cut_before", "cut_after"):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault == "cut_body":
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b'{"importId": "')
            assert request.transport is not None
            request.transport.abort()
            return response
        text = {"not_json": '{"importId": ', "wrong_type": "<p>hello</p>", "empty": ""}[str(fault)]
        return web.Response(text=text, content_type="text/html")


@asynccontextmanager
async def served(tenant: RudeTenant) -> AsyncIterator[str]:
    server = TestServer(tenant.application())
    await server.start_server(access_log=None)
    try:
        yield str(server.make_url("/")).rstrip("/")
    finally:
        await server.close()


def write_contacts(path: Path, rows: int) -> Path:
    lines = ["phone,email,first_name,last_name"]
    lines += [
        f"+1{201 + n // 100}55501{n % 100:02},p{n}@example.com,First{n},Last{n}"
        for n in range(rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def settings_for(url: str, run_dir: Path, **changes: object) -> ImportSettings:
    return ImportSettings.model_validate(
        {
            "base_url": url, "list_id": "l", "campaign_id": "c", "segment_id": "s",
            "client_id": "me", "client_secret": "x", "quota": 0, "chunk_size": 40,
            "run_dir": run_dir, "concurrency": 20, **changes,
        }
    )  # fmt: skip


def outcomes_of(run_dir: Path) -> list[dict[str, str]]:
    with (run_dir / "outcomes.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def audit(tenant: RudeTenant, outcomes: list[dict[str, str]], rows: int) -> None:
    """Hold each row of the report against what the tenant knows of it."""
    assert [int(row["row"]) for row in outcomes] == list(range(1, rows + 1))
    in_doubt = {email for key in tenant.ambiguous_keys for email in tenant.contacts_by_key[key]}
    for row in outcomes:
        email = f"p{int(row['row']) - 1}@example.com"
        match row["outcome"]:
            case "imported":
                assert tenant.accepted[row["contact_id"]]["email"] == email
                assert tenant.takes[email] == 1
            case "failed":
                assert tenant.takes[email] == 0
            case "unresolved":
                assert email in in_doubt | tenant.hidden
            case other:
                pytest.fail(f"row {row['row']} ended {other}")
    segmented = {row["contact_id"] for row in outcomes if row["segmented"] == "yes"}
    assert segmented <= tenant.segment
    assert set(tenant.takes.values()) <= {1}


async def test_a_polite_server_that_is_not_the_stand_in_gets_everybody_once(tmp_path):
    tenant = RudeTenant(rate=0.0)
    path = write_contacts(tmp_path / "in.csv", 1000)
    async with served(tenant) as url:
        result = await run_import(path, settings_for(url, tmp_path / "run"))
    audit(tenant, outcomes_of(tmp_path / "run"), 1000)
    assert (result.successfully_imported, result.segmented, result.exit_code) == (1000, 1000, 0)
    assert tenant.segment == set(tenant.accepted)


async def test_shuffled_missing_repeated_and_strange_results_are_told_apart(tmp_path):
    tenant = RudeTenant(rate=0.3, kinds=frozenset({"results"}))
    path = write_contacts(tmp_path / "in.csv", 1000)
    async with served(tenant) as url:
        result = await run_import(path, settings_for(url, tmp_path / "run"))
    outcomes = outcomes_of(tmp_path / "run")
    audit(tenant, outcomes, 1000)
    assert result.unresolved == len(tenant.hidden) > 0
    assert result.successfully_imported == 1000 - len(tenant.hidden)


async def test_tokens_that_live_three_seconds_cost_no_row(tmp_path):
    tenant = RudeTenant(rate=0.0)
    path = write_contacts(tmp_path / "in.csv", 800)
    async with served(tenant) as url:
        result = await run_import(path, settings_for(url, tmp_path / "run", quota=500))
    assert (result.successfully_imported, result.exit_code) == (800, 0)
    assert len(tenant.tokens) > 1
    assert tenant.expired == 0


@pytest.mark.parametrize("semantics", ["at-most-once", "idempotent"])
@pytest.mark.parametrize("rate", [0.15])
async def test_with_every_fault_at_once_the_report_contradicts_the_server_in_no_row(
    tmp_path, rate, semantics
):
    tenant = RudeTenant(rate=rate, seed=int(rate * 100))
    path = write_contacts(tmp_path / "in.csv", 1500)
    async with served(tenant) as url, asyncio.timeout(120):
        result = await run_import(
            path, settings_for(url, tmp_path / "run", submit_semantics=semantics)
        )
    audit(tenant, outcomes_of(tmp_path / "run"), 1500)
    assert result.data_integrity_check == "PASS"
    if semantics == "at-most-once":
        assert set(tenant.submits.values()) == {1}
    else:
        assert {row["reason"] for row in outcomes_of(tmp_path / "run")} >= {""}


async def test_a_deadline_in_the_middle_of_trouble_leaves_a_run_that_can_go_on(tmp_path):
    tenant = RudeTenant(rate=0.05, seed=3)
    path = write_contacts(tmp_path / "in.csv", 1000)
    async with served(tenant) as url:
        with pytest.raises(TenantUnreachableError, match="deadline"):
            await run_import(path, settings_for(url, tmp_path / "run", deadline=1.5))
        assert not (tmp_path / "run" / "outcomes.csv").exists()
        await run_import(path, settings_for(url, tmp_path / "run"))
    audit(tenant, outcomes_of(tmp_path / "run"), 1000)
