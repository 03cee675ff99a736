"""Pruning a place of runs: which go, which stay and why, and that none stops another."""

import asyncio
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.durable.directory import create_run_directory
from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.errors import MissingInputError
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import Intended, RowAttempt
from cxone_async.journal.store import SqliteJournal
from cxone_async.runs.prune import Pruned, PruneResult, prune
from cxone_async.runs.purge import purge
from cxone_async.runs.purge_record import PURGED
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant

NOW = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
MONTH = timedelta(days=30)
ROWS = "phone,email,first_name,last_name,country\n12,a@example.com,Zqfirst,Zqlast,US\n"
IDENTITY = RunIdentity("r", "import", "https://t.example", "list-9", "c", "", "0" * 64, {})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan, to be copied, and a finished import of this day."""
    place = tmp_path_factory.mktemp("whole")
    csv = place / "leads.csv"
    csv.write_text(ROWS)
    plan = PlanSettings(run_dir=place / "plan", max_invalid_rate=1)
    asyncio.run(run_plan(csv, plan, environment=IN_PLACE))
    settings = ImportSettings(**TARGET, run_dir=place / "import", max_invalid_rate=1)
    asyncio.run(run_import(csv, settings, tenant=InMemoryTenant(), environment=IN_PLACE))
    return place


class Place:
    """Run directories with ends of one's choice."""

    def __init__(self, root: Path, whole: Path) -> None:
        self.root = root
        self._whole = whole
        root.mkdir()

    def ended(self, name: str, started_at: str | datetime, duration_s: float = 0.0) -> Path:
        """Have a plan that ended then. All of its files are as new as those of a copy."""
        directory = self.root / name
        shutil.copytree(self._whole / "plan", directory)
        path = directory / "reconciliation.json"
        result = json.loads(path.read_bytes())
        text = started_at if isinstance(started_at, str) else started_at.isoformat()
        result["run"]["started_at"] = text
        result["duration_s"] = duration_s
        path.write_text(json.dumps(result))
        return directory

    def unfinished(self, name: str, written: datetime) -> Path:
        """Have an import that was stopped, and last written in then."""
        directory = self.root / name
        create_run_directory(directory)

        async def begin() -> None:
            journal = await SqliteJournal.open(directory / "journal.db", IDENTITY)
            await journal.record(Intended("a", (RowAttempt(1, 1),)))
            await journal.close()

        asyncio.run(begin())
        with RunDirectoryLease.acquire(directory, "leads.csv"):
            pass
        for path in directory.iterdir():
            os.utime(path, (written.timestamp(), written.timestamp()))
        return directory


@pytest.fixture
def place(tmp_path: Path, whole: Path) -> Place:
    return Place(tmp_path / "root", whole)


def results(pruned: Pruned) -> dict[str, str]:
    return {one.directory: one.result.value for one in pruned.runs}


def said(pruned: Pruned, name: str) -> str:
    return next(one.said for one in pruned.runs if one.directory == name)


def rows_in(directory: Path) -> bool:
    return (directory / "rejects.csv").exists()


def test_runs_that_ended_before_are_purged_and_no_others(place: Place) -> None:
    second = timedelta(seconds=1)
    for name, started, duration_s in (
        ("old", NOW - timedelta(days=90), 0.0), ("just old", NOW - MONTH - second, 0.0),
        ("exactly as old", NOW - MONTH, 0.0), ("new", NOW, 0.0),
        ("began before", NOW - MONTH - second, 5.0),
    ):  # fmt: skip
        place.ended(name, started, duration_s)
    would = prune(place.root, MONTH, NOW, dry_run=True)
    assert would.is_dry_run
    assert all(rows_in(path) for path in place.root.iterdir())
    pruned = prune(place.root, MONTH, NOW)
    assert results(pruned) == results(would) == {
        "old": "purged", "just old": "purged", "exactly as old": "younger", "new": "younger",
        "began before": "younger",
    }  # fmt: skip
    assert {path.name for path in place.root.iterdir() if rows_in(path)} == {
        "exactly as old", "new", "began before",
    }  # fmt: skip
    assert pruned.exit_code == 0
    assert (pruned.removed_files, pruned.removed_bytes) == (
        would.removed_files,
        would.removed_bytes,
    )
    assert pruned.removed_files == sum(len(one.purged.removed) for one in pruned.runs if one.purged)
    assert pruned.ended_before == "2026-10-31T22:00:00Z"
    assert (place.root / "old" / "report.html").exists()


