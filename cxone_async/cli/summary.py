"""The few lines that a command prints when it is done.

Guarantee: below the first line, none is wider than `WIDTH`, but one with a long path, which is
never broken. The lines are made of a `Reconciliation`, which holds no contact. The first word says
what happened. The caller prints it.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cxone_async.outcome import DECISION_RULE, LEDGER_RULE, TENANT_RULE, Outcome, Repair
from cxone_async.printable import printable
from cxone_async.report.files import WORKBOOK
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.report.wording import (
    decisions_in_words,
    duplicates_in_words,
    duration,
    headline,
    is_assumed,
    next_steps,
    passed_over,
    replay_in_words,
    review_in_words,
    rules_in_words,
    segment_problem,
    since_last_run_in_words,
    starts_in_words,
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


MOST_REASONS: Final = 5
WIDTH: Final = 80
"""Columns of a terminal that the lines fit in."""

_NOT_IN: Final = frozenset(
    {Outcome.SUPPRESSED, Outcome.INVALID, Outcome.FAILED, Outcome.UNRESOLVED}
)
"""Outcomes whose reasons are told. Of a duplicate the rule says why, in the report."""


def summary(result: Reconciliation, directory: Path, *, with_links: bool = False) -> str:
    """Return the summary of a run whose files are in `directory`; no final line end.

    With `with_links` the files are hyperlinks for a terminal (OSC 8).
    """
    counts = [(outcome.value, rows) for outcome in _SHOWN if (rows := result.rows(outcome))] or [
        ("rows", 0)
    ]
    width = max(len(f"{rows:,}") for _, rows in counts)
    lines = [headline(result)]
    for name, rows in counts:
        lines += _wrapped(f"      {name:<12}{rows:>{width},}  ", _note(result, name))
    if decided := decisions_in_words(result):
        lines += _lines("decisions", decided)
    if ledger := _ledger(result):
        lines += _lines("ledger", ledger)
    if since := result.since_last_run:
        lines += _lines("since last run", since_last_run_in_words(since))
    if replay := result.replay:
        lines += _lines("replay", replay_in_words(result, replay))
    lines += _reasons(result)
    lines += [*_rules(result), *_suppression(result), *_accounting(result), *_cost(result)]
    files = _files(result)
    if "rejects.csv" in files and (directory / WORKBOOK).is_file():
        files.insert(files.index("rejects.csv") + 1, WORKBOOK)
    lines += [_line(file, _place(result, file, directory, with_links)) for file in files]
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
        if before := result.duplicates_by_rule.get(LEDGER_RULE):
            notes.append(f"{before:,} of them sent by earlier runs")
        if decided := result.duplicates_by_rule.get(DECISION_RULE):
            notes.append(f"{decided:,} by a person's decision")
        if listed := duplicates_in_words(result):
            notes.append(listed)
    marked = result.repairs.get(Repair.DNC_FLAG_NOT_HONOURED)
    if marked and outcome in (Outcome.IMPORTED, Outcome.READY):
        why = (
            "is assumed not to count" if is_assumed(result.run) else "the campaign does not honour"
        )
        notes.append(f"{marked:,} marked do-not-call, which {why}")
    return "; ".join(notes)


def _reasons(result: Reconciliation) -> list[str]:
    """Say why most rows did not go in, and where such rows are."""
    told = [one for one in result.reasons if one.outcome in _NOT_IN and one.reason][:MOST_REASONS]
    if not told:
        return []
    first_rows = {(one.outcome, one.reason): one.rows for one in result.rows_of_reasons}
    width = max(len(f"{one.rows:,}") for one in told)
    longest = max(len(one.reason) for one in told)
    lines = []
    for one in told:
        begun = f"{one.rows:>{width},}  {one.reason:<{longest}}"
        rows = first_rows.get((one.outcome, one.reason), ())
        room = WIDTH - len(_line("", begun)) - len("  rows ")
        lines.append(f"{begun}{_rows_named(one.rows, rows, room)}".rstrip())
    return [_line(name, line) for name, line in zip(["why", *[""] * 4], lines, strict=False)]


def _rows_named(rows_in_all: int, rows: Sequence[int], room: int) -> str:
    """Name the first rows, as many as there is room for."""
    for named in range(len(rows), 0, -1):
        more = " ..." if rows_in_all > named else ""
        text = ", ".join(f"{row}" for row in rows[:named]) + more
        if len(text) <= room:
            return f"  {'row' if rows_in_all == 1 else 'rows'} {text}"
    return ""


def _ledger(result: Reconciliation) -> str:
    """Say how many rows are new, and how many people earlier runs had sent; "" without a ledger."""
    if not result.run.settings.get("ledger"):
        return ""
    known = result.duplicates_by_rule.get(LEDGER_RULE, 0)
    of_tenant = result.duplicates_by_rule.get(TENANT_RULE, 0)
    ends = (Outcome.READY, Outcome.IMPORTED, Outcome.FAILED, Outcome.UNRESOLVED)
    new = sum(map(result.rows, ends)) + of_tenant
    told = f"new {new:,} · known {known:,}"
    if same := result.run.same_input_as:
        told += f" · the same file as in {same}"
    return told


def _rules(result: Reconciliation) -> list[str]:
    """Say by which rules a plan judged, and whether they are the campaign's own."""
    if result.run.command != "plan":
        return []
    rules = rules_in_words(result.run)
    if not is_assumed(result.run):
        return _lines("rules", f"{rules} (campaign {printable(result.run.campaign_id)})")
    return [
        *_lines("rules assumed", rules),
        _line("", "no tenant was asked; import --dry-run asks the campaign"),
    ]


