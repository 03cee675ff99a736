import pytest

from cxone_async.matching.corroborated.family_names import FAMILY_NAMES, family_part_of
from cxone_async.matching.corroborated.name_words import words_in


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("\u738b\u5c0f\u660e", 1),  # Wang Xiaoming
        ("\u6b27\u9633\u4fee", 2),  # Ouyang Xiu: the longest known one
        ("\u7530\u4e2d\u4e00\u90ce", 2),  # Tanaka Ichiro
        ("\u4f50\u3005\u6728\u5e0c", 3),  # Sasaki Nozomi
        ("\uae40\ucca0\uc218", 1),  # Kim Cheol-su
        ("\ub0a8\uad81\ubbfc\uc218", 2),  # Namgung Min-su
        ("\u738b", 0),  # nothing is left for a given name
        ("\u77ac\u738b", 0),
        ("", 0),
    ],
)
def test_the_longest_known_family_name_at_the_beginning_counts(name, length):
    assert family_part_of(name) == length


def test_every_name_is_in_standard_form():
    assert [name for name in sorted(FAMILY_NAMES) if words_in(name) != [name]] == []
