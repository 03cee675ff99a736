"""The bodies of the Admin API: what is sent, and what is read of an answer.

Pure. Reading is lenient where tenants are known to differ: a number may come as a string, an
answer in an array of one, a list under either of two names. It is strict about what a decision
rests on: a list without an id or a job without one is not an answer.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Final, TypeVar

import msgspec

from cxone_async.errors import AmbiguousError, UsageError
from cxone_async.tenant.admin.model import (
    CallingList,
    DncGroup,
    DncRecord,
    DncWrite,
    ListColumns,
    ListCounts,
    ListRecord,
    Removal,
    Skill,
    Upload,
    UploadedCounts,
    UploadError,
    UploadJob,
)
from cxone_async.tenant.http.answer import Answer, identifier

RECORDS_PER_PAGE: Final = 10_000
"""The most records that a list gives in one answer."""

DNC_RECORDS_PER_CALL: Final = 4_000
"""The platform's bound is 4,500."""

_ENCODED_AT_ONCE: Final = 48 * 1024
"""A multiple of three, so that pieces of base64 can be joined."""

Shape = TypeVar("Shape", bound=msgspec.Struct)


class _List(msgspec.Struct, rename="camel"):
    list_id: object = None
    list_name: object = None
    status: object = None
    total_records: object = None
    valid_records: object = None
    invalid_records: object = None
    finalized_records: object = None
    prospective_contact_count: object = None
    create_date: object = None
    upload_date: object = None
    skills: object = None


class _Lists(msgspec.Struct, rename="camel"):
    calling_lists: list[_List] = []


class _Destination(msgspec.Struct, rename="camel"):
    formatted_destination: object = None


class _Record(msgspec.Struct, rename="camel"):
    external_id: object = None
    destinations: list[_Destination] | None = None
    ic_final_status: object = None
    ic_source_removed: object = None


class _OneList(_List, rename="camel"):
    contact_records: list[_Record] | None = None


class _OneListAnswer(msgspec.Struct, rename="camel"):
    result_set: _OneList


class _Created(msgspec.Struct, rename="camel"):
    list_id: object = None


class _RowError(msgspec.Struct, rename="camel"):
    record_number: object = None
    error: object = None


class _Accepted(msgspec.Struct, rename="camel"):
    job_id: object = None
    source_id: object = None
    proc_records: object = None
    valid_records: object = None
    invalid_records: object = None
    error_results: list[_RowError] | None = None
    result_set: "_Accepted | None" = None


class _Job(msgspec.Struct, rename="camel"):
    job_id: object = None
    list_id: object = None
    is_complete: object = None
    is_cancelled: object = None
    start_date: object = None
    submit_date: object = None
    completed_date: object = None


class _Jobs(msgspec.Struct, rename="camel"):
    upload_jobs: list[_Job] = []


class _Removed(msgspec.Struct, rename="camel"):
    external_id: object = None


class _Removal(msgspec.Struct, rename="camel"):
    successful_records: list[_Removed] | None = None


class _Group(msgspec.Struct, rename="camel"):
    dnc_group_id: object = None
    dnc_group_name: object = None
    is_active: object = None
    is_removed: object = None
    valid_records: object = None


class _Groups(msgspec.Struct, rename="camel"):
    dnc_groups: list[_Group] = []


class _GroupsAnswer(msgspec.Struct, rename="camel"):
    result_set: _Groups


class _Scrubbed(msgspec.Struct, rename="camel"):
    skill_id: object = None


class _ScrubbedSkills(msgspec.Struct, rename="camel"):
    scrubbed_skills: list[_Scrubbed] = []


class _DncRecord(msgspec.Struct, rename="camel"):
    phone_number: object = None
    formatted_phone: object = None
    expired_date: object = None


class _DncRecords(msgspec.Struct, rename="camel"):
    dnc_records: list[_DncRecord] | None = None
    dnc_group_records: list[_DncRecord] | None = None


class _DncRecordsAnswer(msgspec.Struct, rename="camel"):
    result_set: _DncRecords


class _Result(msgspec.Struct, rename="camel"):
    success: object = None
    formatted_phone: object = None


