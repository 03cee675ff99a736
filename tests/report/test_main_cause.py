"""The one cause that explains most of the rows that did not go in."""

import msgspec
import pytest
from fixtures.report_states import COLUMNS, result_of, run_facts

from cxone_async.outcome import Outcome, Reason
from cxone_async.report.main_cause import FEWEST_ROWS, main_cause
from cxone_async.report.rows_in_view import OfCountry
from cxone_async.source.columns import ColumnUse, InputColumn, InputFormat

IMPORTED, INVALID, FAILED = Outcome.IMPORTED, Outcome.INVALID, Outcome.FAILED


def invalid(reason, rows=100, **named):
    return result_of({IMPORTED: 500, INVALID: rows}, {(INVALID, reason): rows}, **named)


def without(*fields):
    return tuple(one for one in COLUMNS if one.field not in fields)


def test_no_cause_is_told_where_nothing_was_refused():
    assert main_cause(result_of({IMPORTED: 500})) is None


def test_rows_that_were_kept_back_on_purpose_have_no_cause_to_mend():
    assert (
        main_cause(
            result_of({Outcome.SUPPRESSED: 500}, {(Outcome.SUPPRESSED, Reason.DNC_FLAG): 500})
        )
        is None
    )


def test_a_few_rows_are_not_worth_the_telling():
    assert main_cause(invalid(Reason.PHONE_MISSING, FEWEST_ROWS - 1)) is None
    told = main_cause(invalid(Reason.PHONE_MISSING, FEWEST_ROWS))
    assert told is not None
    assert (told.rows, told.to_mend) == (FEWEST_ROWS, FEWEST_ROWS)


@pytest.mark.parametrize(("rows", "is_told"), [(99, False), (100, True)])
def test_a_cause_explains_at_least_half_of_the_rows(rows, is_told):
    result = result_of(
        {INVALID: rows + 60, FAILED: 40},
        {
            (INVALID, Reason.PHONE_MISSING): rows,
            (INVALID, Reason.EMAIL_NOT_VALID): 60,
            (FAILED, Reason.TENANT_INVALID_PHONE): 40,
        },
    )
    assert (main_cause(result) is not None) == is_told


def test_several_reasons_of_a_wrong_delimiter_are_one_cause():
    told = main_cause(
        result_of(
            {INVALID: 150},
            {
                (INVALID, Reason.TOO_FEW_FIELDS): 40,
                (INVALID, Reason.TOO_MANY_FIELDS): 50,
                (INVALID, Reason.PHONE_MISSING): 60,
            },
        )
    )
    assert told is not None
    assert (told.rows, told.to_mend) == (90, 150)
    assert "delimiter or its quotes" in told.what
    assert "(columns separated by ';')" in told.what
    assert told.flag == "--delimiter CHARACTER"


@pytest.mark.parametrize("read", [None, InputFormat("utf-8", ",", sheet="Kunden")])
def test_of_a_workbook_no_delimiter_is_named(read):
    told = main_cause(invalid(Reason.TOO_MANY_FIELDS, input_format=read))
    assert told is not None
    assert "separated by" not in told.what


@pytest.mark.parametrize(
    ("read", "said"), [(InputFormat("cp1252", ";"), "cp1252"), (None, "utf-8")]
)
def test_bytes_that_are_no_text_name_the_encoding_that_was_tried(read, said):
    told = main_cause(invalid(Reason.UNDECODABLE, input_format=read))
    assert told is not None
    assert (told.what, told.flag) == (f"The file is not written in {said}.", "--encoding NAME")


def test_a_field_without_a_column_names_those_that_are_not_used():
    told = main_cause(invalid(Reason.LAST_NAME_MISSING, columns=without("last_name")))
    assert told is not None
    assert told.what == "No column of the file was read as last name."
    assert told.mend == "Name the column that holds it; not used are “Bemerkung”."
    assert told.flag == "--map last_name=COLUMN"


def test_of_many_columns_that_are_not_used_some_are_named():
    used = tuple(one for one in without("phone") if one.used_as is not ColumnUse.IGNORED)
    more = tuple(InputColumn(f"c{number}", ColumnUse.IGNORED) for number in range(9))
    told = main_cause(invalid(Reason.PHONE_MISSING, columns=used + more))
    assert told is not None
    assert told.mend.endswith("not used are “c0”, “c1”, “c2”, “c3”, “c4”, “c5” and others.")
    told = main_cause(invalid(Reason.PHONE_MISSING, columns=used))
    assert told is not None
    assert told.mend == "Name the column that holds it."


