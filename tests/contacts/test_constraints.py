"""Campaign constraints."""

from cxone_async.contacts.constraints import Constraints, unknown_fields


def test_field_names_that_no_contact_has_are_found() -> None:
    assert unknown_fields(["phone", "fax", "country", "Email"]) == ("fax", "Email")
    assert unknown_fields([]) == ()


def test_a_campaign_that_asks_nothing_special_needs_phone_and_email() -> None:
    assert Constraints().required_fields == {"phone", "email"}
