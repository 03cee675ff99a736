from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import Contact
from cxone_async.matching.corroborated.packing import pack, unpack, unpack_identifiers
from cxone_async.matching.corroborated.standardise import standardise_contact

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
