"""The contact-lists dialect (`/api/v2/contactlists`): a typed async client for one tenant.

Guarantee: every method either returns what the tenant said or raises a leaf of
`cxone_async.errors` whose class says what may be done next. Nothing is retried here, except
that a 401 fetches a new access token once and sends the same request once more.

    async with CXoneClient(tenant="acme", client_id=..., client_secret=...) as client:
        campaign = await client.campaign("spring")
        ada = SentFields("12025550101", "ada@example.com", "Ada", "Lovelace", "US")
        spring = await client.submit("leads", [client.dialect.payload(ada)], key="batch-1")
        report = await client.poll("leads", spring.import_id)
        for result in report.results or ():
            print(result.fields.phone, result.succeeded, result.contact_id, result.code)
"""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, Self

import msgspec

from cxone_async.errors import AmbiguousError, ConfigurationError, UsageError
from cxone_async.tenant.access import Credential, Network
from cxone_async.tenant.contact_lists.sign_in import ClientCredentials
from cxone_async.tenant.contact_lists.statuses import failure
from cxone_async.tenant.contact_lists.wire import (
    ContactListsDialect,
    campaign_of,
    check_key,
    import_id_of,
    most_answer_bytes,
    report_of,
    segment_body,
    submission_body,
)
from cxone_async.tenant.events import ObserveTenant, unobserved
from cxone_async.tenant.http.address import path_part
from cxone_async.tenant.http.answer import Answer
from cxone_async.tenant.http.auth import TokenCache, check_scopes
from cxone_async.tenant.http.signed_in import Call, SignedIn, nothing_to_do
from cxone_async.tenant.http.transport import Timeouts, Transport
from cxone_async.tenant.port import (
    BeforeSend,
    Campaign,
    ImportReport,
    RefusedRow,
    RequestKind,
    SentSize,
    Submitted,
    TenantClient,
    sent_fields,
)
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.tenant.rate_limit.limiter import RateLimiter

__all__ = ["CXoneClient", "ContactListsDialect", "base_url_of"]

_TENANT_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


def base_url_of(tenant: str) -> str:
    """Return `https://{tenant}.cxone.com`.

    Raises ConfigurationError for a name that is no DNS label, which could lead elsewhere.
    """
    if not _TENANT_NAME.fullmatch(tenant):
        raise ConfigurationError(f"{tenant!r} is not a tenant's name: letters, digits, hyphens")
    return f"https://{tenant.lower()}.cxone.com"


def _limiter_of(setting: int | Literal["auto"]) -> RateLimiter:
    try:
        return limiter_of(setting, rng=random.Random())
    except ValueError as out_of_range:
        raise UsageError(str(out_of_range)) from None


