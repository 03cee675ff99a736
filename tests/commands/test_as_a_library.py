"""Import and plan as Python calls them: with a tenant and observers of the caller's."""

import logging
from typing import Any

import pytest
import structlog

from cxone_async import ImportSettings, PlanSettings, RunObserver, run_import, run_plan
from cxone_async.commands.environment import Environment
from cxone_async.errors import UnreadableInputError
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

CONTENT = "phone,email,first_name,last_name\n" + "".join(
    f"+1202555{n:04},p{n}@example.com,P{n},Q{n}\n" for n in range(100, 112)
)
IN_PLACE = Environment(preparation=InlinePreparation)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(CONTENT)
    return path


@pytest.fixture(autouse=True)
def _unconfigured():
    structlog.reset_defaults()


def import_settings(tmp_path, **changes):
    return ImportSettings(
        base_url="http://127.0.0.1:9",
        list_id="list-1",
        campaign_id="campaign-1",
        client_id="me",
        client_secret="x",
        quota=0,
        chunk_size=5,
        run_dir=tmp_path / "run",
        **changes,
    )


class Notes(RunObserver):
    """Writes down the hooks that are called, repeats left out."""

    def __init__(self):
        self.hooks: list[str] = []
        self.started: Any = None
        self.ended: Any = None

    def _note(self, hook):
        if hook not in self.hooks:
            self.hooks.append(hook)

    def run_started(self, event):
        self.started = event
        self._note("run_started")

    def block_prepared(self, event):
        self._note("block_prepared")

    def chunk_submitted(self, event):
        self._note("chunk_submitted")

    def import_finished(self, event):
        self._note("import_finished")

    def request_made(self, event):
        self._note("request_made")

    def run_ended(self, event):
        self.ended = event
        self._note("run_ended")


async def test_the_in_memory_tenant_can_be_imported_into(csv, tmp_path):
    tenant = InMemoryTenant()
    run_directory, result = await run_import(
        csv, import_settings(tmp_path, segment_id="segment-1"), tenant=tenant, environment=IN_PLACE
    )
    assert (result.successfully_imported, result.segmented, result.exit_code) == (12, 12, 0)
    assert len(tenant.accepted) == 12
    assert run_directory == tmp_path / "run"
    assert (run_directory / "reconciliation.csv").exists()
    assert result.requests == len(tenant.requests)


async def test_an_import_tells_its_observers_everything_in_order(csv, tmp_path):
    notes = Notes()
    _, result = await run_import(
        csv,
        import_settings(tmp_path),
        tenant=InMemoryTenant(),
        observers=[notes],
        environment=IN_PLACE,
    )
    assert notes.hooks[-1] == "run_ended"
    assert set(notes.hooks) == {
        "request_made",
        "run_started",
        "block_prepared",
        "chunk_submitted",
        "import_finished",
        "run_ended",
    }
    assert notes.hooks.index("block_prepared") < notes.hooks.index("chunk_submitted")
    assert notes.ended.result == result
    assert notes.started.counters.imported == 12


async def test_a_plan_tells_the_same_hooks(csv, tmp_path):
    notes = Notes()
    settings = PlanSettings(run_dir=tmp_path / "plan")
    _, result = await run_plan(csv, settings, observers=[notes], environment=IN_PLACE)
    assert notes.hooks == ["run_started", "block_prepared", "run_ended"]
    assert (notes.started.command, notes.ended.result) == ("plan", result)
    assert result.ready == 12


async def test_observers_are_told_of_the_end_when_the_run_fails(tmp_path):
    (tmp_path / "in.csv").write_text("name\nx\n")
    notes = Notes()
    with pytest.raises(UnreadableInputError):
        await run_plan(tmp_path / "in.csv", PlanSettings(run_dir=tmp_path), observers=[notes])
    assert (notes.hooks, notes.ended.result) == (["run_ended"], None)


async def test_nothing_is_printed_unless_the_caller_has_configured_logging(csv, tmp_path, capfd):
    tenant = InMemoryTenant()
    await run_import(csv, import_settings(tmp_path), tenant=tenant, environment=IN_PLACE)
    await run_plan(csv, PlanSettings(run_dir=tmp_path / "plan"), environment=IN_PLACE)
    assert capfd.readouterr() == ("", "")


async def test_a_caller_who_has_configured_logging_gets_the_events(csv, tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="cxone_async")
    await run_plan(csv, PlanSettings(run_dir=tmp_path / "plan"), environment=IN_PLACE)
    (said,) = (record.getMessage() for record in caplog.records)
    assert said.startswith("event=run_finished integrity=PASS total_input=12")
    assert "example.com" not in said
