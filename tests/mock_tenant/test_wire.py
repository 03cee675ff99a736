"""Everything that a client may get wrong is answered with an error, and nothing is taken."""

from __future__ import annotations

from io import BytesIO

import pytest

from cxone_async.mock_tenant import TenantOptions

IMPORTS = "/api/v2/contactlists/demo-list/import"
SEGMENT = "/api/v2/segments/demo-segment/contacts"
CAMPAIGN = "/api/v2/campaigns/demo-campaign"
SIGN_IN = {
    "grant_type": "client_credentials",
    "client_id": "demo-client",
    "client_secret": "demo-secret",
}


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        ({"data": SIGN_IN | {"client_secret": "other"}}, 401, "invalid_client"),
        ({"data": SIGN_IN | {"client_id": "other"}}, 401, "invalid_client"),
        ({"data": SIGN_IN | {"grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({"data": SIGN_IN | {"extra": "1"}}, 400, "invalid_request"),
        ({"data": {"grant_type": "client_credentials"}}, 400, "invalid_request"),
        ({"data": [*SIGN_IN.items(), ("client_id", "demo-client")]}, 400, "invalid_request"),
        ({"payload": SIGN_IN}, 415, "invalid_request"),
        (
            {
                "data": b"\xff",
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            },
            400,
            "invalid_request",
        ),
        ({}, 415, "invalid_request"),
    ],
)
async def test_a_wrong_token_request_gets_no_token(calling, sent, status, error):
    async with calling() as caller:
        answer = await caller.call("POST", "/oauth/token", **sent)
        assert (answer.status, answer.body["error"]) == (status, error)
        assert answer.body["error_description"]
        assert caller.state.statistics().tokens_issued == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nobody-gave-this"},
        {"Authorization": "Basic ZGVtbzpkZW1v"},
        [("Authorization", "Bearer one"), ("Authorization", "Bearer two")],
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", CAMPAIGN), ("POST", IMPORTS), ("GET", IMPORTS + "/import-1"), ("POST", SEGMENT)],
)
async def test_a_call_without_a_valid_token_is_401(calling, method, path, headers):
    async with calling() as caller:
        answer = await caller.call(method, path, headers=headers)
        assert answer.status == 401
        assert set(answer.body) == {"error", "error_description"}


@pytest.mark.virtual_time
async def test_a_token_ends_with_its_life_and_a_new_one_works(signed_in, clock):
    async with signed_in(TenantOptions(token_lifetime_s=3)) as caller:
        first = caller.token
        await clock.advance(2.9)
        assert (await caller.call("GET", CAMPAIGN)).status == 200
        await clock.advance(0.1)
        assert (await caller.call("GET", CAMPAIGN)).status == 401
        await caller.sign_in()
        assert caller.token != first
        assert (await caller.call("GET", CAMPAIGN)).status == 200
        assert caller.state.statistics().tokens_issued == 2


async def test_two_tokens_are_valid_side_by_side(signed_in):
    async with signed_in() as caller:
        first = caller.token
        await caller.sign_in()
        caller.token = first
        assert (await caller.call("GET", CAMPAIGN)).status == 200


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("campaign:read", "GET", CAMPAIGN),
        ("contact-list:write", "POST", IMPORTS),
        ("import:write", "POST", IMPORTS),
        ("import:write", "GET", IMPORTS + "/import-1"),
        ("segment:write", "POST", SEGMENT),
    ],
)
async def test_a_call_without_its_scope_is_403_and_names_it(signed_in, scope, method, path):
    scopes = tuple(held for held in TenantOptions().scopes if held != scope)
    async with signed_in(TenantOptions(scopes=scopes)) as caller:
        answer = await caller.call(method, path)
        assert (answer.status, answer.body["error"]) == (403, "insufficient_scope")
        assert scope in answer.body["error_description"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/api/v2/contactlists/demo-list", 404),
        ("GET", CAMPAIGN + "/", 404),
        ("GET", CAMPAIGN + "?expand=all", 404),
        ("POST", IMPORTS + "?dry_run=1", 404),
        ("GET", "/_stats?full=0", 404),
        ("GET", "/_stats?full=1&x=1", 404),
        ("GET", "/api/v2/campaigns/other", 404),
        ("POST", "/api/v2/contactlists/other/import", 404),
        ("GET", "/api/v2/contactlists/other/import/import-1", 404),
        ("POST", "/api/v2/segments/other/contacts", 404),
        ("GET", IMPORTS, 405),
        ("GET", "/oauth/token", 405),
        ("DELETE", CAMPAIGN, 405),
    ],
)
async def test_an_unknown_address_is_an_error_in_json(signed_in, method, path, status):
    async with signed_in() as caller:
        answer = await caller.call(method, path, headers={"Idempotency-Key": "k"})
        assert answer.status == status
        assert set(answer.body["error"]) == {"code", "message"}


