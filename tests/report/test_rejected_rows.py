"""Rejected rows as cells: those of the reader, or the record's text in a column of its own."""

from pathlib import Path
from typing import Any

import pytest
from fixtures.workbooks import cells_of, text_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from report.test_rejects_read_back import DECLARED, ENCODINGS, NOISE, cut

from cxone_async.outcome import Outcome, Reason, RowOutcome
from cxone_async.source.csv_form import PLAIN_FORM, CsvForm
from cxone_async.source.reject_cells import UNREADABLE

OURS = ["_row", "_outcome", "_reason", "_detail"]


def rejected(row: int, raw: bytes, reason: str = "phone_missing") -> RowOutcome:
    return RowOutcome(row, row + 1, Outcome.INVALID, reason, raw=raw)


def held(directory: Path) -> list[list[object]]:
    """The rows of the workbook without `_outcome` and `_detail`."""
    return [[*row[:-4], row[-4], row[-2]] for row in cells_of(directory / "rejects.xlsx")]


@pytest.mark.parametrize("reason", sorted(UNREADABLE))
def test_what_could_not_be_read_is_a_text_in_a_column_of_its_own(
    run_directory: Path, write_run: Any, reason: str
) -> None:
    write_run(
        [rejected(1, b"2025550101,a@example.com"), rejected(2, b'"a\r\nb",x\0y\xff,"c', reason)]
    )
    assert held(run_directory) == [
        ["phone", "email", "_record", "_row", "_reason"],
        ["2025550101", "a@example.com", "", "1", "phone_missing"],
        ["", "", '"a⏎b",x␀y\ufffd,"c', "2", reason],
    ]


def test_where_all_could_be_read_there_is_no_such_column(
    run_directory: Path, write_run: Any
) -> None:
    write_run([rejected(1, b"1")])
    assert held(run_directory) == [
        ["phone", "email", "_row", "_reason"],
        ["1", "", "1", "phone_missing"],
    ]


def test_the_rows_come_in_the_order_of_rejects_csv(run_directory: Path, write_run: Any) -> None:
    raws = [b"1,x" if row % 3 else b'6" pipe,x' for row in range(3_000)]
    write_run([rejected(row, raw) for row, raw in enumerate(raws, start=1)])
    lines = (run_directory / "rejects.csv").read_text().splitlines()[1:]
    assert [row[2] for row in held(run_directory)[1:]] == [line.split(",")[2] for line in lines]


@pytest.mark.slow
def test_large_records_are_not_gathered_in_memory(run_directory: Path, write_run: Any) -> None:
    raws = [b"%d,%s" % (row, b"x" * 30_000) for row in range(1, 601)]
    write_run([rejected(row, raw) for row, raw in enumerate(raws, start=1)])
    assert [row[:2] for row in held(run_directory)[1:]] == [raw.decode().split(",") for raw in raws]


@pytest.mark.parametrize(
    ("delimiter", "form", "raw"),
    [
        (";", CsvForm(quote="'"), b"'1;2';a \"b\""),
        ("\t", CsvForm(escape="\\"), b'"1;2"\ta \\"b\\"'),
        ("|", PLAIN_FORM, b'"1;2"| "a ""b"""'),
    ],
)
def test_cells_are_read_as_the_input_was(
    run_directory: Path, write_run: Any, delimiter: str, form: CsvForm, raw: bytes
) -> None:
    header = delimiter.join(("phone", "email")).encode()
    write_run([rejected(1, raw)], header=header, delimiter=delimiter, form=form)
    assert held(run_directory)[1] == ["1;2", 'a "b"', "1", "phone_missing"]


def test_cells_are_read_in_the_encoding_of_the_input(run_directory: Path, write_run: Any) -> None:
    header = "phone,Größe".encode("cp1252")
    write_run([rejected(1, "1,José".encode("cp1252"))], header=header, encoding="cp1252")
    assert [row[:2] for row in held(run_directory)] == [["phone", "Größe"], ["1", "José"]]


@pytest.mark.parametrize("sign", ["x", "é", "😀"])
def test_a_cell_that_is_too_long_says_where_its_record_stands(
    run_directory: Path, write_run: Any, sign: str
) -> None:
    most = 2 * 32_767 // len(sign.encode("utf-16-le"))
    fits, too_long = sign * most, sign * (most + 1)
    write_run([rejected(1, f"1,{fits}".encode()), rejected(2, f"2,{too_long}".encode())])
    assert [row[:3] for row in held(run_directory)[1:]] == [
        ["1", fits, ""],
        [
            "",
            "",
            "This record does not fit into a cell. It stands in rejects.csv, where _row is 2.",
        ],
    ]


