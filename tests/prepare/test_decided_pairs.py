"""What people have decided overrides the policy: chains, blocks, and what is counted."""

import random

import pytest

from cxone_async.contacts.model import Contact
from cxone_async.matching.policy import Duplicate, MatchPolicy
from cxone_async.matching.registry import new_matcher
from cxone_async.outcome import Outcome, RowOutcome
from cxone_async.prepare.decided_pairs import (
    DecidedMatching,
    DecidedPairs,
    DecisionCounts,
    PeopleByKey,
)

ROWS = 40


def contact(row: int, person: int) -> Contact:
    name = ("Ada", "Bo", "Cy", "Di", "Ed")[person % 5]
    email = f"{name}.{person}@example.com".lower()
    phone = f"120255501{person:02}"
    return Contact(row, phone, "", email, name, f"Abbott{person}", "US", phone, email)


def decide(
    people: list[int], pairs: DecidedPairs, policy: MatchPolicy, block_rows: int
) -> tuple[dict[int, Duplicate], DecisionCounts]:
    matcher = new_matcher(policy, 100.0)
    matching = DecidedMatching(matcher, pairs)
    inputs = [matcher.standardise(contact(row, one)) for row, one in enumerate(people, start=1)]
    found = {}
    for first in range(0, len(inputs), block_rows):
        block = inputs[first : first + block_rows]
        for one, decision in zip(block, matching.decide_all(block, ()), strict=True):
            if isinstance(decision, Duplicate):
                found[one.contact.row] = decision
    return found, matching.counts()


def kept_row(row: int, found: dict[int, Duplicate]) -> int:
    while row in found:
        row = found[row].of_row
    return row


@pytest.mark.parametrize("policy", MatchPolicy)
def test_no_chain_of_duplicates_joins_whom_people_told_apart(policy: MatchPolicy) -> None:
    """And who is the same is dropped, however the rows are cut into blocks."""
    draw = random.Random(f"decided {policy}")
    for _ in range(60):
        people = [draw.randrange(6) for _ in range(ROWS)]
        truth = PeopleByKey()  # what the person who decides takes the rows for
        rows = list(range(1, ROWS + 1))
        same = []
        for later, earlier in (sorted(draw.sample(rows, 2), reverse=True) for _ in range(4)):
            truth.join(later, earlier)
            same.append((later, earlier))
        different = [
            (later, earlier)
            for later, earlier in (sorted(draw.sample(rows, 2), reverse=True) for _ in range(25))
            if truth.person(later) != truth.person(earlier)
        ]
        pairs = DecidedPairs({row: row for row in rows}, same, different)
        found, counts = decide(people, pairs, policy, draw.choice((1, 7, ROWS)))
        assert counts == DecisionCounts(len(same), len(different), 0)
        for later, earlier in same:
            assert kept_row(later, found) == kept_row(earlier, found)
            assert (found[later].rule, found[later].score) == ("decision", 100.0)
        for one, other in different:
            assert kept_row(one, found) != kept_row(other, found)
        assert all(one.of_row < row for row, one in found.items())
        assert found == decide(people, pairs, policy, 3)[0]


def test_rows_that_no_decision_names_are_decided_as_without_any() -> None:
    people = [1, 2, 1, 3, 2, 1]
    plain, _ = decide(people, DecidedPairs(), MatchPolicy.CORROBORATED, 6)
    pairs = DecidedPairs({2: 0, 4: 1}, same=[(1, 0)])
    decided, _ = decide(people, pairs, MatchPolicy.CORROBORATED, 6)
    assert decided == plain | {4: Duplicate(2, "decision", 100.0)}


def test_a_suppressed_row_is_a_row_to_be_the_same_as_and_an_invalid_one_is_not() -> None:
    matcher = new_matcher(MatchPolicy.OFF)
    pairs = DecidedPairs({1: 1, 2: 2, 3: 3, 4: 4}, same=[(3, 1), (4, 2)], different=[(4, 1)])
    matching = DecidedMatching(matcher, pairs)
    decided = [
        RowOutcome(1, 2, Outcome.SUPPRESSED, "dnc_flag"),
        RowOutcome(2, 3, Outcome.INVALID, "phone_missing"),
        RowOutcome(5, 6, Outcome.SUPPRESSED, "dnc_flag"),
    ]
    inputs = [matcher.standardise(contact(row, row)) for row in (3, 4)]
    third, fourth = matching.decide_all(inputs, decided)
    assert third == Duplicate(1, "decision", 100.0)
    assert not isinstance(fourth, Duplicate)
    assert matching.counts() == DecisionCounts(same=2, different=1, unused=2)


def test_a_later_suppressed_row_of_the_block_is_nobody_s_earlier_row() -> None:
    matcher = new_matcher(MatchPolicy.OFF)
    matching = DecidedMatching(matcher, DecidedPairs({1: 1, 2: 2}, same=[(2, 1)]))
    suppressed = [RowOutcome(2, 3, Outcome.SUPPRESSED, "dnc_flag")]
    (first,) = matching.decide_all([matcher.standardise(contact(1, 1))], suppressed)
    assert not isinstance(first, Duplicate)
