"""Earlier rows of which it is known that they are other people, in every policy."""

import random

import pytest

from cxone_async.contacts.model import Contact
from cxone_async.matching.any_field import matcher as any_field
from cxone_async.matching.any_field.matcher import AnyFieldMatcher, ScanMatcher
from cxone_async.matching.policy import KEPT, Duplicate, Kept, MatchPolicy
from cxone_async.matching.registry import new_matcher

POLICIES = [MatchPolicy.CORROBORATED, MatchPolicy.EXACT, MatchPolicy.ANY_FIELD]


def person(row, first_name="Ada", phone="12025550101", email="ada@example.com"):
    return Contact(row, phone, "", email, first_name, "Abbott", "US", phone, email)


def decided(policy, *contacts, threshold=85.0):
    """Decide contacts, each given with the rows that it is different from."""
    matcher = new_matcher(policy, threshold)
    return [
        matcher.decide(matcher.standardise(contact), different) for contact, different in contacts
    ]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_row_is_no_duplicate_of_a_row_that_it_is_different_from(policy):
    _, again, third = decided(policy, (person(1), ()), (person(2), {1}), (person(3), {1}))
    assert not isinstance(again, Duplicate)
    assert isinstance(third, Duplicate)
    assert third.of_row == 2
    *_, none_left = decided(policy, (person(1), ()), (person(2), {1}), (person(3), {1, 2}))
    assert not isinstance(none_left, Duplicate)


def test_the_default_policy_shows_no_resemblance_of_them_either():
    brother = person(2, "Zed", email="zed@example.org")
    _, resembles = decided(MatchPolicy.CORROBORATED, (person(1), ()), (brother, ()))
    assert isinstance(resembles, Kept)
    assert [one.resembles_row for one in resembles.resembles] == [1]
    _, kept = decided(MatchPolicy.CORROBORATED, (person(1), ()), (brother, {1}))
    assert kept == KEPT


def test_the_default_policy_looks_at_no_namesake_among_them():
    unreachable = person(1, phone="", email="")
    again = person(2, phone="", email="")
    _, resembles = decided(MatchPolicy.CORROBORATED, (unreachable, ()), (again, ()))
    assert resembles != KEPT
    _, kept = decided(MatchPolicy.CORROBORATED, (unreachable, ()), (again, {1}))
    assert kept == KEPT


def test_exact_compares_the_email_when_the_phone_is_somebody_else_s():
    other = person(2, phone="12025550199", email="new@example.com")
    *_, dropped = decided(
        MatchPolicy.EXACT, (person(1), ()), (other, ()), (person(3, email="new@example.com"), {1})
    )
    assert dropped == Duplicate(2, "exact-email", 100.0)


@pytest.mark.parametrize("many_keys", [1 << 14, 8])
@pytest.mark.slow
def test_the_original_rule_says_the_same_by_index_and_by_scan(monkeypatch, many_keys):
    monkeypatch.setattr(any_field, "MANY_KEYS", many_keys)
    draw = random.Random(16)
    for threshold in (70.0, 85.0, 100.0):
        indexed, scanned = AnyFieldMatcher(threshold), ScanMatcher(threshold)
        for row in range(1, 150):
            phone = f"120255501{draw.randrange(40):02}" if draw.random() < 0.9 else ""
            email = f"{draw.choice('abc')}{draw.randrange(20)}@example.com"
            contact = person(row, phone=phone, email=email if draw.random() < 0.9 else "")
            different = {draw.randrange(1, row + 1) for _ in range(3)} if row % 3 else ()
            one, other = (
                matcher.decide(matcher.standardise(contact), different)
                for matcher in (indexed, scanned)
            )
            assert one == other
            assert not (isinstance(one, Duplicate) and one.of_row in different)
