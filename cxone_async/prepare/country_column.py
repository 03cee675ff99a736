"""Refuses a country column that holds no countries, by the first thousand rows of the input.

Guarantee: pure. The judgement depends on those rows only, not on how the input was cut into blocks:
it falls with the thousandth row, or at the end of a shorter input. A wrong column would make every
row invalid, or, read as empty, give every row the default country.
"""

from collections.abc import Sequence
from typing import Final

from cxone_async.contacts.blank import is_blank_country
from cxone_async.contacts.country import is_dialling_code, read_country
from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Problem
from cxone_async.source.records import Records

JUDGED_ROWS: Final = 1000

_ROWS_NAMED: Final = 3
_SHOWN_CHARACTERS: Final = 40


class CountryColumn:
    """The column of countries, until it is judged. `add` each block's rows, then `judge`."""

    def __init__(self, index: int, names: Sequence[str]) -> None:
        self._index = index
        self._name = names[index].strip()[:_SHOWN_CHARACTERS]
        self._rows = 0
        self._filled = 0
        self._unknown: list[int] = []
        self._dialling_codes: list[int] = []

    def add(self, records: Records) -> bool:
        """Count the rows of a block; say whether there are enough to judge by."""
        missing = JUDGED_ROWS - self._rows
        for row, record in zip(records.rows[:missing], records.fields, strict=False):
            cell = record[self._index]
            self._rows += 1
            self._filled += not is_blank_country(cell)
            if isinstance(read_country(cell, ""), Problem):
                self._unknown.append(row)
                if is_dialling_code(cell):
                    self._dialling_codes.append(row)
        return self._rows >= JUDGED_ROWS

    def judge(self) -> None:
        """Raise UnreadableInputError when most cells are dialling codes, or most rows unknown."""
        if 2 * len(self._dialling_codes) > self._filled:
            self._refuse("holds dialling codes, not countries", self._dialling_codes)
        if 2 * len(self._unknown) > self._rows:
            self._refuse("names no known country in most rows", self._unknown)

    def _refuse(self, what: str, rows: list[int]) -> None:
        named = ", ".join(map(str, rows[:_ROWS_NAMED]))
        more = len(rows) - _ROWS_NAMED
        raise UnreadableInputError(
            f"the country column {self._name!r} {what} (row{'s' if len(rows) > 1 else ''} {named}"
            f"{f' and {more:,} more' if more > 0 else ''} of the first {self._rows:,}); name the "
            f"right one with --map country=COLUMN, or leave it out with --ignore-column "
            f"{self._name!r}: then every row has the default country"
        )
