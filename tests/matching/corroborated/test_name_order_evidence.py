"""What a list has to show before its names are read in another order than the header says."""

from collections.abc import Iterable
from itertools import count

import pytest

from cxone_async.matching.corroborated.name_order_evidence import (
    FEWEST_HOUSEHOLDS,
    FEWEST_KNOWN,
    MOST_ROWS,
    MOST_ROWS_OF_A_HOUSEHOLD,
    NameOrderEvidence,
)
from cxone_async.matching.name_order import NameOrder

GIVEN_FIRST, FAMILY_FIRST, UNKNOWN = NameOrder
SYLLABLES = ["ba", "ko", "ri", "mu", "ze", "da", "po", "li", "tun", "wex"]

Row = tuple[str, str, str, str]


def word(number: int) -> str:
    """A made-up name, another one for each number; neighbours have little in common."""
    mixed = number * 7919 % 100_000
    return "".join(SYLLABLES[int(digit)] for digit in f"{mixed:05}").capitalize()


def household(number: int, people: int = 2) -> list[Row]:
    """People of one phone and one family name: given name, family name."""
    phone = f"+1 202 555 {number:04}"
    family = word(50_000 + number)
    return [(phone, "", word(10 * number + at), family) for at in range(people)]


def strangers(people: int) -> list[Row]:
    return [(f"+1 303 {n:07}", "", word(60_000 + n), word(30_000 + n)) for n in range(people)]


def exchanged(rows: Iterable[Row]) -> list[Row]:
    return [(phone, email, last, first) for phone, email, first, last in rows]


def whole(rows: Iterable[Row], pattern: str = "{0} {1}") -> list[Row]:
    return [(phone, email, pattern.format(first, last), "") for phone, email, first, last in rows]


def learned(rows, given_names=(), family_names=()):
    evidence = NameOrderEvidence(frozenset(given_names), frozenset(family_names))
    for row in rows:
        evidence.add(*row)
    return evidence.conclude()


def households(number):
    return [row for at in range(number) for row in household(at)]


@pytest.mark.parametrize("number", [FEWEST_HOUSEHOLDS, 40])
def test_what_households_share_is_the_family_name(number):
    _, proper = learned(households(number) + strangers(100))
    _, turned = learned(exchanged(households(number) + strangers(100)))
    assert (proper.columns, turned.columns) == (GIVEN_FIRST, FAMILY_FIRST)
    assert proper.households_given_first == turned.households_family_first == number
    assert proper.households_family_first == turned.households_given_first == 0
    assert proper.rows == 2 * number + 100


@pytest.mark.parametrize("number", [FEWEST_HOUSEHOLDS, 40])
def test_and_so_it_is_in_one_field(number):
    rows = households(number) + strangers(100)
    _, first = learned(whole(rows))
    _, last = learned(whole(rows, "{1} {0}"))
    assert (first.one_field, last.one_field) == (GIVEN_FIRST, FAMILY_FIRST)
    assert first.one_field_households_given_first == number
    assert last.one_field_households_family_first == number
    assert first.rows == 0
    assert first.one_field_rows == 2 * number + 100


def test_a_mailbox_is_as_good_as_a_phone_and_a_household_of_both_counts_once():
    with_mailbox = [("", f"x{row[0][-4:]}@example.com", *row[2:]) for row in households(10)]
    with_both = [(row[0], f"x{row[0][-4:]}@example.com", *row[2:]) for row in households(10)]
    for rows in (with_mailbox, with_both):
        _, finding = learned(exchanged(rows))
        assert finding.columns is FAMILY_FIRST
        assert finding.households_family_first == 9  # the given names of one are too much alike


def test_a_phone_is_the_same_in_every_notation_and_with_another_extension():
    forms = ["202-555-{:04}", "+1 (202) 555-{:04} x12", "0012025 55{:04} ext. 7"]
    rows = [
        (forms[(n + at) % 3].format(n), *row[1:])
        for n in range(10)
        for at, row in enumerate(household(n))
    ]
    assert learned(exchanged(rows))[1].columns is FAMILY_FIRST


@pytest.mark.parametrize("phone", ["", "n/a", "555-01"])
def test_what_is_no_phone_is_nobodys_phone(phone):
    rows = [(phone, *row[1:]) for row in households(10)]
    assert learned(exchanged(rows))[1].households_family_first == 0


def test_a_list_that_shows_nothing_is_read_as_its_header_says_and_one_field_is_unknown():
    assert learned(strangers(500))[1].columns is GIVEN_FIRST
    assert learned(whole(strangers(500)))[1].one_field is UNKNOWN
    nothing = learned([])[1]
    assert (nothing.columns, nothing.one_field, nothing.rows) == (GIVEN_FIRST, UNKNOWN, 0)


