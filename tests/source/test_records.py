"""What is a record, what is wrong with it, and that nothing else suffers from it."""

import csv
import io
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Reason
from cxone_async.source.csv_form import DELIMITERS, PLAIN_FORM, CsvForm
from cxone_async.source.records import RecordCutter, Records
from cxone_async.source.scanner import (
    FIELD_CAP_BYTES,
    LINE_CAP_BYTES,
    RECORD_CAP_BYTES,
    Grammar,
    scan_record,
)
from cxone_async.source.window import Window, find_records

Cutting = Callable[..., Any]
HEADER = b"phone,email,name\n"
GOOD = b"1,a@example.com,Anna\n"


def values(rows: Sequence[Any]) -> list[tuple[str, ...]]:
    return [fields for _, _, _, fields in rows]


def cut_at_once(content: bytes, form: CsvForm = PLAIN_FORM) -> Records:
    return RecordCutter("utf-8", form).finish(content)


def problems(unreadable: Sequence[Any]) -> list[tuple[int, int, Reason]]:
    return [(record.row, record.line, record.problem.reason) for record in unreadable]


# --- line ends, quotes, delimiters


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_line_end_ends_a_record(cut: Cutting, end: bytes) -> None:
    header, rows, unreadable = cut(b"a,b" + end + b"1,2" + end + b"3,4" + end)
    assert header.names == ("a", "b")
    assert rows == [(1, 2, b"1,2", ("1", "2")), (2, 3, b"3,4", ("3", "4"))]
    assert unreadable == []


def test_line_ends_may_be_mixed_and_the_last_may_be_missing(cut: Cutting) -> None:
    _, rows, _ = cut(b"a,b\r\n1,2\r3,4\n5,6")
    assert [(line, raw) for _, line, raw, _ in rows] == [(2, b"1,2"), (3, b"3,4"), (4, b"5,6")]


def test_a_line_end_split_over_two_blocks_counts_once(cut: Cutting) -> None:
    _, rows, _ = cut(b"a,b\r", b"\n1,2\r", b"\n", b"3,4\r", b"5,6")
    assert [(line, fields) for _, line, _, fields in rows] == [
        (2, ("1", "2")),
        (3, ("3", "4")),
        (4, ("5", "6")),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quoted_line_end_does_not_end_the_record_and_is_kept(cut: Cutting, end: str) -> None:
    _, rows, unreadable = cut(f'a,b{end}"x{end}y",2{end}3,4{end}'.encode())
    assert rows == [
        (1, 2, f'"x{end}y",2'.encode(), (f"x{end}y", "2")),
        (2, 4, b"3,4", ("3", "4")),
    ]
    assert unreadable == []


def test_quoted_delimiters_and_doubled_quotes_are_part_of_the_field(cut: Cutting) -> None:
    _, rows, _ = cut(b'a,b\n"x,""y""",""\n')
    assert values(rows) == [('x,"y"', "")]


def test_a_quote_inside_an_unquoted_field_is_a_character(cut: Cutting) -> None:
    _, rows, unreadable = cut(b'a,b\nx"y,z\n6",5"\n"x""y",z"z"z\n')
    assert values(rows) == [('x"y', "z"), ('6"', '5"'), ('x"y', 'z"z"z')]
    assert unreadable == []


def test_blank_lines_are_no_records_but_count_as_lines(cut: Cutting) -> None:
    header, rows, unreadable = cut(b"\n\r\na,b\n\n1,2\n\n\n3,4\n\n")
    assert header.line == 3
    assert [(row, line) for row, line, _, _ in rows] == [(1, 5), (2, 8)]
    assert unreadable == []


@pytest.mark.parametrize("row", [",", ", ", " , \t", '"",""', '" ",', ",,,", "  ", "\u00a0,", '""'])
def test_a_row_of_delimiters_and_blanks_is_no_row_and_is_counted(row: str) -> None:
    records = cut_at_once(f"a,b\n1,2\n{row}\n3,4\n".encode())
    assert [list(fields) for fields in records.fields] == [["1", "2"], ["3", "4"]]
    assert (list(records.rows), list(records.lines)) == ([1, 2], [2, 4])
    assert (records.blank_rows, list(records.unreadable)) == (1, [])


def test_a_row_that_begins_with_blank_cells_is_a_row(cut: Cutting) -> None:
    assert values(cut(b"a,b\n,2\n ,3\n")[1]) == [("", "2"), (" ", "3")]


def test_other_separator_characters_do_not_end_a_line(cut: Cutting) -> None:
    odd = "x\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029y"
    _, rows, unreadable = cut(f"a,b\n{odd},2\n".encode())
    assert values(rows) == [(odd, "2")]
    assert unreadable == []


def test_a_single_byte_encoding_is_read_as_it_is(cut: Cutting) -> None:
    _, rows, unreadable = cut("a,b\nJos\xe9,\u20ac\n".encode("cp1252"), encoding="cp1252")
    assert rows == [(1, 2, b"Jos\xe9,\x80", ("José", "€"))]
    assert unreadable == []


# --- the header


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_is_chosen_by_the_header(cut: Cutting, delimiter: str) -> None:
    header, rows, _ = cut(f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n".encode())
    assert header.delimiter == delimiter
    assert values(rows) == [("1", "2", "3")]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b"Name, full;phone;email", ("Name, full", "phone", "email")),
        (b'"Name, full, with title";phone', ("Name, full, with title", "phone")),
        (b'"a;b;c;d",phone', ("a;b;c;d", "phone")),
        (b"phone", ("phone",)),
        (b"a;b,c", ("a;b", "c")),
        (b'"a\nb"|c', ("a\nb", "c")),
        (b"a,,", ("a", "", "")),
    ],
)
def test_the_delimiter_that_gives_most_columns_outside_quotes_wins(
    cut: Cutting, line: bytes, names: tuple[str, ...]
) -> None:
    header, _, _ = cut(line + b"\n")
    assert header.names == names
    assert header.raw == line


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\r\n\r"])
def test_an_input_without_a_header_is_unreadable(cut: Cutting, content: bytes) -> None:
    with pytest.raises(UnreadableInputError, match="empty"):
        cut(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "--encoding"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "--encoding"),
        (b"p\0h\0o\0n\0e\0\n\0", "NUL"),
        (b'"phone,email\n1,2\n', "not closed"),
        (b'"phone"x\n1\n', "closing quote"),
        (b"x" * (FIELD_CAP_BYTES + 1), "longer than"),
        (b"x" * (LINE_CAP_BYTES + 1) + b"\nphone\n", "longer than"),
    ],
)
def test_a_header_that_cannot_be_read_makes_the_input_unreadable(
    cut: Cutting, content: bytes, told: str
) -> None:
    with pytest.raises(UnreadableInputError, match=told):
        cut(content)


