"""Two runs side by side, for the terminal: only what differs.

Guarantee: no name of a file, directory or column moves the cursor or ends a line.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len

from cxone_async.printable import printable
from cxone_async.report.wording import use_in_words
from cxone_async.runs.difference import Difference
from cxone_async.source.columns import InputColumn

_NOT_THERE: Final = "not there"
_INDENT: Final = "      "


def difference_lines(names: Sequence[str], found: Difference) -> list[str]:
    """Return the lines; `names` are those of the first and the second run."""
    first, second = map(printable, names)
    if found.is_none:
        return [f"SAME  {first} and {second} agree in counts, reasons and columns"]
    return [
        f"DIFFERENT  {first} -> {second}",
        *_numbers("counts", [(one.key, one.first, one.second) for one in found.counts]),
        *_numbers(
            "reasons",
            [(f"{one.outcome} {one.reason}", one.first, one.second) for one in found.reasons],
        ),
        *_columns(found),
    ]


def _numbers(title: str, rows: Sequence[tuple[str, int, int]]) -> Iterator[str]:
    if not rows:
        return
    yield title
    shown = [(printable(name), f"{a:,}", f"{b:,}", f"{b - a:+,}") for name, a, b in rows]
    widths = [max(map(cell_len, column)) for column in zip(*shown, strict=True)]
    for name, first, second, change in shown:
        yield (
            f"{_INDENT}{name}{' ' * (widths[0] - cell_len(name))}  {first:>{widths[1]}} -> "
            f"{second:>{widths[2]}}  {change:>{widths[3]}}"
        )


def _columns(found: Difference) -> Iterator[str]:
    if found.columns:
        yield "columns"
    for one in found.columns:
        name = printable(one.name) or "(no name)"
        yield f"{_INDENT}{name}: {_use(one.first)} -> {_use(one.second)}"


def _use(column: InputColumn | None) -> str:
    return _NOT_THERE if column is None else printable(use_in_words(column))