def test_an_import_has_its_end_from_its_journal(place: Place, whole: Path) -> None:
    shutil.copytree(whole / "import", place.root / "import")
    now = datetime.now(UTC)
    assert results(prune(place.root, timedelta(hours=1), now)) == {"import": "younger"}
    later = prune(place.root, timedelta(hours=1), now + timedelta(hours=2))
    assert results(later) == {"import": "purged"}


def test_a_clock_that_was_wrong_removes_nothing(place: Place) -> None:
    place.ended("today", NOW)
    set_back = prune(place.root, timedelta(hours=1), NOW - timedelta(days=1), everything=True)
    assert (results(set_back), set_back.exit_code) == ({"today": "younger"}, 0)
    place.ended("of no time", "1970-01-01T00:00:09Z")
    place.ended("next year", NOW + timedelta(days=365))
    place.ended("no moment", "yesterday")
    place.ended("no zone", "2026-01-01")
    place.ended("for ever", NOW - timedelta(days=90), 1e300)
    pruned = prune(place.root, timedelta(hours=1), NOW - timedelta(hours=2))
    assert results(pruned) == {
        "today": "younger", "of no time": "not purged", "next year": "not purged",
        "no moment": "not purged", "no zone": "purged", "for ever": "not purged",
    }  # fmt: skip
    assert pruned.exit_code == 3
    assert "'1970-01-01T00:00:09Z'" in said(pruned, "of no time")
    assert rows_in(place.root / "of no time")


def test_what_runs_or_has_not_finished_or_is_no_run_stays(place: Place, tmp_path: Path) -> None:
    place.unfinished("stopped", NOW - timedelta(days=90))
    place.ended("busy", NOW - timedelta(days=90))
    elsewhere = shutil.copytree(place.ended("old", NOW - timedelta(days=90)), tmp_path / "else")
    (place.root / "link").symlink_to(elsewhere)
    (place.root / "file").write_text("zq")
    (place.root / "photos").mkdir()
    (place.root / "photos" / "rejects.csv").write_text("theirs")
    (place.root / "foreign").mkdir()
    (place.root / "foreign" / "lock").touch()
    os.utime(place.root / "foreign" / "lock", (1_700_000_000, 1_700_000_000))
    (place.root / "list" / "inner").mkdir(parents=True)
    with RunDirectoryLease.acquire(place.root / "busy"):
        pruned = prune(place.root, MONTH, NOW, unfinished=False, everything=True)
    assert results(pruned) == {
        "stopped": "not finished", "busy": "running", "old": "purged", "link": "no run",
        "photos": "no run", "foreign": "no run", "list": "no run",
    }  # fmt: skip
    assert pruned.exit_code == 0
    assert said(pruned, "stopped").startswith("the run in stopped has not finished")
    assert rows_in(elsewhere)
    assert (place.root / "photos" / "rejects.csv").read_text() == "theirs"
    assert not (place.root / "old").exists()


def test_unfinished_and_broken_runs_go_when_told_after_as_long_without_a_change(
    place: Place,
) -> None:
    old = place.unfinished("old", NOW - timedelta(days=31))
    place.unfinished("new", NOW - timedelta(days=29))
    broken = place.unfinished("broken", NOW)
    (broken / "journal.db").write_bytes(b"zq" * 900)
    os.utime(broken / "lock", (0, 0))
    for path in broken.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    pruned = prune(place.root, MONTH, NOW)
    assert results(pruned) == {"old": "not finished", "new": "younger", "broken": "not purged"}
    assert "cannot be read" in said(pruned, "broken")
    assert pruned.exit_code == 3
    assert (old / "journal.db").exists()
    pruned = prune(place.root, MONTH, NOW, unfinished=True)
    assert results(pruned) == {"old": "purged", "new": "younger", "broken": "purged"}
    assert not (old / "journal.db").exists()


