"""What the default policy calls a duplicate, case by case."""

import random
import subprocess
import sys

import pytest

from cxone_async.matching.corroborated.matcher import (
    IDENTIFIER_BLOCK_LIMIT,
    RESEMBLANCES_LIMIT,
    CorroboratedMatcher,
)
from cxone_async.matching.policy import KEPT, Duplicate, Kept

PHONE = "12125550101"
OTHER_PHONE = "13105550177"
EMAIL = "sunflower88@example.com"
OTHER_EMAIL = "bluebird17@example.org"


@pytest.fixture
def decide_all(new_contact):
    """Decide rows given as (first name, last name, phone, email[, extension])."""

    def decide(*rows):
        matcher = CorroboratedMatcher()
        return [matcher.decide(matcher.standardise(new_contact(*row))) for row in rows]

    return decide


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        (("Ada", "Abbott", PHONE, ""), ("Ada", "Abbott", PHONE, ""), "phone+name"),
        (("Ada", "Abbott", PHONE, EMAIL), ("Ada", "Abbott", PHONE, EMAIL), "phone+email"),
        (("Ada", "Abbott", PHONE, EMAIL), ("ADA", "abbott", OTHER_PHONE, EMAIL), "email+name"),
        (("Robert", "Abbott", PHONE, ""), ("Bob", "Abbott", PHONE, OTHER_EMAIL), "phone+name"),
        (("Robert", "Abbott", PHONE, EMAIL), ("R.", "Abbott", PHONE, EMAIL), "phone+email"),
        (("Robert", "Abbott", PHONE, EMAIL), ("", "Abbott", PHONE, EMAIL), "phone+email"),
        (("Ada", "Abbott", PHONE, ""), ("Abbott", "Ada", PHONE, ""), "phone+name"),
        (("Zoë", "Müller", PHONE, ""), ("Zoe", "Muller", PHONE, ""), "phone+name"),
        (("Matilda", "Abbott", PHONE, ""), ("Matlida", "Abbott", PHONE, ""), "phone+name"),
        (("Dr. Ada", "Abbott", PHONE, ""), ("Ada M.", "Abbott", PHONE, ""), "phone+name"),
        (("Ada Abbott", "", PHONE, ""), ("Ada", "Abbott", PHONE, ""), "phone+name"),
        (("Ada", "Abbott", PHONE, ""), ("Ada", "Abbott-Jones", PHONE, ""), "phone+name"),
        (("", "", PHONE, ""), ("", "", PHONE, ""), "nothing-new"),
        (("Ada", "Abbott", PHONE, EMAIL), ("", "", "", EMAIL), "nothing-new"),
        (("", "", PHONE, ""), ("Ada", "Abbott", PHONE, ""), "phone"),
        (
            ("Ada", "Quillfeather", PHONE, ""),
            ("Ada", "Quillfeather", "12125550107", ""),
            "similar-phone+name",
        ),
        (
            ("Ada", "Quillfeather", "", "sunflowr88@example.com"),
            ("Ada", "Quillfeather", "", EMAIL),
            "similar-email+name",
        ),
        (
            ("Ada", "Quillfeather", "", EMAIL),
            ("Ada", "Quillfeather", "", "sunflower88@example.net"),
            "similar-email+name",
        ),
        (
            ("Ada", "Abbott", PHONE, "ada.abbott+news@example.com"),
            ("Ada", "Abbott", "", "ada.abbott@example.com"),
            "email+name",
        ),
        (
            ("Ada", "Abbott", PHONE, "ada.abbott@gmail.com"),
            ("Ada", "Abbott", "", "a.daabbott@googlemail.com"),
            "email+name",
        ),
    ],
)
def test_two_witnesses_make_a_duplicate(decide_all, first, second, rule):
    kept, dropped = decide_all(first, second)
    assert kept == KEPT
    assert isinstance(dropped, Duplicate)
    assert (dropped.of_row, dropped.rule) == (1, rule)
    assert 0 <= dropped.score <= 100


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # a family shares phone, mailbox and last name
        (("Mary", "Abbott", PHONE, ""), ("John", "Abbott", PHONE, "")),
        (("Mary", "Abbott", PHONE, EMAIL), ("John", "Abbott", PHONE, EMAIL)),
        (("Maria", "Rossi", PHONE, EMAIL), ("Mario", "Rossi", PHONE, EMAIL)),
        (("Paolo", "Rossi", PHONE, EMAIL), ("Paola", "Rossi", PHONE, EMAIL)),
        (("Eric", "Rossi", PHONE, EMAIL), ("Erica", "Rossi", PHONE, EMAIL)),
        (("Daniel", "Rossi", PHONE, EMAIL), ("Daniela", "Rossi", PHONE, EMAIL)),
        (("John", "Abbott Sr.", PHONE, EMAIL), ("John", "Abbott Jr.", PHONE, EMAIL)),
        (("Mr.", "Abbott", PHONE, EMAIL), ("Mrs.", "Abbott", PHONE, EMAIL)),
        # names alone are no witness
        (("Ada", "Abbott", PHONE, EMAIL), ("Ada", "Abbott", OTHER_PHONE, OTHER_EMAIL)),
        (("Ada", "Quillfeather", PHONE, ""), ("Ada", "Quillfeather", "", EMAIL)),
        # an address made of the name says no more than the name, and digits tell people apart
        (
            ("Ada", "Abbott", "", "ada.abbott12@example.com"),
            ("Ada", "Abbott", "", "ada.abbott34@example.com"),
        ),
        # placeholders, masks and role mailboxes are no evidence
        (("Ada", "Abbott", "0000000000", ""), ("Ada", "Abbott", "0000000000", EMAIL)),
        (("Ada", "Abbott", "1234567890", ""), ("Ada", "Abbott", "1234567890", EMAIL)),
        (("Ada", "Abbott", PHONE, "none@none.com"), ("Ada", "Burns", "", "none@none.com")),
        (("Ada", "Abbott", PHONE, "info@example.com"), ("Ada", "Burns", "", "info@example.com")),
        (("Ada", "Abbott", PHONE, "ventas@example.com"), ("Ada", "Hu", "", "ventas@example.com")),
        (
            ("Ada", "Abbott", "", "kontakt@example.com"),
            ("Ada", "Abbott", "", "kontakt@example.com"),
        ),
        (("Ada", "Abbott", PHONE, "ad***@example.com"), ("Ada", "Hu", "", "ad***@example.com")),
        # another extension is another desk
        (("Ada", "Abbott", PHONE, "", "1201"), ("Ada", "Burns", PHONE, "", "3478")),
        # nothing at all
        (("", "", "", ""), ("", "", "", "")),
    ],
)
def test_one_witness_is_not_enough(decide_all, first, second):
    decisions = decide_all(first, second)
    assert all(isinstance(decision, Kept) for decision in decisions)


