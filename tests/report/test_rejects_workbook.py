"""rejects.xlsx: text in every cell, all of the rows or no workbook, the same bytes each time."""

import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import structlog
from fixtures.workbooks import cells_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxone_async.durable.atomic_file import files_together
from cxone_async.errors import CannotWriteError
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.report.rejected_rows import RejectedRows
from cxone_async.report.rejects_workbook import SheetLimits, write_workbook
from cxone_async.source.scanner import Grammar

OURS = ["_row", "_outcome", "_reason", "_detail"]
AS_TYPED = [
    "+12025550101", "00123", "=1+1", "@SUM(A1)", "1.5e3", "TRUE", "2026-01-02", "#N/A", "'x",
    "http://example.com", "mailto:a@example.com", "_x0041_", "_x000D_", "a & <b>", " x ", "x\ty",
    "É 😀", "100%s", "#", "{=1}", "007", "\u200bx", "a\x01b", "%d",
]  # fmt: skip


def rejected(row: int, raw: bytes, reason: str = "phone_missing") -> RowOutcome:
    return RowOutcome(row, row + 1, Outcome.INVALID, reason, "phone: empty", raw=raw)


def sheet_of(path: Path) -> str:
    return zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()


def written(
    directory: Path, count: int, header: bytes = b"phone", watched: Any = iter, **limits: Any
) -> Path:
    most = SheetLimits(**({"rows": 9, "columns": 9, "xml_bytes": 1 << 20} | limits))
    with (
        RejectedRows(directory, header, "utf-8", Grammar(",")) as rows,
        files_together(directory, ["rejects.xlsx", "last"]) as [file, _],
    ):
        for row in range(1, count + 1):
            rows.add(rejected(row, b"12"), b"12", is_last=False)
        write_workbook(file, rows, watched, most)
    return directory / "rejects.xlsx"


def test_every_cell_is_the_text_that_it_was(run_directory: Path, write_run: Any) -> None:
    write_run([rejected(row, f'"{cell}",x'.encode()) for row, cell in enumerate(AS_TYPED, start=1)])
    names, *rows = cells_of(run_directory / "rejects.xlsx")
    assert names == ["phone", "email", *OURS]
    assert [row[0] for row in rows] == AS_TYPED
    assert {type(cell) for row in rows for cell in row} == {str}
    sheet = sheet_of(run_directory / "rejects.xlsx")
    assert "<f>" not in sheet
    assert set(re.findall(r'<c [^>]* t="(\w+)"', sheet)) == {"s", "inlineStr"}


def test_a_cell_stays_text_when_a_person_types_into_it(run_directory: Path, write_run: Any) -> None:
    write_run([rejected(1, b",x")])
    sheet = sheet_of(run_directory / "rejects.xlsx")
    styles = zipfile.ZipFile(run_directory / "rejects.xlsx").read("xl/styles.xml").decode()
    [cells] = re.findall("<cellXfs.*?</cellXfs>", styles)
    is_text = ['numFmtId="49"' in one for one in re.findall("<xf [^>]*>", cells)]
    used = re.findall(r'<c r="[A-Z]+\d+" s="(\d+)"', sheet) + re.findall(r' style="(\d+)"', sheet)
    assert len(used) >= 12
    assert all(is_text[int(style)] for style in used)
    assert '<c r="A2" s="1"/>' in sheet  # empty, and not an empty text


def test_the_reason_stands_in_a_sentence_beside_its_code(
    run_directory: Path, write_run: Any
) -> None:
    write_run(
        [
            rejected(1, b"12,x", "phone_not_possible"),
            RowOutcome(2, 3, Outcome.FAILED, "tenant_dnc_listed", "a\nb", raw=b"12,x"),
            RowOutcome(3, 4, Outcome.FAILED, "retries_exhausted", raw=b"12,x"),
            RowOutcome(4, 5, Outcome.FAILED, "a_new_code", "said so", raw=b"12,x"),
            RowOutcome(5, 6, Outcome.UNRESOLVED, "no_result", raw=b"12,x"),
        ]
    )
    assert [row[2:] for row in cells_of(run_directory / "rejects.xlsx")[1:]] == [
        ["1", "invalid", "phone_not_possible",
         "The phone is too long or too short for its country, or no number there begins like it. "
         "(phone: empty)"],
        ["2", "failed", "tenant_dnc_listed",
         "The contact is on CXone's do-not-call list. (a⏎b)"],
        ["3", "failed", "retries_exhausted",
         "CXone kept refusing it until the attempts ran out."],
        ["4", "failed", "a_new_code", "(said so)"],
    ]  # fmt: skip


def test_it_is_laid_out_for_a_person(run_directory: Path, write_run: Any) -> None:
    long = b"a" * 30
    write_run([rejected(row, b"1," + long) for row in range(1, 3_001)])
    sheet = sheet_of(run_directory / "rejects.xlsx")
    assert '<dimension ref="A1:F3001"/>' in sheet
    assert '<autoFilter ref="A1:F3001"/>' in sheet
    assert 'ySplit="1"' in sheet
    assert 'numberStoredAsText="1"' in sheet
    widths = [round(float(one)) for one in re.findall(r'<col [^>]*width="([\d.]+)"', sheet)]
    assert widths == [9, 33, 9, 11, 25, 71]
    assert [*map(int, re.findall(r'<row r="(\d+)"', sheet))] == [*range(1, 3_002)]
    assert sheet.count('r="F') == 3_001


