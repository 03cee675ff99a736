"""The status port: probes, metrics and the live page of one run, over HTTP.

Guarantee: nothing that a client does ends the run or holds it up. There are at most
`MOST_CONNECTIONS`. Nothing is taken in: requests have no body that is read, and none changes the
run.

`/healthz` answers as long as the event loop turns, `/readyz` once the input can be read and the
tenant has signed the run in.
"""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from cxone_async.errors import ConfigurationError
from cxone_async.logs import log
from cxone_async.monitoring.live_page import LivePage
from cxone_async.monitoring.metrics import OPENMETRICS, RunMetrics
from cxone_async.monitoring.progress import RunProgress

MOST_CONNECTIONS: Final = 32
SHUTDOWN_S: Final = 1.0
_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@asynccontextmanager
async def serving_status(
    host: str, port: int, progress: RunProgress, metrics: RunMetrics
) -> AsyncIterator[str]:
    """Serve while the block runs; yield the address, such as `http://127.0.0.1:9100/`.

    Port 0 is any free one. Raises ConfigurationError when the port cannot be had.
    """
    application = web.Application()
    _Status(progress, metrics).add_to(application)
    page = LivePage(progress, metrics)
    page.add_to(application)
    runner = web.AppRunner(application, access_log=None, handle_signals=False)
    await runner.setup()
    serve = runner.server
    assert serve is not None  # noqa: S101  set up above

    def connected() -> asyncio.Protocol:
        return serve() if len(serve.connections) < MOST_CONNECTIONS else _Refused()

    try:
        listening = await asyncio.get_running_loop().create_server(connected, host, port)
    except (OSError, OverflowError, UnicodeError) as error:
        await runner.cleanup()
        raise ConfigurationError(f"{_in_words(error, host, port)}; nothing was sent") from None
    address = listening.sockets[0].getsockname()
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]
    url = f"http://{shown}:{address[1]}/"
    log.info("status_page_open", url=url)
    try:
        yield url
    finally:
        page.end()
        listening.close()
        await serve.shutdown(SHUTDOWN_S)
        await runner.cleanup()


class _Status:
    def __init__(self, progress: RunProgress, metrics: RunMetrics) -> None:
        self._progress = progress
        self._metrics = metrics

    def add_to(self, application: web.Application) -> None:
        application.router.add_get("/healthz", self._health)
        application.router.add_get("/readyz", self._readiness)
        application.router.add_get("/metrics", self._exposition)

    async def _health(self, _request: web.Request) -> web.Response:
        return _answer(b"ok\n")

    async def _readiness(self, _request: web.Request) -> web.Response:
        if self._progress.is_ready:
            return _answer(b"ok\n")
        waits_for = "signing in" if self._progress.has_columns else "reading the input"
        return _answer(f"not ready: {waits_for}\n".encode(), status=503)

    async def _exposition(self, request: web.Request) -> web.Response:
        if "application/openmetrics-text" in request.headers.get("Accept", ""):
            return _answer(self._metrics.openmetrics(), OPENMETRICS)
        return _answer(self._metrics.text())


def _answer(body: bytes, content_type: str = _TEXT, *, status: int = 200) -> web.Response:
    headers = {**_HEADERS, "Content-Type": content_type}
    return web.Response(body=body, status=status, headers=headers)


class _Refused(asyncio.Protocol):
    """A connection beyond those that are served; it is closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _in_words(error: OSError | OverflowError | UnicodeError, host: str, port: int) -> str:
    """Say which of the two flags has to change, and how."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return (
            f"--status-port {port}: another process listens there on {host}; take another port, or "
            "0 for a free one"
        )
    if number == errno.EACCES:
        return f"--status-port {port}: this user may not listen there; take one from 1024 on"
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror | UnicodeError):
        return (
            f"--status-host {host}: this machine has no such address; take 127.0.0.1 for itself "
            "alone, or 0.0.0.0 for all of its addresses"
        )
    cause = os.strerror(number) if number else "the address cannot be used"
    return f"--status-port {port}: {host}: {cause}"
