"""Purging a run: what goes, what stays, what is refused, and a kill at each step."""

import asyncio
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async.commands.explain import explain_row
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.commands.report import purged_in_words, write_report_again
from cxone_async.commands.verify import verify_run
from cxone_async.durable.directory import create_run_directory
from cxone_async.durable.held_leases import HeldLeases
from cxone_async.durable.lease import Holder, RunDirectoryLease
from cxone_async.errors import (
    ConfigurationError,
    MissingInputError,
    RunDirectoryBusyError,
    UnreadableInputError,
)
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import Intended, RowAttempt
from cxone_async.journal.store import SqliteJournal
from cxone_async.runs.found_run import FoundRun, RunState, look_at, result_of, runs_in
from cxone_async.runs.purge import Purged, exit_code_of, purge
from cxone_async.runs.purge_record import PURGED, read_purge_record
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant

NOW = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
MARKS = (b"2025550", b"zqfirst", b"zqlast", b"zqemail", b"zqown")
ROWS = (
    "phone,email,first_name,last_name,country,own\n"
    "+12025550101,zqemail1@example.com,Zqfirsta,Zqlasta,US,zqown1\n"
    "+12025550102,zqemail2@example.com,Zqfirstlost,Zqlastb,US,zqown2\n"
    "+12025550101,zqemail1@example.com,Zqfirsta,Zqlasta,US,zqown3\n"
    "12,zqemail4@example.com,Zqfirstc,Zqlastc,US,zqown4\n"
)
FIGURES = {"SHA256SUMS", "report.html", "reconciliation.json", "reconciliation.csv"}
AFTER = FIGURES | {"lock", PURGED}
IDENTITY = RunIdentity("r", "import", "https://t.example", "list-9", "c", "", "0" * 64, {})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a finished import and a plan, full of marks."""
    place = tmp_path_factory.mktemp("whole")
    csv = place / "leads.csv"
    csv.write_text(ROWS)
    tenant = InMemoryTenant(
        refuse=lambda fields, _: "INVALID_PHONE" if fields.first_name == "Zqfirstlost" else None
    )
    more: dict[str, Any] = {"max_invalid_rate": 1, "external_id": "own", "show_values": True}
    settings = TARGET | more | {"run_dir": place / "import"}
    asyncio.run(run_import(csv, ImportSettings(**settings), tenant=tenant, environment=IN_PLACE))
    plan = PlanSettings(run_dir=place / "plan", **more)
    asyncio.run(run_plan(csv, plan, environment=IN_PLACE))
    return place


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """The same, to be purged, with what a run may leave besides."""
    for name in ("import", "plan"):
        shutil.copytree(whole / name, tmp_path / "root" / name)
    for name in (
        "rejects.edited-1.csv", "rejects.edited-12.csv", "report.edited-1.html", "input",
        "input.csv", "input.json", ".input.part", ".input.fresh", ".outcomes.csv.a1_b2.partial",
        ".input.x1.partial", ".journal.head.partial", "journal.db-wal", "journal.db-shm",
        "journal.db.new", "SHA256SUMS.next", "preparation_killed.json",
    ):  # fmt: skip
        (tmp_path / "root" / "plan" / name).write_bytes(b"zqfirst zqemail")
    return tmp_path / "root"


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def marks_below(place: Path) -> set[str]:
    """The files below a place that hold a mark, whatever they are."""
    return {
        path.name
        for path in place.rglob("*")
        if path.is_file() and any(mark in path.read_bytes().lower() for mark in MARKS)
    }


def seen(directory: Path) -> FoundRun:
    return look_at(directory, HeldLeases.read())


def test_the_rows_go_and_figures_report_and_proof_stay(root: Path) -> None:
    for name in ("import", "plan"):
        directory = root / name
        digests = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()
        }
        sizes = {path.name: path.stat().st_size for path in directory.iterdir()}
        before = seen(directory)
        assert marks_below(directory) >= {"rejects.csv", "outcomes.csv"}
        purged = purge(directory, NOW)
        assert marks_below(directory) == set()
        assert names_in(directory) == AFTER
        assert {one.name for one in purged.removed} == digests.keys() - AFTER
        assert purged.removed_bytes == sum(sizes[one.name] for one in purged.removed)
        assert (purged.left, exit_code_of([purged])) == ((), 0)
        assert purged.kept == tuple(sorted(FIGURES | {PURGED}))
        record = read_purge_record(directory)
        assert record is not None
        assert record.is_complete
        assert {one.name: one.sha256 for one in record.removed} == {
            one.name: digests[one.name] for one in purged.removed
        }
        found = seen(directory)
        assert (found.state, found.trouble) == (RunState.PURGED, "")
        assert found.purged_at == "2026-11-30T22:00:00Z"
        assert (found.counts, found.exit_code) == (before.counts, before.exit_code)
        assert (found.list_id, found.started_at) == (before.list_id, before.started_at)
    assert marks_below(root) == set()


def test_the_proof_names_the_run_and_its_input(root: Path, whole: Path) -> None:
    result = result_of(root / "import")
    purge(root / "import", NOW)
    record = read_purge_record(root / "import")
    assert record is not None
    assert record.run_id == result.run.run_id
    assert record.input_sha256 == hashlib.sha256((whole / "leads.csv").read_bytes()).hexdigest()
    assert result_of(root / "import") == result


def test_what_a_person_wrote_into_figures_and_report_goes_too(root: Path) -> None:
    directory = root / "import"
    result = result_of(directory)
    for name in ("report.html", "reconciliation.json", "reconciliation.csv", "SHA256SUMS"):
        (directory / name).write_text("call Zqfirsta at +12025550101")
    purge(directory, NOW)
    assert names_in(directory) == AFTER
    assert marks_below(directory) == set()
    assert result_of(directory) == result
    for line in (directory / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((directory / name).read_bytes()).hexdigest() == digest


def test_a_dry_run_says_the_same_and_changes_nothing(root: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (root / "plan").iterdir()}

    before = contents()
    would = purge(root / "plan", NOW, dry_run=True)
    all_of_it = purge(root / "plan", NOW, dry_run=True, everything=True)
    assert contents() == before
    assert would.is_dry_run
    done = purge(root / "plan", NOW)
    assert (done.removed, done.left) == (would.removed, would.left)
    assert {one.name for one in all_of_it.removed} == {
        *(one.name for one in would.removed), *FIGURES
    }  # fmt: skip
    assert all_of_it.kept == ()


def test_with_all_nothing_is_left_not_even_of_a_purged_run(root: Path) -> None:
    purge(root / "import", NOW, everything=True)
    purge(root / "plan", NOW)
    purge(root / "plan", NOW, everything=True)
    assert list(root.iterdir()) == []


def test_what_no_run_makes_stays_and_is_named_with_3(root: Path, tmp_path: Path) -> None:
    directory = root / "import"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = {
        "notes.txt": b"a", "leads.csv": b"a", "rejects.csv.bak": b"a", "rejects.edited-x.csv": b"a",
        "others.edited-1.csv": b"a", "Rejects.csv": b"a", "journal.db.old": b"a", "x.partial": b"a",
    }  # fmt: skip
    for name, content in kept.items():
        (directory / name).write_bytes(content)
    (elsewhere / "rejects.csv").write_bytes(b"theirs")
    (directory / "journal.head").unlink()
    (directory / "journal.head").symlink_to(elsewhere / "rejects.csv")
    (directory / "input").symlink_to(elsewhere)
    (directory / "unresolved.csv").unlink()
    (directory / "unresolved.csv").mkdir()
    (directory / "review.csv").unlink()
    os.mkfifo(directory / "review.csv")
    os.link(directory / "rejects.csv", elsewhere / "same.csv")
    purged = purge(directory, NOW, everything=True)
    assert exit_code_of([purged]) == 3
    left = " ".join(purged.left)
    for said in (
        *(f"{name}, which no run makes" for name in kept), "input, a link", "journal.head, a link",
        "unresolved.csv, a directory", "review.csv, no regular file",
        "what rejects.csv holds, which has another name elsewhere",
    ):  # fmt: skip
        assert said in left
    assert names_in(directory) == {
        *kept, "input", "journal.head", "unresolved.csv", "review.csv", "lock", PURGED
    }  # fmt: skip
    assert names_in(elsewhere) == {"rejects.csv", "same.csv"}
    assert seen(directory).state is RunState.PURGED
    with pytest.raises(MissingInputError, match="its figures are not there"):
        result_of(directory)
    with pytest.raises(MissingInputError, match="was purged on 2026-11-30"):
        write_report_again(directory)


def test_what_is_no_run_directory_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "empty").mkdir()
    (root / "foreign").mkdir()
    for name in ("lock", "input", "rejects.csv"):
        (root / "foreign" / name).write_bytes(b"theirs")
    (root / "link").symlink_to("import")
    (root / "dangling").symlink_to("nowhere")
    (root / "file").touch()
    (root / "half").mkdir()
    (root / "half" / "reconciliation.json").write_text("{}")
    for name, said in (
        ("", "it holds no run"), ("empty", "it is empty"), ("foreign", "is not known to be a run"),
        ("link", "is a link"), ("dangling", "is a link"), ("file", "no such run directory"),
        ("nowhere", "no such run directory"), ("half", "is not known to be a run"),
    ):  # fmt: skip
        for dry_run in (False, True):
            with pytest.raises(MissingInputError, match=said):
                purge(root / name, NOW, unfinished=True, everything=True, dry_run=dry_run)
    assert names_in(root / "foreign") == {"lock", "input", "rejects.csv"}
    assert "journal.db" in names_in(root / "import")
    assert not (root / "empty" / "lock").exists()
    assert tmp_path.exists()


def test_a_run_that_a_process_works_on_is_never_purged(root: Path) -> None:
    before = names_in(root / "import")
    for dry_run in (False, True):
        with (
            RunDirectoryLease.acquire(root / "import"),
            pytest.raises(RunDirectoryBusyError, match=f"in use by process {os.getpid()}"),
        ):
            purge(root / "import", NOW, unfinished=True, dry_run=dry_run)
    assert names_in(root / "import") == before


async def unfinished(directory: Path) -> None:
    create_run_directory(directory)
    journal = await SqliteJournal.open(directory / "journal.db", IDENTITY)
    await journal.record(Intended("a", (RowAttempt(1, 1), RowAttempt(2, 1))))
    await journal.close()
    (directory / "rejects.csv").write_bytes(b"zqfirst")


async def test_an_unfinished_run_is_purged_only_when_told(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    await unfinished(directory)
    with pytest.raises(ConfigurationError, match=r"has not finished.*--unfinished"):
        purge(directory, NOW)
    assert not (directory / "lock").exists()
    purged = purge(directory, NOW, unfinished=True)
    assert names_in(directory) == {"lock", PURGED}
    assert purged.kept == (PURGED,)
    found = seen(directory)
    assert (found.state, found.list_id, found.command) == (RunState.PURGED, "list-9", "import")
    record = read_purge_record(directory)
    assert record is not None
    assert (record.run_id, record.input_sha256, record.state) == ("r", "0" * 64, "stopped")


async def test_a_run_that_may_run_on_another_host_is_taken_for_unfinished(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    await unfinished(directory)
    (directory / "lock").write_bytes(msgspec.json.encode(Holder(7, "another-pod", "leads.csv")))
    with pytest.raises(ConfigurationError, match="has not finished"):
        purge(directory, NOW)


def test_a_finished_run_of_another_host_is_purged(root: Path) -> None:
    note = msgspec.json.encode(Holder(7, "another-pod", "leads.csv"))
    (root / "import" / "lock").write_bytes(note)
    assert purge(root / "import", NOW).removed


def test_a_broken_run_is_purged_only_when_told(root: Path) -> None:
    (root / "import" / "journal.db").write_bytes(b"zqfirst" * 900)
    with pytest.raises(ConfigurationError, match=r"cannot be read \(.*no database"):
        purge(root / "import", NOW)
    purge(root / "import", NOW, unfinished=True)
    assert names_in(root / "import") == AFTER
    assert marks_below(root / "import") == set()


def test_a_broken_run_without_a_result_keeps_no_figures(root: Path) -> None:
    (root / "import" / "journal.db").write_bytes(b"zqfirst" * 900)
    (root / "import" / "reconciliation.json").write_bytes(b"zqfirst")
    purge(root / "import", NOW, unfinished=True)
    assert names_in(root / "import") == {"lock", PURGED}


def test_a_killed_plan_that_left_only_its_copy_is_purged_when_told(tmp_path: Path) -> None:
    with RunDirectoryLease.acquire(tmp_path, "-"):
        (tmp_path / "input").write_bytes(b"zqfirst")
    purge(tmp_path, NOW, unfinished=True)
    record = read_purge_record(tmp_path)
    assert record is not None
    assert (names_in(tmp_path), record.run_id) == ({"lock", PURGED}, "")


class Watch:
    """Told of each system call that changes a directory or locks a file, before it is made.

    Python cannot take an audit hook away again, so there is one, which does nothing by itself.
    """

    def __init__(self) -> None:
        self.tell: Callable[[str], object] = len
        sys.addaudithook(lambda event, _: self.tell(event) if event in CHANGES else None)


CHANGES = frozenset({"os.remove", "os.rename", "os.rmdir", "tempfile.mkstemp", "fcntl.flock"})


@pytest.fixture(scope="module")
def audit() -> Watch:
    return Watch()


@pytest.fixture
def watch(audit: Watch) -> Iterator[Watch]:
    yield audit
    audit.tell = len


async def test_a_start_between_the_look_and_the_lease_is_seen(
    root: Path, tmp_path: Path, watch: Watch
) -> None:
    await unfinished(tmp_path / "other")

    def start(event: str) -> None:
        if event == "fcntl.flock":
            for name in ("journal.db", "journal.head"):
                shutil.copy(tmp_path / "other" / name, root / "import" / name)

    watch.tell = start
    with pytest.raises(ConfigurationError, match="has not finished"):
        purge(root / "import", NOW)
    assert names_in(root / "import") >= {"journal.db", "outcomes.csv", "rejects.csv"}


class Killed(BaseException):
    """Stands for SIGKILL: after it, nothing is changed any more."""


def killed_at(step: int) -> Callable[[str], None]:
    steps = iter(range(step))

    def die(_event: str) -> None:
        if next(steps, None) is None:
            raise Killed

    return die


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("everything", [False, True])
def test_a_purge_that_is_killed_at_any_step_is_finished_by_the_next(
    whole: Path, tmp_path: Path, watch: Watch, everything: bool
) -> None:
    """Wherever it dies, it is whole as before, or is said to be cut short; never in between."""
    result = result_of(whole / "import")
    said = set()
    for steps in range(200):
        directory = tmp_path / f"run-{steps}"
        shutil.copytree(whole / "import", directory)
        before = names_in(directory)
        watch.tell = killed_at(steps)
        try:
            purge(directory, NOW, everything=everything)
            break
        except Killed:
            watch.tell = len
        if directory.exists() and names_in(directory):
            found = seen(directory)
            said.add((found.state, found.trouble != ""))
            if found.state is not RunState.PURGED:
                assert names_in(directory) >= before
            elif not found.trouble:
                assert names_in(directory) == AFTER
            else:
                with pytest.raises(ConfigurationError, match="cut short"):
                    start_again(directory, tmp_path)
            purge(directory, NOW, everything=everything)
        if everything:
            assert not directory.exists() or not names_in(directory)
            continue
        assert names_in(directory) == AFTER
        assert result_of(directory) == result
        record = read_purge_record(directory)
        assert record is not None
        assert record.is_complete
        assert {one.name for one in record.removed} >= before - AFTER
        assert seen(directory).trouble == ""
    assert steps > len(before - AFTER)
    assert said >= {(RunState.FINISHED, False), (RunState.PURGED, True)}


def start_again(directory: Path, place: Path, rows: str = ROWS) -> InMemoryTenant:
    csv = place / "leads.csv"
    csv.write_text(rows)
    tenant = InMemoryTenant()
    settings = ImportSettings(**TARGET, run_dir=directory, max_invalid_rate=1)
    asyncio.run(run_import(csv, settings, tenant=tenant, environment=IN_PLACE))
    return tenant


def test_nothing_is_sent_or_planned_in_a_purged_directory(root: Path, tmp_path: Path) -> None:
    purge(root / "import", NOW)
    with pytest.raises(ConfigurationError, match=r"was purged on 2026-11-30\. Which rows it sent"):
        start_again(root / "import", tmp_path)
    with pytest.raises(ConfigurationError, match="name another run directory"):
        start_again(root / "import", tmp_path, ROWS + "+12025550109,x@example.com,X,Y,US,9\n")
    purge(root / "plan", NOW)
    with pytest.raises(ConfigurationError, match="was purged"):
        asyncio.run(
            run_plan(tmp_path / "leads.csv", PlanSettings(run_dir=root / "plan"),
                     environment=IN_PLACE)
        )  # fmt: skip
    assert names_in(root / "import") == names_in(root / "plan") == AFTER


def test_verify_explain_and_report_say_that_it_was_purged(root: Path, whole: Path) -> None:
    directory = root / "import"
    assert purged_in_words(directory) == ""
    purge(directory, NOW)
    with pytest.raises(MissingInputError, match="was purged on 2026-11-30"):
        verify_run(directory, str(whole / "leads.csv"))
    with pytest.raises(MissingInputError, match="was purged on 2026-11-30"):
        asyncio.run(explain_row(directory, 1, None))
    (directory / "report.html").unlink()
    assert write_report_again(directory).exists()
    assert "was purged on 2026-11-30" in purged_in_words(directory)
    assert names_in(directory) == AFTER


def test_a_record_that_cannot_be_read_is_trouble_and_no_run(root: Path) -> None:
    path = root / "import" / PURGED
    for content in (b"", b"{}", b"[" * 100_000, b"\xff"):
        path.write_bytes(content)
        assert seen(root / "import").state is RunState.BROKEN
        with pytest.raises(UnreadableInputError, match="no record of a purge"):
            result_of(root / "import")
    path.unlink()
    path.symlink_to("/dev/zero")
    assert "cannot be read" in seen(root / "import").trouble
    path.unlink()
    path.mkdir()
    assert seen(root / "import").state is RunState.BROKEN
    with pytest.raises(ConfigurationError, match="cannot be read"):
        purge(root / "import", NOW)


def test_a_purge_that_goes_on_now_is_running(root: Path) -> None:
    purge(root / "import", NOW)
    with RunDirectoryLease.acquire(root / "import"):
        found = seen(root / "import")
    assert (found.state, found.process) == (RunState.RUNNING, os.getpid())


def test_a_purged_run_is_no_place_of_runs_and_has_its_row_in_one(root: Path) -> None:
    purge(root / "import", NOW)
    assert [one.state for one in runs_in(root)] == [RunState.PURGED, RunState.PLANNED]
    for name in ("reconciliation.csv", "lock"):
        (root / "import" / name).unlink()
    with pytest.raises(MissingInputError, match="is a run directory itself"):
        runs_in(root / "import")


def test_a_second_purge_removes_what_came_back_and_keeps_the_first_proof(root: Path) -> None:
    first = purge(root / "import", NOW)
    assert purge(root / "import", NOW).removed == ()
    (root / "import" / "rejects.edited-3.csv").write_bytes(b"zqfirst")
    (root / "import" / "reconciliation.json").unlink()
    again: Purged = purge(root / "import", NOW)
    assert [one.name for one in again.removed] == ["rejects.edited-3.csv"]
    record = json.loads((root / "import" / PURGED).read_bytes())
    assert len(record["removed"]) == len(first.removed) + 1
