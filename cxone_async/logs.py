"""Log events: which there are, and how they are written.

Guarantee: once `configure` has been called, a key that `EVENTS` does not list for an event is
dropped before the line is written. Every line of a run names the run (`log_context`). A defect is
logged by its type and places (function and line), without its text, which may hold a contact's
data. A library's message is logged by the library's name, without its text.

Nothing that is logged waits for the reader of the log, or ends a run because there is none (see
`standard_streams`).
"""

import logging
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO, cast

import orjson
import structlog

from cxone_async.log_context import NAME_KEYS, RunNames, run_names
from cxone_async.printable import printable
from cxone_async.standard_streams import standard_error


class EventLog:
    """Writes events where the caller has configured logging, and prints nothing otherwise.

    With structlog configured, events go there. Else they go to the standard library's logger
    `cxone_async`, which is silent until it or the root logger has a handler.
    """

    def debug(self, event: str, **keys: object) -> None:
        """Log what only a developer wants to know."""
        self._write(logging.DEBUG, event, keys)

    def info(self, event: str, **keys: object) -> None:
        """Log what happens in a run that goes well."""
        self._write(logging.INFO, event, keys)

    def warning(self, event: str, **keys: object) -> None:
        """Log what went wrong without a loss."""
        self._write(logging.WARNING, event, keys)

    def error(self, event: str, **keys: object) -> None:
        """Log a loss, or what a person must act on."""
        self._write(logging.ERROR, event, keys)

    def _write(self, level: int, event: str, keys: Mapping[str, object]) -> None:
        if names := run_names():
            keys = {**keys, **names.as_keys()}
        if structlog.is_configured():
            structlog.get_logger().log(level, event, **keys)
        elif _standard.isEnabledFor(level):
            kept = keep_documented_keys(None, "", {"event": event, **keys})
            _standard.log(level, " ".join(f"{name}={value}" for name, value in kept.items()))


_standard = logging.getLogger("cxone_async")
_standard.addHandler(logging.NullHandler())

log = EventLog()

