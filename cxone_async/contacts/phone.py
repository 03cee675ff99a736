"""Phones: from what a person typed to E.164 digits.

libphonenumber (the `phonenumbers` package) decides what a number is, and gives every digit.
`phone_cell` stands before it and cuts a cell into numbers, labels and extensions. Nothing here
knows a numbering plan. docs/reading-contacts.md states the rules.

libphonenumber takes some 25 µs a number, which for a million rows is longer than the rest of
preparing. Most numbers, though, are written so plainly that its answer is known beforehand.
`read_plain_phone` recognises them by one regular expression per region, *derived from
libphonenumber's own metadata* at first use. It answers only when all of this is true:

* The cell holds only digits, a leading plus and ``( ) - .`` and spaces: no letters to map, no
  extension, no second number.
* The number is of the region's calling code.
* None of the metadata's prefixes that would be cut or rewritten matches; or only one does,
  which is cut without rewriting, and the rest is a number of that region.
* The rest has a length that the calling code's main region lists as possible, fits the plan's
  general description, and is no placeholder.
* It has a plus sign, or its digits with the calling code do not fit the region's general
  description, or the plan knows the number: then they are no other number of the same region.

Everything else, good or bad, goes to libphonenumber. A differential test compares the two.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import msgspec
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    CountryCodeSource,
    NumberParseException,
    PhoneMetadata,
    ValidationResult,
    country_code_for_region,
    is_possible_number_with_reason,
    is_valid_number,
    national_significant_number,
    parse,
    region_code_for_country_code,
)
from phonenumbers import PhoneNumber as ParsedNumber

from cxone_async.contacts import phone_cell
from cxone_async.contacts.checks import PhoneCheck, PhoneCountry
from cxone_async.contacts.phone_cell import PhonePart
from cxone_async.outcome import Problem, Reason, Repair

_PARSE_PROBLEMS = {
    NumberParseException.INVALID_COUNTRY_CODE: Problem(
        Reason.PHONE_UNREADABLE, "phone: no such country calling code"
    ),
    NumberParseException.NOT_A_NUMBER: phone_cell.NOT_A_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: Problem(
        Reason.PHONE_UNREADABLE, "phone: too short after the international prefix"
    ),
    NumberParseException.TOO_SHORT_NSN: Problem(Reason.PHONE_UNREADABLE, "phone: too short"),
    NumberParseException.TOO_LONG: phone_cell.TOO_LONG,
}

_LENGTH_PROBLEMS = {
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Problem(
        Reason.PHONE_LOCAL_ONLY, "phone: a local number, without its area code"
    ),
    ValidationResult.TOO_SHORT: Problem(
        Reason.PHONE_NOT_POSSIBLE, "phone: too short for its country"
    ),
    ValidationResult.TOO_LONG: Problem(
        Reason.PHONE_NOT_POSSIBLE, "phone: too long for its country"
    ),
    ValidationResult.INVALID_LENGTH: Problem(
        Reason.PHONE_NOT_POSSIBLE, "phone: not a length that its country uses"
    ),
    ValidationResult.INVALID_COUNTRY_CODE: Problem(
        Reason.PHONE_NOT_POSSIBLE, "phone: no such country calling code"
    ),
}

_NOT_OF_THE_PLAN: Final = Problem(
    Reason.PHONE_NOT_POSSIBLE, "phone: no number of its country begins like this"
)
_SHORT_FOR_ITS_BEGINNING: Final = Problem(
    Reason.PHONE_NOT_POSSIBLE, "phone: too short for a number of its country that begins like this"
)
_LONG_FOR_ITS_BEGINNING: Final = Problem(
    Reason.PHONE_NOT_POSSIBLE, "phone: too long for a number of its country that begins like this"
)
_NOT_VALID: Final = Problem(
    Reason.PHONE_NOT_VALID, "phone: not in a range that its country is known to use"
)
_MISMATCH: Final = Problem(
    Reason.PHONE_COUNTRY_MISMATCH,
    "phone: its calling code is neither the row's country's nor one that the campaign allows",
)
_AMBIGUOUS: Final = Problem(
    Reason.PHONE_AMBIGUOUS, "phone: its digits can be read as two different numbers"
)
_SPLIT_CODE: Final = Problem(
    Reason.PHONE_UNREADABLE, "phone: its grouping does not fit any calling code"
)

# Well under the 250 characters beyond which libphonenumber gives up, and more than any number
# that a person punctuates.
_PLAIN_LENGTH = 40

# A subset of what libphonenumber takes for punctuation inside a number.
_PUNCTUATION = b" -.()"

_BRACKETED_ZERO: Final = re.compile(r"\(\s*0\s*\)")

# What punctuation alone does not tell: a bracketed zero, a float's last digits, a fraction, a count
# in brackets, and the number of a list's point.
_NOT_PLAIN: Final = re.compile(
    r"\(\s*0\s*\)|\d\.0[ ).]*$|\d{4}\.0+[ ).]*$|\d{8}\.\d+[ ).]*$|\(\d\d?\)[ ).]*$|"
    r"^[ .\-]*[1-9]\d?(?:\)|\. )"
)

_MOST_DIGITS: Final = 15  # with the calling code (E.164, 6.1); some plans allow more

_NEVER = "(?!)"  # a pattern that never matches

_Match = Callable[[str], re.Match[str] | None]


class PhoneNumber(msgspec.Struct, frozen=True, gc=False):
    """`digits`: E.164 without the plus sign. `extension`: its digits, "" when there is none.

    `others` are the digits of further numbers in the cell, as far as they can be read. `repairs`
    says what was left out or undone.
    """

    digits: str
    extension: str
    others: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()


class PhoneRules(msgspec.Struct, frozen=True):
    """How phones are read: how strictly, and from which countries they may be.

    `allowed_countries` are those of the campaign, as alpha-2 codes; empty means any.
    """

    check: PhoneCheck = PhoneCheck.POSSIBLE
    country: PhoneCountry = PhoneCountry.ALLOWED
    allowed_countries: frozenset[str] = frozenset()


ANY_PHONE: Final = PhoneRules(country=PhoneCountry.ANY)


def read_phone(raw: str, region: str, rules: PhoneRules = ANY_PHONE) -> PhoneNumber | Problem:
    """Read a phone cell.

    `region` is the ISO 3166 alpha-2 code that a number without a calling code is read in;
    with "" only numbers that have their calling code can be read. With check `off` there is
    never a problem: a value that libphonenumber cannot parse becomes the digits it contains,
    which may be none.

    An empty cell is not a phone number here; the caller knows what it means.
    """
    if rules.check is not PhoneCheck.STRICT and (plain := read_plain_phone(raw, region)):
        return PhoneNumber(plain, "")
    found = read_written_phone(raw, region, rules)
    if isinstance(found, Problem) and rules.check is PhoneCheck.OFF:
        text = phone_cell.tidy(raw)
        return PhoneNumber(_ascii_digits(text if isinstance(text, str) else raw), "")
    return found


def read_plain_phone(raw: str, region: str) -> str:
    """Return E.164 digits of a plainly written number of the region's own calling code.

    "" if libphonenumber must say.
    """
    if raw.isdigit() or (raw[1:].isdigit() and raw[0] == "+"):
        compact = raw
    elif (
        raw.isascii()
        and len(raw) <= _PLAIN_LENGTH
        and not (
            (
                "." in raw
                or "(0" in raw
                or "( " in raw
                or (")" in raw and (raw[0] != "(" or raw.count(")") > 1))
            )
            and _NOT_PLAIN.search(raw)
        )
    ):
        compact = raw.encode().translate(None, _PUNCTUATION).decode()
    else:
        return ""
    form = _regional_form(region)
    if form is None or not (found := form.match(compact)):
        return ""
    national = found["national"]
    if national[-4:] in phone_cell.PLACEHOLDER_ENDINGS and phone_cell.is_placeholder(national):
        return ""
    digits = form.calling_code + national
    if form.reads_as_national is None or compact[0] == "+" or not form.reads_as_national(digits):
        return digits
    return digits if form.reads_as_itself is not None and form.reads_as_itself(digits) else ""


def read_written_phone(raw: str, region: str, rules: PhoneRules) -> PhoneNumber | Problem:
    """Read a phone cell in any form, without the plain path. Checks are those of `rules`."""
    text = phone_cell.tidy(raw)
    if isinstance(text, Problem):
        return text
    part = phone_cell.from_spreadsheet(text)
    if part is not None:
        return part if isinstance(part, Problem) else _read_part(part, region, rules)

    def is_number(candidate: str) -> bool:
        resolved = _resolve(candidate, region)
        return not isinstance(resolved, Problem) or resolved is _AMBIGUOUS

    texts = phone_cell.numbers_in(text, is_number)
    found: list[PhoneNumber] = []
    problem: Problem | None = None
    for one in texts:
        cut = phone_cell.read_part(one, is_number)
        number = cut if isinstance(cut, Problem) else _read_part(cut, region, rules)
        if isinstance(number, PhoneNumber):
            found.append(number)
        else:
            problem = problem or number
    if not found:
        return problem or phone_cell.NOT_A_NUMBER
    first = found[0]
    if len(texts) == 1:
        return first
    others = tuple(dict.fromkeys(one.digits for one in found[1:] if one.digits != first.digits))
    repairs = (*first.repairs, Repair.PHONE_OTHER_NUMBER_LEFT_OUT)
    return msgspec.structs.replace(first, others=others, repairs=repairs)


def _read_part(part: PhonePart, region: str, rules: PhoneRules) -> PhoneNumber | Problem:
    is_checked = rules.check is not PhoneCheck.OFF
    problem = _out_of_scope(part.text, region, rules) if is_checked else None
    if problem is not None:
        return problem
    resolved = _resolve(part.text, region, is_checked=is_checked)
    if isinstance(resolved, Problem):
        if phone_cell.is_placeholder(_ascii_digits(part.text)):
            return phone_cell.PLACEHOLDER
        return resolved
    if is_checked and (problem := _unfit(resolved, region, rules)) is not None:
        return problem
    extension = part.extension or _ascii_digits(resolved.number.extension or "")
    digits = _e164_digits(resolved.number)
    return PhoneNumber(digits, extension, (), (*part.repairs, *resolved.repairs))


def _unfit(resolved: "_Resolved", region: str, rules: PhoneRules) -> Problem | None:
    number = resolved.number
    if phone_cell.is_placeholder(national_significant_number(number)):
        return phone_cell.PLACEHOLDER
    if rules.check is PhoneCheck.STRICT and not is_valid_number(number):
        return _NOT_VALID
    digits = _e164_digits(number)
    is_own = number.country_code == country_code_for_region(region)
    if is_own and not resolved.has_code and not _is(_resolve(digits, region), digits):
        return _AMBIGUOUS
    return None


def _out_of_scope(text: str, region: str, rules: PhoneRules) -> Problem | None:
    """Say why a number of another calling code than the row's country's cannot be taken."""
    reading = _reading(_with_plus(text, region), region)
    if reading is None or reading.number.country_code_source not in _WITH_CODE:
        return None
    code = reading.number.country_code or 0
    if code == country_code_for_region(region):
        return None
    if rules.country is PhoneCountry.ROW and region:
        return _MISMATCH
    if rules.country is PhoneCountry.ALLOWED and rules.allowed_countries:
        return None if code in _codes_of(rules.allowed_countries) else _MISMATCH
    without_plus = text.replace("+", "")
    own = _reading(without_plus, region) if region and without_plus != text else None
    return _AMBIGUOUS if own is not None and own.fits else None


@lru_cache(maxsize=64)
def _codes_of(countries: frozenset[str]) -> frozenset[int]:
    return frozenset(country_code_for_region(country) for country in countries) - {0}


class _Reading(msgspec.Struct, frozen=True):
    """What libphonenumber reads in a text. `fits`: by length and general description."""

    number: ParsedNumber
    problem: Problem | None

    @property
    def fits(self) -> bool:
        return self.problem is None

    @property
    def is_possible(self) -> bool:
        return self.problem is None or self.problem is _NOT_OF_THE_PLAN

    @property
    def is_valid(self) -> bool:
        return is_valid_number(self.number)


class _Resolved(msgspec.Struct, frozen=True):
    """The one number of a text. `has_code`: the text has its calling code after a plus sign."""

    number: ParsedNumber
    has_code: bool
    repairs: tuple[Repair, ...] = ()


_WITH_CODE: Final = (
    CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
    CountryCodeSource.FROM_NUMBER_WITH_IDD,
)


def _reading(text: str, region: str) -> _Reading | None:
    try:
        number = parse(text, region or None, keep_raw_input=True)
    except NumberParseException:
        return None
    return _Reading(number, _misfit(number))


def _misfit(number: ParsedNumber) -> Problem | None:
    problem = _LENGTH_PROBLEMS.get(is_possible_number_with_reason(number))
    # A second zero is what is left of an international prefix before no calling code.
    has_stray_zeros = (number.number_of_leading_zeros or 0) > 1
    if problem is None and len(_e164_digits(number)) > _MOST_DIGITS:
        return _LENGTH_PROBLEMS[ValidationResult.TOO_LONG]
    if problem is None and (has_stray_zeros or not _fits_general_description(number)):
        return _NOT_OF_THE_PLAN
    return problem


def _resolve(text: str, region: str, *, is_checked: bool = True) -> _Resolved | Problem:
    """Read a text of digits and punctuation as a number that can be one, or say why it cannot.

    Without checks only a text that cannot be parsed is a problem.
    """
    text = _with_plus(text, region)
    try:
        number = parse(text, region or None, keep_raw_input=True)
    except NumberParseException as error:
        return _PARSE_PROBLEMS[error.error_type]
    plain = _Reading(number, _misfit(number))
    has_code = number.country_code_source in _WITH_CODE
    is_foreign = has_code and number.country_code != country_code_for_region(region)
    if is_foreign and is_checked and _splits_code(text, number, region):
        return _SPLIT_CODE
    other, is_zero = _other_reading(text, region, has_code=has_code)
    if other is None or not other.is_possible or _same(plain, other):
        chosen: _Reading | None = plain
    else:
        chosen = _better(plain, other, is_zero=is_zero)
    if chosen is None and is_checked:
        return _AMBIGUOUS
    chosen = chosen or plain
    if chosen.problem is not None and is_checked:
        return _why_unlike_the_plan(chosen) or chosen.problem
    repairs = (Repair.PHONE_ZERO_LEFT_OUT,) if is_zero and chosen is other else ()
    return _Resolved(chosen.number, has_code, repairs)


def _why_unlike_the_plan(reading: _Reading) -> Problem | None:
    """Return what is wrong with the length of a number that is unlike its plan, None if nothing is.

    Its length is one that the country uses, but perhaps not for numbers that begin like it. So it
    is tried longer, with each digit over and over, and shorter.
    """
    number = reading.number
    if reading.problem is not _NOT_OF_THE_PLAN or (number.number_of_leading_zeros or 0) > 1:
        return None
    code = number.country_code or 0
    plan = PhoneMetadata.metadata_for_region_or_calling_code(
        code, region_code_for_country_code(code)
    )
    # The national prefix is still there where the rest would have been too short.
    prefix = (plan and plan.national_prefix) or ""
    national = national_significant_number(number).removeprefix(prefix)
    fits = _general_description(code)
    room = _MOST_DIGITS - len(str(number.country_code)) - len(national)
    if any(fits(national + digit * more) for more in range(1, room + 1) for digit in "0123456789"):
        return _SHORT_FOR_ITS_BEGINNING
    if any(fits(national[:length]) for length in range(1, len(national))):
        return _LONG_FOR_ITS_BEGINNING
    return None


def _better(plain: _Reading, other: _Reading, *, is_zero: bool) -> _Reading | None:
    """Choose one of two readings; None if both could be meant.

    `other` is the reading with the calling code, or without a bracketed zero. The one that is valid
    by the plan wins. If both or neither are, the one with the calling code does, if its rest is a
    whole number of the plan.
    """
    if is_zero and plain.fits is not other.fits:
        return plain if plain.fits else other
    if not plain.is_possible:
        return other
    if plain.is_valid is not other.is_valid:
        return plain if plain.is_valid else other
    return other if other.fits and not is_zero else None


def _other_reading(text: str, region: str, *, has_code: bool) -> tuple[_Reading | None, bool]:
    """Return the text's other reading, and whether it is the one without a bracketed zero."""
    if without := _without_bracketed_zero(text):
        resolved = _resolve(without, region)
        return (None if isinstance(resolved, Problem) else _Reading(resolved.number, None)), True
    digits = _ascii_digits(text)
    if has_code or not text.isascii() or any(map(str.isalpha, text)):
        return None, False
    if digits.startswith(_ABROAD):
        return _reading("+" + digits.removeprefix(_ABROAD), region), False
    code = str(country_code_for_region(region)) if region else ""
    return (_reading("+" + digits, region) if code and digits.startswith(code) else None), False


