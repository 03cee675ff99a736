"""Every metric that a run exposes: its name, type, labels and meaning.

The names, types and labels are a contract. `metrics.py` exposes no metric that is not here, and
`tools/metrics.py` makes the tables of `docs/metrics.md` from this.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from cxone_async.outcome import Outcome
from cxone_async.tenant.port import RequestKind

STATUS_CLASSES: Final = ("2xx", "4xx", "5xx", "none")
"""Each is there from the start, so that the first of its kind is an increase."""


class MetricFamily(msgspec.Struct, frozen=True):
    """A metric as Prometheus knows it. `bucket_bounds` are those of a histogram, in its unit."""

    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()
    bucket_bounds: tuple[float, ...] = ()


FAMILIES: Final[Mapping[str, MetricFamily]] = MappingProxyType({
    "cxone_chunks_in_flight": MetricFamily("gauge", "Chunks that are being sent or imported."),
    "cxone_circuit_open": MetricFamily(
        "gauge",
        "1 while requests of the kind are held back because they keep failing, else 0.",
        ("kind",),
    ),
    "cxone_import_duration_seconds": MetricFamily(
        "histogram",
        "Time from the tenant's acceptance of a chunk to the end of its import.",
        bucket_bounds=(0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0),
    ),
    "cxone_journal_commit_seconds": MetricFamily(
        "histogram",
        "Time that a commit of the journal took to be on the disk.",
        bucket_bounds=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    ),
    "cxone_last_progress_timestamp_seconds": MetricFamily(
        "gauge", "When the run last got on: read, sent or settled rows. Seconds since the epoch."
    ),
    "cxone_pause_seconds_total": MetricFamily(
        "counter",
        "Time for which all requests were, or are to be, held because the tenant asked for it.",
    ),
    "cxone_queue_chunks": MetricFamily(
        "gauge", "Chunks that wait for a place among those in flight."
    ),
    "cxone_quota_per_minute": MetricFamily(
        "gauge", "Requests a minute that the run allows itself; absent without a quota."
    ),
    "cxone_quota_used_ratio": MetricFamily(
        "gauge",
        "Share of a minute's quota that left in the last 60 s, 0 to 1; absent without a quota.",
    ),
    "cxone_request_duration_seconds": MetricFamily(
        "histogram",
        "Time from sending a request to its whole answer, or to giving up.",
        ("kind",),
        bucket_bounds=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    ),
    "cxone_requests_in_last_minute": MetricFamily("gauge", "Requests that left in the last 60 s."),
    "cxone_requests_total": MetricFamily(
        "counter",
        "Requests to the tenant, by kind and class of status (none: no answer).",
        ("kind", "status"),
    ),
    "cxone_resident_memory_bytes": MetricFamily(
        "gauge",
        "Memory that a process of the run holds: run, normalising, matching.",
        ("process",),
    ),
    "cxone_rows_by_reason_total": MetricFamily(
        "counter",
        "Rows that have their outcome, by reason code, or by the rule of a duplicate.",
        ("outcome", "reason"),
    ),
    "cxone_rows_read_total": MetricFamily("counter", "Rows of the input that were read."),
    "cxone_rows_total": MetricFamily("counter", "Rows that have their outcome.", ("outcome",)),
    "cxone_run_ended_timestamp_seconds": MetricFamily(
        "gauge", "When the run ended. Seconds since the epoch; absent until then."
    ),
    "cxone_run_exit_code": MetricFamily(
        "gauge", "Exit code of the command, 0 when all is well; absent until the run has ended."
    ),
    "cxone_run_info": MetricFamily(
        "gauge",
        "Which run this is; always 1.",
        ("version", "command", "list_id", "campaign_id", "segment_id"),
    ),
    "cxone_run_started_timestamp_seconds": MetricFamily(
        "gauge", "When this start of the run began. Seconds since the epoch."
    ),
    "cxone_throttled_total": MetricFamily(
        "counter",
        "Answers by which the tenant asked for fewer requests (429, 503), by kind of request.",
        ("kind",),
    ),
    "cxone_time_left_seconds": MetricFamily(
        "gauge", "Time that the run still takes, as far as can be said; absent while nothing can."
    ),
})  # fmt: skip

LABELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "kind": tuple(kind.value for kind in RequestKind),
    "outcome": tuple(outcome.value for outcome in Outcome),
    "process": ("run", "normalising", "matching"),
    "status": ("2xx", "3xx", "4xx", "5xx", "none"),
})  # fmt: skip
"""The values of those labels that have a few fixed ones."""
