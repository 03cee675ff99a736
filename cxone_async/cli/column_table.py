"""Shows on a terminal what was understood of an input's columns, before its rows are read.

Guarantee: values are masked as in `tables`, apart from countries that are known as such. On what is
no terminal nothing is shown: there the log says it, without values.
"""

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxone_async.cli.tables import printable
from cxone_async.contacts.country import read_country
from cxone_async.contacts.masking import mask
from cxone_async.matching.name_order import NameOrderFinding
from cxone_async.outcome import Problem
from cxone_async.report.wording import format_in_words, name_order_in_words, use_in_words
from cxone_async.runs.observers import ColumnsRead, RunObserver
from cxone_async.source.columns import ColumnUse, InputColumn, Understood

MOST_ROWS: Final = 40
"""Lines of the table: columns that are not used, beyond that, are only counted."""


class ColumnTable(RunObserver):
    """Shows the table on `console`, if that is a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def columns_read(self, event: ColumnsRead) -> None:
        """Show the table."""
        if self._console.is_terminal:
            show_columns(self._console, event.understood, event.samples, event.name_order)


def show_columns(
    target: Console,
    understood: Understood,
    samples: Sequence[Sequence[str]],
    name_order: NameOrderFinding | None = None,
) -> None:
    """Print a line for each column, then how the input and the order of its names were read."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    for heading, width in (("column", 24), ("used as", 20)):
        table.add_column(heading, overflow="ellipsis", no_wrap=True, max_width=width)
    table.add_column("first values, masked", overflow="ellipsis", no_wrap=True, ratio=1)
    used = sum(column.used_as is not ColumnUse.IGNORED for column in understood.columns)
    room = max(MOST_ROWS - used, 0)
    left_out = 0
    for index, column in enumerate(understood.columns):
        is_used = column.used_as is not ColumnUse.IGNORED
        if not is_used and not room:
            left_out += 1
            continue
        room -= not is_used
        values = samples[index] if index < len(samples) else ()
        table.add_row(
            Text(printable(column.name or f"column {index + 1}")),
            Text(printable(use_in_words(column))),
            Text(", ".join(_shown(column, value) for value in values)),
            style=None if is_used else "dim",
        )
    target.print(table)
    if left_out:
        _say(target, f"and {left_out:,} more columns, not used")
    _say(target, format_in_words(understood.format))
    for sentence in name_order_in_words(name_order) if name_order else ():
        _say(target, sentence)
    for what, names in (("gone", understood.drift.gone), ("new", understood.drift.new)):
        if names:
            listed = ", ".join(map(printable, names))
            _say(target, f"{what} since the mapping was written: {listed}")
    target.print()


def _say(target: Console, text: str) -> None:
    target.print(f"  {text}", markup=False, highlight=False, soft_wrap=False)


def _shown(column: InputColumn, value: str) -> str:
    if column.field == "country":
        country = read_country(value, "")
        if country and not isinstance(country, Problem):
            return printable(value)
    return printable(mask(value))
