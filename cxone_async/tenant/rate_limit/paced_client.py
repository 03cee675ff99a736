"""Any tenant client under a rate limiter of the caller's.

A client that has no limiter of its own, such as the in-memory twin, is paced and counted by
this wrapper as `CXoneClient` is by its transport.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from cxone_async.errors import RateLimitedError, RequestError
from cxone_async.tenant.events import ObserveTenant, RequestMade, unobserved
from cxone_async.tenant.port import (
    BeforeSend,
    Campaign,
    Dialect,
    ImportReport,
    RefusedRow,
    RequestKind,
    SentSize,
    Submitted,
    TenantClient,
)
from cxone_async.tenant.rate_limit.circuit_breaker import is_failure
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.rate_limit.observed_pause import pause_for_answer

Result = TypeVar("Result")

_OK = 200
_THROTTLED = 429


class PacedClient:
    """A `TenantClient` whose calls each take a slot of the limiter first."""

    def __init__(
        self, client: TenantClient, limiter: RateLimiter, observe: ObserveTenant = unobserved
    ) -> None:
        self._client = client
        self._limiter = limiter
        self._observe = observe

    @property
    def dialect(self) -> Dialect:
        """The dialect of the client within."""
        return self._client.dialect

    async def sign_in(self, required_scopes: frozenset[str]) -> None:
        """Sign in; see `TenantClient`."""
        await self._paced(RequestKind.TOKEN, lambda: self._client.sign_in(required_scopes))

    async def campaign(self, campaign_id: str) -> Campaign:
        """Return a campaign; see `TenantClient`."""
        return await self._paced(RequestKind.CAMPAIGN, lambda: self._client.campaign(campaign_id))

    async def submit(
        self, list_id: str, payloads: Sequence[bytes], key: str, before_send: BeforeSend
    ) -> Submitted:
        """Submit one chunk; see `TenantClient`."""
        return await self._paced(
            RequestKind.SUBMIT,
            lambda: self._client.submit(list_id, payloads, key, before_send),
        )

    async def poll(
        self, list_id: str, import_id: str, sent: SentSize | None = None
    ) -> ImportReport:
        """Poll an import; see `TenantClient`."""
        return await self._paced(
            RequestKind.POLL, lambda: self._client.poll(list_id, import_id, sent)
        )

    async def refused_rows(self, list_id: str, import_id: str) -> Sequence[RefusedRow]:
        """Return the rows that an import refused; see `TenantClient`."""
        return await self._paced(
            RequestKind.POLL, lambda: self._client.refused_rows(list_id, import_id)
        )

    async def check_segment(self, segment_id: str) -> None:
        """Ask whether there is such a segment; see `TenantClient`."""
        await self._paced(RequestKind.SEGMENT, lambda: self._client.check_segment(segment_id))

    async def add_to_segment(self, segment_id: str, contact_ids: Sequence[str]) -> None:
        """Add contacts to a segment; see `TenantClient`."""
        await self._paced(
            RequestKind.SEGMENT,
            lambda: self._client.add_to_segment(segment_id, contact_ids),
        )

    async def _paced(self, kind: RequestKind, call: Callable[[], Awaitable[Result]]) -> Result:
        await self._limiter.acquire(kind)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        status = 0
        try:
            result = await call()
            status = _OK
        except RateLimitedError as error:
            status = error.status
            pause_for_answer(self._limiter, kind, status, error.retry_after_s, self._observe)
            self._limiter.answered(kind, throttled=error.status == _THROTTLED)
            raise
        except RequestError as error:
            status = error.status
            if is_failure(error.status):
                self._limiter.failed(kind, error.status, str(error))
            else:
                self._limiter.answered(kind, throttled=False)
            raise
        finally:
            self._observe(RequestMade(kind.value, status, loop.time() - began_s))
        self._limiter.answered(kind, throttled=False)
        return result
