import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.packing import unpack
from cxone_async.matching.corroborated.standardise import match_input_of, standardise_contact
from cxone_async.matching.name_order import NameOrder, NameReading
from cxone_async.matching.policy import Kept, MatchPolicy
from cxone_async.matching.registry import new_matcher

anything = st.text(max_size=60)


@given(anything, anything)
def test_standardising_twice_changes_nothing_more(first, last):
    once = standardise_contact(Contact(1, "", "", "", first, last, "US", "", ""))
    twice = standardise_contact(
        Contact(1, "", "", "", once.first_name, once.last_name, "US", "", "")
    )
    assert len(twice.first_name) <= 40
    assert not (once.first_name and once.last_name) or twice.first_name in (once.first_name, "")


@pytest.mark.parametrize(
    ("first", "last"),
    [("Bob", "Abbott"), ("Abbott", "Robert"), ("ROBERT", "abbott"), ("Dr. Rob", "Abbott")],
)
def test_nicknames_and_swapped_names_have_one_blocking_key(first, last, new_contact):
    key = match_input_of(new_contact("Robert", "Abbott")).name_key
    assert match_input_of(new_contact(first, last)).name_key == key != 0


def test_half_a_name_has_no_blocking_key(new_contact):
    assert match_input_of(new_contact("Robert", "")).name_key == 0
    assert match_input_of(new_contact("", "Abbott")).name_key == 0


def test_a_contact_has_a_blocking_key_for_each_identifier(new_contact):
    phone, email = "12125550101", "sunflower88@example.com"
    both = match_input_of(new_contact(phone=phone, email=email)).identifier_keys
    by_phone = match_input_of(new_contact(phone=phone)).identifier_keys
    by_email = match_input_of(new_contact(email=email)).identifier_keys
    assert both == by_phone + by_email
    assert match_input_of(new_contact("Robert", "Abbott")).identifier_keys == ()


@pytest.mark.parametrize(
    ("order", "standard"),
    [
        (NameOrder.GIVEN_FIRST, ("nagy", "eszter", True)),
        (NameOrder.FAMILY_FIRST, ("eszter", "nagy", True)),
        (NameOrder.UNKNOWN, ("nagy", "eszter", False)),
    ],
)
def test_names_are_compared_in_the_order_that_the_list_has_shown(order, standard, new_contact):
    one = standardise_contact(new_contact("Nagy", "Eszter"), NameReading(order))
    assert (one.first_name, one.last_name, one.is_name_order_known) == standard


def test_a_whole_name_in_one_field_is_cut(new_contact):
    one = standardise_contact(new_contact("Ada Q. Abbott Jr.", ""))
    assert (one.first_name, one.last_name, one.generation) == ("ada", "abbott", "2")
    assert standardise_contact(new_contact("", "Mrs Abbott")).generation == "f"


def test_the_matcher_is_told_that_an_order_is_unknown(new_contact):
    """The flag reaches whoever compares: in the new row, and in the earlier one as it is kept."""
    unknown = NameReading(NameOrder.UNKNOWN)
    match_input = match_input_of(new_contact("Nagy", "Eszter"), unknown)
    assert not match_input.contact.is_name_order_known
    assert unpack(match_input.packed[:-1]) == match_input.contact


def test_couples_of_a_list_with_exchanged_columns_are_both_kept(new_contact):
    matcher = new_matcher(MatchPolicy.CORROBORATED)
    names = NameReading(NameOrder.FAMILY_FIRST)
    for row in (
        new_contact("Nagy", "Istvan", "12125550143"),
        new_contact("Nagy", "Eszter", "12125550143"),
    ):
        assert isinstance(matcher.decide(matcher.standardise(row, names)), Kept)
