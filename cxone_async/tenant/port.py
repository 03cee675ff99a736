"""The port: what an import needs of a tenant, whatever API the tenant speaks.

A dialect declares in `Capabilities` what its API can do.

Guarantee: `load` and `runs` read the capabilities and do not ask for the name of a dialect. Two
dialects pass one conformance suite:

* `contact_lists`: up to 500 contacts a submission, one result per contact, segments;
* a bulk upload in `tests/`: up to 500,000 contacts as a file, counts and a list of the rows that
  were refused, no contact ids, no segments.

A contact is encoded once, alone, by a pure function of the dialect: its *payload*. So payloads
can be encoded in another process, and packed again for a retry. What a client puts around them
(a JSON array, a file) is its own business.
"""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import NamedTuple, Protocol, TypeAlias

import msgspec

from cxone_async.contacts.further import FurtherLimits
from cxone_async.contacts.model import Contact
from cxone_async.errors import ConfigurationError
from cxone_async.outcome import Reason


class RequestKind(StrEnum):
    """What a request is for; all of them count against the tenant's quota."""

    TOKEN = "token"  # noqa: S105  the name of a kind, not a secret
    CAMPAIGN = "campaign"
    SUBMIT = "submit"
    POLL = "poll"
    SEGMENT = "segment"


class ImportTells(Enum):
    """What a finished import reports about its contacts."""

    RESULTS = auto()  # one result per contact
    COUNTS = auto()  # how many were taken and how many refused
    COUNTS_AND_REFUSED_ROWS = auto()  # the counts, and on request which rows were refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a dialect's API can do and what it costs.

    * `max_payloads` and `max_payload_bytes` bound one submission. Bytes are those of the payloads,
      each with one for a separator; None means that only the number is bounded.
    * `max_ids_per_segment_call` is None when the API has no segments.
    * `scopes` are needed by every run, `segment_scopes` by one that fills a segment too.
    * `final_codes` are the codes of a refused contact that no retry changes, with the reason that
      is written for each. `attempts_per_contact` is how often a contact is sent in all when it is
      refused with any other code. `duplicate_codes` are the codes of a contact that the tenant has
      already: such a contact is a duplicate, not a failure.
    * `requests_before_rows` are sent before the first row. A submission costs one request, plus
      `expected_polls` and `extra_requests` (such as fetching the refused rows).
    * `expected_import_s` is how long half of the imports take at most, as long as nothing is known.
      An import that is not finished after `import_timeout_s` is given up.
    * `further` bounds the further fields of a contact; None when the API takes none.
    """

    max_payloads: int
    max_payload_bytes: int | None
    max_ids_per_segment_call: int | None
    import_tells: ImportTells
    gives_contact_ids: bool
    scopes: frozenset[str]
    segment_scopes: frozenset[str]
    final_codes: Mapping[str, Reason]
    duplicate_codes: frozenset[str]
    attempts_per_contact: int
    requests_before_rows: int
    expected_polls: int
    extra_requests: int
    expected_import_s: float
    import_timeout_s: float
    further: FurtherLimits | None = None

    def is_final(self, code: str) -> bool:
        """Say whether a contact that is refused with this code need not be sent again."""
        return code in self.final_codes or code in self.duplicate_codes

    @property
    def requests_per_submission(self) -> int:
        """What a submission costs when nothing has to be sent twice."""
        return 1 + self.expected_polls + self.extra_requests

    def segment_call_size(self) -> int:
        """Return how many contacts one segment call may hold.

        Raises ConfigurationError when this API cannot add imported contacts to a segment.
        """
        if self.max_ids_per_segment_call is None or not self.gives_contact_ids:
            raise ConfigurationError("this tenant's API cannot add imported contacts to a segment")
        return self.max_ids_per_segment_call


class Campaign(msgspec.Struct, frozen=True):
    """What a campaign asks of its contacts.

    `allowed_countries` holds ISO 3166 alpha-2 codes; empty means any country.
    """

    campaign_id: str
    allowed_countries: frozenset[str]
    dnc_enabled: bool
    required_fields: frozenset[str]


RowKey: TypeAlias = Hashable
"""What a tenant's answer names a contact by: all its fields, its number in a file, an id."""


