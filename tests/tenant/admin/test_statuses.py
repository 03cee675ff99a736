"""The tables of statuses of the Admin API, against the rules written out a second time."""

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
)
from cxone_async.tenant.admin.statuses import Call, failure, meaning_of
from cxone_async.tenant.http.answer import Answer

CHANGING = (Call.MAP_LIST, Call.UPLOAD, Call.CANCEL, Call.REMOVE, Call.WRITE_DNC)
LOOKING = (Call.LOOK, Call.LOOK_AT_DNC)


def said(status: int, text: str = "", body: object = None) -> Answer:
    return Answer(
        status,
        b"" if body is None else json.dumps(body).encode(),
        headers={"icStatusDescription": text, "CorrelationId": "0123abcd-ef"},
    )


@pytest.mark.parametrize("call", Call)
def test_every_status_of_every_call_is_a_success_or_one_error(call: Call) -> None:
    for status in range(200, 600):
        meaning = meaning_of(call, status)
        error = failure(call, said(status), "asking")
        if meaning is None:
            assert 200 <= status < 300
            assert error is None
        else:
            assert isinstance(error, CXoneError)
            assert f"the tenant answered {status}" in str(error)


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("status", [429, 503])
def test_throttled_means_not_processed(call: Call, status: int) -> None:
    assert isinstance(failure(call, said(status), "asking"), RateLimitedError)


@pytest.mark.parametrize("call", CHANGING)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 405, 408, 410, 418, 500, 502, 504, 520])
def test_a_call_that_changes_something_may_have_been_processed(call: Call, status: int) -> None:
    assert isinstance(failure(call, said(status), "asking"), AmbiguousError)


@pytest.mark.parametrize("call", LOOKING)
def test_before_the_first_row_a_call_that_is_not_offered_stops_the_run(call: Call) -> None:
    for status in (301, 400, 405, 410):
        assert isinstance(failure(call, said(status), "asking"), ConfigurationError)
    assert isinstance(failure(call, said(404), "asking"), NotFoundError)
    assert isinstance(failure(call, said(502), "asking"), AmbiguousError)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_sign_in_is_about_the_credentials(status: int) -> None:
    assert isinstance(failure(Call.SIGN_IN, said(status), "signing in"), AccessRefusedError)


@pytest.mark.parametrize("call", [call for call in Call if call.permission])
def test_403_names_the_permission(call: Call) -> None:
    error = failure(call, said(403), "asking")
    assert isinstance(error, AccessRefusedError)
    assert f"the permission {call.permission} may be missing" in str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file already exists", AmbiguousError),
        ("File Already Exists", AmbiguousError),
        ("list is not Active", ContentRefusedError),
        ("the list is NOT ACTIVE", ContentRefusedError),
        ("", AmbiguousError),
        ("conflict", AmbiguousError),
    ],
)
@pytest.mark.parametrize("place", ["header", "error_description", "error", "message"])
def test_a_conflict_of_an_upload_is_told_apart_by_its_text(
    text: str, expected: type[CXoneError], place: str
) -> None:
    answer = said(409, text) if place == "header" else said(409, "", {place: text})
    error = failure(Call.UPLOAD, answer, "uploading")
    assert type(error) is expected
    assert ("already" in str(error)) == ("already" in text.lower())


def test_the_correlation_id_is_told() -> None:
    assert "correlation id 0123abcd-ef" in str(failure(Call.LOOK, said(500), "asking"))


@pytest.mark.parametrize("text", ["InvalidListId", "invalid_request"])
def test_a_code_of_the_tenant_is_told(text: str) -> None:
    assert text in str(failure(Call.UPLOAD, said(400, text), "uploading"))


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("invalid column mapping", "the file's columns are not those of the mapping"),
        ("Invalid File Size", "the file is too large"),
        ("invalid skillId", "the skill is refused"),
        ("list must be created and mapped before uploading", "the list has no mapping"),
    ],
)
def test_what_is_known_of_the_tenants_words_is_told_in_ours(text: str, ours: str) -> None:
    assert ours in str(failure(Call.UPLOAD, said(400, "", {"error_description": text}), "x"))


@pytest.mark.parametrize(
    "text",
    ["row 7: Ada Lovelace +12025550143", "ada@example.com", "2025550143", "A" * 200, "a\x1b[2J"],
)
@pytest.mark.parametrize("body", [True, False])
def test_a_text_that_may_hold_a_row_is_not_told(text: str, body: bool) -> None:
    answer = said(400, "", {"message": text}) if body else said(400, text)
    error = str(failure(Call.UPLOAD, answer, "uploading"))
    assert not any(part in error for part in ("Ada", "ada@", "2025550143", "AAAA", "\x1b"))


@pytest.mark.parametrize(
    "body", [b"<html>Bad Gateway</html>", b"", b"[]", b"null", b'"no"', b"\xff"]
)
def test_an_error_without_json_is_an_error_all_the_same(body: bytes) -> None:
    assert isinstance(failure(Call.UPLOAD, Answer(400, body), "uploading"), ContentRefusedError)
