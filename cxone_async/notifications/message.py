"""What is told of the end of a run, and how it is written: as JSON, for Slack, as one line.

Guarantee: it is made of counts, codes, names that the log has too, and messages of `RunError`, so
it holds no contact. Loads quickly: a usage error is written as one line too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from cxone_async.notifications.destination import NotifyFormat

EVENT_TYPE: Final = "run.ended"
LONGEST_TEXT: Final = 2_000
"""Characters of one text, as a message may name many columns. Slack shows 4,000 without a cut."""

_SIGN: Final[Mapping[str, str]] = {
    "good": ":white_check_mark:",
    "act": ":warning:",
    "bad": ":x:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOfRun:
    """How a run ended, or a command that came to no run.

    `happened` is the headline of a result, or why there is none. `state` is that of the report's
    first line. `rows` counts by outcome; `rows_read` is `None` while nothing is known of it. Texts
    are "" where nothing is known, or nothing is to be done.
    """

    command: str
    happened: str
    exit_code: int
    state: Literal["good", "act", "bad"] = "bad"
    next_step: str = ""
    run_id: str = ""
    version: str = ""
    input_name: str = ""
    tenant: str = ""
    list_id: str = ""
    campaign_id: str = ""
    segment_id: str = ""
    run_directory: str = ""
    rows_read: int | None = None
    rows: Mapping[str, int] = field(default_factory=dict)


def body(end: EndOfRun, form: NotifyFormat, timestamp: str) -> bytes:
    """Return the body of a notification. `timestamp` is when the run ended: ISO 8601 in UTC."""
    if form is NotifyFormat.SLACK:
        return _encoded({"text": slack_text(end)})
    return _encoded(
        {
            "type": EVENT_TYPE,
            "timestamp": timestamp,
            "data": {
                "command": end.command,
                "state": end.state,
                "happened": _cut(end.happened),
                "exit_code": end.exit_code,
                "next_step": _cut(end.next_step),
                "run_id": end.run_id,
                "version": end.version,
                "input_name": end.input_name,
                "tenant": end.tenant,
                "list_id": end.list_id,
                "campaign_id": end.campaign_id,
                "segment_id": end.segment_id,
                "run_directory": end.run_directory,
                "rows_read": end.rows_read,
                "rows": dict(end.rows),
            },
        }
    )


def slack_text(end: EndOfRun) -> str:
    """Return the end of a run as a text with Slack's marks."""
    of_what = f"{end.command} of {end.input_name}" if end.input_name else end.command
    to = f" into list {end.list_id}" if end.list_id else ""
    lines = [
        f"{_SIGN[end.state]} *{_plain(_cut(end.happened))}*",
        _plain(f"{of_what}{to}"),
        _plain(_counts(end)),
        f"exit code {end.exit_code}",
        _plain(f"Next: {_cut(end.next_step)}") if end.next_step else "",
        _plain(f"Run {end.run_id}") if end.run_id else "",
    ]
    return "\n".join(line for line in lines if line)


def one_line(end: EndOfRun) -> str:
    """Return the end of a run as one line, without a line end."""
    parts = [
        f"{end.command}: {_cut(end.happened)}",
        _counts(end),
        f"exit code {end.exit_code}",
        f"next: {_cut(end.next_step)}" if end.next_step else "",
    ]
    return " | ".join(" ".join(part.split()) for part in parts if part)


def _counts(end: EndOfRun) -> str:
    if end.rows_read is None:
        return ""
    counts = [f"{rows:,} {outcome}" for outcome, rows in end.rows.items() if rows]
    return ", ".join([f"{end.rows_read:,} rows read", *counts])


def _plain(text: str) -> str:
    """Escape what would be a link or a mention: `<!channel>` wakes everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 3]}..."


def _encoded(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(
        errors="backslashreplace"
    )
