"""The groups in which `--help` and `config show` tell of settings, the necessary first.

Guarantee: every setting is in one group. One that is not named here is at the end of the group that
fits what it decides.
"""

from collections.abc import Iterable
from typing import Final

from cxone_async.settings import ReadingSettings, fields_deciding

WHERE_TO: Final = "Where to"
FILE: Final = "File and columns"
MATCHING: Final = "Matching"
SAFETY: Final = "Safety"
SPEED: Final = "Speed"
RUN: Final = "Files of the run"
LOGS: Final = "Logs"

FIRST: Final = {
    WHERE_TO: (
        "list_id", "campaign_id", "tenant", "base_url", "client_id",
        "client_id_file", "client_secret", "client_secret_file", "segment_id",
    ),
    FILE: (
        "truth", "map", "ignore_column", "field", "field_type", "external_id", "require",
        "default_country", "encoding", "delimiter", "quote", "escape", "skip_lines", "ragged",
        "sheet", "member", "marker", "wait",
    ),
    MATCHING: (
        "match", "threshold", "name_order", "decisions", "ledger", "ledger_days", "again",
    ),
    SAFETY: (
        "suppress", "dnc", "allowed_countries", "dnc_enabled", "required_fields", "phone_check",
        "phone_country", "email_check", "max_invalid_rate", "max_duplicate_rate",
        "max_failure_rate", "max_change_rate", "min_rows", "expect_rows", "expect_sha256",
        "strict_columns", "replay_of",
    ),
    SPEED: ("quota", "concurrency", "chunk_size", "deadline", "grace", "submit_semantics"),
    RUN: ("run_dir", "output", "retention_days"),
    LOGS: (
        "log_format", "log_level", "no_progress", "quiet", "status_port", "status_host",
        "metrics_file", "pushgateway", "otlp",
        "notify", "notify_file", "notify_format", "notify_secret", "notify_secret_file",
    ),
}  # fmt: skip
"""The groups, and the settings that each begins with."""

_BY_DECISION: Final = {
    "target": WHERE_TO,
    "access": WHERE_TO,
    "outcomes": FILE,
    "stopping": SAFETY,
    "sending": SPEED,
    "files": RUN,
    "log": LOGS,
}


def grouped(model: type[ReadingSettings], fields: Iterable[str]) -> dict[str, list[str]]:
    """Return the fields by the title of their group, in the order in which they are told."""
    fields = list(fields)
    named = {name: title for title, names in FIRST.items() for name in names}
    decided = {
        name: title for what, title in _BY_DECISION.items() for name in fields_deciding(model, what)
    }
    groups = {
        title: [
            *(name for name in first if name in fields),
            *(name for name in fields if name not in named and decided[name] == title),
        ]
        for title, first in FIRST.items()
    }
    return {title: names for title, names in groups.items() if names}
