"""What differs between two finished runs: counts, reasons and columns. Pure arithmetic."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from cxone_async.outcome import Outcome
from cxone_async.report.reconciliation import CSV_KEYS, Reconciliation
from cxone_async.source.columns import InputColumn

_NO_COUNTS: Final = frozenset({"data_integrity_check", "duration_s"})


class CountDifference(msgspec.Struct, frozen=True):
    """A key of reconciliation.csv and its value in both runs."""

    key: str
    first: int
    second: int


class ReasonDifference(msgspec.Struct, frozen=True):
    """How many rows have an outcome for a reason in both runs."""

    outcome: Outcome
    reason: str
    first: int
    second: int


class ColumnDifference(msgspec.Struct, frozen=True):
    """A column of the input and how both runs read it; None in a run whose input lacks it."""

    name: str
    first: InputColumn | None
    second: InputColumn | None


class Difference(msgspec.Struct, frozen=True):
    """What is not the same in two runs, the largest change of a count first."""

    counts: tuple[CountDifference, ...]
    reasons: tuple[ReasonDifference, ...]
    columns: tuple[ColumnDifference, ...]

    @property
    def is_none(self) -> bool:
        """Whether both runs agree."""
        return not (self.counts or self.reasons or self.columns)


def difference(first: Reconciliation, second: Reconciliation) -> Difference:
    """Return what differs between two results. Counts stand in the order of reconciliation.csv."""
    counts = [
        CountDifference(key, getattr(first, key), getattr(second, key))
        for key in CSV_KEYS
        if key not in _NO_COUNTS
    ]
    reasons = [
        {(one.outcome, one.reason): one.rows for one in run.reasons} for run in (first, second)
    ]
    by_reason = [
        ReasonDifference(*key, *(run.get(key, 0) for run in reasons))
        for key in dict.fromkeys((*reasons[0], *reasons[1]))
    ]
    return Difference(
        tuple(one for one in counts if one.first != one.second),
        tuple(
            sorted(
                (one for one in by_reason if one.first != one.second),
                key=lambda one: -abs(one.second - one.first),
            )
        ),
        tuple(_columns(first.columns, second.columns)),
    )


def _columns(
    first: Iterable[InputColumn], second: Iterable[InputColumn]
) -> Iterable[ColumnDifference]:
    before, after = _by_name(first), _by_name(second)
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield ColumnDifference(key[0], before.get(key), after.get(key))


def _by_name(columns: Iterable[InputColumn]) -> dict[tuple[str, int], InputColumn]:
    """Several columns with one name are told apart by their order."""
    seen: Counter[str] = Counter()
    found = {}
    for column in columns:
        seen[column.name] += 1
        found[column.name, seen[column.name]] = column
    return found
