"""Reads the cells of typed further fields: numbers, dates, booleans.

Guarantee: a cell that can be read in two ways is refused, and so is one that would lose something.
`1,234` may be a thousand or one and a bit; `03/04/2026` may be in March or in April.

What goes out is text in one form, whatever the cell looked like:

* a number: digits with a point (`1234.50`), no zeros in front, the decimals as they are;
* a date: `2026-04-03`;
* a boolean: `true` or `false`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from cxone_async.outcome import Problem, Reason


class FieldType(StrEnum):
    """The types of `--field-type`. A field without one is text."""

    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"


def read_value(name: str, kind: FieldType, cell: str) -> str | Problem:
    """Read a cell that is not blank; the problem names the field and quotes nothing."""
    match kind:
        case FieldType.NUMBER:
            number = _number(cell)
            if number is None:
                return Problem(Reason.FIELD_NOT_NUMBER, f"{name}: not a number")
            return number or Problem(
                Reason.FIELD_NOT_NUMBER, f"{name}: its comma or point can be read in two ways"
            )
        case FieldType.DATE:
            date = _date(cell)
            if date is None:
                return Problem(Reason.FIELD_NOT_DATE, f"{name}: not a date, such as 2026-12-31")
            return date or Problem(
                Reason.FIELD_NOT_DATE, f"{name}: its day and its month can be taken for each other"
            )
    return _BOOLEANS.get(cell.strip().casefold()) or Problem(
        Reason.FIELD_NOT_BOOLEAN, f"{name}: neither a known yes nor a known no"
    )


# A space between thousands is one of those that programs write, or an apostrophe (Swiss).
_SPACES: Final = " \u00a0\u2009\u202f'\u2019"
_PLAIN: Final = re.compile(r"([0-9]+)(?:([.,])([0-9]+))?|([.,])([0-9]+)", re.ASCII)
_GROUPED: Final = re.compile(
    rf"([0-9]{{1,3}}(?:([{_SPACES}])[0-9]{{3}}(?:\2[0-9]{{3}})*))(?:[.,]([0-9]+))?"
    r"|([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]+)"
    r"|([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+)"
    r"|([0-9]{1,3}(?:,[0-9]{3}){2,}|[0-9]{1,3}(?:\.[0-9]{3}){2,})"
    r"|([0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})(?:\.([0-9]+))?",  # as in India
    re.ASCII,
)
_THOUSANDS: Final = 3


def _number(cell: str) -> str | None:
    """Return the number in plain digits; "" when there are two readings, None when it is none."""
    text = cell.strip()
    sign = ""
    if text[:1] in ("+", "-", "\u2212"):
        sign, text = ("" if text[0] == "+" else "-"), text[1:]
    if plain := _PLAIN.fullmatch(text):
        whole, point, decimals, _, only_decimals = plain.groups()
        if point and len(decimals) == _THOUSANDS >= len(whole) and not whole.startswith("0"):
            return ""
        return _plain_number(sign, whole or "0", decimals or only_decimals or "")
    if grouped := _GROUPED.fullmatch(text):
        first, space, *others = grouped.groups()
        whole, decimals = _parts(first, others)
        digits = "".join(filter(str.isdigit, whole))
        return _plain_number(sign, digits, decimals) if space or digits[0] != "0" else None
    return None


def _parts(spaced: str | None, others: list[str | None]) -> tuple[str, str]:
    """Return the whole part and the decimals of whichever way of grouping has matched."""
    decimals, *rest = others
    if spaced:
        return spaced, decimals or ""
    comma, comma_decimals, dot, dot_decimals, repeated, indian, indian_decimals = rest
    whole = comma or dot or repeated or indian or ""
    return whole, comma_decimals or dot_decimals or indian_decimals or ""


def _plain_number(sign: str, whole: str, decimals: str) -> str:
    number = (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")
    return sign + number if number.strip("0.") else number


_YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})", re.ASCII)
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})", re.ASCII)
_MIDNIGHT: Final = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?", re.ASCII)
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _date(cell: str) -> str | None:
    """Return the date as ISO 8601 has it; "" when there are two readings, None when it is none.

    A midnight behind it is what databases write for a date. Any other time would be lost.
    """
    text = cell.strip()
    if midnight := _MIDNIGHT.search(text):
        text = text if text[midnight.end() :] else text[: midnight.start()]
    if found := _YEAR_FIRST.fullmatch(text):
        year, _, month, day = found.groups()
        return _iso(int(year), int(month), int(day))
    if found := _YEAR_LAST.fullmatch(text):
        one, other, year = int(found[1]), int(found[3]), int(found[4])
        readings = {_iso(year, other, one), _iso(year, one, other)} - {None}
        return "" if len(readings) > 1 else next(iter(readings), None)
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    if not (year and 1 <= month <= len(_DAYS)):
        return None
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = 29 if month == 2 and is_leap else _DAYS[month - 1]
    return f"{year:04}-{month:02}-{day:02}" if 1 <= day <= last else None


def _booleans(yes: str, no: str) -> Mapping[str, str]:
    return dict.fromkeys(yes.split(), "true") | dict.fromkeys(no.split(), "false")


_BOOLEANS: Final = _booleans(
    "true t yes y 1 on ja j wahr oui vrai s\u00ed si verdadero sim verdadeiro s\u00ec vero waar "
    "tak prawda evet do\u011fru",
    "false f no n 0 off nein falsch non faux falso n\u00e3o nao nee onwaar nie fa\u0142sz "
    "hay\u0131r yanl\u0131\u015f",
)
"""In the languages of `source.column_names`. A mark such as x is neither: it crosses out, too."""
