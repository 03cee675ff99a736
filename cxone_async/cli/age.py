"""An age as a person types it: a number and a unit."""

import re
from datetime import timedelta
from typing import Final

from cxone_async.errors import UsageError
from cxone_async.printable import printable

_AGE: Final = re.compile(r"0*([1-9][0-9]{0,4})([hdw])", re.ASCII)
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def age_of(flag: str, text: str) -> timedelta:
    """Return an age such as `30d`, `12h` or `4w`. Raises UsageError, which names the flag."""
    matched = _AGE.fullmatch(text)
    if matched is None:
        raise UsageError(
            f"{flag} takes a whole number from 1 to 99999 and its unit: h for hours, d for days, "
            f"w for weeks, such as 30d; not '{printable(text[:40])}'"
        )
    return int(matched[1]) * _UNITS[matched[2]]
