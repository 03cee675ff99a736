"""What goes out, and what is read of answers that are odd in the ways that tenants are."""

import base64
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.errors import AmbiguousError, UsageError
from cxone_async.tenant.admin import wire
from cxone_async.tenant.admin.model import DncRecord, ListColumns, Skill
from cxone_async.tenant.http.answer import Answer


def ok(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())


@given(st.binary(max_size=200_000))
def test_an_upload_is_the_file_in_base64_and_as_long_as_it_says(file: bytes) -> None:
    body = wire.UploadBody(file, file_name="cxone-1.csv", expires_on=date(2026, 12, 31))
    sent = b"".join(body.pieces())
    assert len(sent) == body.size_bytes
    read = json.loads(sent)
    assert base64.b64decode(read.pop("listFile")) == file
    assert read == {
        "fileName": "cxone-1.csv",
        "forceOverwrite": False,
        "expirationDate": "2026-12-31",
        "startSkill": False,
        "sendEmail": False,
    }


def test_a_skill_and_a_zone_go_out_only_when_they_are_given() -> None:
    body = wire.UploadBody(
        b"", file_name="a", expires_on=date(2026, 12, 31), skill_id=7, default_time_zone="Mountain"
    )
    sent = json.loads(b"".join(body.pieces()))
    assert (sent["skillId"], sent["defaultTimeZone"], sent["startSkill"]) == (7, "Mountain", False)


def test_a_mapping_is_a_query_and_the_phones_are_its_body() -> None:
    columns = ListColumns(
        external_id="id",
        phones=(("PhoneNumber", "phone"), ("MobilePhone", "mobile")),
        standard={"lastName": "last", "firstName": "first"},
        custom={"plan": "plan"},
    )
    assert wire.mapping_query("Spring & Co", columns, date(2027, 1, 2)) == (
        ("listName", "Spring & Co"),
        ("externalIdColumn", "id"),
        ("listExpirationDate", "2027-01-02"),
        ("firstNameColumn", "first"),
        ("lastNameColumn", "last"),
    )
    assert json.loads(wire.mapping_body(columns)) == {
        "destinationMappings": [
            {"fieldName": "PhoneNumber", "fieldValue": "phone"},
            {"fieldName": "MobilePhone", "fieldValue": "mobile"},
        ],
        "customFieldMappings": [{"fieldName": "plan", "fieldValue": "plan"}],
    }


def test_without_custom_fields_none_are_named() -> None:
    columns = ListColumns(external_id="id", phones=(("PhoneNumber", "phone"),))
    assert "customFieldMappings" not in json.loads(wire.mapping_body(columns))


@pytest.mark.parametrize(
    "body",
    [
        {"jobId": 771},
        {"jobId": "771"},
        [{"jobId": 771}],
        {"jobId": 771, "procRecords": None},
    ],
)
def test_an_upload_names_its_job(body: object) -> None:
    upload = wire.upload_of(ok(body, 202), "uploading")
    assert (upload.job_id, upload.counts) == (771, None)


@pytest.mark.parametrize("wrapped", [True, False])
def test_an_upload_in_the_old_form_tells_counts_and_refused_rows(wrapped: bool) -> None:
    said = {
        "sourceId": 5,
        "importStatus": True,
        "procRecords": "3",
        "validRecords": 2,
        "invalidRecords": 1,
        "errorResults": [{"recordNumber": 2, "error": "no destination", "errorValues": ""}],
    }
    upload = wire.upload_of(ok({"resultSet": said} if wrapped else said), "uploading")
    assert upload.job_id is None
    assert upload.counts is not None
    assert (upload.counts.total, upload.counts.valid, upload.counts.invalid) == (3, 2, 1)
    assert [one.row for one in upload.counts.errors] == [2]


@pytest.mark.parametrize(
    "body", [{}, {"jobId": None}, {"jobId": -1}, {"jobId": True}, {"jobId": "x"}, [], None, "ok", 7]
)
def test_an_upload_that_names_nothing_is_in_doubt(body: object) -> None:
    with pytest.raises(AmbiguousError):
        wire.upload_of(ok(body, 202), "uploading")


@pytest.mark.parametrize("raw", [b"", b"<html>", b'{"jobId": 7', b"\xff\xfe"])
def test_an_answer_that_is_no_json_is_in_doubt(raw: bytes) -> None:
    with pytest.raises(AmbiguousError):
        wire.upload_of(Answer(202, raw), "uploading")


def test_a_lists_figures_may_be_text_or_missing() -> None:
    lists = {
        "callingLists": [
            {
                "listId": "40112",
                "listName": "spring",
                "status": "Active",
                "totalRecords": "10",
                "validRecords": 9,
                "skills": [{"skillId": "4501", "totalRecords": "9"}, "odd"],
                "uploadDate": "2026-03-02T10:00:00.000Z",
            },
            {"listId": 2, "listName": None, "status": "Deactivated", "uploadDate": "yesterday"},
        ]
    }
    first, second = wire.lists_of(ok(lists), "reading")
    assert (first.list_id, first.name, first.is_active) == (40112, "spring", True)
    assert (first.last_file.total, first.last_file.valid, first.last_file.invalid) == (10, 9, None)
    assert first.uploaded == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert first.skill_ids == (4501,)
    assert (second.is_active, second.uploaded, second.name) == (False, None, "")


