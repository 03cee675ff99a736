"""Inputs made to cost time or memory, scaled to what CI can run on one core."""

import time
import tracemalloc

import pytest

from cxone_async.matching.policy import Duplicate, Kept, MatchPolicy
from cxone_async.matching.registry import new_matcher

pytestmark = pytest.mark.slow

PHONE = "12125550101"
REMEMBERING = (MatchPolicy.CORROBORATED, MatchPolicy.ANY_FIELD)


@pytest.fixture(params=REMEMBERING)
def fresh(request):
    return new_matcher(request.param)


def test_identical_rows_are_one_person_and_leave_one_record(fresh, new_contact):
    first = new_contact("Ada", "Abbott", PHONE, "ada@example.com")
    assert isinstance(fresh.decide(fresh.standardise(first)), Kept)
    for row in range(30_000):
        if row == 10_000:  # tracing is slow, and what grows grows to the end
            tracemalloc.start()
        decision = fresh.decide(fresh.standardise(first))
        assert isinstance(decision, Duplicate)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 20_000  # and not a hundred for each row


def test_a_phone_that_everybody_shares_costs_the_same_for_every_row(new_contact):
    matching = new_matcher(MatchPolicy.CORROBORATED)
    letters = "abcdefghijklmnopqrstuvwxyz"

    def seconds_for(rows):
        contacts = [
            new_contact(letters[n % 26] * 3 + letters[n // 26 % 26] * 3, f"Last{n}", PHONE)
            for n in range(rows)
        ]
        start_s = time.process_time()
        for contact in contacts:
            matching.decide(matching.standardise(contact))
        return time.process_time() - start_s

    first_s = seconds_for(20_000)
    later_s = seconds_for(20_000)
    assert later_s < 2 * first_s + 0.3  # three times is what a look at every earlier row costs


@pytest.mark.parametrize(
    "value",
    [
        "x" * 100_000,
        "7" * 100_000,
        "x" * 50_000 + "@" + "y" * 50_000,
        "\N{GRINNING FACE}" * 1_000,
        "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}\N{ARABIC LETTER ALEF}",
        "\x00\x1f\n\r\x7f\N{ZERO WIDTH JOINER}\N{RIGHT-TO-LEFT OVERRIDE}",
        "\N{COMBINING ACUTE ACCENT}" * 500,
        " ",
        "@",
        "+@gmail.com",
        "\ud800",
    ],
    ids=lambda value: repr(value[:12]),
)
def test_any_field_of_any_kind_is_decided_twice_the_same(fresh, new_contact, value):
    rows = [
        new_contact(value, value, value, value, value),
        new_contact(value, "Abbott", PHONE, value),
        new_contact("Ada", value, PHONE, "ada@example.com"),
        new_contact("Ada", value, value, "ada@example.com"),
    ]
    started_s = time.process_time()
    for row in rows * 3:
        fresh.decide(fresh.standardise(row))
    assert time.process_time() - started_s < 5
    assert isinstance(fresh.decide(fresh.standardise(rows[2])), Duplicate)


def test_right_to_left_and_han_names_are_witnesses_like_any_other(new_contact):
    matching = new_matcher(MatchPolicy.CORROBORATED)

    def decide(*names_and_phone):
        return matching.decide(matching.standardise(new_contact(*names_and_phone)))

    alef_bet = "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}\N{HEBREW LETTER GIMEL}"
    dalet_he = "\N{HEBREW LETTER DALET}\N{HEBREW LETTER HE}\N{HEBREW LETTER VAV}"
    assert isinstance(decide(alef_bet, dalet_he, PHONE), Kept)
    assert isinstance(decide(alef_bet, dalet_he, PHONE), Duplicate)
    assert isinstance(decide(dalet_he[::-1], alef_bet[1:], PHONE), Kept)
