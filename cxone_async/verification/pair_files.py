"""review.csv and duplicates.csv, as `verify` reads them.

Guarantee: a line that cannot be read is passed to `add` as a sentence and left out; bad content
never raises. At most `MOST_LINES` lines are held in memory.

Every line shows two rows and what was decided about them. Its first four cells are checked against
outcomes.csv; what both rows hold, and the words for and against, are for people and are not.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from cxone_async.verification.run_files import Add, cells_of

MOST_LINES: Final = 10_000

_FURTHER: Final = [
    "decision",
    "group",
    "phone",
    "of_phone",
    "email",
    "of_email",
    "first_name",
    "of_first_name",
    "last_name",
    "of_last_name",
    "country",
    "of_country",
    "external_id",
    "of_external_id",
    "rule_in_words",
    "speaks_for",
    "speaks_against",
    "input",
]
_REVIEW: Final = ["row", "resembles_row", "rule", "score"]
_REVIEW_COLUMNS: Final = [*_REVIEW, *_FURTHER]
_DUPLICATES_COLUMNS: Final = ["row", "of_row", "rule", "score", *_FURTHER]
_GROUP: Final = 5


class Pair(NamedTuple):
    """The beginning of a line: the later row, the earlier one, the rule and the score as shown."""

    row: int
    of_row: int
    rule: str
    score: str


def read_review(path: Path, add: Add) -> Iterator[Pair]:
    """Yield the lines of review.csv.

    Those of earlier versions end after the score, are sorted by row, and may be any number.
    """
    last_row = 0
    for pair, cells in _pairs(path, (_REVIEW_COLUMNS, _REVIEW), add):
        if len(cells) == len(_REVIEW):
            if pair.row < last_row:
                add(f"review.csv: row {pair.row} comes after row {last_row}")
            last_row = pair.row
        yield pair


class DuplicatesReader:
    """Compares duplicates.csv with the duplicates of outcomes.csv, each of which is `seen` once."""

    def __init__(self, path: Path, add: Add) -> None:
        self._add = add
        self._unseen: dict[int, Pair] = {}
        self.lines = 0
        for pair, _ in _pairs(path, (_DUPLICATES_COLUMNS,), add):
            self.lines += 1
            if pair.row in self._unseen:
                add(f"duplicates.csv: row {pair.row} is there twice")
            self._unseen[pair.row] = pair

    def see(self, pair: Pair) -> None:
        """Take note of a duplicate in outcomes.csv."""
        if (shown := self._unseen.pop(pair.row, pair)) != pair:
            self._add(
                f"duplicates.csv: row {pair.row} repeats row {shown.of_row} by {shown.rule} with "
                f"{shown.score}, not so in outcomes.csv"
            )

    def finish(self) -> None:
        """Report the lines that show no duplicate."""
        for row in self._unseen:
            self._add(f"duplicates.csv: row {row} is no duplicate in outcomes.csv")


def _pairs(
    path: Path, known: tuple[list[str], ...], add: Callable[[str], None]
) -> Iterator[tuple[Pair, list[str]]]:
    group, lines = 0, 0
    for number, cells in enumerate(cells_of(path, known, add), start=1):
        pair = _pair(cells)
        if pair is None:
            add(f"{path.name}: line {number} after the header is not readable")
            continue
        if len(cells) > _GROUP:
            lines += 1
            if lines == MOST_LINES + 1:
                add(f"{path.name} has more than {MOST_LINES:,} lines; the rest was not compared")
                return
            if cells[_GROUP] not in {str(group or 1), str(group + 1)}:
                add(f"{path.name}: group {cells[_GROUP]} comes after group {group}")
            group = int(cells[_GROUP]) if cells[_GROUP].isdecimal() else group
        yield pair, cells


def _pair(cells: list[str]) -> Pair | None:
    try:
        pair = Pair(int(cells[0]), int(cells[1]), cells[2], cells[3])
        return pair if pair.rule and 0 <= float(pair.score) <= 100 else None
    except ValueError:
        return None
