"""Shows what became of one row, as text or for `--json`.

Guarantee: what a person can be recognised by is masked unless the caller asks for it; a
country that is known, and what a flag was read as, are shown. Every value is text, without control
characters, and cut to `CELL_LENGTH` characters.
"""

from collections.abc import Callable

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxone_async.cli.tables import printable, show_explanation
from cxone_async.commands.explain import HeldCell, RowExplanation
from cxone_async.contacts.country import read_country
from cxone_async.contacts.do_not_call import Flag, has_consent, read_dnc_flag
from cxone_async.contacts.masking import mask
from cxone_async.outcome import Problem
from cxone_async.report.row_checks import CheckResult
from cxone_async.report.wording import use_in_words
from cxone_async.source.columns import ColumnUse

_COLOUR = {
    CheckResult.PASSED: "green",
    CheckResult.FAILED: "red",
    CheckResult.UNKNOWN: "yellow",
    CheckResult.NOT_REACHED: "dim",
}


def explanation_document(explained: RowExplanation, *, masked: bool) -> object:
    """Return what `--json` prints."""
    shown = _shower(masked=masked)
    return {
        "outcome": msgspec.to_builtins(explained.recorded),
        "held": [
            {
                "column": cell.column.name,
                "used_as": use_in_words(cell.column),
                "value": _cell(cell, shown),
            }
            for cell in explained.held
        ],
        "record": shown(explained.record),
        "understood": [
            {
                "field": one.field,
                "value": shown(one.value) if one.is_personal else printable(one.value),
                "problem": one.problem,
            }
            for one in explained.understood
        ],
        "repairs": explained.repairs,
        "checks": msgspec.to_builtins(explained.checks),
        "reasons": explained.reasons,
        "way_out": explained.way_out,
        "beside": [
            {
                "row": pair.row,
                "earlier_row": pair.earlier_row,
                "fields": [
                    {
                        "field": field.field,
                        "value": shown(field.value),
                        "earlier_value": shown(field.earlier_value),
                        "similarity": field.similarity,
                        "level": field.level,
                    }
                    for field in pair.fields
                ],
                "reasoning": pair.reasoning,
            }
            for pair in explained.pairs
        ],
        "remarks": explained.remarks,
    }


def show_row(target: Console, explained: RowExplanation, *, masked: bool) -> None:
    """Print the row: what became of it and why, its cells, its fields, the checks."""
    shown = _shower(masked=masked)
    found = explained.recorded
    reason = f" ({found.reason})" if found.reason else ""
    _say(target, f"row {found.row}, line {found.line}: {found.outcome}{reason}", style="bold")
    for sentence in (*explained.reasons, *explained.remarks):
        _say(target, f"  {sentence}")
    _say(target, f"  what to do: {explained.way_out}")
    if explained.held:
        table = _table("column", "used as", "what the row held")
        for cell in explained.held:
            style = "dim" if cell.column.used_as is ColumnUse.IGNORED else None
            name, use = Text(printable(cell.column.name)), Text(use_in_words(cell.column))
            table.add_row(name, use, Text(_cell(cell, shown)), style=style)
        target.print(table)
    else:
        _say(target, f"\n  the record: {shown(explained.record)}")
    if explained.understood:
        table = _table("field", "understood as")
        for one in explained.understood:
            value = shown(one.value) if one.is_personal else printable(one.value)
            table.add_row(one.field, Text(value or one.problem or "nothing"))
        target.print(table)
    for sentence in explained.repairs:
        _say(target, f"  {sentence}")
    table = _table("check", "result", "what was found")
    for check in explained.checks:
        result = Text(check.result.value, style=_COLOUR[check.result])
        table.add_row(check.name, result, Text(check.what))
    target.print(table)
    for pair in explained.pairs:
        show_explanation(target, pair, masked=masked)


def _shower(*, masked: bool) -> Callable[[str], str]:
    return (lambda value: printable(mask(value))) if masked else printable


def _cell(cell: HeldCell, shown: Callable[[str], str]) -> str:
    return printable(cell.value) if _is_public(cell) else shown(cell.value)


def _is_public(cell: HeldCell) -> bool:
    """Say whether a cell names nobody: a known country, or a known word in a flag."""
    if cell.column.used_as is not ColumnUse.FIELD:
        return False
    match cell.column.field:
        case "country":
            return not isinstance(read_country(cell.value, ""), Problem)
        case "dnc_flag":
            return read_dnc_flag(cell.value) is not Flag.UNCLEAR
        case "consent":
            return has_consent(cell.value)
    return False


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _say(target: Console, text: str, style: str | None = None) -> None:
    target.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
