"""An import as Python calls it, and what a second start finds and does."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import msgspec
import pytest
import structlog
from fixtures.journal_events import events_in

from cxone_async.cli.summary import summary
from cxone_async.commands.environment import Environment
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.errors import ConfigurationError
from cxone_async.journal.events import JournalLossAccepted, RunFinished, RunStarted
from cxone_async.journal.starts import StartUsed
from cxone_async.journal.store import JOURNAL_NAME, SqliteJournal, begun_before
from cxone_async.matching.policy import MatchPolicy
from cxone_async.report.files import FACT_NAMES, FILE_NAMES, WORKBOOK
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing.preparation import InlinePreparation
from cxone_async.verification import verify

pytestmark = pytest.mark.slow

HEADER = "phone,email,first_name,last_name,country,dnc\n"
OF_EVERY_KIND = (
    "+12025550101,ada@example.com,Ada,Abbott,US,\n"
    "(202) 555-0101,ADA@Example.com,Ada,Abbott,US,\n"  # a duplicate
    "+12025550101,zed@example.com,Zed,Zorn,US,\n"  # resembles the first
    "12,short@example.com,S,Short,US,\n"  # invalid
    '+12025550102,"open@example.com,O,Open,US,\n'  # no record
    "+12025550103,no@example.com,N,Nolan,US,yes\n"  # suppressed
) + "".join(f"+1202555{n:04},p{n}@example.com,P{n},Q{n},US,\n" for n in range(200, 240))


class Start(msgspec.Struct):
    """How a start ended; `logged` without what the clock decides."""

    result: object
    printed: str
    logged: list
    requests: int
    prepared: int

    @property
    def events(self):
        return [line["event"] for line in self.logged]


@pytest.fixture(scope="module")
def start(start_tenant):
    """`start(csv, run_dir)`: import once, at a tenant that refuses some of the contacts."""

    def import_(csv, run_dir, *, secret=None, **changes):
        jobs = []

        def preparation(job):
            jobs.append(job)
            return InlinePreparation(job)

        settings = ImportSettings(
            base_url=tenant.base_url,
            list_id="demo-list",
            campaign_id="demo-campaign",
            segment_id="demo-segment",
            client_id="demo-client",
            client_secret=secret or tenant.secret,
            quota=0,
            chunk_size=5,
            run_dir=run_dir,
            **changes,
        )
        before = tenant.requests
        with structlog.testing.capture_logs() as logged:
            _, result = asyncio.run(
                run_import(csv, settings, environment=Environment(preparation=preparation))
            )
        printed = summary(result, Path("/runs/tonight"))
        return Start(result, printed, logged, tenant.requests - before, len(jobs))

    with start_tenant("--dnc-enabled", "--permanent-share", "0.2", "--seed", "3") as tenant:
        yield import_


@pytest.fixture(scope="module")
def first(start, tmp_path_factory):
    """The first start, its input and its run directory, which is not to be changed."""
    place = tmp_path_factory.mktemp("first")
    (place / "in.csv").write_text(HEADER + OF_EVERY_KIND)
    return start(place / "in.csv", place / "run"), place / "in.csv", place / "run"


@pytest.fixture
def found(first, tmp_path, monkeypatch):
    """A copy of the finished run's directory, as a second start finds it."""
    shutil.copytree(first[2], tmp_path / "run")
    monkeypatch.chdir(tmp_path / "run")
    return tmp_path / "run"


def contents(run_dir):
    return {name: (run_dir / name).read_bytes() for name in FILE_NAMES}


async def strip_digests(run_dir):
    """Make the journal what it was before the end of a run kept digests."""
    path = run_dir / JOURNAL_NAME
    started, *events, finished = events_in(path)
    assert isinstance(started, RunStarted)
    assert isinstance(finished, RunFinished)
    path.unlink()
    path.with_suffix(".head").unlink()
    older = await SqliteJournal.open(path, started.identity)
    for event in events:
        if isinstance(event, StartUsed):
            continue
        assert not isinstance(event, RunStarted | JournalLossAccepted | RunFinished)
        await older.record(event)
    await older.finish(RunFinished(finished.summary))
    await older.close()


def test_the_first_start_leaves_rows_of_every_kind_and_the_digests_of_its_files(first):
    ended, csv, run_dir = first
    result = ended.result
    assert ended.prepared == 1
    assert 0 not in (result.fuzzy_deduplicated, result.invalid, result.suppressed)
    assert 0 not in (result.failed_after_retries, result.segmented, result.possible_duplicates)
    begun = begun_before(run_dir / JOURNAL_NAME)
    assert begun is not None
    assert begun.finished is not None
    assert set(begun.finished.file_digests) == {*FILE_NAMES, WORKBOOK}
    assert verify(run_dir, csv) == ()


