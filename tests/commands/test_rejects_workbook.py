"""rejects.xlsx goes in again as it is: as rejects.csv does, and as a person corrected it."""

import asyncio
import csv
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from fixtures import in_memory_import
from fixtures.in_memory_import import IN_PLACE
from fixtures.workbooks import cells_of

from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.commands.verify import verify_run
from cxone_async.errors import UsageError
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant

pytestmark = pytest.mark.virtual_time

TARGET = in_memory_import.TARGET | {"max_invalid_rate": 1, "default_country": "US"}
# The open quotes come last, because they are last in rejects.csv too.
LIST = b'''\
first name,phone,email,note,do not call
Ann,+12025550101,a@example.com,ok,
Bob,00123,b@example.com,"00012, =1+1",
"Cid ""x""",12,c@example.com,"two
lines",no
Eve,2025550105,e@example.com
Fay,2025550106,f@example.com,a,no,extra,more
Ivy,=1+1,,_x0041_ & <b>,no
Jon,2025550110,N\0,a,no
Kim,2025550111,\xff,a,no
Lea,,,,
Ned,13,n@example.com,,perhaps
Ned,13,n@example.com,,perhaps
Dan,2025550104,bad,6" pipe,
Gil,2025550107,"g@example.com,open,no
Hal"Gray, Jr",2025550108,x@example.com,n,no
'''


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("list.csv").write_bytes(LIST)


async def planned(name: str, run: str, **more: Any) -> list[tuple[str, str]]:
    """Outcome and reason of each row."""
    settings: dict[str, Any] = {
        "max_invalid_rate": 1,
        "default_country": "US",
        "dnc": "always",
    } | more
    await run_plan(name, PlanSettings(run_dir=Path(run), **settings), environment=IN_PLACE)
    assert await asyncio.to_thread(verify_run, Path(run), name) == ((), (), ())
    return outcomes_of(run)


def outcomes_of(run: str) -> list[tuple[str, str]]:
    with Path(run, "outcomes.csv").open(newline="") as file:
        return [(line["outcome"], line["reason"]) for line in csv.DictReader(file)]


def save_again(source: str, target: str, changed: dict[tuple[str, str], str]) -> None:
    """Save a workbook as another program would, with cells that a person changed.

    Those are named by the row's number and the column.
    """
    names, *rows = cells_of(Path(source))
    place = names.index("_row")
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Tabelle1")
        sheet.write_row(0, 0, names)
        for index, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                new = changed.get((str(row[place]), str(names[column])))
                sheet.write_string(index, column, str(cell) if new is None else new)


def save_as_csv(source: str, target: str) -> None:
    with Path(target).open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(cells_of(Path(source)))


def write(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)


def content_of(name: str) -> bytes | None:
    return Path(name).read_bytes() if Path(name).exists() else None


def remove(name: str) -> None:
    Path(name).unlink()


async def test_the_workbook_gives_the_same_outcomes_row_for_row_as_the_csv():
    await planned("list.csv", "first")
    by_csv = await planned("first/rejects.csv", "by-csv")
    by_workbook = await planned("first/rejects.xlsx", "by-workbook")
    assert by_workbook == by_csv
    reasons = [reason for _, reason in by_csv]
    assert reasons[2:7] == [
        "too_few_fields", "too_many_fields", "phone_unreadable", "nul_character", "undecodable",
    ]  # fmt: skip
    assert reasons[-2:] == ["unterminated_quote", "malformed_quote"]
    assert {outcome for outcome, _ in by_csv} == {"invalid"}


async def test_the_settings_of_the_run_read_its_rejects_too():
    write("titled.csv", b"Herbst\nall regions\n" + LIST)
    of_run = await planned("titled.csv", "first", skip_lines=2)
    by_csv = await planned("first/rejects.csv", "by-csv", skip_lines=2)
    assert len(by_csv) == len([one for one in of_run if one[0] == "invalid"])
    assert await planned("first/rejects.xlsx", "by-workbook", skip_lines=2) == by_csv


async def test_the_rejects_of_the_workbook_are_right_again():
    await planned("list.csv", "first")
    first = await planned("first/rejects.xlsx", "second")
    assert await planned("second/rejects.xlsx", "third") == first
    assert await planned("second/rejects.csv", "fourth") == first
    of_first, of_second, of_third = (
        cells_of(Path(run, "rejects.xlsx")) for run in ("first", "second", "third")
    )
    assert of_second == of_third
    last = of_first[0].index("_row")
    assert [row[:last] for row in of_first] == [row[:last] for row in of_second]
    assert of_first[0][last:] == of_second[0][last:] == ["_row", "_outcome", "_reason", "_detail"]


