"""The tenant's HTTP server: routes, the checks of each call, and JSON answers.

A request is read completely and then decided in one step. The checks come in this order: 429
first (so nothing of a throttled request is processed), then the path, the token, the scopes, the
ids in the path, and the body. `/_stats` needs no token, uses no quota and is not counted, so
looking changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from cxone_async.mock_tenant.options import TenantOptions
from cxone_async.mock_tenant.state import TenantState
from cxone_async.mock_tenant.wire import (
    WireError,
    api_error,
    bearer_token,
    check_token_form,
    idempotency_key,
    parse_contact_ids,
    parse_contacts,
)

MAX_BODY_BYTES: Final = 8 * 1024 * 1024

_NEEDED_SCOPES: Final = {
    "campaign": ("campaign:read",),
    "submit": ("contact-list:write", "import:write"),
    "poll": ("import:write",),
    "segment": ("segment:write",),
}
_IMPORTS: Final = "/api/v2/contactlists/{list_id}/import"


def loop_time() -> float:
    """Seconds of the running event loop's clock; virtual where the loop's time is."""
    return asyncio.get_running_loop().time()


class MockTenant:
    """A tenant and its HTTP application. `clock` gives seconds and never runs backwards."""

    def __init__(self, options: TenantOptions, clock: Callable[[], float] = loop_time) -> None:
        self.state = TenantState(options, clock)

    def application(self) -> web.Application:
        """An aiohttp application that serves this tenant."""
        application = web.Application(
            middlewares=[self._decide_and_count], client_max_size=MAX_BODY_BYTES
        )
        application.add_routes(
            [
                web.post("/oauth/token", self._token, name="token"),
                web.get(
                    "/api/v2/campaigns/{campaign_id}",
                    self._campaign,
                    name="campaign",
                    allow_head=False,
                ),
                web.post(_IMPORTS, self._submit, name="submit"),
                web.get(_IMPORTS + "/{import_id}", self._poll, name="poll", allow_head=False),
                web.post("/api/v2/segments/{segment_id}/contacts", self._segment, name="segment"),
                web.get("/_stats", self._statistics, name="statistics", allow_head=False),
            ]
        )
        return application

    @web.middleware
    async def _decide_and_count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        kind = request.match_info.route.name or "unknown"
        counted = kind != "statistics"
        try:
            await request.read()
            if counted:
                self.state.admit()
                if request.query_string:
                    raise api_error(404, "NOT_FOUND", "this call has no query")
            if kind in _NEEDED_SCOPES:
                token = bearer_token(request.headers.getall("Authorization", []))
                self.state.authorize(token, _NEEDED_SCOPES[kind])
            answer = await handler(request)
        except WireError as error:
            answer = _json(error.status, error.body)
            answer.headers.update(error.headers or {})
        except web.HTTPException as error:
            code = error.reason.upper().replace(" ", "_")
            answer = _json(error.status, {"error": {"code": code, "message": error.reason}})
        if counted:
            self.state.answered(kind, answer.status)
        return answer

    async def _token(self, request: web.Request) -> web.Response:
        options = self.state.options
        try:
            form = parse_qs((await request.read()).decode(), keep_blank_values=True)
        except ValueError:  # not UTF-8
            form = {}
        check_token_form(request.content_type, form, options.client_id, options.client_secret)
        return _json(
            200,
            {
                "access_token": self.state.issue_token(),
                "token_type": "Bearer",
                "expires_in": options.token_lifetime_s,
                "scope": " ".join(options.scopes),
            },
        )

    async def _campaign(self, request: web.Request) -> web.Response:
        return _json(200, self.state.campaign(request.match_info["campaign_id"]))

    async def _submit(self, request: web.Request) -> web.Response:
        list_id = request.match_info["list_id"]
        self.state.known_list(list_id)
        key = idempotency_key(request.headers.getall("Idempotency-Key", []))
        body = await request.read()
        repeated = self.state.repeated_submission(list_id, key, body)
        if repeated:
            return _json(200, {"importId": repeated.import_id})
        contacts = parse_contacts(request.content_type, body)
        started = self.state.submit(list_id, key, body, contacts)
        return _json(202, {"importId": started.import_id})

    async def _poll(self, request: web.Request) -> web.Response:
        names = request.match_info
        return _json(200, self.state.poll(names["list_id"], names["import_id"]))

    async def _segment(self, request: web.Request) -> web.Response:
        segment_id = request.match_info["segment_id"]
        self.state.known_segment(segment_id)
        contact_ids = parse_contact_ids(request.content_type, await request.read())
        self.state.add_to_segment(segment_id, contact_ids)
        return web.Response(status=204)

    async def _statistics(self, request: web.Request) -> web.Response:
        if request.query_string not in ("", "full=1"):
            raise api_error(404, "NOT_FOUND", "the only query here is full=1")
        return _json(200, self.state.statistics(full=request.query_string == "full=1"))


@dataclass(frozen=True, slots=True)
class ServingTenant:
    """A tenant that listens: `base_url` without a trailing slash, and its state."""

    base_url: str
    state: TenantState


@asynccontextmanager
async def serving(
    options: TenantOptions,
    host: str = "127.0.0.1",
    port: int = 0,
    clock: Callable[[], float] = loop_time,
) -> AsyncIterator[ServingTenant]:
    """Serve a tenant while the context is open. Port 0 takes a free one.

    Raises `OSError` when the address cannot be bound.
    """
    tenant = MockTenant(options, clock)
    runner = web.AppRunner(tenant.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound_port = runner.addresses[0][1]
        url_host = f"[{host}]" if ":" in host else host
        yield ServingTenant(f"http://{url_host}:{bound_port}", tenant.state)
    finally:
        await runner.cleanup()


def _json(status: int, body: object) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", charset="utf-8"
    )
