import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.matching.corroborated.names import ascii_words, standardise_names, words_of


@pytest.mark.parametrize(
    ("first_name", "last_name", "standard"),
    [
        ("Ada", "Abbott", ("ada", "abbott", "")),
        ("  ada ", "ABBOTT", ("ada", "abbott", "")),
        ("Zoë", "Núñez", ("zoe", "nunez", "")),
        ("Łukasz", "Sørensen", ("lukasz", "sorensen", "")),
        ("Dr. Ada", "O'Brien", ("ada", "obrien", "")),
        ("Mary Ann", "Smith-Jones", ("mary ann", "smith jones", "")),
        ("John Q.", "Public", ("john", "public", "")),
        ("John", "Public Jr.", ("john", "public", "2")),
        ("John", "Public III", ("john", "public", "3")),
        ("John Jr.", "Public", ("john", "public", "2")),
        ("José", "Ruiz (hijo)", ("jose", "ruiz", "2")),
        ("João", "Silva Filho", ("joao", "silva", "2")),
        ("João", "Silva Neto", ("joao", "silva", "3")),
        ("João", "Neto", ("joao", "neto", "")),
        ("Hyun-u", "Kim", ("hyunu", "kim", "")),
        ("Jean", "Martin fils", ("jean", "martin", "2")),
        ("Paolo", "Rossi senior", ("paolo", "rossi", "1")),
        ("ifj. János", "Nagy", ("janos", "nagy", "2")),
        ("Mr J.", "Abbott", ("j", "abbott", "m")),
        ("Mrs John", "Abbott", ("john", "abbott", "")),
        ("Mr.", "Abbott", ("", "abbott", "m")),
        ("Mrs", "Abbott", ("", "abbott", "f")),
        ("Mrs. Ada", "Abbott", ("ada", "abbott", "")),
        ("Mr and Mrs", "Abbott", ("and", "abbott", "")),
        ("Ada", "", ("ada", "", "")),
        ("", "", ("", "", "")),
        ("test", "unknown", ("", "", "")),
        ("12345", "None", ("", "", "")),
        ("\N{GRINNING FACE}", "-", ("", "", "")),
        ("A" * 100_000, "B" * 100_000, ("a" * 40, "b" * 40, "")),
        ("\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}", "\u674e", ("\u05d0\u05d1", "\u674e", "")),
    ],
)
def test_the_standard_form_of_names(first_name, last_name, standard):
    assert standardise_names(first_name, last_name) == standard


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_names_gives_the_same_words(name):
    assert ascii_words(name) == words_of(name)
