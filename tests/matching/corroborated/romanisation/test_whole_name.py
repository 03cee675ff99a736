import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.matching.corroborated.names import standardise_name
from cxone_async.matching.corroborated.romanisation.whole_name import split_whole_name


def composed(names: tuple[str, str] | None) -> tuple[str, ...] | None:
    return names and tuple(unicodedata.normalize("NFC", name) for name in names)


@pytest.mark.parametrize(
    ("whole", "first", "last"),
    [
        ("김민수", "민수", "김"),
        ("남궁민수", "민수", "남궁"),
        ("선우진", "우진", "선"),
        ("王小明", "小明", "王"),
        ("陳志明", "志明", "陳"),
        ("王芳", "芳", "王"),
        ("欧阳娜娜", "娜娜", "欧阳"),
        ("司徒明", "明", "司徒"),
        ("田中太郎", "太郎", "田中"),
        ("佐藤健", "健", "佐藤"),
        ("長谷川美咲", "美咲", "長谷川"),
        ("佐々木花子", "花子", "佐々木"),
        ("高橋まゆみ", "まゆみ", "高橋"),
    ],
)
def test_a_whole_name_is_cut_behind_its_family_name(whole, first, last):
    assert composed(split_whole_name(standardise_name(whole)[0])) == (first, last)
    assert composed(split_whole_name(whole)) == (first, last)


@pytest.mark.parametrize(
    "name",
    [
        "지훈",
        "김",
        "志明",
        "太郎",
        "美咲",
        "林太郎",
        "王",
        "田中",
        "花子",
        "anna",
        "Анна",
        "さくら",
        "",
    ],
)
def test_a_given_name_or_a_family_name_alone_is_not_cut(name):
    assert split_whole_name(standardise_name(name)[0]) is None


@given(st.text(max_size=40))
def test_the_parts_of_any_text_are_the_text(text):
    names = split_whole_name(text)
    assert names is None or (names[1] + names[0] == text and all(names))
