"""`doctor`: whether an import could begin, without sending a contact.

It asks the tenant what an import asks before its first row, and whether it knows the list, by a
submission without contacts. This machine is looked at as well: disk, versions, extras, clock.

Guarantee: nothing is written but a file that is removed at once, and no contact is sent. The exit
code is that of an import that would end for the first check that failed. A tenant that is silent
ends a check after `LONGEST_CHECK_S`, and all of them after `LONGEST_VISIT_S`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Final

import msgspec

from cxone_async.commands.environment import Environment
from cxone_async.commands.tenant_client import client_of
from cxone_async.commands.this_machine import (
    EXTRA_IS_FOR,
    PACKAGE,
    disk_at,
    extras_here,
    versions_here,
)
from cxone_async.errors import (
    AccessRefusedError,
    ConfigurationError,
    ContentRefusedError,
    NotFoundError,
    RequestError,
    RunError,
    TenantUnreachableError,
    UsageError,
)
from cxone_async.load.preflight import constraints_of_campaign, refuse_unknown_segment
from cxone_async.report.wording import constraints_in_words
from cxone_async.settings import DoctorSettings
from cxone_async.tenant.events import RequestMade, TenantEvent, Throttled
from cxone_async.tenant.port import TenantClient
from cxone_async.tenant.rate_limit.from_setting import limiter_of
from cxone_async.tenant.rate_limit.paced_client import PacedClient

LARGEST_SKEW_S: Final = 30.0
"""A clock that is further off makes tokens look older or younger than they are."""

DATES_ARE_S: Final = 2.0
"""An answer's date has whole seconds, and is a moment old when it is read."""

LONGEST_CHECK_S: Final = 5.0
LONGEST_VISIT_S: Final = 12.0
"""How long one question to the tenant, and all of them together, may take: somebody waits."""

LEAST_FREE_BYTES: Final = 1_000_000_000


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Finding(msgspec.Struct, frozen=True):
    """What one check found; `way_out` says what to do, or where to get what is missing.

    `exit_code` is that of an import, 0 unless the check failed.
    """

    check: str
    state: State
    what: str
    way_out: str = ""
    exit_code: int = 0


async def examine(
    settings: DoctorSettings,
    *,
    tenant: TenantClient | None = None,
    environment: Environment | None = None,
) -> tuple[Finding, ...]:
    """Make every check that can be made with these settings; return what was found, in order.

    `tenant` is asked in place of the one that the settings name. Raises nothing that a check
    can find.
    """
    visit = _Visit(settings, environment or Environment())
    return (
        *_of_settings(settings),
        *await asyncio.to_thread(_of_machine, settings),
        *[finding async for finding in visit.findings(tenant)],
    )


def exit_code_of(findings: Sequence[Finding]) -> int:
    """Return the exit code of the first check that failed; 0 when none did."""
    return next((one.exit_code for one in findings if one.state is State.FAILED), 0)


_WHERE: Final = {
    "--tenant or --base-url": "it is the first part of the address at which you sign in to CXone: "
    "https://TENANT.cxone.com",
    "--client-id or --client-id-file": "an administrator of the tenant makes an API client with "
    "the grant client credentials, and tells its id",
    "CXONE_CLIENT_SECRET or --client-secret-file": "it is shown once, when the API client is made; "
    "an administrator can make a new one",
    "--list-id": "it is in the address of the contact list's page in CXone, or ask who keeps the "
    "list",
    "--campaign-id": "it is in the address of the campaign's page in CXone, or ask who runs the "
    "campaign",
}


def _of_settings(settings: DoctorSettings) -> Iterator[Finding]:
    is_there = {
        "--tenant or --base-url": settings.tenant or settings.base_url,
        "--client-id or --client-id-file": settings.client_id or settings.client_id_file,
        "CXONE_CLIENT_SECRET or --client-secret-file": settings.client_secret
        or settings.client_secret_file,
        "--list-id": settings.list_id,
        "--campaign-id": settings.campaign_id,
    }
    missing = [name for name, value in is_there.items() if not value]
    for name in missing:
        yield _failed("settings", UsageError(f"missing {name}"), _WHERE[name])
    if not missing:
        yield Finding("settings", State.OK, "none is missing")