@pytest.mark.parametrize("raw", ["1,a\ufffeb", "1,a\uffffb", "1,a\udcffb"])
def test_what_no_sheet_can_hold_is_no_cell(run_directory: Path, write_run: Any, raw: str) -> None:
    write_run([rejected(1, raw.encode("utf-8", "surrogatepass"))])
    [row] = held(run_directory)[1:]
    assert row[:2] == ["", ""]
    assert str(row[2]).replace("\ufffd\ufffd", "").startswith("1,a\ufffd")


def test_a_record_that_is_not_one_by_itself_is_a_text(run_directory: Path, write_run: Any) -> None:
    write_run(
        [rejected(1, b'1,"a\nb'), rejected(2, b"2,b"), rejected(3, b"3\n3"), rejected(4, b"")]
    )
    assert sorted(row[:4] for row in held(run_directory)[1:]) == [
        ["", "", "", "4"],
        ["", "", '1,"a⏎b', "1"],
        ["", "", "3⏎3", "3"],
        ["2", "b", "", "2"],
    ]


def test_rejects_of_a_workbook_of_rejects_are_no_longer(
    run_directory: Path, write_run: Any
) -> None:
    header = b"phone,email,_record,_row,_outcome,_reason,_detail"
    write_run(
        [
            rejected(1, b',,"1,""x",8,invalid,unterminated_quote,A quote', "unterminated_quote"),
            rejected(2, b",,only text,9,invalid,too_few_fields,x", "too_few_fields"),
            rejected(3, b"1,x,typed from this,10,invalid,too_many_fields,x"),
            rejected(4, b"1,2,3,4,5", "too_many_fields"),
        ],
        header=header,
    )
    assert held(run_directory) == [
        ["phone", "email", "_record", "_row", "_reason"],
        ["", "", "only text", "2", "too_few_fields"],
        ["1", "x", "typed from this", "3", "phone_missing"],
        ["", "", "1,2,3,4,5", "4", "too_many_fields"],
        ["", "", '1,"x', "1", "unterminated_quote"],
    ]


def test_cells_that_a_person_put_in_the_place_of_ours_are_left_out(
    run_directory: Path, write_run: Any
) -> None:
    header = b"phone,email,_row,_outcome,_reason,_detail"
    write_run([rejected(1, b"1,a,my,own,cells,here")], header=header)
    assert held(run_directory)[1] == ["1", "a", "1", "phone_missing"]


@pytest.mark.slow
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    text=NOISE,
    kind=st.sampled_from(list(ENCODINGS)),
    form=st.sampled_from([PLAIN_FORM, CsvForm(quote="'"), CsvForm(escape="\\")]),
)
@example('phone,email,note\nx"y,"z\n1,2,"3\n4,5,6"\n', "utf-8", PLAIN_FORM)
@example("phone,email,note\n\ufeff\ufeff", "utf-8", PLAIN_FORM)
def test_the_workbook_reads_back_as_the_same_rows_as_the_csv(
    run_directory: Path, write_run: Any, text: str, kind: str, form: CsvForm
) -> None:
    encoding, mark = ENCODINGS[kind]
    content = (mark + text.replace("\ufeff", "" if encoding != "utf-8" else "\ufeff")).encode(
        encoding, "replace"
    )
    declared = DECLARED.get(kind, encoding)
    first = cut(content, declared, form)
    if first is None or not first.ends:
        return
    write_run(first.ends, header=first.header, form=form, encoding=declared)
    by_csv = cut((run_directory / "rejects.csv").read_bytes(), declared, form)
    by_workbook = cut(text_of(run_directory / "rejects.xlsx"), declared, PLAIN_FORM)
    assert by_csv is not None
    assert by_workbook is not None
    width = len(by_csv.header.names)
    assert by_workbook.header.names[width:] in ((), ("_record",))
    assert [one[:width] for one in by_workbook.held] == by_csv.held
    assert [one.reason for one in by_workbook.ends] == [one.reason for one in by_csv.ends]


def test_the_reasons_of_what_cannot_be_read_are_those_that_the_reader_gives() -> None:
    first = Reason.TOO_FEW_FIELDS
    reasons = list(Reason)
    assert reasons[reasons.index(first) : reasons.index(Reason.PHONE_MISSING)] == [
        one for one in reasons if one in UNREADABLE
    ]
