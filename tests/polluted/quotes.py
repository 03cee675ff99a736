"""Files whose quotes and escapes are polluted."""

from collections.abc import Callable, Iterator
from functools import partial

from polluted.table import (
    MIDDLE,
    Paper,
    PollutedFile,
    Rows,
    bare,
    cell,
    file_of,
    lines_of,
    quoted,
    text_of,
)

QUOTES, ESCAPES = "quote", "escape"


def quotes(paper: Paper) -> Iterator[PollutedFile]:
    rows = paper.rich()
    yield PollutedFile(QUOTES, "every cell quoted", text_of(lines_of(rows, ",", quoted)), rows)
    yield from _other_quotes(paper)
    yield from _left_open(paper)
    yield from _inside_cells(paper)
    yield from _beside_cells(paper)
    yield from _whole_lines(paper)


def _other_quotes(paper: Paper) -> Iterator[PollutedFile]:
    for name, sign in (("apostrophe", "'"), ("backtick", "`"), ("percent", "%")):
        rows = paper.rich()
        content = text_of(lines_of(rows, ",", partial(cell, quote=sign)))
        yield PollutedFile(QUOTES, f"{name} as quote", content, rows, options={"quote": sign})
        rows = paper.rich()
        content = text_of(lines_of(rows, ",", partial(quoted, quote=sign)))
        yield PollutedFile(
            QUOTES, f"{name} around every cell", content, rows, options={"quote": sign}
        )
    rows = paper.table()
    rows[paper.some(rows, 1)[0]][-1] = "curly, as prose"
    content = text_of(lines_of(rows, ",", lambda value: cell(value).replace('"', "\u201c")))
    yield PollutedFile(QUOTES, "curly quotes", content, rows, is_told=False)


def _left_open(paper: Paper) -> Iterator[PollutedFile]:
    def with_cell(column: int, text: str, meant: str, *, last: bool = False) -> tuple[Rows, bytes]:
        rows = paper.table()
        index = len(rows) - 1 if last else paper.some(rows, 1)[0]
        rows[index][column] = meant
        lines = lines_of(rows)
        lines[index] = ",".join(
            text if at == column % len(rows[0]) else value for at, value in enumerate(rows[index])
        )
        return rows, text_of(lines)

    for name, column, text, last in (
        ("not closed, last cell", -1, '"nice', False),
        ("not closed, name", MIDDLE, '"Gray', False),
        ("not closed, first cell", 0, '"+12025550199', False),
        ("not closed, last cell of the file", -1, '"nice', True),
        ("not closed, name in the last row", MIDDLE, '"Gray', True),
        ("not opened, with a comma", MIDDLE, 'Gray, Jr"', False),
    ):
        rows, content = with_cell(column, text, text.strip('"'), last=last)
        yield PollutedFile(QUOTES, name, content, rows, is_told=False)

    rows = paper.table()
    first, second = paper.some(rows, 2)
    lines = lines_of(rows)
    for index, text in ((first, '"nice'), (second, '6" pipe')):
        rows[index][-1] = text.strip('"')
        lines[index] = ",".join([*rows[index][:-1], text])
    yield PollutedFile(
        QUOTES, "not closed, and a quote in a later row", text_of(lines), rows, is_told=False
    )
    rows = paper.rich()
    lines = lines_of(rows)
    [index] = paper.some(rows, 1)
    rows[index][-1] = "nice"
    lines[index] = ",".join([*map(cell, rows[index][:-1]), '"nice'])
    yield PollutedFile(
        QUOTES, "not closed, among quoted cells", text_of(lines), rows, is_told=False
    )
    rows = paper.rich()
    lines = lines_of(rows, ",", quoted)
    [index] = paper.some(rows, 1)
    lines[index] = lines[index][:-1]
    yield PollutedFile(QUOTES, "not closed, every cell quoted", text_of(lines), rows, is_told=False)
    rows = paper.rich()
    lines = lines_of(rows, ",", quoted)
    [index] = paper.some(rows, 1)
    at = lines[index].index('","') + 0
    lines[index] = lines[index][:at] + lines[index][at + 1 :]
    yield PollutedFile(
        QUOTES, "not closed, phone, every cell quoted", text_of(lines), rows, is_told=False
    )
    rows = paper.table()
    lines = lines_of(rows)
    lines[0] = lines[0].replace("email", '"email')
    yield PollutedFile(QUOTES, "not closed in the header", text_of(lines), rows, is_told=False)


