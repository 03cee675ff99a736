import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.standardise import match_input_of, standardise_contact

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
