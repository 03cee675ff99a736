"""Runs for the terminal: a table of many, the state of one, two side by side.

Guarantee: no name of a file or directory moves the cursor or ends a line. Where a table does not
fit its width, list and file stand on a line of their own, after the run's name where its column has
no room for it. What is still too long is cut.
Columns are counted as a terminal does it, in which a wide character takes two.
"""

import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size

from cxone_async.outcome import Outcome
from cxone_async.printable import printable
from cxone_async.report.reconciliation import KEY_OF_OUTCOME
from cxone_async.runs.found_run import TOTAL, FoundRun, RunState

_HEADINGS: Final = ("run", "when (UTC)", "list", "file", "rows", "imported", "failed")
_LAST_HEADINGS: Final = ("state", "exit")
_OF_NUMBERS: Final = frozenset({"rows", "imported", "failed", "exit"})
_ON_THEIR_OWN: Final = ("list", "file")
_GAP: Final = "  "
_CUT: Final = "\N{HORIZONTAL ELLIPSIS}"
_LEAST_NAME: Final = 8
_NOT_KNOWN: Final = "-"
_LABEL: Final = 22

_IN_WORDS: Final[Mapping[RunState, str]] = {
    RunState.RUNNING: "a process works on it",
    RunState.STOPPED: "not finished; the same command resumes it",
    RunState.UNFINISHED: "not finished; whether it still runs cannot be seen from here",
    RunState.FINISHED: "every row has its outcome",
    RunState.PLANNED: "nothing was sent",
    RunState.PURGED: "its rows were removed; what is told here is kept",
    RunState.NO_RUN: "",
    RunState.BROKEN: "",
}


def terminal_width() -> int | None:
    """Return the columns of the terminal on standard output; None when it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def run_table(runs: Sequence[FoundRun], width: int | None) -> list[str]:
    """Return the lines of a table; `width` in columns, None for as many as it needs."""
    rows = [_cells(one) for one in runs]
    headings: tuple[str, ...] = (*_HEADINGS, *_LAST_HEADINGS)
    widths = _widths(headings, rows)
    is_folded = width is not None and _total(widths.values()) > width
    if width is not None and is_folded:
        headings = tuple(one for one in headings if one not in _ON_THEIR_OWN)
        widths = {name: widths[name] for name in headings}
        too_much = max(_total(widths.values()) - width, 0)
        widths["run"] = max(widths["run"] - too_much, _LEAST_NAME)
    lines = [_line({name: name.upper() for name in headings}, widths)]
    for run, cells in zip(runs, rows, strict=True):
        lines.append(_line(cells, widths))
        if is_folded and (own := _GAP.join(filter(None, _own_line(cells, widths)))):
            lines.append(_fitted(f"{_GAP}{own}", width))
        lines += [_fitted(line, width) for line in _trouble(run, width)]
    return [*(line.rstrip() for line in lines), _counted(runs)]


def status_lines(run: FoundRun, width: int | None) -> list[str]:
    """Return what is known of one run, the state first; `width` is that of `run_table`."""
    said = _IN_WORDS[run.state]
    lines = [f"{run.state.upper()}{f'  {said}' if said else ''}"]
    lines += _trouble(run, width)
    process = f"process {run.process} on {run.host}" if run.process is not None else ""
    for label, text in (
        ("began", f"{_when(run)} UTC" if run.started_at else ""),
        ("by", process),
        ("purged", f"{run.purged_at[:16].replace('T', ' ')} UTC" if run.purged_at else ""),
        ("command", run.command),
        ("list", run.list_id),
        ("file", run.input_name),
        *((key, f"{rows:,}") for key, rows in run.counts.items()),
        ("submissions", "" if run.submissions is None else f"{run.submissions:,}"),
        ("sent to row", "" if run.sent_to_row is None else f"{run.sent_to_row:,}"),
        ("exit code", "" if run.exit_code is None else f"{run.exit_code}"),
    ):
        if text:
            lines.append(_labelled(label, text))
    return lines


def _cells(run: FoundRun) -> dict[str, str]:
    return {
        "run": printable(run.directory),
        "when (UTC)": _when(run),
        "list": printable(run.list_id),
        "file": printable(run.input_name),
        "rows": _number(run.rows(TOTAL)),
        "imported": _number(run.rows(KEY_OF_OUTCOME[Outcome.IMPORTED])),
        "failed": _number(run.rows(KEY_OF_OUTCOME[Outcome.FAILED])),
        "state": run.state.value,
        "exit": _number(run.exit_code),
    }


def _when(run: FoundRun) -> str:
    """The minute; text that is no moment is cut all the same."""
    return printable(run.started_at[:16].replace("T", " "))


def _number(count: int | None) -> str:
    return _NOT_KNOWN if count is None else f"{count:,}"


def _widths(headings: Iterable[str], rows: Iterable[Mapping[str, str]]) -> dict[str, int]:
    rows = list(rows)
    return {name: max(len(name), *(cell_len(one[name]) for one in rows), 0) for name in headings}


def _total(widths: Iterable[int]) -> int:
    columns = list(widths)
    return sum(columns) + len(_GAP) * (len(columns) - 1)


def _line(cells: Mapping[str, str], widths: Mapping[str, int]) -> str:
    shown = []
    for name, width in widths.items():
        text = _fitted(cells[name], width)
        padding = " " * (width - cell_len(text))
        shown.append(padding + text if name in _OF_NUMBERS else text + padding)
    return _GAP.join(shown)


def _own_line(cells: Mapping[str, str], widths: Mapping[str, int]) -> list[str]:
    """Return what stands below: a name that is cut could not be typed into the next command."""
    cut = [cells["run"]] if cell_len(cells["run"]) > widths["run"] else []
    return [*cut, *(cells[name] for name in _ON_THEIR_OWN)]


def _trouble(run: FoundRun, width: int | None) -> list[str]:
    """Return the lines that say what is wrong: what to do about it stands at the end."""
    if not run.trouble:
        return []
    said = f"! {printable(run.trouble)}"
    if width is None:
        return [f"{_GAP}{said}"]
    return textwrap.wrap(said, width, initial_indent=_GAP, subsequent_indent=f"{_GAP}  ")


def _fitted(text: str, width: int | None) -> str:
    """Cut a text that is too long for `width` columns, and show that it was cut."""
    if width is None or cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + _CUT


def _labelled(label: str, text: str) -> str:
    return f"      {label:<{_LABEL}}{printable(text)}"


def _counted(runs: Sequence[FoundRun]) -> str:
    states = Counter(one.state for one in runs)
    by_state = ", ".join(f"{states[state]:,} {state}" for state in RunState if states[state])
    what = "directory" if len(runs) == 1 else "directories"
    return f"{len(runs):,} {what}{f': {by_state}' if by_state else ''}"