def _inside_cells(paper: Paper) -> Iterator[PollutedFile]:
    def with_note(text: str, meant: str, write: Callable[[str], str] = bare) -> tuple[Rows, bytes]:
        rows = paper.table()
        [index] = paper.some(rows, 1)
        rows[index][-1] = meant
        lines = lines_of(rows, ",", write)
        lines[index] = ",".join([*map(write, rows[index][:-1]), text])
        return rows, text_of(lines)

    for name, text, is_told in (
        ("in an unquoted cell", '6" pipe', True),
        ("pair in an unquoted cell", 'the "big" one', True),
        ("at the end of an unquoted cell", 'pipe of 6"', True),
        ("around the first word", '"Big" Bob', False),
    ):
        rows, content = with_note(text, text)
        yield PollutedFile(QUOTES, name, content, rows, is_told=is_told)
    for name, note in (
        ("inside a quoted cell", 'the "big" one'),
        ("single, inside a quoted cell", '6" pipe'),
        ("inside, before a comma", 'say "hi", you'),
        ("inside, after a comma", 'you, "hi" again'),
        ("inside, between commas", 'you ","hi"," again'),
    ):
        for write, end in ((bare, ""), (quoted, ", every cell quoted")):
            rows, content = with_note(f'"{note}"', note, write)
            yield PollutedFile(QUOTES, f"not doubled {name}{end}", content, rows, is_told=False)
    for name, note in (
        ("doubled", 'the "big", one'),
        ("doubled at both ends", '"all of it"'),
        ("doubled, nothing else", '"'),
        ("line break inside", "first\nsecond"),
        ("blank line and commas inside", "first\n\nsecond, third"),
        ("old line end inside", "first\rsecond"),
        ("address inside", "12 High Street\nLondon\nW1"),
    ):
        rows, content = with_note(quoted(note), note)
        yield PollutedFile(QUOTES, name, content, rows)
    rows = paper.table()
    lines = lines_of(rows)
    first, second = paper.some(rows, 2)
    for index in (first, second):
        rows[index][-2], rows[index][-1] = 'Lee 5"', 'pipe 6"'
        lines[index] = ",".join(rows[index])
    yield PollutedFile(QUOTES, "inch signs in two cells of a row", text_of(lines), rows)
    rows = paper.table()
    lines = lines_of(rows)
    [index] = paper.some(rows, 1)
    rows[index][MIDDLE] = "Gray, Jr"
    lines[index] = ",".join([*rows[index][:MIDDLE], 'Ann"Gray, Jr"', *rows[index][MIDDLE + 1 :]])
    yield PollutedFile(QUOTES, "text before the opening one", text_of(lines), rows, is_told=False)


def _beside_cells(paper: Paper) -> Iterator[PollutedFile]:
    for name, write in (
        ("space before", lambda value: f" {quoted(value)}"),
        ("space after", lambda value: f"{quoted(value)} "),
        ("tab before", lambda value: f"\t{quoted(value)}"),
    ):
        rows = paper.table()
        content = text_of(lines_of(rows, ",", write))
        yield PollutedFile(QUOTES, f"{name} every one", content, rows)
    rows = [[f'="{value}"' for value in row] for row in paper.table()]
    content = text_of(lines_of(rows, ",", bare))
    yield PollutedFile(QUOTES, "formulas that are texts", content, rows)
    rows = paper.table()
    lines = lines_of(rows)
    [index] = paper.some(rows, 1)
    rows[index][-1] = "first, second"
    lines[index] = ",".join([*rows[index][:-1], '"first, second" '])
    yield PollutedFile(QUOTES, "space after, in one row", text_of(lines), rows)
    rows = paper.table()
    lines = lines_of(rows)
    for index in range(1, len(rows)):
        rows[index][-1] = ""
        lines[index] = ",".join([*rows[index][:-1], '""'])
    yield PollutedFile(QUOTES, "nothing in them", text_of(lines), rows)
    rows = paper.table()
    lines = lines_of(rows)
    lines[0] = lines_of([rows[0]], ",", quoted)[0]
    yield PollutedFile(QUOTES, "in the header only", text_of(lines), rows)


