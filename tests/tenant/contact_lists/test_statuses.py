"""The table of statuses, against the wire contract written out a second time."""

import json

import pytest

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ConfigurationError,
    ContentRefusedError,
    CXoneError,
    NotFoundError,
    RateLimitedError,
    RequestError,
    RetryRule,
)
from cxone_async.tenant.contact_lists.statuses import failure, meaning_of
from cxone_async.tenant.http.answer import Answer
from cxone_async.tenant.port import RequestKind

TOKEN, CAMPAIGN, SUBMIT, POLL, SEGMENT = RequestKind

UNFORESEEN = (
    *(300, 301, 302, 303, 304, 305, 307, 308, 399),
    *(402, 405, 406, 407, 410, 411, 412, 414, 415, 416, 417, 418, 421, 423, 424, 425, 426, 428),
    *(431, 444, 451, 460, 499),
)
"""Of these the contract says nothing: HTTP's own, and those that proxies have made up."""

CONTRACT: dict[RequestKind, dict[int, type[CXoneError] | None]] = {
    TOKEN: {
        200: None,
        400: AccessRefusedError,
        401: AccessRefusedError,
        404: ConfigurationError,
        409: ConfigurationError,
        **dict.fromkeys(UNFORESEEN, ConfigurationError),
    },
    CAMPAIGN: {
        200: None,
        400: ConfigurationError,
        404: NotFoundError,
        409: ConfigurationError,
        **dict.fromkeys(UNFORESEEN, ConfigurationError),
    },
    SUBMIT: {
        200: None,
        202: None,
        400: ContentRefusedError,
        404: NotFoundError,
        409: AmbiguousError,
        413: ContentRefusedError,
        422: ContentRefusedError,
    },
    POLL: {200: None, 400: AmbiguousError, 404: NotFoundError, 413: AmbiguousError},
    SEGMENT: {
        200: None,
        202: AmbiguousError,
        204: None,
        400: ContentRefusedError,
        404: NotFoundError,
        413: ContentRefusedError,
    },
}
ON_EVERY_CALL: dict[int, type[CXoneError]] = {
    **dict.fromkeys(UNFORESEEN, AmbiguousError),
    401: AccessRefusedError,
    403: AccessRefusedError,
    408: AmbiguousError,
    429: RateLimitedError,
    500: AmbiguousError,
    502: AmbiguousError,
    503: RateLimitedError,
    504: AmbiguousError,
    520: AmbiguousError,
    101: AmbiguousError,
    999: AmbiguousError,
}


@pytest.mark.parametrize("kind", RequestKind)
def test_every_status_means_what_the_contract_says(kind: RequestKind) -> None:
    expected = {**ON_EVERY_CALL, **CONTRACT[kind]}
    found = {
        status: type(error) if (error := failure(kind, Answer(status), "x")) else None
        for status in expected
    }
    assert found == expected


@pytest.mark.parametrize("kind", RequestKind)
def test_only_a_2xx_can_be_a_success(kind: RequestKind) -> None:
    for status in range(100, 1000):
        assert meaning_of(kind, status) is not None or 200 <= status < 300


def test_only_what_may_have_been_processed_is_in_doubt() -> None:
    in_doubt = {
        status
        for status in range(200, 600)
        if (meaning := meaning_of(SUBMIT, status)) and meaning.error.retry is RetryRule.AMBIGUOUS  # type: ignore[attr-defined]
    }
    assert in_doubt == {
        *range(300, 400),
        *(set(range(402, 500)) - {403, 404, 413, 422, 429}),
        *(500, 501, 502, *range(504, 600)),
    }


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, NotFoundError), (409, AmbiguousError), (500, AmbiguousError), (503, RateLimitedError)],
)
def test_a_failure_carries_the_time_to_wait(status: int, error: type[RequestError]) -> None:
    raised = failure(POLL, Answer(status, retry_after_s=2.5), "polling")
    assert isinstance(raised, error)
    assert (raised.status, raised.retry_after_s) == (status, 2.5)


@pytest.mark.parametrize(
    ("body", "code", "index"),
    [
        (
            {"error": {"code": "INVALID_CONTACT", "message": "no", "index": 41}},
            "INVALID_CONTACT",
            41,
        ),
        ({"error": {"code": "TOO_MANY"}}, "TOO_MANY", None),
        ({"error": {"index": 0}}, "", 0),
        ({"error": {"index": -1}}, "", None),
        ({"error": {"index": True}}, "", None),
        ({"error": {"index": "4"}}, "", None),
        ({"error": {"index": 4.0}}, "", None),
        ({"error": {"code": {"code": 1}, "index": [3]}}, "", None),
        ({"error": "invalid_request"}, "invalid_request", None),
        ({"error": ["INVALID"]}, "", None),
        ({"error": None}, "", None),
        ({}, "", None),
        ([], "", None),
        ("INVALID", "", None),
        (None, "", None),
    ],
)
def test_a_refusal_of_content_says_what_the_tenant_names(
    body: object, code: str, index: int | None
) -> None:
    error = failure(SUBMIT, Answer(422, json.dumps(body).encode()), "submitting")
    assert isinstance(error, ContentRefusedError)
    assert (error.status, error.code, error.index) == (422, code, index)


def test_a_refusal_with_an_unreadable_body_is_a_refusal() -> None:
    assert isinstance(failure(SUBMIT, Answer(400, b"<html>"), "x"), ContentRefusedError)
    assert isinstance(failure(SUBMIT, Answer(413, unreadable="cut"), "x"), ContentRefusedError)


def test_a_message_names_the_call_and_never_repeats_free_text() -> None:
    body = {"error": "someone@example.com", "error_description": "Ada Lovelace s3cret"}
    error = failure(TOKEN, Answer(401, json.dumps(body).encode()), "signing in")
    assert str(error) == (
        "signing in: the tenant answered 401: the client id or the client secret is refused"
    )


@pytest.mark.parametrize("code", ["invalid_client", "unauthorized_client", "insufficient_scope"])
def test_a_message_repeats_the_registered_codes_of_oauth(code: str) -> None:
    error = failure(TOKEN, Answer(401, json.dumps({"error": code}).encode()), "signing in")
    assert str(error).endswith(f"({code})")
