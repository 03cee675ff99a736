"""Where a run's rows are: which have a reason, how outcomes lie along the file, which countries.

All are counts and row numbers, never anything of a contact. Pure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

import msgspec

from cxone_async.outcome import Outcome

ROWS_NAMED: Final = 5
MOST_STRETCHES: Final = 80


class RowsOfReason(msgspec.Struct, frozen=True, array_like=True):
    """The first rows that have `outcome` for `reason`, at most `ROWS_NAMED`."""

    outcome: Outcome
    reason: str
    rows: tuple[int, ...]


class AlongFile(msgspec.Struct, frozen=True):
    """Rows by outcome in stretches of `rows_each` rows, from row 1 on; the last may be shorter.

    Each outcome that occurs has a count for every stretch, of which there are at most
    `MOST_STRETCHES`.
    """

    rows_each: int
    counts: dict[Outcome, tuple[int, ...]]


class OfCountry(msgspec.Struct, frozen=True, array_like=True):
    """Rows by outcome in one country: alpha-2 in capitals, "" where a row's is not known."""

    country: str
    counts: dict[Outcome, int]


def along_file(codes: Sequence[int] | bytearray, names: Mapping[int, Outcome]) -> AlongFile | None:
    """Cut the outcomes into stretches; None without rows.

    `codes` has a byte for each row, from row 1 on, and `names` says what each means.
    """
    if not codes:
        return None
    rows_each = -(-len(codes) // MOST_STRETCHES)
    stretches = [codes[at : at + rows_each] for at in range(0, len(codes), rows_each)]
    counts = {
        outcome: tuple(stretch.count(code) for stretch in stretches)
        for code, outcome in names.items()
    }
    return AlongFile(rows_each, {name: each for name, each in counts.items() if any(each)})


def by_country(
    codes: Sequence[int] | bytearray,
    names: Mapping[int, Outcome],
    countries: bytearray,
    countries_named: Sequence[str],
) -> tuple[OfCountry, ...]:
    """Count each country's rows, the largest first; none when no row has a country.

    `countries` has a byte for each row, from row 1 on: 0 when its country is not known, else 1
    more than its place in `countries_named`. Rows without an outcome are left out.
    """
    if not any(countries):
        return ()
    counts: dict[int, dict[Outcome, int]] = {}
    pairs = Counter(zip(countries, islice(codes, len(countries)), strict=False))
    for (country, code), rows in sorted(pairs.items()):
        if code in names:
            counts.setdefault(country, {})[names[code]] = rows
    found = [
        OfCountry(countries_named[country - 1] if country else "", each)
        for country, each in counts.items()
    ]
    return tuple(sorted(found, key=lambda one: (-sum(one.counts.values()), one.country)))
