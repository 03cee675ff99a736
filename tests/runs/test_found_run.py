"""Run directories as another process finds them: whole, running, broken and hostile."""

import asyncio
import os
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.durable.directory import create_run_directory
from cxone_async.durable.held_leases import HeldLeases
from cxone_async.durable.lease import Holder, RunDirectoryLease
from cxone_async.errors import ConfigurationError, MissingInputError, UnreadableInputError
from cxone_async.journal.database import create, entry_after, open_for_writing
from cxone_async.journal.events import RunStarted
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Accepted,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.store import SqliteJournal
from cxone_async.runs.found_run import FoundRun, RunState, look_at, result_of, runs_in
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant

ROWS = (
    "phone,email,first_name,last_name,country\n"
    "+12025550101,ada@example.com,Ada,Abbott,US\n"
    "+12025550102,lost@example.com,Lost,Land,US\n"
    "12,short@example.com,S,Short,US\n"
)
IDENTITY = RunIdentity("r", "import", "https://t.example", "list-9", "c", "", "0" * 64, {})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a finished import and a plan."""
    place = tmp_path_factory.mktemp("whole")
    csv = place / "leads.csv"
    csv.write_text(ROWS)
    tenant = InMemoryTenant(
        refuse=lambda fields, _: "INVALID_PHONE" if fields.first_name == "Lost" else None
    )
    settings = TARGET | {"run_dir": place / "import", "max_invalid_rate": 1}
    asyncio.run(run_import(csv, ImportSettings(**settings), tenant=tenant, environment=IN_PLACE))
    asyncio.run(run_plan(csv, PlanSettings(run_dir=place / "plan"), environment=IN_PLACE))
    return place


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """The same, to be broken."""
    for name in ("import", "plan"):
        shutil.copytree(whole / name, tmp_path / "root" / name)
    return tmp_path / "root"


def contents(directory: Path) -> dict[str, bytes]:
    """All files but the one in which SQLite notes who reads: it is shared memory."""
    return {
        path.name: path.read_bytes()
        for path in directory.iterdir()
        if path.name != "journal.db-shm"
    }


def seen(directory: Path) -> FoundRun:
    return look_at(directory, HeldLeases.read())


def test_a_finished_import_says_what_it_loaded_and_how_it_ended(root: Path) -> None:
    found = seen(root / "import")
    assert (found.directory, found.state, found.trouble) == ("import", RunState.FINISHED, "")
    assert (found.command, found.list_id, found.input_name) == ("import", "list-1", "leads.csv")
    assert (found.exit_code, found.rows("total_input")) == (3, 3)
    assert (found.rows("successfully_imported"), found.rows("failed_after_retries")) == (1, 1)
    assert found.started_at.endswith("Z")
    assert found.host == socket.gethostname()
    assert (found.submissions, found.rows("no such key")) == (None, None)


def test_a_plan_is_told_from_an_import(root: Path) -> None:
    found = seen(root / "plan")
    assert (found.state, found.command, found.list_id) == (RunState.PLANNED, "plan", "")
    assert (found.rows("ready"), found.rows("successfully_imported")) == (2, 0)


async def unfinished(directory: Path) -> SqliteJournal:
    """A journal with three rows sent, of which one was imported and one failed."""
    create_run_directory(directory)
    journal = await SqliteJournal.open(directory / "journal.db", IDENTITY)
    await journal.record(Intended("a", (RowAttempt(1, 1), RowAttempt(2, 1))))
    await journal.record(Accepted("a", "i"))
    ends = (
        RowSettlement(1, SettledAs.IMPORTED, contact_id="c"),
        RowSettlement(2, SettledAs.FAILED, reason="refused_by_tenant"),
    )
    await journal.record(Settled("a", ends))
    await journal.record(Intended("b", (RowAttempt(3, 1),)))
    return journal


async def test_a_run_that_another_process_writes_is_read_and_not_disturbed(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    journal = await unfinished(directory)
    with RunDirectoryLease.acquire(directory, "tonight.csv"):
        before = contents(directory)
        found = seen(directory)
        assert contents(directory) == before
    await journal.close()
    assert (found.state, found.exit_code, found.trouble) == (RunState.RUNNING, None, "")
    assert (found.list_id, found.input_name, found.command) == ("list-9", "tonight.csv", "import")
    assert (found.rows("successfully_imported"), found.rows("failed_after_retries")) == (1, 1)
    assert (found.rows("total_input"), found.submissions, found.sent_to_row) == (None, 2, 3)
    assert (found.process, found.host) == (os.getpid(), socket.gethostname())


async def test_a_run_that_nobody_works_on_is_stopped(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    await (await unfinished(directory)).close()
    with RunDirectoryLease.acquire(directory):
        pass
    found = seen(directory)
    assert (found.state, found.sent_to_row) == (RunState.STOPPED, 3)
    assert found.started_at


async def test_a_run_of_another_host_may_run_still(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    await (await unfinished(directory)).close()
    (directory / "lock").write_bytes(msgspec.json.encode(Holder(7, "another-pod", "leads.csv")))
    found = seen(directory)
    assert (found.state, found.process, found.host) == (RunState.UNFINISHED, 7, "another-pod")


async def test_a_journal_whose_head_counts_no_rows_says_none(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    await (await unfinished(directory)).close()
    (directory / "journal.head").unlink()
    found = seen(directory)
    assert (found.state, found.counts, found.sent_to_row) == (RunState.STOPPED, {}, None)
    assert found.started_at == ""


def test_a_finished_run_that_is_started_again_is_running(root: Path) -> None:
    with RunDirectoryLease.acquire(root / "import"):
        found = seen(root / "import")
    assert (found.state, found.exit_code) == (RunState.RUNNING, None)
    assert found.rows("total_input") == 3


def test_a_plan_that_was_killed_is_stopped(tmp_path: Path) -> None:
    with RunDirectoryLease.acquire(tmp_path, "leads.csv"):
        assert seen(tmp_path).state is RunState.RUNNING
    found = seen(tmp_path)
    assert (found.state, found.input_name, found.list_id) == (RunState.STOPPED, "leads.csv", "")


def change(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def execute(directory: Path, statement: str) -> None:
    with closing(sqlite3.connect(directory / "journal.db")) as connection, connection:
        connection.execute(statement)


def in_place_of(name: str, make: Callable[[Path], object]) -> Callable[[Path], None]:
    def broken(directory: Path) -> None:
        (directory / name).unlink()
        make(directory / name)

    return broken


BROKEN_IMPORTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no database": (lambda run: change(run / "journal.db", b"x" * 9000), "it is no database"),
    "emptied": (lambda run: change(run / "journal.db", b""), "all of it was cut off"),
    "cut off": (
        lambda run: change(run / "journal.db", (run / "journal.db").read_bytes()[:6000]),
        "damaged or truncated",
    ),
    "newer": (lambda run: execute(run, "PRAGMA user_version = 9"), "a newer version"),
    "another program's": (lambda run: execute(run, "PRAGMA application_id = 9"), "another program"),
    "no events": (lambda run: execute(run, "DELETE FROM events"), "not the start of a run"),
    "a newer event": (
        lambda run: execute(run, "UPDATE events SET payload = x'91a56e6f76656c' "),
        "is damaged",
    ),
    "gone": (lambda run: (run / "journal.db").unlink(), "has lost its end"),
    "a pipe": (in_place_of("journal.db", os.mkfifo), "it is no file"),
    "a directory": (in_place_of("journal.db", Path.mkdir), "it is no file"),
    "a lock that is a link": (
        in_place_of("lock", lambda lock: lock.symlink_to("/dev/zero")),
        "lock cannot be read: Too many levels of symbolic links",
    ),
}


@pytest.mark.parametrize("what", BROKEN_IMPORTS)
def test_a_broken_import_has_its_row_and_says_what_is_wrong(root: Path, what: str) -> None:
    breaks, said = BROKEN_IMPORTS[what]
    breaks(root / "import")
    broken, planned = sorted(runs_in(root), key=lambda one: one.directory)
    assert (broken.directory, broken.state) == ("import", RunState.BROKEN)
    assert said in broken.trouble
    assert str(root) not in broken.trouble
    assert planned.state is RunState.PLANNED


BROKEN_PLANS: dict[str, tuple[Callable[[Path], object], str]] = {
    "half-written": (lambda path: path.write_bytes(path.read_bytes()[:800]), "truncated"),
    "emptied": (lambda path: path.write_bytes(b""), "truncated"),
    "garbage": (lambda path: path.write_bytes(b"\xff\x00"), "no result"),
    "another document": (lambda path: path.write_bytes(b'{"run": []}'), "no result"),
    "too deep": (lambda path: path.write_bytes(b'{"a":' * 100_000), "no result"),
    "gone": (Path.unlink, "reconciliation.json cannot be read: No such file"),
    "a pipe": (lambda path: in_place_of(path.name, os.mkfifo)(path.parent), "no result"),
    "endless": (
        lambda path: in_place_of(path.name, lambda one: one.symlink_to("/dev/zero"))(path.parent),
        "symbolic links",
    ),
}


@pytest.mark.parametrize("what", BROKEN_PLANS)
def test_a_broken_plan_has_its_row_and_says_what_is_wrong(root: Path, what: str) -> None:
    breaks, said = BROKEN_PLANS[what]
    breaks(root / "plan" / "reconciliation.json")
    found = seen(root / "plan")
    assert found.state is RunState.BROKEN
    assert said in found.trouble


def test_a_finished_run_whose_files_were_taken_away_keeps_its_figures(root: Path) -> None:
    for name in ("reconciliation.csv", "reconciliation.json"):
        (root / "import" / name).unlink()
    found = seen(root / "import")
    assert (found.state, found.rows("total_input")) == (RunState.FINISHED, 3)
    assert found.trouble.startswith("not there: reconciliation.json, reconciliation.csv")


def test_what_is_no_run_is_named_too_and_comes_last(root: Path, whole: Path) -> None:
    (root / "empty").mkdir()
    (root / "notes").mkdir()
    (root / "notes" / "a.txt").touch()
    (root / "link").symlink_to(whole / "import")
    (root / "dangling").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    (root / "file.txt").touch()
    (root / "link to a file").symlink_to("file.txt")
    found = runs_in(root)
    link = "it is a link, which is not followed"
    assert {one.directory: one.trouble for one in found[2:]} == {
        "dangling": link, "empty": "it is empty", "link": link, "loop": link,
        "notes": "it holds no run",
    }  # fmt: skip
    assert {one.state for one in found[2:]} == {RunState.NO_RUN}
    assert [one.directory for one in found[:2]] == ["import", "plan"]


def test_a_directory_that_may_not_be_read_has_its_row(unprivileged: Path) -> None:
    (unprivileged / "closed").mkdir(mode=0)
    (found,) = runs_in(unprivileged)
    assert (found.state, found.trouble) == (
        RunState.BROKEN,
        "it cannot be read: Permission denied (errno 13)",
    )
    with pytest.raises(UnreadableInputError, match="Permission denied"):
        runs_in(unprivileged / "closed")


def test_a_place_that_is_none_is_refused(root: Path) -> None:
    for name in ("nowhere", "import/lock"):
        with pytest.raises(MissingInputError, match="is no directory"):
            runs_in(root / name)
    with pytest.raises(MissingInputError, match="is a run directory itself"):
        runs_in(root / "import")
    (root / "empty").mkdir()
    assert runs_in(root / "empty") == []


async def test_a_journal_that_was_being_written_is_read_once_more(root: Path) -> None:
    (root / "import" / "journal.db").write_bytes(b"")
    with RunDirectoryLease.acquire(root / "import"):
        found = seen(root / "import")
    assert found.state is RunState.RUNNING
    assert "all of it was cut off" in found.trouble


def test_the_result_of_a_run_is_that_of_its_journal(root: Path) -> None:
    (root / "import" / "reconciliation.json").write_text("edited")
    assert result_of(root / "import").total_input == 3
    assert result_of(root / "plan").ready == 2


async def test_a_run_without_a_result_has_none_to_give(root: Path, tmp_path: Path) -> None:
    await (await unfinished(tmp_path / "open")).close()
    with pytest.raises(MissingInputError, match="has not finished"):
        result_of(tmp_path / "open")
    with pytest.raises(MissingInputError, match="no finished run"):
        result_of(tmp_path / "nowhere")
    (root / "plan" / "reconciliation.json").write_text("{}")
    with pytest.raises(UnreadableInputError, match="holds no result that this version can read"):
        result_of(root / "plan")
    (root / "import" / "journal.db").write_bytes(b"x" * 9000)
    with pytest.raises(ConfigurationError, match="it is no database"):
        result_of(root / "import")


def test_a_look_reads_no_more_of_a_long_journal_than_of_a_short_one(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    directory.mkdir()
    create(directory / "journal.db", RunStarted(IDENTITY))
    with closing(open_for_writing(directory / "journal.db")) as database:
        last = database.last()
        entries = []
        for number in range(300):
            rows = tuple(RowAttempt(row, 1) for row in range(1, 2_000))
            last = entry_after(last.sequence, last.checksum, Intended(f"c{number}", rows))
            entries.append(last)
        database.append(entries)
    began_s = time.process_time()
    for _ in range(50):
        assert seen(directory).state is RunState.STOPPED
    assert time.process_time() - began_s < 50 * 0.02
