"""What can go wrong on the way to a tenant, as values to plan with.

Guarantee: a fault says two things and no more: the error that the caller gets, and whether
the tenant did the work anyway. A lost answer and a lost request look alike to the
caller; only the plan knows which it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ContentRefusedError,
    CXoneError,
    NotSentError,
    RateLimitedError,
)
from cxone_async.tenant.port import RequestKind


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with one request. `error` makes the exception anew each time."""

    error: Callable[[], CXoneError]
    processed: bool = False


class SentRequest(NamedTuple):
    """One request. `nth` counts the requests of its kind from 1, `at_s` is the loop time.

    `subject` is the campaign, list, import or segment, `key` a submission's key.
    """

    kind: RequestKind
    nth: int
    at_s: float
    subject: str = ""
    key: str = ""


FaultPlan = Callable[[SentRequest], Fault | None]
"""Asked once for each request, when it is sent; None lets it pass."""


def fault_plan(faults: Mapping[tuple[RequestKind, int], Fault]) -> FaultPlan:
    """Plan faults for single requests: `{(RequestKind.SUBMIT, 2): answer_lost()}`."""
    return lambda request: faults.get((request.kind, request.nth))


def no_connection() -> Fault:
    """The request never leaves."""
    return Fault(lambda: NotSentError("planned: no connection"))


def request_lost() -> Fault:
    """The connection breaks before the tenant has read the request."""
    return Fault(lambda: AmbiguousError("planned: no answer"))


def answer_lost() -> Fault:
    """The connection breaks after the tenant has done what was asked."""
    return Fault(lambda: AmbiguousError("planned: no answer"), processed=True)


def throttled(retry_after_s: float | None = None, *, status: int = 429) -> Fault:
    """The tenant answers 429 (or 503) and does nothing."""
    return Fault(
        lambda: RateLimitedError(f"planned: {status}", status=status, retry_after_s=retry_after_s)
    )


def content_refused(*, status: int = 400, code: str = "", index: int | None = None) -> Fault:
    """The tenant refuses the content of the request."""
    return Fault(
        lambda: ContentRefusedError(f"planned: {status}", status=status, code=code, index=index)
    )


def access_refused() -> Fault:
    """The tenant refuses the credentials."""
    return Fault(lambda: AccessRefusedError("planned: access refused"))
