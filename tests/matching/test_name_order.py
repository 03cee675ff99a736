import pytest

from cxone_async.matching.name_order import (
    AS_THE_HEADER_SAYS,
    NameOrder,
    NameOrderChoice,
    fixed_reading,
)
from cxone_async.matching.policy import MatchPolicy
from cxone_async.matching.registry import new_matcher


def test_auto_fixes_nothing():
    assert fixed_reading(NameOrderChoice.AUTO) is None


@pytest.mark.parametrize("choice", ["given-first", "family-first"])
def test_a_choice_fixes_both_orders(choice):
    reading = fixed_reading(NameOrderChoice(choice))
    assert reading is not None
    assert (reading.columns, reading.one_field) == (NameOrder(choice), NameOrder(choice))


def test_a_header_is_believed_and_one_field_is_not():
    assert AS_THE_HEADER_SAYS.columns is NameOrder.GIVEN_FIRST
    assert AS_THE_HEADER_SAYS.one_field is NameOrder.UNKNOWN


@pytest.mark.parametrize("policy", [MatchPolicy.EXACT, MatchPolicy.ANY_FIELD, MatchPolicy.OFF])
def test_other_policies_know_no_order(policy, new_contact):
    matcher = new_matcher(policy)
    contact = new_contact("Nagy", "Eszter", "12125550101", "a@example.com")
    family_first = fixed_reading(NameOrderChoice.FAMILY_FIRST)
    assert family_first is not None
    assert matcher.standardise(contact, family_first) == matcher.standardise(contact)
