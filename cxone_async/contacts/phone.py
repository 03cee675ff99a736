"""Phones: from what a person typed to E.164 digits.

libphonenumber (the `phonenumbers` package) decides what a number is, and gives every digit.
Nothing here knows a numbering plan.

libphonenumber takes some 25 µs a number, which for a million rows is longer than the rest of
preparing. Most numbers, though, are written so plainly that its answer is known beforehand.
`read_plain_phone` recognises them by one regular expression per region, *derived from
libphonenumber's own metadata* at first use. It answers only when all of this is true:

* The cell holds only digits, a leading plus and ``( ) - .`` and spaces: no letters to map, no
  extension, no second number.
* None of the metadata's prefixes that would be cut or rewritten matches; or only one does,
  which is cut without rewriting, and the rest is a number of that region.
* The rest has a length that the calling code's main region lists as possible.

Everything else, good or bad, goes to libphonenumber. A differential test compares the two.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    ValidationResult,
    is_possible_number_with_reason,
    is_valid_number,
    national_significant_number,
    parse,
    region_code_for_country_code,
)
from phonenumbers import PhoneNumber as ParsedNumber

from cxone_async.contacts.checks import PhoneCheck
from cxone_async.outcome import Problem, Reason

_PARSE_PROBLEMS = {
    NumberParseException.INVALID_COUNTRY_CODE: "phone: no such country calling code",
    NumberParseException.NOT_A_NUMBER: "phone: not a phone number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "phone: too short after the international prefix",
    NumberParseException.TOO_SHORT_NSN: "phone: too short",
    NumberParseException.TOO_LONG: "phone: too long",
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

_NOT_VALID = Problem(
    Reason.PHONE_NOT_VALID, "phone: not in a range that its country is known to use"
)

# Well under the 250 characters beyond which libphonenumber gives up, and more than any number
# that a person punctuates.
_PLAIN_LENGTH = 40

# A subset of what libphonenumber takes for punctuation inside a number.
_PUNCTUATION = b" -.()"

_CALLING_CODES = frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)

_NEVER = "(?!)"  # a pattern that never matches

_Match = Callable[[str], re.Match[str] | None]


class PhoneNumber(msgspec.Struct, frozen=True, gc=False):
    """`digits`: E.164 without the plus sign. `extension`: its digits, "" when there is none."""

    digits: str
    extension: str


def read_phone(raw: str, region: str, check: PhoneCheck) -> PhoneNumber | Problem:
    """Read a phone cell.

    `region` is the ISO 3166 alpha-2 code that a number without a calling code is read in;
    with "" only numbers that have their calling code can be read. With check `off` there is
    never a problem: a value that libphonenumber cannot parse becomes the digits it contains,
    which may be none.

    An empty cell is not a phone number here; the caller knows what it means.
    """
    plain = read_plain_phone(raw, region)
    if plain and check is not PhoneCheck.STRICT:
        return PhoneNumber(plain, "")
    return _ask_libphonenumber(raw, region, check)


def read_plain_phone(raw: str, region: str) -> str:
    """Return E.164 digits of a plainly written, possible number; "" if libphonenumber must say."""
    if raw.isdigit() or (raw[1:].isdigit() and raw[0] == "+"):
        compact = raw
    elif raw.isascii() and len(raw) <= _PLAIN_LENGTH:
        compact = raw.encode().translate(None, _PUNCTUATION).decode()
    else:
        return ""
    form = _regional_form(region)
    if form is not None and (found := form.match(compact)):
        return form.calling_code + found["national"]
    return _plain_international(compact[1:]) if compact.startswith("+") else ""


def _plain_international(digits: str) -> str:
    for width in (1, 2, 3):
        if digits[:width] in _CALLING_CODES:
            return digits if _international_form(digits[:width])(digits) else ""
    return ""


def _ask_libphonenumber(raw: str, region: str, check: PhoneCheck) -> PhoneNumber | Problem:
    try:
        parsed = parse(raw, region)
    except NumberParseException as error:
        if check is PhoneCheck.OFF:
            return PhoneNumber(_ascii_digits(raw), "")
        return Problem(Reason.PHONE_UNREADABLE, _PARSE_PROBLEMS[error.error_type])
    if check is PhoneCheck.POSSIBLE or (check is PhoneCheck.STRICT and not is_valid_number(parsed)):
        length = is_possible_number_with_reason(parsed)
        if length in _LENGTH_PROBLEMS:
            return _LENGTH_PROBLEMS[length]
        if check is PhoneCheck.STRICT:
            return _NOT_VALID
    return PhoneNumber(_e164_digits(parsed), _ascii_digits(parsed.extension or ""))


def _e164_digits(parsed: ParsedNumber) -> str:
    return f"{parsed.country_code}{national_significant_number(parsed)}"


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(character)) for character in text if character.isdigit())


class _RegionalForm(msgspec.Struct, frozen=True):
    """How a region's numbers are plainly written; `national` is what follows the calling code."""

    calling_code: str
    match: _Match


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
    return _RegionalForm(code, _matcher(f"(?:{'|'.join(forms)})(?P<national>[0-9]+)"))


@lru_cache(maxsize=512)  # there are 225 calling codes
def _international_form(calling_code: str) -> _Match:
    plan = _main_plan(calling_code)
    trunk = _pattern(plan.national_prefix_for_parsing)
    return _matcher(f"{calling_code}(?!{trunk}){_digits(_possible_lengths(plan))}")


def _main_plan(calling_code: str) -> PhoneMetadata:
    code = int(calling_code)
    plan = PhoneMetadata.metadata_for_region_or_calling_code(
        code, region_code_for_country_code(code)
    )
    assert plan is not None  # noqa: S101  every listed calling code has a plan
    return plan


def _possible_lengths(plan: PhoneMetadata) -> tuple[int, ...]:
    return plan.general_desc.possible_length if plan.general_desc is not None else ()


def _matcher(pattern: str) -> _Match:
    return re.compile(pattern, re.ASCII).fullmatch


def _pattern(metadata_pattern: str | None) -> str:
    """Return the metadata's pattern as a part of a larger one; None never matches."""
    return f"(?:{metadata_pattern})" if metadata_pattern else _NEVER


def _digits(lengths: Iterable[int]) -> str:
    """Return a pattern of digits of one of these lengths."""
    return "(?:" + "|".join([*(f"[0-9]{{{length}}}" for length in lengths), _NEVER]) + ")"
