"""Suppression files in whole runs: what they suppress, when they stop, and what resumes."""

import asyncio
import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import structlog.testing

from cxone_async.cli.summary import summary
from cxone_async.commands.environment import Environment
from cxone_async.commands.evaluate import run_evaluation
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.errors import ConfigurationError, MissingInputError, UnreadableInputError
from cxone_async.matching.policy import MatchPolicy
from cxone_async.report.files import read_result
from cxone_async.settings import EvaluateSettings, ImportSettings, PlanSettings
from cxone_async.suppression import files
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.virtual_time

CONTACTS = "phone,email,first_name,last_name\n" + "".join(
    f"202555{n:04},p{n}@example.com,P{n},Q{n}\n" for n in range(100, 120)
)


def at(day):
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    return Environment(wall_clock_s=lambda: moment, preparation=InlinePreparation)


TODAY = at("2026-06-15")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(CONTACTS)


def write(name, content):
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())


def remove(name):
    Path(name).unlink()


def suppressed():
    with Path("run/outcomes.csv").open(newline="") as file:
        return [int(one["row"]) for one in csv.DictReader(file) if one["outcome"] == "suppressed"]


def plan(*paths, environment=TODAY, run_dir=Path("run")):
    settings = PlanSettings(suppress=paths, run_dir=run_dir)
    return asyncio.run(run_plan("in.csv", settings, environment=environment)).reconciliation


async def import_(*paths, environment=TODAY, tenant=None):
    tenant = tenant or InMemoryTenant()
    settings = ImportSettings(
        tenant="acme", list_id="list-1", campaign_id="campaign-1", client_id="me",
        client_secret="x", quota=0, run_dir=Path("run"), suppress=paths,
    )  # fmt: skip
    result = await run_import("in.csv", settings, tenant=tenant, environment=environment)
    return result.reconciliation


def test_several_files_count_together_and_each_is_in_the_report():
    Path("one.txt").write_text("202-555-0100\n")
    Path("two.csv.gz").write_bytes(gzip.compress(b"Name;E-Mail\nP1;P101@Example.com\nP2;\n"))
    result = plan(Path("one.txt"), Path("two.csv.gz"))
    assert suppressed() == [1, 2]
    told = [msgspec.structs.astuple(one) for one in result.run.suppression]
    assert told == [("one.txt", 1, 0, 0, 0), ("two.csv.gz", 0, 1, 0, 1)]
    assert read_result(Path("run")).run.suppression == result.run.suppression
    page = Path("run/report.html").read_text()
    assert "People not to call" in page
    assert "two.csv.gz" in page


def test_each_file_is_logged_and_one_whose_entries_have_all_expired_is_a_warning():
    Path("one.txt").write_text("202-555-0100\n")
    Path("old.csv").write_text("phone,expires\n2025550101,2020-01-01\n")
    with structlog.testing.capture_logs() as logged:
        plan(Path("one.txt"), Path("old.csv"))
    told = [
        (one["log_level"], one["file"], one["phones"])
        for one in logged
        if one["event"] == "suppression_read"
    ]
    assert told == [("info", "one.txt", 1), ("warning", "old.csv", 0)]


@pytest.mark.parametrize("content", ["", "phone,email\n"])
async def test_a_file_without_an_entry_stops_the_run_before_the_tenant_is_asked(content):
    write("empty.csv", content)
    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError, match=r"empty\.csv: no phone and no email"):
        await import_(Path("empty.csv"), tenant=tenant)
    assert tenant.requests == []


def test_the_summary_says_how_many_entries_each_file_held():
    write("one.txt", "202-555-0100\n202-555-0101\n")
    write("two.csv", "Name;E-Mail\nP1;P102@Example.com\n")
    write("old.csv", "phone,expires\n202-555-0103,2020-01-01\n")
    plan(Path("one.txt"))
    assert "suppress          2 entries in one.txt\n" in summary(
        read_result(Path("run")), Path("run")
    )
    plan(Path("one.txt"), Path("two.csv"), Path("old.csv"), run_dir=Path("more"))
    told = summary(read_result(Path("more")), Path("more"))
    assert "suppress          2 entries in one.txt, 1 in two.csv, 0 in old.csv (1 expired)" in told
    plan(Path("two.csv"), run_dir=Path("one"))
    assert "suppress          1 entry in two.csv\n" in summary(
        read_result(Path("one")), Path("one")
    )


def test_the_summary_of_one_file_with_a_long_name_says_how_many_entries_it_held():
    path = Path(f"{'long name ' * 9}.csv")
    write(path, "phone,expires\n202-555-0100,\n202-555-0103,2020-01-01\n")
    plan(path)
    told = summary(read_result(Path("run")), Path("run"))
    assert "suppress          1 entry in 1 file (1 expired)\n" in told