def _of_machine(settings: DoctorSettings) -> Iterator[Finding]:
    disk = disk_at(settings.run_dir)
    free = f"{disk.free_bytes / 1e9:,.1f} GB free at {disk.place}"
    if disk.problem:
        yield Finding(
            "disk",
            State.FAILED,
            f"{disk.place} cannot be written: {disk.problem}",
            "name another place with --run-dir, or let this user write there",
            73,
        )
    elif disk.free_bytes < LEAST_FREE_BYTES:
        yield Finding("disk", State.WARNING, free, "a million rows take about 1 GB while they run")
    else:
        yield Finding("disk", State.OK, free)
    yield Finding("versions", State.OK, versions_here())
    extras = extras_here()
    there = ", ".join(extras.installed) or "none"
    lacking = ", ".join(extras.missing) or "none"
    needed_for = "; ".join(f"{name} is for {EXTRA_IS_FOR[name]}" for name in extras.missing)
    yield Finding(
        "extras",
        State.OK,
        f"installed: {there}; not installed: {lacking}",
        f"{needed_for}. To have one: pip install '{PACKAGE}[{extras.missing[0]}]'"
        if needed_for
        else "",
    )


class _Visit:
    """The questions to the tenant, each asked only when the one before it was answered."""

    def __init__(self, settings: DoctorSettings, environment: Environment) -> None:
        self._settings = settings
        self._environment = environment
        self._limiter = limiter_of(settings.quota, rng=environment.rng)
        self._skews_s: list[float] = []
        self._requests = 0
        self._throttled = 0

    async def findings(self, tenant: TenantClient | None) -> AsyncIterator[Finding]:
        """Ask the tenant; yield what it said."""
        settings = self._settings
        has_access = (settings.tenant or settings.base_url) and (
            (settings.client_id or settings.client_id_file)
            and (settings.client_secret or settings.client_secret_file)
        )
        if not has_access:
            for check in ("sign-in", "scopes", "list", "campaign", "segment"):
                yield Finding(check, State.NOT_CHECKED, "settings are missing")
            return
        begun_s = asyncio.get_running_loop().time()
        async with AsyncExitStack() as stack:
            try:
                client = await self._client(stack, tenant)
                async with asyncio.timeout(LONGEST_CHECK_S):
                    await client.sign_in(frozenset())
            except TimeoutError:
                yield _failed("sign-in", _silent(), _way_in(_silent()))
                for check in ("scopes", "list", "campaign", "segment"):
                    yield Finding(check, State.NOT_CHECKED, "there is no access token")
                return
            except (RequestError, RunError) as error:
                yield _failed("sign-in", error, _way_in(error))
                for check in ("scopes", "list", "campaign", "segment"):
                    yield Finding(check, State.NOT_CHECKED, "there is no access token")
                return
            yield Finding("sign-in", State.OK, f"{settings.url} gives an access token")
            if settings.secret_is_open_to_all:
                yield Finding(
                    "secret",
                    State.WARNING,
                    "every user of this machine may read the file with the client secret",
                    "chmod 600 it",
                )
            questions = {
                "scopes": self._scopes,
                "list": self._list,
                "campaign": self._campaign,
                "segment": self._segment,
            }
            for check, ask in questions.items():
                yield await _in_time(check, ask, client, begun_s + LONGEST_VISIT_S)
        yield self._quota()
        yield self._clock()

    async def _client(self, stack: AsyncExitStack, tenant: TenantClient | None) -> TenantClient:
        settings = self._settings
        if tenant is not None:
            return PacedClient(tenant, self._limiter, self._saw)
        settings.check_credentials()  # before anything is sent
        return await stack.enter_async_context(
            client_of(settings, self._limiter, 1, self._environment, self._saw)
        )

    def _saw(self, event: TenantEvent) -> None:
        match event:
            case RequestMade(dated_s=None):
                self._requests += 1
            case RequestMade(dated_s=float(dated_s)):
                self._requests += 1
                self._skews_s.append(self._environment.wall_clock_s() - dated_s)
            case Throttled():
                self._throttled += 1

    async def _scopes(self, client: TenantClient) -> Finding:
        capabilities = client.dialect.capabilities
        needed = capabilities.scopes
        if self._settings.segment_id:
            needed |= capabilities.segment_scopes
        try:
            await client.sign_in(needed)
        except (RequestError, RunError) as error:
            way_out = "an administrator of the tenant gives them to the API client"
            return _failed("scopes", error, way_out)
        return Finding("scopes", State.OK, " ".join(sorted(needed)))

    async def _list(self, client: TenantClient) -> Finding:
        list_id = self._settings.list_id
        if not list_id:
            return Finding("list", State.NOT_CHECKED, "--list-id is missing")
        key = f"doctor-{self._environment.rng.getrandbits(128):032x}"
        try:
            await client.submit(list_id, (), key, _nothing_to_do)
        except NotFoundError:
            error = ConfigurationError(f"the tenant knows no contact list {list_id!r}")
            return _failed("list", error, _WHERE["--list-id"])
        except ContentRefusedError:
            what = f"{list_id}: an empty submission is refused for being empty, not for its list"
            return Finding("list", State.OK, what)
        except RunError as error:
            return _failed("list", error, "let the API client use this list")
        except RequestError as error:
            return Finding("list", State.WARNING, f"the tenant does not say: {error}")
        return Finding("list", State.OK, f"{list_id}: takes a submission (an empty one was sent)")

    async def _campaign(self, client: TenantClient) -> Finding:
        campaign_id = self._settings.campaign_id
        if not campaign_id:
            return Finding("campaign", State.NOT_CHECKED, "--campaign-id is missing")
        try:
            rules = await constraints_of_campaign(client, campaign_id, self._environment.rng)
        except (RequestError, RunError) as error:
            return _failed("campaign", error, _WHERE["--campaign-id"])
        said = constraints_in_words(
            rules.allowed_countries, rules.required_fields, counts=rules.dnc_enabled
        )
        return Finding("campaign", State.OK, f"{campaign_id}: {said}")

    async def _segment(self, client: TenantClient) -> Finding:
        segment_id = self._settings.segment_id
        if not segment_id:
            return Finding("segment", State.OK, "none is given, so contacts are added to none")
        try:
            await refuse_unknown_segment(client, segment_id)
        except RunError as error:
            return _failed("segment", error, "it is in the address of the segment's page in CXone")
        return Finding("segment", State.OK, f"{segment_id}: not refused")

    def _quota(self) -> Finding:
        quota = self._settings.quota
        said = {0: "0 sets no limit", "auto": "auto finds it"}.get(quota, f"is {quota} a minute")
        what = f"{self._requests} requests made, {self._throttled} throttled; --quota {said}"
        if self._throttled:
            return Finding(
                "quota",
                State.WARNING,
                what,
                "others use the same quota now: leave them their share with a lower --quota",
            )
        return Finding("quota", State.OK, what)

    def _clock(self) -> Finding:
        if not self._skews_s:
            return Finding("clock", State.NOT_CHECKED, "the tenant's answers have no date")
        skew_s = min(self._skews_s, key=abs)
        side = "ahead of" if skew_s > 0 else "behind"
        what = (
            f"this machine's clock is {abs(skew_s):.0f} s {side} the tenant's"
            if abs(skew_s) > DATES_ARE_S
            else "this machine's clock agrees with the tenant's"
        )
        if abs(skew_s) > LARGEST_SKEW_S:
            return Finding("clock", State.WARNING, what, "set it by NTP")
        return Finding("clock", State.OK, what)


