"""Whether reconciliation.json says the same as outcomes.csv of which rows are where.

It names the first rows of each reason, and counts the outcomes along the file and by country.
Countries are not in outcomes.csv, so only their sums are compared. Runs of earlier versions say
none of it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_ROWS_NAMED: Final = 5


class RowView:
    """Counts again, row by row."""

    def __init__(self) -> None:
        self._first_rows: dict[tuple[str, str], list[int]] = {}

    def see(self, row: int, outcome: str, reason: str) -> None:
        """Take the next row of outcomes.csv."""
        if reason:
            rows = self._first_rows.setdefault((outcome, reason), [])
            if len(rows) < _ROWS_NAMED:
                rows.append(row)

    def compare(
        self,
        said: Mapping[str, object],
        counts: Mapping[str, int],
        codes: bytearray,
        names: Mapping[int, str],
        contradiction: Callable[[str], None],
    ) -> None:
        """Report what reconciliation.json says otherwise.

        `codes` has a byte for each row, from row 1 on, and `names` the outcome that each means.
        """
        rows = [[*pair, first] for pair, first in self._first_rows.items()]
        named = said.get("rows_of_reasons")
        if named is not None and not _are_same(named, rows):
            contradiction("reconciliation.json: rows_of_reasons are not those in outcomes.csv")
        along = said.get("along_file")
        if along is not None and not _is_along(along, codes, names):
            contradiction("reconciliation.json: along_file is not what outcomes.csv holds")
        if (countries := said.get("by_country")) and _sums(countries) != {
            outcome: count for outcome, count in counts.items() if count
        }:
            contradiction("reconciliation.json: by_country does not add up to outcomes.csv")


def _are_same(said: object, found: Sequence[object]) -> bool:
    return isinstance(said, list) and sorted(map(str, said)) == sorted(map(str, found))


def _is_along(said: object, codes: bytearray, names: Mapping[int, str]) -> bool:
    match said:
        case {"rows_each": int(each), "counts": dict(counts)} if each > 0:
            stretches = [codes[at : at + each] for at in range(0, len(codes), each)]
        case _:
            return False
    found: dict[str, list[int]] = {}
    for code, name in names.items():
        own = [stretch.count(code) for stretch in stretches]
        if any(own):
            found[name] = [a + b for a, b in zip(found.get(name, [0] * len(own)), own, strict=True)]
    return counts == found


def _sums(said: object) -> dict[str, int] | None:
    sums: Counter[str] = Counter()
    for one in said if isinstance(said, list) else [None]:
        match one:
            case [str(), dict(counts)] if all(type(rows) is int for rows in counts.values()):
                sums.update(counts)
            case _:
                return None
    return dict(sums)
