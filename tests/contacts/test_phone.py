"""Reading phones: the answers, the forms people write, and the plain path held to the authority."""

import re
from random import Random

import phonenumbers
import pytest

from cxone_async.contacts.checks import PhoneCheck
from cxone_async.contacts.phone import (
    PhoneNumber,
    PhoneRules,
    read_phone,
    read_plain_phone,
    read_written_phone,
)
from cxone_async.contacts.phone_cell import is_placeholder
from cxone_async.outcome import Problem, Reason


def digits_of(raw: str, region: str = "US", check: PhoneCheck = PhoneCheck.POSSIBLE) -> str:
    number = read_phone(raw, region, PhoneRules(check))
    assert isinstance(number, PhoneNumber), number
    return number.digits


def reason_of(raw: str, region: str = "US", check: PhoneCheck = PhoneCheck.POSSIBLE) -> Reason:
    problem = read_phone(raw, region, PhoneRules(check))
    assert isinstance(problem, Problem), problem
    return problem.reason


@pytest.mark.parametrize(
    "raw",
    [
        "2125550123",
        "12125550123",
        "+12125550123",
        "(212) 555-0123",
        "212.555.0123",
        "1-212-555-0123",
        "+1 (212) 555 0123",
        "  212 555 0123  ",
        "212\u00a0555\u20110123",
        "212/555/0123",
        "\uff12\uff11\uff12\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
        "٢١٢٥٥٥٠١٢٣",
        "tel:+1-212-555-0123",
        "Tel. 212 555 0123",
        "011 1 212 555 0123",
        "++1 212 555 0123",
        '"212-555-0123"',
    ],
)
def test_the_ways_people_write_one_number_are_one_number(raw: str) -> None:
    assert digits_of(raw) == "12125550123"


@pytest.mark.parametrize(
    ("raw", "region", "digits"),
    [
        ("07700 900123", "GB", "447700900123"),
        ("00 44 7700 900123", "DE", "447700900123"),
        ("44 7700 900123", "GB", "447700900123"),
        ("+44 (0)7700 900123", "US", "447700900123"),
        ("06 1234 5678", "IT", "390612345678"),
        ("030 123456", "DE", "4930123456"),
        ("212 555 0123", "CA", "12125550123"),
        ("359-0123", "BS", "12423590123"),
        ("011 15-2345-6789", "AR", "5491123456789"),
        ("8 (912) 345-67-89", "RU", "79123456789"),
    ],
)
def test_a_number_is_read_in_its_rows_country(raw: str, region: str, digits: str) -> None:
    assert digits_of(raw, region) == digits


@pytest.mark.parametrize(
    ("raw", "extension"),
    [
        ("212-555-0123 x12", "12"),
        ("212-555-0123 ext. 5", "5"),
        ("+1 212 555 0123;ext=0042", "0042"),
        ("212-555-0123 #77", "77"),
        ("212-555-0123,,9", "9"),
        ("212-555-0123 x٤٢", "42"),
    ],
)
def test_an_extension_is_kept_apart_from_the_number(raw: str, extension: str) -> None:
    number = read_phone(raw, "US")
    assert isinstance(number, PhoneNumber)
    assert (number.digits, number.extension) == ("12125550123", extension)


def test_letters_of_a_vanity_number_are_its_keypad_digits() -> None:
    assert digits_of("212-555-CALL") == "12125552255"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("n/a", Reason.PHONE_UNREADABLE),
        ("-", Reason.PHONE_UNREADABLE),
        ("1", Reason.PHONE_UNREADABLE),
        ("2.12555E+09", Reason.PHONE_UNREADABLE),
        ("someone@example.com", Reason.PHONE_UNREADABLE),
        ("+999 123 456 789", Reason.PHONE_UNREADABLE),
        ("1" * 5000, Reason.PHONE_UNREADABLE),
        ("\x00", Reason.PHONE_UNREADABLE),
        ("\ud800", Reason.PHONE_UNREADABLE),
        ("5550123", Reason.PHONE_LOCAL_ONLY),
        ("212555012", Reason.PHONE_NOT_POSSIBLE),
        ("212555012345", Reason.PHONE_NOT_POSSIBLE),
    ],
)
def test_what_is_not_a_full_number_says_why(raw: str, reason: Reason) -> None:
    assert reason_of(raw) == reason


