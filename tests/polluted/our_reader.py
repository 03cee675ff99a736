"""The reader as `plan` uses it: the kind of the file, the check of its encoding, then its rows."""

import asyncio
import re
from contextlib import aclosing
from pathlib import Path
from typing import Any

from polluted.judging import Reading
from polluted.table import PollutedFile, Rows

from cxone_async.commands.text_check import refuse_misread_text
from cxone_async.errors import UnreadableInputError
from cxone_async.source.csv_form import CsvForm
from cxone_async.source.encoding import AUTO
from cxone_async.source.input import open_input
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import ReadingRules

_MOST_FLAGS = 3
_FLAG = re.compile(
    r"(?:give|it with) --(encoding|skip-lines|delimiter|quote|escape) (?:(['\"])(.)\2|([\w-]+))"
)


def read_with_ours(path: Path, told: PollutedFile | None = None) -> Reading:
    """Read a file; `told` says what a person would say of it, beside what is in it."""
    if told is None:
        return _read(path, "", {})
    return _read(path, told.encoding, dict(told.options))


def read_as_it_says(path: Path) -> Reading:
    """Read a file; where something was refused and a flag was named for it, read again with it.

    A person would look at what the message shows of the file before.
    """
    encoding, options = "", dict[str, Any]()
    for _ in range(_MOST_FLAGS):
        reading = _read(path, encoding, options)
        said = " ".join((reading.refusal, *reading.details))
        flag = _FLAG.search(said)
        if flag is None:
            break
        name, value = flag[1].replace("-", "_"), flag[3] or flag[4]
        if name == "encoding":
            encoding = value
        else:
            options[name] = int(value) if name == "skip_lines" else value
    return reading


def _read(path: Path, encoding: str, options: dict[str, Any]) -> Reading:
    try:
        return asyncio.run(_rows(path, ReadingRules(encoding or AUTO, CsvForm(**options))))
    except UnreadableInputError as error:
        return Reading(refusal=str(error))


async def _rows(path: Path, rules: ReadingRules) -> Reading:
    source = open_input(str(path))
    await refuse_misread_text(source, rules.encoding)
    reader = Reader(rules)
    delivered = []
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            delivered.append(reader.feed(block))
    delivered.append(reader.finish())
    assert reader.header is not None
    assert reader.encoding is not None
    table: Rows = [list(reader.header.names)]
    noted: set[int] = set()
    unreadable, details = [], []
    for records in delivered:
        for row, fields in zip(records.rows, records.fields, strict=True):
            table.append(fields)
            if row in records.filled:
                noted.add(len(table) - 1)
        for bad in records.unreadable:
            unreadable.append(bad.raw.decode(reader.encoding, "replace"))
            details.append(bad.problem.detail)
    return Reading(
        table, noted=frozenset(noted), unreadable=tuple(unreadable), details=tuple(details)
    )
