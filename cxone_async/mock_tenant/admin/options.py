"""The options of the stand-in for the Admin API.

By default it causes no trouble. Each option is one thing of which it is not known how a real
tenant behaves, or one way in which a real tenant is a nuisance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

KnownExternalId = Literal["merge", "duplicate", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillOptions:
    """A skill. `is_running` None leaves the member out of the answers, as one tenant did."""

    skill_id: int
    name: str
    is_active: bool = True
    is_running: bool | None = False
    campaign_id: int = 7001
    list_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DncGroupOptions:
    """A do-not-call group: `phones` are members for good, `expired_phones` were members once."""

    group_id: int
    name: str
    is_active: bool = True
    scrubbed_skills: tuple[int, ...] = ()
    phones: tuple[str, ...] = ()
    expired_phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingListOptions:
    """A list that is there from the beginning, mapped as somebody else mapped it."""

    list_id: int
    name: str
    status: str = "Active"
    external_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminOptions:
    """Settings of a stand-in tenant. Raises `ValueError` naming the field that is wrong.

    * `known_external_id`: what an upload does with an external id that is on the list already.
    * `job_takes_s`: from the upload to the end of its job; `counts_late_s`: from there until the
      list's counts are those of the file; `jobs_end` False: they never do.
    * `jobs_vanish`: a finished job is answered with 404.
    * `answers_at_once`: the old form, in which an upload is answered with its counts.
    * `row_errors`: an upload's counts name the rows that were refused, as the old form could.
    * `default_time_zone`: for records without a zone; "" refuses those outside North America.
    * `quota_per_minute`: 0 for none.
    """

    access_key_id: str = "demo-access-key"
    access_key_secret: str = field(default="demo-access-secret", repr=False)
    client_id: str = "demo-application@demo"
    client_secret: str = field(default="demo-application-secret", repr=False)
    tenant_id: str = "11eb0000-0000-4000-8000-000000000001"
    area: str = "na1"
    token_lifetime_s: int = 3600
    tenant_in_id_token: bool = True
    token_in_array: bool = False
    forbidden: frozenset[str] = frozenset()
    lists: tuple[CallingListOptions, ...] = ()
    skills: tuple[SkillOptions, ...] = (SkillOptions(skill_id=4501, name="Demo skill"),)
    dnc_groups: tuple[DncGroupOptions, ...] = ()
    known_external_id: KnownExternalId = "merge"
    job_takes_s: float = 0.0
    counts_late_s: float = 0.0
    jobs_end: bool = True
    jobs_vanish: bool = False
    answers_at_once: bool = False
    row_errors: bool = False
    default_time_zone: str = ""
    skill_in_array: bool = False
    quota_per_minute: int = 0

    def __post_init__(self) -> None:
        for holds, rule in (
            (self.access_key_id, "access_key_id must not be empty"),
            (self.access_key_secret, "access_key_secret must not be empty"),
            (self.tenant_id, "tenant_id must not be empty"),
            (self.token_lifetime_s >= 1, "token_lifetime_s must be at least 1"),
            (self.job_takes_s >= 0, "job_takes_s must be at least 0"),
            (self.counts_late_s >= 0, "counts_late_s must be at least 0"),
            (self.quota_per_minute >= 0, "quota_per_minute must be at least 0"),
            (
                self.known_external_id in ("merge", "duplicate", "reject"),
                "known_external_id must be merge, duplicate or reject",
            ),
        ):
            if not holds:
                raise ValueError(rule)
