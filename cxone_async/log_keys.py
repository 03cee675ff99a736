"""The keys of log events: the type and the meaning of each, the same in every event.

`tools/log_events.py` makes the pages of the documentation and the JSON Schema of it; tests compare
them with `EVENTS`, and real log lines with the schema.
"""

from typing import Final, NamedTuple

from pydantic.config import JsonDict

TEXT: Final[JsonDict] = {"type": "string"}
TEXT_OR_NULL: Final[JsonDict] = {"type": ["string", "null"]}
WHOLE: Final[JsonDict] = {"type": "integer", "minimum": 0}
WHOLE_OR_NULL: Final[JsonDict] = {"type": ["integer", "null"], "minimum": 0}
NUMBER: Final[JsonDict] = {"type": "number", "minimum": 0}
NUMBER_OR_NULL: Final[JsonDict] = {"type": ["number", "null"], "minimum": 0}
FLAG: Final[JsonDict] = {"type": "boolean"}
FLAG_OR_NULL: Final[JsonDict] = {"type": ["boolean", "null"]}
TEXTS: Final[JsonDict] = {"type": "array", "items": TEXT}


class Key(NamedTuple):
    """`schema` is the key's JSON Schema."""

    schema: JsonDict
    meaning: str


OF_EVERY_LINE: Final = {
    "event": Key(TEXT, "The event's name."),
    "level": Key({"enum": ["debug", "info", "warning", "error"]}, "The line's level."),
    "timestamp": Key({"type": "string", "format": "date-time"}, "UTC, ISO 8601."),
}

OF_A_RUN: Final = {
    "run_id": Key(
        TEXT, "The run's id: the same in every start of a run; empty until it is known, and in a "
        "plan."
    ),
    "version": Key(TEXT, "The version of this program."),
    "input_name": Key(
        TEXT, "The input: a file's name without its folder, `-`, or a URI without secrets."
    ),
}  # fmt: skip

