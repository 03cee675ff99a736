"""The right to send requests, whatever decides on it.

`sliding_window` keeps a quota, `unlimited` has none, and `from_setting` makes the one that a
setting asks for.
"""

from collections.abc import Mapping
from typing import Protocol

from cxone_async.tenant.port import RequestKind


class RateLimiter(Protocol):
    """The right to send requests. One instance is shared by all that talk to one tenant."""

    async def acquire(self, kind: RequestKind) -> None:
        """Wait for the right to send one request now. Cancelling is safe at any time."""
        ...

    def left_late(self) -> None:
        """Report that a request leaves only now, well after its grant."""
        ...

    def answered(self, kind: RequestKind, *, throttled: bool) -> None:
        """Report one answer of the tenant; `throttled` means 429."""
        ...

    def failed(self, kind: RequestKind, status: int, what: str) -> None:
        """Report a request that was not answered, or so that the tenant is not well.

        `status` is 0 without an answer; `what` says what went wrong, for the log.
        """
        ...

    def pause(self, retry_after_s: float | None) -> None:
        """Hold everybody: a 429 or 503 came, naming `retry_after_s`, or no time (None)."""
        ...

    @property
    def per_minute(self) -> float:
        """The rate that is kept now, in requests a minute; 0 when there is none."""
        ...

    @property
    def used_in_last_minute(self) -> int:
        """Requests granted in the last 60 s."""
        ...

    @property
    def granted(self) -> Mapping[RequestKind, int]:
        """Requests granted so far, by kind; every kind is a key."""
        ...

    @property
    def waiting(self) -> Mapping[RequestKind, int]:
        """Requests that wait for their grant now, by kind; every kind is a key."""
        ...

    @property
    def open_circuits(self) -> frozenset[RequestKind]:
        """Kinds of which none is sent now, or one at a time, as they keep failing."""
        ...

    @property
    def throttled(self) -> int:
        """Answers that were reported as throttled so far."""
        ...

    @property
    def paused_s(self) -> float:
        """How long everybody was, or is going to be, held in all."""
        ...