_ABROAD: Final = "00"  # the prefix for calls abroad that the ITU recommends (E.123)


def _without_bracketed_zero(text: str) -> str:
    return _BRACKETED_ZERO.sub(" ", text, count=1) if _BRACKETED_ZERO.search(text) else ""


def _with_plus(text: str, region: str) -> str:
    """Return the text with a plus sign where it surely begins with the region's calling code.

    That is so behind `00`, if the rest is a number, and before a bracketed zero. libphonenumber
    takes `0057` in Colombia for the prefix `005` and the code of Russia.
    """
    code = country_code_for_region(region) if region else 0
    if not code or "+" in text:
        return text
    found = re.match(
        rf"[^\w+]*(?P<abroad>0[ .\-]?0[^\w+]*)?(?={code}(?P<zero>[\s.)\-]*\(\s*0\s*\))?)",
        text,
        re.ASCII,
    )
    if found is None or not (found["abroad"] or found["zero"]):
        return text
    with_plus = "+" + text[found.end() :]
    reading = _reading(with_plus, region)
    return with_plus if found["zero"] or (reading is not None and reading.fits) else text


def _same(one: _Reading, other: _Reading) -> bool:
    return _e164_digits(one.number) == _e164_digits(other.number)


def _is(resolved: _Resolved | Problem, digits: str) -> bool:
    return isinstance(resolved, _Resolved) and _e164_digits(resolved.number) == digits