def test_the_summary_says_how_many_entries_many_files_held_in_one_line():
    paths = []
    for number in range(12):
        paths.append(Path(f"a long name of a list {number:02}.txt"))
        write(paths[-1], f"202-555-01{number:02}\n")
    plan(*paths)
    (line,) = [
        one
        for one in summary(read_result(Path("run")), Path("run")).splitlines()
        if one.startswith("suppress ")
    ]
    assert line == "suppress          12 entries in 12 files"


def test_without_a_suppression_file_the_summary_does_not_speak_of_one():
    plan()
    assert "\nsuppress " not in summary(read_result(Path("run")), Path("run"))


def test_without_a_suppression_file_the_report_does_not_speak_of_one():
    plan()
    assert "People not to call" not in Path("run/report.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("in_children", [False, True])
def test_a_long_list_suppresses_as_a_short_one_does(in_children, monkeypatch):
    monkeypatch.setattr(files, "FEW_PHONES", 3)
    Path("long.txt").write_text("\n".join(f"202555{n:04}" for n in range(100, 120, 3)) + "\na@b.de")
    moment = TODAY.wall_clock_s
    plan(Path("long.txt"), environment=Environment(wall_clock_s=moment) if in_children else TODAY)
    assert suppressed() == list(range(1, 21, 3))
    assert not any("suppress" in one.name for one in Path("run").iterdir())


@pytest.mark.virtual_time
async def test_a_file_that_cannot_be_read_stops_before_the_tenant_is_asked():
    tenant = InMemoryTenant()
    write("bad.txt", "2025550100\nnobody\n")
    with pytest.raises(UnreadableInputError, match=r"bad\.txt: .* line 2;"):
        await import_(Path("bad.txt"), tenant=tenant)
    with pytest.raises(MissingInputError, match=r"none\.txt"):
        await import_(Path("none.txt"), tenant=tenant)
    assert tenant.requests == []


@pytest.mark.virtual_time
async def test_a_run_resumes_with_the_same_entries_in_another_form_or_order():
    write("one.txt", "2025550100\n")
    write("two.txt", "2025550101\n")
    first = await import_(Path("one.txt"), Path("two.txt"))
    assert first.suppressed == 2
    write("two.gz", gzip.compress("\ufeff2025550101\r\n".encode()))
    again = await import_(Path("two.gz"), Path("one.txt"))
    assert again.suppressed == 2


@pytest.mark.parametrize(
    "changed",
    [
        ("one.txt",),
        ("one.txt", "two.txt", "two.txt"),
        ("one.txt", "more.txt"),
        ("both.txt",),
        (),
    ],
)
@pytest.mark.virtual_time
async def test_a_run_is_not_resumed_with_a_changed_suppression_file(changed):
    write("one.txt", "2025550100\n")
    write("two.txt", "2025550101\n")
    write("more.txt", "2025550101\n2025550102\n")
    write("both.txt", "2025550100\n2025550101\n")
    await import_(Path("one.txt"), Path("two.txt"))
    with pytest.raises(ConfigurationError, match="suppress"):
        await import_(*map(Path, changed))


@pytest.mark.virtual_time
async def test_a_run_of_one_file_is_not_resumed_when_its_content_changed():
    write("one.txt", "2025550100\n")
    await import_(Path("one.txt"))
    write("one.txt", "2025550100\n2025550101\n")
    with pytest.raises(ConfigurationError, match="suppress"):
        await import_(Path("one.txt"))


@pytest.mark.virtual_time
async def test_a_resumed_run_decides_about_expiry_by_the_day_of_its_first_start():
    write("list.csv", "phone,valid until\n2025550100,2026-06-20\n2025550101,2026-06-01\n")
    first = await import_(Path("list.csv"))
    assert suppressed() == [1]
    remove("run/outcomes.csv")
    again = await import_(Path("list.csv"), environment=at("2026-12-24"))
    assert suppressed() == [1]
    assert again.run.suppression == first.run.suppression


def test_a_later_run_decides_about_expiry_by_its_own_day():
    write("list.csv", "phone,valid until\n2025550100,2026-06-20\n")
    assert plan(Path("list.csv")).suppressed == 1
    assert plan(Path("list.csv"), environment=at("2026-12-24")).suppressed == 0


def test_evaluate_reads_suppression_files_too():
    write("truth.csv", "row,entity\n" + "".join(f"{n},{n}\n" for n in range(1, 21)))
    write("bad.txt", "nobody\n")
    settings = EvaluateSettings(
        truth=Path("truth.csv"), match=(MatchPolicy.EXACT,), suppress=(Path("bad.txt"),)
    )
    with pytest.raises(UnreadableInputError, match=r"bad\.txt"):
        asyncio.run(run_evaluation("in.csv", settings, TODAY))
