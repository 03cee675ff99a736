"""The contact-lists dialect as bytes: what goes out, and what is made of what comes back."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import Contact
from cxone_async.errors import AmbiguousError, UsageError
from cxone_async.tenant.contact_lists.wire import (
    STRANGER,
    ContactListsDialect,
    campaign_of,
    check_key,
    import_id_of,
    most_answer_bytes,
    report_of,
    result_of,
    segment_body,
    submission_body,
)
from cxone_async.tenant.http.answer import MAX_ANSWER_BYTES, Answer
from cxone_async.tenant.port import (
    Campaign,
    ContactResult,
    ImportReport,
    ImportState,
    SentFields,
    SentSize,
)

ECHOED = {
    "phone": "12025550101",
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "country": "US",
}
SENT = SentFields(**ECHOED)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def answer(body: object, **more: Any) -> Answer:
    return Answer(200, json.dumps(body).encode(), **more)


def success(**changed: object) -> dict[str, Any]:
    return {"status": "SUCCESS", "contact": {"id": "c-1", "fields": ECHOED}, **changed}


# Golden JSON


def test_a_contact_is_encoded_as_documented(contact: Any) -> None:
    encoded = ContactListsDialect().encode(
        contact(1, first_name='Zoë "Z"', last_name="O'Neil\\", email="zoe@example.com")
    )
    assert encoded == (
        b'{"fields":{"phone":"12005550101","email":"zoe@example.com",'
        b'"first_name":"Zo\xc3\xab \\"Z\\"","last_name":"O\'Neil\\\\","country":"US"}}'
    )


def test_a_submission_is_encoded_as_documented(contact: Any) -> None:
    dialect = ContactListsDialect()
    payloads = [dialect.encode(contact(row, email="")) for row in (1, 2)]
    assert submission_body(payloads) == (
        b'{"contacts":['
        b'{"fields":{"phone":"12005550101","email":"","first_name":"Ada",'
        b'"last_name":"Number1","country":"US"}},'
        b'{"fields":{"phone":"12005550102","email":"","first_name":"Ada",'
        b'"last_name":"Number2","country":"US"}}'
        b"]}"
    )


def test_a_segment_call_is_encoded_as_documented() -> None:
    assert segment_body(["c-1", 'c"2', "é"]) == b'{"contactIds":["c-1","c\\"2","\xc3\xa9"]}'
    assert segment_body(("c-1",)) == b'{"contactIds":["c-1"]}'


def test_a_setting_adds_the_plus_sign_to_a_phone(contact: Any) -> None:
    dialect = ContactListsDialect(plus_sign=True)
    assert dialect.sent_fields(dialect.encode(contact(1))).phone == "+12005550101"
    assert dialect.sent_fields(dialect.encode(contact(1, phone=""))).phone == ""


@given(st.tuples(words, words, words, words, words))
def test_sent_fields_are_what_encode_put_in(values: tuple[str, str, str, str, str]) -> None:
    phone, email, first_name, last_name, country = values
    encoded = ContactListsDialect().encode(
        Contact(1, phone, "99", email, first_name, last_name, country, "raw", "raw")
    )
    assert ContactListsDialect().sent_fields(encoded) == SentFields(*values)
    assert ContactListsDialect().payload(SentFields(*values)) == encoded
    assert json.loads(encoded) == {"fields": dict(zip(ECHOED, values, strict=True))}


def test_the_dialect_can_be_sent_to_another_process() -> None:
    dialect = ContactListsDialect(plus_sign=True)
    assert pickle.loads(pickle.dumps(dialect)) == dialect  # noqa: S301  our own bytes
    assert dialect.capabilities.max_payloads == 500
    assert dialect.capabilities.max_ids_per_segment_call == 5000


@pytest.mark.parametrize("key", ["", "a b", "a\r\nX: y", "é", "k" * 256, "a\x7f"])
def test_a_key_that_no_header_can_carry_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="the key must be"):
        check_key(key, "submitting")


def test_a_key_is_any_visible_ascii_of_at_most_255_characters() -> None:
    longest = "run-7/chunk:1~" + "k" * 241
    check_key(longest, "submitting")
    with pytest.raises(UsageError):
        check_key(longest + "k", "submitting")


# Campaigns


@pytest.mark.parametrize(
    ("body", "countries", "dnc", "required"),
    [
        (
            {
                "id": "spring",
                "name": "Spring",
                "allowedCountries": [{"countryCode": "US"}, {"countryCode": " ca "}],
                "dncEnabled": False,
                "requiredFields": ["phone"],
            },
            {"US", "CA"},
            False,
            {"phone"},
        ),
        ({"dncEnabled": True}, set(), True, {"phone", "email"}),
        ({"allowedCountries": [], "dncEnabled": False}, set(), False, {"phone", "email"}),
        ({"allowedCountries": None, "requiredFields": None}, set(), True, {"phone", "email"}),
        ({"dncEnabled": None, "requiredFields": []}, set(), True, set()),
        ({"requiredFields": ["shoe_size"]}, set(), True, {"shoe_size"}),
    ],
)
def test_a_campaign_is_read_as_documented(
    body: object, countries: set[str], dnc: bool, required: set[str]
) -> None:
    assert campaign_of(answer(body), "spring", "campaign") == Campaign(
        "spring", frozenset(countries), dnc, frozenset(required)
    )


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"allowedCountries": ["US"]},
        {"allowedCountries": [{"countryCode": "US"}, {"countryCode": None}]},
        {"allowedCountries": {"countryCode": "US"}},
        {"dncEnabled": "false"},
        {"requiredFields": "phone"},
        {"requiredFields": [1]},
    ],
)
def test_a_constraint_that_is_not_understood_is_never_ignored(body: object) -> None:
    with pytest.raises(AmbiguousError, match="not what this call answers with"):
        campaign_of(answer(body), "spring", "campaign")


@pytest.mark.parametrize(
    "body",
    [{}, {"id": "spring"}, {"access_token": "t", "expires_in": 3600}, {"importId": "i1"}],
)
def test_the_answer_to_another_request_is_no_campaign_that_allows_everything(body: object) -> None:
    with pytest.raises(AmbiguousError, match="answered 200 with nothing that a campaign has"):
        campaign_of(answer(body), "spring", "campaign")


# Submissions


@pytest.mark.parametrize(
    ("body", "import_id"),
    [({"importId": "import-1"}, "import-1"), ({"importId": 17, "x": 1}, "17")],
)
def test_an_import_id_is_read_as_documented(body: object, import_id: str) -> None:
    assert import_id_of(answer(body), "submitting") == import_id


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"importId": None},
        {"importId": ""},
        {"importId": ".."},
        {"importId": True},
        {"importId": 1.5},
        {"importId": ["import-1"]},
        {"importId": "\ud800"},
        {"importId": "a" * 300},
        {"importid": "import-1"},
    ],
)
def test_a_submission_without_a_usable_import_id_is_ambiguous(body: object) -> None:
    with pytest.raises(AmbiguousError, match=r"^submitting: the tenant answered 200"):
        import_id_of(answer(body), "submitting")


# Polls


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("QUEUED", ImportState.QUEUED),
        ("PROCESSING", ImportState.PROCESSING),
        ("COMPLETED", ImportState.COMPLETED),
        ("FAILED", ImportState.FAILED),
        ("Completed", ImportState.COMPLETED),
        (" failed ", ImportState.FAILED),
        ("UNKNOWN", ImportState.UNKNOWN),
        ("COMPLETED_WITH_ERRORS", ImportState.UNKNOWN),
        ("", ImportState.UNKNOWN),
        (None, ImportState.UNKNOWN),
        (3, ImportState.UNKNOWN),
        (["COMPLETED"], ImportState.UNKNOWN),
    ],
)
def test_a_status_that_is_not_listed_is_not_the_end(status: object, state: ImportState) -> None:
    report = report_of(answer({"importId": "i", "status": status}), "i", "polling")
    assert report == ImportReport("i", state)


def test_results_are_read_as_documented() -> None:
    failed = {
        "status": "FAILED",
        "contact": {"fields": ECHOED},
        "error": {"code": "INVALID_PHONE", "message": "bad phone 12025550101"},
    }
    body = {"importId": "i", "status": "COMPLETED", "results": [success(), failed]}
    assert report_of(answer(body), "i", "polling") == ImportReport(
        "i",
        ImportState.COMPLETED,
        (
            ContactResult(SENT, succeeded=True, contact_id="c-1"),
            ContactResult(SENT, succeeded=False, code="INVALID_PHONE"),
        ),
    )


@pytest.mark.parametrize(
    ("status", "results", "expected"),
    [
        ("COMPLETED", None, None),
        ("FAILED", None, None),
        ("FAILED", [], ()),
        ("FAILED", ["?"], (STRANGER,)),
        ("PROCESSING", [success()], None),
        ("DONE?", [success()], None),
    ],
)
def test_results_count_only_at_the_end(status: str, results: object, expected: object) -> None:
    body = {"importId": "i", "status": status, "results": results}
    assert report_of(answer(body), "i", "polling").results == expected


echoes = st.dictionaries(
    st.sampled_from([*ECHOED, "extra"]), st.none() | words | st.integers(), max_size=6
)
contacts = st.fixed_dictionaries(
    {}, optional={"id": st.none() | words | st.integers(), "fields": st.just(ECHOED) | echoes}
)
results_of_any_shape = st.fixed_dictionaries(
    {"status": st.sampled_from(["SUCCESS", "FAILED", " success", "PENDING", ""]) | st.none()},
    optional={
        "contact": st.just({"id": "c-1", "fields": ECHOED}) | contacts,
        "error": st.none() | words | st.fixed_dictionaries({"code": st.none() | words}),
    },
)


@given(st.lists(results_of_any_shape | st.just(success()), max_size=4))
def test_the_quick_reading_of_results_and_the_careful_one_agree(results: list[object]) -> None:
    body = {"importId": "i", "status": "COMPLETED", "results": results}
    read = report_of(answer(body), "i", "polling")
    careful = report_of(answer(body | {"half a pair": "\ud83d"}), "i", "polling")
    assert read == careful


def test_the_wish_for_the_next_poll_is_passed_on() -> None:
    report = report_of(answer({"status": "QUEUED"}, retry_after_s=2.5), "i", "polling")
    assert report.retry_after_s == 2.5


def test_an_answer_about_another_import_is_not_taken_for_this_one() -> None:
    body = {"importId": "j", "status": "COMPLETED", "results": [success()]}
    with pytest.raises(AmbiguousError, match="about another import"):
        report_of(answer(body), "i", "polling")


@pytest.mark.parametrize(("echoed", "asked"), [(17, "17"), ("17", "17"), ("AB-C", "ab-c")])
def test_an_import_id_in_another_spelling_is_the_same_import(echoed: object, asked: str) -> None:
    report = report_of(answer({"importId": echoed, "status": "QUEUED"}), asked, "polling")
    assert report.import_id == asked


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {"status": "COMPLETED", "results": {}},
        {"status": "COMPLETED", "results": "none"},
        {"importId": {}, "status": "QUEUED"},
    ],
)
def test_an_answer_of_another_shape_is_ambiguous(body: object) -> None:
    with pytest.raises(AmbiguousError):
        report_of(answer(body), "i", "polling")


@pytest.mark.parametrize(
    ("contact_id", "expected"),
    [("c-1", "c-1"), (17, "17"), (None, ""), (True, ""), (1.5, ""), ([], ""), ("a\nb", "")],
)
def test_a_contact_id_is_text_or_digits(contact_id: object, expected: str) -> None:
    result = result_of(success(contact={"id": contact_id, "fields": ECHOED}))
    assert result == ContactResult(SENT, succeeded=True, contact_id=expected)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "DNC_LISTED", "message": "x", "more": 1}, "DNC_LISTED"),
        ({"code": None}, ""),
        ({"code": 7}, ""),
        ({"code": "Ada Lovelace"}, ""),
        ({}, ""),
        (None, ""),
        ("INVALID_PHONE", ""),
        ([1], ""),
    ],
)
def test_an_error_of_any_shape_leaves_the_failure_a_failure(error: object, code: str) -> None:
    result = result_of(success(status="failed", error=error))
    assert result == ContactResult(SENT, succeeded=False, code=code)


def test_fields_that_were_not_sent_do_not_keep_a_result_from_its_contact() -> None:
    echoed = ECHOED | {"branch": "north", "score": 7, "external_id": None}
    value = success(contact={"id": "c-1", "fields": echoed})
    expected = ContactResult(
        SENT, succeeded=True, contact_id="c-1", further=(("branch", "north"), ("external_id", ""))
    )
    assert result_of(value) == expected
    body = {"importId": "i", "status": "COMPLETED", "results": [value]}
    assert report_of(answer(body), "i", "polling").results == (expected,)


def test_a_field_that_is_missing_or_null_is_empty() -> None:
    result = result_of({"status": "SUCCESS", "contact": {"fields": {"phone": "1", "email": None}}})
    assert result.fields == SentFields("1", "", "", "", "")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "SUCCESS",
        [],
        {},
        success(status=None),
        success(status="PENDING"),
        success(status=""),
        success(contact=None),
        success(contact=[]),
        success(contact={"id": "c-1"}),
        success(contact={"id": "c-1", "fields": None}),
        success(contact={"id": "c-1", "fields": ECHOED | {"phone": 12025550101}}),
        success(contact={"id": "c-1", "fields": ECHOED | {"first_name": ["Ada"]}}),
        success(contact={"id": "c-1", "fields": ECHOED | {"first_name": "A\ud83d"}}),
        success(contact={"id": "c-1", "fields": ECHOED | {"nick\udc80name": "Ada"}}),
    ],
)
def test_a_result_that_is_not_understood_is_a_stranger(value: object) -> None:
    assert result_of(value) == STRANGER


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["status", "contact", "error", "fields", "id"]), json_values)
def test_no_value_in_a_result_spoils_the_results_beside_it(member: str, value: object) -> None:
    odd = copy.deepcopy(success())
    (odd["contact"] if member in ("fields", "id") else odd)[member] = value
    body = {"importId": "i", "status": "COMPLETED", "results": [odd, success()]}
    results = report_of(answer(body), "i", "polling").results
    assert results is not None
    assert results[1] == ContactResult(SENT, succeeded=True, contact_id="c-1")
    assert len(results) == 2


BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # the quick reading leaves a body that has one to the careful


def _reported(body: bytes) -> ImportReport | str:
    try:
        return report_of(Answer(200, body), "i", "polling")
    except AmbiguousError as error:
        return str(error)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.sampled_from(["status", "contact", "error", "fields", "id"]), json_values)
    ),
    st.sampled_from(["COMPLETED", "failed", "QUEUED", None, 1]) | json_values,
    st.sampled_from(["i", "j", 1, 1.0, None]) | json_values,
)
def test_the_quick_reading_says_what_the_careful_one_says(
    oddities: list[tuple[str, object]], status: object, import_id: object
) -> None:
    results = [success()]
    for member, value in oddities:
        results.append(copy.deepcopy(success()))
        odd = results[-1]
        (odd["contact"] if member in ("fields", "id") else odd)[member] = value
    body = json.dumps({"importId": import_id, "status": status, "results": results}).encode()
    assert _reported(body) == _reported(BYTE_ORDER_MARK + body)


@pytest.mark.slow
@given(st.data())
def test_the_quick_reading_takes_no_broken_body_that_the_careful_one_refuses(
    data: st.DataObject,
) -> None:
    failed = {"status": "FAILED", "contact": {"fields": ECHOED}, "error": {"code": "BUSY"}}
    answered = {"importId": "i", "status": "COMPLETED", "results": [success(), failed, success()]}
    body = bytearray(json.dumps(answered).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=3)
            | st.sampled_from([b'"', b"\\", b"{", b"}", b",", b"1e5", b"null"])
        )
    assert _reported(bytes(body)) == _reported(BYTE_ORDER_MARK + bytes(body))


@pytest.mark.parametrize("letter", ["a", "ü", "\u8a9e", "\U0001f600", '"', "\x01"])
@pytest.mark.parametrize("contacts", [1, 300, 500])
@pytest.mark.parametrize("length", [0, 10, 4_000])
def test_whatever_a_tenant_echoes_fits_into_the_longest_answer(
    contacts: int, length: int, letter: str
) -> None:
    """Escaped as far as JSON allows, with an id and a message, and each result twice."""
    fields = SentFields("12025550101", "ada@example.com", letter * length, "", "US")
    payload = ContactListsDialect().payload(fields)
    members = {name: getattr(fields, name) for name in fields.__struct_fields__}
    refused = {
        "status": "FAILED",
        "contact": {"id": "i" * 36, "fields": members},
        "error": {"code": "INVALID_PHONE", "message": "m" * 500},
    }
    echoed = len(json.dumps(refused)) + 2
    most = most_answer_bytes(SentSize(contacts, contacts * len(payload)))
    assert most >= contacts * echoed
    if length < 1000:
        assert most >= 2 * contacts * echoed
    assert most <= MAX_ANSWER_BYTES


def test_an_answer_about_three_hundred_contacts_is_not_a_million_results() -> None:
    assert most_answer_bytes(SentSize(300, 300 * 130)) < 2_000_000
    assert most_answer_bytes(SentSize(500, 500 * 32_000)) == MAX_ANSWER_BYTES
    assert most_answer_bytes(None) == MAX_ANSWER_BYTES
