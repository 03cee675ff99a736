"""What the live page shows at one moment, in words and as text that is only put in its place."""

from collections.abc import Mapping
from typing import Final

import msgspec

from cxone_async.monitoring.progress import RunProgress
from cxone_async.outcome import Outcome
from cxone_async.report.wording import (
    OUTCOME_MEANING,
    REASON_MEANING,
    REQUEST_NAME,
    duration,
    headline,
    tone,
)

_REASONS_SHOWN: Final = 8
_SAID_OF_EXIT: Final = "Stopped early, with exit code {}"


class OutcomeLine(msgspec.Struct, frozen=True):
    """How many rows have an outcome."""

    outcome: str
    rows: int
    text: str
    meaning: str


class ReasonLine(msgspec.Struct, frozen=True):
    """How many rows have an outcome for one reason, or by one rule."""

    outcome: str
    reason: str
    text: str
    meaning: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All texts of the page. `percent`, 0 to 100, is the share of rows with an outcome."""

    title: str
    kicker: str
    headline: str
    tone: str
    line: str
    percent: float
    bar: str
    outcomes: tuple[OutcomeLine, ...]
    reasons: tuple[ReasonLine, ...]
    now: tuple[tuple[str, str], ...]
    requests: tuple[tuple[str, str], ...]


def snapshot_of(
    progress: RunProgress, requests: Mapping[tuple[str, str], int], now_s: float
) -> Snapshot:
    """Return what the page shows; `requests` counts by kind and class of status."""
    started = progress.started
    rows = progress.rows
    ended = sum(rows.values())
    command = started.command if started else ""
    said = _headline(progress)
    shown = [outcome for outcome in Outcome if rows[outcome] or _belongs(outcome, command)]
    reasons = sorted(progress.reasons.items(), key=lambda one: -one[1])[:_REASONS_SHOWN]
    return Snapshot(
        title=said,
        kicker=_kicker(progress),
        headline=said,
        tone=_tone(progress),
        line=_line(progress, ended, now_s),
        percent=_percent(progress, ended),
        bar=", ".join(f"{one.value} {rows[one]:,}" for one in Outcome if rows[one])
        or "nothing yet",
        outcomes=tuple(
            OutcomeLine(one.value, rows[one], f"{rows[one]:,}", OUTCOME_MEANING[one])
            for one in shown
        ),
        reasons=tuple(
            ReasonLine(outcome.value, reason, f"{count:,}", REASON_MEANING.get(reason, ""))
            for (outcome, reason), count in reasons
        ),
        now=tuple(_now(progress)),
        requests=tuple(
            (f"{REQUEST_NAME.get(kind, kind)}, {status}", f"{count:,}")
            for (kind, status), count in requests.items()
            if count
        ),
    )


def _belongs(outcome: Outcome, command: str) -> bool:
    return outcome in (Outcome.DUPLICATE, Outcome.INVALID, Outcome.SUPPRESSED) or outcome is (
        Outcome.READY if command == "plan" else Outcome.IMPORTED
    )


def _kicker(progress: RunProgress) -> str:
    started = progress.started
    if started is not None and started.command == "plan":
        return "Plan: nothing is sent"
    return f"Contact import · list {started.list_id}" if started else "Contact import"


def _headline(progress: RunProgress) -> str:
    if progress.ended is not None:
        result = progress.result
        return headline(result) if result else _SAID_OF_EXIT.format(progress.ended.exit_code)
    if progress.started is None:
        return "Signing in" if progress.has_columns else "Reading the input"
    return "Checking the rows" if progress.started.command == "plan" else "Importing"


def _tone(progress: RunProgress) -> str:
    if progress.ended is None:
        return "under-way"
    return tone(progress.result) if progress.result else "bad"


def _line(progress: RunProgress, ended: int, now_s: float) -> str:
    until_s = progress.ended_at_s if progress.ended else now_s
    parts = [
        f"{progress.rows_read:,} rows read",
        f"{ended:,} have their outcome",
        f"running for {duration(until_s - progress.began_at_s)}",
    ]
    if progress.ended is None and (left_s := progress.time_left_s) is not None:
        parts.append(f"about {duration(left_s)} left")
    return " · ".join(parts)


def _percent(progress: RunProgress, ended: int) -> float:
    if progress.result is not None:
        return 100.0
    if progress.started is None or not progress.rows_read:
        return 0.0
    counters = progress.started.counters
    expected = float(progress.rows_read)
    if not counters.input_ended and counters.bytes_read:
        expected *= max(1.0, counters.input_bytes / counters.bytes_read)
    return min(100.0, ended / expected * 100)


def _now(progress: RunProgress) -> list[tuple[str, str]]:
    started = progress.started
    if started is None or started.sending_now is None or progress.ended is not None:
        return [("Sending", "nothing")]
    now = started.sending_now()
    quota = f" of {now.quota_per_minute:,.0f}" if now.quota_per_minute else ""
    return [
        ("Requests in the last minute", f"{started.requests_in_last_minute():,}{quota}"),
        ("Chunks in flight", f"{started.counters.chunks_in_flight:,}"),
        ("Chunks that wait", f"{now.chunks_queued:,}"),
        ("Held back, as they keep failing", ", ".join(sorted(now.open_circuits)) or "none"),
    ]