def _contacts(*fields):
    return {"contacts": [{"fields": each} for each in fields]}


FIELDS = {
    "phone": "12005550100",
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": "Example",
    "country": "US",
}


@pytest.mark.parametrize(
    ("payload", "status", "code", "index"),
    [
        ([], 400, "INVALID_BODY", None),
        ({}, 400, "INVALID_BODY", None),
        ({"contacts": {}}, 400, "INVALID_BODY", None),
        (_contacts(FIELDS) | {"listId": "demo-list"}, 400, "INVALID_BODY", None),
        ({"contacts": []}, 400, "EMPTY", None),
        (_contacts(*[FIELDS] * 501), 413, "TOO_MANY", None),
        ({"contacts": [FIELDS]}, 400, "INVALID_CONTACT", 0),
        ({"contacts": [None]}, 400, "INVALID_CONTACT", 0),
        ({"contacts": [{"fields": FIELDS, "id": "1"}]}, 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS, FIELDS, None), 400, "INVALID_CONTACT", 2),
        (_contacts(FIELDS, FIELDS | {"dnc_flag": ""}), 400, "INVALID_CONTACT", 1),
        (_contacts(FIELDS, FIELDS | {"consent": "yes"}), 400, "INVALID_CONTACT", 1),
        (_contacts(FIELDS | {"": "x"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {" branch": "x"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"branch": 7}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"branch": None}), 400, "INVALID_CONTACT", 0),
        (
            _contacts({k: v for k, v in FIELDS.items() if k != "email"} | {"branch": "x"}),
            400,
            "INVALID_CONTACT",
            0,
        ),
        (_contacts({k: v for k, v in FIELDS.items() if k != "email"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"phone": 12005550100}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"last_name": None}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"phone": "(200) 555-0100"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"phone": "+"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"phone": "12005550100\n"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"phone": "١٢٠٠٥٥٥٠١٠٠"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"email": "Ada@example.com"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"email": "ada@example.com "}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"country": "us"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"country": "USA"}), 400, "INVALID_CONTACT", 0),
        (_contacts(FIELDS | {"country": ""}), 400, "INVALID_CONTACT", 0),
    ],
)
async def test_a_submission_of_the_wrong_shape_takes_nothing(
    signed_in, payload, status, code, index
):
    async with signed_in() as caller:
        answer = await caller.call(
            "POST", IMPORTS, payload=payload, headers={"Idempotency-Key": "k"}
        )
        assert (answer.status, answer.code) == (status, code)
        assert answer.body["error"].get("index") == index
        assert caller.state.statistics().imports == {}


@pytest.mark.parametrize(
    ("data", "content_type", "refused"),
    [
        (b"", "application/json", (400, "INVALID_JSON")),
        (b'{"contacts":[', "application/json", (400, "INVALID_JSON")),
        (b'{"contacts":["\xff"]}', "application/json", (400, "INVALID_JSON")),
        (b"[" * 100_000, "application/json", (400, "INVALID_JSON")),
        (b'{"contacts":[]}', "text/plain", (415, "UNSUPPORTED_MEDIA_TYPE")),
    ],
    ids=["empty", "cut off", "not UTF-8", "too deep", "not JSON"],
)
@pytest.mark.parametrize("path", [IMPORTS, SEGMENT])
async def test_a_body_that_is_no_json_is_refused(signed_in, path, data, content_type, refused):
    async with signed_in() as caller:
        headers = {"Idempotency-Key": "k", "Content-Type": content_type}
        answer = await caller.call("POST", path, data=data, headers=headers)
        assert (answer.status, answer.code) == refused


