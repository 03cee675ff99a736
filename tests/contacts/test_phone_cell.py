"""Cells as files hold them: what is dialled, what is said, and what is not dialled."""

from random import Random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.checks import PhoneCheck, PhoneCountry
from cxone_async.contacts.phone import PhoneNumber, PhoneRules, read_phone
from cxone_async.contacts.phone_cell import is_placeholder
from cxone_async.outcome import Problem, Reason, Repair

LABEL = Repair.PHONE_LABEL_LEFT_OUT
OTHER = Repair.PHONE_OTHER_NUMBER_LEFT_OUT
SHEET = Repair.PHONE_SPREADSHEET_NUMBER
ZERO = Repair.PHONE_ZERO_LEFT_OUT


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "region", "digits", "repairs"),
    [
        # digits without a plus that are a whole number with its calling code
        ("491713920001", "DE", "491713920001", ()),
        ("436641234567", "AT", "436641234567", ()),
        ("390612345678", "IT", "390612345678", ()),
        ("919123456789", "IN", "919123456789", ()),
        ("9123456789", "IN", "919123456789", ()),
        ("3921234567", "IT", "393921234567", ()),
        ("33199001234", "FR", "33199001234", ()),
        ("447700900123", "GB", "447700900123", ()),
        ("79123456789", "RU", "79123456789", ()),
        ("61491570156", "AU", "61491570156", ()),
        # a word or a bracket after a whole number
        ("0171 3920001 mob", "DE", "491713920001", (LABEL,)),
        ("+32 470 00 00 01 (GSM)", "BE", "32470000001", (LABEL,)),
        ("202-555-0143 home", "US", "12025550143", (LABEL,)),
        ("0171 1234567 Max", "DE", "491711234567", (LABEL,)),
        ("07700 900123 (wife)", "GB", "447700900123", (LABEL,)),
        ("Mobile: 07700 900123", "GB", "447700900123", (LABEL,)),
        ("Tel 1: 0171 3920001", "DE", "491713920001", (LABEL,)),
        ("0171 3920001 privat", "DE", "491713920001", (LABEL,)),
        ("(home) 202-555-0143", "US", "12025550143", (LABEL,)),
        ("01 99 00 12 34 bureau", "FR", "33199001234", (LABEL,)),
        ("0491 570 156 - work", "AU", "61491570156", (LABEL,)),
        ("202-555-0143 m", "US", "12025550143", (LABEL,)),
        ("Tel/Fax 030 1234567", "DE", "49301234567", (LABEL,)),
        # what a spreadsheet or a program made of a number
        ("1713920001.0", "DE", "491713920001", (SHEET,)),
        ("2025550143.0", "US", "12025550143", (SHEET,)),
        ("2025550143.00", "US", "12025550143", (SHEET,)),
        ("1713920001,0", "DE", "491713920001", (SHEET,)),
        ("+491713920001.0", "DE", "491713920001", (SHEET,)),
        ("2.025550143E9", "US", "12025550143", (SHEET,)),
        ("2.025550143e+09", "US", "12025550143", (SHEET,)),
        ("2.0255501430E9", "US", "12025550143", (SHEET,)),
        ("4.91713920001E11", "DE", "491713920001", (SHEET,)),
        ("4,91713920001E+11", "DE", "491713920001", (SHEET,)),
        ("2,025,550,143", "US", "12025550143", (SHEET,)),
        # the same, beside something else
        ("1713920001.0 mob", "DE", "491713920001", (LABEL, SHEET)),
        ("Mobil: 1713920001.0", "DE", "491713920001", (LABEL, SHEET)),
        ("(1713920001.0)", "DE", "491713920001", (SHEET,)),
        ("-1713920001.0", "DE", "491713920001", (SHEET,)),
        ("0171 3920001.0", "DE", "491713920001", (SHEET,)),
        ("+49 171 3920001.0", "DE", "491713920001", (SHEET,)),
        ("0049171 3920001.0", "DE", "491713920001", (SHEET,)),
        ("6641234567.0 priv", "AT", "436641234567", (LABEL, SHEET)),
        ("600000001.0 movil", "ES", "34600000001", (LABEL, SHEET)),
        ("202.555.0143.0", "US", "12025550143", (SHEET,)),
        ("+61.27.01.0918.0", "AU", "61270109180", ()),
        ("+353.20.91.7827.0", "IE", "353209178270", ()),
        # the number of a list's point
        ("1) 0171 3920001", "DE", "491713920001", (LABEL,)),
        ("1. 02-218-8714 home", "KR", "8222188714", (LABEL,)),
        ("(1) 202 555 0143", "US", "12025550143", ()),
        ('="2025550143"', "US", "12025550143", ()),
        ("'2025550143", "US", "12025550143", ()),
        ('"(202) 555-0143"', "US", "12025550143", ()),
        # spaces, dashes, digits and marks of other scripts
        ("202\u202f555\u20070143", "US", "12025550143", ()),
        ("202\u2009555\t0143", "US", "12025550143", ()),
        ("\u202a+1 202-555-0143\u202c", "US", "12025550143", ()),
        ("\ufeff202 555 0143", "US", "12025550143", ()),
        ("202\u2013555\u22120143", "US", "12025550143", ()),
        ("202\u00ad555\u200b0143", "US", "12025550143", ()),
        ("\uff0b1 202 555 0143", "US", "12025550143", ()),
        ("\u0662\u0660\u0662 555 0143", "US", "12025550143", ()),
        # a zero in brackets
        ("+1 (0) 202 555 0143", "US", "12025550143", (ZERO,)),
        ("+44 (0) 7700 900123", "GB", "447700900123", ()),
        ("+49 (0)171 3920001", "DE", "491713920001", ()),
        ("+39 (0)6 12345678", "IT", "390612345678", ()),
        ("+39 (0) 347 1234567", "IT", "393471234567", (ZERO,)),
        ("0044 (0) 7700 900123", "GB", "447700900123", ()),
        # words
        ("1-800-FLOWERS", "US", "18003569377", ()),
        ("212-555-CALL", "US", "12125552255", ()),
        # other endings of the same connection
        ("030 1234567/68", "DE", "49301234567", (OTHER,)),
        ("030/1234567", "DE", "49301234567", ()),
        ("+43 664 123/4567", "AT", "436641234567", ()),
        # a count in brackets
        ("+36 55 2679 06 (2)", "HU", "3655267906", (OTHER,)),
        ("0171 3920001 (2)", "DE", "491713920001", (OTHER,)),
        # another way to write the prefix for calls abroad
        ("00 44 7700 900123", "DE", "447700900123", ()),
        ("0044 7700 900123", "US", "447700900123", ()),
        # where the country's own prefixes for calls abroad begin with 00 and further digits
        ("0057 321 0318327", "CO", "573210318327", ()),
        ("0057 (0) 321 0318327", "CO", "573210318327", (ZERO,)),
        ("0066 81 234 5678", "TH", "66812345678", ()),
        ("0082 10 1234 5679", "KR", "821012345679", ()),
        ("00852 9123 4567", "HK", "85291234567", ()),
        ("0055 11 91234-5678", "BR", "5511912345678", ()),
        # a calling code before a zero in brackets
        ("49(0)171 3920001", "DE", "491713920001", ()),
        ("43 (0) 664 1234567", "AT", "436641234567", ()),
    ],
)
def test_a_cell_that_holds_a_whole_number_is_read(
    cell: str, region: str, digits: str, repairs: tuple[Repair, ...]
) -> None:
    assert read_phone(cell, region) == PhoneNumber(digits, "", (), repairs)


