import csv
import io
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxone_async.commands.report import write_report_again
from cxone_async.durable.checksums import CHECKSUMS
from cxone_async.errors import CannotWriteError, MissingInputError, UnreadableInputError
from cxone_async.outcome import Outcome, Resemblance, RowOutcome
from cxone_async.report.files import (
    FACT_NAMES,
    FILE_NAMES,
    outcome_line,
    read_result,
    write_run_files,
)

AGAIN = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def rejected(row: int, raw: bytes, **more: Any) -> RowOutcome:
    return RowOutcome(row, row + 1, Outcome.INVALID, "phone_missing", raw=raw, **more)


@pytest.mark.parametrize("more", [[], ["rejects.xlsx"]])
def test_a_run_leaves_its_files_for_its_owner_only(
    run_directory: Path, write_run: Any, more: list[str]
) -> None:
    end = RowOutcome(1, 2, Outcome.IMPORTED, contact_id="c", import_id="i", attempts=1)
    write_run([rejected(1, b"x") if more else end])
    assert {path.name for path in run_directory.iterdir()} == {
        *FILE_NAMES,
        CHECKSUMS,
        *more,
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in run_directory.iterdir()} == {0o600}
    assert FILE_NAMES[-1] == "reconciliation.csv"


def test_outcomes_are_written_by_row_with_the_columns_of_the_contract(
    run_directory: Path, write_run: Any
) -> None:
    write_run(
        [
            RowOutcome(4, 5, Outcome.SUPPRESSED, "dnc_flag"),
            RowOutcome(1, 2, Outcome.IMPORTED, contact_id="c-1", import_id="i-1", attempts=2),
            RowOutcome(2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="exact-phone", score=91.666),
            RowOutcome(
                3,
                4,
                Outcome.IMPORTED,
                contact_id="c-3",
                import_id="i-1",
                attempts=1,
                repairs="phone_extension_left_out",
            ),
        ],
        segmented=lambda row: row == 3,
    )
    assert (run_directory / "outcomes.csv").read_bytes() == (
        b"row,line,outcome,reason,duplicate_of,rule,score,contact_id,import_id,attempts,segmented,"
        b"external_id,repairs\n"
        b"1,2,imported,,,,,c-1,i-1,2,no,,\n"
        b"2,3,duplicate,,1,exact-phone,91.67,,,0,,,\n"
        b"3,4,imported,,,,,c-3,i-1,1,yes,,phone_extension_left_out\n"
        b"4,5,suppressed,dnc_flag,,,,,,0,,,\n"
    )


def test_segmented_is_empty_when_no_segment_is_given(run_directory: Path, write_run: Any) -> None:
    write_run([RowOutcome(1, 2, Outcome.IMPORTED, attempts=1)])
    assert b"\n1,2,imported,,,,,,,1,,,\n" in (run_directory / "outcomes.csv").read_bytes()


@pytest.mark.parametrize(
    ("score", "shown"),
    [(None, ""), (0.0, "0"), (100.0, "100"), (87.5, "87.5"), (91.66666, "91.67"), (0.01, "0.01")],
)
def test_a_score_has_at_most_two_decimals(score: float | None, shown: str) -> None:
    line = outcome_line(RowOutcome(1, 2, Outcome.DUPLICATE, score=score), "")
    assert line.split(",")[6] == shown


