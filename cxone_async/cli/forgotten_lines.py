"""What a ledger has forgotten, as a person reads it.

Guarantee: no name of a file or a run moves the cursor or ends a line.
"""

from collections.abc import Iterator

from cxone_async.commands.forget import ForgottenByLedger
from cxone_async.printable import printable


def forgotten_lines(forgotten: ForgottenByLedger) -> list[str]:
    """Return how many people were removed, what is left to do, and what is not known."""
    return [printable(line) for line in _lines(forgotten)]


def _lines(forgotten: ForgottenByLedger) -> Iterator[str]:
    values = _count(forgotten.values, "value", "values")
    if forgotten.people:
        entries = _count(forgotten.people, "entry", "entries")
        runs = _count(forgotten.runs, "run", "runs")
        yield f"FORGOTTEN  {forgotten.ledger}: removed {entries} of {runs}, for {values}"
        yield "next  put them on a suppression list: a list that has them sends them again"
        yield "next  run directories may hold them too: `cxone-async purge RUN_DIR`"
    else:
        yield f"NOBODY FOUND  {forgotten.ledger} has none of {values}"
    if forgotten.with_extension:
        others = _count(forgotten.with_extension, "entry", "entries")
        yield f"! kept {others} with one of these phones and an extension: ask for that too"
    for name in forgotten.untold:
        yield f"! ids are not known of the run {name}: its outcomes.csv is gone or changed"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
