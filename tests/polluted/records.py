"""Files whose records are polluted: their lengths, their ends, and how many there are."""

from collections.abc import Iterator

from polluted.table import MIDDLE, Paper, PollutedFile, Rows, file_of, lines_of, text_of

LENGTHS, ENDS, SIZES = "record length", "record end", "file size"


def lengths(paper: Paper) -> Iterator[PollutedFile]:
    def cut(rows: Rows, index: int, cells: int) -> Rows:
        """Rows in which one lacks `cells` at its end, written so."""
        rows[index][-cells:] = [""] * cells
        return [row[:-cells] if at == index else row for at, row in enumerate(rows)]

    for cells in (1, 2):
        rows = paper.table()
        content = file_of(cut(rows, paper.some(rows, 1)[0], cells))
        yield PollutedFile(LENGTHS, f"a row lacks {cells} at its end", content, rows)
    rows = paper.table()
    lines = lines_of(rows)
    for index in range(1, len(rows)):
        rows[index][-1] = ""
        lines[index] = ",".join(rows[index][:-1])
    yield PollutedFile(LENGTHS, "every row lacks the last cell", text_of(lines), rows)
    rows = paper.table()
    content = file_of(cut(rows, 1, 1))
    yield PollutedFile(LENGTHS, "the first row lacks a cell", content, rows)
    rows = paper.table()
    content = file_of(cut(rows, len(rows) - 1, 1))
    yield PollutedFile(LENGTHS, "the last row lacks a cell", content, rows)
    for column, name in ((0, "first"), (1, "second"), (MIDDLE, "middle")):
        rows = paper.table()
        lines = lines_of(rows)
        [index] = paper.some(rows, 1)
        lines[index] = ",".join(rows[index][:column] + rows[index][column + 1 :])
        rows[index][column] = ""
        yield PollutedFile(
            LENGTHS, f"a row lacks the {name} cell", text_of(lines), rows, is_told=False
        )
    for what, extra in (("cell", ["extra"]), ("two cells", ["extra", "more"])):
        rows = paper.table()
        lines = lines_of(rows)
        [index] = paper.some(rows, 1)
        lines[index] = ",".join([*rows[index], *extra])
        yield PollutedFile(LENGTHS, f"a row has a {what} more", text_of(lines), rows,
                           is_told=False)  # fmt: skip
    rows = paper.table()
    lines = [lines_of(rows)[0], *(f"{line},{at}" for at, line in enumerate(lines_of(rows[1:])))]
    yield PollutedFile(
        LENGTHS, "every row has a cell more than the header", text_of(lines), rows, is_told=False
    )
    rows = paper.table()
    lines = lines_of(rows)
    lines = [lines[0], *(f"{at},{line}" for at, line in enumerate(lines[1:], 1))]
    yield PollutedFile(
        LENGTHS, "row numbers that the header lacks", text_of(lines), rows, is_told=False
    )
    yield from _delimiters_at_the_end(paper)
    yield from _rows_of_nothing(paper)


def _delimiters_at_the_end(paper: Paper) -> Iterator[PollutedFile]:
    rows = paper.table()
    yield PollutedFile(
        LENGTHS,
        "a delimiter after every line",
        text_of([f"{one}," for one in lines_of(rows)]),
        rows,
    )
    rows = paper.table()
    lines = lines_of(rows)
    content = text_of([lines[0], *(f"{line},,," for line in lines[1:])])
    yield PollutedFile(LENGTHS, "delimiters after every row", content, rows)
    rows = paper.table()
    lines = lines_of(rows)
    content = text_of([f"{lines[0]},", *lines[1:]])
    yield PollutedFile(LENGTHS, "a delimiter after the header", content, rows)
    rows = paper.table()
    for row in rows[1:]:
        row[-1] = "filled"
    lines = lines_of(rows)
    for index in paper.some(rows, 2):
        lines[index] += ",,"
    # A comma in one of the cells and an empty last one would look the same.
    yield PollutedFile(LENGTHS, "delimiters after two rows", text_of(lines), rows, is_told=False)


def _rows_of_nothing(paper: Paper) -> Iterator[PollutedFile]:
    width = len(paper.columns)
    for name, line in (
        ("empty lines", ""),
        ("lines of blanks", "   "),
        ("rows of delimiters", "," * (width - 1)),
        ("rows of delimiters and blanks", " ," * (width - 1)),
        ("rows of empty quotes", ",".join(['""'] * width)),
        ("rows of too few delimiters", ","),
    ):
        rows = paper.table()
        lines = lines_of(rows)
        first, second = paper.some(rows, 2)
        lines[second:second] = [line]
        lines[first:first] = [line, line]
        yield PollutedFile(LENGTHS, name, text_of([*lines, line]), rows)
        rows = paper.table()
        yield PollutedFile(
            LENGTHS, f"{name} above the header", text_of([line, line, *lines_of(rows)]), rows
        )


