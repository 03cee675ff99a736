import subprocess
import sys

import pytest
from fixtures import names_in_scripts
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.matching.corroborated.names import standardise_name
from cxone_async.matching.corroborated.romanisation.comparison import compare_across_scripts
from cxone_async.matching.corroborated.romanisation.forms import (
    are_variants_in_any_script,
    canonical_latin,
    canonical_names,
    find_form,
    latin_forms,
)
from cxone_async.matching.corroborated.romanisation.level import IMPOSSIBLE
from cxone_async.matching.corroborated.romanisation.spelling import FORMS_LIMIT

OWN_NAMES = [
    line.split()[0]
    for name, text in vars(names_in_scripts).items()
    if name.isupper()
    for line in text.strip().splitlines()
]


def standard(raw: str) -> str:
    return standardise_name(raw.replace("_", " "))[0]


ANY_NAME = st.text(max_size=40) | st.sampled_from(OWN_NAMES).map(standard)


@pytest.mark.parametrize(
    ("own", "forms"),
    [
        ("София", {"sofiya", "sofia", "sofiia"}),
        ("김", {"kim", "gim"}),
        ("정", {"jung", "jeong", "chung"}),
        ("小明", {"xiaoming", "hsiaoming"}),
        ("吕", {"lu", "lyu", "lv"}),
        ("大野", {"ono", "oono", "ohno"}),
        ("裕子", {"yuko", "yuuko", "hiroko"}),
        ("Γιώργος", {"giorgos", "yiorgos"}),
        ("محمد", {"mohammed", "muhammad"}),
        ("प्रिया", {"priya", "pria"}),
    ],
)
def test_usual_forms_are_listed(own, forms):
    assert forms <= set(latin_forms(standard(own)))


@pytest.mark.parametrize(
    ("own", "latin"),
    [
        ("Третьякова", "tretyakova"),
        ("지훈", "jihun"),
        ("김", "kim"),
        ("单", "shan"),
        ("曾", "zeng"),
        ("田中", "tanaka"),
        ("王", "wang"),
        ("さとう", "sato"),
        ("محمد", "mohammed"),
        ("लक्ष्मी", "lakshmi"),
        ("sofia", "sofia"),
        ("غرغور", "غرغور"),
    ],
)
def test_one_form_stands_for_a_name(own, latin):
    assert canonical_latin(standard(own)) == latin


def test_han_names_are_read_in_one_language():
    assert canonical_names("志明", "陳") == ("zhiming", "chen")
    assert canonical_names("志明", "田中") == ("shimei", "tanaka")
    assert canonical_names("美玲", "林") == ("meiling", "lin")
    assert canonical_names("まゆみ", "林") == ("mayumi", "lin")
    assert canonical_names("anna", "lin") == ("anna", "lin")


@pytest.mark.parametrize(
    ("own", "text", "found"),
    [
        ("София", "sofia77", "sofia"),
        ("София", "t.sofiya", "sofiya"),
        ("محمد", "mohamed.ali", "mohamed"),
        ("김", "kimchi", "kim"),
        ("裕子", "tanaka.yuko3", "yuko"),
        ("小明", "wxiaoming88", "xiaoming"),
        ("София", "anna77", ""),
        ("易", "yinghua", ""),  # two letters say nothing
        ("anna", "anna77", ""),  # not in its own script
    ],
)
def test_a_form_is_found_in_an_address(own, text, found):
    assert find_form(standard(own), text) == found


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("Саша", "Александр", True),
        ("Лёша", "Алексей", True),
        ("Катя", "yekaterina", True),
        ("bob", "robert", True),
        ("Маша", "Наташа", False),
        ("김", "이", False),
    ],
)
def test_nicknames_are_known_in_any_script(one, other, are_one):
    assert are_variants_in_any_script(standard(one), standard(other)) is are_one


@given(ANY_NAME)
def test_forms_are_few_short_and_of_the_name(name):
    forms = latin_forms(name)
    assert len(forms) <= 2 * FORMS_LIMIT
    for form in forms:
        assert form.isascii()
        assert form.isalpha()
        assert form == form.lower()
        assert len(form) <= 9 * len(name)
        assert compare_across_scripts(name, form) is not IMPOSSIBLE


@given(ANY_NAME)
def test_the_canonical_form_of_a_canonical_form_is_itself(name):
    assert canonical_latin(canonical_latin(name)) == canonical_latin(name)


@given(ANY_NAME, st.text(max_size=30))
def test_what_is_found_is_in_the_text(name, text):
    assert find_form(name, text) in text


def test_a_name_in_latin_letters_reads_no_table():
    program = """
from cxone_async.matching.corroborated.romanisation import forms, han, spellings
forms.canonical_latin("anna"), forms.latin_forms("anna"), forms.find_form("anna", "anna.abbott")
tables = (han._pinyin, han._simplified, han._japanese_names, han._japanese_characters)
print(sum(table.cache_info().currsize for table in (*tables, spellings._listed)))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stdout.split() == [b"0"]
