"""What happens between this process and a tenant, as events for observers."""

from collections.abc import Callable

import msgspec


class RequestMade(msgspec.Struct, frozen=True, gc=False):
    """A request left, and its answer came or did not come.

    `kind` is the value of a `RequestKind`, `status` the HTTP status or 0 without an answer.
    `dated_s` is the moment at which the tenant's clock says that the answer was made, in seconds
    since the epoch; None when it says nothing. `sent_bytes` and `received_bytes` are the lengths
    of the bodies, the answer's decompressed and 0 when it could not be read to its end; None where
    no bytes are sent, as in the in-memory tenant.
    """

    kind: str
    status: int
    duration_s: float
    dated_s: float | None = None
    sent_bytes: int | None = None
    received_bytes: int | None = None


class Throttled(msgspec.Struct, frozen=True, gc=False):
    """The tenant answered 429 or 503. `retry_after_s` is None when it named no time."""

    kind: str
    status: int
    retry_after_s: float | None


class Paused(msgspec.Struct, frozen=True, gc=False):
    """All requests are held for `pause_s`, in addition to a pause that is under way."""

    pause_s: float


TenantEvent = RequestMade | Throttled | Paused

ObserveTenant = Callable[[TenantEvent], None]


def unobserved(_event: TenantEvent) -> None:
    """Ignore the event."""
