"""Rows that are read once more, to be shown."""

from pathlib import Path

from fixtures.run_in_memory import outcome_settings

from cxone_async.contacts.checks import EmailCheck
from cxone_async.prepare.contacts_again import LONGEST_CELL, contacts_of_rows
from cxone_async.source.input import readable_input

HEADER = "customer,phone,email,first_name,Consent,more\n"
ROWS = (
    " C1 ,+12025550101,ada@example.com,Ada,,x\n"
    "N/A,+12025550102,bo@example.com,Bo,no,y\n"
    "C3,no phone,,Cy,,z\n"
    f"C4,+12025550104,{'d' * 5_000}@example.com,{'D' * 5_000},,{'w' * 5_000}\n"
)


async def test_only_what_is_shown_of_a_row_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(HEADER + ROWS)
    settings = outcome_settings(
        external_id="customer", field=("*",), map={"consent": "Consent"}, email_check=EmailCheck.OFF
    )
    async with readable_input(str(path)) as source:
        found = await contacts_of_rows(source, settings, {1, 2, 3, 4})
        by_line = await contacts_of_rows(source, settings, {1, 2, 3, 4}, [0, 2, 3, 4, 5])
        assert await contacts_of_rows(source, settings, ()) == {}
    assert found == by_line
    assert {row: one.external_id for row, one in found.items()} == {1: "C1", 2: "", 4: "C4"}
    assert found[1].further == ()
    assert len(found[4].first_name) == len(found[4].email) == LONGEST_CELL
