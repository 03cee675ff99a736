from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.country import COUNTRIES, country_byte
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.report.reconciliation import OutcomeByRow, Reconciliation
from cxone_async.report.rows_in_view import MOST_STRETCHES, OfCountry, RowsOfReason


def by_row(outcomes: list[Outcome]) -> OutcomeByRow:
    accounted = OutcomeByRow()
    for row, outcome in enumerate(outcomes, start=1):
        accounted.account(row, outcome)
    return accounted


def test_the_first_five_rows_of_each_reason_are_named(write_run: Any) -> None:
    rows = [RowOutcome(row, row + 1, Outcome.INVALID, "phone_missing") for row in range(1, 8)]
    result: Reconciliation = write_run([*rows, RowOutcome(8, 9, Outcome.SUPPRESSED, "dnc_flag")])
    assert result.rows_of_reasons == (
        RowsOfReason(Outcome.INVALID, "phone_missing", (1, 2, 3, 4, 5)),
        RowsOfReason(Outcome.SUPPRESSED, "dnc_flag", (8,)),
    )
    again = msgspec.json.decode(msgspec.json.encode(result), type=Reconciliation)
    assert again.rows_of_reasons == result.rows_of_reasons


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=400))
def test_every_row_is_in_the_stretch_it_lies_in(outcomes: list[Outcome]) -> None:
    along = by_row(outcomes).along_file(len(outcomes))
    assert along is not None
    for outcome in Outcome:
        own = along.counts.get(outcome, ())
        assert len(own) in (0, -(-len(outcomes) // along.rows_each))
        assert list(own) == [
            outcomes[at : at + along.rows_each].count(outcome)
            for at in range(0, len(outcomes), along.rows_each)
            if own
        ]
        assert len(own) <= MOST_STRETCHES


def test_a_run_without_rows_has_no_stretches() -> None:
    assert by_row([]).along_file(0) is None


def test_rows_are_counted_by_country_the_largest_first() -> None:
    ends = [Outcome.IMPORTED, Outcome.INVALID, Outcome.IMPORTED, Outcome.DUPLICATE]
    bytes_of_rows = bytearray(map(country_byte, ("US", "", "DE", "US")))
    assert by_row(ends).by_country(bytes_of_rows) == (
        OfCountry("US", {Outcome.IMPORTED: 1, Outcome.DUPLICATE: 1}),
        OfCountry("", {Outcome.INVALID: 1}),
        OfCountry("DE", {Outcome.IMPORTED: 1}),
    )


def test_without_a_country_nothing_is_said_of_countries() -> None:
    assert by_row([Outcome.INVALID]).by_country(bytearray(1)) == ()
    assert by_row([Outcome.INVALID]).by_country(bytearray()) == ()


def test_a_row_without_an_outcome_is_of_no_country() -> None:
    assert by_row([Outcome.READY]).by_country(bytearray(map(country_byte, ("US", "US")))) == (
        OfCountry("US", {Outcome.READY: 1}),
    )


def test_every_country_has_a_byte_of_its_own() -> None:
    found = {country_byte(country) for country in COUNTRIES}
    assert found == set(range(1, len(COUNTRIES) + 1))
    assert max(found) < 256
