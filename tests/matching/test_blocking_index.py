from collections import defaultdict
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.matching.blocking_index import BlockingIndex


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 40) | st.integers(0, 2**32 - 1), max_size=4, unique=True),
        max_size=120,
    )
)
def test_every_position_is_found_under_its_keys_oldest_first(keys_of_positions):
    table = BlockingIndex()
    expected = defaultdict(list)
    for position, keys in enumerate(keys_of_positions):
        table.put(keys, position)
        for key in keys:
            expected[key].append(position)
    assert {key: table.find(key) for key in expected} == expected
    assert list(table.find(41)) == expected.get(41, [])


def test_growing_keeps_every_entry_and_the_order_within_a_key():
    table = BlockingIndex()
    for position in range(30_000):
        table.put([crc32(b"%d" % (position % 7_000)), crc32(b"other %d" % position)], position)
    for number in (0, 1, 3_500, 6_999):
        expected = [p for p in range(30_000) if p % 7_000 == number]
        assert table.find(crc32(b"%d" % number)) == expected


def test_keys_of_one_chain_are_told_apart():
    table = BlockingIndex()
    keys = [7 + (number << 26) for number in range(5)]
    for position, key in enumerate(keys):
        table.put([key], position)
    assert [table.find(key) for key in keys] == [[0], [1], [2], [3], [4]]


def test_the_greatest_key_and_position_fit():
    table = BlockingIndex()
    table.put([2**32 - 1, 0], 2**32 - 1)
    assert table.find(2**32 - 1) == table.find(0) == [2**32 - 1]
