"""Whom a flagged row's cells may mean: no reading is overlooked, and nothing is made of nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxone_async.contacts.every_reading import every_email, every_phone, is_somebodys

JANE, JOE = "12025550143", "12025550177"


@pytest.mark.parametrize(
    "cell",
    [
        "+2025550143", "2025550143", "202-555-0143 fax", "202-555-O143", "2O2-555-0I43",
        "2025550143.0", "2.025550143E9", "0012025550143", "011 1 202 555 0143", "old: 202-555-0143",
        "1.202.555.0143 wrong", "= 2025550143", "+1+2025550143", "+(1) (202) 555 0143 gone",
        "tel:+12025550143;phone-context=x", "2025550143/12", "\u202a+1 202 555 0143\u202c",
        "202*555*0143", "202_555_0143", "202|555|0143", "202:555:0143", "202'555'0143",
        "#2025550143", "202 555 0143 202 555 0177", "2025550143;12", "202\u2212555\u20110143 x",
        "\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff14\uff13?", "+2025550143 DNC",
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_written(cell: str) -> None:
    assert JANE in every_phone(cell, ("US", ""))


@pytest.mark.parametrize(
    ("cell", "regions", "digits"),
    [
        ("+1713920001 alt", ("DE",), "491713920001"),
        ("491713920001 fax", ("DE", "US"), "491713920001"),
        ("0171 392 0001?", ("DE",), "491713920001"),
        ("2025550143", ("", "US"), JANE),
        ("07400 900l23", ("GB",), "447400900123"),
    ],
)
def test_a_number_is_read_in_each_country_that_it_may_be_of(
    cell: str, regions: tuple[str, ...], digits: str
) -> None:
    assert digits in every_phone(cell, regions)


def test_all_numbers_of_a_cell_are_found() -> None:
    found = every_phone("202-555-0143 fax; +2025550177 or 12", ("US",))
    assert {JANE, JOE} <= set(found)


@pytest.mark.parametrize(
    "cell", ["", "n/a", "XXXX", "\u00b2", "12", "ext. 123456", "202-555-XXXX", "555-01XX"]
)
def test_too_few_digits_are_nobody_s_number(cell: str) -> None:
    assert not {one for one in every_phone(cell, ("US", "")) if len(one) >= 10}


@pytest.mark.parametrize(
    "cell",
    [
        "jane@example.com", "jane@@example.com", "jane @ example.com", "jane@example,com",
        "jane(at)example.com", "jane[at]example[dot]com", "jane@example.com.", "<jane@example.com",
        "mailto:jane@example.com?subject=x", "jane@example..com", "JANE@EXAMPLE.COM (old)",
        "jane@example.com / joe@example.com!!", "'jane@example.com", "jane\uff20example.com",
        "jane@example.com>; oops@", "wrong: jane@example.com", "j ane@example.com",
    ],
)  # fmt: skip
def test_an_address_is_found_however_it_is_written(cell: str) -> None:
    assert "jane@example.com" in every_email(cell)


@pytest.mark.parametrize("cell", ["", "n/a", "jane", "jane.example.com"])
def test_what_has_no_at_sign_is_nobody_s_address(cell: str) -> None:
    assert every_email(cell) == ()


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60), st.sampled_from(["", "US", "DE"]))
def test_no_cell_raises_and_all_that_comes_out_can_be_compared(cell: str, region: str) -> None:
    phones = every_phone(cell, (region,))
    assert all(one.isascii() and one.isdigit() for one in phones)
    assert len(set(phones)) == len(phones)
    assert all("@" in one or "@" in cell or "(" in cell for one in every_email(cell))


def test_a_cell_of_a_megabyte_takes_no_time_to_speak_of() -> None:
    assert len(every_phone("202-555-0143 " * 80_000, ("US", ""))) < 50
    assert len(every_email("jane@example.com, " * 60_000)) < 50


@pytest.mark.parametrize("digits", [JANE, JOE, "447400900123", "491713920001"])
def test_digits_of_a_numbering_plan_may_be_somebody_s(digits: str) -> None:
    assert is_somebodys(digits)


@pytest.mark.parametrize("digits", ["11555550143", "2025550143", "1234567", "999999999999999", ""])
def test_digits_of_no_numbering_plan_are_nobody_s(digits: str) -> None:
    assert not is_somebodys(digits)
