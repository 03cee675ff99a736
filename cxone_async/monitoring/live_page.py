"""The live page: the report's look, and figures by server-sent events.

Guarantee: the page asks its own address only, which its content security policy holds. A reader
gets the newest figures each time, so a slow one makes no queue; one that does not read for
`SLOWEST_READ_S` is dropped. Figures are drawn up once for all readers, and not at all without one.
"""

import asyncio
import time
from importlib.resources import files
from typing import Final

import msgspec
from aiohttp import web

from cxone_async.encoded import encoded
from cxone_async.monitoring.metrics import RunMetrics
from cxone_async.monitoring.progress import RunProgress
from cxone_async.monitoring.snapshot import snapshot_of

INTERVAL_S: Final = 1.0
SLOWEST_READ_S: Final = 5.0

HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
_FILES: Final = {
    "/": ("cxone_async.monitoring", "page/live.html", "text/html; charset=utf-8"),
    "/live.js": ("cxone_async.monitoring", "page/live.js", "text/javascript; charset=utf-8"),
    "/live.css": ("cxone_async.monitoring", "page/live.css", "text/css; charset=utf-8"),
    "/look.css": ("cxone_async.report", "templates/look.css", "text/css; charset=utf-8"),
}


class LivePage:
    """Serves the page and its events. `end` tells the readers that nothing more will come."""

    def __init__(
        self,
        progress: RunProgress,
        metrics: RunMetrics,
        *,
        interval_s: float = INTERVAL_S,
        slowest_read_s: float = SLOWEST_READ_S,
    ) -> None:
        self._progress = progress
        self._metrics = metrics
        self._interval_s = interval_s
        self._slowest_read_s = slowest_read_s
        self._ended = asyncio.Event()
        self._drawn_at_s = -interval_s
        self._drawn = b""

    def add_to(self, application: web.Application) -> None:
        """Add the page's addresses."""
        for address in _FILES:
            application.router.add_get(address, _file)
        application.router.add_get("/events", self._events)

    def end(self) -> None:
        """Send every reader the last figures, and the word that they are."""
        self._drawn_at_s = -self._interval_s
        self._ended.set()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        headers = {**HEADERS, "Content-Type": "text/event-stream"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            while not self._ended.is_set():
                await self._send(response, self._state())
                await self._until_next()
            await self._send(response, self._state() + b"event: end\ndata: \n\n")
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        except ConnectionError:
            pass  # the reader has gone
        return response

    async def _send(self, response: web.StreamResponse, event: bytes) -> None:
        async with asyncio.timeout(self._slowest_read_s):
            await response.write(event)

    async def _until_next(self) -> None:
        try:
            async with asyncio.timeout(self._interval_s):
                await self._ended.wait()
        except TimeoutError:
            return

    def _state(self) -> bytes:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._drawn_at_s >= self._interval_s / 2:
            requests = self._metrics.requests_by_kind_and_status()
            state = snapshot_of(self._progress, requests, time.time())
            self._drawn = b"event: state\ndata: " + encoded(msgspec.json.Encoder(), state) + b"\n\n"
            self._drawn_at_s = now_s
        return self._drawn


async def _file(request: web.Request) -> web.Response:
    package, path, content_type = _FILES[request.path]
    body = files(package).joinpath(path).read_bytes()
    return web.Response(body=body, headers={**HEADERS, "Content-Type": content_type})
