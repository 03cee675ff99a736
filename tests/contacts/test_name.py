"""Tidying names."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.contacts.invisible import ENDS, INVISIBLE
from cxone_async.contacts.name import name_repairs, read_name
from cxone_async.outcome import Repair

SIGNS = (
    *("SIGN", "ARABIC END OF AYAH", "ARABIC FOOTNOTE MARKER", "ARABIC POUND MARK", "HIEROGLYPH"),
    *("SYRIAC ABBREVIATION MARK", "ARABIC DISPUTED END OF AYAH", "ARABIC PIASTRE MARK"),
    "ARABIC NUMBER MARK ABOVE",
)
ODD = "aA'\"=-. \u200c\u200d\u200b\ufeff\u0639\u0644\u0915\u094d\u201c\u201d\u0301"
WORDS = ["NULL", "'null", '="nan"', '\'"None"', "Null", "'Nan"]


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
        ("Null", "Null"),
        ("Nan", "Nan"),
        ("NAN", "NAN"),
        ("Na", "Na"),
        ("NULL", ""),
        ("null", ""),
        ("nan", ""),
        ("NaN", ""),
        ("None", ""),
        ("#REF!", ""),
        ("#N/A", ""),
        ("\\N", ""),
        ("-", ""),
        (".", ""),
        (" NULL ", ""),
        ("(null)", ""),
        ('="NULL"', ""),
        ("'-", ""),
        ('""', ""),
        ('="Ada"', "Ada"),
        ('=" Ada "', "Ada"),
        ('"Ada"', "Ada"),
        ("\u201cAda\u201d", "Ada"),
        ("'Ada", "Ada"),
        ("'Ada'", "Ada"),
        ("'t Hooft", "'t Hooft"),
        ("'s-Gravesande", "'s-Gravesande"),
        ("O'Brien", "O'Brien"),
        ("D\u2019Angelo", "D\u2019Angelo"),
        ('Robert "Bob"', 'Robert "Bob"'),
        ("Jean-Luc", "Jean-Luc"),
        ("J. R.", "J. R."),
        ("\ufeffAda", "Ada"),
        ("A\u200bda", "Ada"),
        ("Ada\u200e", "Ada"),
        ("\u202eAda\u202c", "Ada"),
        ("\u2066Ada\u2069", "Ada"),
        ("A\u00adda", "Ada"),
        ("A\u2060da", "Ada"),
        ("Ada\ufe0f", "Ada"),
        ("\u3164", ""),
        ("Ada\u034f", "Ada"),
        ("A\u061cda", "Ada"),
        ("Ada\x85Doe", "Ada Doe"),
        ("Ada\u2028Doe", "Ada Doe"),
        ("Ada\x7f", "Ada"),
        ("Ada\U000e0041", "Ada"),
        # joiners: inside a word of Persian, Hindi, Sinhala; not at its ends, not in Latin
        (
            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
        ),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("\u0dc1\u0dca\u200d\u0dbb\u0dd3", "\u0dc1\u0dca\u200d\u0dbb\u0dd3"),
        ("\u200c\u0639\u0644\u06cc\u200c", "\u0639\u0644\u06cc"),
        ("\u0639\u0644\u06cc\u200c \u0631", "\u0639\u0644\u06cc \u0631"),
        ("A\u200dda", "Ada"),
        ("A\u200cda", "Ada"),
        ("", ""),
        (" \x00\t", ""),
    ],
)
def test_names_lose_what_nobody_can_see_and_nothing_else(raw: str, name: str) -> None:
    assert read_name(raw) == name


@settings(deadline=None)
@given(st.one_of(st.text(), st.text(ODD), st.sampled_from(WORDS)))
def test_a_tidied_name_is_one_clean_line_and_stays_as_it_is(raw: str) -> None:
    name = read_name(raw)
    assert read_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert not any(unicodedata.category(character) == "Cc" for character in name)
    assert set(INVISIBLE.findall(name)) <= set("\u200c\u200d")
    assert name == " ".join(name.split())


@pytest.mark.parametrize(
    ("raw", "repairs"),
    [
        ("Jane", ()),
        ("  Mary   Jane ", ()),
        ("Jose\u0301", ()),
        ("'t Hooft", ()),
        ("\x00", ()),
        ("", ()),
        ('="Ada"', (Repair.NAME_TIDIED,)),
        ("A\u200bda", (Repair.NAME_TIDIED,)),
        ("Ada\x00", (Repair.NAME_TIDIED,)),
        ("NULL", (Repair.EMPTY_WORD,)),
        ("-", (Repair.EMPTY_WORD,)),
    ],
)
def test_what_was_done_to_a_name_is_said(raw: str, repairs: tuple[Repair, ...]) -> None:
    assert name_repairs(raw, read_name(raw)) == repairs


def test_every_control_and_format_character_is_invisible_unless_it_is_a_sign() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if unicodedata.category(character) in {"Cc", "Cf"} and not INVISIBLE.match(character):
            name = unicodedata.name(character)
            assert any(word in name for word in SIGNS), name
    assert "\u00a0" in ENDS
    assert "\u200b" in ENDS
    assert "-" not in ENDS
