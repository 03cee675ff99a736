"""The suppression list."""

import pytest

from cxone_async.contacts.suppression import SuppressionList
from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Reason


def test_phones_and_emails_are_found_in_their_normal_form() -> None:
    listed = SuppressionList.from_lines(
        ["(212) 555-0123\n", "+44 7700 900123 x9\r\n", " Jane@Example.COM \n"], "US"
    )
    assert listed.contains_phone("12125550123")
    assert listed.contains_phone("447700900123")
    assert listed.contains_email("jane@example.com")
    assert not listed.contains_phone("12125550124")
    assert not listed.contains_email("joe@example.com")


def test_blank_lines_comments_and_a_byte_order_mark_are_passed_over() -> None:
    listed = SuppressionList.from_lines(
        ["\ufeff# do not call\n", "\n", "   \n", "#212 555 0199\n", "212 555 0123"], "US"
    )
    assert listed.contains_phone("12125550123")
    assert not listed.contains_phone("12125550199")


def test_a_byte_order_mark_may_stand_before_an_entry() -> None:
    assert SuppressionList.from_lines(["\ufeffjane@example.com"], "US").contains_email(
        "jane@example.com"
    )


def test_an_empty_file_lists_nobody() -> None:
    listed = SuppressionList.from_lines([], "US")
    assert listed.find("12125550123", "jane@example.com") is None


@pytest.mark.parametrize(
    "line",
    [
        "Mobile",
        "Jane Doe",
        "jane@",
        "jane@example.com,Jane",
        "555 0123",
        "07700 900123",
        "12",
        "\x00",
    ],
)
def test_a_line_that_is_neither_stops_and_is_named_by_its_number(line: str) -> None:
    with pytest.raises(UnreadableInputError, match=r"line 3;") as stopped:
        SuppressionList.from_lines(["212 555 0123", "# note", line], "US")
    assert line not in str(stopped.value)


def test_all_unreadable_lines_are_counted_and_the_first_ten_named() -> None:
    with pytest.raises(UnreadableInputError, match=r"lines 1, 2, .*, 10 and 5 more;"):
        SuppressionList.from_lines(["nobody"] * 15, "US")


def test_the_region_decides_how_a_national_number_is_read() -> None:
    assert SuppressionList.from_lines(["07700 900123"], "GB").contains_phone("447700900123")


def test_what_was_remembered_is_found_as_earlier_and_the_file_goes_first() -> None:
    suppression = SuppressionList.from_lines(["212 555 0123", "jane@example.com"], "US")
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
