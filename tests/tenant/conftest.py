"""Servers to talk to, written from the wire contract and from nothing of the package.

`raw_server` speaks bytes and does what a test tells it, however rude. `foreign_tenant` keeps
the contract, and is as unlike the stand-in tenant as the contract allows.
"""

import asyncio
import base64
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from cxone_async.contacts.model import Contact
from cxone_async.tenant.port import RequestKind


def contact(row: int, **changed: str) -> Contact:
    fields: dict[str, Any] = {
        "phone": f"1{200 + row // 100}55501{row % 100:02d}",
        "email": f"person{row}@example.com",
        "first_name": "Ada",
        "last_name": f"Number{row}",
        "country": "US",
        **changed,
    }
    return Contact(
        row=row, phone_extension="", raw_phone=fields["phone"], raw_email=fields["email"], **fields
    )


@pytest.fixture(name="contact")
def contact_factory() -> Callable[..., Contact]:
    """`contact(row, **changed)`: a contact of its own for each row number."""
    return contact


@dataclass
class CountingLimiter:
    """Grants at once and writes down what it was told."""

    charged: list[RequestKind] = field(default_factory=list)
    answers: list[bool] = field(default_factory=list)
    failures: list[RequestKind] = field(default_factory=list)
    pauses: list[float | None] = field(default_factory=list)
    wait_s: Callable[[RequestKind], float] = lambda kind: 0.0
    late: int = 0

    async def acquire(self, kind: RequestKind) -> None:
        await asyncio.sleep(self.wait_s(kind))
        self.charged.append(kind)

    def left_late(self) -> None:
        self.late += 1

    def answered(self, kind: RequestKind, *, throttled: bool) -> None:
        self.answers.append(throttled)

    def failed(self, kind: RequestKind, status: int, what: str) -> None:
        self.failures.append(kind)

    def pause(self, retry_after_s: float | None) -> None:
        self.pauses.append(retry_after_s)

    @property
    def per_minute(self) -> float:
        return 0.0

    @property
    def used_in_last_minute(self) -> int:
        return len(self.charged)

    @property
    def granted(self) -> dict[RequestKind, int]:
        return {kind: self.charged.count(kind) for kind in RequestKind}

    @property
    def throttled(self) -> int:
        return sum(self.answers)

    @property
    def paused_s(self) -> float:
        return 0.0


@pytest.fixture
def limiter() -> CountingLimiter:
    return CountingLimiter()


@dataclass
class RawRequest:
    """One request as it came in: `nth` counts on its connection, from 1."""

    line: str
    headers: dict[str, str]
    body: bytes
    nth: int
    connection: "RawConnection"


@dataclass
class RawConnection:
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self, nth: int) -> RawRequest | None:
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.strip().split("\r\n")
            headers = dict(each.split(": ", 1) for each in rest)
            body = await self.reader.readexactly(int(headers.get("Content-Length", "0")))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return RawRequest(line, headers, body, nth, self)

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(
        self, status: int, body: bytes | object = b"", headers: dict[str, str] | None = None
    ) -> None:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Whatever"]
        fields = {"Content-Type": "application/json", "Content-Length": str(len(payload))}
        lines += [f"{name}: {value}" for name, value in (fields | (headers or {})).items()]
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Close so that the other side gets a RST."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Respond = Callable[[RawRequest], Awaitable[None]]


