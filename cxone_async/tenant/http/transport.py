"""HTTP to one tenant: send one request, and say honestly what became of it.

Guarantee: no exception of aiohttp, ssl or the operating system leaves this module. A request
without an answer raises one of two errors: `NotSentError` when no connection came about, so
that not one byte left, and `AmbiguousError` for whatever happened later, or when in doubt.

One call of `request` sends at most one request, paid for once (twice when the first slot went
stale, see `LONGEST_HOLD_S`). By itself aiohttp silently sends an idempotent request a second
time when a kept-alive connection turns out dead. Such repeats would break the quota, so a
middleware turns the exceptions that aiohttp repeats on into one that it does not.

A submission never goes out on a kept connection. A server may close an idle connection at any
time. A request that crosses such a close is ambiguous although it was never read, and an
ambiguous submission leaves all its rows unresolved. A handshake costs milliseconds. Nor does a
segment call, whose answer does not say what it answers: an answer that nobody asked for would be
taken for its own (see `connections`). All other calls can be repeated without harm and share kept
connections, unless the caller wants one of its own.

No proxies of the environment, no netrc, no cookies, no redirects. A proxy of the environment that
other programs would use is named in the log, and where no connection comes about.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from cxone_async import __version__
from cxone_async.errors import (
    AmbiguousError,
    NotSentError,
    RequestError,
    UsageError,
)
from cxone_async.logs import log
from cxone_async.tenant.access import Network
from cxone_async.tenant.events import ObserveTenant, RequestMade, unobserved
from cxone_async.tenant.http.address import checked_base_url, checked_proxy, proxy_variable
from cxone_async.tenant.http.answer import Answer, http_date_s, retry_after_s
from cxone_async.tenant.http.connections import Connections, NoConnectionError, hang_up_last
from cxone_async.tenant.http.tls import refused_by_server, tls_of, untrusted
from cxone_async.tenant.port import RequestKind
from cxone_async.tenant.rate_limit.circuit_breaker import is_failure
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.rate_limit.observed_pause import pause_for_answer

SMALL_ANSWER_BYTES: Final = 64 * 1024
"""Enough for an answer that says nothing of contacts: a token, a campaign, a refusal."""

Ready = Callable[[], Awaitable[Mapping[str, str]]]
"""Awaited when the quota is in hand, immediately before the first byte; returns headers."""

WithSlot = Callable[[], Awaitable[None]]
"""Awaited with a slot of the quota in hand: what may take long goes here, not into `Ready`."""

LONGEST_HOLD_S: Final = 0.2
"""A slot that was held for longer is given up and another taken: many that were held for one
reason would leave together. Well below the differences in delay that the limiter bears. Once
`ready` has begun, which makes the intent durable, no other slot is waited for, as a crash in
that time would leave a doubt: the limiter is told that the request leaves late."""

PART_BYTES: Final = 64 * 1024
"""A streamed body leaves in parts of about this size."""

_ALWAYS_APART: Final = frozenset({RequestKind.SUBMIT, RequestKind.SEGMENT})

_TOO_MANY: Final = 429
_ERROR_OF_ITS_OWN: Final = 500
_UNAVAILABLE: Final = 503
_ABOUT_THE_TENANT: Final = frozenset({408, _TOO_MANY, *range(_ERROR_OF_ITS_OWN, 600)})
"""With these a `Retry-After` is for everybody; elsewhere it is about the one thing asked for."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `submit_s` and `other_s` bound a call from connecting to the last byte read.

    `connect_s` must be shorter than both: only a timeout that can be told from theirs
    proves that nothing was sent.
    """

    submit_s: float = 30.0
    other_s: float = 15.0
    connect_s: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.connect_s < min(self.submit_s, self.other_s):
            raise UsageError("timeouts: connect_s must be above 0 and below the other two")


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """A body that is never held in one piece, such as a file of 500,000 contacts.

    `pieces` is called each time the request is sent; all its pieces come to `size_bytes`.
    """

    pieces: Callable[[], Iterable[bytes]]
    size_bytes: int

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the pieces, gathered into parts that are worth a write."""
        part = bytearray()
        for piece in self.pieces():
            part += piece
            if len(part) >= PART_BYTES:
                yield bytes(part)
                part.clear()
        if part:
            yield bytes(part)