def test_one_household_against_the_header_among_thousands_of_strangers_changes_nothing():
    rows = strangers(3000) + exchanged(household(1))
    assert learned(rows)[1].columns is GIVEN_FIRST


@pytest.mark.parametrize("number", [2, FEWEST_HOUSEHOLDS - 1])
def test_a_few_households_against_the_header_make_it_doubtful(number):
    assert learned(exchanged(households(number)) + strangers(50))[1].columns is UNKNOWN


def test_a_list_of_two_halves_is_unknown():
    half = households(20)
    other = [(row[0].replace("555", "556"), *row[1:]) for row in exchanged(households(20))]
    assert learned(half + other)[1].columns is UNKNOWN
    assert learned(whole(half) + whole(other))[1].one_field is UNKNOWN


def test_a_company_is_no_household():
    board = [("+1 202 555 0100", "", word(7), word(n)) for n in range(MOST_ROWS_OF_A_HOUSEHOLD + 1)]
    rows = [(f"+1 202 555 {n:04}", *row[1:]) for n in range(20) for row in board]
    assert learned(rows)[1].households_family_first == 0


def test_namesakes_by_chance_are_no_family():
    """In small offices two people have one given name as often as it is common."""
    given = [word(n) for n in range(4)]  # of four given names, a pair shares one in four times
    rows = [
        (f"+1 202 555 {n:04}", "", given[(n * 3 + at * (1 + n % 4)) % 4], word(500 + 2 * n + at))
        for n in range(200)
        for at in range(2)
    ]
    finding = learned(rows)[1]
    assert finding.columns is GIVEN_FIRST
    assert finding.households_family_first < 5


def test_people_who_have_married_are_too_few_against_those_who_only_repeat():
    repeated = [(row[0], "", word(n), word(70_000 + n)) for n, row in enumerate(strangers(300))]
    married = [(row[0], "", word(900 + n // 2), word(80_000 + n))
               for n, row in enumerate(households(10))]  # fmt: skip
    assert learned(repeated + repeated + married)[1].columns is GIVEN_FIRST


def test_a_short_form_of_a_name_is_no_household():
    """García López and García are one person's, and Lucía is not the family."""
    rows = [
        (f"+1 202 555 {n:04}", "", f"{word(n)} {word(100 + n)}{second}", "")
        for n in range(20)
        for second in (f" {word(200 + n)}", "")
    ]
    assert learned(rows)[1].one_field_households_family_first == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ivanov", "Ivanova"),
        ("Sigurjónsson", "Sigurjónsdóttir"),
        ("Seibert", "Seibert-Naser"),
        ("García López", "López Ruiz"),
        ("Berg", "van der Berg"),
    ],
)
def test_family_names_of_one_stem_are_shared(one, other):
    rows = [
        (f"+1 202 555 {n:04}", "", word(2 * n + at), last)
        for n in range(10)
        for at, last in enumerate((one, other))
    ]
    finding = learned(rows + strangers(1000))[1]
    assert finding.households_given_first >= 9


def test_a_misspelt_name_is_no_other_name():
    rows = [
        (f"+1 202 555 {n:04}", "", word(n), last)
        for n in range(20)
        for last in (word(500 + n), word(500 + n)[:-1] + "x")
    ]
    assert learned(rows)[1].households_family_first == 0


GIVEN = {word(60_000 + n).lower() for n in range(400)}
FAMILY = {word(30_000 + n).lower() for n in range(400)}


@pytest.mark.parametrize("known", ["given", "family"])
def test_known_names_tell_the_order_where_there_are_no_households(known):
    lists = (GIVEN, ()) if known == "given" else ((), FAMILY)
    rows = strangers(400)
    assert learned(rows, *lists)[1].columns is GIVEN_FIRST
    assert learned(exchanged(rows), *lists)[1].columns is FAMILY_FIRST
    assert learned(whole(rows), *lists)[1].one_field is GIVEN_FIRST
    assert learned(whole(rows, "{1} {0}"), *lists)[1].one_field is FAMILY_FIRST
    assert learned(exchanged(rows), *lists)[1].known_family_first == 400


def test_few_known_names_say_nothing_for_one_field_and_make_a_header_doubtful():
    few = sorted(GIVEN)[: FEWEST_KNOWN - 1]
    rows = strangers(400)
    assert learned(whole(rows), few)[1].one_field is UNKNOWN
    assert learned(exchanged(rows), few)[1].columns is UNKNOWN
    assert learned(exchanged(rows), few[:7])[1].columns is GIVEN_FIRST


def test_names_that_are_known_as_both_tell_nothing():
    rows = strangers(400)
    assert learned(whole(rows), GIVEN | FAMILY)[1].one_field is UNKNOWN
    assert learned(exchanged(rows), GIVEN, GIVEN)[1].columns is GIVEN_FIRST


