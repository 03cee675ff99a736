"""A list that is no CSV is imported, verified, explained and resumed as a CSV is."""

import asyncio
import bz2
import datetime
import io
import json
import lzma
import zipfile
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import xlsxwriter
import zstandard
from fixtures import in_memory_import
from fixtures.in_memory_import import IN_PLACE
from pyarrow import ipc, parquet

from cxone_async.commands.columns import columns_of
from cxone_async.commands.evaluate import run_evaluation
from cxone_async.commands.example_cells import example_cells
from cxone_async.commands.explain import explain_row
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.commands.verify import verify_run
from cxone_async.errors import (
    ConfigurationError,
    MissingInputError,
    UnreadableInputError,
    UsageError,
)
from cxone_async.settings import EvaluateSettings, ImportSettings, PlanSettings
from cxone_async.source.input import readable_input
from cxone_async.testing import InMemoryTenant

pytestmark = pytest.mark.virtual_time

TARGET = in_memory_import.TARGET | {"run_dir": Path("run")}
ROWS: list[list[Any]] = [
    ["phone", "email", "first_name", "country"],
    [12025550101, "a@example.com", "José", "US"],
    [12025550102, "b@example.com", "Łukasz", "US"],
    [12025550101, "a@example.com", "José", "US"],
]
CSV = "".join(",".join(map(str, row)) + "\n" for row in ROWS)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)


def is_there(name: str) -> bool:
    return Path(name).exists()


def lines_of(name: str) -> list[str]:
    return Path(name).read_text().splitlines()


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for index, row in enumerate(rows):
                sheet.write_row(index, 0, row)
    return content.getvalue()


def zipped(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def table() -> pyarrow.Table:
    return pyarrow.Table.from_pylist([dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]])


def of_parquet() -> bytes:
    content = io.BytesIO()
    parquet.write_table(table(), content, row_group_size=2)
    return content.getvalue()


def of_arrow(new: Any) -> bytes:
    content = io.BytesIO()
    with new(content, table().schema) as writer:
        writer.write_table(table())
    return content.getvalue()


LINES = "".join(
    json.dumps(dict(zip(ROWS[0], row, strict=True)), ensure_ascii=False) + "\n" for row in ROWS[1:]
).encode()
FORMATS = {
    "xlsx": lambda: workbook(("Kontakte", ROWS), ("leer", [])),
    "parquet": of_parquet,
    "arrow file": lambda: of_arrow(ipc.new_file),
    "arrow stream": lambda: of_arrow(ipc.new_stream),
    "json lines": lambda: LINES,
    "zip": lambda: zipped(**{"a.csv": CSV.encode(), "__MACOSX/._a.csv": b"x"}),
    "zip of a workbook": lambda: zipped(**{"a.xlsx": workbook(("Kontakte", ROWS))}),
    "zstd": lambda: zstandard.compress(CSV.encode()),
    "zstd of json lines": lambda: zstandard.compress(LINES),
    "bzip2": lambda: bz2.compress(CSV.encode()),
    "xz": lambda: lzma.compress(CSV.encode()),
}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
async def test_a_list_in_another_format_arrives_as_a_csv_does(form):
    write("list.bin", FORMATS[form]())
    tenant = InMemoryTenant()
    for _ in range(2):
        result = await run_import(
            "list.bin", ImportSettings(**TARGET), tenant=tenant, environment=IN_PLACE
        )
        assert result.reconciliation.successfully_imported == 2
        assert result.reconciliation.fuzzy_deduplicated == 1
    assert sorted(
        (one.fields.phone, one.fields.first_name) for one in tenant.accepted.values()
    ) == [
        ("12025550101", "José"),
        ("12025550102", "Łukasz"),
    ]
    assert not is_there("run/input.csv")
    [explanation] = (await explain_row(Path("run"), 3, None)).pairs
    assert explanation.row == 3


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
async def test_verify_reads_another_format_and_sees_a_changed_file(form):
    write("list.bin", FORMATS[form]())
    settings = ImportSettings(**TARGET)
    await run_import("list.bin", settings, tenant=InMemoryTenant(), environment=IN_PLACE)
    assert await asyncio.to_thread(verify_run, Path("run"), "list.bin") == ((), (), ())
    write("other.bin", workbook(("Kontakte", ROWS[:2])))
    found = await asyncio.to_thread(verify_run, Path("run"), "other.bin")
    assert found.contradictions


async def test_a_changed_workbook_does_not_resume_the_run_of_the_first():
    write("list.xlsx", workbook(("Kontakte", ROWS)))
    tenant = InMemoryTenant()
    await run_import("list.xlsx", ImportSettings(**TARGET), tenant=tenant, environment=IN_PLACE)
    write("list.xlsx", workbook(("Kontakte", ROWS[:2])))
    with pytest.raises(ConfigurationError):
        await run_import("list.xlsx", ImportSettings(**TARGET), tenant=tenant, environment=IN_PLACE)
    assert len(tenant.accepted) == 2


