"""What a status means, for each call of the Admin API.

Guarantee: each status of each call raises exactly one error, found in the literal tables below.

That 429 and 503 mean "not processed" is the rule here too. Any other status that no table names
leaves it open whether a call that changes something was processed. Where a call only looks, asking
again does no harm, and the same error says so.
"""

import re
from enum import Enum
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


class Call(Enum):
    """What a request is for: how it counts against the quota, and the permission that it needs."""

    SIGN_IN = "sign in", RequestKind.TOKEN, ""
    DISCOVER = "discover", RequestKind.CAMPAIGN, ""
    LOOK = "look", RequestKind.CAMPAIGN, "to read calling lists, skills and campaigns"
    LOOK_AT_DNC = "look at groups", RequestKind.CAMPAIGN, "to read do-not-call groups"
    MAP_LIST = "map a list", RequestKind.SUBMIT, "Calling List Create"
    UPLOAD = "upload", RequestKind.SUBMIT, "Calling List Create"
    FOLLOW = "follow", RequestKind.POLL, "to read calling lists"
    CANCEL = "cancel", RequestKind.SUBMIT, "to edit calling lists"
    REMOVE = "remove", RequestKind.SUBMIT, "to edit calling lists"
    WRITE_DNC = "write to a group", RequestKind.SUBMIT, "to edit do-not-call groups"

    def __init__(self, _name: str, kind: RequestKind, permission: str) -> None:
        self.kind = kind
        self.permission = permission


_MISSING: Final = {404: Meaning(NotFoundError, "there is none of that id")}
_BY_CALL: Final[dict[Call, dict[int, Meaning]]] = {
    Call.SIGN_IN: {
        400: Meaning(AccessRefusedError, "the sign-in is refused"),
        401: Meaning(AccessRefusedError, "the access key is refused"),
        403: Meaning(AccessRefusedError, "the access key is refused"),
    },
    Call.DISCOVER: {404: Meaning(ConfigurationError, "there is no such tenant")},
    Call.LOOK: _MISSING,
    Call.LOOK_AT_DNC: _MISSING,
    Call.FOLLOW: {
        **_MISSING,
        400: Meaning(AmbiguousError, "the question is refused, which answers nothing"),
        409: Meaning(AmbiguousError, "the list is being changed"),
    },
    Call.MAP_LIST: {
        400: Meaning(ContentRefusedError, "the mapping of the list is refused"),
        409: Meaning(ContentRefusedError, "the list is not active"),
    },
    Call.UPLOAD: {
        400: Meaning(ContentRefusedError, "the file is refused"),
        404: Meaning(NotFoundError, "there is no such list"),
        413: Meaning(ContentRefusedError, "the file is too large"),
    },
    Call.CANCEL: _MISSING,
    Call.REMOVE: {
        400: Meaning(ContentRefusedError, "the external ids are refused"),
        404: Meaning(NotFoundError, "there is no such list"),
        409: Meaning(AmbiguousError, "the list is being changed"),
    },
    Call.WRITE_DNC: {
        400: Meaning(ContentRefusedError, "the numbers are refused"),
        404: Meaning(NotFoundError, "there is no such group"),
        409: Meaning(ContentRefusedError, "the group is not active"),
    },
}

_BY_STATUS: Final[dict[int, Meaning]] = {
    401: Meaning(AccessRefusedError, "two access tokens in a row are refused, both fresh"),
    403: Meaning(AccessRefusedError, "the credentials do not allow this call"),
    408: Meaning(AmbiguousError, "the tenant gave up on the request, having seen part of it"),
    429: Meaning(RateLimitedError, "not processed, too many requests"),
    503: Meaning(RateLimitedError, "not processed, the tenant is not available"),
}

_BEFORE_ROWS: Final = frozenset({Call.SIGN_IN, Call.DISCOVER, Call.LOOK, Call.LOOK_AT_DNC})
_BEFORE_ROWS_BY_HUNDRED: Final[dict[int, Meaning]] = {
    3: Meaning(ConfigurationError, "a redirect, which is never followed; check the address"),
    4: Meaning(ConfigurationError, "the tenant does not offer this call; check the version"),
}
_ANYTHING_ELSE: Final = Meaning(AmbiguousError, "it may have been processed")

