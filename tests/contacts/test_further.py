"""Further fields of a row: as they are, or the row is invalid."""

import pytest

from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.field_values import FieldType
from cxone_async.contacts.further import (
    EXTERNAL_ID,
    NOTHING_FURTHER,
    FurtherFields,
    FurtherLimits,
    FurtherValues,
)
from cxone_async.contacts.model import Contact
from cxone_async.contacts.normalise import Normaliser, NormaliseRules, Rejection, RowFields
from cxone_async.outcome import Outcome, Reason, Repair

LIMITS = FurtherLimits(
    most=3, name_characters=9, value_characters=10, record_bytes=24, reserved=frozenset()
)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("a", "a"), ("  a b \t", "a b"), ("0042", "0042"), ("1,234", "1,234"), ("N/A", "N/A"),
        ("=1+1", "=1+1"), ("a\nb", "a\nb"), ("\u00a0x\u00a0", "x"), ('"q"', '"q"'),
        ("NULL", "NULL"),
    ],
)  # fmt: skip
def test_text_goes_out_as_it_is_without_white_space_around_it(cell, value):
    assert FurtherFields(("note",)).read((cell,)).fields == (("note", value),)


@pytest.mark.parametrize("cell", ["", " ", "\t", "\u00a0"])
def test_an_empty_cell_is_left_out(cell):
    assert FurtherFields(("note",)).read((cell,)) == NOTHING_FURTHER


@pytest.mark.parametrize("cell", ["N/A", "null", "-", "#REF!", "(none)"])
def test_a_word_for_an_empty_cell_is_no_id_and_no_number(cell):
    fields = FurtherFields((EXTERNAL_ID, "balance"), types={"balance": FieldType.NUMBER})
    found = fields.read((cell, cell))
    assert found == FurtherValues(repairs=(Repair.EMPTY_WORD,))
    assert fields.external_id((cell, "1")) == ""


def test_constants_go_out_with_every_row():
    fields = FurtherFields((EXTERNAL_ID,), (("source", "fair"),))
    assert fields.read((" 7 ",)) == FurtherValues("7", (("source", "fair"),))
    assert fields.external_id((" 7 ",)) == "7"
    assert FurtherFields(("a",)).external_id(("7",)) == ""


def test_a_required_id_that_is_empty_is_a_problem():
    problem = FurtherFields((EXTERNAL_ID,), is_id_required=True).read((" ",)).problem
    assert problem is not None
    assert problem.reason is Reason.EXTERNAL_ID_MISSING


@pytest.mark.parametrize(
    ("cells", "reason", "name"),
    [
        (("1" * 11, "", ""), Reason.FIELD_VALUE_TOO_LONG, EXTERNAL_ID),
        (("", "x" * 11, ""), Reason.FIELD_VALUE_TOO_LONG, "a"),
        (("", "ää", "ü" * 10), Reason.FIELDS_TOO_LARGE, "the further fields"),
        (("", "1,234", ""), Reason.FIELD_NOT_NUMBER, "a"),
    ],
)
def test_what_the_dialect_or_the_type_does_not_take_is_named_and_not_quoted(cells, reason, name):
    types = {"a": FieldType.NUMBER} if reason is Reason.FIELD_NOT_NUMBER else {}
    fields = FurtherFields((EXTERNAL_ID, "a", "b"), types=types, limits=LIMITS)
    problem = fields.read(cells).problem
    assert problem is not None
    assert problem.reason is reason
    assert problem.detail.startswith(f"{name}: ")
    assert not any(cell and cell in problem.detail for cell in cells)


def test_what_is_just_within_the_limits_goes_out():
    fields = FurtherFields((EXTERNAL_ID, "a", "b"), limits=LIMITS)
    assert fields.read(("", "x" * 10, "ü" * 6)).fields == (("a", "x" * 10), ("b", "ü" * 6))
    assert fields.read(("1" * 10, "", "")).external_id == "1" * 10


ANN = RowFields("+12025550101", "ann@example.com", "Ann", "Lee", "US", further=("7", "1,234"))
FIELDS = FurtherFields((EXTERNAL_ID, "balance"))
NUMBERS = FurtherFields((EXTERNAL_ID, "balance"), types={"balance": FieldType.NUMBER})


def test_a_contact_carries_its_id_and_its_further_fields():
    contact = Normaliser(NormaliseRules(), further=FIELDS).normalise(1, ANN)
    assert isinstance(contact, Contact)
    assert (contact.external_id, contact.further) == ("7", (("balance", "1,234"),))
    plain = Normaliser(NormaliseRules()).normalise(1, ANN)
    assert isinstance(plain, Contact)
    assert (plain.external_id, plain.further) == ("", ())


def test_the_campaign_s_rules_come_first_and_do_not_call_after():
    rules = NormaliseRules(constraints=Constraints(dnc_enabled=True))
    normaliser = Normaliser(rules, further=NUMBERS)
    without_phone = normaliser.normalise(1, ANN._replace(phone=""))
    assert without_phone == Rejection(
        Outcome.INVALID, Reason.PHONE_MISSING, "phone: required by the campaign, and empty"
    )
    flagged = normaliser.normalise(2, ANN._replace(dnc_flag="yes"))
    assert isinstance(flagged, Rejection)
    assert flagged.reason is Reason.FIELD_NOT_NUMBER
    same_person = normaliser.normalise(3, ANN._replace(further=("8", "5")))
    assert isinstance(same_person, Rejection)
    assert same_person.reason is Reason.SUPPRESSED_EARLIER