class _Results(msgspec.Struct, rename="camel"):
    error_count: object = None
    record_results: list[_Result] | None = None
    result_set: "_Results | None" = None


class _Found(msgspec.Struct, rename="camel"):
    dnc_group_id: object = None
    expired_date: object = None


class _Search(msgspec.Struct, rename="camel"):
    search_results: list[_Found] = []


class _Skill(msgspec.Struct, rename="camel"):
    skill_id: object = None
    skill_name: object = None
    is_active: object = None
    is_outbound: object = None
    is_running: object = None
    campaign_id: object = None
    skills: "list[_Skill] | None" = None


class _SkillList(msgspec.Struct):
    id: object = None
    name: object = None


class _Parameters(msgspec.Struct, rename="camel"):
    calling_lists: list[_SkillList] = []


class _Configuration(msgspec.Struct):
    api_endpoint: str
    area: object = None


class _Time(msgspec.Struct):
    server_time: object = msgspec.field(name="ServerTime", default=None)


class _Unit(msgspec.Struct, rename="camel"):
    tenant_id: object = None


class _Units(msgspec.Struct, rename="camel"):
    business_units: list[_Unit] = []


def lists_of(answer: Answer, doing: str) -> tuple[CallingList, ...]:
    """Return a page of lists."""
    return tuple(_list(one, doing, answer) for one in _read(answer, _Lists, doing).calling_lists)


def list_of(answer: Answer, list_id: int, doing: str) -> CallingList:
    """Return one list; the answer does not repeat its id."""
    return _list(_read(answer, _OneListAnswer, doing).result_set, doing, answer, list_id)


def records_of(answer: Answer, doing: str) -> tuple[ListRecord, ...]:
    """Return a page of a list's records."""
    found = _read(answer, _OneListAnswer, doing).result_set.contact_records or []
    return tuple(
        ListRecord(
            _text(one.external_id),
            tuple(_text(each.formatted_destination) for each in one.destinations or ()),
            _text(one.ic_final_status),
            _flag(one.ic_source_removed) is True,
        )
        for one in found
    )


def created_list_id(answer: Answer, doing: str) -> int:
    """Return the id of a list that was created or mapped."""
    return _id(_read(answer, _Created, doing).list_id, doing, answer)


def mapping_query(
    list_name: str, columns: ListColumns, expires_on: date | None
) -> tuple[tuple[str, str], ...]:
    """Return the query that creates a list and maps its columns."""
    expiration = () if expires_on is None else (("listExpirationDate", expires_on.isoformat()),)
    return (
        ("listName", list_name),
        ("externalIdColumn", columns.external_id),
        *expiration,
        *((f"{field}Column", header) for field, header in sorted(columns.standard.items())),
    )


def mapping_body(columns: ListColumns) -> bytes:
    """Return the body that maps the columns of phones, and custom fields where there are any."""
    body: dict[str, object] = {
        "destinationMappings": [
            {"fieldName": field, "fieldValue": header} for field, header in columns.phones
        ]
    }
    if columns.custom:
        body["customFieldMappings"] = [
            {"fieldName": field, "fieldValue": header}
            for field, header in sorted(columns.custom.items())
        ]
    return json.dumps(body).encode()