def _suppression(result: Reconciliation) -> list[str]:
    """Say how many entries each suppression file held, or all of them if there is no room."""
    sources = result.run.suppression
    if not sources:
        return []
    told: list[str] = []
    for one in sources:
        held = one.phones + one.emails
        count = f"{held:,}" if told else _entries(held)
        told.append(f"{count} in {printable(one.name)}{_expired(one.expired)}")
    line = _line("suppress", ", ".join(told))
    if len(line) > WIDTH:
        entries = _entries(sum(one.phones + one.emails for one in sources))
        files = f"{len(sources):,} file{'s' if len(sources) > 1 else ''}"
        line = _line(
            "suppress", f"{entries} in {files}{_expired(sum(one.expired for one in sources))}"
        )
    return [line]


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _expired(entries: int) -> str:
    return f" ({entries:,} expired)" if entries else ""


def _accounting(result: Reconciliation) -> list[str]:
    told = []
    if result.contradictions:
        told.append(f"{result.contradictions[0]}{_more(len(result.contradictions) - 1)}")
    if others := passed_over(result):
        told.append(f"besides the rows: {others}")
    return _lines(f"accounting {result.data_integrity_check}", "; ".join(told))


def _more(others: int) -> str:
    return f" (and {others} more, in the report)" if others else ""


def _cost(result: Reconciliation) -> list[str]:
    if result.run.command == "plan":
        asked = f" but {result.requests:,} questions" if result.run.campaign_id else ""
        told = _lines("took", f"{duration(result.duration_s)}, nothing sent{asked}")
        return [*told, *_forecast(result)]
    text = f"{duration(result.duration_s)}, {result.requests:,} requests"
    is_telling = result.duration_s >= SHORTEST_TELLING_S
    if is_telling and result.quota and result.quota.efficiency is not None:
        text += f", {result.quota.efficiency:.1%} of the quota used"
    elif is_telling and result.quota and result.quota.found_per_minute is not None:
        text += f", sent at {result.quota.found_per_minute:,.0f} a minute in the end"
    if starts := starts_in_words(result):
        text += f"; {starts}"
    return _lines("took", text)


def _forecast(result: Reconciliation) -> list[str]:
    forecast = result.forecast
    if not forecast:
        return []
    text = f"would take {forecast.requests:,} requests"
    if forecast.duration_s is not None:
        text += f", at least {duration(forecast.duration_s)}"
    elif result.run.quota_per_minute == "auto":
        text += "; how long depends on the quota it finds"
    return _lines("an import", text)


def _files(result: Reconciliation) -> list[str]:
    to_open = [step.file for step in next_steps(result) if step.file]
    return ["report.html", *dict.fromkeys(to_open)]


def _place(result: Reconciliation, file: str, directory: Path, with_links: bool) -> str:
    shown = review_in_words(result) if file == "review.csv" else ""
    path = directory.absolute() / file
    place = printable(str(path))
    if with_links:
        place = f"\x1b]8;;{path.as_uri()}\x1b\\{place}\x1b]8;;\x1b\\"
    return f"{place}{f'  ({shown})' if shown else ''}"


def _line(name: str, value: object) -> str:
    return f"{name:<17} {value}"


def _lines(name: str, text: str) -> list[str]:
    """Return a line, and more of them below its text where that is too long for one."""
    return _wrapped(_line(name, ""), text)


def _wrapped(begun: str, text: str) -> list[str]:
    """Go on from `begun`. A clause that does not fit begins a line; a longer one is broken."""
    room = max(WIDTH - len(begun), 1)
    *clauses, last = text.split("; ")
    parts = [""]
    for clause in (*(f"{one};" for one in clauses), last):
        longer = f"{parts[-1]} {clause}".strip()
        if len(longer) <= room:
            parts[-1] = longer
        else:
            parts += textwrap.wrap(clause, room, break_long_words=False, break_on_hyphens=False)
    first, *more = list(filter(None, parts)) or [""]
    return [f"{begun}{first}".rstrip(), *(f"{'':<{len(begun)}}{part}" for part in more)]
