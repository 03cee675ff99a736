"""The tenant's lists, jobs, groups and skills, in memory.

Every method answers a call that the server has checked the token of. It raises `RefusedError` for
an answer other than 2xx. Times are seconds of `clock`, dates in answers those of `now`.
"""

from __future__ import annotations

import base64
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

from cxone_async.mock_tenant.admin.options import AdminOptions, SkillOptions
from cxone_async.mock_tenant.admin.record import AdminRecord

RECORDS_PER_PAGE: Final = 10_000
DNC_RECORDS_PER_CALL: Final = 4_500
RECORD_CHARACTERS: Final = 512
_NORTH_AMERICAN: Final = re.compile(r"1?[2-9][0-9]{2}[2-9][0-9]{6}")

Json = dict[str, object]
_Item = TypeVar("_Item")


class RefusedError(Exception):
    """An answer other than success. `said` goes into `icStatusDescription` and the body."""

    def __init__(self, status: int, said: str = "", *, in_body: bool = False) -> None:
        super().__init__(f"answered {status}")
        self.status = status
        self.said = said
        self.in_body = in_body


@dataclass(slots=True)
class Record:
    """One record of a list, as a person's phone and the dialler's words about them."""

    external_id: str
    phones: tuple[str, ...]
    fields: Mapping[str, str]
    finalized: bool = False
    removed: bool = False


@dataclass(slots=True)
class Counts:
    """The counts of the last file."""

    total: int = 0
    valid: int = 0
    invalid: int = 0
    errors: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class ColumnMapping:
    """Which header of a file holds which field."""

    external_id: str
    phones: tuple[str, ...]
    time_zone: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class CallingList:
    """A list. Its counts become those of the last file when `counts_at_s` has come."""

    list_id: int
    name: str
    status: str
    created_s: float
    mapping: ColumnMapping | None = None
    records: list[Record] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    uploaded_s: float | None = None
    file_names: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Job:
    """An upload that is worked on. Its rows are on the list from `ends_at_s` on."""

    job_id: int
    list_id: int
    submitted_s: float
    ends_at_s: float
    rows: list[dict[str, str]]
    default_time_zone: str
    cancelled: bool = False
    counts: Counts | None = None


@dataclass(slots=True)
class DncRecord:
    """A member of a group, until `expires_s`; None for good."""

    phone: str
    expires_s: float | None = None


