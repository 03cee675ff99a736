"""What is said first of an import that ended with rows that still wait."""

import pytest

from cxone_async.errors import GuardTrippedError, TenantUnreachableError
from cxone_async.load.counters import RunCounters
from cxone_async.notifications.run_watch import RunWatch
from cxone_async.runs.observers import RunStarted


def watching(directory, command="import", **counted):
    watch = RunWatch(command, lambda: 0.0)
    watch.run_started(
        RunStarted(
            command=command,
            run_directory=str(directory),
            counters=RunCounters(**counted),
            requests_in_last_minute=lambda: 0,
            time_left_s=lambda: None,
        )
    )
    return watch


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        ({}, "NOT FINISHED, rows still wait"),
        ({"rows_read": 9, "imported": 9}, "NOT FINISHED, rows still wait"),
        ({"rows_read": 9, "imported": 99}, "NOT FINISHED, rows still wait"),
        (
            {"rows_read": 3000, "imported": 1000, "invalid": 5, "duplicates": 4, "failed": 1},
            "NOT FINISHED, 1,990 of 3,000 rows read so far still wait",
        ),
        (
            {"rows_read": 30, "suppressed": 5, "unresolved": 4, "input_ended": True},
            "NOT FINISHED, 21 of 30 rows still wait",
        ),
        ({"rows_read": 30, "imported": 30, "input_ended": True}, ""),
        ({"rows_read": 0, "input_ended": True}, ""),
    ],
)
def test_rows_that_wait_are_counted_from_what_was_read(tmp_path, counted, said):
    assert watching(tmp_path, **counted).rows_waiting() == said


def test_nothing_waits_before_the_start_in_a_plan_and_in_a_run_whose_files_are_there(tmp_path):
    assert RunWatch("import", lambda: 0.0).rows_waiting() == ""
    assert watching(tmp_path, "plan", rows_read=9).rows_waiting() == ""
    (tmp_path / "reconciliation.csv").touch()
    assert watching(tmp_path, rows_read=9).rows_waiting() == ""


def test_words_before_an_error_leave_its_reasons_and_its_exit_code():
    for error in (TenantUnreachableError("late"), GuardTrippedError("late", ())):
        code = error.exit_code
        error.begin_with("NOT FINISHED, rows still wait")
        assert (str(error), error.exit_code) == ("NOT FINISHED, rows still wait: late", code)
