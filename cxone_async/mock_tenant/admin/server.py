"""The server: sign-in, discovery and API on one origin, with the troubles that a test asks for.

Paths are read as a real tenant reads them: in any letter case, with a doubled slash, under any
version. Every answer of the API has the header `icStatusDescription`; refusals of a token, a right
or an unknown id have no body.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import ssl
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import parse_qs, unquote, unquote_plus

import orjson
from aiohttp import web

from cxone_async.mock_tenant.admin.options import AdminOptions
from cxone_async.mock_tenant.admin.record import Trouble
from cxone_async.mock_tenant.admin.state import AdminState, Json, RefusedError
from cxone_async.mock_tenant.quota import SlidingWindow

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
_PATH: Final = re.compile(r"/incontactapi/services/v(?P<version>[0-9]{1,3})\.0(?P<rest>/.*)", re.I)
_FIRST_VERSION, _LAST_VERSION = 8, 34

Respond = Callable[["_Asked"], "tuple[int, Json | None]"]


@dataclass(frozen=True, slots=True)
class _Asked:
    state: AdminState
    named: str  # the id or name in the path, "" where there is none
    query: dict[str, str]
    body: Json


@dataclass(frozen=True, slots=True)
class _Route:
    name: str
    method: str
    path: re.Pattern[str]
    respond: Respond


def _found(body: Json | None) -> tuple[int, Json | None]:
    return (204, None) if body is None else (200, body)


def _route(name: str, method: str, path: str, respond: Respond) -> _Route:
    return _Route(name, method, re.compile(path.replace("{}", "([^/]+)"), re.IGNORECASE), respond)


_LISTS: Final = "/lists/call-lists"
_ROUTES: Final = (
    _route("list.create", "POST", _LISTS, lambda a: (200, a.state.create_list(a.query, a.body))),
    _route("list.all", "GET", _LISTS, lambda a: _found(a.state.lists(a.query))),
    _route("job.all", "GET", f"{_LISTS}/jobs", lambda a: (200, a.state.jobs(a.query))),
    _route("job.one", "GET", f"{_LISTS}/jobs/{{}}", lambda a: (200, a.state.job(a.named))),
    _route("job.cancel", "DELETE", f"{_LISTS}/jobs/{{}}", lambda a: (200, a.state.cancel(a.named))),
    _route(
        "list.upload",
        "POST",
        f"{_LISTS}/{{}}/upload",
        lambda a: a.state.upload(a.named, a.query, a.body),
    ),
    _route(
        "list.remove",
        "DELETE",
        f"{_LISTS}/{{}}/removeProspects",
        lambda a: (200, a.state.remove_prospects(a.named, a.body)),
    ),
    _route(
        "list.one", "GET", f"{_LISTS}/{{}}", lambda a: (200, a.state.one_list(a.named, a.query))
    ),
    _route(
        "list.delete",
        "DELETE",
        f"{_LISTS}/{{}}",
        lambda a: (200, a.state.delete_list(a.named, a.query)),
    ),
    _route(
        "dnc.search", "POST", "/dnc-groups/search", lambda a: _found(a.state.search_dnc(a.query))
    ),
    _route("dnc.all", "GET", "/dnc-groups", lambda a: _found(a.state.dnc_groups())),
    _route("dnc.one", "GET", "/dnc-groups/{}", lambda a: (200, a.state.dnc_group(a.named))),
    _route(
        "dnc.skills",
        "GET",
        "/dnc-groups/{}/scrubbed-skills",
        lambda a: _found(a.state.scrubbed_skills(a.named, a.query)),
    ),
    _route(
        "dnc.records",
        "GET",
        "/dnc-groups/{}/records",
        lambda a: _found(a.state.dnc_records(a.named, a.query)),
    ),
    _route(
        "dnc.write",
        "POST",
        "/dnc-groups/{}/records",
        lambda a: (200, a.state.write_dnc(a.named, a.body)),
    ),
    _route("skill.all", "GET", "/skills", lambda a: _found(a.state.skills(a.query))),
    _route("skill.one", "GET", "/skills/{}", lambda a: (200, a.state.skill(a.named))),
    _route(
        "skill.parameters",
        "GET",
        "/skills/{}/parameters",
        lambda a: (200, a.state.skill_parameters(a.named)),
    ),
    _route("campaign.all", "GET", "/campaigns", lambda a: (200, a.state.campaigns())),
    _route("tenant", "GET", "/business-unit", lambda a: (200, a.state.business_unit())),
    _route("time", "GET", "/server-time", lambda a: (200, a.state.server_time())),
)


class _NoAnswerError(Exception):
    """The connection is to be closed without an answer."""


class AdminTenant:
    """A tenant and its HTTP application. `troubles` happen to the next requests of the API in turn.

    `troubles_of` holds those that happen to the next requests of one name, such as "list.upload".
    """

    def __init__(
        self,
        options: AdminOptions,
        clock: Callable[[], float] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock or asyncio.get_running_loop().time
        self.state = AdminState(options, self._clock, now)
        self.troubles_of: dict[str, deque[Trouble]] = {}
        self._tokens: dict[str, float] = {}
        self._window = SlidingWindow()

    def application(self) -> web.Application:
        """An aiohttp application that serves this tenant."""
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        raw_path = re.sub("/+", "/", request.rel_url.raw_path)
        body = await request.read()
        match raw_path.lower():
            case "/authentication/v1/token/access-key" if request.method == "POST":
                name, answer = "sign-in.access-key", lambda: self._access_key(body)
            case "/auth/token" if request.method == "POST":
                name, answer = "sign-in.password", lambda: self._password(request, body)
            case "/.well-known/openid-configuration":
                name, answer = "discovery.openid", lambda: self._openid(_origin(request))
            case "/.well-known/cxone-configuration":
                name, answer = "discovery.tenant", lambda: self._configuration(request)
            case _:
                name, answer = self._api(request, raw_path, body)
        try:
            response = self._with_trouble(name, answer)
        except _NoAnswerError:
            self.state.record.requests[name, 0] += 1
            if request.transport is not None:
                request.transport.abort()
            raise web.HTTPServiceUnavailable from None
        self.state.record.requests[name, response.status] += 1
        return response

    def _with_trouble(self, name: str, answer: Callable[[], web.Response]) -> web.Response:
        troubles = self.troubles_of.get(name)
        match troubles.popleft() if troubles else None:
            case "429":
                return _said(429, "too many requests")
            case "503":
                return _said(503, "unavailable")
            case "html":
                return web.Response(
                    status=502, text="<html><h1>Bad Gateway</h1></html>", content_type="text/html"
                )
            case "empty":
                return _said(500, "")
            case "closed":
                raise _NoAnswerError
            case "lost":
                answer()
                raise _NoAnswerError
            case "array":
                answered = answer()
                held = b"[" + bytes(answered.body or b"{}") + b"]"  # type: ignore[arg-type]
                return web.Response(
                    status=answered.status, body=held, content_type="application/json"
                )
            case _:
                return answer()

    def _api(
        self, request: web.Request, raw_path: str, body: bytes
    ) -> tuple[str, Callable[[], web.Response]]:
        path = _PATH.fullmatch(raw_path)
        if path is None or not _FIRST_VERSION <= int(path["version"]) <= _LAST_VERSION:
            return "unknown", lambda: _said(404, "")
        known = False
        for route in _ROUTES:
            if found := route.path.fullmatch(path["rest"].removesuffix("/")):
                known = True
                if route.method == request.method:
                    named = unquote(found.group(1)) if found.re.groups else ""
                    return route.name, partial(self._answer, route, named, request, body)
        return "unknown", lambda: _said(405 if known else 404, "")

    def _answer(self, route: _Route, named: str, request: web.Request, body: bytes) -> web.Response:
        if refusal := self._refusal(route, request):
            return _said(*refusal)
        query = {key.lower(): value for key, value in request.query.items()}
        try:
            asked = _Asked(self.state, named, query, _json_body(request, body))
            status, answer = route.respond(asked)
        except RefusedError as refused:
            if refused.in_body:
                said: Json = {
                    "error": refused.said.title().replace(" ", ""),
                    "error_description": refused.said,
                }
                return _said(refused.status, refused.said, said)
            return _said(refused.status, refused.said)
        return _said(status, "OK", answer)

    def _refusal(self, route: _Route, request: web.Request) -> tuple[int, str] | None:
        now_s = self._clock()
        quota = self.state.options.quota_per_minute
        if quota and self._window.count(now_s) >= quota:
            return 429, "too many requests"
        self._window.add(now_s)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self._tokens.get(token, 0.0) <= now_s:
            return 401, ""
        if "application/json" not in request.headers.get("Accept", ""):
            return 406, "the answer cannot be rendered"
        return (403, "") if route.name in self.state.options.forbidden else None

    def _access_key(self, body: bytes) -> web.Response:
        options = self.state.options
        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
        wanted = {
            "accessKeyId": options.access_key_id,
            "accessKeySecret": options.access_key_secret,
        }
        if asked != wanted:
            return web.json_response({"message": "the key is refused"}, status=401)
        return self._granted()

    def _password(self, request: web.Request, body: bytes) -> web.Response:
        options = self.state.options
        form = {key: values[0] for key, values in parse_qs(body.decode("latin-1")).items()}
        scheme, _, basic = request.headers.get("Authorization", "").partition(" ")
        client = form.get("client_id", ""), form.get("client_secret", "")
        if scheme.lower() == "basic":
            try:
                both = base64.b64decode(basic).decode()
            except (binascii.Error, ValueError):
                both = ""
            client_id, _, client_secret = both.partition(":")
            client = client_id, client_secret
        wanted = options.client_id, options.client_secret
        if wanted not in (client, tuple(map(unquote_plus, client))):
            return web.json_response({"error": "invalid_client"}, status=400)
        if form.get("grant_type") != "password":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if (form.get("username"), form.get("password")) != (
            options.access_key_id,
            options.access_key_secret,
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return self._granted()

    def _granted(self) -> web.Response:
        options = self.state.options
        claims = {"tenantId": options.tenant_id} if options.tenant_in_id_token else {}
        number = uuid.uuid4().hex
        token = f"{_part({'typ': 'JWT'})}.{_part({'jti': number})}.c2ln"
        self._tokens[token] = self._clock() + options.token_lifetime_s
        granted: object = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": options.token_lifetime_s,
            "refresh_token": uuid.uuid4().hex,
            "id_token": f"{_part({'typ': 'JWT'})}.{_part(claims)}.c2ln",
        }
        return web.json_response([granted] if options.token_in_array else granted)

    def _openid(self, origin: str) -> web.Response:
        return web.json_response({"issuer": origin, "token_endpoint": f"{origin}/auth/token"})

    def _configuration(self, request: web.Request) -> web.Response:
        options = self.state.options
        if request.query.get("tenantId") != options.tenant_id:
            return _said(404, "")
        origin = _origin(request)
        return web.json_response(
            {
                "area": options.area,
                "cluster": "c31",
                "domain": "niceincontact.com",
                "uhDomain": "nice-incontact.com",
                "private": False,
                "api_endpoint": origin,
                "auth_endpoint": origin,
                "ui_endpoint": origin,
                "tenantId": options.tenant_id,
            }
        )

    def revoke_tokens(self) -> None:
        """Forget every token, so that the next call is answered with 401."""
        self._tokens.clear()


@dataclass(frozen=True, slots=True)
class ServingAdminTenant:
    """A tenant that listens: `base_url` without a trailing slash, and what is behind it."""

    base_url: str
    tenant: AdminTenant

    @property
    def state(self) -> AdminState:
        """The tenant's lists, jobs and groups."""
        return self.tenant.state


@asynccontextmanager
async def serving(
    options: AdminOptions,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    now: Callable[[], float] = time.time,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[ServingAdminTenant]:
    """Serve a tenant while the context is open. Port 0 takes a free one.

    Raises `OSError` when the address cannot be bound.
    """
    tenant = AdminTenant(options, now=now)
    runner = web.AppRunner(tenant.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        bound_port = runner.addresses[0][1]
        yield ServingAdminTenant(f"{'https' if tls else 'http'}://{host}:{bound_port}", tenant)
    finally:
        await runner.cleanup()


def _json_body(request: web.Request, body: bytes) -> Json:
    if not body:
        return {}
    if request.content_type != "application/json":
        raise RefusedError(415, "the body must be application/json")
    try:
        read = orjson.loads(body)
    except ValueError:
        raise RefusedError(400, "the body is not JSON") from None
    if not isinstance(read, dict):
        raise RefusedError(400, "the body is no object")
    return {key.lower(): value for key, value in read.items()}


def _said(status: int, said: str, body: Json | None = None) -> web.Response:
    headers = {"icStatusDescription": said, "CorrelationId": uuid.uuid4().hex}
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.Response(
        status=status,
        body=orjson.dumps(body),
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )


def _part(claims: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
