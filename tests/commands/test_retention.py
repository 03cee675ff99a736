"""`--retention-days`: older runs go when a run has ended, and never change how it ended."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fixtures.in_memory_import import TARGET

from cxone_async.commands.environment import Environment
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.durable.held_leases import HeldLeases
from cxone_async.errors import InterruptedRunError
from cxone_async.load.events import BlockPrepared
from cxone_async.logs import configure
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.runs.found_run import RunState, look_at, runs_in
from cxone_async.runs.observers import OlderRunsPurged, RunObserver, RunStarted
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

ROWS = (
    "phone,email,first_name,last_name,country\n"
    "+12025550101,zqa@example.com,Zqfirst,Zqlast,US\n"
    "+12025550102,zqb@example.com,Zqother,Zqlast,US\n"
)
DAY_S = 86_400
FIRST_S = datetime(2026, 9, 1, 2, tzinfo=UTC).timestamp()


class Told(RunObserver):
    def __init__(self) -> None:
        self.events: list[OlderRunsPurged] = []

    def older_runs_purged(self, event: OlderRunsPurged) -> None:
        self.events.append(event)


class Stops(RunObserver):
    """Stops an import as a signal would, once its rows have been prepared."""

    def run_started(self, event: RunStarted) -> None:
        self._stop = event.stop

    def block_prepared(self, event: BlockPrepared) -> None:
        assert self._stop is not None
        self._stop(InterruptedRunError("stopped"))
        self._stop(InterruptedRunError("stopped"))


class Nights:
    """Runs in one place, each on a day of its own."""

    def __init__(self, tmp_path: Path) -> None:
        self.place = tmp_path / "runs"
        self.csv = tmp_path / "leads.csv"
        self.csv.write_text(ROWS)
        self.told = Told()

    async def night(
        self, name: str, day: int, *watching: RunObserver, refuses: bool = False, **more: Any
    ) -> Reconciliation:
        tenant = InMemoryTenant(refuse=lambda *_: "INVALID_PHONE" if refuses else None)
        settings = ImportSettings(**(TARGET | {"run_dir": self.place / name} | more))
        _, result = await run_import(
            self.csv, settings, tenant=tenant, observers=(self.told, *watching),
            environment=self._on(day),
        )  # fmt: skip
        return result

    async def plan(self, name: str, day: int, **more: Any) -> Reconciliation:
        settings = PlanSettings(run_dir=self.place / name, **more)
        _, result = await run_plan(
            self.csv, settings, observers=[self.told], environment=self._on(day)
        )
        return result

    def states(self) -> dict[str, RunState]:
        return {one.directory: one.state for one in runs_in(self.place)}

    def _on(self, day: int) -> Environment:
        return Environment(
            preparation=InlinePreparation, wall_clock_s=lambda: FIRST_S + day * DAY_S
        )


@pytest.fixture
def logged():
    stream = io.StringIO()
    configure(json=True, level="info", stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


async def test_nothing_goes_unless_it_is_set(nights: Nights) -> None:
    await nights.night("first", 0)
    await nights.night("later", 400)
    assert set(nights.states().values()) == {RunState.FINISHED}
    assert nights.told.events == []


@pytest.mark.parametrize("refuses", [False, True])
async def test_older_runs_go_after_a_run_that_finished_whatever_its_exit_code(
    nights: Nights, refuses: bool, logged
) -> None:
    await nights.night("first", 0)
    await nights.plan("planned", 1)
    await nights.night("second", 29)
    result = await nights.night(
        "third", 31 + 1, refuses=refuses, retention_days=30, max_failure_rate=1
    )
    assert result.exit_code == (3 if refuses else 0)
    assert nights.states() == {
        "first": RunState.PURGED, "planned": RunState.PURGED, "second": RunState.FINISHED,
        "third": RunState.FINISHED,
    }  # fmt: skip
    (event,) = nights.told.events
    assert event.pruned is not None
    lines = logged()
    (line,) = [one for one in lines if one["event"] == "older_runs_purged"]
    assert (line["level"], line["runs"], line["run_id"]) == ("info", 2, result.run.run_id)
    assert line["removed_bytes"] == event.pruned.removed_bytes > 0
    assert lines[-1]["event"] == "run_finished"


async def test_a_plan_does_it_too(nights: Nights) -> None:
    await nights.night("first", 0)
    await nights.plan("planned", 8, retention_days=7)
    assert nights.states()["first"] is RunState.PURGED


async def test_what_has_not_finished_stays(nights: Nights) -> None:
    with pytest.raises(InterruptedRunError):
        await nights.night("stopped", 0, Stops())
    await nights.night("later", 400, retention_days=1)
    assert nights.states() == {"stopped": RunState.STOPPED, "later": RunState.FINISHED}


async def test_a_run_that_was_stopped_purges_nothing(nights: Nights) -> None:
    await nights.night("first", 0)
    with pytest.raises(InterruptedRunError):
        await nights.night("stopped", 400, Stops(), retention_days=1)
    assert nights.states()["first"] is RunState.FINISHED


async def test_an_old_run_that_is_started_again_spares_itself_also_through_a_link(
    nights: Nights,
) -> None:
    await nights.night("first", 0)
    await nights.night("first", 400, retention_days=1)
    (nights.place.parent / "link").symlink_to(nights.place)
    await nights.night("../link/first", 400, retention_days=1)
    assert nights.states() == {"first": RunState.FINISHED}
    assert len(nights.told.events) == 2


async def test_a_clock_that_was_set_back_purges_nothing(nights: Nights) -> None:
    await nights.night("first", 40)
    await nights.night("set back", 0, retention_days=1)
    assert nights.states()["first"] is RunState.FINISHED


async def test_what_cannot_be_purged_is_said_and_changes_nothing_of_the_run(
    nights: Nights, logged
) -> None:
    await nights.night("first", 0)
    (nights.place / "first" / "notes.txt").write_text("zq")
    await nights.plan("odd", 0)
    path = nights.place / "odd" / "reconciliation.json"
    path.write_text(path.read_text().replace("2026-09-01T", "1970-01-01T"))
    result = await nights.night("second", 400, retention_days=30)
    assert result.exit_code == 0
    (line,) = [one for one in logged() if one["event"] == "older_runs_purged"]
    assert (line["level"], line["not_purged"], line["left_alone"]) == (
        "warning", ["odd"], ["first"],
    )  # fmt: skip


async def test_a_place_that_cannot_be_looked_through_is_said_and_changes_nothing(
    nights: Nights, logged
) -> None:
    await nights.night("first", 0)
    result = await nights.night("first/inner", 400, retention_days=30)
    assert result.exit_code == 0
    found = look_at(nights.place / "first" / "inner", HeldLeases.read())
    assert (found.state, found.exit_code) == (RunState.FINISHED, 0)
    (line,) = [one for one in logged() if one["event"] == "older_runs_not_purged"]
    assert (line["level"], line["error_type"]) == ("warning", "MissingInputError")
    assert nights.told.events == [OlderRunsPurged(None, "MissingInputError")]