def test_a_finished_run_whose_files_are_intact_is_not_prepared_and_nobody_is_asked(
    start, first, found
):
    ended, csv, _ = first
    before = contents(found)
    again = start(csv, found, secret="one that the tenant refuses")
    assert (again.prepared, again.requests) == (0, 0)
    assert again.events == ["columns_read", "run_started", "files_intact", "run_finished"]
    assert again.logged[-1] == ended.logged[-1]
    assert (again.result, again.printed) == (ended.result, ended.printed)
    assert again.result.exit_code == 3
    assert contents(found) == before
    assert verify(found, csv) == ()


@pytest.mark.parametrize("name", FACT_NAMES)
def test_a_damaged_file_comes_back_byte_for_byte_and_what_was_there_is_kept(
    start, first, found, name, damage
):
    ended, csv, _ = first
    before = contents(found)
    damage(found / name)
    was = (found / name).lstat() if os.path.lexists(found / name) else None
    again = start(csv, found, secret="one that the tenant refuses")
    assert (again.prepared, again.requests) == (1, 0)
    said = ["edited_file_kept"] if was else []
    assert again.events == ["columns_read", "run_started", "files_changed", *said, "run_finished"]
    edited = (found / name).with_stem(f"{Path(name).stem}.edited-1")
    assert (edited.lstat().st_ino if was else None) == (was.st_ino if was else None)
    assert os.path.lexists(edited) == bool(was)
    assert again.logged[2]["files"] == [name]
    assert again.logged[-1] == ended.logged[-1]
    assert (again.result, again.printed) == (ended.result, ended.printed)
    assert contents(found) == before
    assert not any((found / name).is_symlink() for name in FILE_NAMES)
    assert verify(found, csv) == ()
    assert start(csv, found).prepared == 0


def test_a_report_that_was_damaged_is_drawn_again_and_nothing_is_prepared(
    start, first, found, damage
):
    _, csv, _ = first
    before = contents(found)
    damage(found / "report.html")
    again = start(csv, found)
    assert (again.prepared, again.requests) == (0, 0)
    assert contents(found) == before
    assert not (found / "report.html").is_symlink()


@pytest.mark.parametrize("name", ["outcomes.csv", "reconciliation.csv", "report.html"])
def test_a_directory_with_something_in_it_is_kept(start, first, found, name):
    _, csv, _ = first
    before = contents(found)
    (found / name).unlink()
    (found / name / "theirs").mkdir(parents=True)
    start(csv, found)
    assert contents(found) == before
    assert (found / name).with_stem(f"{Path(name).stem}.edited-1").joinpath("theirs").is_dir()


def test_a_run_from_before_digests_were_kept_is_prepared_again(start, first, found):
    ended, csv, _ = first
    before = contents(found)
    asyncio.run(strip_digests(found))
    for _ in range(2):
        again = start(csv, found)
        assert (again.prepared, again.requests) == (1, 0)
        assert again.events == ["columns_read", "run_started", "run_finished"]
        assert again.result == ended.result
        assert contents(found) == before


def test_what_a_second_start_may_not_change_is_refused_with_all_files_intact(
    start, first, found, tmp_path
):
    _, csv, _ = first
    other = tmp_path / "other.csv"
    other.write_text((HEADER + OF_EVERY_KIND).replace("zed@", "eve@"))
    assert other.stat().st_size == csv.stat().st_size
    (found / "report.html").unlink()
    with pytest.raises(ConfigurationError, match="another run: the input does not hold what"):
        start(other, found)
    with pytest.raises(ConfigurationError, match="another run: setting match was"):
        start(csv, found, match="off")
    assert not (found / "report.html").exists()


def test_a_deadline_does_not_stop_a_run_that_is_done(start, first, found):
    ended, csv, _ = first
    assert start(csv, found, deadline=1e-9).result == ended.result


@pytest.mark.parametrize(
    ("match", "numba_is_there"),
    [(MatchPolicy.ANY_FIELD, True), *((match, False) for match in MatchPolicy)],
)
def test_a_plan_and_an_import_say_that_the_extra_of_their_rule_is_missing(
    start, tmp_path, monkeypatch, match, numba_is_there
):
    (tmp_path / "in.csv").write_text(HEADER + OF_EVERY_KIND)
    if not numba_is_there:
        monkeypatch.setitem(sys.modules, "numba", None)
    with structlog.testing.capture_logs() as of_plan:
        settings = PlanSettings(match=match, run_dir=tmp_path / "plan")
        asyncio.run(run_plan(str(tmp_path / "in.csv"), settings))
    of_import = start(tmp_path / "in.csv", tmp_path / "import", match=match).logged
    is_told = match is MatchPolicy.ANY_FIELD and not numba_is_there
    for logged in (of_plan, of_import):
        told = [line for line in logged if line["event"] == "extra_missing"]
        assert [line["extra"] for line in told] == ["any-field"] * is_told
        assert all("pip install 'cxone_async[any-field]'" in line["what"] for line in told)
