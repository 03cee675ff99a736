"""Files as spreadsheets, exports and people write them: what is a row, and what it holds."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.outcome import Reason
from cxone_async.source.csv_form import CsvForm, Ragged, read_delimiter, read_sign
from cxone_async.source.header import read_header
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import ReadingRules
from cxone_async.source.records import RecordCutter, Records
from cxone_async.source.scanner import FIELD_CAP_BYTES

Cutting = Callable[..., Any]
HEADER = b"phone,email,note\n"
A = b"2025550101,a@example.com,ok\n"
B = b"2025550102,b@example.com,ok\n"
C = b"2025550103,c@example.com,ok\n"


def read(content: bytes, form: CsvForm = CsvForm()) -> Records:  # noqa: B008  a value
    return RecordCutter("utf-8", form).finish(content)


def names_of(content: bytes, form: CsvForm = CsvForm()) -> tuple[str, ...]:  # noqa: B008
    cutter = RecordCutter("utf-8", form)
    cutter.finish(content)
    assert cutter.header is not None
    return cutter.header.names


def refused(records: Records) -> list[tuple[int, Reason]]:
    return [(one.row, one.problem.reason) for one in records.unreadable]


# --- a quote that opens and does not close


@pytest.mark.parametrize(
    "swallowed",
    [
        B + b"2025550104,d@example.com,5'6\"\n",
        b'2025550104,d@example.com,6"\n',
        b'2025550104,,6"\n',
        b',d@example.com,6"\n',
        B + C + b'say "x"\n',
        b'(202) 555-0104 ext 5,,6"\n',
        B + b'",x,y\n',
        b'2025550104,d@example.com,"\n',
        b'2025550104,d@example.com,ok,,\nx"\n',
        HEADER + b'x"\n',
        b"\xef\xbb\xbf" + HEADER + b'x"\n',
    ],
)
def test_a_quote_that_closes_only_after_other_rows_costs_its_own_row(swallowed: bytes) -> None:
    opened = b'2025550100,z@example.com,"nice\n'
    records = read(HEADER + A + opened + swallowed + C)
    assert refused(records)[0] == (2, Reason.UNTERMINATED_QUOTE)
    assert records.unreadable[0].raw == opened[:-1]
    assert records.raws[0] == A[:-1]
    assert records.raws[-1] == C[:-1]
    read_on = [*records.raws, *(one.raw for one in records.unreadable)]
    for line in swallowed.splitlines():
        assert line in read_on or line.removeprefix(b"\xef\xbb\xbf") == HEADER[:-1]


@pytest.mark.parametrize(
    "value",
    [
        b"12 High Street\nLondon, W1, 2AB",
        b"line\nanother, with a comma, twice\nlast",
        b"a\n\nb",
        b"call 202-555-0143,\nthen write to x@example.com, please",
        b"one\n2025550143\nx@example.com",
        b'he said ""yes""\nand left',
    ],
)
def test_a_quoted_field_of_several_lines_without_rows_in_it_is_a_value(value: bytes) -> None:
    row = b'2025550100,z@example.com,"' + value + b'"\n'
    records = read(HEADER + A + row + B)
    assert refused(records) == []
    assert records.fields[1][2] == value.decode().replace('""', '"')


def test_rows_of_many_columns_count_as_rows_without_a_phone_or_an_email() -> None:
    header = b"a;b;c;d\n"
    records = read(header + b'1;"x;y;z\n' + b"2;3;4;5\n" + b'6;7;8;9"\n' + b"1;2;3;4\n")
    assert refused(records) == [(1, Reason.UNTERMINATED_QUOTE)]
    assert [fields[0] for fields in records.fields] == ["2", "6", "1"]


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 7, 64, 70_000])
def test_a_quote_left_open_is_found_across_blocks(cut: Cutting, size: int) -> None:
    filler = b"".join(b"20255501%02d,p%d@example.com,x\n" % (i % 100, i) for i in range(3000))
    content = (
        HEADER
        + A
        + b'2025550100,z@example.com,"nice\n'
        + filler
        + b'2025550100,q@example.com,5"\n'
        + C
    )
    if size < 64:
        content = content[:400] + b'y"\n' + C
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    assert cut(*pieces) == cut(content)
    _, rows, unreadable = cut(*pieces)
    assert unreadable[0].problem.reason is Reason.UNTERMINATED_QUOTE
    assert rows[-1][2] == C[:-1]


@pytest.mark.slow
def test_rows_inside_a_quote_are_found_in_bounded_memory() -> None:
    cutter = RecordCutter("utf-8")
    cutter.feed(HEADER + A + b'2025550100,z@example.com,"open\n')
    rows = 0
    for _ in range(20):
        records = cutter.feed(B * 10_000)
        rows += len(records.rows) + len(records.unreadable)
        assert len(cutter._pending) <= 3 * FIELD_CAP_BYTES
    assert rows + len(cutter.finish().rows) == 200_002


def test_an_open_quote_in_the_header_is_named_as_that() -> None:
    for content in (b'"phone,email\n' + A, b'phone,"email,note\n' + A + b'x"\n' + B):
        with pytest.raises(
            UnreadableInputError, match=r"line 1 should be its header.*opens a quote"
        ):
            read(content)


# --- the delimiter, and what stands above the header


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b'phone,email,"Interests: a|b|c|d"\n1,a@example.com,x|y\n', 3),
        (b"phone;email;note, remark, other\n1;a@example.com;x\n", 3),
        (b"phone;email;note, remark, other\n", 3),
        (b"Name, full;phone;email\nSmith, J;1;a@example.com\nGray;2;b@example.com;;\n", 3),
        (b"phone\n2025550100\n2025550101\n", 1),
        (b"sep=;\nphone;email\n1;a\n", 2),
        (b'"sep=;"\nphone;email\n1;a\n', 2),
        (b"sep=\t\r\nphone\temail\r\n1\ta,b,c\r\n", 2),
        (b"SEP=;\nphone,email\n1,a\n", 2),
        (b",,,\n;;;\nphone,email\n1,a\n", 2),
        (b'"","",""\nphone,email\n1,a\n', 2),
        (b"phone|email|a,b,c\n1|x|y\n", 3),
    ],
)
def test_the_delimiter_fits_header_and_rows_together(content: bytes, names: int) -> None:
    assert len(names_of(content)) == names
    assert refused(read(content)) == []


def test_a_delimiter_that_was_named_is_used() -> None:
    assert names_of(b"a;b;c,d\n", CsvForm(delimiter=",")) == ("a;b;c", "d")
    assert names_of(b"a:b\n1:2\n", CsvForm(delimiter=":")) == ("a", "b")
    assert names_of(b"sep=;\na,b;c\n", CsvForm(delimiter=",")) == ("a", "b;c")


def test_lines_above_the_header_are_skipped_when_that_is_said() -> None:
    content = b'Contacts, 2026\n"made by\n\nphone,email\n2025550100,a@example.com\n'
    cutter = RecordCutter("utf-8", CsvForm(skip_lines=3))
    records = cutter.finish(content)
    assert cutter.header is not None
    assert (cutter.header.names, cutter.header.line) == (("phone", "email"), 4)
    assert list(records.lines) == [5]


@pytest.mark.parametrize(
    ("above", "line"),
    [
        (b"Contacts of today\n", 2),
        (b"Contacts, made on 2026-11-28\n\n", 3),
        (b"Report;;;\nby;the;CRM\n", 3),
    ],
)
def test_the_refusal_says_where_the_header_seems_to_stand(above: bytes, line: int) -> None:
    content = above + b"phone;e-mail;name\n2025550100;a@example.com;Ann\n"
    reader = Reader()
    with pytest.raises(UnreadableInputError, match=rf"on line {line}:.*--skip-lines {line - 1}$"):
        reader.feed(content), reader.finish()
    reader = Reader(ReadingRules(overrides={"phone": "name"}))
    with pytest.raises(UsageError, match=rf"on line {line}:"):
        reader.feed(content), reader.finish()
    reader = Reader(ReadingRules(form=CsvForm(skip_lines=line - 1)))
    reader.feed(content)
    assert list(reader.finish().fields) == [["2025550100", "a@example.com", "Ann"]]


@pytest.mark.parametrize("sign", [":", "^", " ", "/"])
def test_the_refusal_names_a_rare_delimiter(sign: str) -> None:
    content = sign.join(["phone", "email", "name"]) + "\n" + sign.join(["1", "a@x.example", "A"])
    reader = Reader()
    with pytest.raises(UnreadableInputError, match=f"give --delimiter '{re.escape(sign)}'$"):
        reader.feed(content.encode()), reader.finish()
    reader = Reader(ReadingRules(form=CsvForm(delimiter=sign)))
    reader.feed(content.encode())
    assert list(reader.finish().fields) == [["1", "a@x.example", "A"]]


@pytest.mark.parametrize(
    "content",
    ["our phone list\n1,2\n", "phone:email:name\nx\n", "phone:email:name", "a:b:c\n1:2:3\n"],
)
def test_no_delimiter_is_named_that_does_not_fit_header_and_rows(content: str) -> None:
    reader = Reader()
    with pytest.raises(UnreadableInputError) as raised:
        reader.feed(content.encode()), reader.finish()
    assert "--delimiter" not in str(raised.value)
    reader = Reader(ReadingRules(form=CsvForm(delimiter=",")))
    with pytest.raises(UnreadableInputError) as raised:
        reader.feed(b"phone:email:name\n1:2:3\n"), reader.finish()
    assert "--delimiter" not in str(raised.value)


@pytest.mark.parametrize("note", [b'"6\\" pipe"', b'"pipe of 6\\""'])
def test_a_quote_after_a_backslash_is_refused_with_the_flag_for_it(note: bytes) -> None:
    content = HEADER + A + b"2025550100,z@example.com," + note + b"\n" + B + b'1,x@y.example,"z"\n'
    [bad] = read(content).unreadable
    assert bad.problem.detail.endswith("give --escape '\\'")
    assert not read(content, CsvForm(escape="\\")).unreadable
    [bad] = read(content, CsvForm(escape="^")).unreadable
    assert "--escape" not in bad.problem.detail


def test_no_line_is_named_where_none_looks_like_a_header() -> None:
    reader = Reader()
    with pytest.raises(UnreadableInputError) as raised:
        reader.feed(b"city,street\nx,y\nAnn,2025550100\n"), reader.finish()
    assert "--skip-lines" not in str(raised.value)
    reader = Reader(ReadingRules(needed=frozenset({"email"})))
    with pytest.raises(UnreadableInputError) as raised:
        reader.feed(b"phone,street\nphone,email\n"), reader.finish()
    assert "--skip-lines" not in str(raised.value)


@pytest.mark.parametrize(
    "first_line",
    [
        "Anna Berg,2025550123 ext 5",
        "Anna Berg,tel: 202-555-0123",
        "Anna Berg,+49 30 23125 123 (home)",
        "Anna Berg,anna@example.com",
        "Anna Berg,anna[at]example.com",
        "Anna Berg,anna (at) example.com",
        "Anna Berg,202.555.0123x5",
        "Anna Berg,1980-05-12",
    ],
)
def test_a_first_line_that_is_a_contact_is_not_shown(first_line: str) -> None:
    with pytest.raises(UnreadableInputError) as raised:
        read_header(first_line.split(","), {})
    assert "Anna" not in str(raised.value)
    assert "123" not in str(raised.value)


# --- rows of another width


def test_missing_cells_at_the_end_are_empty_and_noted() -> None:
    records = read(HEADER + A + b"2025550100,z@example.com\n" + B)
    assert refused(records) == []
    assert records.fields[1] == ["2025550100", "z@example.com", ""]
    assert records.filled == {2: 2}


def test_empty_cells_after_the_last_column_are_dropped() -> None:
    records = read(b"phone,email\n2025550100,a@example.com,,,\n2025550101,b@example.com\n")
    assert [list(one) for one in records.fields] == [
        ["2025550100", "a@example.com"],
        ["2025550101", "b@example.com"],
    ]
    assert records.filled == {}


@pytest.mark.parametrize("name", [b"Gray, Jr", b"Gray,Jr"])
def test_a_delimiter_in_a_cell_before_an_empty_last_one_is_no_empty_cell_too_many(
    name: bytes,
) -> None:
    rows = A + b"2025550100,z@example.com," + name + b",\n" + B + C
    records = read(b"phone,email,name,note\n" + rows.replace(b",ok", b",Ann,ok"))
    assert refused(records) == [(2, Reason.TOO_MANY_FIELDS)]
    assert list(records.rows) == [1, 3, 4]


def test_rows_with_a_cell_too_many_before_them_do_not_end_in_empty_cells() -> None:
    rows = b"".join(
        b"%d,20255501%02d,p%d@example.com,%s\n" % (i, i, i, b"x" if i % 3 == 0 else b"")
        for i in range(1, 40)
    )
    records = read(HEADER + rows)
    assert len(refused(records)) == 39
    assert not records.rows


PEOPLE = b"phone,email,name,country\n" + b"".join(
    b"20255501%02d,p%d@example.com,N%d,%s\n" % (i, i, i, (b"US", b"GB")[i % 2]) for i in range(9)
)


@pytest.mark.parametrize(
    ("row", "is_read"),
    [
        (b"2025550199,z@example.com,Zoe,US,,", True),
        (b"2025550199,z@example.com,Zoe,us,", True),
        (b"2025550199,z@example.com,,,,", True),
        (b"2025550199,z@example.com,Gray,Jr,", False),
        (b"2025550199,z@example.com,Gray, Jr,,", False),
        (b"2025550199,z@example.com,Zoe,,,", False),  # nobody knows whether Zoe is at home there
        (b",,,,,,", None),
    ],
)
def test_empty_cells_too_many_are_dropped_from_a_row_whose_cells_are_in_their_columns(
    row: bytes, is_read: bool | None
) -> None:
    records = read(PEOPLE + row + b"\n")
    assert refused(records) == ([(10, Reason.TOO_MANY_FIELDS)] if is_read is False else [])
    assert len(records.rows) == 9 + (is_read is True)


def test_a_contact_of_another_kind_is_not_at_home_in_a_column() -> None:
    rows = b"".join(b"N%d,20255501%02d,p%d@example.com\n" % (i, i, i) for i in range(9))
    shifted = b"Gray,Jr,2025550199,\n"
    records = read(b"name,phone,email\n" + rows + shifted + b"Zoe,2025550198,z@example.com,,\n")
    assert refused(records) == [(10, Reason.TOO_MANY_FIELDS)]
    assert len(records.rows) == 10


def test_more_empty_cells_than_the_other_rows_have_are_a_shift() -> None:
    rows = b"".join(b"20255501%02d,p%d@example.com,,\n" % (i, i) for i in range(40))
    records = read(b"phone,email,note\n" + rows + b"2025550199,z@example.com,Gray, Jr,,\n")
    assert refused(records) == [(41, Reason.TOO_MANY_FIELDS)]


def test_of_rejects_a_row_with_cells_too_many_stays_one() -> None:
    records = read(
        b"phone,email,note,_row,_outcome,_reason,_detail\n"
        b"2025550100,z@example.com,Gray,,3,invalid,too_many_fields,4 fields where\n"
        b"2025550101,nowhere,ok,,4,invalid,email_invalid,\n"
    )
    assert refused(records) == [(1, Reason.TOO_MANY_FIELDS)]
    assert list(records.fields) == [["2025550101", "nowhere", "ok"]]


def test_a_column_without_a_name_at_the_end_may_be_missing() -> None:
    records = read(b"phone,email,\n2025550100,a@example.com\n2025550101,b@example.com,\n")
    assert (records.filled, refused(records)) == ({}, [])


def test_with_ragged_reject_every_other_width_is_refused() -> None:
    records = read(HEADER + b"1,2\n1,2,3,\n" + A, CsvForm(ragged=Ragged.REJECT))
    assert refused(records) == [(1, Reason.TOO_FEW_FIELDS), (2, Reason.TOO_MANY_FIELDS)]


def test_the_two_halves_of_a_row_with_a_line_break_in_it_are_refused() -> None:
    header = b"phone,email,name,country\n"
    records = read(header + b"2025550100,a@example.com,Anna\nBerg,DE\n2025550101,b@example.com,B\n")
    assert refused(records) == [(1, Reason.TOO_FEW_FIELDS), (2, Reason.TOO_FEW_FIELDS)]
    assert list(records.rows) == [3]


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_halves_of_a_row_are_found_across_blocks(cut: Cutting, size: int) -> None:
    rows = b"2025550100,a@example.com,Anna\nBerg,DE\n2025550101,b@example.com\n" * 3000
    content = b"phone,email,name,country\n" + (rows if size == 1000 else rows[:2000])
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    assert cut(*pieces) == cut(content)


@pytest.mark.parametrize("column", ["do_not_call", "dnc_flag"])
def test_a_row_whose_do_not_call_flag_is_missing_is_refused(column: str) -> None:
    reader = Reader()
    reader.feed(f"phone,email,{column},note\n".encode())
    reader.feed(b"2025550100,a@example.com\n2025550101,b@example.com,no\n")
    records = reader.finish()
    assert refused(records) == [(1, Reason.TOO_FEW_FIELDS)]
    assert records.unreadable[0].problem.detail == "2 fields where the header has 4"
    assert (list(records.rows), records.filled) == ([2], {2: 3})


# --- joined exports, spaces, escapes, other quotes


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_header_inside_the_file_is_no_row_and_is_counted(mark: bytes) -> None:
    records = read(HEADER + A + mark + HEADER + B + mark + C)
    assert [fields[0] for fields in records.fields] == ["2025550101", "2025550102", "2025550103"]
    assert list(records.rows) == [1, 2, 3]
    assert list(records.lines) == [2, 4, 5]
    assert records.repeated_headers == 1


def test_a_space_before_a_quote_does_not_make_it_a_character() -> None:
    records = read(b'name,country\n "Gray, Jr",US\nAnn,\t "U,S"\n "Bob" Smith,US\n')
    assert [list(one) for one in records.fields] == [
        ["Gray, Jr", "US"],
        ["Ann", "U,S"],
        [' "Bob" Smith', "US"],
    ]


def test_a_space_after_a_closing_quote_is_no_part_of_the_field() -> None:
    records = read(b'"name" ,"country" \n"Gray, Jr"  ,"US"\t\n"x" y,US\n"z",US\n')
    assert [list(one) for one in records.fields] == [["Gray, Jr", "US"], ["z", "US"]]
    assert refused(records) == [(2, Reason.MALFORMED_QUOTE)]


def test_a_space_after_a_quote_that_closes_on_a_later_line_proves_nothing() -> None:
    records = read(b'name,country\n"a\nb" ,US\n')
    assert refused(records) == [(1, Reason.UNTERMINATED_QUOTE)]


def test_a_tab_that_is_the_delimiter_ends_a_field_after_its_closing_quote() -> None:
    assert list(read(b'a\tb\tc\n"x"\t\t"y" \n').fields[0]) == ["x", "", "y"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"'phone','email','name'", '--quote "\'"'),
        (b"`phone`;`email`", "--quote '`'"),
        (b"phone~|~email~|~name", r"stand apart by ~\|~"),
    ],
)
def test_other_signs_around_every_name_are_refused_with_what_they_seem_to_be(
    header: bytes, said: str
) -> None:
    with pytest.raises(UnreadableInputError, match=said):
        read(header + b"\n1,2,3\n")


@pytest.mark.parametrize(
    "header", [b"'phone',email", b"'phone'", b"_phone_,_email", b"phone*,email*,name", b"'','',a"]
)
def test_signs_around_some_names_are_part_of_them(header: bytes) -> None:
    assert names_of(header + b"\n") == tuple(header.decode().split(","))


def test_a_quote_that_was_named_is_believed() -> None:
    form = CsvForm(quote="%")
    assert names_of(b"'phone','email'\n", form) == ("'phone'", "'email'")


def test_an_escape_character_makes_the_next_sign_a_character() -> None:
    form = CsvForm(escape="\\")
    content = b'a,b\n"say \\"hi\\", you",2\nx\\,y,C:\\dir\n"a\\\\",3\n"p""q",4\n\\"x,5\n'
    assert [list(one) for one in read(content, form).fields] == [
        ['say "hi", you', "2"],
        ["x,y", "C:\\dir"],
        ["a\\", "3"],
        ['p"q', "4"],
        ['"x', "5"],
    ]


def test_another_quote_makes_the_usual_one_a_character() -> None:
    content = b"a,b\n'x, \"y\"',2\n\"z,3\n'it''s',4\n"
    assert [list(one) for one in read(content, CsvForm(quote="'")).fields] == [
        ['x, "y"', "2"],
        ['"z', "3"],
        ["it's", "4"],
    ]


LINES_OF_TEXT = [
    "Total: 123", "Page 2 of 7", "Hotline 202-555-0143", "Summe 2025550143", "2025550143",
    "+44 7700 900123", "office@example.com", "Maria", "----------", "(c) 2026", "Seite 2/7",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES_OF_TEXT)
@pytest.mark.parametrize("count", [1, 2, 8])
@pytest.mark.parametrize("below", [A, b""], ids=["between rows", "at the end"])
def test_lines_of_text_are_no_contacts_and_stay_apart_from_the_row_above(
    line: str, count: int, below: bytes
) -> None:
    records = read(HEADER + A * 9 + f"{line}\n".encode() * count + below)
    rows = 10 if below else 9
    assert [list(fields) for fields in records.fields] == [A.decode().strip().split(",")] * rows
    assert [one.problem.reason for one in records.unreadable] == [Reason.TOO_FEW_FIELDS] * count
    assert {one.raw.decode() for one in records.unreadable} == {line}
    assert "or the rest of the row above" in records.unreadable[0].problem.detail


def test_rows_of_a_phone_alone_are_contacts_where_rows_are_such_as_a_rule() -> None:
    content = HEADER + A * 5 + b"2025550143\n" * 4 + b"Total: 123\n"
    assert [one.row for one in read(content).unreadable] == [6, 7, 8, 9, 10]
    records = read(content.replace(A, b"2025550144\n", 1))
    assert [one.row for one in records.unreadable] == [10]
    assert list(records.fields[8]) == ["2025550143", "", ""]


def test_under_two_columns_a_single_cell_is_a_row_that_lacks_one() -> None:
    records = read(b"phone,email\n2025550101,a@example.com\n2025550143\n")
    assert list(records.fields[1]) == ["2025550143", ""]


def test_of_rejects_a_single_cell_stays_what_the_run_said() -> None:
    header = b"phone,email,name,_row,_outcome,_reason,_detail\n"
    records = read(
        header
        + b"abc,5,invalid,phone_unreadable,x\n"
        + b"2025550143,6,invalid,too_few_fields,x\n"
        + b"2025550143,,,6,invalid,too_few_fields,x\n"
    )
    assert [list(fields) for fields in records.fields] == [["abc", "", ""], ["2025550143", "", ""]]
    assert [one.problem.reason for one in records.unreadable] == [Reason.TOO_FEW_FIELDS]


@pytest.mark.parametrize(("given", "meant"), [("tab", "\t"), ("\\t", "\t"), (";", ";"), (" ", " ")])
def test_a_delimiter_may_be_named_in_these_ways(given: str, meant: str) -> None:
    assert read_delimiter(given) == meant


@pytest.mark.parametrize("given", ["", "ab", "a", "1", "\n", "é"])
def test_what_is_no_sign_is_refused_with_what_is(given: str) -> None:
    with pytest.raises(ValueError, match="neither tab nor a space nor one of"):
        read_delimiter(given)
    with pytest.raises(ValueError, match="not one of the characters"):
        read_sign(given)


@pytest.mark.parametrize("form", [CsvForm(), CsvForm(delimiter=","), CsvForm(ragged=Ragged.REJECT)])
def test_rows_wait_for_a_sample_that_says_how_rows_are_written(form: CsvForm) -> None:
    rows = b"phone,email\n1,a\n2,b\n"
    reader = Reader(ReadingRules(form=form))
    assert not reader.feed(rows).rows
    assert list(reader.finish().rows) == [1, 2]


def test_where_nothing_is_to_be_found_out_rows_do_not_wait() -> None:
    rows = b"phone,email\n1,a\n2,b\n"
    reader = Reader(ReadingRules(form=CsvForm(delimiter=",", ragged=Ragged.REJECT)))
    assert list(reader.feed(rows).rows) == [1, 2]


# --- a last row without a line end


@pytest.mark.parametrize("rest", [b"2025550102", b"2025550102,b@example.co", b"2025550102,"])
@pytest.mark.parametrize("cut", [20, 60, 500])
def test_a_last_row_that_is_short_and_has_no_line_end_may_be_cut_off(rest: bytes, cut: int) -> None:
    content = HEADER + A + rest
    cutter = RecordCutter("utf-8", CsvForm())
    read_already = [cutter.feed(content[:cut]), cutter.finish(content[cut:])]
    bad = [one for records in read_already for one in records.unreadable]
    assert [(one.row, one.raw) for one in bad] == [(2, rest)]
    assert "may be cut off" in bad[0].problem.detail or b"," not in rest
    assert sum(len(records.rows) for records in read_already) == 1


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\n"])
def test_a_short_last_row_with_a_line_end_is_filled(end: bytes) -> None:
    assert read(HEADER + A + b"2025550102,b@example.com" + end).filled == {2: 2}


@pytest.mark.parametrize(
    "content",
    [
        HEADER + A + B[:-1],
        HEADER.replace(b"\n", b",,\n") + A + B[:-1],  # no column has a name there
        HEADER + A + b"2025550102,b@example.com,",
    ],
)
def test_a_whole_last_row_without_a_line_end_is_a_row(content: bytes) -> None:
    records = read(content)
    assert (len(records.rows), refused(records)) == (2, [])


def test_among_rejects_a_last_row_without_a_line_end_is_as_the_run_has_said() -> None:
    content = (
        b"phone,email,note,_row,_outcome,_reason,_detail\n"
        b"2025550101,a@example.com,,7,invalid,phone_unreadable,x"
    )
    assert refused(read(content)) == []