@pytest.mark.parametrize(
    ("raw", "region", "said"),
    [
        ("030 23", "DE", "too short"), ("0302", "DE", "too short"), ("0177", "DE", "too short"),
        ("+49 30 23", "DE", "too short"), ("+49 (0)30 23", "", "too short"),
        ("030 23", "AT", "too short"), ("020 7946", "GB", "too short"),
        ("07700 900 12", "GB", "too short"), ("+44 20 7946 0", "GB", "too short"),
        ("0412 34", "AU", "too short"), ("+86 1 0 5550143", "CN", "too short"),
        ("+33 0555 01 43 2", "FR", "too short"), ("06 5550143 55", "NL", "too long"),
        ("02 555 01 43 5", "BE", "too long"),
        ("110 555 0143", "US", "begins like this"), ("(055) 555-0143", "US", "begins like this"),
        ("+7 123 456 78 90", "RU", "begins like this"), ("0000143", "DE", "begins like this"),
    ],
)  # fmt: skip
def test_a_number_unlike_its_plan_says_whether_its_length_or_its_beginning_is_wrong(
    raw: str, region: str, said: str
) -> None:
    problem = read_phone(raw, region)
    assert isinstance(problem, Problem), problem
    assert problem.reason is Reason.PHONE_NOT_POSSIBLE
    assert said in problem.detail


def test_a_problem_names_the_field_and_never_the_value() -> None:
    for raw in ("5550123", "n/a 123", "+999 123 456 789", "212555012"):
        problem = read_phone(raw, "US")
        assert isinstance(problem, Problem)
        assert problem.detail.startswith("phone: ")
        assert not any(character.isdigit() for character in problem.detail)


def test_possible_takes_a_number_that_strict_refuses() -> None:
    unassigned = "1120550123"  # no area code begins with 1
    assert reason_of(unassigned, check=PhoneCheck.STRICT) in (
        Reason.PHONE_NOT_VALID,
        Reason.PHONE_NOT_POSSIBLE,
    )
    assert digits_of("2125550123") == "12125550123"
    assert digits_of("2195550123") == digits_of("219-555-0123")


def test_strict_says_of_a_local_number_that_it_is_local() -> None:
    assert reason_of("5550123", check=PhoneCheck.STRICT) == Reason.PHONE_LOCAL_ONLY


def test_without_a_region_only_a_calling_code_makes_a_number_readable() -> None:
    assert digits_of("+44 7700 900123", region="") == "447700900123"
    assert reason_of("212 555 0123", region="") == Reason.PHONE_UNREADABLE


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("212 555 0123", "12125550123"),
        ("5550123", "15550123"),
        ("call ٤٢ or 7", "427"),
        ("n/a", ""),
        ("9" * 300, "9" * 300),
    ],
)
def test_unchecked_phones_are_never_a_problem(raw: str, digits: str) -> None:
    assert digits_of(raw, check=PhoneCheck.OFF) == digits


# -- held to the authority ---------------------------------------------------------


REGIONS = ["US", "US", "US", "CA", "BS", "GB", "DE", "FR", "IT", "AU", "IN", "MX", "BR", "AR", "JP"]
LEADS = ["", "", "", "", "0", "1", "8", "00", "011", "+", "+0", "+1", "+44", "+49", "+39", "+1242"]
DECORATIONS = [
    "x12",
    " ext. 5",
    ";ext=3",
    " #9",
    "/",
    "\u00a0",
    "٣",
    "½",
    "a",
    "CALL",
    ",",
    "+",
    "\n",
]


