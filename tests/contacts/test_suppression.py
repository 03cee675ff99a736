"""The suppression list. How its files are read: tests/suppression."""

from cxone_async.contacts.suppression import Listed, SuppressionList
from cxone_async.outcome import Reason


class Everybody:
    """A long list, of the phones and emails that end as given."""

    descriptors = ()

    def has_phone(self, phone: str) -> bool:
        return phone.endswith("199")

    def has_email(self, email: str) -> bool:
        return email.endswith("@long.example.com")


def test_an_empty_list_lists_nobody() -> None:
    listed = SuppressionList()
    assert listed.find("12125550123", "jane@example.com") is None
    assert listed.is_empty


def test_who_is_listed_or_remembered_makes_a_list_of_somebody() -> None:
    assert not SuppressionList(Listed(phones=frozenset({"12125550123"}))).is_empty
    assert not SuppressionList(Listed(emails=frozenset({"jane@example.com"}))).is_empty
    assert not SuppressionList(Listed(long=Everybody())).is_empty
    listed = SuppressionList()
    listed.remember("", "")
    assert listed.is_empty
    listed.remember("", "jane@example.com")
    listed.remember("", "")
    assert not listed.is_empty


def test_a_long_list_counts_beside_the_short_one() -> None:
    listed = SuppressionList(
        Listed(frozenset({"12125550123"}), frozenset({"jane@example.com"}), Everybody())
    )
    assert listed.contains_phone("12125550123")
    assert listed.contains_phone("12125550199")
    assert listed.contains_email("jane@example.com")
    assert listed.contains_email("ann@long.example.com")
    assert not listed.contains_phone("12125550124")
    assert not listed.contains_email("joe@example.com")
    assert listed.find("12125550199", "") is not None


def test_what_was_remembered_is_found_as_earlier_and_the_file_goes_first() -> None:
    suppression = SuppressionList(
        Listed(frozenset({"12125550123"}), frozenset({"jane@example.com"}))
    )
    suppression.remember("12125550199", "joe@example.com")
    suppression.remember("12125550123", "jane@example.com")
    found = {
        name: suppression.find(phone, email)
        for name, phone, email in [
            ("listed phone", "12125550123", ""),
            ("listed email", "12125550199", "jane@example.com"),
            ("earlier phone", "12125550199", "ann@example.com"),
            ("earlier email", "12125550100", "joe@example.com"),
        ]
    }
    assert {
        name: problem and (problem.reason, problem.detail[:5]) for name, problem in found.items()
    } == {
        "listed phone": (Reason.SUPPRESSION_FILE, "phone"),
        "listed email": (Reason.SUPPRESSION_FILE, "email"),
        "earlier phone": (Reason.SUPPRESSED_EARLIER, "phone"),
        "earlier email": (Reason.SUPPRESSED_EARLIER, "email"),
    }
    assert suppression.contains_phone("12125550199")
    assert suppression.contains_email("joe@example.com")


def test_an_empty_phone_or_email_is_nobodys() -> None:
    suppression = SuppressionList()
    suppression.remember("", "")
    assert suppression.find("", "") is None
    assert not suppression.contains_phone("")
    assert not suppression.contains_email("")
