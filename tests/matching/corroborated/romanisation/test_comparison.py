"""Forms of one name, and names of two people, in both directions."""

import unicodedata

import pytest
from fixtures import names_in_scripts
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.matching.corroborated.names import standardise_name, without_spaces
from cxone_async.matching.corroborated.romanisation.comparison import (
    compare_across_scripts,
    is_romanisation,
)
from cxone_async.matching.corroborated.romanisation.level import (
    ALIKE,
    IMPOSSIBLE,
    POSSIBLE,
    SAME,
)

LISTS = {name: text for name, text in vars(names_in_scripts).items() if name.isupper()}


def standard(raw: str) -> str:
    return without_spaces(standardise_name(raw.replace("_", " "))[0])


def lines(text: str):
    for line in text.strip().splitlines():
        own, *rest = line.split()
        bar = rest.index("|")
        yield own, rest[:bar], rest[bar + 1 :]


ONE_NAME = [
    pytest.param(own, latin, id=f"{own}-{latin}")
    for text in LISTS.values()
    for own, forms, _ in lines(text)
    for latin in forms
]
TWO_NAMES = [
    pytest.param(own, latin, id=f"{own}-{latin}")
    for text in LISTS.values()
    for own, _, others in lines(text)
    for latin in others
]


def test_each_script_is_tried_on_forty_pairs():
    for text in LISTS.values():
        forms = [form for _, forms, _ in lines(text) for form in forms]
        others = [other for _, _, others in lines(text) for other in others]
        assert min(len(forms), len(others)) >= 34
        assert len(forms) + len(others) >= 80


@pytest.mark.parametrize(("own", "latin"), ONE_NAME)
def test_a_name_and_its_romanisation_are_one_name(own, latin):
    one, other = standard(own), standard(latin)
    assert is_romanisation(one, other)
    assert is_romanisation(other, one)


@pytest.mark.parametrize(("own", "latin"), ONE_NAME)
def test_it_does_not_matter_whether_letters_are_composed(own, latin):
    composed = unicodedata.normalize("NFC", standard(own))
    assert compare_across_scripts(composed, standard(latin)) in (SAME, ALIKE)


@pytest.mark.parametrize(("own", "latin"), TWO_NAMES)
def test_a_name_and_the_romanisation_of_another_are_two_names(own, latin):
    assert compare_across_scripts(standard(own), standard(latin)) is IMPOSSIBLE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("서연", "Suyeon"),  # a habit that is usual for another vowel
        ("영희", "Yonghee"),
        ("国强", "Kwok-Keung"),  # perhaps in Cantonese
        ("金", "김"),  # how a Korean reads a character is not known
        ("민수", "M."),
        ("София", "S."),
        ("محمد", "M."),
        ("วิชัย", "Wichai"),  # a script that is not known
        ("Иван Ivan", "Ivan"),
        ("Константин", "Konstatin"),
        ("Екатерина", "Ekaterinna"),
    ],
)
def test_what_is_not_known_stays_possible(one, other):
    assert compare_across_scripts(standard(one), standard(other)) is POSSIBLE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("張偉", "张伟"),  # traditional and simplified
        ("渡邊", "渡辺"),  # old and new Japanese
        ("斎藤", "斉藤"),
        ("髙橋", "高橋"),
        ("田中", "たなか"),
        ("たなか", "タナカ"),
        ("ﾔﾏﾀﾞ", "ヤマダ"),
        ("裕子", "ユウコ"),
        ("김", "김"),
    ],
)
def test_one_name_in_two_ways_of_asian_writing_is_the_same(one, other):
    assert compare_across_scripts(standard(one), standard(other)) is SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [("芳", "芳秀"), ("田中", "たなべ"), ("花子", "タロウ"), ("김", "이"), ("Иван", "Анна")],
)
def test_two_names_in_one_script_or_two_are_two_names(one, other):
    assert compare_across_scripts(standard(one), standard(other)) is IMPOSSIBLE


@pytest.mark.parametrize(
    ("one", "other"),
    [("Юсуф", "يوسف"), ("Γεώργιος", "Георгиос"), ("प्रिया", "প্রিয়া"), ("यूसुफ", "يوسف")],
)
def test_a_name_sounds_alike_in_two_scripts_that_are_not_latin(one, other):
    assert compare_across_scripts(standard(one), standard(other)) in (SAME, ALIKE)


@pytest.mark.parametrize(
    ("own", "latin"),
    [("Александр", "Sasha"), ("Екатерина", "Katya"), ("Саша", "Alexander"), ("Михаил", "Misha")],
)
def test_a_nickname_in_another_script_sounds_alike(own, latin):
    assert compare_across_scripts(standard(own), standard(latin)) is ALIKE


@pytest.mark.parametrize(
    ("own", "latin"),
    [
        ("عبد الرحمن", "abd al rahman"),
        ("김 민수", "kim min su"),
        ("小 明", "xiao ming"),
        ("анна мария", "anna maria"),
        ("ग़ालिब", "ghalib"),
    ],
)
def test_spaces_between_words_do_not_count(own, latin):
    assert is_romanisation(own, latin)


def test_an_established_name_is_no_slip_of_another():
    assert compare_across_scripts(standard("Мария"), "marina") is IMPOSSIBLE


ANY_NAME = st.text(max_size=40) | st.sampled_from(
    [standard(own) for text in LISTS.values() for own, _, _ in lines(text)]
)


@given(ANY_NAME, ANY_NAME)
def test_any_two_texts_compare_alike_in_both_orders(one, other):
    assert compare_across_scripts(one, other) is compare_across_scripts(other, one)


@given(ANY_NAME)
def test_every_text_is_the_same_as_itself(name):
    assert compare_across_scripts(name, name) is SAME
