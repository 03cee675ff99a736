"""Whether outcomes.csv shows the external id that each row has in the input.

Guarantee: written from the documentation, with no code of the program that imports. A cell without
its white space is the id. Only an id without a digit may be shown as none: it can be one of the
words that stand for an empty cell.

Memory: eight bytes for each row that was kept.
"""

from array import array
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

Add = Callable[[str], None]

_FORMULA: Final = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_PARTS: Final = 256
_HASH_MASK: Final = (1 << 64) - 1


class ExternalIds:
    """Compares ids with the column that the run was told; without one no row may show an id.

    `header` and the cells are as `physical_lines.parse` returns them, `encoding` is that of the
    lines.
    """

    def __init__(self, column: str, header: Sequence[str], encoding: str, add: Add) -> None:
        self._encoding = encoding
        self._add = add
        self._kept = [array("Q") for _ in range(_PARTS)]
        self._at: int | None = None
        if column:
            names = [self._text(name) for name in header]
            keys = [_key(name) for name in names]
            if column in names:
                self._at = names.index(column)
            elif _key(column) in keys:
                self._at = keys.index(_key(column))
            else:
                add("the input has no column of the name that the run read external ids from")

    def is_wanted(self) -> bool:
        """Whether the cells of rows are needed."""
        return self._at is not None

    def check(self, row: int, shown: str, cells: Sequence[str], *, is_kept: bool) -> None:
        """Compare the id that is shown for a row with its cells; none when it cannot be read."""
        cell = self._text(cells[self._at]).strip() if self._at is not None and cells else ""
        expected = f"'{cell}" if cell and cell[0] in _FORMULA else cell
        can_be_none = not any(map(str.isdigit, cell)) or "#" in cell
        if shown != expected and not (not shown and can_be_none):
            self._add(f"row {row} has another external id in the input than in outcomes.csv")
        if shown and is_kept:
            number = hash(shown) & _HASH_MASK
            self._kept[number % _PARTS].append(number)

    def finish(self) -> None:
        """Report ids that more than one row went out with."""
        repeated = 0
        for part in self._kept:
            ordered = sorted(part)
            repeated += sum(one == other for one, other in pairwise(ordered))
        if repeated:
            self._add(f"{repeated:,} row(s) were kept with the external id of an earlier row")

    def _text(self, cell: str) -> str:
        return cell.encode("latin-1").decode(self._encoding, "replace")


def _key(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold())) or name.strip()