async def test_the_settings_of_a_run_that_name_a_part_of_its_input_read_its_rejects_too():
    with xlsxwriter.Workbook("two.xlsx") as book:
        for name, phone in (("Kunden", "12"), ("Andere", "13")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["phone", "email"])
            sheet.write_row(1, 0, [phone, "a@example.com"])
            sheet.write_row(2, 0, ["2025550101", "b@example.com"])
    with zipfile.ZipFile("two.zip", "w") as archive:
        archive.writestr("one.csv", "phone,email\n12,a@example.com\n2025550101,b@example.com\n")
        archive.writestr("two.csv", "x")
    for source, run, settings in (
        ("two.xlsx", "of-sheet", {"sheet": "Kunden"}),
        ("two.zip", "of-member", {"member": "one.csv"}),
    ):
        first = await planned(source, run, **settings)
        assert first == [("invalid", "phone_not_possible"), ("ready", "")]
        for name in ("rejects.csv", "rejects.xlsx"):
            again = await planned(f"{run}/{name}", f"{run}-{name}", **settings)
            assert again == first[:1], (source, name)


@pytest.fixture
def no_rejects():
    """A list whose last columns are some of those of a file of rejects."""
    Path("own.csv").write_text("phone,email,_row,_outcome,_reason\n2025550101,a@example.com,,,\n")
    return "own.csv"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"sheet": "Kunden"}, "--sheet names a sheet, and the input is no workbook"),
        ({"member": "a.csv"}, "--member names a file in a zip file, and the input is no zip"),
    ],
)
async def test_a_file_that_is_none_of_rejects_has_to_have_the_part_that_is_named(
    settings, said, no_rejects
):
    with pytest.raises(UsageError, match=said):
        await planned(no_rejects, "run", **settings)


async def test_a_workbook_that_is_none_of_rejects_has_to_have_the_sheet_that_is_named():
    with xlsxwriter.Workbook("own.xlsx") as book:
        book.add_worksheet("Liste").write_row(0, 0, ["phone", "email"])
    with pytest.raises(UsageError, match="the workbook has no sheet of that name"):
        await planned("own.xlsx", "run", sheet="Kunden")


async def test_what_a_person_corrected_goes_out_and_what_nobody_touched_does_not():
    tenant = InMemoryTenant()
    settings = ImportSettings(**TARGET, run_dir=Path("first"), field=("*",))
    await run_import("list.csv", settings, tenant=tenant, environment=IN_PLACE)
    sent = set(tenant.accepted)
    save_again(
        "first/rejects.xlsx",
        "corrected.xlsx",
        {
            ("2", "phone"): "+12025550102",
            ("5", "first name"): "Fay",  # 5 and 13 had no cells
            ("5", "phone"): "2025550106",
            ("5", "email"): "f@example.com",
            ("13", "first name"): "Gil",
            ("13", "email"): "g@example.com",
            ("13", "phone"): "2025550107",
            ("6", "phone"): "2025550109",
            ("6", "email"): "i@example.com",
            ("9", "phone"): "2025550112",  # its email is still missing
        },
    )
    settings = ImportSettings(**TARGET, run_dir=Path("second"), field=("*",))
    result = await run_import("corrected.xlsx", settings, tenant=tenant, environment=IN_PLACE)
    came = [one.fields for key, one in tenant.accepted.items() if key not in sent]
    assert sorted((one.first_name, one.phone) for one in came) == [
        ("Bob", "12025550102"), ("Fay", "12025550106"), ("Gil", "12025550107"),
        ("Ivy", "12025550109"),
    ]  # fmt: skip
    assert result.reconciliation.passed
    assert await asyncio.to_thread(verify_run, Path("second"), "corrected.xlsx") == ((), (), ())


async def test_a_workbook_that_was_saved_as_csv_is_read_the_same_way():
    await planned("list.csv", "first")
    by_workbook = await planned("first/rejects.xlsx", "by-workbook")
    save_as_csv("first/rejects.xlsx", "saved.csv")
    by_csv = await planned("saved.csv", "by-csv", delimiter=";")
    # The signs for what is no text are text here, but the records have no cells.
    assert by_csv == by_workbook


async def test_the_column_of_records_is_neither_new_nor_a_further_field():
    expected = LIST.splitlines()[0].decode().split(",")
    await planned("list.csv", "first")
    more = {"field": ["*"], "strict_columns": True, "expect_columns": expected}
    again = await planned("first/rejects.xlsx", "again", **more)
    assert {outcome for outcome, _ in again} == {"invalid"}


async def test_a_finished_run_leaves_the_workbook_that_a_person_corrects_alone():
    settings = ImportSettings(**TARGET, run_dir=Path("run"))
    tenant = InMemoryTenant()
    await run_import("list.csv", settings, tenant=tenant, environment=IN_PLACE)
    before = content_of("run/rejects.xlsx")
    write("run/rejects.xlsx", b"being corrected")
    await run_import("list.csv", settings, tenant=tenant, environment=IN_PLACE)
    assert content_of("run/rejects.xlsx") == b"being corrected"
    remove("run/rejects.xlsx")  # as after a version that wrote none
    await run_import("list.csv", settings, tenant=tenant, environment=IN_PLACE)
    assert content_of("run/rejects.xlsx") is None
    remove("run/rejects.csv")
    await run_import("list.csv", settings, tenant=tenant, environment=IN_PLACE)
    assert content_of("run/rejects.xlsx") == before is not None
