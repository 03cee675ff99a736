"""Campaign constraints and the do-not-call flag."""

import pytest

from cxone_async.contacts.constraints import Constraints, parse_dnc_flag, unknown_fields


@pytest.mark.parametrize("raw", ["1", "true", "TRUE", "True", "yes", "Yes", "y", "Y", " y "])
def test_these_flags_say_do_not_call(raw: str) -> None:
    assert parse_dnc_flag(raw) is True


@pytest.mark.parametrize("raw", ["", " ", "0", "false", "no", "n", "11", "yess", "on", "t", "-1"])
def test_no_other_flag_does(raw: str) -> None:
    assert parse_dnc_flag(raw) is False


def test_field_names_that_no_contact_has_are_found() -> None:
    assert unknown_fields(["phone", "fax", "country", "Email"]) == ("fax", "Email")
    assert unknown_fields([]) == ()


def test_a_campaign_that_asks_nothing_special_needs_phone_and_email() -> None:
    assert Constraints().required_fields == {"phone", "email"}
