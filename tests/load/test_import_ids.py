"""Whose each import id is."""

import pytest

from cxone_async.load.import_ids import ImportIds


@pytest.mark.parametrize(
    ("given", "is_shared"),
    [
        ([], False),
        ([("i", "a")], False),
        ([("i", "a"), ("j", "b")], False),
        ([("i", "a"), ("i", "a")], False),
        ([("i", "a"), ("i", "b")], True),
        ([("i", "a"), ("i", "b"), ("i", "a")], True),
    ],
)
def test_an_id_is_shared_once_a_second_chunk_has_it(given, is_shared):
    assert ImportIds(given).is_shared("i") == is_shared
    one_by_one = ImportIds()
    for import_id, chunk_id in given:
        one_by_one.give(import_id, chunk_id)
    assert one_by_one.is_shared("i") == is_shared