class Transport:
    """The connections to one tenant; an async context manager.

    `connections` is the most that are open at once, of the kept ones and of the others each. `now`
    gives the wall clock in seconds since the epoch; only a `Retry-After` that names a date needs
    it.

    Raises ConfigurationError when `base_url` is not one that may be used.
    """

    def __init__(
        self,
        base_url: str,
        limiter: RateLimiter,
        *,
        network: Network | None = None,
        timeouts: Timeouts | None = None,
        connections: int = 100,
        now: Callable[[], float] = time.time,
        observe: ObserveTenant = unobserved,
    ) -> None:
        network = network or Network()
        self._base_url = checked_base_url(base_url)
        self._proxy = checked_proxy(network.proxy, self._base_url)
        self._unused_proxy = "" if self._proxy else proxy_variable(self._base_url)
        self._tls = tls_of(network) if self._base_url.startswith("https:") else True
        self._observe = observe
        self._authority = self._base_url.split("/")[2]
        self._limiter = limiter
        self._timeouts = timeouts or Timeouts()
        self._connections = connections
        self._now = now
        self._kept: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        if self._unused_proxy:
            log.info("environment_proxy_not_used", variable=self._unused_proxy)
        self._kept = self._session(force_close=False)
        self._fresh = self._session(force_close=True)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for session in (self._kept, self._fresh):
            if session is not None:
                await session.close()
        self._kept = self._fresh = None

    def now_s(self) -> float:
        """Return the wall clock, in seconds since the epoch."""
        return self._now()

    def _session(self, *, force_close: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=Connections(limit=self._connections, force_close=force_close, ssl=self._tls),
            proxy=self._proxy or None,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"cxone-async/{__version__}", "Accept": "application/json"},
            middlewares=(_never_repeat,),
            trust_env=False,
        )

    async def request(
        self,
        kind: RequestKind,
        method: str,
        path: str,
        *,
        doing: str,
        ready: Ready,
        with_slot: WithSlot | None = None,
        body: bytes | StreamedBody | None = None,
        content_type: str = "application/json",
        apart: bool = False,
        most_answer_bytes: int = SMALL_ANSWER_BYTES,
    ) -> Answer:
        """Wait for the rate limiter, send one request, and return whatever the tenant answered.

        `path` is percent-encoded already (see `path_part`) and begins with a slash;
        `doing` says in messages what the request was for. `apart` gives it a connection of its
        own, as submissions and segment calls have. Of a body, no more than `most_answer_bytes` and
        a part are read. After a 429 or 503, and after any
        408 or 5xx that names a `Retry-After`, the rate limiter has been told to pause. The answer's
        status is not judged here.

        Raises NotSentError and AmbiguousError as the module says, UsageError outside of
        the context, and whatever `with_slot` or `ready` raises, in which case nothing was sent.
        """
        session = self._fresh if apart or kind in _ALWAYS_APART else self._kept
        if session is None:
            raise UsageError(f"{doing}: the client is only usable inside its `async with`")
        granted_s = await self._obtain_slot(kind, with_slot)
        headers = dict(await ready())
        if asyncio.get_running_loop().time() - granted_s > LONGEST_HOLD_S:
            self._limiter.left_late()
        if body is not None:
            headers["Content-Type"] = content_type
        if isinstance(body, StreamedBody):
            headers["Content-Length"] = str(body.size_bytes)
        timeouts = self._timeouts
        total_s = timeouts.submit_s if kind is RequestKind.SUBMIT else timeouts.other_s
        began_s = asyncio.get_running_loop().time()
        try:
            async with session.request(
                method,
                URL(self._base_url + path, encoded=True),
                data=body.parts() if isinstance(body, StreamedBody) else body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=total_s, connect=timeouts.connect_s),
            ) as response:
                answer = await self._received(kind, response, most_answer_bytes)
        except _HeldError as held:
            failure = self._translated(held.foreign, doing)
        except (aiohttp.ClientError, NoConnectionError, OSError) as foreign:
            failure = self._translated(foreign, doing)
        else:
            self._tell_request(kind, answer, began_s, body)
            return answer
        self._tell_request(kind, Answer(0), began_s, body)
        self._limiter.failed(kind, 0, str(failure))
        # Raised out here so that the foreign exception, whose text may quote headers or
        # bodies, is not kept as this one's context.
        raise failure

    def _tell_request(
        self, kind: RequestKind, answer: Answer, began_s: float, body: bytes | StreamedBody | None
    ) -> None:
        duration_s = asyncio.get_running_loop().time() - began_s
        sent_bytes = body.size_bytes if isinstance(body, StreamedBody) else len(body or b"")
        self._observe(
            RequestMade(
                kind.value, answer.status, duration_s, answer.dated_s, sent_bytes, len(answer.body)
            )
        )

    async def _obtain_slot(self, kind: RequestKind, with_slot: WithSlot | None) -> float:
        """Wait for a slot, and once more if `with_slot` let it grow stale; return its loop time.

        Not a third time: a token that ages faster than slots come would never be used.
        """
        loop = asyncio.get_running_loop()
        await self._limiter.acquire(kind)
        granted_s = loop.time()
        if with_slot is not None:
            await with_slot()
            if loop.time() - granted_s > LONGEST_HOLD_S:
                await self._limiter.acquire(kind)
                granted_s = loop.time()
                await with_slot()
        return granted_s

    async def _received(
        self, kind: RequestKind, response: aiohttp.ClientResponse, most_bytes: int
    ) -> Answer:
        # Both dates are by one clock, the tenant's; ours may be an hour off.
        dated_s = http_date_s(response.headers.get("Date"))
        now_s = self._now() if dated_s is None else dated_s
        wait_s = retry_after_s(response.headers.get("Retry-After"), now_s)
        is_named = wait_s is not None and response.status in _ABOUT_THE_TENANT
        if is_named or response.status in (_TOO_MANY, _UNAVAILABLE):
            pause_for_answer(self._limiter, kind, response.status, wait_s, self._observe)
        if is_failure(response.status):
            what = f"{self._authority} answered {response.status}"
            self._limiter.failed(kind, response.status, what)
        else:
            self._limiter.answered(kind, throttled=response.status == _TOO_MANY)
        body, unreadable = bytearray(), ""
        try:
            async for part in response.content.iter_chunked(1 << 16):
                body += part
                if len(body) > most_bytes:
                    unreadable = f"its body is longer than {most_bytes} bytes"
                    response.close()
                    break
        except TimeoutError:
            unreadable = "its body did not arrive in time"
        except (aiohttp.ClientError, OSError):
            unreadable = "its body broke off"
        read = b"" if unreadable else bytes(body)
        return Answer(
            response.status, read, unreadable, wait_s, hang_up_last(), dated_s, response.headers
        )

    def _translated(self, foreign: Exception, doing: str) -> RequestError:
        match foreign:
            case aiohttp.ClientConnectorCertificateError():
                cause = untrusted(foreign.certificate_error)
            case aiohttp.ClientConnectorSSLError():
                cause = refused_by_server(foreign) or "the TLS handshake failed"
            case aiohttp.ClientConnectorDNSError():
                cause = f"its name cannot be resolved{self._hint()}"
            case aiohttp.ClientProxyConnectionError():
                cause = f"none to the proxy: {foreign.os_error.strerror or 'refused'}"
            case aiohttp.ClientConnectorError():
                cause = foreign.os_error.strerror or "the connection was refused"
                cause += self._hint()
            case aiohttp.ConnectionTimeoutError():
                cause = f"none within {self._timeouts.connect_s:g} s{self._hint()}"
            case NoConnectionError():
                cause = str(foreign)
            case TimeoutError():
                return AmbiguousError(f"{doing}: no answer in time from {self._authority}")
            case aiohttp.ClientResponseError():
                return AmbiguousError(f"{doing}: {self._authority} did not answer in HTTP")
            case _ if refused := refused_by_server(foreign):
                return AmbiguousError(f"{doing}: no answer from {self._authority}: {refused}")
            case _:
                return AmbiguousError(f"{doing}: {self._authority} closed without an answer")
        return NotSentError(f"{doing}: no connection to {self._authority}: {cause}")

    def _hint(self) -> str:
        if not self._unused_proxy:
            return ""
        return f" ({self._unused_proxy} is not used; --proxy is)"


class _HeldError(Exception):
    """Carries an exception past aiohttp's own repeating."""

    def __init__(self, foreign: Exception) -> None:
        super().__init__()
        self.foreign = foreign


async def _never_repeat(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as foreign:
        raise _HeldError(foreign) from None
