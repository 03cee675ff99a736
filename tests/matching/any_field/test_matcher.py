"""The indexed rule against the rule as it is worded."""

import random
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.fuzz import token_sort_ratio
from rapidfuzz.process import extractOne

from cxone_async.contacts.model import Contact
from cxone_async.matching.any_field.matcher import (
    AnyFieldMatcher,
    ScanMatcher,
    email_key,
    phone_key,
)
from cxone_async.matching.policy import KEPT, Duplicate

pytestmark = pytest.mark.slow

THRESHOLDS = (
    *(50, 55.5, 60, 66.7, 70, 75, 78.26, 80, 82.5, 84.2, 85, 86.4, 88, 90, 90.9, 92.3, 95),
    *(97.5, 100),
)
ROWS_PER_THRESHOLD = 1_350  # times 19 thresholds: more than 25,000 rows


def _contact(row, raw_phone, raw_email):
    return Contact(row, "", "", "", "", "", "", raw_phone, raw_email)


def _drawn_rows(rows, draw, drawn_phone, drawn_email, changed):
    made: list[Contact] = []
    for row in range(1, rows + 1):
        phone, email = drawn_phone(draw), drawn_email(draw)
        if made and draw.random() < 0.3:
            phone = changed(draw.choice(made).raw_phone, draw)
        if made and draw.random() < 0.3:
            email = changed(draw.choice(made).raw_email, draw)
        made.append(_contact(row, phone, email))
    return made


def _scanned_decisions(contacts, threshold):
    """Return the plain scan's decisions: rapidfuzz compares each key with all keys left behind."""
    left: tuple[list[str], list[str]] = ([], [])
    decisions = []
    for contact in contacts:
        dropped = False
        for key, keys in zip(
            (phone_key(contact.raw_phone), email_key(contact.raw_email)), left, strict=True
        ):
            if not key or dropped:
                continue
            # The cut-off leaves room for rounding; the score itself is compared below.
            best = extractOne(key, keys, scorer=token_sort_ratio, score_cutoff=threshold - 0.01)
            dropped = best is not None and best[1] >= threshold
            if not dropped:
                keys.append(key)
        decisions.append(dropped)
    return decisions


@pytest.fixture(scope="module")
def drawn_rows(drawn_phone, drawn_email, changed):
    return partial(_drawn_rows, drawn_phone=drawn_phone, drawn_email=drawn_email, changed=changed)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_every_decision_is_the_plain_scans(threshold, drawn_rows):
    contacts = drawn_rows(ROWS_PER_THRESHOLD, random.Random(f"rows for {threshold}"))
    matcher = AnyFieldMatcher(threshold)
    decided = [
        isinstance(matcher.decide(matcher.standardise(contact)), Duplicate) for contact in contacts
    ]
    assert decided == _scanned_decisions(contacts, threshold)
    assert 0 < sum(decided) < len(decided)


@pytest.mark.parametrize("threshold", [0, 33.3, 85])
def test_the_row_and_the_score_named_are_the_scans_too(threshold, drawn_rows):
    contacts = drawn_rows(700, random.Random(7))
    indexed, scanned = AnyFieldMatcher(threshold), ScanMatcher(threshold)
    assert [indexed.decide(indexed.standardise(contact)) for contact in contacts] == [
        scanned.decide(scanned.standardise(contact)) for contact in contacts
    ]


def test_strings_beyond_the_counted_length_are_compared_too(changed):
    draw = random.Random(9)
    long_values = ["".join(draw.choices("abcdef", k=draw.randrange(110, 150))) for _ in range(150)]
    long_values += [changed(draw.choice(long_values), draw) for _ in range(150)]
    draw.shuffle(long_values)
    contacts = [_contact(row, "", value) for row, value in enumerate(long_values, 1)]
    indexed, scanned = AnyFieldMatcher(85), ScanMatcher(85)
    decided = [indexed.decide(indexed.standardise(contact)) for contact in contacts]
    assert decided == [scanned.decide(scanned.standardise(contact)) for contact in contacts]
    assert any(isinstance(decision, Duplicate) for decision in decided)


_FEW_CHARACTERS = st.text(alphabet="ab1 @", max_size=9)


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(st.tuples(_FEW_CHARACTERS, _FEW_CHARACTERS), max_size=25),
    threshold=st.floats(0, 100),
)
def test_short_alike_strings_at_any_threshold(values, threshold):
    indexed, scanned = AnyFieldMatcher(threshold), ScanMatcher(threshold)
    for row, (phone, email) in enumerate(values, 1):
        contact = _contact(row, phone, email)
        assert indexed.decide(indexed.standardise(contact)) == scanned.decide(
            scanned.standardise(contact)
        )


def test_a_dropped_row_leaves_its_phone_but_not_its_email():
    matcher = AnyFieldMatcher(85)
    assert matcher.decide(matcher.standardise(_contact(1, "", "ada.abbott@example.com"))) is KEPT
    dropped = matcher.decide(
        matcher.standardise(_contact(2, "212-555-0101", "ada.abbott@example.com"))
    )
    assert dropped == Duplicate(of_row=1, rule="similar-email", score=100.0)
    by_phone = matcher.decide(
        matcher.standardise(_contact(3, "(212) 555-0101", "somebody.else@example.org"))
    )
    assert by_phone == Duplicate(of_row=2, rule="similar-phone", score=100.0)
    assert matcher.decide(matcher.standardise(_contact(4, "", "somebody.else@example.org"))) is KEPT


def test_rows_with_neither_phone_nor_email_are_never_duplicates():
    matcher = AnyFieldMatcher(0)
    assert matcher.decide(matcher.standardise(_contact(1, "", " "))) is KEPT
    assert matcher.decide(matcher.standardise(_contact(2, "n/a", ""))) is KEPT


def test_many_strings_are_found_after_their_bits_were_merged():
    matcher = AnyFieldMatcher(95)
    draw = random.Random(11)
    phones = [f"{draw.randrange(10**15):015}" for _ in range(9_000)]
    for row, phone in enumerate(phones, 1):
        assert matcher.decide(matcher.standardise(_contact(row, phone, ""))) is KEPT
    for row in (1, 4_096, 4_097, 8_193, 9_000):
        changed = "9" + phones[row - 1]
        found = matcher.decide(matcher.standardise(_contact(9_999, changed, "")))
        assert isinstance(found, Duplicate)
        assert found.of_row == row