class AdminState:
    """One tenant. `clock` never runs backwards; `now` is the wall clock of the answers' dates."""

    def __init__(
        self, options: AdminOptions, clock: Callable[[], float], now: Callable[[], float]
    ) -> None:
        self.options = options
        self.record = AdminRecord()
        self._clock = clock
        self._now = now
        self._ids = itertools.count(771_001)
        self._list_ids = itertools.count(40_112)
        self._lists = {
            one.list_id: CallingList(
                one.list_id,
                one.name,
                one.status,
                now(),
                ColumnMapping("external_id", ("phone",)),
                [Record(name, (), {}) for name in one.external_ids],
            )
            for one in options.lists
        }
        self._jobs: dict[int, Job] = {}
        self._groups = {
            group.group_id: [DncRecord(phone) for phone in group.phones]
            + [DncRecord(phone, now() - 86_400) for phone in group.expired_phones]
            for group in options.dnc_groups
        }

    # lists

    def create_list(self, query: Mapping[str, str], body: Json) -> Json:
        """Create a list, or map one of that name anew."""
        named = {**{k: str(v) for k, v in body.items() if isinstance(v, str)}, **query}
        name = named.get("listname", "")
        external_id = named.get("externalidcolumn", "")
        if not name or not external_id:
            raise RefusedError(400, "listName and externalIdColumn must not be empty")
        destinations = _members(body, "destinationMappings")
        phones = tuple(str(one.get("fieldValue", "")) for one in destinations)
        if not phones or not all(phones):
            raise RefusedError(400, "destinationMapping is missing")
        columns = {
            key.removesuffix("column"): v for key, v in named.items() if key.endswith("column")
        }
        if len({*phones}) != len(phones) or len({*columns.values()}) != len(columns):
            raise RefusedError(400, "a column is mapped twice")
        mapping = ColumnMapping(external_id, phones, columns.get("timezone", ""), dict(columns))
        found = next((one for one in self._lists.values() if one.name == name), None)
        if found is None:
            found = CallingList(next(self._list_ids), name, "Active", self._now())
            self._lists[found.list_id] = found
        elif found.status != "Active":
            raise RefusedError(409, "the list is not Active")
        found.mapping = mapping
        return {"listId": found.list_id}

    def lists(self, query: Mapping[str, str]) -> Json | None:
        """Return a page of the lists; None when there is none at all."""
        if not self._lists:
            return None
        page = _page(list(self._lists.values()), query, 100)
        return {
            "totalRecords": len(self._lists),
            "callingLists": [self._summary(one) | {"listId": one.list_id} for one in page],
        }

    def one_list(self, list_id: str, query: Mapping[str, str]) -> Json:
        """Return a list's counts and, when asked, a page of its records."""
        found = self._list(list_id)
        answer = self._summary(found)
        if query.get("includerecords", "").lower() == "true":
            finalized = query.get("finalized", "").lower() == "true"
            wanted = [one for one in found.records if one.finalized == finalized]
            answer["contactRecords"] = [
                _record(one) for one in _page(wanted, query, RECORDS_PER_PAGE)
            ]
        return {"resultSet": answer}

    def delete_list(self, list_id: str, query: Mapping[str, str]) -> Json:
        """Remove a list."""
        found = self._list(list_id)
        forced = query.get("forceinactive") == query.get("forcedelete") == "true"
        if not forced and found.records:
            raise RefusedError(409, "the list cannot be modified")
        del self._lists[found.list_id]
        return {}

    def finalize(self, list_id: int, external_ids: Iterable[str]) -> None:
        """Let the dialler be done with these; for tests, as no call does it."""
        names = set(external_ids)
        for one in self._lists[list_id].records:
            one.finalized = one.finalized or one.external_id in names

    def external_ids(self, list_id: int) -> list[str]:
        """Return what is on a list; for tests."""
        self._work()
        return [one.external_id for one in self._lists[list_id].records if not one.removed]

    def phones(self, list_id: int) -> list[tuple[str, ...]]:
        """Return the phones that would be dialled; for tests."""
        self._work()
        return [one.phones for one in self._lists[list_id].records if not one.removed]

    # uploads and jobs

    def upload(self, list_id: str, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        """Take a file; returns the status and the body of the answer."""
        self._work()
        found = self._list(list_id)
        asked: dict[str, object] = {**query, **{key.lower(): v for key, v in body.items()}}
        mapping, rows = self._rows_of(found, asked)
        name = str(asked.get("filename") or f"unnamed-{next(self._ids)}.csv")
        overwrites = _flag(asked, "forceoverwrite")
        if name in found.file_names and not overwrites:
            raise RefusedError(409, "file already exists", in_body=True)
        if not asked.get("expirationdate"):
            raise RefusedError(400, "invalid expirationDate", in_body=True)
        found.file_names.add(name)
        self._note_upload(found, mapping, name, asked, rows)
        now_s = self._clock()
        options = self.options
        ends_at_s = now_s + options.job_takes_s if options.jobs_end else float("inf")
        job = Job(
            next(self._ids),
            found.list_id,
            now_s,
            ends_at_s,
            rows,
            str(asked.get("defaulttimezone") or options.default_time_zone),
        )
        self._jobs[job.job_id] = job
        in_work = sum(one.ends_at_s > now_s for one in self._jobs.values())
        self.record.most_uploads_at_once = max(self.record.most_uploads_at_once, in_work)
        if options.answers_at_once:
            job.ends_at_s = now_s
            self._work()
            counts = job.counts or Counts()
            return 200, {
                "resultSet": {
                    "sourceId": job.job_id,
                    "importStatus": True,
                    "procRecords": counts.total,
                    "validRecords": counts.valid,
                    "invalidRecords": counts.invalid,
                    "errorResults": counts.errors if options.row_errors else [],
                }
            }
        return 202, {"jobId": job.job_id}

    def jobs(self, query: Mapping[str, str]) -> Json:
        """Return the jobs that were submitted in a range of dates, both of which are required."""
        self._work()
        if not query.get("startdate") or not query.get("enddate"):
            raise RefusedError(400, "startDate and endDate are required")
        first_s, last_s = (_moment_s(query[name]) for name in ("startdate", "enddate"))
        if last_s - first_s > 7 * 86_400:
            raise RefusedError(400, "the date range is too long")
        found = [
            job
            for job in self._jobs.values()
            if first_s <= self._wall_s(job.submitted_s) <= last_s and not self._is_gone(job)
        ]
        return {
            "totalRecords": len(found),
            "uploadJobs": [self._job(one) for one in _page(found, query, 100)],
        }

    def job(self, job_id: str) -> Json:
        """Return one job."""
        self._work()
        return {"uploadJobs": [self._job(self._known_job(job_id))]}

    def cancel(self, job_id: str) -> Json:
        """Cancel a job that has not ended."""
        self._work()
        job = self._known_job(job_id)
        if job.counts is None:
            job.cancelled = True
        return {}

    def remove_prospects(self, list_name: str, body: Json) -> Json:
        """Take records off a list, by external id."""
        self._work()
        found = next((one for one in self._lists.values() if one.name == list_name), None)
        if found is None:
            raise RefusedError(404)
        named = _members(body, "prospectsToRemove")
        if not named:
            raise RefusedError(400, "prospectsToRemove is missing")
        removed: list[Json] = []
        failed: list[Json] = []
        for one in named:
            external_id = str(one.get("externalId", ""))
            records = [each for each in found.records if each.external_id == external_id]
            for each in records:
                each.removed = True
            (removed if records else failed).append(
                {"externalId": external_id, "resultCode": "Removed" if records else "NotFound"}
            )
        found.records = [one for one in found.records if not (one.removed and not one.finalized)]
        return {"successfulRecords": removed, "failedRecords": failed}

    # do-not-call groups

    def dnc_groups(self) -> Json | None:
        """Return all groups; None when there is none."""
        groups = [self._group_json(one.group_id) for one in self.options.dnc_groups]
        return {"resultSet": {"totalGroups": len(groups), "dncGroups": groups}} if groups else None

    def dnc_group(self, group_id: str) -> Json:
        """Return one group."""
        return {"resultSet": {"dncGroups": [self._group_json(self._group_id(group_id))]}}

    def scrubbed_skills(self, group_id: str, query: Mapping[str, str]) -> Json | None:
        """Return the skills before whose calls a group is looked into."""
        known = self._group_id(group_id)
        (group,) = (one for one in self.options.dnc_groups if one.group_id == known)
        names = {one.skill_id: one.name for one in self.options.skills}
        skills = [
            {"skillId": one, "skillName": names.get(one, "")} for one in group.scrubbed_skills
        ]
        return {"scrubbedSkills": _page(skills, query, 100)} if skills else None

    def dnc_records(self, group_id: str, query: Mapping[str, str]) -> Json | None:
        """Return a page of a group's members, the expired ones among them."""
        records = self._groups[self._group_id(group_id)]
        page = _page(records, query, RECORDS_PER_PAGE)
        if not page:
            return None
        return {
            "resultSet": {
                "totalRecords": len(records),
                "dncRecords": [
                    {
                        "recordId": number,
                        "phoneNumber": one.phone,
                        "formattedPhone": one.phone,
                        "expiredDate": _date(one.expires_s),
                    }
                    for number, one in enumerate(page, 1)
                ],
            }
        }

    def write_dnc(self, group_id: str, body: Json) -> Json:
        """Add members; a number that is none is refused by itself."""
        known = self._group_id(group_id)
        if not self._group_json(known)["isActive"]:
            raise RefusedError(409, "the group is not active")
        named = _members(body, "dncGroupRecords")
        if not 0 < len(named) <= DNC_RECORDS_PER_CALL:
            raise RefusedError(400, "too many records")
        results = [self._added(known, one.get("phoneNumber")) for one in named]
        errors = sum(not one["success"] for one in results)
        return {"resultSet": {"errorCount": errors, "recordResults": results}}

    def search_dnc(self, query: Mapping[str, str]) -> Json | None:
        """Return the groups that hold a number; None when none does."""
        phone = _digits(query.get("phonenumber", ""))
        if not phone:
            raise RefusedError(400, "invalid phoneNumber")
        found = [
            {
                "dncGroupId": group_id,
                "dncGroupName": self._group_json(group_id)["dncGroupName"],
                "formattedPhone": one.phone,
                "expiredDate": _date(one.expires_s),
            }
            for group_id, records in self._groups.items()
            for one in records
            if _digits(one.phone) == phone
        ]
        return {"searchResults": found} if found else None

    # skills, campaigns, the tenant itself

    def skill(self, skill_id: str) -> Json:
        """Return one skill, flat or in an array."""
        found = _skill(self._skill(skill_id))
        return {"skills": [found]} if self.options.skill_in_array else found

    def skills(self, query: Mapping[str, str]) -> Json | None:
        """Return a page of the skills."""
        page = _page([_skill(one) for one in self.options.skills], query, 100)
        return {"totalRecords": len(self.options.skills), "skills": page} if page else None

    def skill_parameters(self, skill_id: str) -> Json:
        """Return a skill's parameters; only its lists are of interest."""
        names = self._skill(skill_id).list_names
        lists = [
            {"id": one.list_id, "name": one.name}
            for one in self._lists.values()
            if one.name in names
        ]
        return {"generalSettings": {}, "callingLists": lists}

    def campaigns(self) -> Json:
        """Return the campaigns of the skills."""
        ids = sorted({one.campaign_id for one in self.options.skills})
        campaigns = [{"id": one, "name": f"Campaign {one}", "isActive": True} for one in ids]
        return {"totalRecords": len(ids), "businessUnitId": 4_500_001, "campaigns": campaigns}

    def business_unit(self) -> Json:
        """Return the tenant."""
        return {
            "businessUnits": [
                {
                    "tenantId": self.options.tenant_id,
                    "businessUnitId": 4_500_001,
                    "defaultTimeZone": "Mountain Standard Time",
                    "apiPublishedLimit": 1_000_000,
                }
            ]
        }

    def server_time(self) -> Json:
        """Return the date of now."""
        return {"ServerTime": _date(self._now())}

    # what is behind them

    def _work(self) -> None:
        """Load the files of the jobs that have ended by now, in the order of their ends."""
        now_s = self._clock()
        due = [
            job
            for job in self._jobs.values()
            if job.counts is None and not job.cancelled and job.ends_at_s <= now_s
        ]
        for job in sorted(due, key=lambda one: one.ends_at_s):
            found = self._lists.get(job.list_id)
            if found is not None and found.mapping is not None:
                job.counts = self._load(found, found.mapping, job)
        for job in self._jobs.values():
            late_s = job.ends_at_s + self.options.counts_late_s
            found = self._lists.get(job.list_id)
            if job.counts is not None and late_s <= now_s and found is not None:
                uploaded_s = self._wall_s(late_s)
                if found.uploaded_s is None or uploaded_s >= found.uploaded_s:
                    found.counts, found.uploaded_s = job.counts, uploaded_s

    def _load(self, found: CallingList, mapping: ColumnMapping, job: Job) -> Counts:
        counts = Counts(total=len(job.rows))
        seen: set[str] = set()
        on_list = {one.external_id: one for one in found.records}
        for number, row in enumerate(job.rows, 1):
            external_id = row.get(mapping.external_id, "")
            phones = tuple(filter(None, (_phone(row.get(one, "")) for one in mapping.phones)))
            wrong = self._wrong(row, external_id, phones, job, mapping)
            if not wrong and external_id in on_list | dict.fromkeys(seen):
                if self.options.known_external_id == "reject":
                    wrong = "externalId is known"
                elif self.options.known_external_id == "merge" and external_id in on_list:
                    on_list[external_id].fields = row
                    counts.valid += 1
                    continue
            if wrong:
                counts.invalid += 1
                counts.errors.append({"recordNumber": number, "error": wrong, "errorValues": ""})
                continue
            seen.add(external_id)
            counts.valid += 1
            added = Record(external_id, phones, row)
            on_list[external_id] = added
            found.records.append(added)
        return counts

    def _wrong(
        self,
        row: Mapping[str, str],
        external_id: str,
        phones: tuple[str, ...],
        job: Job,
        mapping: ColumnMapping,
    ) -> str:
        if not external_id:
            return "externalId is missing"
        if not phones:
            return "no destination"
        if sum(map(len, row.values())) > RECORD_CHARACTERS:
            return "the record is too long"
        zone = row.get(mapping.time_zone, "") if mapping.time_zone else ""
        if not zone and not job.default_time_zone and not _NORTH_AMERICAN.fullmatch(phones[0]):
            return "the time zone is unknown"
        return ""

    def _rows_of(
        self, found: CallingList, asked: Mapping[str, object]
    ) -> tuple[ColumnMapping, list[dict[str, str]]]:
        if found.mapping is None:
            raise RefusedError(
                400, "list must be created and mapped before uploading", in_body=True
            )
        if found.status != "Active":
            raise RefusedError(409, "list is not Active", in_body=True)
        try:
            text = base64.b64decode(str(asked.get("listfile", "")), validate=True).decode("utf-8")
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except (ValueError, csv.Error):
            raise RefusedError(400, "invalid file format for listFile", in_body=True) from None
        if not rows or text.startswith("\ufeff"):
            raise RefusedError(400, "invalid file format for listFile", in_body=True)
        header, *lines = rows
        needed = {found.mapping.external_id, *found.mapping.phones, *found.mapping.columns.values()}
        if not needed <= set(header) or any(len(line) != len(header) for line in lines):
            raise RefusedError(400, "invalid column mapping", in_body=True)
        skill_id = asked.get("skillid")
        if skill_id is not None:
            try:
                self._skill(str(skill_id))
            except RefusedError:
                raise RefusedError(400, "invalid skillId", in_body=True) from None
        return found.mapping, [dict(zip(header, line, strict=True)) for line in lines]

    def _note_upload(
        self,
        found: CallingList,
        mapping: ColumnMapping,
        name: str,
        asked: Mapping[str, object],
        rows: list[dict[str, str]],
    ) -> None:
        self.record.upload_names.append(name)
        for row in rows:
            self.record.uploaded_rows[found.list_id, row.get(mapping.external_id, "")] += 1
        for key, names in (
            ("startskill", self.record.started_skills),
            ("forceoverwrite", self.record.overwriting),
            ("sendemail", self.record.mailing),
        ):
            if _flag(asked, key):
                names.append(name)

    def _list(self, list_id: str) -> CallingList:
        self._work()
        found = self._lists.get(int(list_id)) if list_id.isascii() and list_id.isdigit() else None
        if found is None:
            raise RefusedError(404, "InvalidListId")
        return found

    def _summary(self, one: CallingList) -> Json:
        live = [record for record in one.records if not record.removed]
        return {
            "listName": one.name,
            "prospectiveContactCount": len(live),
            "status": one.status,
            "totalRecords": one.counts.total,
            "validRecords": one.counts.valid,
            "invalidRecords": one.counts.invalid,
            "finalizedRecords": sum(record.finalized for record in live),
            "createDate": _date(one.created_s),
            "uploadDate": _date(one.uploaded_s),
            "skills": [
                {"skillId": str(skill.skill_id), "skillName": skill.name}
                for skill in self.options.skills
                if one.name in skill.list_names
            ],
        }

    def _job(self, job: Job) -> Json:
        is_complete = job.counts is not None
        return {
            "jobId": job.job_id,
            "listId": job.list_id,
            "listName": self._lists[job.list_id].name if job.list_id in self._lists else "",
            "startDate": _date(self._wall_s(job.submitted_s)),
            "submitDate": _date(self._wall_s(job.submitted_s)),
            "isComplete": is_complete,
            "isCancelled": job.cancelled,
            "completedDate": _date(self._wall_s(job.ends_at_s)) if is_complete else None,
        }

    def _known_job(self, job_id: str) -> Job:
        job = self._jobs.get(int(job_id)) if job_id.isascii() and job_id.isdigit() else None
        if job is None or self._is_gone(job):
            raise RefusedError(404)
        return job

    def _is_gone(self, job: Job) -> bool:
        return self.options.jobs_vanish and job.counts is not None

    def _wall_s(self, moment_s: float) -> float:
        return self._now() - (self._clock() - moment_s)

    def _group_id(self, group_id: str) -> int:
        if group_id.isascii() and group_id.isdigit() and int(group_id) in self._groups:
            return int(group_id)
        raise RefusedError(404)

    def _group_json(self, group_id: int) -> Json:
        (group,) = (one for one in self.options.dnc_groups if one.group_id == group_id)
        return {
            "dncGroupId": group.group_id,
            "dncGroupName": group.name,
            "validRecords": len(self._groups[group_id]),
            "isActive": group.is_active,
            "isRemoved": False,
        }

    def _added(self, group_id: int, number: object) -> Json:
        phone = str(number) if isinstance(number, int) else ""
        fits = 7 <= len(phone) <= 15
        if fits and all(one.phone != phone for one in self._groups[group_id]):
            self._groups[group_id].append(DncRecord(phone))
        error = "" if fits else "invalid phoneNumber"
        return {"success": fits, "formattedPhone": phone, "error": error}

    def _skill(self, skill_id: str) -> SkillOptions:
        for one in self.options.skills:
            if str(one.skill_id) == skill_id:
                return one
        raise RefusedError(404, "InvalidSkillId")


def _skill(one: SkillOptions) -> Json:
    running = {} if one.is_running is None else {"isRunning": one.is_running}
    return {
        "skillId": one.skill_id,
        "skillName": one.name,
        "isActive": one.is_active,
        "isOutbound": True,
        "campaignId": one.campaign_id,
        **running,
    }


def _record(one: Record) -> Json:
    return {
        "externalId": one.external_id,
        "icFinalStatus": "Final" if one.finalized else "",
        "icSourceRemoved": one.removed,
        "destinations": [{"formattedDestination": phone} for phone in one.phones],
    }


def _members(body: Json, name: str) -> list[Json]:
    found = next((v for key, v in body.items() if key.lower() == name.lower()), None)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _page(all_of_them: list[_Item], query: Mapping[str, str], most: int) -> list[_Item]:
    try:
        skip, top = int(query.get("skip") or 0), int(query.get("top") or most)
    except ValueError:
        raise RefusedError(400, "invalid skip or top") from None
    if skip < 0 or top < 1:
        raise RefusedError(400, "invalid skip or top")
    return all_of_them[skip : skip + min(top, most)]


def _flag(asked: Mapping[str, object], name: str) -> bool:
    value = asked.get(name)
    if isinstance(value, bool):
        return value
    if value is None or str(value).lower() not in ("true", "false"):
        raise RefusedError(
            400, "InvalidOverwrite" if name == "forceoverwrite" else f"invalid {name}"
        )
    return str(value).lower() == "true"


def _phone(cell: str) -> str:
    return _digits(cell) if 7 <= len(_digits(cell)) <= 15 else ""


def _digits(text: str) -> str:
    digits = "".join(one for one in text if one.isascii() and one.isdigit())
    return digits.removeprefix("1") if len(digits) == 11 and digits.startswith("1") else digits


def _date(moment_s: float | None) -> str | None:
    if moment_s is None:
        return None
    stamp = datetime.fromtimestamp(moment_s, UTC).isoformat(timespec="milliseconds")
    return stamp.replace("+00:00", "Z")


def _moment_s(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(400, "invalid date") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