def _splits_code(text: str, number: ParsedNumber, region: str) -> bool:
    """Say whether a separator stands inside what was read as the calling code."""
    _, plus, rest = text.rpartition("+")
    if not plus:
        plan = PhoneMetadata.metadata_for_region(region, None)
        prefix = re.match(
            (plan and plan.international_prefix) or _ABROAD, _ascii_digits(text), re.ASCII
        )
        left = prefix.end() if prefix else 0
        at = 0
        while left and at < len(text):
            left -= text[at].isdigit()
            at += 1
        rest = text[at:]
    group = re.match(r"[^0-9]*([0-9]*)", rest)
    return group is None or len(group[1]) < len(str(number.country_code))


def _fits_general_description(number: ParsedNumber) -> bool:
    national = national_significant_number(number)
    return _general_description(number.country_code or 0)(national) is not None


@lru_cache(maxsize=512)  # there are 225 calling codes
def _general_description(code: int) -> _Match:
    """Match national numbers that fit the description of any region with this calling code."""
    return _matcher(_general_pattern(code))


def _general_pattern(code: int) -> str:
    plans = [
        PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        for region in COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    ]
    patterns = (
        _pattern(plan.general_desc.national_number_pattern)
        for plan in plans
        if plan is not None and plan.general_desc is not None
    )
    return f"(?:{'|'.join(patterns)})"