class UploadBody:
    """An upload as JSON with the file in base64, made piece by piece from the file's bytes.

    The switches that would start dialling, overwrite a file or send mail are always false.
    """

    def __init__(
        self,
        file: bytes,
        *,
        file_name: str,
        expires_on: date,
        skill_id: int | None = None,
        default_time_zone: str = "",
    ) -> None:
        rest: dict[str, object] = {
            "fileName": file_name,
            "forceOverwrite": False,
            "expirationDate": expires_on.isoformat(),
            "startSkill": False,
            "sendEmail": False,
        }
        if skill_id is not None:
            rest["skillId"] = skill_id
        if default_time_zone:
            rest["defaultTimeZone"] = default_time_zone
        self._file = file
        self._head = json.dumps(rest)[:-1].encode() + b', "listFile": "'
        self.size_bytes = len(self._head) + -(-len(file) // 3) * 4 + 2

    def pieces(self) -> Iterator[bytes]:
        """Yield the body; its length is `size_bytes`."""
        yield self._head
        for start in range(0, len(self._file), _ENCODED_AT_ONCE):
            yield b64encode(self._file[start : start + _ENCODED_AT_ONCE])
        yield b'"}'


def upload_of(answer: Answer, doing: str) -> Upload:
    """Return what became of an upload: a job to follow, or counts at once."""
    accepted = _read(answer, _Accepted, doing)
    said = accepted.result_set or accepted
    job_id = _number(accepted.job_id)
    total, valid, invalid = map(
        _number, (said.proc_records, said.valid_records, said.invalid_records)
    )
    counts = None
    if total is not None and valid is not None and invalid is not None:
        errors = tuple(
            UploadError(number, _text(one.error))
            for one in said.error_results or ()
            if (number := _number(one.record_number)) is not None
        )
        counts = UploadedCounts(total, valid, invalid, errors)
    if job_id is None and counts is None:
        raise _unusable(answer, doing, "names neither a job nor counts")
    return Upload(job_id, counts)


def jobs_of(answer: Answer, doing: str) -> tuple[UploadJob, ...]:
    """Return the jobs of an answer: one, a page of them, or none."""
    return tuple(
        UploadJob(
            _id(one.job_id, doing, answer),
            _number(one.list_id),
            _flag(one.is_complete) is True,
            _flag(one.is_cancelled) is True,
            _moment(one.submit_date) or _moment(one.start_date),
            _moment(one.completed_date),
        )
        for one in _read(answer, _Jobs, doing).upload_jobs
    )


def removal_body(external_ids: Iterable[str]) -> bytes:
    """Return the body that names the records to remove."""
    return json.dumps({"prospectsToRemove": [{"externalId": one} for one in external_ids]}).encode()


def removal_of(answer: Answer, asked: Iterable[str], doing: str) -> Removal:
    """Return what was removed. Whatever the answer does not name was not."""
    found = _read(answer, _Removal, doing).successful_records or ()
    named = {_text(one.external_id) for one in found}
    wanted = tuple(asked)
    return Removal(
        tuple(one for one in wanted if one in named),
        tuple(one for one in wanted if one not in named),
    )


def groups_of(answer: Answer, doing: str) -> tuple[DncGroup, ...]:
    """Return do-not-call groups."""
    return tuple(
        DncGroup(
            _id(one.dnc_group_id, doing, answer),
            _text(one.dnc_group_name),
            _flag(one.is_active) is not False and _flag(one.is_removed) is not True,
            _number(one.valid_records),
        )
        for one in _read(answer, _GroupsAnswer, doing).result_set.dnc_groups
    )


def scrubbed_skill_ids(answer: Answer, doing: str) -> tuple[int, ...]:
    """Return the skills before whose calls a group is looked into."""
    found = _read(answer, _ScrubbedSkills, doing).scrubbed_skills
    return tuple(_id(one.skill_id, doing, answer) for one in found)


def dnc_records_of(answer: Answer, doing: str) -> tuple[DncRecord, ...]:
    """Return a page of members. One whose expiry cannot be read is taken for a member for good."""
    found = _read(answer, _DncRecordsAnswer, doing).result_set
    return tuple(
        DncRecord(_text(one.formatted_phone) or _text(one.phone_number), _moment(one.expired_date))
        for one in found.dnc_records or found.dnc_group_records or ()
    )


def dnc_body(phones: Iterable[str]) -> bytes:
    """Return the body that adds numbers to a group.

    The platform takes a number as a JSON integer: no plus, no zero before it. Raises UsageError
    for anything else.
    """
    numbers = []
    for phone in phones:
        if not (phone.isascii() and phone.isdigit()) or phone.startswith("0") or len(phone) > 15:
            raise UsageError("a group takes numbers as digits, without a plus or a zero before")
        numbers.append({"phoneNumber": int(phone)})
    return json.dumps({"dncGroupRecords": numbers}).encode()


def dnc_write_of(answer: Answer, asked: Iterable[str], doing: str) -> DncWrite:
    """Return what was added. A number that the answer does not call a success was not."""
    said = _read(answer, _Results, doing)
    results = (said.result_set or said).record_results
    wanted = tuple(asked)
    if results is None:
        count = _number((said.result_set or said).error_count)
        failed = () if count == 0 else wanted
    else:
        added = {_text(one.formatted_phone) for one in results if _flag(one.success) is True}
        # Non-North-American and North American numbers come back with or without their prefix.
        failed = tuple(one for one in wanted if not {one, one.removeprefix("1")} & added)
    refused = set(failed)
    return DncWrite(
        tuple(one for one in wanted if one not in refused),
        failed,
    )


def groups_holding(answer: Answer, now: datetime, doing: str) -> tuple[int, ...]:
    """Return the ids of the groups of which a number is a member now."""
    return tuple(
        _id(one.dnc_group_id, doing, answer)
        for one in _read(answer, _Search, doing).search_results
        if (expires := _moment(one.expired_date)) is None or expires > now
    )


def skills_of(answer: Answer, doing: str) -> tuple[Skill, ...]:
    """Return the skills of an answer, which may be one skill or an array of them."""
    if answer.status == 204:
        return ()
    read = _read(answer, _Skill, doing)
    found = [read] if read.skills is None else read.skills
    return tuple(
        Skill(
            _id(one.skill_id, doing, answer),
            _text(one.skill_name),
            _flag(one.is_active),
            _flag(one.is_running),
            _flag(one.is_outbound),
            _number(one.campaign_id),
        )
        for one in found
    )


def skill_lists_of(answer: Answer, doing: str) -> tuple[tuple[int, str], ...]:
    """Return the lists that a skill calls from: id and name."""
    found = _read(answer, _Parameters, doing).calling_lists
    return tuple((_id(one.id, doing, answer), _text(one.name)) for one in found)


def api_endpoint_of(answer: Answer, doing: str) -> str:
    """Return the address of the API that a discovery names, unchecked."""
    return _read(answer, _Configuration, doing).api_endpoint


def server_time_of(answer: Answer, doing: str) -> datetime | None:
    """Return what the tenant's clock says, where it can be read."""
    return _moment(_read(answer, _Time, doing).server_time)


def tenant_id_of(answer: Answer, doing: str) -> str:
    """Return the tenant's id; "" where it is not told."""
    units = _read(answer, _Units, doing).business_units
    return _text(units[0].tenant_id) if units else ""


def _read(answer: Answer, shape: type[Shape], doing: str) -> Shape:
    """Read an answer that may come in an array of one; nothing at all is the empty answer."""
    if answer.status == 204:
        return _nothing(shape)
    found = answer.read(shape | tuple[shape], doing)  # type: ignore[valid-type, arg-type]
    read: Shape = found[0] if isinstance(found, tuple) else found
    return read


def _nothing(shape: type[Shape]) -> Shape:
    empty: Mapping[str, object] = {"resultSet": {}}
    return msgspec.convert(empty, shape)


def _list(one: _List, doing: str, answer: Answer, list_id: int | None = None) -> CallingList:
    skills = one.skills if isinstance(one.skills, list) else []
    ids = (_number(each.get("skillId")) for each in skills if isinstance(each, dict))
    return CallingList(
        _id(one.list_id, doing, answer) if list_id is None else list_id,
        _text(one.list_name),
        _text(one.status),
        ListCounts(
            _number(one.total_records),
            _number(one.valid_records),
            _number(one.invalid_records),
        ),
        _number(one.prospective_contact_count),
        _number(one.finalized_records),
        _moment(one.create_date),
        _moment(one.upload_date),
        tuple(each for each in ids if each is not None),
    )


def _id(value: object, doing: str, answer: Answer) -> int:
    number = _number(value)
    if number is None:
        raise _unusable(answer, doing, "has no id where one must be")
    return number


def _unusable(answer: Answer, doing: str, why: str) -> AmbiguousError:
    answer.hang_up()
    return AmbiguousError(
        f"{doing}: the tenant answered {answer.status}, but its body {why}", status=answer.status
    )


def _number(value: object) -> int | None:
    """Return a whole number of at least 0, also out of a string."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_number and isinstance(value, int) else None


def _text(value: object) -> str:
    is_one = isinstance(value, str | int) and not isinstance(value, bool)
    return identifier(str(value)) if is_one else ""


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def _moment(value: object) -> datetime | None:
    """Return a date and time; one without a zone is in UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
