"""The reader as `plan` uses it: the kind of the file, the check of its encoding, then its rows."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

from polluted.judgement import Reading
from polluted.table import PollutedFile, Rows

from cxone_async.commands.text_check import refuse_misread_text
from cxone_async.errors import UnreadableInputError
from cxone_async.source.csv_form import CsvForm
from cxone_async.source.encoding import AUTO
from cxone_async.source.input import open_input
from cxone_async.source.reader import Reader


def read_with_ours(path: Path, told: PollutedFile | None = None) -> Reading:
    """Read a file; `told` says what a person would say of it, beside what is in it."""
    try:
        return asyncio.run(_read(path, told))
    except UnreadableInputError as error:
        return Reading(refusal=str(error))


async def _read(path: Path, told: PollutedFile | None) -> Reading:
    options: dict[str, Any] = told.options if told else {}
    encoding = (told.encoding if told else "") or AUTO
    source = open_input(str(path))
    await refuse_misread_text(source, encoding)
    reader = Reader(encoding=encoding, form=CsvForm(**options))
    table: Rows = []
    noted: set[int] = set()
    unreadable: list[str] = []
    delivered = []
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            delivered.append(reader.feed(block))
    delivered.append(reader.finish())
    assert reader.header is not None
    assert reader.encoding is not None
    table.append(list(reader.header.names))
    for records in delivered:
        for row, fields in zip(records.rows, records.fields, strict=True):
            table.append(fields)
            if row in records.filled:
                noted.add(len(table) - 1)
        unreadable += [bad.raw.decode(reader.encoding, "replace") for bad in records.unreadable]
    return Reading(table, noted=frozenset(noted), unreadable=tuple(unreadable))