class CXoneClient:
    """One tenant's campaigns, contact lists and segments; implements `TenantClient`.

    Either `base_url` or `tenant` is given. `quota_per_minute` is the tenant's request
    quota (0: none, "auto": found out while it sends). To share one limiter between clients,
    pass it as `rate_limiter` instead. `connections` bounds the connections that are open
    at once. `client_id` and `client_secret` may be functions that read them: each sign-in does.
    `now` is the wall clock, in seconds since the epoch; a `Retry-After` that names
    a date needs it. `observe` is told of each request and each pause. `network` says whom to
    trust and which proxy to use; without it, whom the system trusts, and none. Signing in is
    automatic at the first call.

    What any method may raise: NotSentError (no connection came about), RateLimitedError
    (429 or 503, not processed; the limiter is paused already), AmbiguousError (it may
    have been processed), AccessRefusedError (credentials or scopes), ConfigurationError
    (this tenant does not offer the call, or an id that no path can hold), UsageError
    (outside of `async with`).
    """

    def __init__(
        self,
        *,
        client_id: Credential,
        client_secret: Credential,
        base_url: str | None = None,
        tenant: str | None = None,
        quota_per_minute: int | Literal["auto"] = 50,
        rate_limiter: RateLimiter | None = None,
        dialect: ContactListsDialect | None = None,
        timeouts: Timeouts | None = None,
        connections: int = 100,
        now: Callable[[], float] = time.time,
        observe: ObserveTenant = unobserved,
        network: Network | None = None,
        credentials_from: str = "",
    ) -> None:
        if (base_url is None) == (tenant is None):
            raise UsageError("either base_url or tenant must be given, and not both")
        self._dialect = dialect or ContactListsDialect()
        self._transport = Transport(
            base_url if base_url is not None else base_url_of(tenant or ""),
            rate_limiter or _limiter_of(quota_per_minute),
            timeouts=timeouts,
            connections=connections,
            now=now,
            observe=observe,
            network=network,
        )
        self._tokens = TokenCache(
            self._transport,
            ClientCredentials(client_id, client_secret),
            failure,
            credentials_from,
        )
        self._signed_in = SignedIn(self._transport, self._tokens)
        self._one_report_at_a_time = asyncio.Lock()
        self._polls_apart = False

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._tokens.aclose()
        finally:
            await self._transport.__aexit__(kind, error, traceback)

    @property
    def dialect(self) -> ContactListsDialect:
        """How contacts are encoded, and how many go into one call."""
        return self._dialect

    async def sign_in(self, required_scopes: frozenset[str]) -> None:
        """Obtain a token and check its scopes.

        Raises AccessRefusedError when the credentials are refused, or naming the scopes
        that are missing or cannot be checked.
        """
        check_scopes(await self._tokens.token(), required_scopes)

    async def campaign(self, campaign_id: str) -> Campaign:
        """Return what a campaign asks of its contacts.

        Raises NotFoundError for an unknown campaign.
        """
        doing = f"campaign {campaign_id!r}"
        path = f"/api/v2/campaigns/{path_part('a campaign', campaign_id)}"
        answer = await self._call(Call(RequestKind.CAMPAIGN, "GET", path, doing))
        return campaign_of(answer, campaign_id, doing)

    async def submit(
        self,
        list_id: str,
        payloads: Sequence[bytes],
        key: str,
        before_send: BeforeSend = nothing_to_do,
    ) -> Submitted:
        """Submit up to 500 contacts (`dialect.capabilities.max_payloads`).

        `payloads` come from `dialect.encode` or `dialect.payload`. `key` (1 to 255 visible
        ASCII characters) names this very submission: the tenant answers a second one
        under the same key with the same import. `before_send` is awaited when quota and
        token are in hand, immediately before the first byte, each time the request is sent.

        Raises NotFoundError for an unknown list, ContentRefusedError (with the position
        of the offending contact when the tenant names it), and UsageError for a key that
        no header can carry. An AmbiguousError is always about the submission: when only
        signing in was ambiguous, NotSentError is raised.
        """
        doing = f"submitting to list {list_id!r}"
        check_key(key, doing)
        sent = SentSize(len(payloads), sum(map(len, payloads)))
        answer = await self._call(
            Call(
                RequestKind.SUBMIT,
                "POST",
                f"{_list_path(list_id)}/import",
                doing,
                submission_body(payloads),
                {"Idempotency-Key": key},
                before_send,
                most_answer_bytes=most_answer_bytes(sent),
            )
        )
        return Submitted(import_id_of(answer, doing), answer.retry_after_s)

    async def poll(
        self, list_id: str, import_id: str, sent: SentSize | None = None
    ) -> ImportReport:
        """Return where an import stands, with its results once it has ended.

        Results come in any order, and may be fewer or more than what was submitted. A
        status that is not known is `ImportState.UNKNOWN` and not the end.

        The first end of an import that does not name the import is not believed, as it may
        answer another poll: from then on each poll has a connection of its own.

        An answer that is longer than one about `sent` can be is not read to its end: it raises
        AmbiguousError. Without `sent` the bound is `MAX_ANSWER_BYTES`.

        Raises NotFoundError while (or because) the tenant does not know the import.
        """
        doing = f"polling import {import_id!r} of list {list_id!r}"
        path = f"{_list_path(list_id)}/import/{path_part('an import', import_id)}"
        apart = self._polls_apart
        answer = await self._call(
            Call(
                RequestKind.POLL,
                "GET",
                path,
                doing,
                apart=apart,
                most_answer_bytes=most_answer_bytes(sent),
            )
        )
        # Milliseconds for 500 results and for what the caller makes of them, and many imports may
        # end at once: between one and the next the event loop gets its turn.
        async with self._one_report_at_a_time:
            try:
                report = report_of(answer, import_id, doing)
            except AmbiguousError:
                answer.hang_up()
                raise
            await asyncio.sleep(0)
        if report.import_id:
            return report
        if report.state.is_terminal and not apart:
            self._polls_apart = True
            raise AmbiguousError(
                f"{doing}: the answer does not name its import", status=answer.status
            )
        return msgspec.structs.replace(report, import_id=import_id)

    async def refused_rows(self, list_id: str, import_id: str) -> tuple[RefusedRow, ...]:
        """Return the contacts that a finished import refused, out of its results.

        Raises as `poll`.
        """
        report = await self.poll(list_id, import_id)
        failed = (result for result in report.results or () if not result.succeeded)
        return tuple(
            RefusedRow(sent_fields(result.fields, result.further), result.code) for result in failed
        )

    async def check_segment(self, segment_id: str) -> None:
        """Ask whether there is such a segment, by adding nobody to it.

        This API has no look-up for segments. A tenant that answers with a refusal of the empty
        list (ContentRefusedError) leaves it open whether it looked for the segment.

        Raises NotFoundError for an unknown segment.
        """
        await self.add_to_segment(segment_id, ())

    async def add_to_segment(self, segment_id: str, contact_ids: Sequence[str]) -> None:
        """Add up to 5,000 contacts (`dialect.capabilities`); adding twice is harmless.

        Raises NotFoundError for an unknown segment, ContentRefusedError when the ids are
        refused (status 413: too many in one call).
        """
        doing = f"adding to segment {segment_id!r}"
        path = f"/api/v2/segments/{path_part('a segment', segment_id)}/contacts"
        body = segment_body(contact_ids)
        await self._call(Call(RequestKind.SEGMENT, "POST", path, doing, body))

    async def _call(self, call: Call) -> Answer:
        answer = await self._signed_in.answer(call)
        refusal = failure(call.kind, answer, call.doing)
        if isinstance(refusal, AmbiguousError):
            answer.hang_up()
        if refusal is not None:
            raise refusal
        return answer


def _list_path(list_id: str) -> str:
    return f"/api/v2/contactlists/{path_part('a contact list', list_id)}"


if TYPE_CHECKING:

    def _implements_the_port(client: CXoneClient) -> TenantClient:
        return client