def _e164_digits(parsed: ParsedNumber) -> str:
    return f"{parsed.country_code}{national_significant_number(parsed)}"


def _ascii_digits(text: str) -> str:
    return "".join(
        character if character.isascii() else str(unicodedata.digit(character))
        for character in text
        if character.isdigit()
    )


class _RegionalForm(msgspec.Struct, frozen=True):
    """How a region's numbers are plainly written; `national` is what follows the calling code.

    `reads_as_national` matches digits with the calling code that may be a national number of the
    same region; None where none can. `reads_as_itself` matches those of them that are one by their
    calling code only.
    """

    calling_code: str
    match: _Match
    reads_as_national: _Match | None
    reads_as_itself: _Match | None


@lru_cache(maxsize=512)  # there are 245 regions
def _regional_form(region: str) -> _RegionalForm | None:
    plan = PhoneMetadata.metadata_for_region(region, None)
    if plan is None or plan.general_desc is None or plan.country_code is None:
        return None
    code = str(plan.country_code)
    main_plan = _main_plan(code)
    possible = plan.general_desc.possible_length
    lengths = _possible_lengths(main_plan)
    abroad = _pattern(plan.international_prefix)
    trunk = _pattern(plan.national_prefix_for_parsing)
    main_trunk = _pattern(main_plan.national_prefix_for_parsing)
    forms = (
        # a plus sign and the region's own calling code
        rf"\+{code}(?!{main_trunk})(?={_digits(lengths)}$)",
        # the calling code without a plus: libphonenumber certainly takes it for one where
        # the whole is too long for the region
        f"(?!{abroad}){code}(?!{trunk}|{main_trunk})"
        f"(?={_digits(n for n in lengths if len(code) + n > max(possible))}$)",
        # the national number as it is
        f"(?!{abroad}|{code}|{trunk})(?={_digits(lengths)}$)",
        # the national number behind a trunk prefix that is cut off, not rewritten
        f"(?!{abroad}|{code})(?>{_NEVER if plan.national_prefix_transform_rule else trunk})"
        f"(?={_digits(set(lengths) & set(possible))}$)"
        f"(?={_pattern(plan.general_desc.national_number_pattern)}$)",
    )
    general = _general_pattern(plan.country_code)
    if not any(len(code) + length in possible for length in lengths):
        return _RegionalForm(code, _national_after(forms, general), None, None)
    # A reading with the calling code that is valid by the plan wins, whatever the other one is.
    itself = (
        f"(?!{abroad}){code}(?!{trunk}|{main_trunk})"
        f"(?={_digits(lengths)}$)(?={_valid_pattern(main_plan)}$)"
    )
    return _RegionalForm(
        code,
        _national_after((*forms, itself), general),
        _matcher(general),
        _matcher(f"{itself}[0-9]+"),
    )


