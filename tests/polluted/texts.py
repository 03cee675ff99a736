"""Files whose encodings or headers are polluted."""

import codecs
from collections.abc import Iterator

from polluted.table import MIDDLE, Paper, PollutedFile, Rows, file_of, lines_of, quoted, text_of

ENCODINGS, HEADERS = "encoding", "header"
_WESTERN = ("M\u00fcller", "Garc\u00eda", "N\u00fa\u00f1ez", "L\u00f6we", "Fran\u00e7ois")
_JAPANESE = ("\u4f50\u85e4", "\u9234\u6728", "\u9ad8\u6a4b", "\u7530\u4e2d", "\u8868")
_RUSSIAN = (
    "\u0418\u0432\u0430\u043d\u043e\u0432",
    "\u041f\u0435\u0442\u0440\u043e\u0432\u0430",
    "\u0421\u043e\u043a\u043e\u043b\u043e\u0432",
)
_POLISH = ("Wo\u017aniak", "D\u0105browski", "\u0141uczak", "Wi\u015bniewska", "G\u00f3rski")


def _named(paper: Paper, names: tuple[str, ...]) -> Rows:
    rows = paper.table()
    for row in rows[1:]:
        row[MIDDLE] = paper.draw.choice(names)
    return rows


def encodings(paper: Paper) -> Iterator[PollutedFile]:
    for name, mark, encoding in (
        ("UTF-8", b"", "utf-8"),
        ("UTF-8 with a mark", codecs.BOM_UTF8, "utf-8"),
        ("UTF-16 LE with a mark", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("UTF-16 BE with a mark", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("UTF-32 LE with a mark", codecs.BOM_UTF32_LE, "utf-32-le"),
    ):
        rows = _named(paper, (*_WESTERN, *_JAPANESE))
        content = mark + file_of(rows).decode().encode(encoding)
        yield PollutedFile(ENCODINGS, name, content, rows)
    rows = _named(paper, _WESTERN)
    content = codecs.BOM_UTF8 + text_of(lines_of(rows, ",", quoted))
    yield PollutedFile(ENCODINGS, "UTF-8 with a mark, quoted header", content, rows)
    rows = _named(paper, _WESTERN)
    yield PollutedFile(ENCODINGS, "UTF-8 with two marks", codecs.BOM_UTF8 * 2 + file_of(rows), rows)
    for name, encoding, names in (
        ("cp1252", "cp1252", _WESTERN),
        ("ISO 8859-1", "latin-1", _WESTERN),
        ("ISO 8859-15", "iso8859-15", _WESTERN),
        ("cp1250", "cp1250", _POLISH),
        ("cp1251", "cp1251", _RUSSIAN),
        ("KOI8-R", "koi8-r", _RUSSIAN),
        ("Mac Roman", "mac-roman", _WESTERN),
        ("cp850", "cp850", _WESTERN),
        ("Shift-JIS", "shift-jis", _JAPANESE),
        ("EUC-JP", "euc-jp", _JAPANESE),
        ("ISO-2022-JP", "iso-2022-jp", _JAPANESE),
        ("GB 18030", "gb18030", _JAPANESE),
        ("Big5", "big5", ("\u738b\u5c0f\u660e", "\u9673", "\u6797", "\u529f\u8a31\u84cb")),
        ("UTF-16 LE without a mark", "utf-16-le", _WESTERN),
        ("UTF-16 BE without a mark", "utf-16-be", _WESTERN),
    ):
        rows = _named(paper, names)
        content = file_of(rows).decode().encode(encoding)
        yield PollutedFile(ENCODINGS, name, content, rows, encoding=encoding)
    yield from _mixed_encodings(paper)


def _mixed_encodings(paper: Paper) -> Iterator[PollutedFile]:
    def some_lines(encoding: str, count: int) -> tuple[Rows, bytes]:
        rows = _named(paper, _WESTERN)
        hit = paper.some(rows, count)
        lines = [f"{line}\n" for line in lines_of(rows)]
        return rows, b"".join(
            line.encode(encoding if at in hit else "utf-8") for at, line in enumerate(lines)
        )

    rows, content = some_lines("cp1252", 2)
    yield PollutedFile(ENCODINGS, "UTF-8, two rows in cp1252", content, rows, is_told=False)
    rows, content = some_lines("cp1252", len(paper.table()) - 4)
    yield PollutedFile(ENCODINGS, "UTF-8, most rows in cp1252", content, rows, is_told=False)
    rows = _named(paper, _WESTERN)
    lines = text_of(lines_of(rows)).split(b"\n")
    [index] = paper.some(rows, 1)
    lines[index] = lines[index].replace(b"@", b"\xff\xfe@")
    yield PollutedFile(ENCODINGS, "bad bytes in an email", b"\n".join(lines), rows, is_told=False)
    rows = _named(paper, _WESTERN)
    lines = text_of(lines_of(rows)).split(b"\n")
    [index] = paper.some(rows, 1)
    rows[index][-1] = "caf\u00e9"
    lines[index] = lines_of([rows[index]])[0].encode()[:-1]
    yield PollutedFile(ENCODINGS, "half a character at a line end", b"\n".join(lines), rows,
                       is_told=False)  # fmt: skip
    rows = _named(paper, _WESTERN)
    twice = file_of(rows).decode("cp1252").encode()
    yield PollutedFile(ENCODINGS, "UTF-8 saved as UTF-8 twice", twice, rows, is_told=False)
    rows = _named(paper, _WESTERN)
    lost = file_of(rows).decode().encode("ascii", "replace").replace(b"?", "\ufffd".encode())
    yield PollutedFile(ENCODINGS, "letters replaced by U+FFFD", lost, rows, is_told=False)
    rows = _named(paper, _WESTERN)
    half = len(rows) // 2
    content = codecs.BOM_UTF8 + file_of(rows[:half]) + codecs.BOM_UTF8 + file_of(rows[half:])
    yield PollutedFile(ENCODINGS, "a mark inside the file", content, rows)
    rows = _named(paper, _WESTERN)
    content = codecs.BOM_UTF16_LE + file_of(rows).decode().encode("utf-16-le") + b"\n"
    yield PollutedFile(ENCODINGS, "UTF-16 and half a character", content, rows, is_told=False)
    rows = paper.table()
    for row in rows[1:]:
        row[MIDDLE] = "Zoe\u0308"
    yield PollutedFile(ENCODINGS, "combining letters", file_of(rows), rows)


def headers(paper: Paper) -> Iterator[PollutedFile]:
    rows = paper.table()
    yield PollutedFile(HEADERS, "none", file_of(rows[1:]), rows, is_told=False)
    for name, above in (
        ("a title above", ["Contacts of the fair"]),
        ("a title with commas above", ["Contacts, fair, 2026"]),
        ("a title and an empty line above", ["Contacts of the fair", ""]),
        ("title and date above, padded", ["Contacts,,,", "2026-11-29,,,", ",,,"]),
        ("five lines above", ["Report", "by: the CRM", "", "filter: all", "sorted: yes"]),
        ("comments above", ["# made by the CRM", "# 2026-11-29"]),
        ("a quoted title above", ['"Contacts, and more"']),
    ):
        rows = paper.table()
        yield PollutedFile(
            HEADERS, name, text_of([*above, *lines_of(rows)]), rows,
            options={"skip_lines": len(above)},
        )  # fmt: skip
    yield from _names(paper)
    yield from _inside_and_below(paper)


def _names(paper: Paper) -> Iterator[PollutedFile]:
    width = len(paper.columns)
    for name, changed, free in (
        ("a name is empty", {width - 1: ""}, {width - 1}),
        ("a name is blank", {width - 1: "   "}, {width - 1}),
        ("an empty name in the middle", {MIDDLE: ""}, {MIDDLE}),
        ("two names are empty", {MIDDLE: "", width - 1: ""}, {MIDDLE, width - 1}),
        ("a name twice", {width - 1: paper.columns[MIDDLE]}, {MIDDLE, width - 1}),
        ("a name twice, in capitals", {width - 1: paper.columns[MIDDLE].upper()},
         {MIDDLE, width - 1}),
        ("phone twice", {width - 1: "phone"}, {0, width - 1}),
        ("spaces around names", {0: " phone ", 1: " email "}, set()),
        ("a name is a number", {width - 1: "2026"}, set()),
        ("capitals", {0: "PHONE", 1: "EMAIL"}, set()),
    ):  # fmt: skip
        rows = paper.table()
        for column, text in changed.items():
            rows[0][column] = text
        yield PollutedFile(
            HEADERS, name, file_of(rows), rows, is_told="twice" not in name,
            free_names=frozenset(free),
        )  # fmt: skip
    rows = paper.table()
    rows[0][-1] = "note\n(free text)"
    yield PollutedFile(HEADERS, "a line break in a name", file_of(rows), rows)
    rows = paper.table()
    rows[0][-1] = "note, or remark"
    yield PollutedFile(HEADERS, "a comma in a name", file_of(rows), rows)
    rows = paper.table()
    lines = lines_of(rows)
    second = ",".join(["(text)"] * width)
    content = text_of([lines[0], second, *lines[1:]])
    yield PollutedFile(HEADERS, "a second line of it", content, rows, may_stay=("(text)",))
    rows = paper.table()
    lines = lines_of(rows)
    lines[0] = lines_of(rows[:1], ";")[0]
    yield PollutedFile(HEADERS, "another delimiter than the rows", text_of(lines), rows,
                       is_told=False)  # fmt: skip
    rows = paper.table()
    lines = lines_of(rows)
    lines[0] = f"#{lines[0]}"
    yield PollutedFile(HEADERS, "# before it", text_of(lines), rows, free_names=frozenset({0}))


def _inside_and_below(paper: Paper) -> Iterator[PollutedFile]:
    rows = paper.table()
    lines = lines_of(rows)
    first, second = paper.some(rows, 2)
    lines[second:second] = [lines[0]]
    lines[first:first] = [lines[0]]
    yield PollutedFile(HEADERS, "repeated inside", text_of(lines), rows)
    rows = paper.table()
    lines = lines_of(rows)
    half = len(rows) // 2
    content = text_of(lines[:half]) + codecs.BOM_UTF8 + text_of([lines[0], *lines[half:]])
    yield PollutedFile(HEADERS, "repeated inside, with a mark", content, rows)
    rows = paper.table()
    lines = lines_of(rows)
    lines[half:half] = [lines_of(rows[:1], ",", quoted)[0]]
    yield PollutedFile(HEADERS, "repeated inside, quoted", text_of(lines), rows)
    width = len(paper.columns)
    for name, below in (
        ("a total below", ["Total: 12"]),
        ("a total below, padded", ["Total: 12" + "," * (width - 1)]),
        ("an empty line and a total below", ["", "Total,12"]),
        ("a long remark below", ["(c) 2026, the CRM, all rights reserved, do not copy"]),
        ("a comment below", ["# end of file"]),
    ):
        rows = paper.table()
        yield PollutedFile(
            HEADERS, name, text_of([*lines_of(rows), *below]), rows,
            may_stay=("Total", "(c)", "#"),
        )  # fmt: skip
    rows = paper.table()
    table = ["", "name;city;zip", "Ann;Rome;00100"]
    yield PollutedFile(HEADERS, "another table below", text_of([*lines_of(rows), *table]), rows,
                       may_stay=("name;", "Ann;"))  # fmt: skip
