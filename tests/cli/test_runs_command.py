"""`runs`, `status` and `compare`, as a person and a program read them."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from rich.cells import cell_len

from cxone_async.cli.difference_table import difference_lines
from cxone_async.cli.run_table import run_table, status_lines
from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.outcome import Outcome
from cxone_async.printable import printable
from cxone_async.runs.difference import (
    ColumnDifference,
    CountDifference,
    Difference,
    ReasonDifference,
)
from cxone_async.runs.found_run import FoundRun, RunState
from cxone_async.source.columns import ColumnUse, InputColumn

HOSTILE = [
    "esc-\x1b[31mred\x1b[0m", "title-\x1b]0;owned\x07", "new\nline", "back\r\x08\x7f",
    "bidi-\u202etxt", "csi-\x9b2J", "tab\tbed", "line\u2028separator", "hyper-\x1b]8;;x\x1b\\",
    os.fsdecode(b"latin-\xe9\xff"),
    "夜間の取り込み" * 6, "e\u0301" * 50, "\U0001f469\u200d\U0001f680" * 10, "n" * 200,
]  # fmt: skip
LEAST_WIDTH = 72
"""A name is cut to eight columns, numbers are not."""
COUNTS = {"total_input": 1_204_000, "successfully_imported": 1_200_000, "failed_after_retries": 12}


def found(name: str, state: RunState = RunState.FINISHED, **more: object) -> FoundRun:
    known: dict[str, object] = {
        "started_at": "2026-11-30T21:03:10Z", "list_id": "90412", "input_name": "leads.csv",
        "exit_code": 3, "counts": COUNTS,
    }  # fmt: skip
    return FoundRun(directory=name, state=state, **(known | more))  # type: ignore[arg-type]


def test_a_table_that_fits_has_one_line_for_each_run() -> None:
    lines = run_table([found("tonight"), found("last")], 120)
    assert lines == [
        "RUN      WHEN (UTC)        LIST   FILE            ROWS   IMPORTED  FAILED  STATE     EXIT",
        "tonight  2026-11-30 21:03  90412  leads.csv  1,204,000  1,200,000      12  finished     3",
        "last     2026-11-30 21:03  90412  leads.csv  1,204,000  1,200,000      12  finished     3",
        "2 directories: 2 finished",
    ]
    assert run_table([found("tonight"), found("last")], None) == lines


def test_where_it_does_not_fit_list_and_file_stand_below_and_a_name_is_whole_somewhere() -> None:
    lines = run_table([found("2026-11-30-nightly"), found("tonight")], 78)
    assert lines == [
        "RUN             WHEN (UTC)             ROWS   IMPORTED  FAILED  STATE     EXIT",
        "2026-11-30-ni…  2026-11-30 21:03  1,204,000  1,200,000      12  finished     3",
        "  2026-11-30-nightly  90412  leads.csv",
        "tonight         2026-11-30 21:03  1,204,000  1,200,000      12  finished     3",
        "  90412  leads.csv",
        "2 directories: 2 finished",
    ]


@pytest.mark.parametrize("width", [80, 60, 120, None])
def test_hostile_and_wide_names_stay_in_their_columns_and_reach_no_terminal(
    width: int | None,
) -> None:
    runs = [
        found(name, trouble=f"{name} is broken " * 3, input_name=name, list_id=name)
        for name in HOSTILE
    ] * 3
    lines = run_table(runs, width)
    for line in lines:
        assert line == printable(line)
        assert width is None or cell_len(line) <= max(width, LEAST_WIDTH)
    assert len({cell_len(line) for line in lines if line.endswith("finished     3")}) <= 1


def test_what_is_not_known_is_not_shown_as_nothing() -> None:
    run = FoundRun(directory="tonight", state=RunState.NO_RUN, trouble="it is empty")
    assert run_table([run], 80) == [
        "RUN      WHEN (UTC)  LIST  FILE  ROWS  IMPORTED  FAILED  STATE   EXIT",
        "tonight                             -         -       -  no run     -",
        "  ! it is empty",
        "1 directory: 1 no run",
    ]
    assert run_table([], 80)[-1] == "0 directories"


def test_a_long_trouble_is_told_to_its_end() -> None:
    run = found("tonight", RunState.BROKEN, trouble="so much is wrong " * 10 + "START AGAIN")
    lines = run_table([run], 60)
    assert any("START AGAIN" in line for line in lines)
    assert max(map(len, lines[2:])) <= 60


def test_the_status_of_a_run_says_all_that_is_known_and_nothing_else() -> None:
    run = found(
        "tonight", RunState.RUNNING, exit_code=None, process=4711, host="vm", command="import",
        submissions=12, sent_to_row=5_500, counts={"successfully_imported": 5_000},
    )  # fmt: skip
    assert status_lines(run, 80) == [
        "RUNNING  a process works on it",
        "      began                 2026-11-30 21:03 UTC",
        "      by                    process 4711 on vm",
        "      command               import",
        "      list                  90412",
        "      file                  leads.csv",
        "      successfully_imported 5,000",
        "      submissions           12",
        "      sent to row           5,500",
    ]
    broken = FoundRun(directory="a", state=RunState.BROKEN, trouble="\x1b[2J")
    assert status_lines(broken, None) == ["BROKEN", r"  ! \x1b[2J"]
    long = FoundRun(directory="a", state=RunState.BROKEN, trouble="see to it " * 20)
    assert max(map(len, status_lines(long, 60))) <= 60


def test_a_comparison_shows_only_what_differs() -> None:
    assert difference_lines(("a", "b\x1b"), Difference((), (), ())) == [
        r"SAME  a and b\x1b agree in counts, reasons and columns"
    ]
    phone = InputColumn("Tel\x1b 電話", ColumnUse.FIELD, "phone")
    lines = difference_lines(
        ("a", "b"),
        Difference(
            (CountDifference("ready", 9, 1_000), CountDifference("invalid", 20, 3)),
            (ReasonDifference(Outcome.INVALID, "phone_missing", 0, 4),),
            (ColumnDifference(phone.name, phone, None), ColumnDifference("", None, phone)),
        ),
    )
    assert lines[:6] == [
        "DIFFERENT  a -> b",
        "counts",
        "      ready     9 -> 1,000  +991",
        "      invalid  20 ->     3   -17",
        "reasons",
        "      invalid phone_missing  0 -> 4  +4",
    ]
    assert lines[7].startswith(r"      Tel\x1b 電話: ")
    assert lines[7].endswith(" -> not there")
    assert lines[8].startswith("      (no name): not there -> ")


@pytest.fixture
def planned(command, tmp_path):
    """Two finished plans in `runs`, made by the command line."""
    csv = tmp_path / "leads.csv"
    csv.write_text(
        "phone,email,first_name,last_name,country\n+12025550101,ada@example.com,Ada,Abbott,US\n"
    )
    assert command("plan", str(csv), "--run-dir", "runs/a").code == 0
    csv.write_text(csv.read_text() + "+12025550102,bo@example.com,Bo,Bell,US\n")
    assert command("plan", str(csv), "--run-dir", "runs/b").code == 0
    return tmp_path / "runs"


def answer(ended):
    assert ended.out.count("\n") == 1
    return json.loads(ended.out)


def test_runs_lists_all_and_ends_with_65_only_for_a_run_that_has_trouble(command, planned):
    (planned / "empty").mkdir()
    ended = command("runs", "runs")
    assert ended.code == 0
    assert "3 directories: 2 planned, 1 no run" in ended.out
    (planned / "b" / "reconciliation.json").write_text("{")
    ended = command("runs", "runs")
    assert ended.code == 65
    assert "! reconciliation.json holds no result that this version can read" in ended.out
    found = answer(command("runs", "runs", "--json"))
    assert (found["command"], found["exit_code"], found["error"]) == ("runs", 65, None)
    assert [one["state"] for one in found["result"]["runs"]] == ["planned", "broken", "no run"]
    assert command("runs", "nowhere").code == 66


def test_names_that_a_terminal_would_act_on_are_written_out(command, planned):
    for name in HOSTILE[:-1]:
        shutil.copytree(planned / "a", planned / name)
    ended = command("runs", "runs")
    assert ended.code == 0
    assert all(line == printable(line) for line in ended.out.splitlines())
    listed = answer(command("runs", "runs", "--json"))["result"]["runs"]
    assert {one["directory"] for one in listed} == {"a", "b", *HOSTILE[:-1]}
    broken = planned / HOSTILE[0]
    (broken / "reconciliation.json").write_text("{")
    ended = command("status", str(broken))
    assert (ended.code, "\x1b" in ended.out) == (65, False)
    assert "\x1b" not in command("compare", str(broken), "runs/a").err


def test_status_tells_of_a_finished_run_and_of_one_that_another_process_holds(command, planned):
    ended = command("status", "runs/b")
    assert ended.code == 0
    assert ended.out.startswith("PLANNED  nothing was sent\n")
    assert "total_input           2" in ended.out
    with RunDirectoryLease.acquire(planned / "b"):
        ended = command("status", "runs/b", "--json")
        assert (ended.code, answer(ended)["result"]["state"]) == (0, "running")
    os.chdir(planned / "b")
    assert answer(command("status", ".", "--json"))["result"]["directory"] == "b"


def test_status_of_what_is_no_run_is_66(command, planned):
    (planned / "empty").mkdir()
    for name, said in (("runs/empty", "it is empty"), ("nowhere", "no such run directory")):
        ended = command("status", name)
        assert (ended.code, said in ended.err) == (66, True)


def test_compare_tells_what_differs(command, planned):
    ended = command("compare", "runs/a", "runs/b")
    assert ended.code == 0
    assert ended.out.splitlines()[:3] == [
        "DIFFERENT  runs/a -> runs/b", "counts", "      total_input  1 -> 2  +1",
    ]  # fmt: skip
    assert command("compare", "runs/a", "runs/a").out.startswith("SAME")
    result = answer(command("compare", "runs/a", "runs/b", "--json"))["result"]
    assert result == {
        "is_same": False,
        "counts": [
            {"key": "total_input", "first": 1, "second": 2},
            {"key": "ready", "first": 1, "second": 2},
        ],
        "reasons": [],
        "columns": [],
    }
    assert command("compare", "runs/a", "nowhere").code == 66


def test_a_thousand_runs_are_listed_without_loading_the_report_or_the_log(planned):
    """What they take is measured by hand; what makes them slow is found here."""
    program = (
        "import sys; from cxone_async.__main__ import main; sys.argv[1:] = ['runs', 'runs']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'structlog', 'jinja2', 'aiohttp', 'numpy'} & sys.modules.keys()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, cwd=planned.parent,
    )  # fmt: skip
    assert ended.stdout.splitlines()[-2:] == ["2 directories: 2 planned", "[]"]


def test_a_run_of_a_newer_version_is_named_with_78_by_compare_and_65_by_status(command, planned):
    with closing(sqlite3.connect(planned / "a" / "journal.db")) as connection, connection:
        connection.execute("CREATE TABLE events (sequence)")
        connection.execute(f"PRAGMA application_id = {0x43584A4C}")
        connection.execute("PRAGMA user_version = 9")
    ended = command("status", "runs/a")
    assert (ended.code, "newer version" in ended.out) == (65, True)
    assert command("compare", "runs/a", "runs/b").code == 78
    assert command("runs", "runs").code == 65


def test_a_place_that_is_a_run_directory_is_told_so(command, planned):
    ended = command("runs", "runs/a")
    assert (ended.code, "is a run directory itself" in ended.err) == (66, True)
