"""The statistics that the tenant serves at `/_stats`. Each dataclass is part of that JSON."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestStatistics:
    """Answers given, `/_stats` left out. Statuses are strings, as JSON keys are."""

    total: int
    by_kind: dict[str, int]
    by_status: dict[str, int]
    by_kind_and_status: dict[str, dict[str, int]]
    throttled: int
    throttled_by_quota: int
    most_arrived_in_60_s: int
    """Requests as they came in, the throttled ones among them, in the fullest 60 s."""
    most_processed_in_60_s: int
    """The same without the throttled ones; what the quota is held against."""


@dataclass(frozen=True, slots=True)
class PollStatistics:
    """Polls that found their import; `early` ones were answered QUEUED or PROCESSING."""

    total: int
    early: int
    mean_per_import: float
    most_per_import: int


@dataclass(frozen=True, slots=True)
class SegmentStatistics:
    """One segment's contacts."""

    count: int
    contact_ids: list[str] | None
    """In the order of the contacts' imports; None unless everything was asked for."""


@dataclass(frozen=True, slots=True)
class AcceptedContact:
    """A contact that the tenant took, and the submission that brought it."""

    fields: dict[str, str]
    list_id: str
    import_id: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class TenantStatistics:
    """What `GET /_stats` answers."""

    requests: RequestStatistics
    tokens_issued: int
    idempotent_repeats: int
    """Submissions answered with the import that their key had made before."""
    idempotency_conflicts: int
    """Submissions refused since their key had carried another body or list."""
    imports: dict[str, int]
    """Imports by status now."""
    contacts_accepted: int
    """Contacts on the lists: SUCCESS in an import that is COMPLETED."""
    refused: dict[str, int]
    """Failed results of COMPLETED imports by code; `UNEXPLAINED` stands for no code."""
    polls: PollStatistics
    segments: dict[str, SegmentStatistics]
    """Every known segment, the empty ones too."""
    contacts: dict[str, AcceptedContact] | None
    """By contact id; None unless everything was asked for."""
