from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import Contact
from cxone_async.matching.match_input import fold_contact, pack, unpack

anything = st.text(max_size=60)


@given(st.integers(1, 2**32 - 1), anything, anything, anything, anything, anything)
def test_what_is_packed_is_unpacked_unchanged(row, phone, extension, email, first, last):
    folded = fold_contact(Contact(row, phone, extension, email, first, last, "US", phone, email))
    record = pack(folded)
    assert record.index(b"\n") == len(record) - 1
    assert unpack(record[:-1]) == folded


@given(anything, anything)
def test_folding_twice_changes_nothing_more(first, last):
    once = fold_contact(Contact(1, "", "", "", first, last, "US", "", ""))
    twice = fold_contact(Contact(1, "", "", "", once.first_name, once.last_name, "US", "", ""))
    assert len(twice.first_name) <= 40
    assert not (once.first_name and once.last_name) or twice.first_name in (once.first_name, "")