@pytest.mark.parametrize(
    ("cell", "region", "digits", "others"),
    [
        ("2025550143;2025550177", "US", "12025550143", ("12025550177",)),
        ("600000001,600000002", "ES", "34600000001", ("34600000002",)),
        ("202-555-0143 / 646-555-0199", "US", "12025550143", ("16465550199",)),
        ("202-555-0143/646-555-0199", "US", "12025550143", ("16465550199",)),
        ("0171 3920001 oder 0172 3920002", "DE", "491713920001", ("491723920002",)),
        ("+49 171 3920001 +49 172 3920002", "DE", "491713920001", ("491723920002",)),
        ("07700 900123\n07700 900456", "GB", "447700900123", ("447700900456",)),
        ("07700 900123 | 07700 900456", "GB", "447700900123", ("447700900456",)),
        ("home 202-555-0143; work 202-555-0177", "US", "12025550143", ("12025550177",)),
        ("202-555-0143 and 202-555-0177", "US", "12025550143", ("12025550177",)),
        ("2025550143;2025550143", "US", "12025550143", ()),
        ("1713920001.0;1713920002.0", "DE", "491713920001", ("491713920002",)),
        ("1713920001.0/1713920002.0", "DE", "491713920001", ("491713920002",)),
        ("1.713920001E9;1.713920002E9", "DE", "491713920001", ("491713920002",)),
        ("2025550143 (old); 2025550177", "US", "12025550177", ()),
    ],
)
def test_of_several_numbers_the_first_is_used_and_the_others_are_known(
    cell: str, region: str, digits: str, others: tuple[str, ...]
) -> None:
    number = read_phone(cell, region)
    assert isinstance(number, PhoneNumber)
    assert (number.digits, number.others) == (digits, others)
    assert OTHER in number.repairs


