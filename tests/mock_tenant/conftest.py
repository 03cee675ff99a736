"""A plain HTTP caller for the stand-in tenant; it knows the wire and nothing of the client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import pytest
from multidict import CIMultiDict

from cxone_async.mock_tenant import TenantOptions, TenantState, serving
from cxone_async.mock_tenant.keeper import Keeper

SIGN_IN = {
    "grant_type": "client_credentials",
    "client_id": "demo-client",
    "client_secret": "demo-secret",
}
IMPORTS = "/api/v2/contactlists/demo-list/import"
SEGMENT = "/api/v2/segments/demo-segment/contacts"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        code: str = self.body["error"]["code"]
        return code


class Caller:
    """Calls one tenant; `token` is sent when it is set."""

    def __init__(
        self,
        base_url: str,
        state: TenantState,
        session: aiohttp.ClientSession,
        broken: asyncio.Future[str],
    ) -> None:
        self.broken = broken
        self.base_url = base_url
        self.state = state
        self.token: str | None = None
        self._session = session

    async def call(self, method: str, path: str, **sent: Any) -> Answer:
        headers = CIMultiDict(sent.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if "payload" in sent:
            sent["data"] = orjson.dumps(sent.pop("payload"))
            headers.setdefault("Content-Type", "application/json")
        url = self.base_url + path
        async with self._session.request(method, url, headers=headers, **sent) as response:
            raw = await response.read()
            if raw:
                assert response.content_type == "application/json"
            return Answer(response.status, orjson.loads(raw) if raw else None, response.headers)

    async def sign_in(self) -> Answer:
        answer = await self.call("POST", "/oauth/token", data=SIGN_IN)
        self.token = answer.body["access_token"]
        return answer

    async def submit(self, contacts: list[Any], key: str = "key-1") -> Answer:
        payload = {"contacts": [{"fields": fields} for fields in contacts]}
        return await self.call("POST", IMPORTS, payload=payload, headers={"Idempotency-Key": key})

    async def poll(self, import_id: str) -> Answer:
        return await self.call("GET", f"{IMPORTS}/{import_id}")

    async def imported(self, contacts: list[Any], key: str = "key-1") -> list[Any]:
        """The results of an import that takes no time."""
        submitted = await self.submit(contacts, key)
        assert submitted.status == 202
        polled = await self.poll(submitted.body["importId"])
        assert polled.body["status"] == "COMPLETED"
        results: list[Any] = polled.body["results"]
        return results

    async def add(self, contact_ids: Any) -> Answer:
        return await self.call("POST", SEGMENT, payload={"contactIds": contact_ids})


@asynccontextmanager
async def _calling(
    options: TenantOptions | None = None, keeper: Keeper | None = None
) -> AsyncIterator[Caller]:
    async with (
        serving(options or TenantOptions(), keeper=keeper) as tenant,
        aiohttp.ClientSession() as session,
    ):
        yield Caller(tenant.base_url, tenant.state, session, tenant.broken)


@asynccontextmanager
async def _signed_in(
    options: TenantOptions | None = None, keeper: Keeper | None = None
) -> AsyncIterator[Caller]:
    async with _calling(options, keeper) as caller:
        await caller.sign_in()
        yield caller


@pytest.fixture
def calling() -> Callable[..., AbstractAsyncContextManager[Caller]]:
    """A caller without a token, on a tenant with the options given."""
    return _calling


@pytest.fixture
def signed_in() -> Callable[..., AbstractAsyncContextManager[Caller]]:
    """A caller with a token, on a tenant with the options given."""
    return _signed_in


@pytest.fixture
def person() -> Callable[..., dict[str, str]]:
    """The fields of the n-th of any number of different contacts, changed as asked."""

    def fields(number: int = 0, **changed: str) -> dict[str, str]:
        return {
            "phone": f"1{200 + number // 100:03d}55501{number % 100:02d}",
            "email": f"person{number}@example.com",
            "first_name": "Ada",
            "last_name": f"Example{number}",
            "country": "US",
        } | changed

    return fields


class Clock:
    """Moves the virtual time of a test marked `virtual_time`."""

    @staticmethod
    async def advance(pause_s: float) -> None:
        await asyncio.sleep(pause_s)


@pytest.fixture
def clock() -> Clock:
    return Clock()
