"""Reads an input by a `Reader`: its header, its beginning, some of its rows, or their number.

All functions raise what `Input.blocks` and `Reader` raise.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple

from cxone_async.contacts.normalise import RowFields, rows_of
from cxone_async.source.chosen_lines import ChosenLines
from cxone_async.source.columns import InputFormat, format_of, three_samples
from cxone_async.source.encoding import Transcoder
from cxone_async.source.header import ColumnMap
from cxone_async.source.input import Input
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import PLAIN_RULES, ReadingRules
from cxone_async.source.records import InputHeader, Records


async def read_input_header(source: Input, rules: ReadingRules = PLAIN_RULES) -> InputHeader:
    """Read the header of an input and nothing after it."""
    reader = Reader(rules)
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            reader.feed(block)
            if reader.header is not None:
                return reader.header
    reader.finish()
    assert reader.header is not None  # noqa: S101  `finish` raises when there is none
    return reader.header


class Beginning(NamedTuple):
    """The beginning of an input: its header, what its columns are, and three cells of each."""

    header: InputHeader
    columns: ColumnMap
    format: InputFormat
    samples: tuple[tuple[str, ...], ...]


async def read_beginning(
    source: Input,
    rules: ReadingRules,
    check_header: Callable[[InputHeader], None] | None = None,
) -> Beginning:
    """Read the header of an input and its first rows, as many as come with it.

    `check_header` is that of `Reader`.
    """
    reader = Reader(rules, check_header=check_header)
    fields: list[list[str]] = []
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            fields += reader.feed(block).fields
            if fields:
                break
        else:
            fields += reader.finish().fields
    header, columns = reader.header, reader.columns
    assert header is not None  # noqa: S101  `finish` raises when there is none
    assert columns is not None  # noqa: S101  they are read with the header
    return Beginning(
        header,
        columns,
        format_of(header, reader.source_encoding or rules.encoding, source.sheet),
        three_samples(fields, len(header.names)),
    )


async def count_rows(source: Input, rules: ReadingRules) -> int:
    """Read a whole input and count its rows, whether they can be read or not."""
    reader = Reader(rules)
    rows = 0
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            rows += _count(await asyncio.to_thread(reader.feed, block))
    return rows + _count(reader.finish())


def _count(records: Records) -> int:
    return len(records.rows) + len(records.unreadable)


async def cells_of_rows(
    source: Input, rules: ReadingRules, wanted: Collection[int]
) -> dict[int, RowFields]:
    """Return the cells of some rows, by row; rows that cannot be read are left out.

    Nothing is read after the last of them.
    """
    return (await columns_and_cells(source, rules, wanted))[1]


async def columns_and_cells(
    source: Input, rules: ReadingRules, wanted: Collection[int], lines: Sequence[int] = ()
) -> tuple[ColumnMap | None, dict[int, RowFields]]:
    """Return the columns too, None if no row is wanted; else as `cells_of_rows`.

    `lines` are those of `ChosenLines`. With them it is faster by far.
    """
    found: dict[int, RowFields] = {}
    if not wanted:
        return None, found
    if lines:
        return await _columns_and_cells_of_lines(source, rules, wanted, lines)
    reader = Reader(rules)
    last = max(wanted)

    def keep(records: Records) -> None:
        fields = reader.columns.select(records.fields) if reader.columns else ()
        for row, cells in zip(records.rows, rows_of(fields), strict=False):
            if row in wanted:
                found[row] = cells

    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            records = reader.feed(block)
            keep(records)
            if records.rows and records.rows[-1] >= last:
                return reader.columns, found
    keep(reader.finish())
    return reader.columns, found


async def _columns_and_cells_of_lines(
    source: Input, rules: ReadingRules, wanted: Collection[int], lines: Sequence[int]
) -> tuple[ColumnMap | None, dict[int, RowFields]]:
    transcoder = Transcoder(rules.encoding)
    chosen = ChosenLines(lines, wanted)
    reader: Reader | None = None
    read: list[tuple[int, RowFields]] = []  # rows are numbered as if there were no others

    def keep(text: bytes, *, is_last: bool = False) -> None:
        nonlocal reader
        reader = reader or Reader(replace(rules, encoding=transcoder.encoding or rules.encoding))
        for records in (reader.feed(text), *([reader.finish()] if is_last else [])):
            fields = reader.columns.select(records.fields) if reader.columns else ()
            read.extend(zip(records.rows, rows_of(fields), strict=False))

    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            text = transcoder.feed(block)
            if transcoder.encoding is not None:
                keep(chosen.feed(text))
    keep(chosen.feed(transcoder.finish()) + chosen.finish(), is_last=True)
    columns = reader.columns if reader else None
    rows = chosen.rows
    return columns, {
        rows[number - 1]: fields
        for number, fields in read
        if number <= len(rows) and rows[number - 1] in wanted
    }
