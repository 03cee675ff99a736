"""Which row of an earlier run each record of a file of rejects is, as its `_row` says.

Guarantee: a number is returned only where the record ends in the four cells of a run. Where a
person has changed them so that they cannot be told, there is none.
"""

import asyncio
import csv
from collections.abc import Iterator
from contextlib import aclosing
from typing import Final, NamedTuple

from cxone_async.source.input import Input
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import ReadingRules
from cxone_async.source.records import InputHeader, Records
from cxone_async.source.reject_cells import REJECT_COLUMNS, reject_cells

_MOST_DIGITS: Final = 12
_ONE_BYTE_A_CHARACTER: Final = "latin-1"
"""Reads the signs and digits of each encoding that records are in; the rest does not matter."""


class RejectRow(NamedTuple):
    """A record of a file of rejects: its first line, and its row in the earlier run, if told.

    `reason` is that of the earlier run; "" where a person has changed the four cells.
    """

    line: int
    row: int | None
    reason: str = ""


async def read_reject_rows(source: Input, rules: ReadingRules) -> list[RejectRow]:
    """Read a whole file of rejects; one entry for each row, readable or not, in no order.

    Raises what `Input.blocks` and `Reader` raise.
    """
    reader = Reader(rules)
    found: list[RejectRow] = []
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            found += _rows(reader, await asyncio.to_thread(reader.feed, block), rules.form.quote)
    found += _rows(reader, reader.finish(), rules.form.quote)
    return found


def _rows(reader: Reader, records: Records, quote: str) -> Iterator[RejectRow]:
    if reader.header is None:
        return
    for line, raw in zip(records.lines, records.raws, strict=True):
        yield RejectRow(line, *_row_in(raw, reader.header, quote))
    for one in records.unreadable:
        yield RejectRow(one.line, *_row_in(one.raw, reader.header, quote))


def _row_in(raw: bytes, header: InputHeader, quote: str) -> tuple[int | None, str]:
    lines = raw.decode(_ONE_BYTE_A_CHARACTER).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if cells := reject_cells(header.delimiter, quote).search(lines[-1]):
        return _number(cells["row"]), cells["reason"]
    # A person has changed one of the four, or a spreadsheet has saved it otherwise.
    try:
        fields = next(csv.reader(lines, delimiter=header.delimiter, quotechar=quote), [])
    except csv.Error:
        return None, ""
    width = len(header.names) + len(REJECT_COLUMNS)
    row = _number(fields[len(header.names)].strip()) if len(fields) == width else None
    return row, ""


def _number(text: str) -> int | None:
    is_row = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_row else None