async def test_rows_of_a_workbook_keep_their_numbers_and_the_sheet_is_told():
    gap: list[Any] = []
    write("list.xlsx", workbook(("Kontakte", [ROWS[0], gap, ROWS[1]])))
    result = await run_plan("list.xlsx", PlanSettings(run_dir=Path("run")), environment=IN_PLACE)
    assert result.reconciliation.input_format is not None
    assert result.reconciliation.input_format.sheet == "Kontakte"
    assert lines_of("run/outcomes.csv")[1].startswith("1,3,ready")


async def test_several_sheets_are_refused_until_one_is_named():
    write("list.xlsx", workbook(("Ost", ROWS), ("West", ROWS[:2])))
    with pytest.raises(UnreadableInputError, match=r"list\.xlsx: .*--sheet: Ost, West"):
        await run_plan("list.xlsx", PlanSettings(), environment=IN_PLACE)
    with pytest.raises(UsageError, match=r"--sheet: .*it has Ost, West"):
        await run_plan("list.xlsx", PlanSettings(sheet="Nord"), environment=IN_PLACE)
    result = await run_plan("list.xlsx", PlanSettings(sheet="West"), environment=IN_PLACE)
    assert result.reconciliation.ready == 1
    found = await columns_of("list.xlsx", PlanSettings(sheet="West"))
    assert 'sheet = "West"' in found.template


async def test_several_members_are_refused_until_one_is_named():
    write("list.zip", zipped(**{"a.csv": CSV.encode(), "b.csv": b"phone\n1\n"}))
    with pytest.raises(UnreadableInputError, match=r"--member: a\.csv, b\.csv"):
        await run_plan("list.zip", PlanSettings(), environment=IN_PLACE)
    with pytest.raises(UsageError, match=r"it has a\.csv, b\.csv"):
        await run_plan("list.zip", PlanSettings(member="c.csv"), environment=IN_PLACE)
    result = await run_plan("list.zip", PlanSettings(member="a.csv"), environment=IN_PLACE)
    assert result.reconciliation.ready == 2


@pytest.mark.parametrize("sign", ["delimiter", "quote", "escape"])
async def test_how_a_csv_is_written_is_not_said_of_a_workbook(sign):
    settings = PlanSettings.model_validate({sign: "^"})
    write("list.xlsx", workbook(("Kontakte", ROWS)))
    with pytest.raises(UsageError, match=f"--{sign} says how a CSV is written"):
        await run_plan("list.xlsx", settings, environment=IN_PLACE)
    write("list.json", LINES)
    with pytest.raises(UsageError, match=f"--{sign} says how a CSV is written"):
        await run_plan("list.json", settings, environment=IN_PLACE)


@pytest.mark.parametrize("named", [{"sheet": "A"}, {"member": "a.csv"}])
@pytest.mark.parametrize("form", ["csv", "json lines"])
async def test_a_sheet_or_member_of_what_has_none_is_refused(named, form):
    write("list.bin", CSV.encode() if form == "csv" else LINES)
    with pytest.raises(UsageError, match=r"--sheet names|--member names"):
        await run_plan("list.bin", PlanSettings(**named), environment=IN_PLACE)


async def test_evaluate_and_the_cells_of_a_guard_read_a_workbook():
    write("list.xlsx", workbook(("Kontakte", ROWS)))
    write("truth.csv", b"row,entity\n1,a\n2,b\n3,a\n")
    [(_, figures), *_] = await run_evaluation(
        "list.xlsx", EvaluateSettings(truth=Path("truth.csv")), IN_PLACE
    )
    assert figures
    cells = await example_cells("list.xlsx", {2}, PlanSettings())
    assert cells[2].email == "b@example.com"


async def test_cells_are_text_as_the_sheet_shows_them():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "remove_timezone": True}) as book:
        sheet = book.add_worksheet("S")
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        minute = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        clock = book.add_format({"num_format": "hh:mm"})
        long = book.add_format({"num_format": "[h]:mm:ss"})
        sheet.write_row(0, 0, ["phone", "a", "b", "c", "d", "e", "f", "g", "h"])
        sheet.write_number(1, 0, 491712345678)
        sheet.write_number(1, 1, 0.1 + 0.2)
        sheet.write_datetime(1, 2, datetime.date(2026, 1, 2), day)
        sheet.write_datetime(1, 3, datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), minute)
        sheet.write_datetime(1, 4, datetime.time(3, 4), clock)
        sheet.write_formula(1, 5, "=1/0", None, "#DIV/0!")
        sheet.write_boolean(1, 6, True)
        sheet.write_number(1, 7, 1.5, long)
        sheet.write_string(1, 8, "+0123, \n4")
    write("list.xlsx", content.getvalue())
    async with readable_input("list.xlsx") as source:
        text = b"".join([block async for block in source.blocks()]).decode()
    assert text == (
        "\ufeffphone,a,b,c,d,e,f,g,h\n491712345678,0.3,2026-01-02,2026-01-02T03:04:00,03:04:00,,"
        'TRUE,36:00:00,"+0123, \n4"\n'
    )


def test_verify_says_of_a_run_that_has_not_finished_what_is_missing():
    write("list.xlsx", workbook(("Kontakte", ROWS)))
    Path("run").mkdir()
    found = verify_run(Path("run"), "list.xlsx")
    assert any("is not there" in one for one in found.contradictions)
    with pytest.raises(MissingInputError):
        verify_run(Path("none"), "list.xlsx")
