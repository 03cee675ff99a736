"""Cells that are missing at the end of a row are empty, and that is told of the row."""

from fixtures.run_in_memory import prepare_job

from cxone_async.contacts.checks import DoNotCall
from cxone_async.outcome import Outcome, Reason, Repair
from cxone_async.prepare.preparer import Preparer
from cxone_async.source.csv_form import Ragged

LIST = b"""phone,email,dnc,first_name,last_name
+12025550101,ada@example.com,,Ada
+12025550102,bob@example.com,yes,Bob
12,x,,Cy
+12025550104,dan@example.com,,Dan,Day
+12025550105,eve@example.com
"""


def repairs_of(ragged: Ragged = Ragged.FILL) -> dict[int, tuple[Outcome, str, str]]:
    preparer = Preparer(prepare_job(dnc=DoNotCall.ALWAYS, ragged=ragged))
    blocks = [preparer.feed(LIST), preparer.finish()]
    ready = {one.row: (Outcome.READY, "", one.repairs) for block in blocks for one in block.ready}
    decided = {
        one.row: (one.outcome, one.reason, one.repairs) for block in blocks for one in block.decided
    }
    return ready | decided


def test_a_row_says_that_cells_were_missing_unless_nothing_of_it_is_used() -> None:
    found = repairs_of()
    assert found[1] == (Outcome.READY, "", Repair.CELLS_MISSING)
    assert found[2] == (Outcome.SUPPRESSED, Reason.DNC_FLAG, Repair.CELLS_MISSING)
    assert (found[3][0], found[3][2]) == (Outcome.INVALID, "")
    assert found[4] == (Outcome.READY, "", "")


def test_a_row_that_ends_before_its_do_not_call_cell_is_no_leave_to_call() -> None:
    assert repairs_of()[5][:2] == (Outcome.INVALID, Reason.TOO_FEW_FIELDS)


def test_such_rows_can_be_rejected() -> None:
    found = repairs_of(Ragged.REJECT)
    assert [found[row][1] for row in (1, 2, 3, 5)] == [Reason.TOO_FEW_FIELDS] * 4
    assert found[4][0] is Outcome.READY