def test_an_endless_first_line_is_refused_before_it_ends() -> None:
    cutter = RecordCutter("utf-8")
    with pytest.raises(UnreadableInputError, match="header"):
        for _ in range(20):
            cutter.feed(b"x" * (LINE_CAP_BYTES // 4))


def test_a_header_alone_is_an_input_without_rows(cut: Cutting) -> None:
    assert cut(b"phone,email")[1:] == ([], [])


# --- problems: that record is unreadable, those after it are read


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'Ann"Gray",2\n', Reason.TOO_FEW_FIELDS),
        (b"1,2,3,4\n", Reason.TOO_MANY_FIELDS),
        (b"1,2,3,,4\n", Reason.TOO_MANY_FIELDS),
        (b"1,An\xe9,3\n", Reason.UNDECODABLE),
        (b"1,An\xe9\n", Reason.UNDECODABLE),
        (b'Ann"Gray, Jr",US\n', Reason.MALFORMED_QUOTE),
        (b'1,Ann"Gray, Jr, Esq"\n', Reason.MALFORMED_QUOTE),
        (b'Ann "Gray, Jr",US\n', Reason.MALFORMED_QUOTE),
        (b'1,x"""y,5"\n', Reason.MALFORMED_QUOTE),
        (b"1,\xed\xa0\x80,3\n", Reason.UNDECODABLE),
        (b"1,\xc3,3\n", Reason.UNDECODABLE),
        (b"1,a\0b,3\n", Reason.NUL_CHARACTER),
        (b'1,"a"b,3\n', Reason.MALFORMED_QUOTE),
        (b'1,"a" b,3\n', Reason.MALFORMED_QUOTE),
        (b'1,"a,"b",3\n', Reason.MALFORMED_QUOTE),
        (b'1,2,"left open\n', Reason.UNTERMINATED_QUOTE),
        (b'"1,2,3\n', Reason.UNTERMINATED_QUOTE),
        (b'1,2,"\n', Reason.UNTERMINATED_QUOTE),
        (b'1,2,"""\n', Reason.UNTERMINATED_QUOTE),
        (b"1,2," + b"x" * (FIELD_CAP_BYTES + 1) + b"\n", Reason.FIELD_TOO_LARGE),
        (b'1,2,"' + b"x" * (FIELD_CAP_BYTES + 1) + b'"\n', Reason.FIELD_TOO_LARGE),
        (b"1,2" + b",x" * LINE_CAP_BYTES + b"\n", Reason.FIELD_TOO_LARGE),
    ],
    ids=lambda value: value if isinstance(value, Reason) else value[:24].decode("latin-1"),
)
@pytest.mark.parametrize("after", [GOOD, b'2,b@example.com,"O\'Brien, Jr"\n' + GOOD])
def test_an_unreadable_row_costs_no_other_row(
    cut: Cutting, line: bytes, reason: Reason, after: bytes
) -> None:
    _, rows, unreadable = cut(HEADER + GOOD + line + after)
    assert problems(unreadable) == [(2, 3, reason)]
    assert unreadable[0].raw == line[:-1][:LINE_CAP_BYTES]
    assert unreadable[0].problem.detail
    count = after.count(b"\n")
    assert [(row, line) for row, line, _, _ in rows] == [
        (1, 2),
        *((3 + i, 4 + i) for i in range(count)),
    ]
    assert b"\n".join(raw for _, _, raw, _ in rows) + b"\n" == GOOD + after