def _national_after(forms: Iterable[str], general: str) -> _Match:
    return _matcher(f"(?:{'|'.join(forms)})(?P<national>(?!00){general})")


def _valid_pattern(plan: PhoneMetadata) -> str:
    """Match national numbers that a plan knows as those of a subscriber or a service."""
    kinds = (
        plan.fixed_line, plan.mobile, plan.toll_free, plan.premium_rate, plan.shared_cost,
        plan.personal_number, plan.voip, plan.pager, plan.uan, plan.voicemail,
    )  # fmt: skip
    patterns = (
        (f"(?={_digits(kind.possible_length)}$)" if kind.possible_length else "")
        + _pattern(kind.national_number_pattern)
        for kind in kinds
        if kind is not None and kind.national_number_pattern
    )
    leading = f"(?={_pattern(plan.leading_digits)})" if plan.leading_digits else ""
    return f"{leading}(?:{'|'.join([*patterns, _NEVER])})"


def _main_plan(calling_code: str) -> PhoneMetadata:
    code = int(calling_code)
    plan = PhoneMetadata.metadata_for_region_or_calling_code(
        code, region_code_for_country_code(code)
    )
    assert plan is not None  # noqa: S101  every listed calling code has a plan
    return plan


def _possible_lengths(plan: PhoneMetadata) -> tuple[int, ...]:
    """The possible lengths of national numbers that fit E.164 with their calling code."""
    if plan.general_desc is None:
        return ()
    most = _MOST_DIGITS - len(str(plan.country_code))
    return tuple(length for length in plan.general_desc.possible_length if length <= most)


def _matcher(pattern: str) -> _Match:
    return re.compile(pattern, re.ASCII).fullmatch


def _pattern(metadata_pattern: str | None) -> str:
    """Return the metadata's pattern as a part of a larger one; None never matches."""
    return f"(?:{metadata_pattern})" if metadata_pattern else _NEVER


def _digits(lengths: Iterable[int]) -> str:
    """Return a pattern of digits of one of these lengths."""
    return "(?:" + "|".join([*(f"[0-9]{{{length}}}" for length in lengths), _NEVER]) + ")"