EVENTS: dict[str, tuple[str, frozenset[str]]] = {
    "run_started": (
        "A run started or resumed. `settings` are those that differ from their defaults, without "
        "credentials and without the values of constant fields.",
        frozenset(
            {"command", "run_dir", "tenant", "list_id", "campaign_id", "segment_id", "resumed"}
            | {"settings"}
        ),
    ),
    "variables_unknown": (
        "Variables of the environment begin with `CXONE_` and are no settings. Nothing reads them. "
        "One that is nearly the name of a setting stops the command instead (78).",
        frozenset({"variables"}),
    ),
    "columns_read": (
        "The header was read. `used` holds the names of the columns of each field, `name_order` "
        "and `one_field_order` what the first rows show of the order of names in two columns and "
        "in one. On a terminal a table says it instead.",
        frozenset(
            {"used", "ignored", "encoding", "delimiter", "sheet", "lines_skipped"}
            | {"name_order", "one_field_order"}
        ),
    ),
    "columns_changed": (
        "Columns have gone or come new since the mapping was written that `--config` gives.",
        frozenset({"gone", "new"}),
    ),
    "suppression_read": (
        "A suppression file was read. It is a warning when all its entries have expired.",
        frozenset({"file", "phones", "emails", "expired", "empty"}),
    ),
    "extra_missing": (
        "An extra is not installed. Decisions are the same without it. Without `any-field`, over "
        "100,000 rows take long; without `excel` there is no `rejects.xlsx`. `what` says so, and "
        "how to install it.",
        frozenset({"extra", "what"}),
    ),
    "rejects_workbook_left_out": (
        "There is no `rejects.xlsx`: the rows or columns are more, or the header longer, than a "
        "sheet can hold. `rejects.csv` holds all of them.",
        frozenset({"rows", "columns"}),
    ),
    "waiting_for_marker": (
        "The file that `--marker` names is not there yet. The run waits for it.",
        frozenset({"wait_s"}),
    ),
    "no_final_line_end": (
        "The input's last row has no line end. If the file was cut off there, that row is not "
        "whole.",
        frozenset({"row"}),
    ),
    "mojibake": (
        "Lines hold mojibake (`JosÃ©` for `José`): they were read in a wrong encoding and saved "
        "again, before they came here. They are read as they are. When nearly all lines beyond "
        "ASCII are so, the run stops instead.",
        frozenset({"lines", "of_lines"}),
    ),
    "files_intact": (
        "The run had finished and its files are unchanged. There is nothing to do.",
        frozenset(),
    ),
    "files_changed": (
        "Files of a finished run are missing or changed. All are written again.",
        frozenset({"files"}),
    ),
    "edited_file_kept": (
        "A file of the run was edited since the run wrote it, or it is not known what the run "
        "wrote. It is kept under this name, and the file is written anew.",
        frozenset({"file", "kept_as"}),
    ),
    "progress": (
        "Counts so far. Logged every few seconds when there is no terminal.",
        frozenset(
            {
                "rows_read", "duplicates", "rejected", "imported", "failed", "unresolved",
                "chunks_in_flight", "requests_this_minute", "time_left_s",
            }
        ),
    ),
    "status_page_open": (
        "The live page, the metrics and the probes are served at this address (`--status-port`).",
        frozenset({"url"}),
    ),
    "metrics_not_delivered": (
        "The metrics could not be written or sent. It is tried again, and the run goes on.",
        frozenset({"to", "error_type"}),
    ),
    "telemetry_not_delivered": (
        "Traces or metrics could not be sent to the OpenTelemetry collector (`--otlp`), or not all "
        "of them. It is said once; the run goes on.",
        frozenset({"error_type"}),
    ),
    "notification_sent": (
        "The end of the run was told to the URL of this number: those of `--notify`, then those of "
        "`--notify-file`.",
        frozenset({"notification", "tries"}),
    ),
    "notification_not_sent": (
        "The end of the run could not be told to the URL of this number. The exit code is that of "
        "the run.",
        frozenset({"notification", "tries", "status", "error_type"}),
    ),
    "request_made": (
        "A request was answered, or got no answer. Only with `--log-level debug`.",
        frozenset({"kind", "status", "duration_s", "sent_bytes", "received_bytes"}),
    ),
    "submit_ambiguous": (
        "A submission got no usable answer. The tenant may have accepted it.",
        frozenset({"chunk", "status", "what"}),
    ),
    "import_lost": (
        "The tenant accepted an import, then never finished it or no longer knew it.",
        frozenset({"chunk", "rows"}),
    ),
    "import_id_repeated": (
        "The tenant gave an import id to two submissions. What an answer does not surely say of "
        "their rows leaves them unresolved.",
        frozenset({"chunk", "rows"}),
    ),
    "stray_results": (
        "An import returned results for contacts that were not in the submission.",
        frozenset({"chunk", "count"}),
    ),
    "rate_limited": (
        "The tenant answered 429 or 503. All requests pause.",
        frozenset({"status", "retry_after_s"}),
    ),
    "paused_process": (
        "The process did not run for so long: it was stopped, suspended or swapped out, or one "
        "step took that long. Timeouts, patience and the deadline do not count that time.",
        frozenset({"pause_s"}),
    ),
    "tenant_failing": (
        "Requests of this kind keep failing. None is sent until the rest is over, then one. "
        "`what` and `status` are those of the last failure; 0 is for no answer.",
        frozenset({"kind", "rest_s", "status", "what"}),
    ),
    "tenant_recovered": (
        "A request of this kind succeeded. Requests of this kind resume.",
        frozenset({"kind"}),
    ),
    "segment_failed": (
        "Contacts could not be added to the segment.",
        frozenset({"contacts", "status", "what"}),
    ),
    "draining": (
        "The run is stopping. It sends nothing new and lets requests in flight finish.",
        frozenset({"grace_s", "in_flight"}),
    ),
    "run_stopped": (
        "The command stopped early. The message says why. When a guard stopped it, `reasons` are "
        "the three commonest of the bad rows: code, counts, two row numbers and the way out.",
        frozenset({"exit_code", "message", "reasons"}),
    ),
    "secret_file_open_to_all": (
        "Every user of the machine may read the file with the client secret. Take the right to "
        "read it from others.",
        frozenset(),
    ),
    "credentials_not_read_again": (
        "The file with the client ID or the client secret cannot be read any more. The sign-in "
        "uses what it held last.",
        frozenset({"message"}),
    ),
    "environment_proxy_not_used": (
        "A variable names a proxy. The requests to the tenant do not use it: `--proxy` does.",
        frozenset({"variable"}),
    ),
    "run_directory_closed": (
        "The run directory could be read or written to by others, and was closed to them (0700).",
        frozenset({"mode_before"}),
    ),
    "run_directory_readable": (
        "The run directory can be read by others. It holds other files than a run's, so its mode "
        "is left as it is.",
        frozenset({"mode"}),
    ),
    "run_directory_shared": (
        "The run directory or files in it belong to others, or others can write to them, and "
        "--allow-shared-run-dir uses them as they are.",
        frozenset({"what"}),
    ),
    "leftover_removed": (
        "A killed process had left an unfinished copy of the input. It was removed.",
        frozenset({"name"}),
    ),
    "journal_loss_accepted": (
        "The journal has lost its end, and --accept-journal-loss goes on. Rows up to this one that "
        "have no known end become unresolved. Without a row, that is every row.",
        frozenset({"up_to_row"}),
    ),
    "ledger_run_untold": (
        "A run that did not end has no journal any more, or a damaged one. So all rows of it that "
        "may have been sent count as sent.",
        frozenset({"earlier_run", "rows"}),
    ),
    "older_runs_purged": (
        "Older runs beside this one were purged (`--retention-days`). It is a warning when some "
        "could not be (`not_purged`), or hold something that was left alone (`left_alone`).",
        frozenset(
            {"ended_before", "runs", "files_removed", "removed_bytes", "not_purged", "left_alone"}
        ),
    ),
    "older_runs_not_purged": (
        "Older runs were to be purged (`--retention-days`) and could not be looked through. How "
        "the run ended is not changed by it.",
        frozenset({"error_type"}),
    ),
    "ledger_same_input": (
        "An earlier run of this ledger has read the same bytes. Whom it sent is not sent again, "
        "unless `--again` is given.",
        frozenset({"earlier_run"}),
    ),
    "dnc_flags_not_honoured": (
        "Rows are marked do-not-call, and the campaign does not honour the mark, as a plan that "
        "asked no campaign assumes. `--dnc always` does.",
        frozenset({"rows"}),
    ),
    "country_na_beside_empty_words": (
        "NA was read as Namibia in rows of a file that writes N/A or the like for empty cells.",
        frozenset({"rows", "rows_with_empty_words"}),
    ),
    "run_finished": (
        "Every row has its outcome and the files are written. On a terminal the summary says it "
        "instead.",
        frozenset(
            {
                "integrity", "total_input", "imported", "duplicates", "invalid", "suppressed",
                "failed", "unresolved", "ready", "segmented", "requests", "polls", "duration_s",
                "starts", "starts_added_up", "starts_cut_short",
                "requests_by_kind", "polls_per_chunk", "early_polls", "throttled",
                "quota_efficiency", "quota_found_per_minute", "exit_code",
            }
        ),
    ),
    "observer_failed": (
        "An observer of the run raised an error. It is told no more, and the run goes on.",
        frozenset({"observer", "hook", "error_type"}),
    ),
    "library_message": (
        "A library logged a warning or an error. Its text is withheld, since it may hold "
        "anything.",
        frozenset({"library", "error_type"}),
    ),
    "few_open_files": (
        "There are fewer connections, and as few imports in flight, as this process may open no "
        "more files (`ulimit -n`). `needed` is the limit that has room for all.",
        frozenset({"limit", "needed", "connections"}),
    ),
    "log_lines_lost": (
        "Lines of this log are missing here: standard error was full or closed, or was read too "
        "slowly.",
        frozenset({"lines"}),
    ),
    "internal_error": (
        "A defect in this program. The place is logged; the text is withheld.",
        frozenset({"error_type", "place"}),
    ),
}  # fmt: skip

