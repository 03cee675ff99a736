"""A typed client of the Admin API: calling lists, upload jobs, do-not-call groups and skills.

Guarantee: every method either returns what the tenant said or raises a leaf of
`cxone_async.errors` whose class says what may be done next. No upload starts dialling, overwrites
a file or sends mail: the client sends false for each of them and has no switch.

    async with CXoneAdminClient(area="na1", access_key_id=..., access_key_secret=...) as client:
        for calling_list in await client.lists():
            print(calling_list.list_id, calling_list.name, calling_list.status)
        skill = await client.skill(4501)
        print(skill.may_dial)
"""

import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import urlencode

from cxone_async.errors import AmbiguousError, ConfigurationError, NotFoundError, UsageError
from cxone_async.tenant.access import Credential, Network
from cxone_async.tenant.admin import wire
from cxone_async.tenant.admin.addresses import addresses_of, checked_version
from cxone_async.tenant.admin.model import (
    CallingList,
    DncGroup,
    DncRecord,
    DncWrite,
    ListColumns,
    ListRecord,
    Removal,
    Skill,
    Upload,
    UploadJob,
)
from cxone_async.tenant.admin.sign_in import AccessKey, Password
from cxone_async.tenant.admin.statuses import Call as Purpose
from cxone_async.tenant.admin.statuses import failure, file_exists, sign_in_failure
from cxone_async.tenant.events import ObserveTenant, unobserved
from cxone_async.tenant.http.address import path_part
from cxone_async.tenant.http.answer import MAX_ANSWER_BYTES, Answer
from cxone_async.tenant.http.auth import TokenCache
from cxone_async.tenant.http.signed_in import Call, SignedIn, nothing_to_do
from cxone_async.tenant.http.transport import (
    SMALL_ANSWER_BYTES,
    StreamedBody,
    Timeouts,
    Transport,
)
from cxone_async.tenant.port import BeforeSend
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.tenant.rate_limit.limiter import RateLimiter

__all__ = ["CXoneAdminClient", "FileExistsAtTenantError"]

DEFAULT_VERSION: Final = "34.0"
DEFAULT_PER_MINUTE: Final = 120
"""No figure for this API is published. Two requests a second have been borne without a word."""

_LISTS: Final = "/lists/call-lists"
_GROUPS: Final = "/dnc-groups"
_LISTS_PER_PAGE: Final = 100

Item = TypeVar("Item")


class FileExistsAtTenantError(AmbiguousError):
    """The list has had a file of this name already: an earlier upload of it arrived."""


