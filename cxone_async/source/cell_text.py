"""The text of a value that is no text: a number, a date, a truth value.

Guarantee: pure. A whole number keeps all of its digits and gets no `.0`, so a phone that a
spreadsheet took for a number is still that phone.
"""

import datetime
from decimal import Decimal
from typing import Final

_EXACT: Final = 2.0**53
_DIGITS_OF_A_SPREADSHEET: Final = ".15g"


def spreadsheet_number(value: float) -> str:
    """Return a number with the fifteen digits that a spreadsheet keeps of it."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return plain(Decimal(format(value, _DIGITS_OF_A_SPREADSHEET)))


def float_number(value: float) -> str:
    """Return the shortest number that is this one; "" for what is no number."""
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return plain(Decimal(repr(value)))


def plain(number: Decimal) -> str:
    """Return a number without exponent, and a whole one without a decimal point; "" for none."""
    if not number.is_finite():
        return ""
    if number == number.to_integral_value():
        return str(int(number))
    return format(number, "f")


def iso(value: datetime.datetime | datetime.time) -> str:
    """Return a time in ISO 8601, to the millisecond where there are any."""
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


def hours(value: datetime.timedelta) -> str:
    """Return a duration as hours, minutes and seconds."""
    seconds = round(value.total_seconds())
    minutes, seconds = divmod(abs(seconds), 60)
    sign = "-" if value < datetime.timedelta() else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}"