KEYS: Final = {
    "campaign_id": Key(TEXT, "The campaign whose constraints apply."),
    "chunk": Key(TEXT, "A chunk's id, as the journal has it."),
    "chunks_in_flight": Key(WHOLE, "Imports that have not ended yet."),
    "columns": Key(WHOLE, "Columns."),
    "command": Key({"enum": ["import", "plan"]}, "The command."),
    "connections": Key(WHOLE, "Connections that are used."),
    "contacts": Key(WHOLE, "Contacts."),
    "count": Key(WHOLE, "Results."),
    "delimiter": Key(TEXT, "The character between the fields."),
    "duplicates": Key(WHOLE, "Rows that are duplicates."),
    "duration_s": Key(NUMBER, "Seconds."),
    "early_polls": Key(WHOLE_OR_NULL, "Polls that found an import not done yet."),
    "emails": Key(WHOLE, "Email addresses."),
    "empty": Key(WHOLE, "Lines without a phone number and an email address."),
    "earlier_run": Key(TEXT, "An earlier run, as `duplicate_of` names it: by its directory."),
    "ended_before": Key(TEXT, "The moment before which a run had to have ended (ISO 8601, UTC)."),
    "encoding": Key(TEXT, "The text encoding."),
    "error_type": Key(TEXT, "The type of an exception; empty for none."),
    "exit_code": Key({"type": "integer", "minimum": 0, "maximum": 255}, "The exit code."),
    "expired": Key(WHOLE, "Entries that have expired."),
    "extra": Key(TEXT, "The name of the extra."),
    "failed": Key(WHOLE, "Rows that failed."),
    "file": Key(TEXT, "A file's name."),
    "files": Key(TEXTS, "Names of files."),
    "files_removed": Key(WHOLE, "Files that were removed."),
    "gone": Key(TEXTS, "Names of columns, 50 at most."),
    "grace_s": Key(NUMBER, "Seconds that requests in flight may take."),
    "hook": Key(TEXT, "The hook that raised."),
    "ignored": Key(TEXTS, "Names of columns, 50 at most."),
    "imported": Key(WHOLE, "Rows that were imported."),
    "in_flight": Key(WHOLE, "Requests and imports that have not ended yet."),
    "integrity": Key({"enum": ["PASS", "FAIL"]}, "Whether every row has exactly one outcome."),
    "invalid": Key(WHOLE, "Rows that are invalid."),
    "kept_as": Key(TEXT, "The name under which an edited file is kept, in the same directory."),
    "kind": Key(
        {"enum": ["token", "campaign", "submit", "poll", "segment"]}, "The kind of a request."
    ),
    "left_alone": Key(TEXTS, "Run directories in which something was left alone, 50 at most."),
    "library": Key(TEXT, "The name of the library's logger."),
    "limit": Key(WHOLE, "Files that this process may have open."),
    "lines": Key(WHOLE, "Lines."),
    "lines_skipped": Key(WHOLE, "Lines above the header."),
    "list_id": Key(TEXT, "The contact list."),
    "message": Key(TEXT, "Why the command stopped."),
    "mode": Key(TEXT, "The mode of a directory, as `ls` writes it."),
    "mode_before": Key(TEXT, "The mode of a directory, as `ls` writes it."),
    "name": Key(TEXT, "A file's name."),
    "name_order": Key(TEXT, "The order of names in two columns."),
    "needed": Key(WHOLE, "Open files that there would be room for all with."),
    "new": Key(TEXTS, "Names of columns, 50 at most."),
    "not_purged": Key(TEXTS, "Run directories that should have been purged, 50 at most."),
    "notification": Key(WHOLE, "The number of a URL that is told the end, from 1."),
    "observer": Key(TEXT, "The observer's type."),
    "of_lines": Key(WHOLE, "Lines beyond ASCII."),
    "one_field_order": Key(TEXT, "The order of names in one column."),
    "pause_s": Key(NUMBER, "Seconds."),
    "phones": Key(WHOLE, "Phone numbers."),
    "place": Key(TEXT, "Functions and lines, the innermost first."),
    "polls": Key(WHOLE, "Requests that asked for an import's result."),
    "polls_per_chunk": Key(NUMBER_OR_NULL, "Polls for each import, on average."),
    "quota_efficiency": Key(
        NUMBER_OR_NULL, "Contacts sent, divided by what the quota would have let through."
    ),
    "quota_found_per_minute": Key(NUMBER_OR_NULL, "The final rate with `--quota auto`."),
    "ready": Key(WHOLE, "Rows of a plan that an import would send."),
    "reasons": Key(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "outcome": TEXT,
                    "reason": TEXT,
                    "rows": WHOLE,
                    "of_rows": WHOLE,
                    "first_rows": {"type": "array", "items": WHOLE},
                    "way_out": TEXT,
                },
                "additionalProperties": False,
            },
        },
        "Commonest reasons of bad rows.",
    ),
    "received_bytes": Key(
        WHOLE_OR_NULL, "Length of the answer's body, 0 when it could not be read; null: not known."
    ),
    "rejected": Key(WHOLE, "Rows that are invalid or suppressed."),
    "removed_bytes": Key(WHOLE, "Bytes of files that were removed."),
    "requests": Key(WHOLE, "Requests."),
    "requests_by_kind": Key(
        {"type": "object", "additionalProperties": WHOLE}, "Requests of each kind."
    ),
    "requests_this_minute": Key(WHOLE, "Requests in the last 60 s."),
    "rest_s": Key(NUMBER, "Seconds until the next request of this kind."),
    "runs": Key(WHOLE, "Runs that were purged."),
    "starts": Key(WHOLE_OR_NULL, "Starts of the run so far, this one included."),
    "starts_added_up": Key(
        FLAG_OR_NULL,
        "Whether requests, duration and quota are of all starts, not of the last one only.",
    ),
    "starts_cut_short": Key(
        WHOLE_OR_NULL, "Starts that were killed: what they used last is not in the figures."
    ),
    "resumed": Key(FLAG, "Whether an earlier start is gone on with."),
    "retry_after_s": Key(NUMBER_OR_NULL, "Seconds that the tenant asked for; null for no time."),
    "row": Key(WHOLE, "A row's number, from 1."),
    "rows": Key(WHOLE, "Rows."),
    "rows_read": Key(WHOLE, "Rows that were read."),
    "rows_with_empty_words": Key(WHOLE, "Rows with a word such as N/A for an empty cell."),
    "run_dir": Key(TEXT, "The run directory."),
    "segment_id": Key(TEXT_OR_NULL, "The segment; null for none."),
    "segmented": Key(WHOLE, "Imported rows that are in the segment."),
    "sent_bytes": Key(WHOLE_OR_NULL, "Length of the request's body; null where it is not known."),
    "settings": Key({"type": "object"}, "Settings that differ from their defaults, by name."),
    "sheet": Key(TEXT, "The sheet of a workbook."),
    "status": Key(
        {"type": "integer", "minimum": 0, "maximum": 999}, "The HTTP status; 0 for no answer."
    ),
    "suppressed": Key(WHOLE, "Rows that are suppressed."),
    "tenant": Key(TEXT, "The tenant's base URL."),
    "throttled": Key(WHOLE_OR_NULL, "Answers 429."),
    "time_left_s": Key(NUMBER_OR_NULL, "Seconds left; null while they cannot be told."),
    "to": Key(TEXT, "Where metrics were to go."),
    "total_input": Key(WHOLE, "Rows of the input."),
    "tries": Key(WHOLE, "How often it was tried."),
    "unresolved": Key(WHOLE, "Rows whose fate is not known."),
    "up_to_row": Key(WHOLE_OR_NULL, "A row's number; null for every row."),
    "url": Key(TEXT, "The address of the status page."),
    "used": Key({"type": "object", "additionalProperties": TEXTS}, "Names of columns by field."),
    "variable": Key(TEXT, "Name of a variable of the environment."),
    "variables": Key(TEXTS, "Names of variables of the environment."),
    "wait_s": Key(NUMBER, "Seconds to wait at most."),
    "what": Key(TEXT, "What went wrong or is missing, in words."),
}
