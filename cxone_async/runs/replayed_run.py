"""The run whose corrected rejects are imported, and whether a file is one of its rejects.

Guarantee: only a finished run can be continued, whose outcomes.csv is as it was written. A file is
taken for its rejects only if its columns are those of that run, and each of its rows is another row
that was rejected there.

Everything here blocks on the disk: call it from a thread.
"""

import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cxone_async.durable.checksums import digest_of
from cxone_async.durable.held_leases import HeldLeases
from cxone_async.errors import (
    ConfigurationError,
    MissingInputError,
    RunDirectoryBusyError,
    UnreadableInputError,
    why_unreadable,
)
from cxone_async.journal.store import JOURNAL_NAME, begun_before
from cxone_async.outcome import Outcome
from cxone_async.report.reconciliation import LEFT_BY_A_RUN, Reconciliation, Replay
from cxone_async.runs.completed import recorded_result
from cxone_async.runs.found_run import RunState, look_at
from cxone_async.source.column_keys import listed
from cxone_async.source.columns import shown_name
from cxone_async.source.records import InputHeader
from cxone_async.source.reject_cells import RECORD_COLUMN, ends_a_header_of_rejects
from cxone_async.source.reject_rows import RejectRow

_OUTCOMES: Final = "outcomes.csv"
_IN_REJECTS: Final = (Outcome.INVALID, Outcome.FAILED)
_MOST_TOLD: Final = 5


class _Ended(NamedTuple):
    """How a row of the run has ended."""

    outcome: Outcome
    reason: str


class ReplayedRun(NamedTuple):
    """A finished run: where it is, what it recorded, and how its equation is to be continued."""

    directory: Path
    result: Reconciliation
    replay: Replay


def read_replayed_run(directory: Path, name: str) -> ReplayedRun:
    """Read a finished run; `name` is what it is called in `duplicate_of`.

    Raises MissingInputError where there is no run, RunDirectoryBusyError while it lasts, and
    ConfigurationError for a run that has not finished, was purged, sends nobody, cannot be read, or
    whose outcomes.csv is not as it was written.
    """
    if not directory.is_dir():
        raise MissingInputError(f"--replay-of: no such run directory: {directory}")
    found = look_at(directory, HeldLeases.read())
    if found.state is RunState.NO_RUN:
        raise MissingInputError(f"--replay-of: there is no run in {directory}")
    if found.state is RunState.RUNNING:
        raise RunDirectoryBusyError(
            f"--replay-of: the run in {directory} has not ended yet; nothing was sent"
        )
    why_not = {
        RunState.PURGED: "was purged, so that what became of its rows is not known any more",
        RunState.PLANNED: "is a plan, which has sent nobody",
        RunState.BROKEN: f"cannot be read ({found.trouble})",
    }
    if found.state in why_not:
        raise ConfigurationError(
            f"--replay-of: the run in {directory} {why_not[found.state]}; nothing was sent"
        )
    begun = begun_before(directory / JOURNAL_NAME)
    if begun is None or begun.finished is None:
        raise ConfigurationError(
            f"--replay-of: the run in {directory} has not finished; nothing was sent. The command "
            "that began it, run again, finishes it"
        )
    if digest_of(directory / _OUTCOMES) != begun.finished.file_digests.get(_OUTCOMES, "-"):
        raise ConfigurationError(
            f"--replay-of: {directory / _OUTCOMES} is not as the run wrote it, so that which rows "
            "were rejected is not certain; nothing was sent. The command of that run, run again, "
            "writes it anew"
        )
    result = recorded_result(begun.finished)
    return ReplayedRun(directory, result, _continuing(result, name))


def refuse_another_header(run: ReplayedRun, header: InputHeader, uri: str) -> None:
    """Raise UnreadableInputError unless the columns are those of the run and the four."""
    if not ends_a_header_of_rejects(header.raw):
        raise _no_rejects(
            run, uri, ["its last columns are not _row, _outcome, _reason and _detail"]
        )
    names = list(header.names)
    if names[-1:] == [RECORD_COLUMN]:  # which rejects.xlsx has added
        names.pop()
    here = [shown_name(index, name) for index, name in enumerate(names)]
    there = [one.name for one in run.result.columns]
    if here == there:
        return
    gone = [name for name in there if name not in here]
    new = [name for name in here if name not in there]
    told = [f"{what}: {listed(some)}" for what, some in (("gone", gone), ("new", new)) if some]
    differs = "; ".join(told) or "another order or number"
    raise _no_rejects(run, uri, [f"its columns are not those of that run ({differs})"])


def refuse_other_rows(run: ReplayedRun, rows: Sequence[RejectRow], uri: str) -> None:
    """Raise UnreadableInputError unless each row is another row that the run has rejected.

    Where a row still says why it was rejected, it is for the same reason: in the rejects of another
    run the same row numbers stand beside other reasons.

    Raises ConfigurationError when outcomes.csv cannot be read.
    """
    ended = _outcomes(run.directory / _OUTCOMES, {one.row for one in rows if one.row is not None})
    problems = list(_problems(sorted(rows), ended, run.result.total_input))
    if problems:
        raise _no_rejects(run, uri, problems)


def _problems(
    rows: Iterable[RejectRow], ended: dict[int, _Ended], total_input: int
) -> Iterator[str]:
    lines: dict[int, int] = {}
    for line, row, reason in rows:
        if row is None:
            yield f"line {line} does not say in _row which row it was"
            continue
        if row in lines:
            yield f"row {row} is there twice, in lines {lines[row]} and {line}"
            continue
        lines[row] = line
        if row not in ended:
            yield f"line {line} says row {row}, and that run had rows 1 to {total_input}"
            continue
        there = ended[row]
        if there.outcome not in _IN_REJECTS:
            yield f"line {line} says row {row}, which is {there.outcome.value} there, not rejected"
        elif reason not in ("", there.reason):
            yield f"line {line} says that row {row} is {reason}, and it is {there.reason} there"


def _no_rejects(run: ReplayedRun, uri: str, problems: Sequence[str]) -> UnreadableInputError:
    more = len(problems) - _MOST_TOLD
    told = "; ".join(problems[:_MOST_TOLD]) + (f"; and {more:,} more" if more > 0 else "")
    return UnreadableInputError(
        f"{uri} is no file of rejects of {run.directory} (--replay-of): {told}. Nothing was sent"
    )


def _outcomes(path: Path, wanted: Collection[int]) -> dict[int, _Ended]:
    """Return the outcomes of some rows of a run, by row; rows that are not there are left out."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return {
                int(line["row"]): _Ended(Outcome(line["outcome"]), line["reason"])
                for line in csv.DictReader(file)
                if int(line["row"]) in wanted
            }
    except OSError as error:
        raise ConfigurationError(f"{path} {why_unreadable(error)}") from error


def _continuing(result: Reconciliation, name: str) -> Replay:
    before = result.replay
    if before is None:
        return Replay(
            run=name,
            total_input=result.total_input,
            imported_before=result.successfully_imported,
            left_before=sum(map(result.rows, LEFT_BY_A_RUN)),
        )
    return Replay(
        run=name,
        total_input=before.total_input,
        imported_before=before.imported_before + result.successfully_imported,
        left_before=before.left,
    )
