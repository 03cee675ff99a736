"""Whether empty cells beyond the header's are trailing delimiters, as a sample of the rows shows.

A row with one empty cell too many may hold an unquoted delimiter instead, before an empty last
cell: then every cell after it is in the wrong column. So empty cells too many are dropped where
rows end so as a rule, or where the row's last cell that holds something is at home in its column.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple, Self

from cxone_async.source.scanner import is_contact

_RARE: Final = 0.1
_ADDRESS: Final = "@"
_NUMBER: Final = "#"


class EmptyEnds(NamedTuple):
    """What the sample says of rows with more cells than the header.

    `usual` is the number of empty cells that rows end in as a rule. `kinds` are, of each column,
    what its cells hold in rows as wide as the header. Where longer rows have text at their end,
    there are none of either, because then all longer rows are shifted.
    """

    usual: int = 0
    kinds: tuple[frozenset[str], ...] = ()

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]], width: int) -> Self:
        """Return what these rows say, under a header of `width` columns."""
        longer = [row for row in rows if len(row) > width]
        empty = [len(row) - width for row in longer if not any(row[width:])]
        if _RARE * len(empty) < len(longer) - len(empty):
            return cls()
        is_a_rule = bool(empty) and 2 * len(empty) >= len(rows)
        even = [row for row in rows if len(row) == width]
        return cls(
            Counter(empty).most_common(1)[0][0] if is_a_rule else 0,
            tuple(frozenset(map(_kind, column)) for column in zip(*even, strict=True)),
        )

    def has(self, fields: Sequence[str], width: int) -> bool:
        """Say whether the cells of a row beyond `width`, which are empty, are no shift."""
        if len(fields) - width <= self.usual:
            return True
        held = [column for column, cell in enumerate(fields[:width]) if cell.strip()]
        if not held or not self.kinds:
            return False
        last = held[-1]
        return _kind(fields[last]) in self.kinds[last]


def _kind(cell: str) -> str:
    """Return what tells a cell from one of another column: its value, or that of contacts."""
    if is_contact(cell):
        return _ADDRESS if _ADDRESS in cell else _NUMBER
    return cell.strip().casefold()
