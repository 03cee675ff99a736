"""A policy's decisions, and who the rows really are: what `evaluate` holds together.

Guarantee: the decisions are those that a run would take, since it is the same preparing.
"""

import csv
from collections.abc import AsyncIterator
from pathlib import Path

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.matching.evaluation import Decided
from cxone_async.outcome import Outcome
from cxone_async.prepare.port import Preparation


async def decisions_of(preparation: Preparation, blocks: AsyncIterator[bytes]) -> list[Decided]:
    """Prepare the whole input and return each row's end, `ready` for those that are kept."""
    decisions: list[Decided] = []
    async with preparation as started:
        async for prepared in started.prepare(blocks):
            decisions += [Decided(one.row, one.outcome, one.rule) for one in prepared.decided]
            decisions += [Decided(row, Outcome.READY) for row in prepared.ready.rows]
    return decisions


def read_truth(path: Path) -> dict[int, str]:
    """Read a CSV with the columns `row` (data rows from 1) and `entity` (any text).

    Raises MissingInputError, UnreadableInputError naming the line.
    """
    people: dict[int, str] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"row", "entity"} <= set(reader.fieldnames or ()):
                raise UnreadableInputError(f"{path}: the truth needs the columns row and entity")
            for record in reader:
                row = record["row"] or ""
                if not (row.isascii() and row.isdigit()) or int(row) in people:
                    raise UnreadableInputError(
                        f"{path}, line {reader.line_num}: not the number of a row of its own"
                    )
                people[int(row)] = record["entity"] or ""
    except FileNotFoundError as error:
        raise MissingInputError(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableInputError(f"{path}: {type(error).__name__}") from error
    return people
