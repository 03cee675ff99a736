import pytest

from cxone_async.matching.corroborated.name_words import (
    is_east_asian,
    says_given,
    telling_words,
    words_in,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dr. Jan van der Berg Jr.", ("jan", "berg")),
        ("Ada M. Lovelace", ("ada", "lovelace")),
        ("Nguyễn Văn Hùng", ("nguyen", "hung")),
        ("Lê Thị Hoa", ("le", "thi", "hoa")),  # a family name that is an article elsewhere
        ("J.", ("j",)),
        ("de la", ("de", "la")),
        ("", ()),
    ],
)
def test_words_that_tell_nothing_of_the_order_are_left_out_unless_there_are_no_others(text, words):
    assert telling_words(text) == words


def test_hangul_stays_in_syllables():
    assert words_in("\uae40 \ucca0\uc218") == ["\uae40", "\ucca0\uc218"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("\u7530\u4e2d \u4e00\u90ce", True),
        ("\u30bf\u30ca\u30ab", True),
        ("\uae40\ucca0\uc218", True),
        ("Tanaka", False),
        ("\u7530\u4e2d A", False),
        ("", False),
    ],
)
def test_names_in_east_asian_characters(name, expected):
    assert is_east_asian(name) is expected


def test_a_word_that_is_known_as_both_says_nothing():
    assert says_given("thomas", {"thomas", "ada"}, {"thomas", "nagy"}) == 0
    assert says_given("ada", {"thomas", "ada"}, {"thomas", "nagy"}) == 1
    assert says_given("nagy", {"thomas", "ada"}, {"thomas", "nagy"}) == -1