def test_a_file_that_a_person_has_edited_since_keeps_the_run(place: Place) -> None:
    for name, edited in (
        ("lately", "rejects.csv"), ("kept", "rejects.edited-1.csv"), ("long ago", "rejects.csv"),
        ("figures", "reconciliation.csv"),
    ):  # fmt: skip
        path = place.ended(name, NOW - timedelta(days=90)) / edited
        path.write_text("corrected")
        moment = NOW - timedelta(days=60 if name == "long ago" else 2)
        os.utime(path, (moment.timestamp(), moment.timestamp()))
    pruned = prune(place.root, MONTH, NOW)
    assert results(pruned) == {
        "lately": "edited since", "kept": "edited since", "long ago": "purged", "figures": "purged",
    }  # fmt: skip
    assert said(pruned, "kept") == "edited since: rejects.edited-1.csv"
    assert (place.root / "lately" / "rejects.csv").read_text() == "corrected"


def test_one_that_cannot_be_purged_stops_no_other(place: Place) -> None:
    for name in ("a", "b", "c"):
        place.ended(name, NOW - timedelta(days=90))
    (place.root / "a" / PURGED).mkdir()
    (place.root / "b" / "lock").write_bytes((place.root / "c" / "lock").read_bytes())
    (place.root / "b" / "reconciliation.json").write_text("{")
    for name in ("a", "b"):
        for path in (place.root / name).iterdir():
            os.utime(path, (1_700_000_000, 1_700_000_000))
    (place.root / "c" / "notes.txt").write_text("zq")
    pruned = prune(place.root, MONTH, NOW)
    assert results(pruned) == {"a": "not purged", "b": "not purged", "c": "purged"}
    for name in ("a", "b"):
        assert "cannot be read" in said(pruned, name)
    assert (pruned.exit_code, rows_in(place.root / "c")) == (3, False)
    left = [one.purged.left for one in pruned.of(PruneResult.PURGED) if one.purged]
    assert left == [("notes.txt, which no run makes",)]


def test_a_purged_run_is_left_until_all_is_wanted_or_rows_come_back(place: Place) -> None:
    old = place.ended("old", NOW - timedelta(days=90))
    new = place.ended("new", NOW - timedelta(days=2))
    for directory in (old, new):
        purge(directory, NOW)
    before = (old / PURGED).read_bytes()
    assert results(prune(place.root, MONTH, NOW)) == {
        "old": "purged before",
        "new": "purged before",
    }
    assert (old / PURGED).read_bytes() == before
    (new / "rejects.csv").write_text("zq")
    assert results(prune(place.root, MONTH, NOW))["new"] == "purged"
    assert not rows_in(new)
    (new / "notes.txt").write_text("zq")
    assert prune(place.root, MONTH, NOW).exit_code == 3
    pruned = prune(place.root, MONTH, NOW, everything=True)
    assert results(pruned) == {"old": "purged", "new": "purged before"}
    assert not old.exists()


def test_the_purge_counts_where_the_figures_are_gone(place: Place) -> None:
    old = place.ended("old", NOW - timedelta(days=90))
    purge(old, NOW)
    (old / "reconciliation.json").unlink()
    assert results(prune(place.root, MONTH, NOW, everything=True)) == {"old": "purged before"}
    later = NOW + timedelta(days=31)
    assert results(prune(place.root, MONTH, later, everything=True)) == {"old": "purged"}
    assert not old.exists()


def test_a_purge_that_was_cut_short_is_finished_whatever_its_age(place: Place) -> None:
    directory = place.ended("cut short", NOW)
    purge(directory, NOW)
    record = json.loads((directory / PURGED).read_bytes())
    (directory / PURGED).write_text(json.dumps(record | {"is_complete": False}))
    prune(place.root, MONTH, NOW, everything=True)
    assert json.loads((directory / PURGED).read_bytes())["is_complete"]
    assert (directory / "report.html").exists()


def test_the_spared_run_stays_and_is_not_told_of(place: Place) -> None:
    place.ended("this one", NOW - timedelta(days=90))
    assert prune(place.root, MONTH, NOW, spared="this one").runs == ()
    assert rows_in(place.root / "this one")


def test_a_place_that_is_none_or_a_run_is_refused(place: Place) -> None:
    directory = place.ended("run", NOW - timedelta(days=90))
    for path, words in (
        (directory, "is a run directory itself"), (directory / "none", "is no directory"),
        (directory / "lock", "is no directory"),
    ):  # fmt: skip
        with pytest.raises(MissingInputError, match=words):
            prune(path, MONTH, NOW)
    assert rows_in(directory)
