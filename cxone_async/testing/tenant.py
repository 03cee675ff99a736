"""A tenant in memory that implements the port `TenantClient`.

Guarantee: it keeps the contract of its dialect's capabilities (how much may be submitted, what a
finished import tells, which scopes a call needs) and passes the conformance suite that the real
client passes. It does the same thing every time: what happens follows from the arguments, the
seed and the order of the requests. Time is the event loop's, which may be virtual.

A request is decided in one step when it arrives; its answer comes `round_trip_s` later. So a
caller that is cancelled while it waits leaves the work done, as in life.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

import msgspec

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ContentRefusedError,
    CXoneError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RequestError,
)
from cxone_async.tenant.contact_lists.wire import ContactListsDialect, check_key
from cxone_async.tenant.port import (
    BeforeSend,
    Campaign,
    ContactResult,
    Dialect,
    ImportCounts,
    ImportReport,
    ImportState,
    ImportTells,
    RefusedRow,
    RequestKind,
    SentFields,
    SentFurther,
    SentSize,
    Submitted,
    TenantClient,
    sent_fields,
)
from cxone_async.tenant.rate_limit.limiter import RateLimiter
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter
from cxone_async.testing.faults import FaultPlan, SentRequest

ALL_SCOPES: Final = frozenset(
    {"contact-list:write", "import:write", "campaign:read", "segment:write"}
)

_NEEDED_SCOPES: Final = {
    RequestKind.TOKEN: frozenset[str](),
    RequestKind.CAMPAIGN: frozenset({"campaign:read"}),
    RequestKind.SUBMIT: frozenset({"contact-list:write", "import:write"}),
    RequestKind.POLL: frozenset({"import:write"}),
    RequestKind.SEGMENT: frozenset({"segment:write"}),
}

_ANYBODY: Final = Campaign(
    campaign_id="campaign-1",
    allowed_countries=frozenset(),
    dnc_enabled=False,
    required_fields=frozenset({"phone", "email"}),
)

Refuse = Callable[[SentFields, int], str | None]
"""Given a contact and how often it has been submitted to its list (from 1): the code it is
refused with ("" for none), or None when it is taken."""

Answered = TypeVar("Answered")


class ReadableDialect(Dialect, Protocol):
    """A dialect whose payloads can be read back."""

    def sent_fields(self, payload: bytes) -> SentFields:
        """Return the fields that `encode` put into a payload.

        Raises msgspec.DecodeError or UnicodeDecodeError for what is no payload.
        """
        ...


class AcceptedContact(NamedTuple):
    """A contact that the tenant took."""

    fields: SentFields
    list_id: str
    import_id: str


class Submission(NamedTuple):
    """A submission that the tenant took; times are loop times. `nth` counts from 1.

    `codes` has an entry for each payload: None when it was taken, else why not. It is
    None itself when the whole import fails.
    """

    nth: int
    import_id: str
    list_id: str
    key: str
    payloads: tuple[bytes, ...]
    codes: tuple[str | None, ...] | None
    visible_at_s: float
    started_at_s: float
    ended_at_s: float


def take_everyone(fields: SentFields, attempt: int) -> str | None:
    """Refuse no contact."""
    return None


def at_once(draw: random.Random) -> float:
    """Let imports end at once."""
    return 0.0


class InMemoryTenant:
    """A tenant with one or more campaigns, lists and segments, all in memory.

    `dialect` says what it speaks; the other arguments are attributes, and may be changed while it
    is used:

    * `refuse` decides on each contact (see `Refuse`), `fails(nth)` whether the nth import
      ends FAILED with nothing taken;
    * `latency_s` draws how long an import takes, from a random number generator of its
      own: `lambda draw: draw.lognormvariate(3, 0.5)`;
    * `visible_after_s`: until then a poll answers as for an unknown import;
    * `tells_retry_after`: a poll that comes too early is told how much too early;
    * `edit_report` may change what a poll answers: lose results, add strangers;
    * `faults` says which requests go wrong, and how;
    * `round_trip_s` passes between each request and its answer.

    What happened is in `requests` (all that were sent, those that found no connection
    excepted), `submissions` by key, `accepted` by contact id, and `segments`.
    """

    def __init__(
        self,
        *,
        campaigns: Sequence[Campaign] = (_ANYBODY,),
        lists: Sequence[str] = ("list-1",),
        segments: Sequence[str] = ("segment-1",),
        scopes: frozenset[str] = ALL_SCOPES,
        dialect: ReadableDialect | None = None,
        rate_limiter: RateLimiter | None = None,
        seed: int = 0,
        refuse: Refuse = take_everyone,
        fails: Callable[[int], bool] = lambda nth: False,
        latency_s: Callable[[random.Random], float] = at_once,
        visible_after_s: float = 0.0,
        tells_retry_after: bool = False,
        edit_report: Callable[[ImportReport], ImportReport] = lambda report: report,
        faults: FaultPlan = lambda request: None,
        round_trip_s: float = 0.0,
    ) -> None:
        self.campaigns = {campaign.campaign_id: campaign for campaign in campaigns}
        self.lists = frozenset(lists)
        self.segments: dict[str, dict[str, None]] = {segment_id: {} for segment_id in segments}
        self.scopes = scopes
        self.seed = seed
        self.refuse = refuse
        self.fails = fails
        self.latency_s = latency_s
        self.visible_after_s = visible_after_s
        self.tells_retry_after = tells_retry_after
        self.edit_report = edit_report
        self.faults = faults
        self.round_trip_s = round_trip_s

        self.requests: list[SentRequest] = []
        self.submissions: dict[str, Submission] = {}
        self.accepted: dict[str, AcceptedContact] = {}

        self._dialect: ReadableDialect = dialect or ContactListsDialect()
        self._limiter = rate_limiter or UnlimitedLimiter(rng=random.Random(seed))
        self._imports: dict[str, Submission] = {}
        self._attempts: Counter[tuple[str, SentFields]] = Counter()
        self._counts: Counter[RequestKind] = Counter()
        self._signing_in = asyncio.Lock()
        self._signed_in = False

    @property
    def dialect(self) -> ReadableDialect:
        """How contacts are encoded, and what the API can do."""
        return self._dialect

    async def sign_in(self, required_scopes: frozenset[str]) -> None:
        """Sign in, if that has not happened, and check the scopes."""
        await self._sign_in_once()
        missing = required_scopes - self.scopes
        if missing:
            raise AccessRefusedError(f"the client lacks scopes: {' '.join(sorted(missing))}")

    async def campaign(self, campaign_id: str) -> Campaign:
        """Return one of `campaigns`."""
        return await self._call(
            RequestKind.CAMPAIGN, campaign_id, lambda: self._campaign(campaign_id)
        )

    async def submit(
        self, list_id: str, payloads: Sequence[bytes], key: str, before_send: BeforeSend
    ) -> Submitted:
        """Take a submission."""
        check_key(key, f"submitting to list {list_id!r}")
        return await self._call(
            RequestKind.SUBMIT,
            list_id,
            lambda: self._submitted(list_id, tuple(payloads), key),
            key=key,
            before_send=before_send,
        )

    async def poll(
        self, list_id: str, import_id: str, sent: SentSize | None = None
    ) -> ImportReport:
        """Return where an import stands. Nothing that it answers is too long for `sent`."""
        return await self._call(
            RequestKind.POLL, import_id, lambda: self.edit_report(self._report(list_id, import_id))
        )

    async def refused_rows(self, list_id: str, import_id: str) -> tuple[RefusedRow, ...]:
        """Return the rows that a finished import refused; polls count it."""
        return await self._call(
            RequestKind.POLL, import_id, lambda: self._refused_rows(list_id, import_id)
        )

    async def check_segment(self, segment_id: str) -> None:
        """Refuse to add nobody, unless the segment is unknown."""
        await self._call(RequestKind.SEGMENT, segment_id, lambda: self._added(segment_id, ()))

    async def add_to_segment(self, segment_id: str, contact_ids: Sequence[str]) -> None:
        """Add contacts that the tenant took."""
        await self._call(
            RequestKind.SEGMENT, segment_id, lambda: self._added(segment_id, contact_ids)
        )

    async def _sign_in_once(self) -> None:
        async with self._signing_in:
            if not self._signed_in:
                await self._exchange(RequestKind.TOKEN, "", lambda: None)
                self._signed_in = True

    async def _call(
        self,
        kind: RequestKind,
        subject: str,
        decide: Callable[[], Answered],
        *,
        key: str = "",
        before_send: BeforeSend | None = None,
    ) -> Answered:
        try:
            await self._sign_in_once()
        except AmbiguousError as sign_in:  # the doubt is about a token, not about this call
            raise NotSentError(f"{kind}: not sent, because there was no token") from sign_in
        return await self._exchange(kind, subject, decide, key=key, before_send=before_send)

    async def _exchange(
        self,
        kind: RequestKind,
        subject: str,
        decide: Callable[[], Answered],
        *,
        key: str = "",
        before_send: BeforeSend | None = None,
    ) -> Answered:
        await self._limiter.acquire(kind)
        if before_send is not None:
            await before_send()
        self._counts[kind] += 1
        now_s = asyncio.get_running_loop().time()
        request = SentRequest(kind, self._counts[kind], now_s, subject, key)
        fault = self.faults(request)
        planned = None if fault is None else fault.error()
        if isinstance(planned, NotSentError):
            self._limiter.failed(kind, 0, str(planned))
            raise planned
        self.requests.append(request)
        outcome: Answered | CXoneError
        if planned is None or (fault is not None and fault.processed):
            outcome = self._decided(kind, decide)
        else:
            outcome = planned
        if self.round_trip_s:
            await asyncio.sleep(self.round_trip_s)
        outcome = outcome if planned is None else planned
        self._tell_limiter(kind, outcome)
        if isinstance(outcome, CXoneError):
            raise outcome
        return outcome

    def _tell_limiter(self, kind: RequestKind, outcome: object) -> None:
        if isinstance(outcome, RateLimitedError):
            self._limiter.pause(outcome.retry_after_s)
        status = outcome.status if isinstance(outcome, RequestError) else 200
        nothing_came_back = isinstance(outcome, AmbiguousError) and not status
        if nothing_came_back or status >= 500:
            self._limiter.failed(kind, status, str(outcome))
        else:
            self._limiter.answered(kind, throttled=status == 429)

    def _decided(self, kind: RequestKind, decide: Callable[[], Answered]) -> Answered | CXoneError:
        if not self._needed_scopes(kind) <= self.scopes:
            return AccessRefusedError(f"{kind}: the credentials do not allow this call")
        try:
            return decide()
        except CXoneError as refusal:
            return refusal

    def _needed_scopes(self, kind: RequestKind) -> frozenset[str]:
        capabilities = self._dialect.capabilities
        return _NEEDED_SCOPES[kind] & (capabilities.scopes | capabilities.segment_scopes)

    def _campaign(self, campaign_id: str) -> Campaign:
        if campaign_id not in self.campaigns:
            raise NotFoundError(f"no campaign {campaign_id!r}", status=404)
        return self.campaigns[campaign_id]

    def _submitted(self, list_id: str, payloads: tuple[bytes, ...], key: str) -> Submitted:
        if list_id not in self.lists:
            raise NotFoundError(f"no list {list_id!r}", status=404)
        earlier = self.submissions.get(key)
        if earlier is not None:
            if (earlier.list_id, earlier.payloads) != (list_id, payloads):
                raise AmbiguousError("the key was used for something else", status=409)
            return self._answer_to(earlier)
        contacts = self._contacts(payloads)
        nth = len(self.submissions) + 1
        import_id = f"import-{nth}"
        codes = None if self.fails(nth) else self._codes(list_id, contacts)
        now_s = asyncio.get_running_loop().time()
        submission = Submission(
            nth,
            import_id,
            list_id,
            key,
            payloads,
            codes,
            visible_at_s=now_s + self.visible_after_s,
            started_at_s=now_s,
            ended_at_s=now_s + self.latency_s(self._draw("latency", nth)),
        )
        self.submissions[key] = self._imports[import_id] = submission
        for position, code in enumerate(codes or ()):
            if code is None:
                taken = AcceptedContact(contacts[position], list_id, import_id)
                self.accepted[_contact_id(import_id, position)] = taken
        return self._answer_to(submission)

    def _answer_to(self, submission: Submission) -> Submitted:
        left_s = submission.ended_at_s - asyncio.get_running_loop().time()
        return Submitted(submission.import_id, max(left_s, 0.0) if self.tells_retry_after else None)

    def _contacts(self, payloads: tuple[bytes, ...]) -> list[SentFields]:
        if not payloads:
            raise ContentRefusedError("a submission without contacts", status=400)
        capabilities = self._dialect.capabilities
        if len(payloads) > capabilities.max_payloads:
            raise ContentRefusedError(f"{len(payloads)} contacts at once", status=413)
        size_bytes = sum(map(len, payloads)) + len(payloads)
        if size_bytes > (capabilities.max_payload_bytes or size_bytes):
            raise ContentRefusedError(f"{size_bytes} bytes at once", status=413)
        contacts = []
        for position, payload in enumerate(payloads):
            try:
                contacts.append(self._dialect.sent_fields(payload))
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise ContentRefusedError(
                    f"payload {position} is no contact", status=400, index=position
                ) from None
        return contacts

    def _codes(self, list_id: str, contacts: Sequence[SentFields]) -> tuple[str | None, ...]:
        if self.refuse is take_everyone:  # spares a simulation of millions the counting
            return (None,) * len(contacts)
        codes = []
        for fields in contacts:
            self._attempts[list_id, fields] += 1
            codes.append(self.refuse(fields, self._attempts[list_id, fields]))
        return tuple(codes)

    def _report(self, list_id: str, import_id: str) -> ImportReport:
        now_s = asyncio.get_running_loop().time()
        submission = self._imports.get(import_id)
        if submission is None or submission.list_id != list_id or now_s < submission.visible_at_s:
            raise NotFoundError(f"no import {import_id!r} on list {list_id!r}", status=404)
        left_s = submission.ended_at_s - now_s
        if left_s > 0:
            halfway_s = (submission.started_at_s + submission.ended_at_s) / 2
            return ImportReport(
                import_id,
                ImportState.QUEUED if now_s < halfway_s else ImportState.PROCESSING,
                retry_after_s=left_s if self.tells_retry_after else None,
            )
        if submission.codes is None:
            return ImportReport(import_id, ImportState.FAILED)
        if self._dialect.capabilities.import_tells is not ImportTells.RESULTS:
            refused = sum(code is not None for code in submission.codes)
            counts = ImportCounts(len(submission.codes) - refused, refused)
            return ImportReport(import_id, ImportState.COMPLETED, counts=counts)
        return ImportReport(
            import_id, ImportState.COMPLETED, self._results(submission, submission.codes)
        )

    def _refused_rows(self, list_id: str, import_id: str) -> tuple[RefusedRow, ...]:
        self._report(list_id, import_id)  # raises NotFoundError while the import is not known
        submission = self._imports[import_id]
        return tuple(
            RefusedRow(self._dialect.row_key(payload), code)
            for payload, code in zip(submission.payloads, submission.codes or (), strict=False)
            if code is not None
        )

    def _results(
        self, submission: Submission, codes: Sequence[str | None]
    ) -> tuple[ContactResult, ...]:
        results = [
            ContactResult(
                sent_fields(sent := self._dialect.sent_fields(payload), ()),
                succeeded=code is None,
                contact_id=_contact_id(submission.import_id, position)
                if code is None and self._dialect.capabilities.gives_contact_ids
                else "",
                code=code or "",
                further=sent.further if isinstance(sent, SentFurther) else (),
            )
            for position, (payload, code) in enumerate(zip(submission.payloads, codes, strict=True))
        ]
        self._draw("results", submission.nth).shuffle(results)
        return tuple(results)

    def _added(self, segment_id: str, contact_ids: Sequence[str]) -> None:
        if segment_id not in self.segments:
            raise NotFoundError(f"no segment {segment_id!r}", status=404)
        if not contact_ids:
            raise ContentRefusedError("no contact ids", status=400)
        if len(contact_ids) > (self._dialect.capabilities.max_ids_per_segment_call or 0):
            raise ContentRefusedError(f"{len(contact_ids)} contact ids at once", status=413)
        for position, contact_id in enumerate(contact_ids):
            if contact_id not in self.accepted:
                raise ContentRefusedError(
                    f"contact id {position} is unknown", status=400, index=position
                )
        self.segments[segment_id].update(dict.fromkeys(contact_ids))

    def _draw(self, what: str, nth: int) -> random.Random:
        return random.Random(f"{self.seed}:{what}:{nth}")


def _contact_id(import_id: str, position: int) -> str:
    return f"{import_id}-{position}"


if TYPE_CHECKING:

    def _implements_the_port(tenant: InMemoryTenant) -> TenantClient:
        return tenant