@pytest.mark.parametrize(
    ("cell", "region", "extension"),
    [
        ("(202) 555-0143 x12", "US", "12"),
        ("030 1234567 App. 12", "DE", "12"),
        ("030 1234567 Durchwahl 12", "DE", "12"),
        ("01 99 00 12 34 poste 5", "FR", "5"),
        ("202-555-0143 ext: 77", "US", "77"),
        ("2025550143,12", "US", "12"),
        ("202-555-0143 (ext 12)", "US", "12"),
    ],
)
def test_an_extension_is_never_dialled(cell: str, region: str, extension: str) -> None:
    number = read_phone(cell, region)
    assert isinstance(number, PhoneNumber)
    assert number.extension == extension
    assert not number.digits.endswith(extension) or number.digits == "33199001234"


@pytest.mark.parametrize(
    ("cell", "region", "reason"),
    [
        # masked, mistyped, or a word that is none
        ("202-555-XXXX", "US", Reason.PHONE_UNREADABLE),
        ("202-555-NNNN", "US", Reason.PHONE_UNREADABLE),
        ("202-555-****", "US", Reason.PHONE_UNREADABLE),
        ("0171 39200**", "DE", Reason.PHONE_UNREADABLE),
        ("0171 39200XX", "DE", Reason.PHONE_UNREADABLE),
        ("0171 39200\u2022\u2022", "DE", Reason.PHONE_UNREADABLE),
        ("0171 3920...", "DE", Reason.PHONE_UNREADABLE),
        ("0171 3920##", "DE", Reason.PHONE_UNREADABLE),
        ("07400 l23456", "GB", Reason.PHONE_UNREADABLE),
        ("0171 39200O1", "DE", Reason.PHONE_UNREADABLE),
        ("0171 392000l", "DE", Reason.PHONE_UNREADABLE),
        ("O171 3920001", "DE", Reason.PHONE_UNREADABLE),
        ("1-800-GO-FEDEX", "US", Reason.PHONE_UNREADABLE),
        ("202-555-01AB", "US", Reason.PHONE_UNREADABLE),
        # a digit would have to be made up
        ("2.02555012E9", "US", Reason.PHONE_UNREADABLE),
        ("4,91714E+11", "DE", Reason.PHONE_UNREADABLE),
        ("4.92E+11", "DE", Reason.PHONE_UNREADABLE),
        ("2.02555E+09", "US", Reason.PHONE_UNREADABLE),
        ("2.0255501435E9", "US", Reason.PHONE_UNREADABLE),
        # a calling code cut in two
        ("004-65-71-12-34", "FR", Reason.PHONE_UNREADABLE),
        ("+4 65 71 12 34", "US", Reason.PHONE_UNREADABLE),
        # placeholders, and numbers that no plan has
        ("0000000000", "US", Reason.PHONE_PLACEHOLDER),
        ("1111111111", "US", Reason.PHONE_PLACEHOLDER),
        ("1234567890", "US", Reason.PHONE_PLACEHOLDER),
        ("0123456789", "DE", Reason.PHONE_PLACEHOLDER),
        ("9876543210", "IN", Reason.PHONE_PLACEHOLDER),
        ("+49 000 000000", "DE", Reason.PHONE_PLACEHOLDER),
        ("(999) 999-9999", "US", Reason.PHONE_PLACEHOLDER),
        ("555 555 5555", "US", Reason.PHONE_PLACEHOLDER),
        ("212 000 0000", "US", Reason.PHONE_PLACEHOLDER),
        ("069 2476662", "US", Reason.PHONE_NOT_POSSIBLE),
        ("0125550123", "US", Reason.PHONE_NOT_POSSIBLE),
        ("1125550123", "US", Reason.PHONE_NOT_POSSIBLE),
        # not a phone to call
        ("030 1234567 Fax", "DE", Reason.PHONE_UNREADABLE),
        ("Fax: 030 1234567", "DE", Reason.PHONE_UNREADABLE),
        ("F: 030 1234567", "DE", Reason.PHONE_UNREADABLE),
        ("2025550143 (f)", "US", Reason.PHONE_UNREADABLE),
        ("Tfx 030 1234567", "DE", Reason.PHONE_UNREADABLE),
        # a fraction
        ("2025550143.5", "US", Reason.PHONE_NOT_POSSIBLE),
        ("1713920001.5 mob", "DE", Reason.PHONE_NOT_POSSIBLE),
        ("(1713920001.5)", "DE", Reason.PHONE_NOT_POSSIBLE),
        ("1713920001.123", "DE", Reason.PHONE_NOT_POSSIBLE),
        # a word that does not complete a number
        ("202-555 work", "US", Reason.PHONE_UNREADABLE),
        ("202-555-HOME", "US", Reason.PHONE_UNREADABLE),
        ("030 12 Schmidt", "DE", Reason.PHONE_UNREADABLE),
        ("030 12 Festnetz", "DE", Reason.PHONE_UNREADABLE),
        ("+6271579 mobile", "BZ", Reason.PHONE_UNREADABLE),
        # marked as no longer, or never, the person's
        ("2025550143 wrong number", "US", Reason.PHONE_UNREADABLE),
        ("2025550143 (disconnected)", "US", Reason.PHONE_UNREADABLE),
        ("0171 3920001 falsch", "DE", Reason.PHONE_UNREADABLE),
        # digits behind a number and a label
        ("80015679/2 mob", "RS", Reason.PHONE_UNREADABLE),
        ("none", "US", Reason.PHONE_UNREADABLE),
        ("x" * 100_000, "US", Reason.PHONE_UNREADABLE),
    ],
)
def test_what_is_no_whole_number_is_not_dialled(cell: str, region: str, reason: Reason) -> None:
    number = read_phone(cell, region)
    assert isinstance(number, Problem), number
    assert number.reason == reason


