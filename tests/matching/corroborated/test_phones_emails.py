import pytest

from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.phones_emails import (
    compare_emails,
    compare_phones,
    email_blocking_key,
    phone_blocking_keys,
    standardise_email,
    standardise_phone,
)


@pytest.mark.parametrize(
    ("phone", "extension", "standard"),
    [
        ("12125550101", "", "12125550101"),
        ("12125550101", "42", "12125550101x42"),
        ("121255501018476", "", "12125550101x8476"),
        ("442079460018", "", "442079460018"),
        ("", "", ""),
        ("", "42", ""),
        ("123", "", ""),
        ("10000000000", "", ""),
        ("19999999999", "", ""),
        ("11234567890", "", ""),
        ("10000000001", "", ""),
        ("9" * 100_000, "", ""),
        ("12125550101\x1f", "", ""),
    ],
)
def test_the_standard_form_of_a_phone(phone, extension, standard):
    assert standardise_phone(phone, extension) == standard


@pytest.mark.parametrize(
    ("email", "standard"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada+news@example.com", "ada@example.com"),
        ("a.d.a+x@googlemail.com", "ada@gmail.com"),
        ("a.d.a@example.com", "a.d.a@example.com"),
        ("info@example.com", ""),
        ("none@none.com", ""),
        ("ad***@example.com", ""),
        ("+x@example.com", ""),
        ("ada", ""),
        ("@example.com", ""),
        ("", ""),
        ("ada\n@example.com", ""),
        ("a" * 300 + "@example.com", ""),
    ],
)
def test_the_standard_form_of_an_email(email, standard):
    assert standardise_email(email) == standard


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("12125550101", "12125550101", ComparisonLevel.SAME),
        ("12125550101", "", ComparisonLevel.BLANK),
        ("12125550101", "12125550107", ComparisonLevel.TYPO),
        ("12125550101", "12125505101", ComparisonLevel.TYPO),
        ("12125550101", "12125550199", ComparisonLevel.DIFFERENT),
        ("12125550101", "12125550101x42", ComparisonLevel.ABBREVIATED),
        ("12125550101x4251", "12125550101x4252", ComparisonLevel.TYPO),
        ("12125550101x42", "12125550101x97", ComparisonLevel.DIFFERENT),
        # alike at 85 for the string, but two digits far apart are moved: no slip
        ("19998160120", "19998601230", ComparisonLevel.DIFFERENT),
    ],
)
def test_comparing_phones(one, other, level):
    assert compare_phones(one, other, 85.0) is level
    assert compare_phones(other, one, 85.0) is level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("ada@example.com", "ada@example.com", ComparisonLevel.SAME),
        ("ada@example.com", "", ComparisonLevel.BLANK),
        ("ada.abbott@example.com", "ada_abbott@example.com", ComparisonLevel.TYPO),
        ("sunflower@example.com", "sunflowr@example.com", ComparisonLevel.TYPO),
        ("sunflower@example.com", "sunflower@examplee.com", ComparisonLevel.TYPO),
        ("sunflower@example.com", "sunflower@mail.test", ComparisonLevel.VARIANT),
        ("ada.abbott12@example.com", "ada.abbott34@example.com", ComparisonLevel.DIFFERENT),
        ("ada.abbott12@example.com", "ada.abbott1@example.com", ComparisonLevel.DIFFERENT),
        ("ada@example.com", "bob@example.com", ComparisonLevel.DIFFERENT),
    ],
)
def test_comparing_emails(one, other, level):
    assert compare_emails(one, other, 85.0) is level
    assert compare_emails(other, one, 85.0) is level


def test_a_higher_threshold_finds_less_alike():
    assert compare_phones("12125550101", "12125550107", 95.0) is ComparisonLevel.DIFFERENT
    assert compare_emails("sunflower@a.org", "sunflowr@a.org", 97.0) is ComparisonLevel.DIFFERENT


def test_keys_bring_together_what_may_be_compared():
    assert set(phone_blocking_keys("12125550101x42")) & set(phone_blocking_keys("12125550101"))
    assert set(phone_blocking_keys("12125550101x8476")) & set(
        phone_blocking_keys("12125530101x8476")
    )
    assert email_blocking_key("christine.robertson@gmail.com") == email_blocking_key(
        "christinerobertson@aol.com"
    )
    assert email_blocking_key("ada@gmail.com") != email_blocking_key("ada@aol.com")
