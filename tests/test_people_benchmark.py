"""`benchmarks/people.py`: the lists that matching is measured on are what they say."""

import csv
import random
import re
import sys
from itertools import combinations, groupby, islice

import pytest
from fixtures.benchmark_modules import benchmark_module

from cxone_async.commands.evaluate import read_truth

cultures = benchmark_module("cultures")
households = benchmark_module("households")
people = benchmark_module("people")
repeats = benchmark_module("repeats")

ISSUED = {"en", "de", "es", "ja", "hi", "ar", "zh", "pt", "ru", "tr", "vi", "nl", "ko", "is"}

pytestmark = pytest.mark.slow


def new_people(code, count):
    draw = random.Random(code)
    culture = cultures.culture(code)
    made = islice(households.new_households(culture, draw), count)
    return culture, draw, [person for household in made for person in household]


def digits(phone):
    number = re.split("x|ext", phone)[0]
    return re.sub(r"\D", "", number)[-6:]


def mailbox(email):
    local, _, provider = email.strip().lower().partition("@")
    local = local.partition("+")[0]
    return local.replace(".", "") if provider == "gmail.com" else local, provider


def test_there_are_many_cultures():
    assert set(cultures.CULTURES) > ISSUED


@pytest.mark.parametrize("code", cultures.CULTURES)
def test_the_same_seed_gives_the_same_list_and_another_seed_another(code):
    assert people.people(code, 200, 1) == people.people(code, 200, 1)
    assert people.people(code, 200, 1) != people.people(code, 200, 2)


@pytest.mark.parametrize("code", cultures.CULTURES)
def test_whatever_happens_to_a_repeat_it_keeps_the_phone_or_the_email(code):
    culture, draw, made = new_people(code, 60)
    for person in made:
        first = repeats.first_row(person, culture, draw)
        for _ in range(4):
            again = repeats.repeated_row(person, culture, draw, repeats.Recipe())
            has_phone = first.phone and digits(again.phone) == digits(first.phone)
            has_email = first.email and mailbox(again.email) == mailbox(first.email)
            assert has_phone or has_email, (first, again)


@pytest.mark.parametrize("code", cultures.CULTURES)
def test_somebody_careful_can_tell_all_people_apart(code):
    _, _, made = new_people(code, 400)
    seen: dict[tuple, str] = {}
    for person in made:
        names = (person.first and person.first.spellings[0], person.family, person.mark)
        told = (person.phone, person.extension, person.email, names)
        assert seen.setdefault(told, person.person) == person.person


@pytest.mark.parametrize("code", ["en", "hi", "pt", "zh"])
def test_relatives_have_different_first_names_but_for_namesakes(code):
    _, _, made = new_people(code, 400)
    relatives = ("spouse", "parent", "child", "twin", "sibling")
    for _, group in groupby(made, lambda person: person.household):
        members = [person for person in group if person.role in relatives and person.first]
        for one, other in combinations(members, 2):
            assert not one.first.is_like(other.first), (one, other)


def test_family_names_follow_sex_and_father():
    russian, icelandic = cultures.culture("ru"), cultures.culture("is")
    name = cultures.Name(("Chaykovskiy",), own="Чайковский")
    assert russian.for_sex(name, "women").own == "Чайковская"
    assert russian.for_sex(name, "women").spellings[0] == "Chaykovskaya"
    father = cultures.Name(("Björn",))
    assert icelandic.for_sex(father, "women").spellings == ("Bjarnardóttir",)
    assert icelandic.for_sex(cultures.Name(("Bjarni",)), "men").spellings == ("Bjarnason",)


@pytest.mark.parametrize(
    ("code", "script"), [("ru", "Cyrillic"), ("ja", "Han"), ("ko", "Hangul"), ("ar", "Arabic")]
)
def test_some_are_written_in_their_own_script_and_repeats_change_it(code, script):
    made = people.people(code, 800, 1)
    assert 0.2 < sum(row.script == script for row in made) / 800 < 0.45
    assert any("other script" in row.changes for row in made)
    scripts: dict[str, str] = {}
    for row in made:  # the script is that of the person's first row
        written = people.script_of(row.first_name + row.last_name)
        assert row.script == scripts.setdefault(row.person, written)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("as-written", ("Ichiro", "Tanaka")),
        ("exchanged", ("Tanaka", "Ichiro")),
        ("one-field", ("Tanaka Ichiro", "")),
        ("last-comma-first", ("Tanaka, Ichiro", "")),
    ],
)
def test_the_names_stand_in_the_columns_of_the_order(order, expected):
    culture, draw, made = new_people("ja", 1)
    row = repeats.first_row(made[0], culture, draw)
    row.first_name, row.last_name = "Ichiro", "Tanaka"
    ordered = people.reordered(row, culture, order)
    assert (ordered.first_name, ordered.last_name) == expected


def test_an_order_changes_nothing_else():
    for order in people.ORDERS[1:]:
        for one, other in zip(
            people.people("hu", 200, 1), people.people("hu", 200, 1, order), strict=True
        ):
            assert (one.phone, one.email, one.person, one.script) == (
                other.phone, other.email, other.person, other.script,
            )  # fmt: skip


def test_a_list_its_truth_and_its_kinds_are_written_side_by_side(tmp_path, monkeypatch):
    arguments = ["people.py", "ko", "300", "7", str(tmp_path / "ko.csv")]
    monkeypatch.setattr(sys, "argv", arguments)
    people.main()
    made = people.people("ko", 300, 7)
    assert read_truth(tmp_path / "ko.truth.csv") == {
        at: row.person for at, row in enumerate(made, 1)
    }
    with (tmp_path / "ko.csv").open(newline="", encoding="utf-8") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == [row.cells for row in made]
    with (tmp_path / "ko.kinds.csv").open(newline="", encoding="utf-8") as file:
        kinds = list(csv.DictReader(file))
    assert [(one["household"], one["role"], one["script"]) for one in kinds] == [
        (row.household, row.role, row.script) for row in made
    ]
