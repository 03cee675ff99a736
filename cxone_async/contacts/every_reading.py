"""Every phone and email that a cell may mean, where the harm is in overlooking one.

A flagged row whose phone cannot be used still says whom not to call. What it says is compared with
other rows, never sent. So everything that the cell can be read as is returned: with and without its
plus sign or prefix, its digits as they stand, in the row's country and in another. A
reading that nobody meant holds back a row, which the report says. A reading that is left out calls
somebody who asked not to be called.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from cxone_async.contacts.checks import EmailCheck, PhoneCheck, PhoneCountry
from cxone_async.contacts.email import as_far_as_it_reads, read_email_cell
from cxone_async.contacts.phone import PhoneNumber, PhoneRules, read_phone
from cxone_async.outcome import Problem

_UNCHECKED: Final = PhoneRules(PhoneCheck.OFF, PhoneCountry.ANY)
_OF_A_PLAN: Final = PhoneRules(PhoneCheck.POSSIBLE, PhoneCountry.ANY)
_LONGEST: Final = 1_000  # characters of a cell; more hold no phone that somebody typed
_LEAST_DIGITS: Final = 7  # of a whole number with its area code
_MOST_DIGITS: Final = 15  # E.164, 6.1
_MOST_NUMBERS: Final = 10
_NUMBER: Final = re.compile(r"\+?[\s(]*\d(?:[\s().\-/~]*\d)+")
_FLOAT: Final = re.compile(r"(?<=\d{7})\.0+(?!\d)")
_SLIPS: Final = str.maketrans("oOlI", "0011")
_EXIT_CODES: Final = ("00", "011")
_AT: Final = re.compile(r"\s*[\[({]\s*at\s*[\])}]\s*|\s*@+\s*", re.IGNORECASE)
_DOT: Final = re.compile(r"\s*[\[({]\s*dot\s*[\])}]\s*|(?<=\w)\s*[.,]+\s*(?=\w)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:|\"'@]+@[^\s<>()\[\],;:|\"'/&@]+")


def every_phone(raw: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the digits of all numbers that a cell may mean, each once.

    `regions` are the alpha-2 codes of the countries in which to read it; "" stands for none.
    """
    if not any(map(str.isdigit, raw[:_LONGEST])):
        return ()
    found = dict.fromkeys(
        digits
        for text in _texts(raw[:_LONGEST])
        for region in regions
        for digits in _unchecked(text, region)
    )
    return tuple(digits for digits in found if _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS)


def is_somebodys(digits: str) -> bool:
    """Say whether digits with a calling code may be a number that somebody has."""
    return isinstance(read_phone(f"+{digits}", "", _OF_A_PLAN), PhoneNumber)


def every_email(raw: str) -> tuple[str, ...]:
    """Return all addresses that a cell may mean, as `read_email` gives them, each once."""
    cell = raw[:_LONGEST]
    mended = _DOT.sub(".", _AT.sub("@", unicodedata.normalize("NFKC", cell))).strip()
    texts = [cell]
    for text in (cell, mended, "".join(mended.split())):
        texts += (one.strip(".") for one in _ADDRESS.findall(text)[:_MOST_NUMBERS])
    found = dict.fromkeys(address for text in texts for address in _addresses(text))
    return tuple(dict.fromkeys((*found, as_far_as_it_reads(raw)))) if "@" in mended else ()


def _texts(raw: str) -> Iterator[str]:
    """Give the cell and each number in it, as it stands, and without and with a plus sign."""
    yield raw
    yield "".join(filter(str.isdigit, raw))
    text = _FLOAT.sub("", unicodedata.normalize("NFKC", raw))
    for written in dict.fromkeys((text, text.translate(_SLIPS))):
        for number in _NUMBER.findall(written)[:_MOST_NUMBERS]:
            yield number
            yield from number.split("/")[:_MOST_NUMBERS]
            digits = "".join(filter(str.isdigit, number))
            yield digits
            yield "+" + digits
            if len(digits) > _MOST_DIGITS:  # two numbers with nothing but a space between them
                yield from (digits[: len(digits) // 2], digits[len(digits) // 2 :])
            for code in _EXIT_CODES:
                if digits.startswith(code):
                    yield digits.removeprefix(code)


def _unchecked(text: str, region: str) -> tuple[str, ...]:
    number = read_phone(text, region, _UNCHECKED)
    return (number.digits, *number.others) if isinstance(number, PhoneNumber) else ()


def _addresses(text: str) -> tuple[str, ...]:
    found = read_email_cell(text, EmailCheck.SYNTAX)
    return () if isinstance(found, Problem) else (found.address, *found.others)