def test_a_nameless_row_with_a_phone_of_its_own_is_kept_if_many_could_have_its_address(decide_all):
    firsts = ("Mary", "Peter", "Walter", "Susan")
    smiths = [
        (firsts[number % 4], "Smith", f"1646{number:07}", f"{firsts[number % 4]}{number}@gmail.com")
        for number in range(200)
    ]
    *_, kept = decide_all(
        *smiths,
        ("Joan", "Smith", PHONE, "jsmith@gmail.com"),
        ("", "", OTHER_PHONE, "jsmith@gmail.com"),
    )
    assert isinstance(kept, Kept)
    assert kept.resembles[0].rule == "email"


def test_what_resembles_without_a_second_witness_is_reported(decide_all):
    _, kept = decide_all(("Mary", "Abbott", PHONE, ""), ("John", "Abbott", PHONE, ""))
    (resemblance,) = kept.resembles
    assert (resemblance.row, resemblance.resembles_row) == (2, 1)
    assert resemblance.rule == "phone+name"
    assert resemblance.score < 85


def test_resemblances_are_bounded(decide_all):
    names = ("Mary", "John", "Peter", "Susan", "Walter", "Helen", "Oscar")
    *_, last = decide_all(*((name, "Abbott", PHONE, "") for name in names))
    assert len(last.resembles) == RESEMBLANCES_LIMIT


