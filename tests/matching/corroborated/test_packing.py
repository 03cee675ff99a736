import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.packing import pack, unpack, unpack_identifiers
from cxone_async.matching.corroborated.standardise import standardise_contact
from cxone_async.matching.match_input import StandardisedContact

anything = st.text(max_size=60)


@given(st.integers(1, 2**32 - 1), anything, anything, anything, anything, anything)
def test_a_packed_contact_is_unpacked_unchanged(row, phone, extension, email, first, last):
    contact = standardise_contact(
        Contact(row, phone, extension, email, first, last, "US", phone, email)
    )
    packed = pack(contact)
    assert packed.index(b"\n") == len(packed) - 1
    assert unpack(packed[:-1]) == contact
    assert unpack_identifiers(packed[:-1]) == (contact.phone, contact.email)


@pytest.mark.parametrize("generation", ["", "2", "m"])
@pytest.mark.parametrize("is_known", [True, False])
def test_an_unknown_order_of_names_is_remembered(generation, is_known):
    contact = StandardisedContact(7, "1212", "a@b.c", "ada", "abbott", generation, is_known)
    assert unpack(pack(contact)[:-1]) == contact


def test_a_known_order_of_names_takes_no_memory():
    known = StandardisedContact(7, "1212", "a@b.c", "ada", "abbott")
    unknown = StandardisedContact(7, "1212", "a@b.c", "ada", "abbott", is_name_order_known=False)
    assert len(pack(unknown)) == len(pack(known)) + 1