def ends(paper: Paper) -> Iterator[PollutedFile]:
    for name, end in (("LF", "\n"), ("CRLF", "\r\n"), ("CR", "\r"), ("CR CR LF", "\r\r\n")):
        rows = paper.rich()
        yield PollutedFile(ENDS, name, file_of(rows, end=end), rows)
        rows = paper.rich()
        yield PollutedFile(ENDS, f"{name}, none at the end", file_of(rows, end=end)[:-1].rstrip(),
                           rows)  # fmt: skip
    for name, signs in (("LF and CRLF", ("\n", "\r\n")), ("all three", ("\n", "\r\n", "\r"))):
        rows = paper.rich()
        lines = lines_of(rows)
        mixed = "".join(line + signs[at % len(signs)] for at, line in enumerate(lines))
        yield PollutedFile(ENDS, f"mixed, {name}", mixed.encode(), rows)
    rows = paper.table()
    rows[paper.some(rows, 1)[0]][-1] = "first\nsecond"
    yield PollutedFile(ENDS, "CRLF, and LF inside a cell", file_of(rows, end="\r\n"), rows)
    rows = paper.table()
    rows[paper.some(rows, 1)[0]][-1] = "first\r\nsecond"
    yield PollutedFile(ENDS, "LF, and CRLF inside a cell", file_of(rows), rows)
    rows = paper.table()
    yield PollutedFile(ENDS, "five at the end", file_of(rows) + b"\n\n\n\n", rows)
    for name, sign in (
        ("form feed", "\x0c"), ("vertical tab", "\x0b"), ("file separator", "\x1c"),
        ("next line (U+0085)", "\x85"), ("line separator (U+2028)", "\u2028"),
    ):  # fmt: skip
        rows = paper.table()
        rows[paper.some(rows, 1)[0]][-1] = f"first{sign}second"
        yield PollutedFile(ENDS, f"{name} inside a cell", file_of(rows), rows)
    rows = paper.table()
    rows[paper.some(rows, 1)[0]][-1] = "ca\0ll"
    yield PollutedFile(ENDS, "NUL inside a cell", file_of(rows), rows, is_told=False)
    rows = paper.table()
    yield PollutedFile(ENDS, "NULs behind the last row", file_of(rows) + bytes(16), rows,
                       is_told=False)  # fmt: skip
    rows = paper.table()
    yield PollutedFile(ENDS, "Ctrl-Z behind the last row", file_of(rows) + b"\x1a", rows,
                       may_stay=("\x1a",))  # fmt: skip
    for column, where in ((1, "an email"), (MIDDLE, "a name"), (-1, "the last cell")):
        rows = paper.table()
        lines = lines_of(rows)
        [index] = paper.some(rows, 1)
        rows[index][column] = "Anna\nMaria"
        lines[index] = ",".join(rows[index])
        yield PollutedFile(ENDS, f"inside {where}, unquoted", text_of(lines), rows, is_told=False)
    rows = paper.table()
    lines = lines_of(rows)
    [index] = paper.some(rows, 1)
    lines[index : index + 2] = [lines[index] + lines[index + 1]]
    yield PollutedFile(ENDS, "missing between two rows", text_of(lines), rows, is_told=False)
    rows = paper.table()
    rows[-1][-1] = "filled"
    yield PollutedFile(ENDS, "cut off in the last row", file_of(rows)[:-30], rows, is_told=False)


def sizes(paper: Paper, large_rows: int) -> Iterator[PollutedFile]:
    header = paper.table()[:1]
    yield PollutedFile(SIZES, "empty", b"", [])
    yield PollutedFile(SIZES, "a byte order mark only", b"\xef\xbb\xbf", [])
    yield PollutedFile(SIZES, "empty lines only", b"\n\n\n", [])
    yield PollutedFile(SIZES, "header only", file_of(header), header)
    yield PollutedFile(SIZES, "header only, no line end", file_of(header)[:-1], header)
    for name, end in (("one row", 0), ("one row, no line end", 1)):
        rows = paper.table()[:2]
        content = file_of(rows)
        yield PollutedFile(SIZES, name, content[: len(content) - end], rows)
    rows = [row[:1] for row in paper.table()]
    yield PollutedFile(SIZES, "one column", file_of(rows), rows)
    for name, characters in (("100,000", 100_000), ("1,000,000", 1_000_000)):
        rows = paper.table()
        rows[paper.some(rows, 1)[0]][-1] = "long, " * (characters // 6) + "end"
        yield PollutedFile(SIZES, f"a cell of {name} characters", file_of(rows), rows)
    rows = paper.table()
    more = [f"extra {at}" for at in range(2000)]
    rows = [row + (more if at == 0 else ["x"] * len(more)) for at, row in enumerate(rows)]
    yield PollutedFile(SIZES, "2,000 columns", file_of(rows), rows)
    rows = paper.table(large_rows)
    yield PollutedFile(SIZES, f"{large_rows:,} rows", file_of(rows), rows)
    rows = paper.table(large_rows)
    rows[-2][-1] = 'a late "quote", quoted'
    yield PollutedFile(SIZES, f"the first quote after {large_rows:,} rows", file_of(rows), rows)
    rows = paper.table(large_rows)
    rows[-2][MIDDLE] = "M\u00fcller"
    yield PollutedFile(SIZES, f"the first umlaut after {large_rows:,} rows", file_of(rows), rows)
    rows = paper.table(large_rows)
    lines = lines_of(rows)
    lines[-2] += ",extra"
    yield PollutedFile(SIZES, f"a longer row after {large_rows:,} rows", text_of(lines), rows,
                       is_told=False)  # fmt: skip
