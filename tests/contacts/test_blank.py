"""Words for an empty cell."""

import pytest

from cxone_async.contacts.blank import is_blank, is_blank_country, is_blank_name

WORDS = [
    "", " ", "\t\u00a0", "#N/A", "N/A", "n/a", "n.a.", "N.A.", "null", "NULL", "none", "None", "-",
    "(blank)", "(Blank)", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!",
    "#CALC!", "#NV", "#BEZUG!", "#WERT!", "#N/D", "\\N", "NaN", "nan", "-nan", "-1.#IND", "<NA>",
    "NaT", "undefined", "(null)", "[NULL]", "<null>", "--", "---", "\u2013", "\u2014", ".", "...",
    "\u2026", "_", " N/A ", "\ufeffnull", "unknown", "k. A.", "keine Angabe", "sin datos", "s/d",
    "n.v.t.", "Unbekannt", "brak danych", "TBD", "(none)",
]  # fmt: skip
VALUES = [
    "0", "1", "no", "x", "Nullmeyer", "nonesuch@example.com", "202-555-0143", "N/A 202-555-0143",
    "US", "DE", "NO", "Nancy", "- 1", "null null", "?", "*", "@", "N", "A",
]  # fmt: skip


@pytest.mark.parametrize("raw", WORDS)
def test_words_for_nothing_are_an_empty_cell(raw: str) -> None:
    assert is_blank(raw)
    assert is_blank_country(raw)


@pytest.mark.parametrize("raw", [*VALUES, "N" * 1_000_000, "-" * 1_000_000])
def test_anything_else_is_a_value(raw: str) -> None:
    assert not is_blank(raw)
    assert not is_blank_country(raw)


def test_a_bare_na_is_a_value_in_a_countrys_cell_and_a_names_only() -> None:
    assert is_blank("NA")
    assert is_blank("na")
    assert not is_blank_country("NA")
    assert not is_blank_name("NA")


@pytest.mark.parametrize(
    "name",
    ["NULL", "null", "nan", "NaN", "None", "none", "NONE", "#REF!", "#N/A", "N/A", "\\N", "-", ".",
     "(null)", "(Null)", "[blank]", "(blank)", "<NA>", "NaT", "undefined", "--", "n.a.", "Unknown"],
)  # fmt: skip
def test_what_programs_write_for_nothing_is_no_name(name: str) -> None:
    assert is_blank_name(name)


@pytest.mark.parametrize(
    "name",
    ["Null", "Nan", "NAN", "Na", "NA", "Nat", "NAT", "Nil", "Blank", "BLANK", "Leer", "Void",
     "Brak", "Missing", "Nunn", "Noneman", "True", "Inf", "X", "\u54e6"],
)  # fmt: skip
def test_people_keep_their_names(name: str) -> None:
    assert not is_blank_name(name)