def test_the_same_rows_give_the_same_bytes(run_directory: Path, write_run: Any) -> None:
    path = run_directory / "rejects.xlsx"
    ends = [rejected(row, b"12,x") for row in range(1, 40)]
    write_run(ends)
    before = path.read_bytes()
    assert {one.date_time for one in zipfile.ZipFile(path).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"2000-01-01" in zipfile.ZipFile(path).read("docProps/core.xml")
    path.unlink()
    write_run(ends)
    assert path.read_bytes() == before


def test_no_part_is_written_as_zip64(run_directory: Path, write_run: Any) -> None:
    """Excel takes a stream with such parts for damaged."""
    write_run([rejected(1, b"12,x")])
    members = zipfile.ZipFile(run_directory / "rejects.xlsx").infolist()
    assert {one.extract_version for one in members} == {20}


def test_without_rejected_rows_there_is_none_and_an_older_one_goes(
    run_directory: Path, write_run: Any
) -> None:
    write_run([rejected(1, b"x,y")])
    assert (run_directory / "rejects.xlsx").exists()
    write_run([RowOutcome(1, 2, Outcome.UNRESOLVED, "no_result", raw=b"x,y", attempts=1)])
    assert not (run_directory / "rejects.xlsx").exists()


def test_without_the_extra_there_is_none_and_the_log_says_so(
    run_directory: Path, write_run: Any, monkeypatch: Any
) -> None:
    write_run([rejected(1, b"x,y")])
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with structlog.testing.capture_logs() as logged:
        write_run([RowOutcome(1, 2, Outcome.READY)], command="plan")
        assert not logged
        result = write_run([rejected(1, b"x,y"), RowOutcome(2, 3, Outcome.FAILED, raw=b"x,y")])
    (told,) = logged
    assert (told["event"], told["extra"]) == ("extra_missing", "excel")
    assert told["what"] == (
        "rejects.csv has no copy for spreadsheets, rejects.xlsx: pip install 'cxone_async[excel]'"
    )
    assert result.passed
    assert not (run_directory / "rejects.xlsx").exists()


@pytest.mark.parametrize(
    ("count", "limits", "header"),
    [
        (3, {"rows": 3}, b"phone"),
        (1, {"columns": 5}, b"phone,email"),
        (99, {"rows": 999, "xml_bytes": 8_000}, b"phone"),
        (1, {}, b"x" * 40_000),
    ],
)
def test_where_a_sheet_cannot_hold_all_there_is_none_and_the_log_says_so(
    tmp_path: Path, count: int, limits: dict[str, int], header: bytes
) -> None:
    (tmp_path / "rejects.xlsx").write_text("of an older run")
    with structlog.testing.capture_logs() as logged:
        path = written(tmp_path, count, header, **limits)
    assert [one["event"] for one in logged] == ["rejects_workbook_left_out"]
    assert logged[0]["rows"] == count
    assert not path.exists()


@pytest.mark.parametrize(
    ("count", "limits"), [(2, {"rows": 3}), (1, {"columns": 5}), (1, {"xml_bytes": 8_000})]
)
def test_what_a_sheet_can_just_hold_is_in_it(
    tmp_path: Path, count: int, limits: dict[str, Any]
) -> None:
    assert len(cells_of(written(tmp_path, count, **limits))) == count + 1


@pytest.mark.parametrize("size_bytes", [100, 3_000])
def test_a_full_disk_is_an_error_as_for_any_file(
    tmp_path: Path, file_size_limit: Any, size_bytes: int
) -> None:
    raws = [b"%d%d" % (row * 7919, row**5) for row in range(2_000)]
    rows = [rejected(row, raw) for row, raw in enumerate(raws, start=1)]
    with (
        pytest.raises(CannotWriteError, match="File too large"),
        RejectedRows(tmp_path, b"phone", "utf-8", Grammar(",")) as kept,
        files_together(tmp_path, ["rejects.xlsx", "last"]) as [file, _],
        file_size_limit(size_bytes),
    ):
        for one in rows:
            kept.add(one, one.raw, is_last=False)
        write_workbook(file, kept, iter)
    assert not list(tmp_path.iterdir())


def test_the_work_ends_where_it_is_told_to(tmp_path: Path) -> None:
    def watched(rows: Any) -> Any:
        yield next(rows)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        written(tmp_path, 3, watched=watched)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1, max_size=5))
def test_any_text_is_read_back_as_it_was(
    run_directory: Path, write_run: Any, rows: list[list[str]]
) -> None:
    raws = [",".join('"' + cell.replace('"', '""') + '"' for cell in row).encode() for row in rows]
    write_run([rejected(row, raw) for row, raw in enumerate(raws, start=1)])
    held = cells_of(run_directory / "rejects.xlsx")[1:]
    by_number = {row[-4]: row for row in held}
    for number, row in enumerate(rows, start=1):
        found = by_number[str(number)]
        if found[:2] != row:  # its text stands in _record
            assert found[:2] == ["", ""]
            assert re.search("[\0\ufffe\uffff]", "".join(row))
