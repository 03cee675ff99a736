from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxone_async.errors import CannotWriteError
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.report.outcome_spool import OutcomeSpool
from cxone_async.report.reconciliation import OutcomeByRow

outcomes = st.builds(
    RowOutcome,
    row=st.integers(1, 200_000),
    line=st.integers(1, 2**40),
    outcome=st.sampled_from(Outcome),
    reason=st.text(max_size=8),
    detail=st.text(max_size=8),
    duplicate_of=st.integers(0, 2**40),
    score=st.none() | st.floats(0, 100),
    contact_id=st.text(max_size=8),
    raw=st.binary(max_size=20),
)


@pytest.mark.slow
@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.lists(outcomes, max_size=20), max_size=20))
def test_what_goes_in_comes_out_by_row_and_equal_rows_in_their_order(
    run_directory: Path, batches: list[list[RowOutcome]]
) -> None:
    with OutcomeSpool(run_directory) as spool:
        for batch in batches:
            spool.append(batch)
        flat = [one for batch in batches for one in batch]
        assert list(spool.in_order()) == sorted(flat, key=lambda one: one.row)


def test_many_rows_in_a_wild_order_come_out_sorted(run_directory: Path) -> None:
    rows = [(7_919 * i) % 100_003 for i in range(1, 100_003)]
    with OutcomeSpool(run_directory) as spool:
        for start in range(0, len(rows), 500):
            spool.append([RowOutcome(row, row, Outcome.READY) for row in rows[start : start + 500]])
        assert [one.row for one in spool.in_order()] == list(range(1, 100_003))
        assert spool.outcome_by_row.contradictions(100_002) == []


def test_the_line_of_each_row_is_kept_as_long_as_all_are_known(run_directory: Path) -> None:
    with OutcomeSpool(run_directory) as spool:
        spool.append([RowOutcome(row, 2 * row, Outcome.READY) for row in (3, 1, 2)])
        assert list(spool.lines) == [0, 2, 4, 6]
        spool.append([RowOutcome(5, 10, Outcome.READY)])  # row 4 is missing
        assert list(spool.lines) == []


def test_large_records_are_kept_and_can_be_read_again(run_directory: Path) -> None:
    raws = {row: bytes([row]) * (3 << 20) for row in range(1, 8)}
    with OutcomeSpool(run_directory) as spool:
        spool.append([RowOutcome(row, row, Outcome.INVALID, raw=raw) for row, raw in raws.items()])
        for _ in range(2):
            assert {one.row: one.raw for one in spool.in_order()} == raws


def test_more_can_be_appended_after_reading(run_directory: Path) -> None:
    with OutcomeSpool(run_directory) as spool:
        spool.append([RowOutcome(2, 3, Outcome.INVALID, raw=b"two")])
        assert [one.raw for one in spool.in_order()] == [b"two"]
        spool.append([RowOutcome(1, 2, Outcome.INVALID, raw=b"one")])
        assert [one.raw for one in spool.in_order()] == [b"one", b"two"]


def test_a_second_outcome_of_a_row_is_yielded_too_and_noted(
    run_directory: Path,
) -> None:
    twice = [RowOutcome(1, 2, Outcome.IMPORTED), RowOutcome(1, 2, Outcome.FAILED)]
    with OutcomeSpool(run_directory) as spool:
        spool.append(twice)
        assert list(spool.in_order()) == twice
        assert spool.outcome_by_row.contradictions(1) == ["1 row(s) have a second outcome: 1"]


def test_nothing_is_left_in_the_directory(run_directory: Path) -> None:
    with OutcomeSpool(run_directory) as spool:
        spool.append([RowOutcome(row, row, Outcome.READY) for row in range(1, 20_000)])
        assert list(run_directory.iterdir()) == []
    assert list(run_directory.iterdir()) == []


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="gone"):
        OutcomeSpool(tmp_path / "gone")


@given(st.lists(st.tuples(st.integers(1, 300), st.sampled_from(Outcome))))
def test_by_row_counts_the_first_outcome_of_each_row(
    ends: list[tuple[int, Outcome]],
) -> None:
    outcome_by_row = OutcomeByRow()
    first: dict[int, Outcome] = {}
    for row, outcome in ends:
        outcome_by_row.account(row, outcome)
        first.setdefault(row, outcome)
    for outcome in Outcome:
        assert outcome_by_row.count(outcome) == sum(one is outcome for one in first.values())
    assert outcome_by_row.doubled == len(ends) - len(first)
