from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.report.reconciliation import (
    CSV_KEYS,
    KEY_OF_OUTCOME,
    OutcomeByRow,
    QuotaFigures,
    Reconciliation,
    RunFacts,
    Tally,
    reconcile,
)

IMPORT_OUTCOMES = [outcome for outcome in Outcome if outcome is not Outcome.READY]


def told_by_all(ends: list[tuple[int, Outcome]], **changes: Any) -> Reconciliation:
    """Reconcile a run whose four counts all come from the same ends, but for `changes`."""
    outcome_by_row, written = OutcomeByRow(), Tally()
    for row, outcome in ends:
        outcome_by_row.account(row, outcome)
    for row, outcome in sorted(ends):
        written.add(RowOutcome(row, row + 1, outcome))
    counts: dict[str, Any] = {
        "run": RunFacts(command="import"),
        "total_input": len(ends),
        "collected": Counter(outcome for _, outcome in ends),
        "segmented": 0,
        "possible_duplicates": 0,
        "outcome_by_row": outcome_by_row,
        "written": written,
        "requests_by_kind": {"poll": 2, "submit": 1},
        "duration_s": 1.0,
    }
    return reconcile(**(counts | changes))


@given(
    st.lists(st.sampled_from(IMPORT_OUTCOMES)).flatmap(
        lambda outcomes: st.permutations(list(enumerate(outcomes, start=1)))
    )
)
def test_any_run_in_which_each_row_has_one_outcome_passes_and_adds_up(
    ends: list[tuple[int, Outcome]],
) -> None:
    result = told_by_all(ends)
    assert result.contradictions == ()
    assert result.data_integrity_check == "PASS"
    assert sum(result.rows(outcome) for outcome in Outcome) == result.total_input == len(ends)


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(IMPORT_OUTCOMES), min_size=1).flatmap(
        lambda outcomes: st.tuples(
            st.just(outcomes), st.integers(1, len(outcomes)), st.sampled_from(IMPORT_OUTCOMES)
        )
    )
)
def test_a_row_with_two_outcomes_fails_even_where_another_has_none_and_the_sums_agree(
    case: tuple[list[Outcome], int, Outcome],
) -> None:
    outcomes, doubled, second = case
    ends = [*enumerate(outcomes, start=1), (doubled, second)]
    result = told_by_all(ends)
    assert result.data_integrity_check == "FAIL"
    text = "\n".join(result.contradictions)
    assert f"1 row(s) have a second outcome: {doubled}" in text
    assert f"1 row(s) have no outcome: {len(ends)}" in text


def test_missing_rows_are_counted_and_the_first_are_named() -> None:
    ends = [(row, Outcome.IMPORTED) for row in range(1, 101) if row % 10]
    result = told_by_all(ends, total_input=100)
    assert "10 row(s) have no outcome: 10, 20, 30, 40, 50 and 5 more" in result.contradictions
    assert "100 rows were read but 90 outcomes were collected" in result.contradictions


def test_rows_missing_beyond_everything_that_was_accounted_are_found() -> None:
    result = told_by_all([(1, Outcome.IMPORTED)], total_input=200_000)
    assert any(
        "199,999 row(s) have no outcome: 2, 3, 4, 5, 6" in one for one in result.contradictions
    )


def test_rows_missing_right_after_a_full_table_are_found() -> None:
    outcome_by_row = OutcomeByRow()
    for row in range(1, 65_536):
        outcome_by_row.account(row, Outcome.IMPORTED)
    assert outcome_by_row.contradictions(65_535) == []
    assert outcome_by_row.contradictions(65_537) == ["2 row(s) have no outcome: 65536, 65537"]


def test_of_many_doubled_or_strange_rows_the_first_are_named() -> None:
    outcome_by_row = OutcomeByRow()
    for row in (*range(1, 10), *range(1, 10), *range(-9, 0)):
        outcome_by_row.account(row, Outcome.IMPORTED)
    assert outcome_by_row.contradictions(9) == [
        "9 row(s) have a second outcome: 1, 2, 3, 4, 5 and 4 more",
        "9 row(s) have an outcome but were never read: -9, -8, -7, -6, -5 and 4 more",
    ]


def test_outcomes_of_rows_that_were_never_read_are_found() -> None:
    rows = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 70_000]
    result = told_by_all([(row, Outcome.INVALID) for row in rows], total_input=1)
    assert "9 row(s) have an outcome but were never read: -1, 0, 2, 3, 4 and 4 more" in (
        result.contradictions
    )


def test_a_run_without_rows_passes() -> None:
    assert told_by_all([]).passed


