"""After a resume the figures are those of all starts, and it is said how many there were."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fixtures.in_memory_import import IN_PLACE, TARGET

from cxone_async import ImportSettings, run_import
from cxone_async.commands.verify import figures_of, verify_run
from cxone_async.durable.checksums import digest_of
from cxone_async.errors import InterruptedRunError
from cxone_async.journal.starts import NOTE_EVERY_S
from cxone_async.report.reconciliation import StartsTaken
from cxone_async.runs.observers import RunObserver
from cxone_async.testing import InMemoryTenant

pytestmark = pytest.mark.virtual_time

ROWS = "".join(f"+1202555{n:04},p{n}@example.com,P{n},Q{n}\n" for n in range(100, 160))


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("phone,email,first_name,last_name\n" + ROWS)


class Watch(RunObserver):
    """Counts the requests of all starts; may stop one, or copy it as a kill leaves it."""

    def __init__(self):
        self.requests = 0
        self.stop_after, self.copy_after = 0, 0
        self.requests_when_copied = 0
        self._run: Any = None
        self._accepted = 0

    def run_started(self, event):
        self._run = event
        self._accepted = 0

    def request_made(self, _event):
        self.requests += 1

    def chunk_submitted(self, _event):
        self._accepted += 1
        if self._accepted == self.stop_after:
            self._run.stop(InterruptedRunError("stopped by the test"))
        if self._accepted == self.copy_after:
            shutil.copytree("run", "killed")
            self.requests_when_copied = self.requests


def text(name):
    return (Path("run") / name).read_text()


def write(name, content):
    (Path("run") / name).write_text(content)


async def import_(watch, tenant, run_dir="run", **changes):
    settings = ImportSettings(
        **(TARGET | {"quota": 60, "chunk_size": 10, "concurrency": 1, "run_dir": run_dir} | changes)
    )
    return (
        await run_import("in.csv", settings, tenant=tenant, environment=IN_PLACE, observers=[watch])
    ).reconciliation


async def stopped(watch, tenant, after):
    watch.stop_after = after
    with pytest.raises(InterruptedRunError):
        await import_(watch, tenant)
    watch.stop_after = 0


async def test_the_figures_of_a_resumed_run_are_those_of_all_its_starts():
    watch, tenant = Watch(), InMemoryTenant()
    alone = await import_(Watch(), InMemoryTenant(), "alone")
    await stopped(watch, tenant, 2)
    first = watch.requests
    await stopped(watch, tenant, 1)
    result = await import_(watch, tenant)
    assert result.starts == StartsTaken(count=3)
    assert result.requests == watch.requests > first > 0
    assert result.requests_by_kind["token"] == 3
    assert result.quota.chunks == alone.quota.chunks == 6
    assert result.duration_s > alone.duration_s * 0.8
    assert result.quota.efficiency == pytest.approx(alone.quota.efficiency, rel=0.5)
    assert verify_run(Path("run"), "in.csv").contradictions == ()
    assert f"{result.requests} requests; 3 starts" in figures_of(Path("run"))
    assert "3 starts" in text("report.html")
    assert json.loads(text("reconciliation.json"))["starts"]["count"] == 3


async def test_of_a_killed_start_what_it_used_last_is_missing_and_that_is_said():
    watch, tenant = Watch(), InMemoryTenant()
    watch.copy_after = 3
    await import_(watch, tenant)
    second = Watch()
    result = await import_(second, tenant, "killed")
    assert result.starts == StartsTaken(count=2, cut_short=1)
    assert result.requests_by_kind["token"] == 2
    missing = watch.requests_when_copied - (result.requests - second.requests)
    assert 0 <= missing <= NOTE_EVERY_S + 2  # at one request a second
    assert verify_run(Path("killed"), "in.csv").contradictions == ()
    assert "2 starts, 1 of them killed" in figures_of(Path("killed"))


async def test_a_finished_run_that_is_started_again_took_no_more_starts():
    watch, tenant = Watch(), InMemoryTenant()
    result = await import_(watch, tenant)
    assert result.starts == StartsTaken(count=1)
    journal = digest_of(Path("run/journal.db"), list)
    assert await import_(watch, tenant) == result
    assert digest_of(Path("run/journal.db"), list) == journal
    assert "start" not in figures_of(Path("run"))


async def test_verify_finds_figures_that_are_not_those_of_all_starts():
    watch, tenant = Watch(), InMemoryTenant()
    await stopped(watch, tenant, 2)
    await import_(watch, tenant)
    said = json.loads(text("reconciliation.json"))
    said["requests"] -= said["requests_by_kind"].pop("submit")
    said["starts"]["count"] = 1
    write("reconciliation.json", json.dumps(said))
    found = "\n".join(verify_run(Path("run"), "in.csv").contradictions)
    assert "the starts are not those of journal.db, 2" in found
    assert "reconciliation.json: 0 requests of kind submit, but the starts before the last" in found