def test_a_detail_names_the_field_and_the_counts_but_no_value(cut: Cutting) -> None:
    _, _, unreadable = cut(HEADER + b'x,secr\xe9t,y\nsecret,y,z,z\nx,y,"secret"z\nx,sec\0ret,y\n')
    assert [record.problem.detail for record in unreadable] == [
        "field 2 holds bytes that are no text in the input's encoding",
        "4 fields where the header has 3",
        "field 3 goes on after its closing quote",
        "field 2 holds a NUL character",
    ]


def test_an_open_quote_that_a_later_quote_closes_takes_one_line_with_it(cut: Cutting) -> None:
    _, rows, unreadable = cut(HEADER + b'1,"open,x\n' + b'2,b,"Smith, J"\n' + GOOD)
    assert problems(unreadable) == [(1, 2, Reason.UNTERMINATED_QUOTE)]
    assert values(rows) == [("2", "b", "Smith, J"), ("1", "a@example.com", "Anna")]


def test_an_unterminated_record_ends_with_the_line_where_the_quote_opened(cut: Cutting) -> None:
    _, rows, unreadable = cut(HEADER + b'1,"two\nlines","open\n' + GOOD)
    assert problems(unreadable) == [(1, 2, Reason.UNTERMINATED_QUOTE)]
    assert unreadable[0].raw == b'1,"two\nlines","open'
    assert [(row, line) for row, line, _, _ in rows] == [(2, 4)]


def test_every_quote_left_open_is_found(cut: Cutting) -> None:
    _, rows, unreadable = cut(HEADER + b'"1,2,3\n' * 5)
    assert problems(unreadable) == [(i, i + 1, Reason.UNTERMINATED_QUOTE) for i in range(1, 6)]
    assert rows == []