SHOWN_ON_A_TERMINAL = frozenset({"columns_read", "run_finished"})
"""Events that a command shows on a terminal in another form."""

ALWAYS_KEPT = frozenset({"event", "level", "timestamp", *NAME_KEYS})

NAMED_ON_A_TERMINAL = frozenset({"run_started"})
"""The events that name the run to a person who has just started it."""


def keep_documented_keys(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every key that `EVENTS` does not list for this event."""
    _, keys = EVENTS.get(str(event.get("event")), ("", frozenset()))
    return {key: value for key, value in event.items() if key in keys or key in ALWAYS_KEPT}


def _drop_what_is_shown(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    name = event.get("event")
    if name in SHOWN_ON_A_TERMINAL:
        raise structlog.DropEvent
    if name in NAMED_ON_A_TERMINAL:
        return event
    return {key: value for key, value in event.items() if key not in NAME_KEYS}


def _named(names: RunNames | None) -> structlog.typing.Processor:
    """Return what gives lines from elsewhere, such as a library's thread, the command's names."""

    def name(
        _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        return event if names is None else {**event, **names.as_keys()}

    return name


def _as_one_line(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Escape what a name of a file may hold and a line must not."""
    return {key: _printable(value) for key, value in event.items()}


def _printable(value: object) -> object:
    match value:
        case str():
            return printable(value)
        case list():
            return [_printable(one) for one in value]
        case dict():
            return {_printable(key): _printable(one) for key, one in value.items()}
    return value


class _LibraryMessages(logging.Handler):
    """Announces that a library logged something."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the library's name and the type of the exception, if there is one.

        Does nothing once structlog has been reset: the event would come back here for ever.
        """
        if not structlog.is_configured():
            return
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
    target = stream or cast(TextIO, standard_error())
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
            _named(run_names()),
            *([_drop_what_is_shown] if target.isatty() and not json else []),
            keep_documented_keys,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _as_one_line,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    standard_error().tell_lost = _tell_lost
    logging.basicConfig(handlers=[_LibraryMessages(logging.WARNING)], force=True)


def _tell_lost(lines: int) -> None:
    log.warning("log_lines_lost", lines=lines)


def log_internal_error(error: BaseException) -> None:
    """Log a defect by its type and places; its text may hold contact data and is withheld."""
    frames = traceback.extract_tb(error.__traceback__)
    log.error(
        "internal_error",
        error_type=type(error).__name__,
        place=" < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:])),
    )
