"""The port: what the import needs of a tenant, whatever API it speaks.

Guarantee: nothing here knows a URL, a header or a status number. A dialect
(`contact_lists`) and the in-memory twin (`cxone_async.testing`) both pass one
conformance suite.

Two dialects shaped it. In one a submission is up to 500 contacts and the finished
import tells each contact's result. In the other, to come, a submission is a file of up
to 500,000 records and the finished job tells counts only. Hence: the largest submission
is a property of the dialect, contacts are encoded one by one by a pure function of the
dialect (so they can be encoded in another process and packed again without being
encoded again), and a finished import carries results, or counts, or neither.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from cxone_async.contacts.model import Contact


class RequestKind(StrEnum):
    """What a request is for; all of them count against the tenant's quota."""

    TOKEN = "token"  # noqa: S105  the name of a kind, not a secret
    CAMPAIGN = "campaign"
    SUBMIT = "submit"
    POLL = "poll"
    SEGMENT = "segment"


class Campaign(msgspec.Struct, frozen=True):
    """What a campaign asks of its contacts.

    `allowed_countries` holds ISO 3166 alpha-2 codes; empty means any country.
    """

    campaign_id: str
    allowed_countries: frozenset[str]
    dnc_enabled: bool
    required_fields: frozenset[str]


class SentFields(msgspec.Struct, frozen=True, gc=False):
    """A contact's fields exactly as they went out; what results are matched by."""

    phone: str
    email: str
    first_name: str
    last_name: str
    country: str


class ImportState(StrEnum):
    """Where an import stands. `UNKNOWN` is any status the dialect does not list."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        return self in (ImportState.COMPLETED, ImportState.FAILED)


class ContactResult(msgspec.Struct, frozen=True, gc=False):
    """The tenant's word on one contact. `code` is "" on success or when none was given."""

    fields: SentFields
    succeeded: bool
    contact_id: str = ""
    code: str = ""


class ImportCounts(msgspec.Struct, frozen=True):
    """A finished import that tells only how many were taken and how many refused."""

    accepted: int
    refused: int


class Submitted(msgspec.Struct, frozen=True):
    """The tenant took a submission and calls it `import_id`.

    `retry_after_s` is the tenant's wish for the first poll, None when it named none.
    """

    import_id: str
    retry_after_s: float | None = None


class ImportReport(msgspec.Struct, frozen=True):
    """One poll's answer.

    `results` is None when the dialect gives no result per contact (then `counts` may be
    there), and may be shorter or longer than what was sent. `retry_after_s` is the
    tenant's wish for the next poll, None when it named none.
    """

    import_id: str
    state: ImportState
    results: tuple[ContactResult, ...] | None = None
    counts: ImportCounts | None = None
    retry_after_s: float | None = None


class Dialect(Protocol):
    """The pure half of a dialect; safe to send to another process."""

    @property
    def max_contacts_per_submission(self) -> int: ...

    @property
    def max_ids_per_segment_call(self) -> int: ...

    def encode(self, contact: Contact) -> bytes:
        """Return the contact as it goes into a submission."""
        ...

    def sent_fields(self, record: bytes) -> SentFields:
        """Return what `encode` put into `record`, in the form that results echo."""
        ...


BeforeSend = Callable[[], Awaitable[None]]


class TenantClient(Protocol):
    """The acting half. Every method raises `RequestError` or `RunError` leaves only.

    Each method waits for its share of the quota, keeps a valid access token by itself
    (one refresh, one replay on 401) and bounds every call by a timeout. Retrying is the
    caller's decision, taken from the exception's class; a rate limit has already paused
    the shared limiter when `RateLimitedError` is raised.
    """

    @property
    def dialect(self) -> Dialect: ...

    async def sign_in(self, required_scopes: frozenset[str]) -> None:
        """Obtain a token and check its scopes.

        Raises AccessRefusedError when the credentials are refused or a scope is missing
        (naming the scopes), NotSentError, RateLimitedError, AmbiguousError.
        """
        ...

    async def campaign(self, campaign_id: str) -> Campaign:
        """Raises NotFoundError for an unknown campaign."""
        ...

    async def submit(
        self, list_id: str, records: Sequence[bytes], key: str, before_send: BeforeSend
    ) -> Submitted:
        """Submit one chunk.

        `before_send` is awaited when quota and token are in hand, immediately before
        the first byte, each time the request is sent: the journal's intent goes there,
        so that a crash while waiting for quota leaves no doubt behind.
        Raises NotFoundError for an unknown list, ContentRefusedError, AmbiguousError,
        NotSentError, RateLimitedError, AccessRefusedError.
        """
        ...

    async def poll(self, list_id: str, import_id: str) -> ImportReport:
        """Raises NotFoundError while (or because) the tenant does not know the import."""
        ...

    async def add_to_segment(self, segment_id: str, contact_ids: Sequence[str]) -> None:
        """Add up to `dialect.max_ids_per_segment_call` contacts; adding twice is harmless."""
        ...
