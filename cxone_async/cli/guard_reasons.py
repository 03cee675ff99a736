"""Tells on a terminal why a guard stopped a run, with cells of the first bad rows.

Guarantee: countries are shown as they are, unless they hold what may be a phone or an email.
Cells of all other columns are masked as in `tables`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from cxone_async.cli.tables import printable
from cxone_async.contacts.masking import mask
from cxone_async.contacts.model import FieldName
from cxone_async.contacts.normalise import RowFields
from cxone_async.errors import CommonReason
from cxone_async.report.wording import FIELDS_OF_REASON, REASON_MEANING, way_out

_MAY_BE_PERSONAL: Final = re.compile(r"@|[0-9].*[0-9].*[0-9].*[0-9]")


def guard_lines(reasons: Sequence[CommonReason], cells: Mapping[int, RowFields]) -> list[str]:
    """Return two lines for each reason: how many rows and which, then what to do about it."""
    lines = []
    for one in reasons:
        rows = " and ".join(f"{row:,}" for row in one.first_rows)
        named = f"{'row' if len(one.first_rows) == 1 else 'rows'} {rows}"
        rows_read = [cells[row] for row in one.first_rows if row in cells]
        shown = ", ".join(
            f"{field} {' and '.join(values)}"
            for field in FIELDS_OF_REASON.get(one.reason, ())
            if (values := _values(field, rows_read))
        )
        what = shown or REASON_MEANING.get(one.reason, one.reason)
        reason = "" if what == one.reason else f"{one.reason}, "
        lines += [
            f"  {one.rows:,} of {one.of_rows:,}: {what.rstrip('.')} ({reason}{named})",
            f"      {way_out(one.outcome, one.reason)}",
        ]
    return lines


def _values(field: FieldName, rows: Sequence[RowFields]) -> list[str]:
    """Return what the rows hold in a field; of several phones the first that is there."""
    cells = (
        next(filter(None, (row.phone, *row.more_phones)), "")
        if field == "phone"
        else str(getattr(row, field))
        for row in rows
    )
    return list(dict.fromkeys(f"'{_shown(field, cell)}'" for cell in cells if cell))


def _shown(field: str, value: str) -> str:
    is_plain = field == "country" and not _MAY_BE_PERSONAL.search(value)
    return printable(value if is_plain else mask(value))
