import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.matching.corroborated.names import standardise_name
from cxone_async.matching.corroborated.romanisation.script import Script, script_of


@pytest.mark.parametrize(
    ("raw", "script"),
    [
        ("Anna", Script.LATIN),
        ("Zoë", Script.LATIN),
        ("Nguyễn", Script.LATIN),
        ("Анна", Script.CYRILLIC),
        ("Άννα", Script.GREEK),
        ("محمد", Script.ARABIC),
        ("یوسف", Script.ARABIC),
        ("דוד", Script.HEBREW),
        ("प्रिया", Script.INDIC),
        ("மீனா", Script.INDIC),
        ("王", Script.HAN),
        ("佐々木", Script.HAN),
        ("美さき", Script.HAN),
        ("さくら", Script.KANA),
        ("ヴィクター", Script.KANA),
        ("ﾔﾏﾀﾞ", Script.KANA),
        ("김", Script.HANGUL),
        ("ㄱ", Script.HANGUL),
        ("วิชัย", Script.OTHER),
        ("Անահիտ", Script.ARMENIAN),
        ("გიორგი", Script.GEORGIAN),
        ("Анна Anna", Script.OTHER),
        ("12", Script.OTHER),
        ("", Script.OTHER),
    ],
)
def test_the_script_is_the_one_of_the_letters(raw, script):
    assert script_of(standardise_name(raw)[0]) is script
    assert script_of(raw) is script


@given(st.text())
def test_every_text_has_a_script(text):
    assert script_of(text) in Script