class Numbers:
    """Numbers as files hold them, and as they do when something went wrong."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.lengths = {}
        self.codes = {}
        for region in set(REGIONS):
            plan = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
            assert plan is not None
            assert plan.general_desc is not None
            self.codes[region] = str(plan.country_code)
            self.lengths[region] = [*plan.general_desc.possible_length] * 3 + [6, 7, 9, 10, 11, 12]

    def draw(self) -> tuple[str, str]:
        random = self.random
        region = random.choice(REGIONS)
        code = self.codes[region]
        lead = random.choice([*LEADS, code, "+" + code, "+" + code + "0", code + "0", "00" + code])
        length = random.choice(self.lengths[region])
        digits = f"{lead}{random.randrange(10**length):0{length}}"
        shape = random.random()
        if shape < 0.5:
            return digits, region
        cut = random.randrange(len(digits) + 1)
        mark = random.choice([" ", "-", ".", "(", ") ", " - "])
        written = digits[:cut] + mark + digits[cut:]
        if shape < 0.9:
            return written, region
        cut = random.choice([0, random.randrange(len(written) + 1), len(written)])
        return written[:cut] + random.choice(DECORATIONS) + written[cut:], region

    def hostile(self) -> tuple[str, str]:
        random = self.random
        alphabet = "0123456789 -.()+/x#,;:~*extEXT=٣１²\u00a0\u200b\uff0b\u3000\x00\t\ud800"
        text = "".join(random.choices(alphabet, k=random.randrange(1, 24)))
        prefix = random.choice(["", "", "tel:", "+1", "212555", "1800"])
        return prefix + text, random.choice(REGIONS)


@pytest.mark.slow
def test_the_plain_path_never_differs_from_the_authority() -> None:
    # 50,000 values; what the plain path leaves alone reaches the authority itself
    numbers = Numbers(seed=20)
    answered = 0
    for count in range(50_000):
        raw, region = numbers.hostile() if count % 10 == 0 else numbers.draw()
        plain = read_plain_phone(raw, region)
        if plain:
            answered += 1
            # digits of our own output are read as such, which libphonenumber does not always do
            is_own = "+" not in raw and re.sub("[^0-9]", "", raw) == plain
            number = phonenumbers.parse("+" + raw if is_own else raw, region)
            national = phonenumbers.national_significant_number(number)
            possible = phonenumbers.is_possible_number_with_reason(number)
            assert (f"{number.country_code}{national}", number.extension, possible) == (
                plain,
                None,
                phonenumbers.ValidationResult.IS_POSSIBLE,
            ), (raw, region)
    assert answered > 5_000


@pytest.mark.slow
def test_the_plain_path_says_what_the_long_way_says() -> None:
    numbers = Numbers(seed=21)
    rules = PhoneRules()
    answered = 0
    for count in range(15_000):
        raw, region = numbers.hostile() if count % 10 == 0 else numbers.draw()
        if plain := read_plain_phone(raw, region):
            answered += 1
            assert read_written_phone(raw, region, rules) == PhoneNumber(plain, ""), (raw, region)
    assert answered > 1_500


@pytest.mark.parametrize("raw", ["0171 3920001", "+49 171 3920001", "491713920001", "030 23125123"])
def test_numbers_that_a_plan_knows_take_the_plain_path_where_lengths_differ(raw: str) -> None:
    plain = read_plain_phone(raw, "DE")
    assert read_written_phone(raw, "DE", PhoneRules()) == PhoneNumber(plain, "")
    assert plain in {"491713920001", "493023125123"}


@pytest.mark.parametrize(
    ("raw", "region"),
    [
        ("(-9 (0) 1701 3920001", "DE"),
        ("(-9 ( 0) 1701 3920001", "DE"),
        ("(+49) 30 23125 (12)", "DE"),
        ("(030) 23125 (12)", "DE"),
        ("2222222222", "US"),
        ("(222) 222-2222", "US"),
    ],
)
def test_what_only_looks_plain_is_read_the_long_way(raw: str, region: str) -> None:
    assert read_plain_phone(raw, region) == ""
    assert read_phone(raw, region, PhoneRules()) == read_written_phone(raw, region, PhoneRules())


@pytest.mark.slow
def test_what_goes_out_is_a_number_of_the_plan_made_of_the_digits_of_the_cell() -> None:
    numbers = Numbers(seed=4)
    for count in range(4_000):
        raw, region = numbers.hostile() if count % 4 == 0 else numbers.draw()
        for check in (PhoneCheck.POSSIBLE, PhoneCheck.STRICT):
            answer = read_phone(raw, region, PhoneRules(check))
            if isinstance(answer, Problem) or any(map(str.isalpha, raw)):
                continue
            number = phonenumbers.parse("+" + answer.digits)
            assert phonenumbers.is_possible_number(number)
            assert check is not PhoneCheck.STRICT or phonenumbers.is_valid_number(number)
            national = phonenumbers.national_significant_number(number)
            in_cell = "".join(str(int(c)) for c in raw if c.isdecimal())
            assert national in in_cell or region in ("AR", "MX", "BR", "BS"), (raw, region)


def test_a_superscript_digit_counts_only_where_nothing_is_checked() -> None:
    assert digits_of("²", check=PhoneCheck.OFF) == "2"
    assert reason_of("²") == Reason.PHONE_UNREADABLE


@pytest.mark.slow
@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_regions_example_number_is_read_in_each_of_its_forms(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    if is_placeholder(phonenumbers.national_significant_number(example)):
        pytest.skip("libphonenumber's example is a run of digits")
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    for form in (
        phonenumbers.PhoneNumberFormat.E164,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        phonenumbers.PhoneNumberFormat.NATIONAL,
        phonenumbers.PhoneNumberFormat.RFC3966,
    ):
        written = phonenumbers.format_number(example, form)
        assert read_phone(written, region, PhoneRules(PhoneCheck.STRICT)) == PhoneNumber(
            e164[1:], ""
        )
        assert read_phone(written, region) == PhoneNumber(e164[1:], "")
