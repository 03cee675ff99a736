"""Sorted files of numbers: exact, whatever the order and the number of runs."""

import os
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.suppression import sorted_numbers
from cxone_async.suppression.sorted_numbers import (
    NumberSorter,
    SortedList,
    SortedNumbers,
    limbs_of,
    number_of,
)

NUMBERS = st.lists(st.integers(1, 60) | st.integers(1, 10**15 - 1), min_size=1, max_size=60)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Many runs, merged in small pieces, with a signpost at every third number."""
    monkeypatch.setattr(sorted_numbers, "SORTED_AT_ONCE", 7)
    monkeypatch.setattr(sorted_numbers, "_MERGED_AT_ONCE", 2)
    monkeypatch.setattr(sorted_numbers, "_SIGNPOST_EVERY", 3)


def sealed(numbers, directory=None):
    sorter = NumberSorter(directory)
    for number in numbers:
        sorter.add([float(number)])
    return sorter.sealed()


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(NUMBERS)
def test_what_was_added_is_found_and_nothing_else(numbers):
    found = sealed(numbers)
    assert len(found) == len(numbers)
    near = {number + by for number in numbers for by in (-1, 1)} | {0, 10**15}
    assert all(float(number) in found for number in numbers)
    assert not any(float(number) in found for number in near - set(numbers))
    found.close()


def test_another_process_maps_the_same_file_by_its_descriptor():
    numbers = sealed(range(1, 30))
    again = pickle.loads(pickle.dumps(numbers))  # noqa: S301
    assert isinstance(again, SortedNumbers)
    assert 7.0 in again
    assert 31.0 not in again
    assert os.fstat(again.descriptor).st_nlink == 0


def test_a_list_of_phones_alone_has_no_emails_and_the_other_way_round():
    phones, emails = sealed([12025550143]), limbs_of(["ada@example.com"])
    only_phones = SortedList(phones, None)
    only_emails = SortedList(None, (sealed(emails[0]), sealed(emails[1])))
    assert only_phones.has_phone("12025550143")
    assert not only_phones.has_email("ada@example.com")
    assert only_emails.has_email("ada@example.com")
    assert not only_emails.has_phone("12025550143")
    assert (len(only_phones.descriptors), len(only_emails.descriptors)) == (1, 2)


def test_both_parts_of_an_email_have_to_be_there():
    (one,), (other,) = limbs_of(["ada@example.com"])
    half = SortedList(None, (sealed([one]), sealed([other + 1])))
    assert not half.has_email("ada@example.com")


@given(st.text(max_size=20) | st.text("0123456789", max_size=20))
def test_a_phone_has_its_number_to_itself(text):
    number = number_of(text) if text.isdigit() else None
    assert number is None or f"{number:.0f}" == text


@given(st.text(st.characters()))
def test_every_text_has_two_numbers_that_can_be_compared(text):
    (one,), (other,) = limbs_of([text])
    assert 0 < one < 2
    assert 0 < other < 2
