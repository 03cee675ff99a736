from collections import Counter

import pytest

from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.name_comparison import (
    compare_first_names,
    compare_last_names,
)
from cxone_async.matching.corroborated.names import standardise_names


def nobody(name):
    return 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u092e\u0940\u0928\u093e", "\u092e\u094b\u0928\u093e"),  # Meena and Mona, Devanagari
        ("\u305f\u3044\u304d", "\u3060\u3044\u304d"),  # Taiki and Daiki, Hiragana
        ("\u0e2a\u0e21\u0e0a\u0e32\u0e22", "\u0e2a\u0e21\u0e0a\u0e31\u0e22"),  # Somchai twice, Thai
        ("\u0645\u062d\u0645\u062f", "\u0645\u062d\u0645\u0648\u062f"),  # Muhammad and Mahmud
        ("\u05d3\u05df", "\u05d3\u05e0\u05d4"),  # Dan and Dana, Hebrew
        ("\u5c0f\u660e\u534e", "\u5c0f\u7ea2\u534e"),  # Xiaominghua and Xiaohonghua, Han
        ("\ubbfc\uc900", "\ubbfc\uc9c0"),  # Minjun and Minji, Hangul
        # Aleksandr and Aleksandra
        (
            "\u0410\u043b\u0435\u043a\u0441\u0430\u043d\u0434\u0440",
            "\u0410\u043b\u0435\u043a\u0441\u0430\u043d\u0434\u0440\u0430",
        ),
        (
            "\u0399\u03c9\u03ac\u03bd\u03bd\u03b7",
            "\u0399\u03c9\u03ac\u03bd\u03bd\u03b1",
        ),  # Ioanni, Ioanna
    ],
)
def test_one_character_is_another_name_where_characters_are_syllables_or_tell_the_sex(one, other):
    first, other_first = standardise_names(one, "x")[0], standardise_names(other, "x")[0]
    assert compare_first_names(first, other_first, nobody) is ComparisonLevel.DIFFERENT
    assert compare_first_names(other_first, first, nobody) is ComparisonLevel.DIFFERENT


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        # Nikolay, its letters swapped, Cyrillic
        (
            "\u041d\u0438\u043a\u043e\u043b\u0430\u0439",
            "\u041d\u0438\u043a\u043b\u043e\u0430\u0439",
            ComparisonLevel.TYPO,
        ),
        # with and without points that most people leave out: Hebrew, Arabic
        ("\u05d3\u05b8\u05df", "\u05d3\u05df", ComparisonLevel.SAME),
        ("\u0645\u064f\u062d\u0645\u062f", "\u0645\u062d\u0645\u062f", ComparisonLevel.SAME),
        # an emoji with its variation selector is no part of the name
        ("Ada \N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}", "Ada", ComparisonLevel.SAME),
    ],
)
def test_what_is_no_other_name_in_other_scripts(one, other, level):
    assert (
        compare_first_names(
            standardise_names(one, "x")[0], standardise_names(other, "x")[0], nobody
        )
        is level
    )


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("ada", "ada", ComparisonLevel.SAME),
        ("", "ada", ComparisonLevel.BLANK),
        ("", "", ComparisonLevel.BLANK),
        ("robert", "bob", ComparisonLevel.VARIANT),
        ("bob", "rob", ComparisonLevel.VARIANT),
        ("a", "ada", ComparisonLevel.ABBREVIATED),
        ("st", "stephanie", ComparisonLevel.ABBREVIATED),
        ("matilda", "matlida", ComparisonLevel.TYPO),
        ("matilda", "matilfda", ComparisonLevel.TYPO),
        ("mtathew", "matt", ComparisonLevel.TYPO),
        ("amanda", "vama", ComparisonLevel.GARBLED),
        ("maria", "mario", ComparisonLevel.DIFFERENT),
        ("daniel", "daniela", ComparisonLevel.DIFFERENT),
        ("gianpaolo", "gianpaola", ComparisonLevel.DIFFERENT),
        ("bryan", "ryan", ComparisonLevel.DIFFERENT),
        ("mary", "john", ComparisonLevel.DIFFERENT),
        # one name in two spellings
        ("sara", "sarah", ComparisonLevel.VARIANT),
        ("lyn", "lynn", ComparisonLevel.VARIANT),
        ("katharina", "catarina", ComparisonLevel.VARIANT),
        ("jorg", "joerg", ComparisonLevel.VARIANT),
        ("jeongho", "jung ho", ComparisonLevel.VARIANT),
        ("mohamed", "muhammad", ComparisonLevel.VARIANT),
        ("abdulrahman", "abd al rahman", ComparisonLevel.VARIANT),
        ("\u0441\u043e\u0444\u0438\u044f", "sofiya", ComparisonLevel.VARIANT),
        # two names that people bear
        ("kayla", "kyla", ComparisonLevel.DIFFERENT),
        ("marco", "mirco", ComparisonLevel.DIFFERENT),
        ("priya", "riya", ComparisonLevel.DIFFERENT),
        ("andrea", "andreas", ComparisonLevel.DIFFERENT),
        ("tina", "dina", ComparisonLevel.DIFFERENT),
        ("simon", "simone", ComparisonLevel.DIFFERENT),
        ("\u82b3", "\u82b3\u79c0", ComparisonLevel.DIFFERENT),  # Fang and Fangxiu, Han
        # neither is known: who can tell?
        ("xandaro", "xandiro", ComparisonLevel.CLOSE),
        # a syllable with a dot is an initial
        ("\u62d3.", "\u62d3\u771f", ComparisonLevel.ABBREVIATED),
        ("\u62d3.", "\u62d3.", ComparisonLevel.ABBREVIATED),
        ("a", "a", ComparisonLevel.ABBREVIATED),
        # a word in common says nothing of the words beside it
        ("maria", "maria luisa", ComparisonLevel.PART),
        ("muhammad ali", "muhammad umar", ComparisonLevel.DIFFERENT),
        ("xiao ming", "xiao hong", ComparisonLevel.DIFFERENT),
        ("anna maria", "annamaria", ComparisonLevel.SAME),
        ("anna maria", "maria anna", ComparisonLevel.VARIANT),
        ("anna maria", "anna mraia", ComparisonLevel.TYPO),
        # what stands before the name people are called by may be left out
        ("thi lan", "lan", ComparisonLevel.VARIANT),
        ("muhammad umar", "umar", ComparisonLevel.VARIANT),
    ],
)
def test_comparing_given_names(one, other, level):
    assert compare_first_names(one, other, nobody) is level
    assert compare_first_names(other, one, nobody) is level


