"""What a status means, for each call of the contact-lists dialect.

Guarantee: each status of each call raises exactly one error, found in the literal tables below.
They are the wire contract in code. In particular, that 429 and 503 mean "not processed" on every
call is a promise of this dialect, not of HTTP. (`http.transport` looks at statuses too, but only
to tell the rate limiter.)

A 2xx that no table names is a success; what it says is in its body. Any other status that no table
names leaves it open whether the call was processed: HTTP prescribes a 303 after a POST that was,
and a gateway may put its own 4xx in the place of an answer. Before the first row nothing can be
lost by stopping, so there it means that the address is wrong.

A line of a table reads: for this call and this status, raise this error, for this reason.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ConfigurationError,
    ContentRefusedError,
    CXoneError,
    NotFoundError,
    RateLimitedError,
)
from cxone_async.tenant.http.answer import Answer, error_code
from cxone_async.tenant.http.meaning import Meaning
from cxone_async.tenant.port import RequestKind

_BY_CALL: Final[dict[RequestKind, dict[int, Meaning]]] = {
    RequestKind.TOKEN: {
        400: Meaning(AccessRefusedError, "the sign-in is refused"),
        401: Meaning(AccessRefusedError, "the client id or the client secret is refused"),
    },
    RequestKind.CAMPAIGN: {
        404: Meaning(NotFoundError, "there is no such campaign"),
    },
    RequestKind.SUBMIT: {
        400: Meaning(ContentRefusedError, "the whole submission is refused"),
        404: Meaning(NotFoundError, "there is no such list"),
        409: Meaning(AmbiguousError, "another submission with this key is in progress"),
        413: Meaning(ContentRefusedError, "the submission is too large"),
        422: Meaning(ContentRefusedError, "the whole submission is refused"),
    },
    RequestKind.POLL: {
        # Asking again is harmless, and giving up would leave rows unresolved that the
        # tenant may well have taken: only a missing import ends the asking early.
        400: Meaning(AmbiguousError, "the question is refused, which answers nothing"),
        409: Meaning(AmbiguousError, "the import is being changed"),
        413: Meaning(AmbiguousError, "the question is refused, which answers nothing"),
        422: Meaning(AmbiguousError, "the question is refused, which answers nothing"),
        404: Meaning(NotFoundError, "there is no such import, or not yet"),
    },
    RequestKind.SEGMENT: {
        202: Meaning(AmbiguousError, "taken for later, so not known to be done"),
        207: Meaning(AmbiguousError, "done in part, so not known to be done"),
        400: Meaning(ContentRefusedError, "the contact ids are refused"),
        404: Meaning(NotFoundError, "there is no such segment"),
        409: Meaning(AmbiguousError, "the segment is being changed"),
        413: Meaning(ContentRefusedError, "too many contact ids in one call"),
        422: Meaning(ContentRefusedError, "the contact ids are refused"),
    },
}

_BY_STATUS: Final[dict[int, Meaning]] = {
    401: Meaning(AccessRefusedError, "two access tokens in a row are refused, both fresh"),
    403: Meaning(AccessRefusedError, "the credentials do not allow this call"),
    408: Meaning(AmbiguousError, "the tenant gave up on the request, having seen part of it"),
    429: Meaning(RateLimitedError, "not processed, too many requests"),
    503: Meaning(RateLimitedError, "not processed, the tenant is not available"),
}

_BEFORE_ROWS: Final = frozenset({RequestKind.TOKEN, RequestKind.CAMPAIGN})

_BEFORE_ROWS_BY_HUNDRED: Final[dict[int, Meaning]] = {
    3: Meaning(ConfigurationError, "a redirect, which is never followed; check the base URL"),
    4: Meaning(ConfigurationError, "the tenant does not offer this call; check the base URL"),
}

_BY_HUNDRED: Final[dict[int, Meaning]] = {
    3: Meaning(AmbiguousError, "a redirect, which is never followed; it may have been processed"),
}

_ANYTHING_ELSE: Final = Meaning(AmbiguousError, "it may have been processed")


def meaning_of(kind: RequestKind, status: int) -> Meaning | None:
    """Return what `status` means for a call; None for a success."""
    named = _BY_CALL[kind].get(status) or _BY_STATUS.get(status)
    if named or 200 <= status < 300:
        return named
    by_hundred = _BEFORE_ROWS_BY_HUNDRED if kind in _BEFORE_ROWS else _BY_HUNDRED
    return by_hundred.get(status // 100, _ANYTHING_ELSE)


def failure(kind: RequestKind, answer: Answer, doing: str) -> CXoneError | None:
    """Return the error that an answer stands for, ready to be raised; None for a success."""
    meaning = meaning_of(kind, answer.status)
    if meaning is None:
        return None
    refusal = _refusal(answer, doing)
    note = refusal.code if refusal.code in _OAUTH_CODES else ""
    return meaning.raised(answer, doing, note=note, code=refusal.code, index=refusal.index)


_OAUTH_CODES: Final = frozenset(
    {
        # RFC 6749, sections 4.1.2.1 and 5.2
        "access_denied",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_response_type",
        # RFC 6750, section 3.1
        "insufficient_scope",
        "invalid_token",
    }
)
"""The only words of an error body that a message repeats; the rest is free text."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: str = ""
    index: int | None = None


class _ErrorBody(msgspec.Struct):
    error: object = None


def _refusal(answer: Answer, doing: str) -> _Refusal:
    """Return what an error body names; two shapes are in use and anything may come instead."""
    try:
        error = answer.read(_ErrorBody, doing).error
    except AmbiguousError:
        return _Refusal()
    if not isinstance(error, dict):
        return _Refusal(error_code(error))
    index = error.get("index")
    is_position = isinstance(index, int) and not isinstance(index, bool) and index >= 0
    return _Refusal(error_code(error.get("code")), index if is_position else None)