@pytest.mark.parametrize("cell", ["4,91714E+11", "4.91714E+11", "2.02555012E9"])
def test_of_a_rounded_number_it_is_said_that_the_spreadsheet_rounded_it(cell: str) -> None:
    number = read_phone(cell, "DE")
    assert isinstance(number, Problem)
    assert "rounded" in number.detail


# -- countries ---------------------------------------------------------------------

US_ONLY = PhoneRules(allowed_countries=frozenset({"US"}))
DE_AND_GB = PhoneRules(allowed_countries=frozenset({"DE", "GB"}))
OF_THE_ROW = PhoneRules(country=PhoneCountry.ROW)
OF_ANY = PhoneRules(country=PhoneCountry.ANY, allowed_countries=frozenset({"US"}))


@pytest.mark.parametrize(
    ("cell", "region", "rules", "end"),
    [
        ("+2025550143", "US", US_ONLY, Reason.PHONE_COUNTRY_MISMATCH),
        ("+2025550143", "US", PhoneRules(), Reason.PHONE_AMBIGUOUS),
        ("+2025550143", "US", OF_ANY, Reason.PHONE_AMBIGUOUS),
        ("+6591234567", "US", PhoneRules(), Reason.PHONE_AMBIGUOUS),
        ("+442079460123", "US", PhoneRules(), "442079460123"),
        ("+442079460123", "US", US_ONLY, Reason.PHONE_COUNTRY_MISMATCH),
        ("+442079460123", "US", OF_ANY, "442079460123"),
        ("+442079460123", "DE", DE_AND_GB, "442079460123"),
        ("0044 20 7946 0123", "DE", DE_AND_GB, "442079460123"),
        ("442079460123", "DE", DE_AND_GB, "49442079460123"),  # only a sign speaks of abroad
        ("+33199001234", "DE", DE_AND_GB, Reason.PHONE_COUNTRY_MISMATCH),
        ("0033 1 99 00 12 34", "DE", DE_AND_GB, Reason.PHONE_COUNTRY_MISMATCH),
        ("+442079460123", "DE", OF_THE_ROW, Reason.PHONE_COUNTRY_MISMATCH),
        ("020 7946 0123", "GB", OF_THE_ROW, "442079460123"),
        ("+1 242 359 0123", "US", US_ONLY, "12423590123"),
        ("+49 1713920001", "DE", PhoneRules(), "491713920001"),
        ("+49 1713920001", "DE", US_ONLY, "491713920001"),
        ("+49 1713920001", "", DE_AND_GB, "491713920001"),
        ("+33199001234", "", DE_AND_GB, Reason.PHONE_COUNTRY_MISMATCH),
    ],
)
def test_a_number_is_of_the_rows_country_or_of_one_that_may_be_called(
    cell: str, region: str, rules: PhoneRules, end: Reason | str
) -> None:
    number = read_phone(cell, region, rules)
    assert (number.reason if isinstance(number, Problem) else number.digits) == end