@pytest.mark.parametrize("status", ["active", "ACTIVE", "Inactive", "Deactivated", "", "Activated"])
def test_only_the_word_active_is_active(status: str) -> None:
    (found,) = wire.lists_of(ok({"callingLists": [{"listId": 1, "status": status}]}), "reading")
    assert not found.is_active


def test_a_list_without_an_id_is_no_answer() -> None:
    with pytest.raises(AmbiguousError, match="no id"):
        wire.lists_of(ok({"callingLists": [{"listName": "spring"}]}), "reading")


def test_nothing_is_an_empty_answer() -> None:
    assert wire.lists_of(Answer(204), "reading") == ()
    assert wire.groups_of(Answer(204), "reading") == ()
    assert wire.dnc_records_of(Answer(204), "reading") == ()
    assert wire.groups_holding(Answer(204), datetime.now(UTC), "looking") == ()


@pytest.mark.parametrize("name", ["dncRecords", "dncGroupRecords"])
def test_members_of_a_group_come_under_either_name(name: str) -> None:
    records = [
        {"formattedPhone": "2025550143", "expiredDate": None},
        {"phoneNumber": 2025550144, "expiredDate": "2026-01-01T00:00:00Z"},
        {"phoneNumber": "2025550145", "expiredDate": "2999-01-01T00:00:00Z"},
        {"phoneNumber": "2025550146", "expiredDate": "when the moon is full"},
    ]
    found = wire.dnc_records_of(ok({"resultSet": {name: records}}), "reading")
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert [one.phone for one in found if one.blocks(now)] == [
        "2025550143",
        "2025550145",
        "2025550146",
    ]


def test_a_group_that_is_removed_or_not_active_blocks_nothing() -> None:
    groups = [
        {"dncGroupId": 1, "dncGroupName": "a", "isActive": True},
        {"dncGroupId": 2, "dncGroupName": "b", "isActive": False},
        {"dncGroupId": 3, "dncGroupName": "c", "isActive": True, "isRemoved": "true"},
        {"dncGroupId": 4, "dncGroupName": "d"},
    ]
    found = wire.groups_of(ok({"resultSet": {"dncGroups": groups}}), "reading")
    assert [one.group_id for one in found if one.is_active] == [1, 4]


@pytest.mark.parametrize(
    "phone", ["+12025550143", "0202555", "", "202-555-0143", "٢٠٢٥٥٥٠١٤٣", "1" * 16]
)
def test_a_group_is_given_digits_only(phone: str) -> None:
    with pytest.raises(UsageError) as raised:
        wire.dnc_body([phone])
    assert not phone or phone not in str(raised.value)


def test_numbers_that_a_group_refuses_are_told_apart() -> None:
    asked = ["12025550143", "442079460000", "12025550144"]
    results = [
        {"success": True, "formattedPhone": "2025550143"},
        {"success": "true", "formattedPhone": "442079460000"},
        {"success": False, "formattedPhone": "2025550144"},
    ]
    for body in ({"resultSet": {"recordResults": results}}, {"recordResults": results}):
        write = wire.dnc_write_of(ok(body), asked, "adding")
        assert (write.added, write.refused) == (("12025550143", "442079460000"), ("12025550144",))


def test_numbers_of_which_a_group_says_nothing_are_not_added() -> None:
    assert wire.dnc_write_of(ok({}), ["12025550143"], "adding").refused == ("12025550143",)
    silent = wire.dnc_write_of(ok({"errorCount": 0}), ["12025550143"], "adding")
    assert silent.added == ("12025550143",)


def test_what_a_removal_does_not_name_was_not_removed() -> None:
    body = {"successfulRecords": [{"externalId": "a", "resultCode": "1"}, {"externalId": 7}]}
    removal = wire.removal_of(ok(body), ["a", "b", "7"], "removing")
    assert (removal.removed, removal.not_removed) == (("a", "7"), ("b",))


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize(
    ("member", "may_dial"),
    [
        ({"isRunning": False}, False),
        ({"isRunning": True}, True),
        ({}, True),
        ({"isRunning": None}, True),
    ],
)
def test_a_skill_that_is_not_proven_to_rest_may_dial(
    wrapped: bool, member: dict[str, object], may_dial: bool
) -> None:
    one = {"skillId": 4501, "skillName": "demo", "isActive": True, **member}
    (skill,) = wire.skills_of(ok({"skills": [one]} if wrapped else one), "reading")
    assert skill.may_dial is may_dial


def test_a_skill_that_is_not_active_does_not_dial() -> None:
    assert not Skill(1, "", False, True, None, None).may_dial
    assert not Skill(1, "", False, None, None, None).may_dial


def test_a_member_for_good_blocks_at_any_time() -> None:
    assert DncRecord("2025550143").blocks(datetime(2999, 1, 1, tzinfo=UTC))


def test_a_job_without_an_end_has_none() -> None:
    jobs = [{"jobId": 1, "isComplete": "true"}, {"jobId": 2, "submitDate": "2026-03-02T10:00:00"}]
    first, second = wire.jobs_of(ok({"uploadJobs": jobs}), "following")
    assert (first.is_complete, first.submitted, first.completed) == (True, None, None)
    assert (second.is_complete, second.submitted) == (False, datetime(2026, 3, 2, 10, tzinfo=UTC))
