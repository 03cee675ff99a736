import pytest

from cxone_async.matching.agreement import Agreement
from cxone_async.matching.names import compare_family, compare_given, fold_pair


def nobody(name):
    return 0


@pytest.mark.parametrize(
    ("first_name", "last_name", "folded"),
    [
        ("Ada", "Abbott", ("ada", "abbott", "")),
        ("  ada ", "ABBOTT", ("ada", "abbott", "")),
        ("Zoë", "Núñez", ("zoe", "nunez", "")),
        ("Łukasz", "Sørensen", ("lukasz", "sorensen", "")),
        ("Dr. Ada", "O'Brien", ("ada", "obrien", "")),
        ("Mary Ann", "Smith-Jones", ("maryann", "smithjones", "")),
        ("John Q.", "Public", ("john", "public", "")),
        ("John", "Public Jr.", ("john", "public", "2")),
        ("John", "Public III", ("john", "public", "3")),
        ("Ada Abbott", "", ("ada", "abbott", "")),
        ("", "Ada Abbott", ("ada", "abbott", "")),
        ("Ada", "", ("ada", "", "")),
        ("", "", ("", "", "")),
        ("test", "unknown", ("", "", "")),
        ("12345", "None", ("", "", "")),
        ("\N{GRINNING FACE}", "-", ("", "", "")),
        ("A" * 100_000, "B" * 100_000, ("a" * 40, "b" * 40, "")),
        ("\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}", "\u674e", ("\u05d0\u05d1", "\u674e", "")),
    ],
)
def test_folding(first_name, last_name, folded):
    assert fold_pair(first_name, last_name) == folded


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("ada", "ada", Agreement.SAME),
        ("", "ada", Agreement.BLANK),
        ("", "", Agreement.BLANK),
        ("robert", "bob", Agreement.FORM),
        ("bob", "rob", Agreement.FORM),
        ("a", "ada", Agreement.SHORT),
        ("st", "stephanie", Agreement.SHORT),
        ("matilda", "matlida", Agreement.SLIP),
        ("matilda", "matilfda", Agreement.SLIP),
        ("mtathew", "matt", Agreement.GARBLED),
        ("amanda", "vama", Agreement.GARBLED),
        ("maria", "mario", Agreement.DIFFERENT),
        ("daniel", "daniela", Agreement.DIFFERENT),
        ("gianpaolo", "gianpaola", Agreement.DIFFERENT),
        ("bryan", "ryan", Agreement.DIFFERENT),
        ("mary", "john", Agreement.DIFFERENT),
    ],
)
def test_comparing_given_names(one, other, agreement):
    assert compare_given(one, other, nobody) is agreement
    assert compare_given(other, one, nobody) is agreement


def test_two_names_that_the_list_knows_well_are_no_slip_of_each_other():
    counts = {"xanda": 40, "xanta": 30, "xanfa": 1}.get
    assert compare_given("xanda", "xanta", counts) is Agreement.DIFFERENT
    assert compare_given("xanda", "xanfb", lambda name: counts(name, 0)) is Agreement.GARBLED


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("abbott", "abbott", Agreement.SAME),
        ("abbott", "", Agreement.BLANK),
        ("garcia", "garcialopez", Agreement.SHORT),
        ("jones", "smithjones", Agreement.SHORT),
        ("abbott", "abott", Agreement.SLIP),
        ("abbott", "burns", Agreement.DIFFERENT),
    ],
)
def test_comparing_family_names(one, other, agreement):
    assert compare_family(one, other, nobody) is agreement
    assert compare_family(other, one, nobody) is agreement