@pytest.mark.parametrize(
    ("cell", "region", "digits"),
    [
        ("+2025550143", "US", "2025550143"),
        ("0000000000", "US", "0000000000"),
        ("0125550123", "US", "10125550123"),
        ("202-555-XXXX", "US", "202555"),
        ("2025550143.0", "US", "12025550143"),
        ("0171 3920001 mob", "DE", "491713920001"),
    ],
)
def test_without_checks_only_repairs_are_made(cell: str, region: str, digits: str) -> None:
    number = read_phone(cell, region, PhoneRules(PhoneCheck.OFF))
    assert isinstance(number, PhoneNumber)
    assert number.digits.removeprefix("1") == digits.removeprefix("1")


# -- what must hold of every number ------------------------------------------------

NUMBERS_A_REGION = 200
TYPES = (
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.VOIP,
)


def numbers_of(region: str, rng: Random) -> list[str]:
    """Valid and merely possible numbers of a region, as E.164 digits."""
    examples = [phonenumbers.example_number_for_type(region, each) for each in TYPES]
    made = []
    for _ in range(NUMBERS_A_REGION):
        number = rng.choice([one for one in examples if one is not None])
        national = phonenumbers.national_significant_number(number)
        kept = rng.randrange(1, len(national))
        tail = "".join(rng.choices("0123456789", k=len(national) - kept))
        made.append(f"{number.country_code}{national[:kept]}{tail}")
    return made


@pytest.mark.slow
@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_what_is_written_reads_back_as_itself_in_its_region(region: str) -> None:
    kept = 0
    for digits in numbers_of(region, Random(region)):
        written = read_phone("+" + digits, region)
        if isinstance(written, Problem):
            continue
        again = read_phone(written.digits, region)
        parsed = phonenumbers.parse("+" + written.digits)
        if phonenumbers.is_valid_number(parsed):
            kept += 1
            assert again == PhoneNumber(written.digits, "")
        elif isinstance(again, PhoneNumber) and again.digits != written.digits:
            # only where the digits as they are, and not these, are a valid national number
            assert phonenumbers.is_valid_number(phonenumbers.parse(written.digits, region))
    assert kept >= 10


REGIONS = st.sampled_from(["US", "GB", "DE", "FR", "IT", "AU", "IN", "ES", "BE", "AT"])
FEW_DIGITS = st.text(st.sampled_from("0123 -()./+xEe,;#XN"), max_size=12).filter(
    lambda text: sum(map(str.isdigit, text)) < 4
)


@pytest.mark.slow
@given(FEW_DIGITS, REGIONS)
def test_no_cell_without_digits_enough_gives_a_number(cell: str, region: str) -> None:
    assert isinstance(read_phone(cell, region), Problem)


