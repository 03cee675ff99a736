"""Plain lines of a suppression file, millions at a time.

`read_phone` takes a microsecond or more for each number. A national register holds a hundred
million. Nearly all of its lines are digits in one of a few forms for which the answer is known
from the region's plan. One regular expression, derived from libphonenumber's metadata, finds
those lines in a whole text at once. All other lines are left to `read_phone`. Likewise for emails
and `read_email`.

Held to `read_phone` and `read_email` by differential tests: where those read a line, this gives the
same or leaves the line alone. It also takes placeholders such as 2222222222, which `read_phone` may
refuse: no row can have such a phone, so nobody is suppressed by them.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec
from phonenumbers import PhoneMetadata, region_code_for_country_code

MOST_DIGITS = 15
"""The most that a number has with its calling code (E.164, 6.1)."""

_NEVER = "(?!)"  # a pattern that never matches
_CAPTURING = re.compile(r"(?<!\\)\((?!\?)")


class PlainLines(msgspec.Struct, frozen=True):
    """How lines of plain digits are found in a text.

    `pattern` matches a line; its one group is the national number, which follows `calling_code`.
    With `has_one_length`, all numbers of the plan have one length: spaces, hyphens and brackets do
    not matter, since nothing behind a number can be taken for a part of it.
    """

    calling_code: str
    pattern: re.Pattern[str]
    has_one_length: bool


PLAIN_EMAILS = re.compile(
    r"^(?=.{1,64}$)[a-z0-9_+-]++(?:\.[a-z0-9_+-]++)*+"
    r"@(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)+[a-z]{2,}$",
    re.ASCII | re.IGNORECASE | re.MULTILINE,
)
"""Matches a line that is so plain an address that `read_email` gives it back in lower case."""


@lru_cache(maxsize=512)  # there are 245 regions
def plain_lines(region: str) -> PlainLines | None:
    """Return how plain lines of a region are found; None for a region without a plan."""
    plan = PhoneMetadata.metadata_for_region(region, None)
    if plan is None or plan.general_desc is None or plan.country_code is None:
        return None
    main = PhoneMetadata.metadata_for_region_or_calling_code(
        plan.country_code, region_code_for_country_code(plan.country_code)
    )
    if main is None or main.general_desc is None:
        return None
    code = str(plan.country_code)
    possible = plan.general_desc.possible_length
    lengths = {
        length
        for length in possible
        if length in main.general_desc.possible_length and len(code) + length <= MOST_DIGITS
    }
    abroad = _part(plan.international_prefix)
    trunk = _part(plan.national_prefix_for_parsing)
    main_trunk = _part(main.national_prefix_for_parsing)
    national = _part(plan.general_desc.national_number_pattern)
    main_national = _part(main.general_desc.national_number_pattern)
    cut_trunk = _NEVER if plan.national_prefix_transform_rule else trunk
    either_trunk = _any(trunk, main_trunk)
    forms = (
        # the national number as it is
        f"(?!{_any(abroad, code, trunk, main_trunk)})",
        # a plus sign and the region's own calling code
        rf"\+{code}(?!{either_trunk})",
        # the calling code without a plus, where the whole is too long to be anything else
        f"(?!{abroad}){code}(?!{either_trunk})"
        f"(?={_digits(n for n in lengths if len(code) + n > max(possible))}$)",
        # the national number behind a trunk prefix that is cut off, not rewritten
        f"(?!{_any(abroad, code)})(?>{cut_trunk})(?!{trunk})",
    )
    is_of_main_plan = "" if main_national == national else f"(?={main_national}$)"
    line = f"^(?:{'|'.join(forms)})(?={_digits(lengths)}$){is_of_main_plan}({national})$"
    return PlainLines(
        code,
        re.compile(line, re.ASCII | re.MULTILINE),
        has_one_length=len(set(possible)) == 1,
    )


def _any(*parts: str) -> str:
    return "|".join(dict.fromkeys(parts))


def _part(metadata_pattern: str | None) -> str:
    """Return the metadata's pattern as a part of a larger one, without groups of its own."""
    if not metadata_pattern:
        return _NEVER
    if metadata_pattern.isdigit():
        return metadata_pattern
    return f"(?:{_CAPTURING.sub('(?:', metadata_pattern)})"


def _digits(lengths: Iterable[int]) -> str:
    return f"(?:{'|'.join(f'[0-9]{{{length}}}' for length in sorted(lengths)) or _NEVER})"