def _whole_lines(paper: Paper) -> Iterator[PollutedFile]:
    rows = paper.rich()
    lines = [quoted(line) for line in lines_of(rows)]
    yield PollutedFile(QUOTES, "every line is one quoted cell", text_of(lines), rows)
    rows = paper.table()
    lines = lines_of(rows, ",", quoted)
    lines[1:] = [quoted(line) for line in lines[1:]]
    yield PollutedFile(QUOTES, "every line but the header is one cell", text_of(lines), rows)
    rows = paper.table()
    lines = lines_of(rows)
    [index] = paper.some(rows, 1)
    lines[index] = quoted(lines[index])
    yield PollutedFile(QUOTES, "one line is one quoted cell", text_of(lines), rows, is_told=False)


def escapes(paper: Paper) -> Iterator[PollutedFile]:
    def backslashed(value: str) -> str:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    for name, note in (
        ("pair of quotes", 'the "big", one'),
        ("one quote", '6" pipe'),
        ("quote at the end", 'pipe of 6"'),
        ("quote at the beginning", '"Bob" Smith'),
        ("quote before a comma", 'say "hi", you'),
    ):
        for always in (False, True):
            rows = paper.table()
            for index in paper.some(rows, 2):
                rows[index][-1] = note
            write = backslashed if always else (
                lambda value: backslashed(value) if '"' in value or "\\" in value else value
            )  # fmt: skip
            content = text_of(lines_of(rows, ",", write))
            end = ", every cell quoted" if always else ""
            yield PollutedFile(
                ESCAPES, f"backslash before {name}{end}", content, rows, options={"escape": "\\"}
            )
    for note in ("call back", ""):
        rows = paper.table()
        [index] = paper.some(rows, 1)
        rows[index][MIDDLE], rows[index][-1] = "Gray, Jr", note
        lines = lines_of(rows, ",", lambda value: value.replace(",", "\\,"))
        what = "" if note else ", last cell empty"
        yield PollutedFile(
            ESCAPES, f"backslash before a comma{what}", text_of(lines), rows,
            options={"escape": "\\"},
        )  # fmt: skip
    rows = paper.table()
    for index in paper.some(rows, 3):
        rows[index][-1] = "D:\\lists\\new"
    yield PollutedFile(ESCAPES, "backslashes that escape nothing", file_of(rows), rows)
    rows = paper.table()
    rows[paper.some(rows, 1)[0]][-1] = "C:\\"
    content = text_of(lines_of(rows, ",", quoted))
    yield PollutedFile(ESCAPES, "backslash before the closing quote", content, rows)
    rows = paper.table()
    rows[paper.some(rows, 1)[0]][-1] = 'the "big", one'
    lines = lines_of(rows, ",", lambda value: '"' + value.replace('"', '^"') + '"')
    yield PollutedFile(
        ESCAPES, "caret before quotes", text_of(lines), rows, options={"escape": "^"}
    )
    rows = paper.table()
    rows[paper.some(rows, 1)[0]][-1] = "first\nsecond"
    lines = [line.replace("\n", "\\\n") for line in lines_of(rows, ",", bare)]
    yield PollutedFile(ESCAPES, "backslash before a line end", text_of(lines), rows, is_told=False)
