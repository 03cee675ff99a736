"""Chooses, of any number of pairs of rows, those that a person is to look through.

Guarantee: what is chosen depends on the pairs alone, not on the order in which they came. In memory
are at most `MOST_LINES` pairs.
"""

from collections.abc import Iterable, Iterator
from heapq import heappush, heappushpop
from typing import Final, NamedTuple

from cxone_async.outcome import Resemblance
from cxone_async.prepare.decided_pairs import PeopleByKey

MOST_LINES: Final = 10_000
"""Lines of review.csv, and of duplicates.csv: more than a person goes through."""


class ListedPair(NamedTuple):
    """A pair that is shown. Pairs that have a row in common have the same `group`, from 1."""

    pair: Resemblance
    group: int


class LikeliestPairs:
    """Keeps the likeliest of many pairs, or the least likely; `count` counts all of them."""

    def __init__(self, *, least: bool = False, most: int = MOST_LINES) -> None:
        self._sign = -1.0 if least else 1.0
        self._most = most
        self._kept: list[tuple[float, int, int, str]] = []
        self.count = 0

    def append(self, pairs: Iterable[Resemblance]) -> None:
        """Take pairs of rows: each later row, and the earlier one that it resembles or repeats."""
        for pair in pairs:
            self.count += 1
            entry = (self._sign * pair.score, -pair.row, -pair.resembles_row, pair.rule)
            if len(self._kept) < self._most:
                heappush(self._kept, entry)
            elif entry > self._kept[0]:
                heappushpop(self._kept, entry)

    @property
    def left_out(self) -> int:
        """The number of pairs that are not shown."""
        return self.count - len(self._kept)

    def rows(self) -> set[int]:
        """Return all rows of the pairs that are shown."""
        return {row for pair in self._pairs() for row in (pair.row, pair.resembles_row)}

    def in_order(self) -> Iterator[ListedPair]:
        """Yield the pairs: group by group, the likeliest first, and so in each group."""
        pairs = sorted(self._pairs(), key=_likeliest_first)
        people = PeopleByKey((pair.row, pair.resembles_row) for pair in pairs)
        groups: dict[int, list[Resemblance]] = {}
        for pair in pairs:
            groups.setdefault(people.person(pair.row), []).append(pair)
        for number, group in enumerate(groups.values(), start=1):
            for pair in group:
                yield ListedPair(pair, number)

    def _pairs(self) -> Iterator[Resemblance]:
        for score, row, of_row, rule in self._kept:
            yield Resemblance(-row, -of_row, rule, self._sign * score)


def _likeliest_first(pair: Resemblance) -> tuple[float, int, int]:
    return -pair.score, pair.row, pair.resembles_row
