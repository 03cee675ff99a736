"""Rows that are picked out by their lines are the rows that reading the whole input gives."""

import random
from pathlib import Path

import pytest

from cxone_async.source import chosen_lines, file_input
from cxone_async.source.csv_form import CsvForm
from cxone_async.source.input import readable_input
from cxone_async.source.input_reading import cells_of_rows, shortened_cells
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import ReadingRules

HEADER = "phone,email,first_name,last_name"
RECORDS = (
    "+12025550101,ada@example.com,Ada,Abbott",
    '+12025550102,bo@example.com,"B\no","Bur\r\nns"',
    "+12025550103,cy@example.com,Cy,\u00c4rger",
    "+12025550104,di@example.com",
    ",,,",
    "",
    HEADER,
    "+12025550105,ed@example.com,Ed,Evans,too many",
    '+12025550106,"open@example.com,Flo,Fox',
    "+12025550107,gil@example.com,G\0il,Green",
    '"+12025550108","hal@example.com","H ""al""",Hunt',
)


def content(draw: random.Random, end: str) -> str:
    lines = [draw.choice(RECORDS) for _ in range(draw.randrange(1, 60))]
    text = end.join([HEADER, *lines])
    return text + draw.choice(("", end))


def lines_of(text: bytes, rules: ReadingRules) -> tuple[list[int], int]:
    reader = Reader(rules)
    starts: dict[int, int] = {}
    for records in (reader.feed(text), reader.finish()):
        starts |= dict(zip(records.rows, records.lines, strict=True))
        starts |= {one.row: one.line for one in records.unreadable}
    return [0, *(starts[row] for row in sorted(starts))], len(starts)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("beginning_bytes", [1, 600, 1 << 20])
@pytest.mark.slow
async def test_they_are_the_rows_that_reading_everything_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, encoding: str, beginning_bytes: int
) -> None:
    monkeypatch.setattr(chosen_lines, "BEGINNING_BYTES", beginning_bytes)
    rules = ReadingRules(form=CsvForm(delimiter=","))
    draw = random.Random(f"{end}{encoding}{beginning_bytes}")
    for number in range(8):
        monkeypatch.setattr(file_input, "BLOCK_BYTES", draw.choice((7, 64, 1 << 20)))
        text = content(draw, end).encode(encoding)
        path = tmp_path / f"{number}.csv"
        path.write_bytes(text)
        lines, rows = lines_of(text, rules)
        wanted = {draw.randrange(1, rows + 2) for _ in range(5)}
        async with readable_input(str(path)) as source:
            cells = await cells_of_rows(source, rules, wanted)
            chosen = await shortened_cells(source, rules, wanted, lambda one, _: one, lines)
        assert chosen == cells
        path.unlink()
