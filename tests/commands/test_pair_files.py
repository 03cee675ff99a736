"""review.csv and duplicates.csv of whole runs: whose values they show, and how many lines."""

import asyncio
import csv
from pathlib import Path

import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.matching.policy import MatchPolicy
from cxone_async.report.likeliest_pairs import MOST_LINES
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant
from cxone_async.verification import verify

CONTACTS = (
    "phone,email,first_name,last_name\n"
    "+12025550101,ada.abbott@example.com,Ada,Abbott\n"
    "+12025550101,ada.abbott@example.com,Ada,Abbott\n"
    '+12025550101,zed@example.org,"Zed\nZ.",=Abbott\n'
)
NAMES = ("abbott", "Ada", "Zed", "5550101")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(CONTACTS)


def plan(**more):
    settings = PlanSettings(run_dir=Path("run"), **more)
    return asyncio.run(run_plan("in.csv", settings, environment=IN_PLACE)).reconciliation


def import_(**more):
    settings = ImportSettings(run_dir=Path("run"), **TARGET, **more)
    imported = run_import("in.csv", settings, tenant=InMemoryTenant(), environment=IN_PLACE)
    return asyncio.run(imported).reconciliation


def text(name):
    return Path("run", name).read_text(encoding="utf-8")


def lines(name):
    with Path("run", name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_values_are_masked_unless_they_are_asked_for():
    plan()
    both = text("review.csv") + text("duplicates.csv")
    assert not any(name in both for name in NAMES)
    assert [(one["row"], one["resembles_row"]) for one in lines("review.csv")] == [("3", "1")]
    assert [(one["row"], one["of_row"]) for one in lines("duplicates.csv")] == [("2", "1")]
    plan(show_values=True)
    (shown,) = lines("review.csv")
    assert (shown["first_name"], shown["of_first_name"]) == ("Zed Z.", "Ada")
    assert (shown["last_name"], shown["of_last_name"]) == ("'=Abbott", "Abbott")
    assert (shown["phone"], shown["email"]) == ("'+12025550101", "zed@example.org")
    assert not any(name in text("reconciliation.json") for name in NAMES)


@pytest.mark.slow
def test_a_finished_import_shows_the_values_when_it_is_asked_and_masks_them_again():
    import_()
    before = {path.name: path.read_bytes() for path in Path("run").glob("*.csv")}
    result = import_(show_values=True)
    assert lines("duplicates.csv")[0]["email"] == "ada.abbott@example.com"
    assert result.requests == import_().requests
    assert {path.name: path.read_bytes() for path in Path("run").glob("*.csv")} == before
    assert verify(Path("run"), Path("in.csv")) == ()


def test_a_run_without_pairs_has_both_files_with_a_header_alone():
    Path("in.csv").write_text("\n".join(CONTACTS.splitlines()[:2]) + "\n")
    plan()
    assert text("review.csv").count("\n") == text("duplicates.csv").count("\n") == 1


@pytest.mark.slow
def test_beyond_ten_thousand_lines_the_rest_is_counted():
    repeated = CONTACTS.splitlines()[1] + "\n"
    other = repeated.replace("ada.abbott@example.com", "a@example.com")
    Path("in.csv").write_text(
        CONTACTS.splitlines()[0] + "\n" + repeated * (MOST_LINES + 50) + other
    )
    result = plan(match=MatchPolicy.EXACT)
    assert (result.fuzzy_deduplicated, result.duplicates_left_out) == (MOST_LINES + 50, 50)
    assert len(lines("duplicates.csv")) == MOST_LINES
    assert verify(Path("run"), Path("in.csv")) == ()
    path = Path("run/duplicates.csv")
    path.write_text(path.read_text().rpartition("\n10")[0] + "\n")
    Path("run/SHA256SUMS").unlink()  # else it was edited, which is no contradiction
    assert any("duplicates_left_out is 50" in said for said in verify(Path("run"), Path("in.csv")))