def test_two_names_that_the_list_knows_well_are_no_slip_of_each_other():
    counts = Counter({"xanda": 40, "xanta": 30, "xanfa": 1}).__getitem__
    assert compare_first_names("xanda", "xanta", counts) is ComparisonLevel.DIFFERENT
    assert compare_first_names("xanda", "xanfb", counts) is ComparisonLevel.GARBLED
    assert compare_first_names("xanda", "xanfa", counts) is ComparisonLevel.TYPO


def test_a_known_name_that_nobody_here_has_may_be_a_slip_of_a_common_one():
    counts = Counter({"alicia": 40, "kayla": 9}).__getitem__
    assert compare_first_names("alicia", "alica", counts) is ComparisonLevel.CLOSE
    assert compare_first_names("kayla", "kyla", counts) is ComparisonLevel.DIFFERENT


@pytest.mark.parametrize(
    ("short", "long"), [("al", "alvin"), ("hen", "henry"), ("cl", "claudette")]
)
def test_what_is_cut_off_is_a_short_form_unless_it_is_a_name_of_its_own(short, long):
    level = compare_first_names(short, long, nobody)
    is_name = short == "al"
    assert level is (ComparisonLevel.CLOSE if is_name else ComparisonLevel.ABBREVIATED)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("abbott", "abbott", ComparisonLevel.SAME),
        ("abbott", "", ComparisonLevel.BLANK),
        ("garcia", "garcialopez", ComparisonLevel.ABBREVIATED),
        ("jones", "smithjones", ComparisonLevel.ABBREVIATED),
        ("abbott", "abrott", ComparisonLevel.TYPO),
        ("abbott", "abott", ComparisonLevel.VARIANT),
        ("muller", "mueller", ComparisonLevel.VARIANT),
        ("petrov", "petrova", ComparisonLevel.VARIANT),
        ("kovalsky", "kovalskaya", ComparisonLevel.VARIANT),
        ("garcia lopez", "lopez", ComparisonLevel.PART),
        ("garcia lopez", "garcia ruiz", ComparisonLevel.DIFFERENT),
        ("garcia lopez", "garcialopez", ComparisonLevel.SAME),
        ("sigurdsson", "gudmundsson", ComparisonLevel.DIFFERENT),
        ("jonsson", "jonsdottir", ComparisonLevel.GARBLED),
        ("abbott", "burns", ComparisonLevel.DIFFERENT),
    ],
)
def test_comparing_family_names(one, other, level):
    assert compare_last_names(one, other, nobody) is level
    assert compare_last_names(other, one, nobody) is level