def test_numbers_without_a_country_name_the_country_they_were_read_for():
    told = main_cause(invalid(Reason.PHONE_NOT_VALID, columns=without("country")))
    assert told is not None
    assert "were read as numbers of DE" in told.what
    assert told.flag == "--default-country COUNTRY"


@pytest.mark.parametrize(
    "named",
    [
        {"columns": COLUMNS},
        {"columns": without("country"), "run": run_facts(settings={})},
    ],
)
def test_numbers_with_a_country_name_their_column(named):
    told = main_cause(invalid(Reason.PHONE_NOT_VALID, **named))
    assert told is not None
    assert told.what.endswith("It was read from the column “Telefon”.")
    assert told.flag == "--map phone=COLUMN"


def test_numbers_that_are_missing_are_not_put_down_to_the_country():
    told = main_cause(invalid(Reason.PHONE_MISSING, columns=without("country")))
    assert told is not None
    assert told.flag == "--map phone=COLUMN"


def test_a_column_without_a_name_is_called_by_its_number():
    columns = (InputColumn("", ColumnUse.FIELD, "email"),)
    told = main_cause(invalid(Reason.EMAIL_NOT_VALID, columns=columns))
    assert told is not None
    assert "from the column “column 1”" in told.what


def test_a_custom_field_is_not_mapped_like_a_field():
    told = main_cause(invalid(Reason.EXTERNAL_ID_REPEATED))
    assert told is not None
    assert told.flag == ""


COUNTRIES = (
    OfCountry("DE", {IMPORTED: 500}),
    OfCountry("FR", {INVALID: 80}),
    OfCountry("BE", {INVALID: 15}),
    OfCountry("", {INVALID: 5}),
)


def test_countries_that_the_campaign_does_not_call_are_named():
    told = main_cause(invalid(Reason.COUNTRY_NOT_ALLOWED, by_country=COUNTRIES))
    assert told is not None
    assert told.what == (
        "The campaign does not call that country. It calls AT, CH, DE. "
        "The rows that were refused are mostly of FR, BE."
    )
    assert told.flag == ""


def test_countries_that_are_not_known_are_not_named():
    result = invalid(Reason.COUNTRY_NOT_ALLOWED, run=run_facts(settings={}))
    told = main_cause(result)
    assert told is not None
    assert told.what == "The campaign does not call that country."


@pytest.mark.parametrize(
    ("tenant", "flag"), [("", "--allowed-countries COUNTRIES"), ("https://acme.example.com", "")]
)
def test_only_a_plan_that_assumed_the_rules_is_told_other_rules(tenant, flag):
    plan = run_facts(command="plan", tenant=tenant)
    told = main_cause(invalid(Reason.COUNTRY_NOT_ALLOWED, run=plan))
    assert told is not None
    assert told.flag == flag


@pytest.mark.parametrize("command", ["plan", "import"])
def test_phones_of_another_country_have_their_own_flag(command):
    told = main_cause(invalid(Reason.PHONE_COUNTRY_MISMATCH, run=run_facts(command=command)))
    assert told is not None
    assert told.flag == "--phone-country any"


def test_what_cxone_refused_has_its_way_out_and_no_flag():
    result = result_of(
        {IMPORTED: 9, FAILED: 40}, {(FAILED, Reason.TENANT_INVALID_PHONE): 40}, segmented=9
    )
    told = main_cause(result)
    assert told is not None
    assert told.what == "CXone does not accept the phone number."
    assert told.mend.startswith("Correct the number")
    assert told.flag == ""
    reason = msgspec.structs.replace(result.reasons[0], reason="of_a_later_version")
    told = main_cause(msgspec.structs.replace(result, reasons=(reason,)))
    assert told is not None
    assert told.what == "of_a_later_version"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_can_be_the_cause(reason):
    told = main_cause(invalid(reason))
    assert told is not None
    assert told.what.endswith(".")
    assert told.mend.endswith(".")
    assert told.mend[0].isupper()