def test_a_few_known_foreigners_do_not_decide_but_make_the_order_doubtful():
    rows = exchanged(strangers(400)) + [
        (f"+1 404 {n:07}", "", word(90_000 + n), word(40_000 + n)) for n in range(1600)
    ]
    of_two_percent = sorted(GIVEN)[:40]
    assert learned(rows, of_two_percent)[1].columns is UNKNOWN


@pytest.mark.parametrize("pattern", ["{0} {1}", "{1} {0}"])
def test_evidence_that_contradicts_the_other_makes_the_order_unknown(pattern):
    rows = households(40)
    shared = {row[3].lower() for row in rows}
    assert learned(rows, shared)[1].columns is UNKNOWN
    assert learned(exchanged(rows), shared)[1].columns is UNKNOWN
    assert learned(whole(rows, pattern), shared)[1].one_field is UNKNOWN


def test_the_columns_of_a_list_tell_the_order_of_its_whole_names():
    numbers = count()
    rows = [
        (f"+1 303 {next(numbers):07}", "", word(given), word(1000 + family))
        for given in range(30)
        for family in range(30)
    ]
    reading, finding = learned(
        rows + [(f"8{p[1:]}", e, f"{b} {a}", "") for p, e, a, b in rows[:60]]
    )
    assert finding.columns is GIVEN_FIRST
    assert finding.one_field is FAMILY_FIRST
    assert reading.given_words == {word(n).lower() for n in range(30)}
    assert reading.family_words == {word(1000 + n).lower() for n in range(30)}
    assert not reading.has_whole_names


def test_words_are_learned_the_right_way_round_from_exchanged_columns():
    rows = [(row[0], "", word(n % 5), row[3]) for n, row in enumerate(households(40))]
    reading, finding = learned(exchanged(rows))
    assert finding.columns is FAMILY_FIRST
    assert word(1).lower() in reading.given_words
    assert learned(exchanged(rows[:2]) + rows[2:4])[0].given_words == frozenset()


def test_a_word_between_the_others_is_no_family_name():
    """Văn stands in the middle, and first where the family name is missing."""
    rows = [
        (row[0], "", f"{row[3]} Văn {row[2]}" if n % 8 else f"Văn {row[2]}", "")
        for n, row in enumerate(households(40))
    ]
    reading, finding = learned(rows)
    assert finding.one_field is FAMILY_FIRST
    assert "van" not in reading.family_words


@pytest.mark.parametrize("pattern", ["{given} {family} {other}", "{family} {other} {given}"])
def test_second_family_names_are_noticed(pattern):
    families = [word(3000 + n) for n in range(12)]
    rows = [
        (
            row[0],
            "",
            pattern.format(
                given=row[2],
                family=families[n // 2 % 12],
                other=families[(n // 2 * 5 + 1) % 12],
            ),
            "",
        )
        for n, row in enumerate(households(60))
    ]
    reading, finding = learned(rows)
    assert finding.one_field is not UNKNOWN
    assert reading.has_two_family_names
    assert reading.has_whole_names
    assert {word(3000 + n).lower() for n in range(12)} <= reading.family_words


def test_of_four_words_the_inner_two_are_told_apart():
    families = [word(3000 + n) for n in range(12)]
    rows = [
        (
            row[0],
            "",
            f"{families[n // 2 % 12]} {families[(n // 2 * 5 + 1) % 12]} Davinor {row[2]}",
            "",
        )
        for n, row in enumerate(households(60))
    ]
    assert "davinor" in learned(rows)[0].given_words


def test_a_comma_teaches_the_words_but_not_the_order_of_the_other_rows():
    rows = [
        (f"+1 303 {n:07}", "", f"{word(n // 4)}, {word(500 + n // 4)}", "") for n in range(40)
    ] + [("", "", "Acme, Inc.", "")]
    reading, finding = learned(rows)
    assert finding.one_field is UNKNOWN
    assert (finding.rows, finding.one_field_rows) == (0, 0)
    assert word(0).lower() in reading.family_words
    assert word(500).lower() in reading.given_words
    assert reading.has_whole_names


def test_names_of_one_word_say_nothing():
    assert learned([("1", "", "Sukarno", ""), ("1", "", "", "Sukarti")])[1].one_field_rows == 0


def test_no_more_rows_are_wanted_than_say_something():
    evidence = NameOrderEvidence((), ())
    assert (evidence.room, evidence.is_full) == (MOST_ROWS, False)
    for _ in range(MOST_ROWS):
        evidence.add("", "", "Ada", "Abbott")
    assert (evidence.room, evidence.is_full) == (0, True)


def test_the_words_that_are_kept_are_bounded():
    rows = [("", "", word(n // 3), "Abbott") for n in range(15_000)]
    assert len(learned(rows)[0].given_words) == 4_000
