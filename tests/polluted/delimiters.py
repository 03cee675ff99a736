"""Files whose delimiters are polluted."""

from collections.abc import Iterator

from polluted.table import MIDDLE, Paper, PollutedFile, bare, file_of, lines_of, text_of

GROUP = "delimiter"
_SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_OTHER_SIGNS = {"colon": ":", "space": " ", "caret": "^", "tilde": "~", "slash": "/"}
_LONG = {"two bars": "||", "two colons": "::", "comma and space": ", ", "tilde bar tilde": "~|~"}
_NOT_ASCII = {"unit separator": "\x1f", "section sign": "\xa7", "full-width comma": "\uff0c"}


def delimiters(paper: Paper) -> Iterator[PollutedFile]:
    for name, sign in _SIGNS.items():
        rows = paper.rich()
        yield PollutedFile(GROUP, name, file_of(rows, sign), rows)
    for name, sign in _OTHER_SIGNS.items():
        rows = paper.table()
        content = file_of(rows, sign)
        yield PollutedFile(GROUP, name, content, rows, options={"delimiter": sign})
    for name, sign in {**_LONG, **_NOT_ASCII}.items():
        rows = paper.table()
        options: dict[str, str | int] = {"delimiter": ":"} if sign == "::" else {}
        content = text_of(lines_of(rows, sign, bare))
        yield PollutedFile(GROUP, name, content, rows, options=options)
    yield from _named_by_a_line(paper)
    yield from _prose_beside(paper)
    yield from _in_single_rows(paper)


def _named_by_a_line(paper: Paper) -> Iterator[PollutedFile]:
    for name, line, sign in (
        ("sep=; above", "sep=;", ";"),
        ("sep=, above, with a mark", "\ufeffsep=,", ","),
        ('"sep=;" quoted', '"sep=;"', ";"),
        ("sep=tab above", "sep=\t", "\t"),
        ("sep=^ above", "sep=^", "^"),
        ("SEP=;;;; padded", "SEP=;;;;", ";"),
    ):
        rows = paper.table()
        yield PollutedFile(GROUP, name, text_of([line, *lines_of(rows, sign)]), rows)


def _prose_beside(paper: Paper) -> Iterator[PollutedFile]:
    rows = paper.table()
    for row in rows[1:]:
        row[-1] = f"pays {paper.draw.randrange(10, 99)},{paper.draw.randrange(10, 99)}"
    yield PollutedFile(GROUP, "semicolon beside decimal commas", file_of(rows, ";"), rows)
    rows = paper.table()
    for row in rows[1:]:
        row[-1] = "tea|milk|bread|eggs|salt|soap|rice"
    yield PollutedFile(GROUP, "comma beside lists with bars", file_of(rows), rows)
    rows = paper.table()
    rows[0][-1] = "note, remark, other"
    yield PollutedFile(
        GROUP, "semicolon, commas in the header", text_of(lines_of(rows, ";", bare)), rows
    )


def _in_single_rows(paper: Paper) -> Iterator[PollutedFile]:
    rows = paper.table()
    lines = lines_of(rows)
    for index in paper.some(rows, 2):
        lines[index] = lines_of([rows[index]], ";")[0]
    yield PollutedFile(GROUP, "semicolons in two rows", text_of(lines), rows, is_told=False)

    rows = paper.table()
    lines = lines_of(rows)
    half = len(lines) // 2
    lines[half:] = lines_of(rows[half:], "\t")
    yield PollutedFile(GROUP, "tabs from the middle on", text_of(lines), rows, is_told=False)

    for position, name in ((1, "first"), (MIDDLE + 1, "middle"), (-1, "last")):
        rows = paper.table()
        lines = lines_of(rows)
        [index] = paper.some(rows, 1)
        row = rows[index]
        lines[index] = ",".join(row[:position]) + ",".join(["", *row[position:]])[1:]
        yield PollutedFile(GROUP, f"one missing, the {name}", text_of(lines), rows, is_told=False)
        rows = paper.table()
        lines = lines_of(rows)
        [index] = paper.some(rows, 1)
        row = rows[index]
        lines[index] = ",".join([*row[:position], "", *row[position:]])
        yield PollutedFile(GROUP, f"one added, the {name}", text_of(lines), rows, is_told=False)

    for note in ("call back", ""):
        what = "before an empty last cell" if not note else "in a name"
        for name, value in (("", "Gray, Jr"), (" without a space", "Gray,Jr")):
            rows = paper.table()
            [index] = paper.some(rows, 1)
            rows[index][MIDDLE], rows[index][-1] = value, note
            content = text_of(lines_of(rows, ",", bare))
            yield PollutedFile(
                GROUP, f"unquoted in a cell {what}{name}", content, rows, is_told=False
            )
