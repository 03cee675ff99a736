"""What differs between two finished runs."""

import msgspec
from fixtures.report_states import COLUMNS, result_of

from cxone_async.outcome import Outcome
from cxone_async.runs.difference import (
    ColumnDifference,
    CountDifference,
    ReasonDifference,
    difference,
)
from cxone_async.source.columns import ColumnUse, InputColumn

FIRST = result_of(
    {Outcome.IMPORTED: 90, Outcome.INVALID: 10, Outcome.FAILED: 5},
    {
        (Outcome.INVALID, "phone_missing"): 8,
        (Outcome.INVALID, "nul_character"): 2,
        (Outcome.FAILED, "refused_by_tenant"): 5,
    },
)


def test_a_run_differs_in_nothing_from_itself_whatever_its_duration() -> None:
    found = difference(FIRST, msgspec.structs.replace(FIRST, duration_s=1.0))
    assert found.is_none
    assert (found.counts, found.reasons, found.columns) == ((), (), ())


def test_counts_that_differ_stand_in_the_order_of_the_reconciliation() -> None:
    second = result_of({Outcome.IMPORTED: 100, Outcome.INVALID: 10})
    found = difference(FIRST, second)
    assert not found.is_none
    assert found.counts == (
        CountDifference("total_input", 105, 110),
        CountDifference("successfully_imported", 90, 100),
        CountDifference("failed_after_retries", 5, 0),
        CountDifference("segmented", 90, 100),
    )


def test_the_reason_that_changed_most_comes_first_and_one_that_is_gone_has_no_rows() -> None:
    second = msgspec.structs.replace(
        FIRST,
        reasons=result_of(
            {},
            {
                (Outcome.INVALID, "phone_missing"): 9,
                (Outcome.INVALID, "nul_character"): 2,
                (Outcome.FAILED, "nul_character"): 40,
            },
        ).reasons,
    )
    assert difference(FIRST, second).reasons == (
        ReasonDifference(Outcome.FAILED, "nul_character", 0, 40),
        ReasonDifference(Outcome.FAILED, "refused_by_tenant", 5, 0),
        ReasonDifference(Outcome.INVALID, "phone_missing", 8, 9),
    )


def test_columns_are_compared_by_name_wherever_they_stand() -> None:
    first = msgspec.structs.replace(FIRST, columns=COLUMNS)
    assert difference(first, msgspec.structs.replace(FIRST, columns=COLUMNS[::-1])).is_none
    phone, note = COLUMNS[2], COLUMNS[7]
    read_otherwise = InputColumn("Telefon", ColumnUse.IGNORED)
    new = InputColumn("Telefon 2", ColumnUse.IGNORED)
    columns = (*COLUMNS[:2], read_otherwise, *COLUMNS[3:7], new)
    assert difference(first, msgspec.structs.replace(FIRST, columns=columns)).columns == (
        ColumnDifference("Telefon", phone, read_otherwise),
        ColumnDifference("Bemerkung", note, None),
        ColumnDifference("Telefon 2", None, new),
    )


def test_columns_of_one_name_are_told_apart_by_their_order() -> None:
    once, other = InputColumn("", ColumnUse.IGNORED), InputColumn("", ColumnUse.FIELD, "phone")
    first = msgspec.structs.replace(FIRST, columns=(once, once))
    second = msgspec.structs.replace(FIRST, columns=(once, other, once))
    assert difference(first, second).columns == (
        ColumnDifference("", once, other),
        ColumnDifference("", None, once),
    )
