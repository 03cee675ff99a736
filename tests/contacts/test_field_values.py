"""Cells of typed fields: one reading or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.field_values import FieldType, read_value
from cxone_async.outcome import Problem, Reason

NUMBERS = {
    "0": "0",
    "7": "7",
    "-7": "-7",
    "+7": "7",
    "\u22127": "-7",
    "007": "7",
    "-0": "0",
    "-0.00": "0.00",
    "12.50": "12.50",
    "12,50": "12.50",
    "0.125": "0.125",
    "0,125": "0.125",
    ".5": "0.5",
    ",5": "0.5",
    ".125": "0.125",
    "1234.567": "1234.567",
    "1234,567": "1234.567",
    "1.2345": "1.2345",
    "1,234,567": "1234567",
    "1.234.567": "1234567",
    "1,234.5": "1234.5",
    "1.234,5": "1234.5",
    "1,234.567": "1234.567",
    "1 234": "1234",
    "1\u00a0234,50": "1234.50",
    "1\u202f234\u202f567": "1234567",
    "1'234.50": "1234.50",
    "1\u2019234": "1234",
    "1,00,000": "100000",
    "1,00,000.5": "100000.5",
    " 42 ": "42",
    "12345678901234567890": "12345678901234567890",
}
TWO_READINGS = ["1,234", "1.234", "-1,234", "12.345", "999,999", "+1.000"]
NO_NUMBERS = [
    "1,234,56", "12,34,56", "1 23", "1 234'567", "1.", ",", "-", "1e5", "1.5E+3", "$5", "5 €", "5%",
    "(5)", "5-", "--5", "0x10", "nan", "inf", "1,234.567,8", "\u0661", "1_000", "0,123,456", "five",
]  # fmt: skip
DATES = {
    "2026-04-03": "2026-04-03",
    "2026-4-3": "2026-04-03",
    "2026/04/03": "2026-04-03",
    "2026.04.03": "2026-04-03",
    "25.12.2026": "2026-12-25",
    "12/25/2026": "2026-12-25",
    "25-12-2026": "2026-12-25",
    "04/04/2026": "2026-04-04",
    "2024-02-29": "2024-02-29",
    "2000-02-29": "2000-02-29",
    "2026-04-03 00:00:00": "2026-04-03",
    "2026-04-03T00:00": "2026-04-03",
    "2026-04-03 00:00:00.000": "2026-04-03",
    "31.1.2026": "2026-01-31",
    " 2026-04-03 ": "2026-04-03",
}
NO_DATES = [
    "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "0000-01-01",
    "31.04.2026",
    "2026-04-03 10:00:00", "2026-04-03T00:00:00Z", "00:00 2026-04-03", "20260403", "3.4.26",
    "2026-04", "2026-04/03", "3 Apr 2026", "46115", "today", "99/99/2026",
]  # fmt: skip
TWO_DATES = ["03/04/2026", "3.4.2026", "12-01-2026", "01/02/2026"]
BOOLEANS = {
    "true": "true", "TRUE": "true", "Yes": "true", "y": "true", "1": "true", "ja": "true",
    "Oui": "true", "sí": "true", "sim": "true", "tak": "true", "evet": "true", "wahr": "true",
    "false": "false", "No": "false", "n": "false", "0": "false", "nein": "false", "não": "false",
    "nee": "false", "nie": "false", "hay\u0131r": "false", " FALSCH ": "false",
}  # fmt: skip
NO_BOOLEANS = ["x", "2", "-1", "maybe", "1.0", "yes!", "vielleicht", "✓", "ok"]


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        *((FieldType.NUMBER, *one) for one in NUMBERS.items()),
        *((FieldType.DATE, *one) for one in DATES.items()),
        *((FieldType.BOOLEAN, *one) for one in BOOLEANS.items()),
    ],
)
def test_a_cell_with_one_reading_goes_out_in_one_form(kind, cell, value):
    assert read_value("balance", kind, cell) == value


@pytest.mark.parametrize(
    ("kind", "cell", "reason", "said"),
    [
        *((FieldType.NUMBER, one, Reason.FIELD_NOT_NUMBER, "two ways") for one in TWO_READINGS),
        *((FieldType.NUMBER, one, Reason.FIELD_NOT_NUMBER, "not a number") for one in NO_NUMBERS),
        *((FieldType.DATE, one, Reason.FIELD_NOT_DATE, "each other") for one in TWO_DATES),
        *((FieldType.DATE, one, Reason.FIELD_NOT_DATE, "not a date") for one in NO_DATES),
        *((FieldType.BOOLEAN, one, Reason.FIELD_NOT_BOOLEAN, "neither") for one in NO_BOOLEANS),
    ],
)
def test_a_cell_with_two_readings_or_none_is_refused_without_being_quoted(kind, cell, reason, said):
    problem = read_value("balance", kind, cell)
    assert isinstance(problem, Problem)
    assert problem.reason is reason
    assert problem.detail.startswith("balance: ")
    assert said in problem.detail
    assert len(cell) < 5 or cell not in problem.detail


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, max_value=10**9, min_value=0))
def test_what_goes_out_reads_as_itself(number):
    text = f"{number:f}"
    assert read_value("n", FieldType.NUMBER, text) == text
    grouped = f"{number:,.2f}"
    assert read_value("n", FieldType.NUMBER, grouped) == text
    german = grouped.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert read_value("n", FieldType.NUMBER, german) == text


@given(st.dates())
def test_every_iso_date_is_itself(day):
    assert read_value("d", FieldType.DATE, day.isoformat()) == day.isoformat()


@given(st.text(max_size=30), st.sampled_from(FieldType))
def test_no_cell_raises(cell, kind):
    assert read_value("f", kind, cell)
