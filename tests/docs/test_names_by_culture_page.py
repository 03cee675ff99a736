"""Every line of docs/names-by-culture.md is put to the policy."""

import re
from pathlib import Path

import pytest
from fixtures.unrelated_people import after_unrelated_people

PAGE = (Path(__file__).parents[2] / "docs/names-by-culture.md").read_text(encoding="utf-8")
PHONES = ("12125550143", "16465550177")
EMAILS = ("box77@example.com", "sunflower88@example.org")

SECTIONS = dict(re.findall(r"(?m)^## (\w+)\n((?:(?!## ).*\n)*)", PAGE))
LINE = re.compile(r"(?m)^\| (.+), (.+) \| (.+), (.+) \| (phone|email|phone and email) \| (\w+) p")


@pytest.fixture(scope="module")
def people_in():
    return after_unrelated_people()


@pytest.mark.parametrize("culture", SECTIONS)
def test_the_policy_takes_each_pair_for_what_the_page_says(culture, people_in):
    lines = LINE.findall(SECTIONS[culture])
    assert len(lines) == SECTIONS[culture].count("\n| ") - 1 >= 5
    for last, first, other_last, other_first, in_common, said in lines:
        one, other = (
            (
                *name,
                PHONES[0 if "phone" in in_common else at],
                EMAILS[0 if "email" in in_common else at],
            )
            for at, name in enumerate(((first, last), (other_first, other_last)))
        )
        taken_for = {"one": 1, "two": 2}[said]
        assert (people_in(one, other), people_in(other, one)) == (taken_for, taken_for), one


def test_each_culture_of_the_table_has_a_section():
    table = re.findall(r"(?m)^\| (\w+) \| \d.*\|$", PAGE)
    assert table == list(SECTIONS)
    assert len(table) == 14