@given(
    reason=st.text(),
    rule=st.text(),
    contact_id=st.text(),
    import_id=st.text(),
    external_id=st.text(),
)
def test_any_text_is_read_back_by_the_csv_module_and_is_never_a_formula(
    **texts: Any,
) -> None:
    line = outcome_line(RowOutcome(1, 2, Outcome.FAILED, **texts), "")
    (cells,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert len(cells) == 13
    places = (3, "reason"), (5, "rule"), (7, "contact_id"), (8, "import_id"), (11, "external_id")
    for position, name in places:
        formula = texts[name][:1] in set("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  they count too
        assert cells[position] == "'" * formula + texts[name]


def test_review_lists_what_was_kept_and_neutralises_formulas(
    run_directory: Path, write_run: Any
) -> None:
    result = write_run(
        [RowOutcome(1, 2, Outcome.READY), RowOutcome(2, 3, Outcome.READY)],
        resemblances=[Resemblance(2, 1, "=cmd()", 50.0)],
        command="plan",
    )
    header, line = (run_directory / "review.csv").read_text().splitlines()
    assert header.startswith("row,resembles_row,rule,score,decision,group,phone,of_phone,")
    assert line.startswith('2,1,"\'=cmd()",50,,1,')
    assert result.possible_duplicates == 1


def test_rejects_hold_the_original_record_and_four_cells(
    run_directory: Path, write_run: Any
) -> None:
    write_run(
        [
            rejected(1, b'=1+1,"a ""b"", c"', detail='says "no", twice'),
            RowOutcome(2, 3, Outcome.IMPORTED, attempts=1),
            RowOutcome(3, 4, Outcome.FAILED, "tenant_dnc_listed", "X\nY", raw=b" +1 ,@x"),
            RowOutcome(4, 5, Outcome.UNRESOLVED, "no_result", raw=b"1,2", attempts=1),
            RowOutcome(5, 6, Outcome.SUPPRESSED, "dnc_flag"),
        ]
    )
    assert (run_directory / "rejects.csv").read_bytes() == (
        b"phone,email,_row,_outcome,_reason,_detail\n"
        b'=1+1,"a ""b"", c",1,invalid,phone_missing,"says ""no"", twice"\n'
        b" +1 ,@x,3,failed,tenant_dnc_listed,X Y\n"
    )
    assert (run_directory / "unresolved.csv").read_bytes() == (
        b"phone,email,_row,_outcome,_reason,_detail\n1,2,4,unresolved,no_result,\n"
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_our_cells_use_the_delimiter_of_the_input(
    run_directory: Path, write_run: Any, delimiter: str
) -> None:
    header = delimiter.join(["phone", "email"])
    write_run(
        [rejected(1, b"x", detail=f"a{delimiter}b,c")], header=header.encode(), delimiter=delimiter
    )
    with (run_directory / "rejects.csv").open(newline="") as file:
        names, cells = csv.reader(file, delimiter=delimiter, strict=True)
    assert names == ["phone", "email", "_row", "_outcome", "_reason", "_detail"]
    assert cells == ["x", "1", "invalid", "phone_missing", f"a{delimiter}b,c"]


@pytest.mark.slow
@AGAIN
@given(
    raws=st.lists(st.binary(max_size=30) | st.text('",;\n\r\0aé').map(str.encode), max_size=10),
    delimiter=st.sampled_from(",;\t|"),
)
def test_any_bytes_stand_in_rejects_as_they_stood_in_the_input(
    run_directory: Path, write_run: Any, raws: list[bytes], delimiter: str
) -> None:
    write_run([rejected(row, raw) for row, raw in enumerate(raws, start=1)], delimiter=delimiter)
    expected = [
        raw + f",{row},invalid,phone_missing,\n".replace(",", delimiter).encode()
        for row, raw in enumerate(raws, start=1)
    ]
    body = (run_directory / "rejects.csv").read_bytes().split(b"\n", 1)[1]
    unpaired = [one for one in expected if one.count(b'"') % 2]
    assert body == b"".join([one for one in expected if one not in unpaired] + unpaired)


def test_a_record_with_an_unpaired_quote_spoils_none_of_the_others(
    run_directory: Path, write_run: Any
) -> None:
    write_run([rejected(1, b'a,"b'), rejected(2, b"c,d"), rejected(3, b'e,"f\ng"')])
    with (run_directory / "rejects.csv").open(newline="") as file:
        cells = list(csv.reader(file))
    assert [line[:3] for line in cells[1:3]] == [["c", "d", "2"], ["e", "f\ng", "3"]]


@pytest.mark.parametrize(
    "header",
    [
        b"phone,email,_row,_outcome,_reason,_detail",
        b'"phone","email","_row","_outcome","_reason","_detail"',
    ],
)
def test_rejects_that_are_imported_again_get_new_cells_for_the_old(
    run_directory: Path, write_run: Any, header: bytes
) -> None:
    write_run(
        [
            rejected(1, b"1,a,17,invalid,phone_missing,phone: empty"),
            rejected(2, b'2,b,18,failed,retries_exhausted,"x, ""y"""'),
            rejected(3, b'"3","c","19","unresolved","no_result",""'),
            rejected(4, b"4,d,,,,"),
            rejected(5, b"5,e,this,is the,user's,own"),
            rejected(6, b'6,"f,20,invalid,unterminated_quote,field 2'),
            rejected(7, b"7"),
        ],
        header=header,
    )
    assert (run_directory / "rejects.csv").read_bytes().splitlines() == [
        header,
        b"1,a,1,invalid,phone_missing,",
        b"2,b,2,invalid,phone_missing,",
        b'"3","c",3,invalid,phone_missing,',
        b"4,d,4,invalid,phone_missing,",
        b"5,e,this,is the,user's,own,5,invalid,phone_missing,",
        b"7,7,invalid,phone_missing,",
        b'6,"f,6,invalid,phone_missing,',
    ]


def test_reconciliation_csv_has_no_header_line_and_json_holds_the_same(
    run_directory: Path, write_run: Any
) -> None:
    result = write_run([RowOutcome(1, 2, Outcome.IMPORTED, attempts=1), rejected(2, b"x")])
    lines = (run_directory / "reconciliation.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:5] == [
        "total_input,2",
        "fuzzy_deduplicated,0",
        "successfully_imported,1",
        "failed_after_retries,0",
        "data_integrity_check,PASS",
    ]
    assert lines[-3:] == ["requests,6", "polls,3", "duration_s,1.235"]
    totals = msgspec.json.decode((run_directory / "reconciliation.json").read_bytes())
    assert [f"{key},{totals[key]}" for key, _ in result.csv_lines()] == lines
    assert totals["reasons"] == [["invalid", "phone_missing", 1]]
    assert read_result(run_directory) == result


def test_a_row_that_got_two_outcomes_is_written_twice_and_fails_the_check(
    run_directory: Path, write_run: Any
) -> None:
    write_run([rejected(1, b"x"), RowOutcome(1, 2, Outcome.IMPORTED)], total_input=2)
    assert "data_integrity_check,FAIL\n" in (run_directory / "reconciliation.csv").read_text()
    assert (run_directory / "outcomes.csv").read_text().count("\n1,2,") == 2
    assert "do not add up" in (run_directory / "report.html").read_text()


def test_an_error_half_way_leaves_the_files_of_the_run_before(
    run_directory: Path, write_run: Any
) -> None:
    write_run([rejected(1, b"x")])
    before = {path.name: path.read_bytes() for path in run_directory.iterdir()}

    def failing() -> Any:
        yield rejected(1, b'unpaired"')
        yield rejected(2, b"other")
        raise CannotWriteError("the disk went away")

    with pytest.raises(CannotWriteError):
        write_run_files(
            run_directory,
            failing(),
            [],
            [],
            header_raw=b"h",
            delimiter=",",
            segmented=None,
            conclude=lambda _: pytest.fail("must not be reached"),
        )
    assert {path.name: path.read_bytes() for path in run_directory.iterdir()} == before


def test_the_same_run_writes_the_same_bytes(run_directory: Path, write_run: Any) -> None:
    ends = [rejected(row, b"x,%d" % row) for row in range(1, 50)]
    write_run(ends)
    before = {path.name: path.read_bytes() for path in run_directory.iterdir()}
    write_run(list(reversed(ends)))
    assert {path.name: path.read_bytes() for path in run_directory.iterdir()} == before


def test_of_all_files_the_digest_is_known(run_directory: Path, write_run: Any) -> None:
    write_run([rejected(1, b"x"), rejected(2, b'"'), RowOutcome(3, 4, Outcome.DUPLICATE)])
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in run_directory.iterdir()}
    assert found.pop(CHECKSUMS)
    assert write_run.digests == found
    listed = (run_directory / CHECKSUMS).read_text().splitlines()
    assert {tuple(line.split("  ")) for line in listed} == {
        (one, name) for name, one in found.items()
    }
    assert {*FACT_NAMES, "report.html", "rejects.xlsx"} == found.keys()


def test_the_report_can_be_written_again_from_the_json(run_directory: Path, write_run: Any) -> None:
    write_run([rejected(1, b"x")])
    page = (run_directory / "report.html").read_bytes()
    (run_directory / "report.html").unlink()
    assert write_report_again(run_directory).read_bytes() == page


def test_a_report_of_no_finished_run_is_refused(run_directory: Path) -> None:
    with pytest.raises(MissingInputError, match="no finished run"):
        write_report_again(run_directory)
    (run_directory / "reconciliation.json").write_text('{"total_input": "many"}')
    with pytest.raises(UnreadableInputError, match=r"reconciliation\.json"):
        read_result(run_directory)


def test_a_place_without_a_finished_run_is_told_apart_from_no_place_at_all(tmp_path):
    with pytest.raises(MissingInputError, match=r"^no such run directory: .*nowhere$"):
        read_result(tmp_path / "nowhere")
    (tmp_path / "list.csv").touch()
    with pytest.raises(MissingInputError, match=r"^no such run directory: .*list\.csv$"):
        read_result(tmp_path / "list.csv")
    with pytest.raises(MissingInputError, match=r"no finished run in .*json does not exist"):
        read_result(tmp_path)
