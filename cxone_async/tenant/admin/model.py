"""What the Admin API tells, as values.

A count or a flag that a tenant leaves out is None: nothing is guessed from its absence. Moments
have a time zone.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class ListColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Which header of the files stands for which field of a list.

    `phones` are (name of the destination field, header) pairs in the order of calling. `standard`
    maps the platform's fields, such as `firstName` or `timeZone`, `custom` a tenant's own.
    """

    external_id: str
    phones: tuple[tuple[str, str], ...]
    standard: Mapping[str, str] = {}
    custom: Mapping[str, str] = {}


class ListCounts(msgspec.Struct, frozen=True):
    """The counts of the last file that was uploaded to a list, not of the list."""

    total: int | None
    valid: int | None
    invalid: int | None


class CallingList(msgspec.Struct, frozen=True):
    """A calling list. Only `status` "Active" can be used."""

    list_id: int
    name: str
    status: str
    last_file: ListCounts
    contacts: int | None
    finalized: int | None
    created: datetime | None
    uploaded: datetime | None
    skill_ids: tuple[int, ...]

    @property
    def is_active(self) -> bool:
        """Whether the list takes files; any word but Active means that it does not."""
        return self.status == "Active"


class ListRecord(msgspec.Struct, frozen=True, gc=False):
    """A record on a list. Phones are as the dialler writes them, not as they were sent."""

    external_id: str
    phones: tuple[str, ...] = ()
    final_status: str = ""
    is_removed: bool = False


class UploadError(msgspec.Struct, frozen=True):
    """A row that was refused; `row` counts the file's rows from 1. `error` is the tenant's text."""

    row: int
    error: str


class UploadedCounts(msgspec.Struct, frozen=True):
    """An upload that was answered with its counts, as older tenants do."""

    total: int
    valid: int
    invalid: int
    errors: tuple[UploadError, ...]


class Upload(msgspec.Struct, frozen=True):
    """An upload that was accepted: a job to follow, or counts, or both."""

    job_id: int | None
    counts: UploadedCounts | None


class UploadJob(msgspec.Struct, frozen=True):
    """An upload that is worked on. A finished one may be gone the next time."""

    job_id: int
    list_id: int | None
    is_complete: bool
    is_cancelled: bool
    submitted: datetime | None
    completed: datetime | None


class Removal(msgspec.Struct, frozen=True):
    """External ids that were taken off a list, and those of which that is not known."""

    removed: tuple[str, ...]
    not_removed: tuple[str, ...]


class DncGroup(msgspec.Struct, frozen=True):
    """A do-not-call group. One that is not active blocks nothing."""

    group_id: int
    name: str
    is_active: bool
    records: int | None


class DncRecord(msgspec.Struct, frozen=True, gc=False):
    """A member of a group, until `expires`; None for good."""

    phone: str
    expires: datetime | None = None

    def blocks(self, now: datetime) -> bool:
        """Say whether the number is not to be called now."""
        return self.expires is None or self.expires > now


class DncWrite(msgspec.Struct, frozen=True):
    """What became of numbers that were to be added to a group."""

    added: tuple[str, ...]
    refused: tuple[str, ...]


class Skill(msgspec.Struct, frozen=True):
    """A skill. A tenant may leave `is_running` out, which proves nothing."""

    skill_id: int
    name: str
    is_active: bool | None
    is_running: bool | None
    is_outbound: bool | None
    campaign_id: int | None

    @property
    def may_dial(self) -> bool:
        """Whether records given to it might be called: all but what is proven not to run."""
        return self.is_active is not False and self.is_running is not False
