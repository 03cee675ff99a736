"""What the reconciliation.csv of a run directory says, where its journal may know less.

An unfinished journal beside a reconciliation.csv is no contradiction: the files get their names
first. But rows whose end stands there and not in the journal were sent by a journal that is lost.
"""

from pathlib import Path
from typing import Final

from cxone_async.durable.writing import reading
from cxone_async.journal.loss import NOTHING_REPORTED, RowsReported

_NAME: Final = "reconciliation.csv"
_LARGEST_BYTES: Final = 65_536


def rows_reported(run_directory: Path) -> RowsReported:
    """Return what reconciliation.csv says; nothing where there is none, or no number in it.

    Raises CannotWriteError when the disk does not let it be read.
    """
    path = run_directory / _NAME
    with reading(path):
        if not path.is_file():
            return NOTHING_REPORTED
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES).decode(errors="replace")
    said: dict[str, int] = {}
    for line in content.splitlines():
        key, _, value = line.partition(",")
        if value.isdecimal() and value.isascii():
            said[key] = int(value)
    imported = said.get("successfully_imported", 0)
    others = said.get("failed_after_retries", 0) + said.get("unresolved", 0)
    return RowsReported(imported, imported + others, said.get("total_input", 0))
