"""Reads an input by a `Reader`: its header, its beginning, some of its rows, or their number.

All functions raise what `Input.blocks` and `Reader` raise.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import NamedTuple

from cxone_async.contacts.normalise import RowFields, rows_of
from cxone_async.errors import UnreadableInputError
from cxone_async.source.chosen_lines import ChosenLines
from cxone_async.source.columns import InputFormat, format_of, three_samples
from cxone_async.source.encoding import Transcoder
from cxone_async.source.header import ColumnMap
from cxone_async.source.input import Input
from cxone_async.source.input_copy import STANDARD_INPUT
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import PLAIN_RULES, ReadingRules
from cxone_async.source.records import InputHeader, Records


async def read_input_header(source: Input, rules: ReadingRules = PLAIN_RULES) -> InputHeader:
    """Read the header of an input and nothing after it."""
    reader = Reader(rules)
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            with naming(source):
                reader.feed(block)
            if reader.header is not None:
                return reader.header
    with naming(source):
        reader.finish()
    assert reader.header is not None  # noqa: S101  `finish` raises when there is none
    return reader.header


@contextmanager
def naming(source: Input) -> Iterator[None]:
    """Put the input's name before what is said of its header. It is read before all else is."""
    try:
        yield
    except UnreadableInputError as error:
        name = "standard input" if source.uri == STANDARD_INPUT else source.uri
        raise UnreadableInputError(f"{name}: {error}") from error


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
            with naming(source):
                fields += reader.feed(block).fields
            if fields:
                break
        else:
            with naming(source):
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


Shorten = Callable[[RowFields, ColumnMap], RowFields]
"""Leaves out of a row's cells what is not needed, so that many rows take little memory."""


async def cells_of_rows(
    source: Input, rules: ReadingRules, wanted: Collection[int]
) -> dict[int, RowFields]:
    """Return the cells of some rows, by row; rows that cannot be read are left out.

    Nothing is read after the last of them.
    """
    return await shortened_cells(source, rules, wanted, lambda cells, _: cells)


async def shortened_cells(
    source: Input,
    rules: ReadingRules,
    wanted: Collection[int],
    shorten: Shorten,
    lines: Sequence[int] = (),
) -> dict[int, RowFields]:
    """Return the cells of some rows, each shortened.

    `lines` are those of `ChosenLines`. With them it is faster by far.
    """
    found: dict[int, RowFields] = {}
    if not wanted:
        return found
    if lines:
        return await _cells_by_lines(source, rules, wanted, shorten, lines)
    reader = Reader(rules)
    last = max(wanted)

    def keep(records: Records) -> None:
        for row, cells in _cells(reader, records):
            if row in wanted:
                found[row] = shorten(cells, _columns_of(reader))

    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            records = reader.feed(block)
            keep(records)
            if records.rows and records.rows[-1] >= last:
                return found
    keep(reader.finish())
    return found


async def _cells_by_lines(
    source: Input,
    rules: ReadingRules,
    wanted: Collection[int],
    shorten: Shorten,
    lines: Sequence[int],
) -> dict[int, RowFields]:
    transcoder = Transcoder(rules.encoding)
    chosen = ChosenLines(lines, wanted)
    reader: Reader | None = None
    found: dict[int, RowFields] = {}

    def keep(text: bytes, *, is_last: bool = False) -> None:
        nonlocal reader
        reader = reader or Reader(replace(rules, encoding=transcoder.encoding or rules.encoding))
        for records in (reader.feed(text), *([reader.finish()] if is_last else [])):
            # It numbers the rows as if there were no others.
            for number, cells in _cells(reader, records):
                row = chosen.row(number)
                if row in wanted:
                    found[row] = shorten(cells, _columns_of(reader))

    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            text = transcoder.feed(block)
            if transcoder.encoding is not None:
                keep(chosen.feed(text))
    keep(chosen.feed(transcoder.finish()) + chosen.finish(), is_last=True)
    return found


def _cells(reader: Reader, records: Records) -> Iterator[tuple[int, RowFields]]:
    fields = reader.columns.select(records.fields) if reader.columns else ()
    return zip(records.rows, rows_of(fields), strict=False)


def _columns_of(reader: Reader) -> ColumnMap:
    assert reader.columns is not None  # noqa: S101  they are read before the first row
    return reader.columns