def test_each_count_that_disagrees_is_named() -> None:
    ends = [(1, Outcome.IMPORTED), (2, Outcome.FAILED)]
    collected = told_by_all(ends, collected={Outcome.IMPORTED: 2})
    assert "imported: 2 collected, 1 counted by row, 1 lines in outcomes.csv" in (
        collected.contradictions
    )
    assert "failed: 0 collected, 1 counted by row, 1 lines in outcomes.csv" in (
        collected.contradictions
    )
    assert not told_by_all(ends, written=Tally()).passed
    assert not told_by_all(ends, outcome_by_row=OutcomeByRow()).passed
    assert told_by_all(ends, segmented=3).contradictions == (
        "segmented: 3 counted, 0 in outcomes.csv",
        "3 rows are in the segment but only 1 were imported",
    )
    assert told_by_all(ends, possible_duplicates=1).contradictions == (
        "possible duplicates: 1 counted, 0 in review.csv",
    )


def test_the_pairs_that_are_shown_and_those_that_are_left_out_are_all_of_them() -> None:
    ends = [(1, Outcome.IMPORTED), (2, Outcome.DUPLICATE)]
    assert told_by_all(ends, possible_duplicates=3, possible_duplicates_left_out=3).passed
    assert told_by_all(
        ends, possible_duplicates=3, possible_duplicates_left_out=1
    ).contradictions == ("possible duplicates: 3 counted, 0 in review.csv and 1 left out",)
    assert told_by_all(ends, duplicates_left_out=1).passed
    assert told_by_all(ends, duplicates_left_out=0).contradictions == (
        "duplicates: 1 counted, 0 in duplicates.csv",
    )


def test_a_file_that_leaves_the_order_of_rows_fails_although_its_counts_are_right() -> None:
    written = Tally()
    for row in (1, 1, 3):  # row 1 twice instead of row 2
        written.add(RowOutcome(row, row + 1, Outcome.IMPORTED))
    ends = [(row, Outcome.IMPORTED) for row in (1, 2, 3)]
    assert told_by_all(ends, written=written).contradictions == (
        "outcomes.csv leaves the order of rows at row 1",
    )


@pytest.mark.parametrize(
    ("command", "outcome"),
    [("import", "ready"), ("plan", "imported"), ("plan", "failed"), ("plan", "unresolved")],
)
def test_an_outcome_that_the_command_cannot_bring_about_fails(command: Any, outcome: str) -> None:
    result = told_by_all([(1, Outcome(outcome))], run=RunFacts(command=command))
    assert result.contradictions == (f"1 row(s) ended {outcome}, impossible in {command}",)


def test_the_key_value_lines_are_the_contract() -> None:
    result = told_by_all(
        [(row, outcome) for row, outcome in enumerate(IMPORT_OUTCOMES, start=1)],
        duration_s=12.34567,
    )
    assert result.csv_lines() == [
        ("total_input", "6"),
        ("fuzzy_deduplicated", "1"),
        ("successfully_imported", "1"),
        ("failed_after_retries", "1"),
        ("data_integrity_check", "PASS"),
        ("invalid", "1"),
        ("suppressed", "1"),
        ("unresolved", "1"),
        ("ready", "0"),
        ("segmented", "0"),
        ("possible_duplicates", "0"),
        ("requests", "3"),
        ("polls", "2"),
        ("duration_s", "12.346"),
    ]
    assert Reconciliation.__struct_fields__[: len(CSV_KEYS)] == CSV_KEYS
    assert set(KEY_OF_OUTCOME) == set(Outcome)


def test_reasons_and_rules_come_largest_first_and_equal_ones_by_name() -> None:
    written = Tally()
    for row, reason in enumerate(["b", "a", "c", "c"], start=1):
        written.add(RowOutcome(row, row, Outcome.INVALID, reason=reason, rule=reason))
    result = told_by_all([], written=written)
    assert [one.reason for one in result.reasons] == ["c", "a", "b"]
    assert list(result.duplicates_by_rule.items()) == [("c", 2), ("a", 1), ("b", 1)]


def test_the_exit_code_follows_from_the_result() -> None:
    done = told_by_all([(1, Outcome.IMPORTED), (2, Outcome.INVALID)])
    assert done.exit_code == 0
    assert told_by_all([(1, Outcome.FAILED)]).exit_code == 3
    assert told_by_all([(1, Outcome.UNRESOLVED)]).exit_code == 3
    in_segment = RunFacts(command="import", segment_id="S")
    assert told_by_all([(1, Outcome.IMPORTED)], run=in_segment).exit_code == 3
    assert told_by_all([(1, Outcome.IMPORTED)], total_input=2).exit_code == 70


def test_a_result_survives_its_json() -> None:
    result = told_by_all(
        [(1, Outcome.IMPORTED), (2, Outcome.FAILED)],
        run=RunFacts(command="import", list_id="L"),
        quota=QuotaFigures(chunks=1, efficiency=0.5),
    )
    assert msgspec.json.decode(msgspec.json.encode(result), type=Reconciliation) == result