class SentFields(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A contact's fields exactly as they went out; the row key of `contact_lists`."""

    phone: str
    email: str
    first_name: str
    last_name: str
    country: str


class SentFurther(SentFields, frozen=True, gc=False):
    """The same with further fields: (name, value) pairs by name, at least one, none empty."""

    further: tuple[tuple[str, str], ...]


def sent_fields(five: SentFields, further: Iterable[tuple[str, str]]) -> SentFields:
    """Return the key of a contact with these fields; empty further fields do not count."""
    pairs = tuple(sorted(pair for pair in further if pair[1]))
    values = five.phone, five.email, five.first_name, five.last_name, five.country
    return SentFurther(*values, pairs) if pairs else SentFields(*values)


class ImportState(StrEnum):
    """Where an import stands. `UNKNOWN` is any status the dialect does not list."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Whether the import has ended, so that its results are final."""
        return self in (ImportState.COMPLETED, ImportState.FAILED)


class ContactResult(msgspec.Struct, frozen=True, gc=False):
    """The tenant's word on one contact. `code` is "" on success or when none was given.

    `further` are the further fields that the tenant echoes, as (name, value) pairs. It may leave
    some or all of them out, and add others of its own.
    """

    fields: SentFields
    succeeded: bool
    contact_id: str = ""
    code: str = ""
    further: tuple[tuple[str, str], ...] = ()


class RefusedRow(msgspec.Struct, frozen=True, gc=False):
    """One entry of the list of refused rows. `code` is "" when the tenant gave none."""

    key: RowKey
    code: str = ""


class ImportCounts(msgspec.Struct, frozen=True):
    """A finished import that reports only how many were taken and how many refused."""

    accepted: int
    refused: int


class Submitted(msgspec.Struct, frozen=True):
    """The tenant took a submission and calls it `import_id`.

    `retry_after_s` is how long the tenant asked to wait before the first poll, None when it
    named no time.
    """

    import_id: str
    retry_after_s: float | None = None


class SentSize(NamedTuple):
    """How much went out in one submission. It bounds what an answer about it may come to."""

    contacts: int
    payload_bytes: int


class ImportReport(msgspec.Struct, frozen=True):
    """One poll's answer.

    `results` is None when the dialect gives no result per contact (then `counts` may be
    there), and may be shorter or longer than what was sent. `retry_after_s` is how long the
    tenant asked to wait before the next poll, None when it named no time.
    """

    import_id: str
    state: ImportState
    results: tuple[ContactResult, ...] | None = None
    counts: ImportCounts | None = None
    retry_after_s: float | None = None


class Dialect(Protocol):
    """The pure half of a dialect; safe to send to another process."""

    @property
    def name(self) -> str:
        """The name in the registry; a run's journal keeps it, so it never changes."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the API can do and what it costs."""
        ...

    def encode(self, contact: Contact) -> bytes:
        """Return the contact's payload."""
        ...

    def row_key(self, payload: bytes) -> RowKey:
        """Return what results and refused rows name the contact of this payload by."""
        ...


BeforeSend = Callable[[], Awaitable[None]]


class TenantClient(Protocol):
    """The acting half. Every method raises `RequestError` or `RunError` leaves only.

    Each method waits for the rate limiter, keeps a valid access token (one refresh,
    one replay on 401) and bounds every call by a timeout. Retrying is the caller's decision,
    taken from the exception's class (`load.attempts`); the shared rate limiter has already been
    paused when `RateLimitedError` is raised.
    """

    @property
    def dialect(self) -> Dialect:
        """How contacts are encoded, and what the API can do."""
        ...

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
        self, list_id: str, payloads: Sequence[bytes], key: str, before_send: BeforeSend
    ) -> Submitted:
        """Submit one chunk.

        The client builds the body from the payloads, as it likes: in one piece, or streamed, so
        that a large upload is not held twice. `before_send` is awaited when a slot of the quota
        and a token are in hand, immediately before the first byte, each time the request is sent:
        the journal's intent goes there, so that a crash while waiting leaves no doubt behind.
        Raises NotFoundError for an unknown list, ContentRefusedError, AmbiguousError,
        NotSentError, RateLimitedError, AccessRefusedError.
        """
        ...

    async def poll(
        self, list_id: str, import_id: str, sent: SentSize | None = None
    ) -> ImportReport:
        """Return where an import stands.

        An answer that is longer than one about `sent` can be is not read to its end, and raises
        AmbiguousError. Raises NotFoundError while (or because) the tenant does not know the import.
        """
        ...

    async def refused_rows(self, list_id: str, import_id: str) -> Sequence[RefusedRow]:
        """Return the rows that a finished import refused, in any order.

        A run asks only where `import_tells` is COUNTS_AND_REFUSED_ROWS. Raises as `poll`.
        """
        ...

    async def check_segment(self, segment_id: str) -> None:
        """Ask whether there is such a segment, changing nothing; costs one request.

        Raises NotFoundError when the tenant knows no such segment, and any other `RequestError`
        when its answer says nothing of that.
        """
        ...

    async def add_to_segment(self, segment_id: str, contact_ids: Sequence[str]) -> None:
        """Add up to `max_ids_per_segment_call` contacts; adding twice is harmless."""
        ...