def test_a_field_at_the_cap_is_read_and_one_byte_more_is_not(cut: Cutting) -> None:
    at_cap = "é" * (FIELD_CAP_BYTES // 2)
    _, rows, unreadable = cut(f"a,b\n{at_cap},2\n{at_cap}x,2\n".encode())
    assert values(rows) == [(at_cap, "2")]
    assert problems(unreadable) == [(2, 3, Reason.FIELD_TOO_LARGE)]


def test_a_large_field_that_spans_lines_is_read_up_to_the_cap(cut: Cutting) -> None:
    line = b"x" * 1023 + b"\n"
    inside, beyond = line * (FIELD_CAP_BYTES // 1024), line * (FIELD_CAP_BYTES // 1024) + b"y"
    _, rows, unreadable = cut(b'a,b\n"' + inside + b'",2\n3,4\n')
    assert values(rows) == [(inside.decode(), "2"), ("3", "4")]
    assert unreadable == []
    _, rows, unreadable = cut(b'a\n"' + beyond + b'"\n3\n')
    assert problems(unreadable)[0] == (1, 2, Reason.UNTERMINATED_QUOTE)
    assert unreadable[0].raw == b'"' + b"x" * 1023
    assert values(rows)[-1] == ("3",)


@pytest.mark.slow
def test_a_record_over_the_cap_made_of_small_fields_is_too_large(cut: Cutting) -> None:
    field = b'"' + (b"x" * 99 + b"\n") * 1000 + b'"'
    count = RECORD_CAP_BYTES // len(field) + 1
    _, rows, unreadable = cut(b"a\n" + b",".join([field] * count) + b"\n" + b"1\n")
    assert problems(unreadable)[0] == (1, 2, Reason.FIELD_TOO_LARGE)
    assert len(unreadable[0].raw) <= RECORD_CAP_BYTES
    assert values(rows)[-1] == ("1",)


def test_of_an_endless_line_only_the_stated_part_is_kept() -> None:
    cutter = RecordCutter("utf-8")
    cutter.feed(HEADER)
    for _ in range(100):
        cutter.feed(b'"' + b"x" * 500_000)
        assert len(cutter._pending) <= 2 * LINE_CAP_BYTES
    records = cutter.feed(b"\r\n" + GOOD)
    rest = cutter.finish()
    [long_line] = [*records.unreadable, *rest.unreadable]
    assert long_line.problem.reason is Reason.FIELD_TOO_LARGE
    assert len(long_line.raw) == LINE_CAP_BYTES
    assert [*records.lines, *rest.lines] == [3]


@pytest.mark.parametrize("excess", [-1, 0, 1, 2, 3])
def test_a_line_is_overlong_from_one_byte_over_the_cap(cut: Cutting, excess: int) -> None:
    line = b",".join([b"x" * 700_000] * 4)[: LINE_CAP_BYTES + excess]
    _, rows, unreadable = cut(b"phone,email\n", line, b"\r\n1,a@example.com\n")
    assert [(bad.row, bad.raw) for bad in unreadable] == [(1, line[:LINE_CAP_BYTES])]
    assert (unreadable[0].problem.reason is Reason.FIELD_TOO_LARGE) == (excess > 0)
    assert [line for _, line, _, _ in rows] == [3]


def test_an_overlong_line_closes_no_quote(cut: Cutting) -> None:
    overlong = b'x",' + b"y" * LINE_CAP_BYTES
    _, rows, unreadable = cut(b'a,b\n"open,2\n' + overlong + b"\n1,2\n")
    assert problems(unreadable) == [
        (1, 2, Reason.UNTERMINATED_QUOTE),
        (2, 3, Reason.FIELD_TOO_LARGE),
    ]
    assert values(rows) == [("1", "2")]


def test_the_csv_limit_of_the_process_changes_nothing(cut: Cutting) -> None:
    lines = b"x" * 1023 + b"\n"
    data = b'a,b\n"' + lines * 1100 + b'",2\n3,4\n"' + lines * 300 + b'",5\n' + b"y" * 200_000
    expected = cut(data)
    before = csv.field_size_limit()
    try:
        for limit in (10, 1 << 40):
            csv.field_size_limit(limit)
            assert cut(data) == expected
    finally:
        csv.field_size_limit(before)


# --- the result depends on the bytes alone

SOUP = st.lists(
    st.sampled_from(
        [
            b'"',
            b'""',
            b",",
            b";",
            b"\n",
            b"\r",
            b"\r\n",
            b"a",
            b"7",
            b"\xc3\xa9",
            b"\xc3",
            b"\0",
            b" ",
            b'"x"',
            b'"x\ny"',
            b"a,b,c\n",
            b'"open',
            b'\n"a","b","c"\n',
        ]
    ),
    max_size=60,
).map(b"".join)


@pytest.mark.slow
@settings(deadline=None)
@given(SOUP, st.lists(st.integers(0, 400), max_size=12))
@example(b'"a\r', [2, 3])
@example(b'a,"b\n\n"\r\n', [5, 6, 7, 8])
def test_any_cut_into_blocks_gives_the_same_records(
    cut: Cutting, pieces_of: Cutting, soup: bytes, offsets: list[int]
) -> None:
    data = HEADER + soup
    assert cut(*pieces_of(data, offsets)) == cut(data)


@pytest.mark.slow
def test_any_cut_of_large_records_gives_the_same_records(cut: Cutting) -> None:
    lines = b"x" * 999 + b"\n"
    data = b"".join(
        [
            HEADER,
            GOOD,
            b'1,"' + lines * 1100 + GOOD,
            b"z" * (LINE_CAP_BYTES + 7) + b"\r\n",
            b'1,2,"open\n' + b"y" * (LINE_CAP_BYTES + 1) + b"\r",
            b'1,"' + lines * 1000 + b'",3\n',
            b"1,2," + b"w" * LINE_CAP_BYTES + b"\n",
            GOOD,
        ]
    )
    expected = cut(data)
    assert len(expected[1]) == 4  # a line of the open field is a line of text, and no contact
    for size in (70_001, 1_000_003, LINE_CAP_BYTES + 1):
        assert cut(*(data[i : i + size] for i in range(0, len(data), size))) == expected


@pytest.mark.slow
@settings(deadline=None)
@given(SOUP)
def test_every_line_is_part_of_exactly_one_record_or_is_no_row(cut: Cutting, soup: bytes) -> None:
    header, rows, unreadable = cut(HEADER + soup)
    records = sorted(
        [(row, line, raw) for row, line, raw, _ in rows]
        + [(record.row, record.line, record.raw) for record in unreadable]
    )
    assert [row for row, _, _ in records] == list(range(1, len(records) + 1))
    lines = (HEADER + soup).splitlines(keepends=True)
    at = 1

    def is_no_row(line: bytes) -> bool:
        return line.rstrip(b"\r\n") == header.raw or not line.strip(b'\r\n ,"')

    for _, line, raw in records:
        assert all(map(is_no_row, lines[at : line - 1]))
        count = len(raw.splitlines())
        assert b"".join(lines[line - 1 : line - 1 + count]).rstrip(b"\r\n") == raw
        at = line - 1 + count
    assert all(map(is_no_row, lines[at:]))


@settings(deadline=None)
@given(SOUP, st.booleans())
def test_the_fast_way_finds_what_the_careful_scanner_finds(soup: bytes, final: bool) -> None:
    body = soup if final else soup[: soup.rfind(b"\n") + 1]
    window = Window(body, "utf-8")
    found = find_records(window, 0, Grammar(","), final=final)
    start = 0
    for fields, stop in zip(found.fields, found.stops, strict=True):
        if not window.raw[start]:
            assert (fields, stop) == ([], start + 1)
        else:
            scanned = scan_record(window, start, Grammar(","), final=final)
            assert scanned == (stop, fields, found.problems.get(start))
        start = stop
    assert start == found.stop
    if found.stop < len(window.raw):
        assert scan_record(window, found.stop, Grammar(","), final=final) is None
        assert not final


def test_doubled_quotes_are_left_to_the_fast_way() -> None:
    window = Window(b'"Anna";"Firm ""42"""\r\n"""Ann""";"";""\r\n', "utf-8")
    assert window.careful_lines(Grammar(";")) == []


TEXT = st.text(
    st.one_of(st.sampled_from('",;\t|\n\r a\'"'), st.characters(exclude_categories=["Cs"])),
    max_size=8,
).filter(lambda text: "\0" not in text)


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=12),
    st.tuples(
        st.sampled_from(DELIMITERS),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    ),
    st.lists(st.integers(0, 400), max_size=6),
)
def test_well_formed_input_reads_as_the_csv_module_reads_it(
    cut: Cutting, pieces_of: Cutting, table: list[list[str]], form: Any, offsets: list[int]
) -> None:
    delimiter, end, quoting = form
    if quoting == csv.QUOTE_MINIMAL:  # the writer quotes no line end but its own
        foreign = str.maketrans("", "", "".join({"\r", "\n"} - set(end)))
        table = [[value.translate(foreign) for value in fields] for fields in table]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["one", "two", "three"])
    writer.writerows(table)
    _, rows, unreadable = cut(*pieces_of(text.getvalue().encode(), offsets))
    reference = csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter)
    assert unreadable == []
    expected = [tuple(fields) for fields in reference][1:]
    assert expected == [tuple(fields) for fields in table]
    header = ("one", "two", "three")
    assert values(rows) == [
        fields for fields in expected if "".join(fields).strip() and fields != header
    ]


