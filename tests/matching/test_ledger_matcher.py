"""What a policy gives to a ledger and takes from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import Contact
from cxone_async.matching.policy import (
    FIRST_EARLIER_ROW,
    POLICIES_WITH_LEDGER,
    Duplicate,
    Kept,
    LedgerMatcher,
    MatchPolicy,
)
from cxone_async.matching.registry import definition, new_ledger_matcher

POLICIES = sorted(POLICIES_WITH_LEDGER)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)


def contact(
    row: int, phone: str = "", email: str = "", first: str = "", last: str = "", extension: str = ""
) -> Contact:
    return Contact(row, phone, extension, email, first, last, "US", phone, email)


ADA = ("12025550101", "ada@example.com", "Ada", "Abbott")


def recalled(matcher: LedgerMatcher, person: Contact, row: int = FIRST_EARLIER_ROW) -> None:
    values = matcher.ledger_values(matcher.standardise(person))
    matcher.recall(matcher.from_ledger(row, values))


def test_only_policies_that_find_people_by_keys_have_a_ledger() -> None:
    assert [one for one in MatchPolicy if definition(one).ledger_matcher] == POLICIES
    with pytest.raises(ValueError, match="no ledger"):
        new_ledger_matcher(MatchPolicy.ANY_FIELD)


@pytest.mark.parametrize("policy", POLICIES)
@given(st.from_regex(r"[0-9]{0,12}", fullmatch=True), TEXT, TEXT, TEXT)
def test_a_contact_comes_back_from_a_ledger_as_it_was(
    policy: MatchPolicy, phone: str, local: str, first: str, last: str
) -> None:
    matcher = new_ledger_matcher(policy)
    email = f"{local.lower().strip()}@example.com" if local else ""
    as_read = matcher.standardise(contact(7, phone, email, first, last))
    came_back = matcher.from_ledger(7, matcher.ledger_values(as_read))
    assert came_back.contact == as_read.contact
    assert matcher.ledger_keys(came_back) == matcher.ledger_keys(as_read)


def test_the_keys_are_those_that_ledgers_hold() -> None:
    """A change here needs a new `SCHEMA_VERSION` of the ledger: it would find nobody any more."""
    corroborated = new_ledger_matcher(MatchPolicy.CORROBORATED)
    exact = new_ledger_matcher(MatchPolicy.EXACT)
    person = contact(1, *ADA, extension="12")
    assert corroborated.ledger_values(corroborated.standardise(person)) == (
        b"12025550101x12\x1fada@example.com\x1fada\x1fabbott\x1f"
    )
    assert corroborated.ledger_keys(corroborated.standardise(person)) == KEYS_CORROBORATED
    assert exact.ledger_values(exact.standardise(person)) == b"12025550101x12\x1fada@example.com"
    assert exact.ledger_keys(exact.standardise(person)) == KEYS_EXACT


KEYS_CORROBORATED = (2609613109, 1207428796, 2266814112, 250137932)
KEYS_EXACT = (429279246, 4285320835)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_person_who_was_recalled_is_found_as_an_earlier_row(policy: MatchPolicy) -> None:
    matcher = new_ledger_matcher(policy)
    recalled(matcher, contact(5, *ADA))
    decision = matcher.decide_beside_recalled(matcher.standardise(contact(1, *ADA)))
    assert isinstance(decision, Duplicate)
    assert decision.of_row == FIRST_EARLIER_ROW


def test_another_spelling_is_found_and_a_relative_is_not() -> None:
    matcher = new_ledger_matcher(MatchPolicy.CORROBORATED)
    recalled(matcher, contact(5, ADA[0], "robert.berg@example.com", "Robert", "Berg"))
    other_spelling = contact(1, ADA[0], "", "Bob", "Berg")
    relative = contact(2, ADA[0], "", "Maria", "Berg")
    found = matcher.decide_beside_recalled(matcher.standardise(other_spelling))
    assert isinstance(found, Duplicate)
    assert isinstance(matcher.decide_beside_recalled(matcher.standardise(relative)), Kept)


def test_names_that_are_common_among_earlier_people_say_less() -> None:
    """As in one file: a thousand John Smiths came before, so another one is somebody else."""
    people = [
        contact(row, "", f"john.smith{row}@example.com", "John", "Smith") for row in range(1, 2000)
    ]
    matcher = new_ledger_matcher(MatchPolicy.CORROBORATED)
    values = [matcher.ledger_values(matcher.standardise(person)) for person in people]
    john = contact(5, "12025550101", "jsmith@example.net", "John", "Smith")
    again = contact(1, "", "jsmith@example.net", "John", "Smith")

    def is_found(frequencies: bytes) -> bool:
        matcher = new_ledger_matcher(MatchPolicy.CORROBORATED)
        matcher.begin_with(frequencies)
        recalled(matcher, john)
        decision = matcher.decide_beside_recalled(matcher.standardise(again))
        return isinstance(decision, Duplicate)

    in_parts = matcher.count_people(matcher.count_people(b"", values[:1000]), values[1000:])
    assert in_parts == matcher.count_people(b"", values)
    assert is_found(b"")
    assert not is_found(in_parts)


def test_people_who_come_again_say_nothing_of_how_often_phones_are_shared() -> None:
    """A list that comes again whole has hardly a shared phone; that is no news of families."""
    matcher = new_ledger_matcher(MatchPolicy.CORROBORATED)
    for at in range(3000):
        person = contact(1, f"1202555{at:04}", f"person{at}@example.com", f"Given{at}", "Berg")
        recalled(matcher, person, FIRST_EARLIER_ROW + at)
        decision = matcher.decide_beside_recalled(matcher.standardise(person))
        assert isinstance(decision, Duplicate)
    unnamed = contact(2, "12025550001", "somebody.else@example.org")
    fresh = new_ledger_matcher(MatchPolicy.CORROBORATED)
    recalled(fresh, contact(1, "12025550001", "person1@example.com", "Given1", "Berg"))
    expected = fresh.decide_beside_recalled(fresh.standardise(unnamed))
    assert type(matcher.decide_beside_recalled(matcher.standardise(unnamed))) is type(expected)


def test_very_many_people_on_a_phone_fill_its_block_and_are_no_candidates() -> None:
    matcher = new_ledger_matcher(MatchPolicy.CORROBORATED)
    for at in range(40):
        person = contact(1, "12025550101", "", f"Given{at}", f"Family{at}")
        recalled(matcher, person, FIRST_EARLIER_ROW + at)
    nobody_new = contact(1, "12025550101", "", "", "")
    assert isinstance(matcher.decide_beside_recalled(matcher.standardise(nobody_new)), Kept)
    assert matcher.statistics()["shared_values_cut"] == 1


def test_namesakes_of_earlier_runs_fill_the_block_of_their_name() -> None:
    matcher = new_ledger_matcher(MatchPolicy.CORROBORATED)
    for at in range(20):
        person = contact(1, f"1202555{at:04}", "", "Quirin", "Zellweger")
        recalled(matcher, person, FIRST_EARLIER_ROW + at)
    matcher.decide_beside_recalled(
        matcher.standardise(contact(1, "12025559999", "", "Quirin", "Zellweger"))
    )
    assert matcher.statistics()["same_names_cut"] == 1
