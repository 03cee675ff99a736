from array import array
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.matching.key_table import KeyTable, key_of


def remember(table, key, position):
    table.make_room(1)
    table.find(key)
    table.put(table.vacant, key, position)


@settings(deadline=None)
@given(st.lists(st.integers(1, 40) | st.integers(1, 2**32 - 1), max_size=300))
def test_every_position_is_found_under_its_key_oldest_first(keys):
    table = KeyTable()
    expected = defaultdict(list)
    for position, key in enumerate(keys, 1):
        remember(table, key, position)
        expected[key].append(position)
    assert {key: table.find(key) for key in keys} == expected
    assert table.find(41) == expected.get(41, [])


def test_growing_keeps_every_entry_and_the_order_within_a_key():
    table = KeyTable()
    for position in range(1, 20_001):
        remember(table, key_of(str(position % 7_000)), position)
    for number in (0, 1, 3_500, 6_999):
        expected = [p for p in range(1, 20_001) if p % 7_000 == number]
        assert table.find(key_of(str(number))) == expected


def test_keys_that_meet_at_the_end_of_the_table_go_on_at_its_front():
    table = KeyTable()
    for position in range(1, 6):
        remember(table, 1023 + 1024 * position, position)
    assert [table.find(1023 + 1024 * position) for position in range(1, 6)] == [
        [position] for position in range(1, 6)
    ]


def test_two_vacant_places_that_are_the_same_do_not_overwrite_each_other():
    table = KeyTable()
    table.find(5)
    first = table.vacant
    table.find(5 + 1024)
    second = table.vacant
    assert first == second
    table.put(first, 5, 1)
    table.put(second, 5 + 1024, 2)
    assert (table.find(5), table.find(5 + 1024)) == ([1], [2])


def test_no_value_has_the_key_that_marks_an_empty_slot():
    assert key_of("") == 1
    assert array("I").itemsize == 4
