"""Reads one row of an input once more, to show what stands in it.

Raises what `Input.blocks` and `Reader` raise.
"""

from bisect import bisect_left
from contextlib import aclosing
from dataclasses import dataclass

from cxone_async.contacts.normalise import RowFields, rows_of
from cxone_async.outcome import Problem
from cxone_async.source.columns import InputColumn, input_columns
from cxone_async.source.header import ColumnMap
from cxone_async.source.input import Input
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import ReadingRules
from cxone_async.source.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAsRead:
    """One row of an input.

    `columns` are all columns of the input, `cells` what the row has in them. A record that cannot
    be read has no cells and no `fields`, but a `problem`. `text` is the record as it stands there,
    with a replacement character for each byte that is no text. `missing_cells` is how many cells
    were added at its end.
    """

    line: int
    columns: tuple[InputColumn, ...]
    column_map: ColumnMap
    text: str
    cells: tuple[str, ...] = ()
    fields: RowFields | None = None
    missing_cells: int = 0
    problem: Problem | None = None


async def row_as_read(source: Input, rules: ReadingRules, row: int) -> RowAsRead | None:
    """Return a row, None when the input has no such row. Nothing is read after it."""
    reader = Reader(rules)
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            found = _row_of(reader, reader.feed(block), row)
            if found is not None:
                return found
    return _row_of(reader, reader.finish(), row)


def _row_of(reader: Reader, records: Records, row: int) -> RowAsRead | None:
    header, columns = reader.header, reader.columns
    if header is None or columns is None:
        return None
    shown = input_columns(header.names, columns)
    encoding = reader.encoding or "utf-8"
    for one in records.unreadable:
        if one.row == row:
            text = one.raw.decode(encoding, "replace")
            return RowAsRead(
                line=one.line, columns=shown, column_map=columns, text=text, problem=one.problem
            )
    at = bisect_left(records.rows, row)
    if list(records.rows[at : at + 1]) != [row]:
        return None
    cells = records.fields[at]
    (fields,) = rows_of(columns.select([cells]))
    return RowAsRead(
        line=records.lines[at],
        columns=shown,
        column_map=columns,
        text=records.raws[at].decode(encoding, "replace"),
        cells=tuple(cells),
        fields=fields,
        missing_cells=len(cells) - records.filled.get(row, len(cells)),
    )
