"""The tenant's HTTP server: routes, the checks of each call, and JSON answers.

A request is read completely and then decided in one step. The checks come in this order: 429
first (so nothing of a throttled request is processed), then the path, the token, the scopes, the
ids in the path, and the body. `/_stats`, `/healthz` and `/metrics` need no token, use no quota and
are not counted, so looking changes nothing. `POST /_reset` makes the tenant a new one.

When what was accepted cannot be kept, the request gets 500 and every later one 503; `broken` tells.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from cxone_async.mock_tenant.keeper import CannotKeepError, Keeper
from cxone_async.mock_tenant.options import TenantOptions
from cxone_async.mock_tenant.request_log import LoggedRequest, RequestLog
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
_LOOKING: Final = {"statistics", "health", "metrics"}
_NOT_COUNTED: Final = _LOOKING | {"reset"}
_IMPORTS: Final = "/api/v2/contactlists/{list_id}/import"


def loop_time() -> float:
    """Seconds of the running event loop's clock; virtual where the loop's time is."""
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class _Noted:
    """What the request log tells of a request beside its answer."""

    request_bytes: int = 0
    items: int | None = None
    import_id: str | None = None
    error_code: str | None = None


class MockTenant:
    """A tenant and its HTTP application. `clock` gives seconds and never runs backwards."""

    def __init__(
        self,
        options: TenantOptions,
        clock: Callable[[], float] = loop_time,
        *,
        keeper: Keeper | None = None,
        request_log: RequestLog | None = None,
    ) -> None:
        self.state = TenantState(options, clock, keeper)
        self.broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Why what was accepted cannot be kept, once it cannot."""
        self._request_log = request_log
        self._noted: dict[int, _Noted] = {}

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
                web.get("/healthz", self._health, name="health"),
                web.get("/metrics", self._metrics, name="metrics", allow_head=False),
                web.post("/_reset", self._reset, name="reset"),
            ]
        )
        return application

    @web.middleware
    async def _decide_and_count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        kind = request.match_info.route.name or "unknown"
        began_s = time.monotonic()
        noted = self._noted[id(request)] = _Noted()
        try:
            answer = await self._decide(kind, request, handler, noted)
        finally:
            del self._noted[id(request)]
        if kind not in _NOT_COUNTED:
            self.state.answered(kind, answer.status)
        if self._request_log and kind not in _LOOKING:
            self._request_log.add(
                LoggedRequest(
                    kind=kind,
                    method=request.method,
                    status=answer.status,
                    duration_s=round(time.monotonic() - began_s, 6),
                    request_bytes=noted.request_bytes,
                    items=noted.items,
                    import_id=noted.import_id,
                    error_code=noted.error_code,
                )
            )
        return answer

    async def _decide(
        self, kind: str, request: web.Request, handler: Handler, noted: _Noted
    ) -> web.StreamResponse:
        try:
            noted.request_bytes = len(await request.read())
            if self.broken.done():
                raise api_error(503, "STATE_NOT_KEPT", "the tenant is about to stop")
            if kind not in _NOT_COUNTED:
                self.state.admit()
            if request.query_string and kind != "statistics":
                raise api_error(404, "NOT_FOUND", "this call has no query")
            if kind in _NEEDED_SCOPES:
                token = bearer_token(request.headers.getall("Authorization", []))
                self.state.authorize(token, _NEEDED_SCOPES[kind])
            return await handler(request)
        except WireError as error:
            answer = _json(error.status, error.body)
            answer.headers.update(error.headers or {})
            noted.error_code = error.code
        except web.HTTPException as error:
            code = error.reason.upper().replace(" ", "_")
            answer = _json(error.status, {"error": {"code": code, "message": error.reason}})
            noted.error_code = code
        except CannotKeepError as error:
            self.broken.set_result(str(error))
            answer = _json(500, {"error": {"code": "STATE_NOT_KEPT", "message": "not accepted"}})
            noted.error_code = "STATE_NOT_KEPT"
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
            self._noted[id(request)].import_id = repeated.import_id
            return _json(200, {"importId": repeated.import_id})
        contacts = parse_contacts(request.content_type, body)
        started = self.state.submit(list_id, key, body, contacts)
        noted = self._noted[id(request)]
        noted.items, noted.import_id = len(contacts), started.import_id
        return _json(202, {"importId": started.import_id})

    async def _poll(self, request: web.Request) -> web.Response:
        names = request.match_info
        answer = self.state.poll(names["list_id"], names["import_id"])
        self._noted[id(request)].import_id = names["import_id"]
        return _json(200, answer)

    async def _segment(self, request: web.Request) -> web.Response:
        segment_id = request.match_info["segment_id"]
        self.state.known_segment(segment_id)
        contact_ids = parse_contact_ids(request.content_type, await request.read())
        self.state.add_to_segment(segment_id, contact_ids)
        self._noted[id(request)].items = len(contact_ids)
        return web.Response(status=204)

    async def _statistics(self, request: web.Request) -> web.Response:
        if request.query_string not in ("", "full=1"):
            raise api_error(404, "NOT_FOUND", "the only query here is full=1")
        return _json(200, self.state.statistics(full=request.query_string == "full=1"))

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _metrics(self, request: web.Request) -> web.Response:
        # The library takes a tenth of a second to load, which only somebody who looks has to pay.
        from cxone_async.mock_tenant.metrics import CONTENT_TYPE, exposition  # noqa: PLC0415

        text = exposition(self.state.statistics(), self.state.options.quota_per_minute)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    async def _reset(self, request: web.Request) -> web.Response:
        self.state.reset()
        return web.Response(status=204)


@dataclass(frozen=True, slots=True)
class ServingTenant:
    """A tenant that listens: `base_url` without a trailing slash, and its state.

    `broken` holds why what was accepted cannot be kept, once it cannot; then it has to be stopped.
    """

    base_url: str
    state: TenantState
    broken: asyncio.Future[str]


@asynccontextmanager
async def serving(
    options: TenantOptions,
    host: str = "127.0.0.1",
    port: int = 0,
    clock: Callable[[], float] = loop_time,
    *,
    tls: ssl.SSLContext | None = None,
    keeper: Keeper | None = None,
    request_log: RequestLog | None = None,
) -> AsyncIterator[ServingTenant]:
    """Serve a tenant while the context is open. Port 0 takes a free one.

    With `tls` it speaks HTTPS only.

    Raises `OSError` when the address cannot be bound.
    """
    tenant = MockTenant(options, clock, keeper=keeper, request_log=request_log)
    runner = web.AppRunner(tenant.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        bound_port = runner.addresses[0][1]
        url_host = f"[{host}]" if ":" in host else host
        url = f"{'https' if tls else 'http'}://{url_host}:{bound_port}"
        yield ServingTenant(url, tenant.state, tenant.broken)
    finally:
        await runner.cleanup()


def _json(status: int, body: object) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", charset="utf-8"
    )
