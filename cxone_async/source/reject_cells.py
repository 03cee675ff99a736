"""The four cells that a run adds to each record of rejects.csv and unresolved.csv.

A file that ends in these columns is one of them, to be imported again. There a line that ends in
these four cells ends its record, whatever quotes are open in it.

A workbook cannot hold a record that has no cells of its own. rejects.xlsx has its text in a column
before the four, and leaves its other cells empty. So it is no contact for any reader, and here it
keeps its reason until somebody fills the cells.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cxone_async.outcome import Outcome, Reason

REJECT_COLUMNS: Final = ("_row", "_outcome", "_reason", "_detail")
RECORD_COLUMN: Final = "_record"
"""The column before the four that holds the text of records that could not be read."""
UNREADABLE: Final = frozenset(
    {
        Reason.TOO_FEW_FIELDS,
        Reason.TOO_MANY_FIELDS,
        Reason.UNDECODABLE,
        Reason.NUL_CHARACTER,
        Reason.UNTERMINATED_QUOTE,
        Reason.MALFORMED_QUOTE,
        Reason.FIELD_TOO_LARGE,
    }
)
"""The reasons of records that could not be read, so that nobody knows which cell is which."""


def has_reject_columns(names: Sequence[str]) -> bool:
    """Say whether a header ends in the four columns."""
    return tuple(name.strip() for name in names[-len(REJECT_COLUMNS) :]) == REJECT_COLUMNS


def ends_a_header_of_rejects(line: bytes) -> bool:
    """Say whether a line ends in the names of the four columns, whatever is between them."""
    return _ENDS_IN_THE_FOUR(line) is not None


def begins_as_rejects(head: bytes) -> bool:
    """Say whether the first line of a text ends in the names of the four columns."""
    return ends_a_header_of_rejects(head.splitlines()[0]) if head.strip() else False


_ENDS_IN_THE_FOUR: Final = re.compile(
    rb"[^a-z_]{1,3}".join(name.encode() for name in REJECT_COLUMNS) + rb"\W?\s*\Z"
).search


def is_only_a_record(fields: Sequence[str]) -> bool:
    """Say whether a row has a text in its last column, which is RECORD_COLUMN, and no other cell.

    `fields` are those of a header that has this column, without the four.
    """
    *cells, record = fields
    return bool(record.strip()) and not "".join(cells).strip()


@lru_cache(maxsize=16)
def reject_cells(delimiter: str, quote: str) -> re.Pattern[str]:
    """Match four cells at the end of a line as a run writes them; groups `row` and `reason`.

    Each may be quoted, as a spreadsheet would save it. Anything else is the user's.
    """
    before, q = re.escape(delimiter), re.escape(quote)
    outcome = "|".join((Outcome.INVALID, Outcome.FAILED, Outcome.UNRESOLVED))
    row = rf"{before}{q}?(?P<row>[0-9]+){q}?"
    words = rf"{before}{q}?(?:{outcome}){q}?{before}{q}?(?P<reason>[a-z_]+){q}?"
    detail = rf"{before}(?:{q}(?:[^{q}\r\n]|{q}{q})*{q}|[^{q}{before}\r\n]*)"
    return re.compile(rf"{row}{words}{detail}\Z")