class RawServer:
    """Hands each request to `respond`, and keeps it."""

    def __init__(self) -> None:
        self.requests: list[RawRequest] = []
        self.connections = 0
        self.respond: Respond = _ok
        self.base_url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connection = RawConnection(self.connections, reader, writer)
        nth = 1
        try:
            while request := await connection.read(nth):
                self.requests.append(request)
                nth += 1
                await self.respond(request)
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def aclose(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def seen(self) -> list[str]:
        return [request.line for request in self.requests]


async def _ok(request: RawRequest) -> None:
    await request.connection.answer(200, {})


@pytest.fixture
async def raw_server() -> AsyncIterator[RawServer]:
    raw = RawServer()
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    raw.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield raw
    server.close()
    await raw.aclose()
    await server.wait_closed()


class ForeignTenant:
    """A tenant that keeps the contract and takes every liberty that it leaves.

    Tokens live 3 s and are JWTs whose claim alone names the scopes. A new import is unknown
    for 1 s and takes 5 s; meanwhile `Retry-After` is a date. Results are shuffled, one in
    ten is missing, strangers are among them, empty fields come back as null or not at all,
    ids are numbers, and everything has members that nobody asked for.
    """

    TOKEN_LIFE_S = 3

    def __init__(self, scopes: str) -> None:
        self.scopes = scopes
        self.tokens: dict[str, float] = {}
        self.keys: dict[str, tuple[str, bytes, int]] = {}
        self.imports: dict[int, tuple[str, list[dict[str, str]], float]] = {}
        self.members: set[str] = set()
        self.unauthorised = 0
        self.epoch_s = 1_700_000_000.0

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.post("/oauth/token", self.token),
                web.get("/api/v2/campaigns/{id}", self.guarded(self.campaign)),
                web.post("/api/v2/contactlists/{list}/import", self.guarded(self.submit)),
                web.get("/api/v2/contactlists/{list}/import/{id}", self.guarded(self.poll)),
                web.post("/api/v2/segments/{id}/contacts", self.guarded(self.segment)),
            ]
        )
        return application

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def wall_clock_s(self) -> float:
        return self.epoch_s + self.now_s()

    async def token(self, request: web.Request) -> web.Response:
        form = parse_qs(await request.text())
        if form["client_secret"] != ["s3cret"]:
            return web.json_response({"error": "invalid_client"}, status=401)
        claims = base64.urlsafe_b64encode(
            json.dumps({"jti": len(self.tokens), "scp": self.scopes.split()}).encode()
        )
        token = f"e30.{claims.decode().rstrip('=')}.c2ln"
        self.tokens[token] = self.now_s() + self.TOKEN_LIFE_S
        return web.json_response(
            {"access_token": token, "token_type": "bearer", "expires_in": str(self.TOKEN_LIFE_S)}
        )

    def guarded(
        self, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def check_then_handle(request: web.Request) -> web.Response:
            token = request.headers["Authorization"].removeprefix("Bearer ")
            if self.tokens.get(token, 0.0) <= self.now_s():
                self.unauthorised += 1
                return web.json_response({"error": "invalid_token"}, status=401)
            needed = "segment:write" if "/segments/" in request.path else "import:write"
            if needed not in self.scopes and "/campaigns/" not in request.path:
                return web.json_response({"error": "insufficient_scope"}, status=403)
            return await handler(request)

        return check_then_handle

    async def campaign(self, request: web.Request) -> web.Response:
        if request.match_info["id"] != "campaign-1":
            return web.Response(status=404, text="<html>nothing here</html>")
        return web.json_response(
            {
                "id": 17,
                "allowedCountries": [{"countryCode": "us", "name": "America"}],
                "dncEnabled": True,
                "owner": {"id": 4},
            }
        )

    async def submit(self, request: web.Request) -> web.Response:
        list_id, body = request.match_info["list"], await request.read()
        if list_id not in ("list-1", "list-2"):
            return web.Response(status=404)
        key = request.headers["Idempotency-Key"]
        if key in self.keys:
            earlier_list, earlier_body, import_id = self.keys[key]
            if (earlier_list, earlier_body) != (list_id, body):
                return web.Response(status=409)
            return web.json_response({"importId": import_id})
        contacts = json.loads(body)["contacts"]
        if refusal := self.refusal(contacts):
            return refusal
        import_id = 1000 + len(self.imports)
        self.imports[import_id] = (list_id, [each["fields"] for each in contacts], self.now_s())
        self.keys[key] = (list_id, body, import_id)
        return web.json_response({"importId": import_id, "links": []}, status=202)

    def refusal(self, contacts: list[dict[str, object]]) -> web.Response | None:
        if len(contacts) > 500:
            return web.Response(status=413, text="too much")
        if not contacts:
            return web.json_response({"error": "empty"}, status=422)
        for index, each in enumerate(contacts):
            if set(each) != {"fields"}:
                return web.json_response({"error": {"index": index}}, status=422)
        return None

    async def poll(self, request: web.Request) -> web.Response:
        import_id = int(request.match_info["id"]) if request.match_info["id"].isdigit() else 0
        list_id, contacts, at_s = self.imports.get(import_id, ("", [], 0.0))
        age_s = self.now_s() - at_s
        if list_id != request.match_info["list"] or age_s < 1:
            return web.Response(status=404)
        if age_s < 5:
            return web.json_response(
                {"importId": import_id, "status": "VALIDATING", "results": None},
                headers={"Retry-After": formatdate(self.wall_clock_s() + 4, usegmt=True)},
            )
        results: list[object] = [self.result(import_id, n, each) for n, each in enumerate(contacts)]
        del results[9::10]
        stranger = {"fields": {"phone": "12025550199", "email": "stranger@example.net"}}
        results.insert(0, {"status": "SUCCESS", "contact": {"id": 0, **stranger}})
        results.append({"status": "FAILED", "contact": None})
        results.append("what?")
        results.reverse()
        return web.json_response(
            {"importId": str(import_id), "status": "COMPLETED", "results": results}
        )

    def result(self, import_id: int, n: int, fields: dict[str, str]) -> dict[str, object]:
        echoed = {name: value or None for name, value in fields.items() if value or name != "phone"}
        if not fields["phone"]:
            return {
                "status": "FAILED",
                "contact": {"fields": echoed},
                "error": {"code": "INVALID_PHONE", "message": "no phone", "field": "phone"},
            }
        return {
            "status": "SUCCESS",
            "contact": {"id": import_id * 1000 + n, "fields": echoed | {"title": "Dr"}},
            "error": None,
        }

    async def segment(self, request: web.Request) -> web.Response:
        if request.match_info["id"] != "segment-1":
            return web.Response(status=404)
        contact_ids = (await request.json())["contactIds"]
        if len(contact_ids) > 5000:
            return web.Response(status=413)
        self.members.update(contact_ids)
        return web.json_response({"added": len(contact_ids)})


@dataclass
class ServingForeignTenant:
    base_url: str
    tenant: ForeignTenant


@pytest.fixture
async def serve_foreign() -> AsyncIterator[Callable[[str], Awaitable[ServingForeignTenant]]]:
    """`await serve_foreign(scopes)` starts a foreign tenant for this test."""
    runners: list[web.AppRunner] = []

    async def serve(scopes: str) -> ServingForeignTenant:
        tenant = ForeignTenant(scopes)
        runner = web.AppRunner(tenant.application(), access_log=None, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return ServingForeignTenant(f"http://127.0.0.1:{runner.addresses[0][1]}", tenant)

    yield serve
    for runner in runners:
        await runner.cleanup()
