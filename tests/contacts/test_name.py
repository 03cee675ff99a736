"""Tidying names."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.contacts.name import read_name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Jane", "Jane"),
        ("  Jane ", "Jane"),
        ("Mary   Jane", "Mary Jane"),
        ("Mary\tJane\n", "Mary Jane"),
        ("Mary\u00a0Jane", "Mary Jane"),
        ("Ja\x00ne\x07", "Jane"),
        ("Jose\u0301", "Jos\u00e9"),
        ("Jose\x00\u0301", "Jos\u00e9"),
        ("van der Berg", "van der Berg"),
        ("McDONALD", "McDONALD"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("", ""),
        (" \x00\t", ""),
    ],
)
def test_names_lose_what_nobody_can_see_and_nothing_else(raw: str, name: str) -> None:
    assert read_name(raw) == name


@settings(deadline=None)
@given(st.text())
def test_a_tidied_name_is_one_clean_line_and_stays_as_it_is(raw: str) -> None:
    name = read_name(raw)
    assert read_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert not any(unicodedata.category(character) == "Cc" for character in name)
    assert name == " ".join(name.split())
