"""The four cells that a run adds to each record of rejects.csv and unresolved.csv.

A file that ends in these columns is one of them, to be imported again. There a line that ends in
these four cells ends its record, whatever quotes are open in it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cxone_async.outcome import Outcome

REJECT_COLUMNS: Final = ("_row", "_outcome", "_reason", "_detail")


def has_reject_columns(names: Sequence[str]) -> bool:
    """Say whether a header ends in the four columns."""
    return tuple(name.strip() for name in names[-len(REJECT_COLUMNS) :]) == REJECT_COLUMNS


@lru_cache(maxsize=16)
def reject_cells(delimiter: str, quote: str) -> re.Pattern[str]:
    """Match four cells at the end of a line as a run writes them; group 1 is the reason.

    Each may be quoted, as a spreadsheet would save it. Anything else is the user's.
    """
    before, q = re.escape(delimiter), re.escape(quote)
    outcome = "|".join((Outcome.INVALID, Outcome.FAILED, Outcome.UNRESOLVED))
    row = rf"{before}{q}?[0-9]+{q}?"
    words = rf"{before}{q}?(?:{outcome}){q}?{before}{q}?([a-z_]+){q}?"
    detail = rf"{before}(?:{q}(?:[^{q}\r\n]|{q}{q})*{q}|[^{q}{before}\r\n]*)"
    return re.compile(rf"{row}{words}{detail}\Z")