CELLS = st.sampled_from(
    [
        ("202-555-0143", "US"), ("(202) 555-0143", "US"), ("+1 202 555 0143", "US"),
        ("07700 900123", "GB"), ("+44 20 7946 0123", "GB"), ("0171 3920001", "DE"),
        ("+49 30 23125 123", "DE"), ("01 99 00 12 34", "FR"), ("0491 570 156", "AU"),
        ("+39 06 12345678", "IT"), ("0664 1234567", "AT"), ("0470 00 00 01", "BE"),
        ("12", "US"), ("555-0143", "US"), ("+99", "DE"), ("0171", "DE"), ("", "US"), ("-", "GB"),
    ]
)  # fmt: skip
LABELS = st.sampled_from([" mob", " (GSM)", " home", " work", " (privat)", " - mobile", " cell."])
SPACES = st.sampled_from(["\u00a0", "\u202f", "\u2007", "\u2009", "\t", "\u3000", "\u200b"])


def digits_or_none(cell: str, region: str) -> str | None:
    number = read_phone(cell, region)
    return number.digits if isinstance(number, PhoneNumber) else None


@given(CELLS, LABELS)
def test_a_label_changes_no_number_and_makes_none(cell: tuple[str, str], label: str) -> None:
    text, region = cell
    assert digits_or_none(text + label, region) == digits_or_none(text, region)


@given(CELLS, SPACES)
def test_a_space_of_another_kind_changes_no_number_and_makes_none(
    cell: tuple[str, str], space: str
) -> None:
    text, region = cell
    assert digits_or_none(text.replace(" ", space), region) == digits_or_none(text, region)


@given(CELLS)
def test_a_floats_ending_changes_no_number_and_makes_none(cell: tuple[str, str]) -> None:
    text, region = cell
    digits = "".join(filter(str.isdigit, text))
    plain = ("+" if text.startswith("+") else "") + digits
    expected = digits_or_none(plain, region) if len(digits) >= 4 else None
    assert digits_or_none(plain + ".0", region) == expected


@given(CELLS)
def test_a_bracketed_zero_changes_no_number_and_makes_none(cell: tuple[str, str]) -> None:
    text, region = cell
    if text.startswith("+") and " " in text:
        code, _, rest = text.partition(" ")
        assert digits_or_none(f"{code} (0) {rest}", region) == digits_or_none(text, region)


DECORATIONS = (
    "", " mob", " (GSM)", ".0", " x12", " (2)", " \u00a0", "\u200b", " [work] - mobile", ".0 mob",
    " (2) home", ", ", " /", " Anna", " (ext 9)", ".0;", " - privat", "\t", "'",
)  # fmt: skip
LEADS = ("", "", "Mobil: ", "(", "'", "\ufeff", "1) ", "home/", "- ", "~")


@pytest.mark.slow
@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_what_stands_beside_a_valid_number_never_makes_another(region: str) -> None:
    rng = Random(f"beside {region}")
    for digits in numbers_of(region, rng)[:40]:
        number = phonenumbers.parse("+" + digits)
        if not phonenumbers.is_valid_number_for_region(number, region):
            continue
        code, _, rest = phonenumbers.format_number(
            number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
        ).partition(" ")
        written = rng.choice(
            [
                "+" + digits,
                digits,
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL),
                f"{code} {rest}",
                f"{code} (0) {rest}",
                f"00{code[1:]} {rest}",
                f"{code[1:]} (0) {rest}",
            ]
        )
        cell = rng.choice(LEADS) + written + rng.choice(DECORATIONS)
        assert digits_or_none(cell, region) in (digits, None), cell


@pytest.mark.parametrize("digits", ["0000000", "7777777777", "1234567", "0987654321", "2020000000"])
def test_placeholders_are_known(digits: str) -> None:
    assert is_placeholder(digits)


@pytest.mark.parametrize("digits", ["2025550143", "1234560143", "5550000", "", "2222222223"])
def test_other_digits_are_no_placeholders(digits: str) -> None:
    assert not is_placeholder(digits)


@pytest.mark.parametrize(
    ("cell", "region"),
    [
        ("3655490499.5", "HU"),  # a fraction
        ("1713920001.25", "DE"),
        ("+491713920001.07", "DE"),
        ("0100 007503/0144", "AT"),  # another ending, of four digits
        ("+43 664 123456/0144", "AT"),
        ("00 0600 000 068", "IT"),  # 00 before no calling code
        ("08999998599 - 89 99", "DE"),  # sixteen digits
        ("+4989999985998999", "DE"),
        ("089999985998999", "DE"),
    ],
)
def test_digits_that_belong_to_no_number_are_never_dialled(cell: str, region: str) -> None:
    assert isinstance(read_phone(cell, region), Problem)