async def _in_time(
    check: str,
    ask: Callable[[TenantClient], Awaitable[Finding]],
    client: TenantClient,
    ends_s: float,
) -> Finding:
    """Ask one thing, until `ends_s` of the loop's clock at the latest."""
    left_s = ends_s - asyncio.get_running_loop().time()
    if left_s <= 0:
        return Finding(check, State.NOT_CHECKED, "the tenant left other questions unanswered")
    try:
        async with asyncio.timeout(min(left_s, LONGEST_CHECK_S)):
            return await ask(client)
    except TimeoutError:
        way_out = "ask again later, or with a higher --quota: an import waits for two minutes"
        return _failed(check, _silent(), way_out)


def _silent() -> TenantUnreachableError:
    return TenantUnreachableError("the tenant gives no answer that says it in time")


async def _nothing_to_do() -> None:
    return None


def _way_in(error: Exception) -> str:
    if isinstance(error, AccessRefusedError):
        return "ask an administrator of the tenant whether the API client exists and is active"
    if isinstance(error, RequestError | TenantUnreachableError):
        return (
            "is the tenant's name right, and may this machine reach it on port 443? A proxy is "
            "given with --proxy; those of the environment are not used"
        )
    return ""


def _failed(check: str, error: Exception, way_out: str = "") -> Finding:
    code = error.exit_code if isinstance(error, RunError) else TenantUnreachableError.exit_code
    return Finding(check, State.FAILED, str(error), way_out, code)
