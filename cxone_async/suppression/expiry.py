"""Whether an entry of a suppression file has expired.

An entry whose date cannot be read, or can be read as a day that is still to come, counts. So
`03/04/2026` has expired only when both 3 April and 4 March are past. A wrong guess would call
somebody who asked not to be called.

No clock is read here: the day is the one on which the run began.
"""

import re
from datetime import date, timedelta
from functools import lru_cache

_ISO = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[T ].*)?", re.ASCII)
_EITHER = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T ].*)?", re.ASCII)

_TIME_ZONES = timedelta(days=1)
"""The day may end up to 14 hours before or after it does in UTC."""


@lru_cache(maxsize=4096)
def has_expired(cell: str, day: str) -> bool:
    """Say whether every reading of the cell as a date lies before `day` (ISO 8601).

    The date itself still counts, and so does the day after it, because of time zones.
    """
    readings = _readings(cell.strip())
    first = date.fromisoformat(day)
    return bool(readings) and max(readings) + _TIME_ZONES < first


def _readings(text: str) -> list[date]:
    if found := _ISO.fullmatch(text):
        year, _, month, day = found.groups()
        return _dates((int(year), int(month), int(day)))
    if found := _EITHER.fullmatch(text):
        one, _, other, year = found.groups()
        return _dates((int(year), int(other), int(one)), (int(year), int(one), int(other)))
    return []


def _dates(*candidates: tuple[int, int, int]) -> list[date]:
    dates = []
    for year, month, day in candidates:
        try:
            dates.append(date(year, month, day))
        except ValueError:
            continue
    return dates