def test_a_chain_of_variants_resolves_to_any_earlier_row(decide_all):
    decisions = decide_all(
        ("Ada", "Abbott", PHONE, ""),
        ("Ada", "Abbott", PHONE, EMAIL),
        ("Ada", "Abbott", OTHER_PHONE, EMAIL),
        ("Ada", "Abott", OTHER_PHONE, ""),
    )
    assert decisions[0] == KEPT
    assert [decision.of_row for decision in decisions[1:]] == [1, 2, 3]


def test_evidence_needed_grows_with_the_list(new_contact):
    def decision_after(rows_before):
        matcher = CorroboratedMatcher()
        for number in range(rows_before):
            phone = f"1646{number:07}"
            first, last = ("John", "Peter", "Mary")[number % 3], f"Smith{'abcd'[number % 4]}"
            matcher.decide(
                matcher.standardise(new_contact(first, last, phone, f"{first}{number}@gmail.com"))
            )
        matcher.decide(
            matcher.standardise(new_contact("John", "Smitha", "", "john.smitha@gmail.com"))
        )
        return matcher.decide(
            matcher.standardise(new_contact("John", "Smitha", "", "john.smitha@gmail.com"))
        )

    assert isinstance(decision_after(0), Duplicate)
    assert isinstance(decision_after(6_000), Kept)


def test_a_switchboard_is_no_evidence_once_many_people_share_it(decide_all):
    names = ("Mary", "John", "Peter", "Susan", "Walter", "Helen", "Oscar", "Nora", "Paul", "Ruth")
    *_, stranger = decide_all(
        *((name, f"Last{name}", PHONE, "") for name in names), ("Mary", "Unrelated", PHONE, "")
    )
    assert isinstance(stranger, Kept)


_STAFF = (
    *("Mary", "Peter", "Susan", "Walter", "Helen", "Oscar", "Nora", "Paul", "Ruth", "George"),
    *("Diana", "Frank", "Grace", "Henry", "Irene", "Kevin", "Laura", "Victor"),
)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Ada", "Abbott", PHONE, EMAIL), ("Ada", "Abbott", PHONE, OTHER_EMAIL)),
        (("Ada", "Abbott", PHONE, EMAIL), ("Ada", "Abbott", OTHER_PHONE, EMAIL)),
    ],
    ids=["switchboard", "mailbox of a company"],
)
def test_two_of_one_name_are_two_people_where_more_than_a_block_share_the_value(
    decide_all, first, second
):
    shares_phone = first[2] == second[2]
    staff = [
        (
            name,
            f"Last{name}",
            PHONE if shares_phone else f"1646{n:07}",
            "" if shares_phone else EMAIL,
        )
        for n, name in enumerate(_STAFF)
    ]
    *_, one, other = decide_all(*staff, first, second)
    assert isinstance(one, Kept)
    assert isinstance(other, Kept)
    assert isinstance(decide_all(first, second)[1], Duplicate)


def test_a_row_that_adds_nothing_is_a_repeat_even_on_a_switchboard(decide_all):
    staff = [(name, f"Last{name}", PHONE, "") for name in _STAFF]
    person = ("Ada", "Abbott", PHONE, EMAIL)
    *_, kept, without_email, whole = decide_all(*staff, person, (*person[:3], ""), person)
    assert isinstance(kept, Kept)
    row = len(staff) + 1
    assert (without_email.of_row, whole.of_row) == (row, row)


def test_a_phone_full_of_one_persons_variants_is_no_switchboard(decide_all):
    letters = "abcdefghijklmnopqrstuvwxyz"
    husband = [
        ("Robert", "Abbott", PHONE, f"{letters[n] * 3}quarry@example.com")
        for n in range(IDENTIFIER_BLOCK_LIMIT)
    ]
    wife = [("Ada", "Abbott", PHONE, EMAIL), ("Ada", "Abbott", PHONE, OTHER_EMAIL)]
    *_, again = decide_all(wife[0], *husband, wife[1])
    assert isinstance(again, Duplicate)
    assert again.of_row == 1


