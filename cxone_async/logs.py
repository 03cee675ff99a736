"""Log events: what may be said, and how it is written.

Guarantee: only the events and keys of `EVENTS` are ever written; anything else that is
handed to the logger is dropped, key by key, before it is formatted. Rows appear by number
only. A traceback carries places (file, line, function) and the exception's type, never
its text or a local variable, since those may hold a contact's data.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

log = structlog.get_logger()

EVENTS: dict[str, tuple[str, frozenset[str]]] = {
    "run_started": (
        "A run begins, or goes on where an earlier one stopped.",
        frozenset({"command", "run_dir", "list_id", "campaign_id", "segment_id", "resumed"}),
    ),
    "extra_missing": (
        "`any-field` decides the same without its extra (`pip install 'cxone_async[any-field]'`), "
        "but takes long for over 100,000 rows.",
        frozenset({"extra"}),
    ),
    "files_intact": (
        "The run was found finished and its files as it wrote them; nothing is left to do.",
        frozenset(),
    ),
    "files_changed": (
        "Files of a finished run are missing or are not as it wrote them; all are written again.",
        frozenset({"files"}),
    ),
    "progress": (
        "Where the run stands; every few seconds when there is no terminal.",
        frozenset(
            {
                "rows_read", "duplicates", "rejected", "imported", "failed", "unresolved",
                "chunks_in_flight", "requests_this_minute", "time_left_s",
            }
        ),
    ),
    "submit_ambiguous": (
        "A submission got no usable answer: the tenant may have taken it.",
        frozenset({"chunk", "status", "what"}),
    ),
    "import_lost": (
        "An import was accepted and then never finished or was not known any more.",
        frozenset({"chunk", "rows"}),
    ),
    "stray_results": (
        "An import answered for contacts that were not in the submission.",
        frozenset({"chunk", "count"}),
    ),
    "rate_limited": (
        "The tenant answered 429 or 503; all requests pause.",
        frozenset({"status", "retry_after_s"}),
    ),
    "tenant_failing": (
        "Requests of this kind keep failing: none is sent until the rest is over, then one.",
        frozenset({"kind", "rest_s"}),
    ),
    "tenant_recovered": (
        "A request of this kind succeeded again: all are sent as before.",
        frozenset({"kind"}),
    ),
    "segment_failed": (
        "Contacts could not be added to the segment.",
        frozenset({"contacts", "status", "what"}),
    ),
    "draining": (
        "A signal arrived: nothing new is sent, requests in flight may end.",
        frozenset({"grace_s", "in_flight"}),
    ),
    "run_stopped": (
        "The run ended early; the message says why.",
        frozenset({"exit_code", "message"}),
    ),
    "run_finished": (
        "Every row has its outcome and the files are written.",
        frozenset(
            {
                "integrity", "total_input", "imported", "duplicates", "invalid", "suppressed",
                "failed", "unresolved", "ready", "segmented", "requests", "polls", "duration_s",
                "requests_by_kind", "polls_per_chunk", "early_polls", "throttled",
                "quota_efficiency", "quota_found_per_minute",
            }
        ),
    ),
    "library_message": (
        "A library logged a warning or an error; its text is withheld, it may hold anything.",
        frozenset({"library", "error_type"}),
    ),
    "internal_error": (
        "A defect of this program; the place is named, the text withheld.",
        frozenset({"error_type", "place"}),
    ),
}  # fmt: skip

ALWAYS_KEPT = frozenset({"event", "level", "timestamp"})


def keep_documented_keys(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every key that `EVENTS` does not list for this event."""
    _, keys = EVENTS.get(str(event.get("event")), ("", frozenset()))
    return {key: value for key, value in event.items() if key in keys or key in ALWAYS_KEPT}


class _LibraryMessages(logging.Handler):
    """Says that a library had something to say."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log who spoke and the type of the exception, if there is one."""
        kind = record.exc_info[0] if record.exc_info else None
        log.warning(
            "library_message", library=record.name, error_type=kind.__name__ if kind else ""
        )


def configure(
    *, json: bool | None = None, level: str = "info", stream: TextIO | None = None
) -> None:
    """Send log lines to `stream` (standard error), as JSON or for a person to read.

    `json` None: JSON unless the stream is a terminal.
    """
    target = stream or sys.stderr
    if json is None:
        json = not target.isatty()
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(
            serializer=lambda value, **_: orjson.dumps(value).decode()
        )
        if json
        else structlog.dev.ConsoleRenderer(colors=target.isatty())
    )
    structlog.configure(
        processors=[
            keep_documented_keys,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_LibraryMessages(logging.WARNING)], force=True)


def log_internal_error(error: BaseException) -> None:
    """Log a defect by its type and places; its text may hold contact data and is withheld."""
    frames = traceback.extract_tb(error.__traceback__)
    log.error(
        "internal_error",
        error_type=type(error).__name__,
        place=" < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:])),
    )
