"""A file of rejects: which columns are a run's, and what becomes of records without cells."""

import pytest

from cxone_async.source.csv_form import CsvForm, Ragged
from cxone_async.source.records import RecordCutter
from cxone_async.source.reject_cells import UNREADABLE, has_reject_columns, is_only_a_record

OURS = ("_row", "_outcome", "_reason", "_detail")
HEADER = ",".join(("phone", "email", "_record", *OURS))


def ends_of(*lines, header=HEADER, form=None):
    """The cells of each row, or the reason why it has none."""
    cutter = RecordCutter("utf-8", form or CsvForm())
    read = cutter.finish("\n".join((header, *lines, "")).encode())
    cells = zip(read.rows, read.fields, strict=True)
    ends = dict([*cells, *((one.row, one.problem.reason) for one in read.unreadable)])
    return [ends[row] for row in sorted(ends)]


def test_a_file_of_rejects_ends_in_the_four_columns():
    assert has_reject_columns(("phone", *OURS))
    assert has_reject_columns(("phone", "_row ", *OURS[1:]))
    assert not has_reject_columns((*OURS, "phone"))


@pytest.mark.parametrize("reason", sorted(UNREADABLE))
@pytest.mark.parametrize("ragged", list(Ragged))
def test_a_record_without_cells_keeps_its_reason(reason, ragged):
    line = f',,"+12025550101,""a@example.com",7,invalid,{reason},"A sentence, and more"'
    assert ends_of(line, form=CsvForm(ragged=ragged)) == [reason]
    spaces = f' , ,text,7,invalid,{reason},"x"'
    assert ends_of(spaces, spaces) == [reason, reason]


@pytest.mark.parametrize("reason", sorted(UNREADABLE))
def test_once_it_has_a_cell_it_is_read(reason):
    line = f"+12025550101,,+12025550199,7,invalid,{reason},x"
    assert ends_of(line) == [["+12025550101", "", "+12025550199"]]


@pytest.mark.parametrize(
    "line", [",,text,7,invalid,phone_missing,x", ",,text,,,,", ",,text,7,invalid,made_up,x"]
)
def test_without_such_a_reason_it_is_a_row_without_contact(line):
    assert ends_of(line) == [["", "", "text"]]


def test_without_the_column_a_row_of_one_cell_is_a_row():
    header = ",".join(("phone", "note", *OURS))
    assert ends_of(",text,7,invalid,too_few_fields,x", header=header) == [["", "text"]]
    ours_in_a_list = "phone,_record"
    assert ends_of(",text", header=ours_in_a_list) == [["", "text"]]


def test_a_row_without_any_text_is_no_row():
    assert ends_of(",,,7,invalid,too_few_fields,x") == []


def test_only_the_last_cell_counts_as_a_record():
    assert is_only_a_record(["", " ", "x"])
    assert is_only_a_record(["x"])
    assert not is_only_a_record(["", "y", "x"])
    assert not is_only_a_record(["", "", " "])


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_nothing_of_a_file_of_rejects_is_skipped(delimiter, quoted):
    names = ("phone", "email", *OURS)
    header = delimiter.join(f'"{name}"' if quoted else name for name in names)
    row = delimiter.join(("12", "a@example.com", "7", "invalid", "phone_missing", "x"))
    assert (
        ends_of(row, row, header=header, form=CsvForm(skip_lines=2))
        == [["12", "a@example.com"]] * 2
    )
    other = ends_of("", row, header="Title", form=CsvForm(skip_lines=2))
    assert other == []