class CXoneAdminClient:
    """One tenant's calling lists, upload jobs, do-not-call groups and skills.

    Either `area` (na1, eu1, au1 ...) or `base_url`, an origin that serves sign-in, discovery and
    API alike, is given. The address of the API is discovered unless `api_endpoint` names it; a
    discovered host outside the vendor's domains is refused unless it is in `allowed_hosts`. With
    `client_id` and `client_secret`, of a registered application, the password grant is used.
    Credentials may be functions that read them: each sign-in does. `version` is that of the API.

    What any method may raise: NotSentError (no connection came about), RateLimitedError (429 or
    503, not processed; the limiter is paused already), AmbiguousError (no usable answer),
    AccessRefusedError (credentials or a permission, which is named), ConfigurationError (the tenant
    does not offer the call, or an address may not be used), UsageError (outside of `async with`).
    """

    def __init__(
        self,
        *,
        access_key_id: Credential,
        access_key_secret: Credential,
        client_id: Credential | None = None,
        client_secret: Credential | None = None,
        area: str | None = None,
        base_url: str | None = None,
        api_endpoint: str | None = None,
        allowed_hosts: Iterable[str] = (),
        version: str = DEFAULT_VERSION,
        quota_per_minute: int = DEFAULT_PER_MINUTE,
        rate_limiter: RateLimiter | None = None,
        timeouts: Timeouts | None = None,
        connections: int = 10,
        now: Callable[[], float] = time.time,
        observe: ObserveTenant = unobserved,
        network: Network | None = None,
    ) -> None:
        if (client_id is None) != (client_secret is None):
            raise UsageError("client_id and client_secret go together")
        self._addresses = addresses_of(
            area=area,
            base_url=base_url,
            api_endpoint=api_endpoint,
            allowed_hosts=frozenset(allowed_hosts),
        )
        self._prefix = f"/inContactAPI/services/v{checked_version(version)}"
        self._now = now
        self._open = AsyncExitStack()
        self._api: SignedIn | None = None
        try:
            limiter = rate_limiter or limiter_of(quota_per_minute, rng=random.Random())
        except ValueError as out_of_range:
            raise UsageError(str(out_of_range)) from None

        def transport_to(address: str) -> Transport:
            return Transport(
                address,
                limiter,
                network=network,
                timeouts=timeouts,
                connections=connections,
                now=now,
                observe=observe,
            )

        self._transport_to = transport_to
        self._shared = transport_to(self._addresses.shared)
        grant: AccessKey | Password
        if client_id is None or client_secret is None:
            self._sign_in = transport_to(self._addresses.access_key)
            grant = AccessKey(access_key_id, access_key_secret)
        else:
            self._sign_in = self._shared
            grant = Password(access_key_id, access_key_secret, client_id, client_secret)
        self._tokens = TokenCache(self._sign_in, grant, sign_in_failure)

    async def __aenter__(self) -> Self:
        for transport in {id(one): one for one in (self._shared, self._sign_in)}.values():
            await self._open.enter_async_context(transport)
        self._open.push_async_callback(self._tokens.aclose)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._api = None
        await self._open.aclose()

    # the tenant

    async def sign_in(self) -> str:
        """Sign in, find the API, and return its address. Every other call does so by itself.

        Raises AccessRefusedError when the credentials are refused, ConfigurationError when the
        tenant or its API cannot be found, or its address may not be used.
        """
        await self._signed_in()
        return self._endpoint

    async def check(self) -> datetime | None:
        """Ask the API for its clock, which needs a token and changes nothing."""
        answer = await self._get(Purpose.LOOK, "/server-time", doing="asking for the time")
        return wire.server_time_of(answer, "asking for the time")

    # lists

    async def lists(self) -> tuple[CallingList, ...]:
        """Return all calling lists of the tenant."""
        doing = "reading the calling lists"
        return tuple(
            [
                one
                async for one in self._paged(
                    Purpose.LOOK, _LISTS, {}, _LISTS_PER_PAGE, wire.lists_of, doing
                )
            ]
        )

    async def calling_list(self, list_id: int) -> CallingList:
        """Return one list, with the counts of its last file.

        Raises NotFoundError for an unknown list.
        """
        doing = f"reading list {list_id}"
        answer = await self._get(Purpose.FOLLOW, f"{_LISTS}/{list_id}", doing=doing)
        return wire.list_of(answer, list_id, doing)

    async def records(self, list_id: int, *, finalized: bool) -> AsyncIterator[ListRecord]:
        """Yield a list's records: those that the dialler is done with, or those that it is not.

        A list has both kinds, and no call gives both. Raises NotFoundError for an unknown list.
        """
        query = {"includeRecords": "true", "finalized": str(finalized).lower()}
        pages = self._paged(
            Purpose.FOLLOW,
            f"{_LISTS}/{list_id}",
            query,
            wire.RECORDS_PER_PAGE,
            wire.records_of,
            f"reading the records of list {list_id}",
        )
        async for record in pages:
            yield record

    async def create_list(
        self, name: str, columns: ListColumns, *, expires_on: date | None = None
    ) -> int:
        """Create a list with this mapping and return its id.

        A list of that name that is there already gets the new mapping, whoever made it: look at
        `lists` first. Raises ContentRefusedError when the mapping is refused.
        """
        if not columns.phones:
            raise UsageError("a list needs at least one column of phones")
        doing = f"creating list {name!r}"
        answer = await self._call(
            Purpose.MAP_LIST,
            "POST",
            _LISTS,
            doing=doing,
            query=wire.mapping_query(name, columns, expires_on),
            body=wire.mapping_body(columns),
        )
        return wire.created_list_id(answer, doing)

    async def upload(
        self,
        list_id: int,
        file: bytes,
        *,
        file_name: str,
        expires_on: date,
        skill_id: int | None = None,
        default_time_zone: str = "",
        before_send: BeforeSend = nothing_to_do,
    ) -> Upload:
        """Upload a CSV file (UTF-8, no byte order mark, commas) to a list that is mapped.

        `file_name` should be used once only: a list keeps the names, and a second upload of one
        is refused, which proves that the first arrived. Nothing is dialled for the upload itself;
        records that are given to a skill which runs are (`Skill.may_dial`).

        Raises FileExistsAtTenantError for a name that the list has had, ContentRefusedError when
        the file, the list's state or the skill is refused, NotFoundError for an unknown list.
        """
        doing = f"uploading to list {list_id}"
        body = wire.UploadBody(
            file,
            file_name=file_name,
            expires_on=expires_on,
            skill_id=skill_id,
            default_time_zone=default_time_zone,
        )
        call = self._described(
            Purpose.UPLOAD,
            "POST",
            f"{_LISTS}/{list_id}/upload",
            doing,
            body=StreamedBody(body.pieces, body.size_bytes),
            before_send=before_send,
        )
        answer = await (await self._signed_in()).answer(call)
        refusal = failure(Purpose.UPLOAD, answer, doing)
        if refusal is not None and file_exists(answer):
            raise FileExistsAtTenantError(str(refusal), status=answer.status)
        if refusal is not None:
            raise refusal
        return wire.upload_of(answer, doing)

    async def jobs(self, since: datetime, until: datetime) -> tuple[UploadJob, ...]:
        """Return the upload jobs of all lists that were submitted in a range of a day at most.

        Finished ones may be missing. Raises UsageError for a range that is longer or reversed.
        """
        if not 0 <= (until - since).total_seconds() <= 86_400:
            raise UsageError("a range of jobs is a day at most, and not reversed")
        query = {"startDate": _iso(since), "endDate": _iso(until)}
        pages = self._paged(
            Purpose.FOLLOW,
            f"{_LISTS}/jobs",
            query,
            _LISTS_PER_PAGE,
            wire.jobs_of,
            "reading the upload jobs",
        )
        return tuple([one async for one in pages])

    async def job(self, job_id: int) -> UploadJob | None:
        """Return an upload job; None when the tenant does not know it, or no longer."""
        doing = f"following job {job_id}"
        try:
            answer = await self._get(Purpose.FOLLOW, f"{_LISTS}/jobs/{job_id}", doing=doing)
        except NotFoundError:
            return None
        found = wire.jobs_of(answer, doing)
        return next((one for one in found if one.job_id == job_id), None)

    async def cancel_job(self, job_id: int) -> None:
        """Cancel a job. Rows that were loaded already may stay.

        Raises NotFoundError for an unknown job.
        """
        doing = f"cancelling job {job_id}"
        await self._call(Purpose.CANCEL, "DELETE", f"{_LISTS}/jobs/{job_id}", doing=doing)

    async def remove(self, list_name: str, external_ids: Sequence[str]) -> Removal:
        """Take records off a list. What the answer does not name was not removed.

        Raises NotFoundError for an unknown list, ContentRefusedError when the ids are refused.
        """
        doing = f"removing records from list {list_name!r}"
        path = f"{_LISTS}/{path_part('a list', list_name)}/removeProspects"
        answer = await self._call(
            Purpose.REMOVE,
            "DELETE",
            path,
            doing=doing,
            body=wire.removal_body(external_ids),
            most_answer_bytes=MAX_ANSWER_BYTES,
        )
        return wire.removal_of(answer, external_ids, doing)

    # do-not-call groups

    async def dnc_groups(self) -> tuple[DncGroup, ...]:
        """Return all do-not-call groups of the tenant."""
        doing = "reading the do-not-call groups"
        answer = await self._get(
            Purpose.LOOK_AT_DNC, _GROUPS, doing=doing, most_answer_bytes=MAX_ANSWER_BYTES
        )
        return wire.groups_of(answer, doing)

    async def scrubbed_skill_ids(self, group_id: int) -> frozenset[int]:
        """Return the skills before whose calls a group is looked into.

        Raises NotFoundError for an unknown group.
        """
        pages = self._paged(
            Purpose.LOOK_AT_DNC,
            f"{_GROUPS}/{group_id}/scrubbed-skills",
            {},
            _LISTS_PER_PAGE,
            wire.scrubbed_skill_ids,
            f"reading the skills of group {group_id}",
        )
        return frozenset([one async for one in pages])

    async def dnc_records(self, group_id: int) -> AsyncIterator[DncRecord]:
        """Yield a group's members, expired ones too (`DncRecord.blocks`).

        Raises NotFoundError for an unknown group.
        """
        pages = self._paged(
            Purpose.LOOK_AT_DNC,
            f"{_GROUPS}/{group_id}/records",
            {},
            wire.RECORDS_PER_PAGE,
            wire.dnc_records_of,
            f"reading the members of group {group_id}",
        )
        async for record in pages:
            yield record

    async def groups_holding(self, phone: str) -> frozenset[int]:
        """Return the groups of which a number is a member now."""
        doing = "looking a number up in the do-not-call groups"
        answer = await self._call(
            Purpose.LOOK_AT_DNC,
            "POST",
            f"{_GROUPS}/search",
            doing=doing,
            query=(("phoneNumber", phone),),
        )
        now = datetime.fromtimestamp(self._now(), UTC)
        return frozenset(wire.groups_holding(answer, now, doing))

    async def add_to_dnc(self, group_id: int, phones: Sequence[str]) -> DncWrite:
        """Add up to 4,000 numbers, as digits, to a group. Each may be refused by itself.

        Raises UsageError for more, or for a number with a plus or a zero before it, NotFoundError
        for an unknown group, ContentRefusedError for one that is not active.
        """
        if len(phones) > wire.DNC_RECORDS_PER_CALL:
            raise UsageError(f"at most {wire.DNC_RECORDS_PER_CALL} numbers go into one call")
        doing = f"adding to do-not-call group {group_id}"
        answer = await self._call(
            Purpose.WRITE_DNC,
            "POST",
            f"{_GROUPS}/{group_id}/records",
            doing=doing,
            body=wire.dnc_body(phones),
            most_answer_bytes=MAX_ANSWER_BYTES,
        )
        return wire.dnc_write_of(answer, phones, doing)

    # skills

    async def skill(self, skill_id: int) -> Skill:
        """Return one skill. Raises NotFoundError for an unknown one."""
        doing = f"reading skill {skill_id}"
        answer = await self._get(Purpose.LOOK, f"/skills/{skill_id}", doing=doing)
        for one in wire.skills_of(answer, doing):
            if one.skill_id == skill_id:
                return one
        raise AmbiguousError(f"{doing}: the tenant answered with another", status=answer.status)

    async def skills(self) -> tuple[Skill, ...]:
        """Return all skills of the tenant."""
        pages = self._paged(
            Purpose.LOOK, "/skills", {}, _LISTS_PER_PAGE, wire.skills_of, "reading the skills"
        )
        return tuple([one async for one in pages])

    async def lists_of_skill(self, skill_id: int) -> tuple[tuple[int, str], ...]:
        """Return the lists that a skill calls from, as (id, name). Raises NotFoundError."""
        doing = f"reading the parameters of skill {skill_id}"
        answer = await self._get(
            Purpose.LOOK,
            f"/skills/{skill_id}/parameters",
            doing=doing,
            most_answer_bytes=MAX_ANSWER_BYTES,
        )
        return wire.skill_lists_of(answer, doing)

    # what is behind them

    async def _signed_in(self) -> SignedIn:
        if self._api is None:
            endpoint = self._addresses.api or self._addresses.discovered(await self._discovered())
            if self._api is None:  # another call may have come first
                transport = await self._open.enter_async_context(self._transport_to(endpoint))
                self._endpoint = endpoint
                self._api = SignedIn(transport, self._tokens)
        return self._api

    async def _discovered(self) -> str:
        doing = "finding the tenant's API"
        tenant_id = (await self._tokens.token()).tenant_id
        shared = SignedIn(self._shared, self._tokens)
        if not tenant_id:
            path = f"{self._prefix}/business-unit"
            call = Call(Purpose.DISCOVER.kind, "GET", path, doing)
            tenant_id = wire.tenant_id_of(
                self._checked(Purpose.DISCOVER, await shared.answer(call), doing), doing
            )
        if not tenant_id:
            raise ConfigurationError(
                f"{doing}: the sign-in does not name the tenant; give the API's address"
            )
        path = f"/.well-known/cxone-configuration?{urlencode({'tenantId': tenant_id})}"
        answer = await shared.answer(Call(Purpose.DISCOVER.kind, "GET", path, doing))
        return wire.api_endpoint_of(self._checked(Purpose.DISCOVER, answer, doing), doing)

    async def _paged(
        self,
        purpose: Purpose,
        path: str,
        query: dict[str, str],
        per_page: int,
        read: Callable[[Answer, str], tuple[Item, ...]],
        doing: str,
    ) -> AsyncIterator[Item]:
        """Yield the items of all pages, until one is empty: a tenant may send fewer than asked for.

        Totals are not always told. Of a list's records it is documented that a page is full unless
        it is the last, which saves a request for every list. Old versions know no pages and send
        everything each time.
        """
        skip = 0
        last: tuple[Item, ...] = ()
        while True:
            bounds = {"skip": str(skip), "top": str(per_page)}
            answer = await self._get(
                purpose,
                path,
                doing=doing,
                query=tuple((query | bounds).items()),
                most_answer_bytes=MAX_ANSWER_BYTES,
            )
            items = read(answer, doing)
            if items and items == last:
                if len(items) != per_page:
                    return
                raise AmbiguousError(f"{doing}: the tenant sends the same page again")
            for item in items:
                yield item
            is_last = read is wire.records_of and len(items) < per_page
            if not items or is_last:
                return
            skip, last = skip + len(items), items

    async def _get(
        self,
        purpose: Purpose,
        path: str,
        *,
        doing: str,
        query: Sequence[tuple[str, str]] = (),
        most_answer_bytes: int = SMALL_ANSWER_BYTES,
    ) -> Answer:
        return await self._call(
            purpose, "GET", path, doing=doing, query=query, most_answer_bytes=most_answer_bytes
        )

    async def _call(
        self,
        purpose: Purpose,
        method: str,
        path: str,
        *,
        doing: str,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        most_answer_bytes: int = SMALL_ANSWER_BYTES,
    ) -> Answer:
        target = f"{path}?{urlencode(query)}" if query else path
        call = self._described(purpose, method, target, doing, body, most=most_answer_bytes)
        answer = await (await self._signed_in()).answer(call)
        return self._checked(purpose, answer, doing)

    def _described(
        self,
        purpose: Purpose,
        method: str,
        path: str,
        doing: str,
        body: bytes | StreamedBody | None = None,
        before_send: BeforeSend = nothing_to_do,
        most: int = MAX_ANSWER_BYTES,
    ) -> Call:
        return Call(
            purpose.kind,
            method,
            self._prefix + path,
            doing,
            body,
            before_send=before_send,
            most_answer_bytes=most,
        )

    def _checked(self, purpose: Purpose, answer: Answer, doing: str) -> Answer:
        refusal = failure(purpose, answer, doing)
        if isinstance(refusal, AmbiguousError):
            answer.hang_up()
        if refusal is not None:
            raise refusal
        return answer


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