_FILE_EXISTS: Final = Meaning(AmbiguousError, "a file of that name is there already")
_NOT_ACTIVE: Final = Meaning(ContentRefusedError, "the list is not active")


def meaning_of(call: Call, status: int) -> Meaning | None:
    """Return what `status` means for a call; None for a success."""
    named = _BY_CALL[call].get(status) or _BY_STATUS.get(status)
    if named or 200 <= status < 300:
        return named
    if call in _BEFORE_ROWS:
        return _BEFORE_ROWS_BY_HUNDRED.get(status // 100, _ANYTHING_ELSE)
    return _ANYTHING_ELSE


def failure(call: Call, answer: Answer, doing: str) -> CXoneError | None:
    """Return the error that an answer stands for, ready to be raised; None for a success."""
    meaning = meaning_of(call, answer.status)
    if call is Call.UPLOAD and answer.status == 409:
        meaning = _conflict(answer)
    if meaning is None:
        return None
    notes = [_spoken(answer), _correlation(answer)]
    if answer.status == 403 and call.permission:
        notes.insert(0, f"the permission {call.permission} may be missing")
    return meaning.raised(answer, doing, note="; ".join(filter(None, notes)))


def sign_in_failure(kind: RequestKind, answer: Answer, doing: str) -> CXoneError | None:
    """Return the error of a sign-in; `kind` is always TOKEN."""
    del kind
    return failure(Call.SIGN_IN, answer, doing)


def file_exists(answer: Answer) -> bool:
    """Say whether a 409 is about the name of the file, and not about the state of the list."""
    return answer.status == 409 and any("already exists" in one.lower() for one in _texts(answer))


def _conflict(answer: Answer) -> Meaning:
    if file_exists(answer):
        return _FILE_EXISTS
    says_so = any("not active" in text.lower() for text in _texts(answer))
    return _NOT_ACTIVE if says_so else _ANYTHING_ELSE


_KNOWN: Final = (
    ("destinationmapping", "no phone column is mapped"),
    ("duplicate column", "a column is mapped twice"),
    ("mapped twice", "a column is mapped twice"),
    ("created and mapped", "the list has no mapping"),
    ("column mapping", "the file's columns are not those of the mapping"),
    ("file size", "the file is too large"),
    ("file format", "the file cannot be read"),
    ("expirationdate", "the expiration date is refused"),
    ("defaulttimezone", "the default time zone is refused"),
    ("skillid", "the skill is refused"),
    ("filename", "the file's name is refused"),
    ("not active", "it is not active"),
    ("too many records", "too many at once"),
)
"""What a tenant says, by a part of it, in our words: its text may hold a row, so it is not told."""


def _spoken(answer: Answer) -> str:
    for text in _texts(answer):
        for part, ours in _KNOWN:
            if part in text.lower():
                return ours
        if code := error_code(text):
            return code
    return ""


class _ErrorBody(msgspec.Struct):
    error: object = None
    error_description: object = None
    message: object = None
    error_description_old: object = msgspec.field(name="errorDescription", default=None)


def _texts(answer: Answer) -> list[str]:
    """Return what an answer says in words: of its body, then of the header."""
    try:
        body = answer.read(_ErrorBody, "")
    except AmbiguousError:
        body = _ErrorBody()
    found = (
        body.error_description,
        body.error,
        body.message,
        body.error_description_old,
        answer.headers.get("icStatusDescription"),
    )
    return [text for text in found if isinstance(text, str)]


_CORRELATION: Final = re.compile(r"[0-9A-Za-z-]{8,64}")


def _correlation(answer: Answer) -> str:
    found = answer.headers.get("CorrelationId", "")
    return f"correlation id {found}" if _CORRELATION.fullmatch(found) else ""
