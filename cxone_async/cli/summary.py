"""The few lines that a command prints when it is done.

Guarantee: at most eighteen lines of plain text, made of a `Reconciliation`, which holds no
contact. The first word says what happened. The caller prints it.
"""

from pathlib import Path
from typing import Final

from cxone_async.outcome import DECISION_RULE, TENANT_RULE, Outcome, Repair
from cxone_async.printable import printable
from cxone_async.report.files import WORKBOOK
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.report.wording import (
    decisions_in_words,
    duplicates_in_words,
    duration,
    headline,
    next_steps,
    passed_over,
    review_in_words,
    rules_in_words,
    segment_problem,
)

SHORTEST_TELLING_S: Final = 60.0
"""A shorter run waits for imports more than for the quota, so its summary leaves that out."""

_SHOWN: Final = (
    Outcome.IMPORTED,
    Outcome.READY,
    Outcome.DUPLICATE,
    Outcome.SUPPRESSED,
    Outcome.INVALID,
    Outcome.FAILED,
    Outcome.UNRESOLVED,
)


def summary(result: Reconciliation, directory: Path) -> str:
    """Return the summary of a run whose files are in `directory`; no final line end."""
    counts = [(outcome.value, rows) for outcome in _SHOWN if (rows := result.rows(outcome))] or [
        ("rows", 0)
    ]
    width = max(len(f"{rows:,}") for _, rows in counts)
    lines = [headline(result)]
    lines += [f"      {name:<12}{rows:>{width},}{_note(result, name)}" for name, rows in counts]
    if decided := decisions_in_words(result):
        lines.append(_line("decisions", decided))
    lines += [*_rules(result), _accounting(result), _cost(result)]
    files = _files(result)
    if "rejects.csv" in files and (directory / WORKBOOK).is_file():
        files.insert(files.index("rejects.csv") + 1, WORKBOOK)
    lines += [_line(file, _place(result, file, directory)) for file in files]
    return "\n".join(lines)


def _note(result: Reconciliation, outcome: str) -> str:
    notes = []
    if outcome == Outcome.IMPORTED and result.run.segment_id:
        problem = segment_problem(result)
        notes.append(
            f"{result.segmented:,} of them in the segment{f': {problem}' if problem else ''}"
        )
    known = result.duplicates_by_rule.get(TENANT_RULE)
    if outcome == Outcome.DUPLICATE:
        if known:
            notes.append(f"{known:,} of them on the contact list already")
        if decided := result.duplicates_by_rule.get(DECISION_RULE):
            notes.append(f"{decided:,} by a person's decision")
        if listed := duplicates_in_words(result):
            notes.append(listed)
    marked = result.repairs.get(Repair.DNC_FLAG_NOT_HONOURED)
    if marked and outcome in (Outcome.IMPORTED, Outcome.READY):
        notes.append(f"{marked:,} marked do-not-call, which the campaign does not honour")
    return f"  {'; '.join(notes)}" if notes else ""


def _rules(result: Reconciliation) -> list[str]:
    """Say by which rules a plan judged, and whether they are the campaign's own."""
    if result.run.command != "plan":
        return []
    rules = rules_in_words(result.run)
    if result.run.campaign_id:
        return [_line("rules", f"{rules} (campaign {printable(result.run.campaign_id)})")]
    return [
        _line("rules assumed", rules),
        _line("", "no tenant was asked; import --dry-run asks the campaign"),
    ]


def _accounting(result: Reconciliation) -> str:
    line = f"accounting {result.data_integrity_check}"
    if result.contradictions:
        line += f"   {result.contradictions[0]}{_more(len(result.contradictions) - 1)}"
    if others := passed_over(result):
        line += f"   besides the rows: {others}"
    return line


def _more(others: int) -> str:
    return f" (and {others} more, in the report)" if others else ""


def _cost(result: Reconciliation) -> str:
    if result.run.command == "plan":
        asked = f" but {result.requests:,} questions" if result.run.campaign_id else ""
        text = f"{duration(result.duration_s)}, nothing sent{asked}"
        if forecast := result.forecast:
            text += f"; an import would take {forecast.requests:,} requests"
            if forecast.duration_s is not None:
                text += f", at least {duration(forecast.duration_s)}"
            elif result.run.quota_per_minute == "auto":
                text += "; how long, --quota auto finds out only while it imports"
    else:
        text = f"{duration(result.duration_s)}, {result.requests:,} requests"
        is_telling = result.duration_s >= SHORTEST_TELLING_S
        if is_telling and result.quota and result.quota.efficiency is not None:
            text += f", {result.quota.efficiency:.1%} of the quota used"
        elif is_telling and result.quota and result.quota.found_per_minute is not None:
            text += f", sent at {result.quota.found_per_minute:,.0f} a minute in the end"
    return _line("took", text)


def _files(result: Reconciliation) -> list[str]:
    to_open = [step.file for step in next_steps(result) if step.file]
    return ["report.html", *dict.fromkeys(to_open)]


def _place(result: Reconciliation, file: str, directory: Path) -> str:
    shown = review_in_words(result) if file == "review.csv" else ""
    return f"{printable(str(directory / file))}{f'  ({shown})' if shown else ''}"


def _line(name: str, value: object) -> str:
    return f"{name:<17} {value}"
