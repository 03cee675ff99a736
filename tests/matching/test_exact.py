from cxone_async.matching.exact import ExactMatcher, OffMatcher
from cxone_async.matching.policy import KEPT, Duplicate


def test_off_keeps_even_the_same_row_twice(new_contact):
    matcher = OffMatcher()
    row = new_contact("Ada", "Abbott", "12125550101", "ada@example.com")
    assert matcher.decide(matcher.standardise(row)) is KEPT
    assert matcher.decide(matcher.standardise(row)) is KEPT


def test_an_equal_phone_names_the_first_row_that_carried_it(new_contact):
    matcher = ExactMatcher()
    assert matcher.decide(matcher.standardise(new_contact("Ada", "Abbott", "12125550101"))) is KEPT
    assert matcher.decide(matcher.standardise(new_contact("Bob", "Burns", "12125550102"))) is KEPT
    assert matcher.decide(
        matcher.standardise(new_contact("Eve", "Evans", "12125550101"))
    ) == Duplicate(of_row=1, rule="exact-phone", score=100.0)


def test_an_equal_email_is_enough(new_contact):
    matcher = ExactMatcher()
    matcher.decide(
        matcher.standardise(new_contact("Ada", "Abbott", "12125550101", "ada@example.com"))
    )
    decision = matcher.decide(
        matcher.standardise(new_contact("Ada", "Abbott", "12125550102", "ADA@example.com"))
    )
    assert decision == Duplicate(of_row=1, rule="exact-email", score=100.0)


def test_the_phone_is_asked_before_the_email(new_contact):
    matcher = ExactMatcher()
    matcher.decide(matcher.standardise(new_contact(email="ada@example.com")))
    matcher.decide(matcher.standardise(new_contact(phone="12125550101")))
    decision = matcher.decide(
        matcher.standardise(new_contact(phone="12125550101", email="ada@example.com"))
    )
    assert decision == Duplicate(of_row=2, rule="exact-phone", score=100.0)


def test_a_dropped_row_leaves_its_other_value_behind(new_contact):
    matcher = ExactMatcher()
    matcher.decide(matcher.standardise(new_contact(phone="12125550101")))
    matcher.decide(matcher.standardise(new_contact(phone="12125550101", email="ada@example.com")))
    decision = matcher.decide(matcher.standardise(new_contact(email="ada@example.com")))
    assert decision == Duplicate(of_row=2, rule="exact-email", score=100.0)


def test_another_extension_is_another_phone(new_contact):
    matcher = ExactMatcher()
    matcher.decide(matcher.standardise(new_contact(phone="12125550101", extension="12")))
    assert (
        matcher.decide(matcher.standardise(new_contact(phone="12125550101", extension="34")))
        is KEPT
    )
    assert matcher.decide(matcher.standardise(new_contact(phone="12125550101"))) is KEPT


def test_empty_values_are_no_evidence(new_contact):
    matcher = ExactMatcher()
    assert matcher.decide(matcher.standardise(new_contact("Ada", "Abbott"))) is KEPT
    assert matcher.decide(matcher.standardise(new_contact("Ada", "Abbott"))) is KEPT