def test_the_block_of_a_shared_value_is_capped_and_the_cut_is_counted(new_contact):
    matcher = CorroboratedMatcher()
    names = _unlike_names(40)
    for name in names:
        assert isinstance(
            matcher.decide(matcher.standardise(new_contact(name, "Abbott", PHONE))), Kept
        )
    assert matcher.statistics()["shared_values_cut"] == 40 - IDENTIFIER_BLOCK_LIMIT


def _john_smiths(new_contact, number):
    matcher = CorroboratedMatcher()
    for person in range(number):
        phone, email = f"1646{person * 104_729 % 10_000_000:07}", f"john.smith{person:05}@aol.com"
        matcher.decide(matcher.standardise(new_contact("John", "Smith", phone, email)))
    return matcher


def test_a_name_that_too_many_have_finds_no_row_and_the_cut_is_counted(new_contact):
    matcher = _john_smiths(new_contact, 500)
    assert matcher.statistics()["same_names_cut"] > 400


def test_where_namesakes_are_expected_an_address_made_of_the_name_finds_nobody(new_contact):
    matcher = _john_smiths(new_contact, 500)
    matcher.decide(
        matcher.standardise(new_contact("John", "Smith", PHONE, "john.smith@example.com"))
    )
    stranger = new_contact("John", "Smith", OTHER_PHONE, "john.smith@example.net")
    assert matcher.decide(matcher.standardise(stranger)) == KEPT


def test_where_namesakes_are_expected_the_phone_still_finds_its_owner(new_contact):
    matcher = _john_smiths(new_contact, 500)
    matcher.decide(
        matcher.standardise(new_contact("John", "Smith", PHONE, "john.smith@example.com"))
    )
    again = matcher.decide(
        matcher.standardise(new_contact("John", "Smith", PHONE, "john.smith@example.net"))
    )
    assert isinstance(again, Duplicate)
    assert again.of_row == 501


def _unlike_names(number):
    draw = random.Random(5)
    return ["".join(draw.sample("abcdefghijklmnopqrstuvwxyz", 9)) for _ in range(number)]


@pytest.mark.slow
def test_decisions_are_the_same_in_another_process_with_another_hash_seed():
    program = """
import random
from cxone_async.contacts.model import Contact
from cxone_async.matching.registry import new_matcher
from cxone_async.matching.policy import MatchPolicy
draw = random.Random(1)
matching = new_matcher(MatchPolicy.CORROBORATED)
for row in range(1, 1500):
    first, last = draw.choice(("Ada", "Bob", "Rob", "Ann", "Zed")), draw.choice(("Hu", "Li", "Ba"))
    phone = f"1212555{draw.randrange(300):04}"
    email = f"{first}{draw.randrange(200)}@example.com".lower()
    contact = Contact(row, phone, "", email, first, last, "US", phone, email)
    print(matching.decide(matching.standardise(contact)))
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    (output,) = outputs
    assert output.count(b"Duplicate(") > 100


def test_few_names_and_nothing_else_in_common_drops_nobody(new_contact):
    draw = random.Random(3)
    firsts = ("Mary", "John", "Peter", "Susan", "Walter", "Helen", "Oscar", "Nora")
    lasts = ("Smith", "Jones", "Garcia", "Rossi", "Patel", "Kim")
    matcher = CorroboratedMatcher()
    phones = draw.sample(range(10**7), 4_000)
    dropped = 0
    for number, phone in enumerate(phones):
        first, last = draw.choice(firsts), draw.choice(lasts)
        email = f"{first}.{last}{number}@gmail.com"
        decision = matcher.decide(
            matcher.standardise(new_contact(first, last, f"1999{phone:07}", email))
        )
        dropped += isinstance(decision, Duplicate)
    assert dropped == 0