async def test_a_body_of_more_than_eight_mebibytes_is_not_read(signed_in):
    async with signed_in() as caller:
        headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
        data = BytesIO(b" " * (8 * 1024 * 1024 + 1))
        answer = await caller.call("POST", IMPORTS, data=data, headers=headers)
        assert (answer.status, answer.code) == (413, "REQUEST_ENTITY_TOO_LARGE")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Idempotency-Key": ""},
        {"Idempotency-Key": "two words"},
        {"Idempotency-Key": "k" * 256},
        [("Idempotency-Key", "one"), ("Idempotency-Key", "two")],
    ],
)
async def test_a_submission_needs_one_idempotency_key(signed_in, headers):
    async with signed_in() as caller:
        answer = await caller.call("POST", IMPORTS, payload=_contacts(FIELDS), headers=headers)
        assert (answer.status, answer.code) == (400, "IDEMPOTENCY_KEY_REQUIRED")


@pytest.mark.parametrize(
    "phone", ["12005550100", "+12005550100"], ids=["plain digits", "with a plus"]
)
async def test_both_spellings_of_a_phone_and_five_hundred_contacts_are_taken(signed_in, phone):
    async with signed_in() as caller:
        results = await caller.imported([FIELDS | {"phone": phone}] * 500)
        assert [result["status"] for result in results] == ["SUCCESS"] * 500


@pytest.mark.parametrize(
    ("payload", "status", "code", "index"),
    [
        ({"contactIds": []}, 400, "EMPTY", None),
        ({"contacts": ["import-1-c0"]}, 400, "INVALID_BODY", None),
        ({"contactIds": "import-1-c0"}, 400, "INVALID_BODY", None),
        ({"contactIds": ["import-1-c0"] * 5001}, 413, "TOO_MANY", None),
        ({"contactIds": ["import-1-c0", 7]}, 400, "INVALID_CONTACT_ID", 1),
        ({"contactIds": ["import-1-c0", "import-1-c2"]}, 400, "UNKNOWN_CONTACT", 1),
        ({"contactIds": ["import-1-c0", "import-1-c1"]}, 400, "UNKNOWN_CONTACT", 1),
        ({"contactIds": ["import-1-c00"]}, 400, "UNKNOWN_CONTACT", 0),
        ({"contactIds": ["import-1-c-1"]}, 400, "UNKNOWN_CONTACT", 0),
        ({"contactIds": ["import-1-c²"]}, 400, "UNKNOWN_CONTACT", 0),
        ({"contactIds": ["import-01-c0"]}, 400, "UNKNOWN_CONTACT", 0),
        ({"contactIds": [""]}, 400, "UNKNOWN_CONTACT", 0),
    ],
)
async def test_a_wrong_segment_call_adds_nobody(signed_in, payload, status, code, index):
    async with signed_in() as caller:
        await caller.imported([FIELDS, FIELDS | {"email": "nobody"}])
        answer = await caller.call("POST", SEGMENT, payload=payload)
        assert (answer.status, answer.code) == (status, code)
        assert answer.body["error"].get("index") == index
        assert caller.state.statistics().segments["demo-segment"].count == 0


async def test_a_closed_segment_is_known_and_takes_nobody(signed_in):
    options = TenantOptions(segments=frozenset({"a"}), closed_segments=frozenset({"demo-segment"}))
    async with signed_in(options) as caller:
        await caller.imported([FIELDS])
        nobody = await caller.call("POST", SEGMENT, payload={"contactIds": []})
        one = await caller.call("POST", SEGMENT, payload={"contactIds": ["import-1-c0"]})
        assert (nobody.status, nobody.code) == (400, "EMPTY")
        assert (one.status, one.code) == (400, "SEGMENT_CLOSED")
        assert caller.state.statistics().segments["demo-segment"].count == 0