# --- hostile input takes linear time

HOSTILE = {
    "a file of lone quotes": b'"\n',
    "a line of quotes": b'"',
    "pairs that never close": b'a""',
    "an open quote on every line": b'"a,b,c\n',
    "closed and opened again on every line": b'x",y,"z\n',
    "carriage returns": b"\r",
    "line feeds": b"\n",
    "delimiters": b",",
    "three quotes a line": b'z,"""\n',
    "NULs": b"\0",
    "junk after each quote": b'"a"b\n',
    "undecodable": b"\xff\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("opening", [b"", b'"'])
def test_hostile_input_takes_linear_time(cut: Cutting, unit: bytes, opening: bytes) -> None:
    size, block = 100_000, 20_000
    data = HEADER + opening + unit * (size // len(unit))
    began = time.process_time()
    cut(*(data[i : i + block] for i in range(0, len(data), block)))
    # Linear is a fraction of a second; quadratic, with tens of thousands of lines, is minutes.
    assert time.process_time() - began < 15


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 7])
def test_blocks_of_a_few_bytes_take_linear_time(cut: Cutting, size: int) -> None:
    data = HEADER + b'1,"' + b"x\n" * 10_000
    began = time.process_time()
    _, _, unreadable = cut(*(data[i : i + size] for i in range(0, len(data), size)))
    assert problems(unreadable)[0] == (1, 2, Reason.UNTERMINATED_QUOTE)
    assert time.process_time() - began < 15
