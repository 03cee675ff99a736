"""Import and plan as Python calls them: with a tenant and observers of the caller's."""

import asyncio
import logging
from typing import Any

import msgspec
import pytest

from cxone_async import ImportSettings, PlanSettings, RunObserver, run_import, run_plan
from cxone_async.commands.environment import Environment
from cxone_async.errors import InterruptedRunError, UnreadableInputError
from cxone_async.load.events import (
    BlockPrepared,
    ChunkSubmitted,
    ImportFinished,
    JournalCommitted,
)
from cxone_async.runs.observers import RunStarted
from cxone_async.tenant.events import Paused, RequestMade, Throttled
from cxone_async.tenant.port import RequestKind
from cxone_async.testing import InMemoryTenant, answer_lost, fault_plan, throttled
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.virtual_time

CONTENT = "phone,email,first_name,last_name\n" + "".join(
    f"+1202555{n:04},p{n}@example.com,P{n},Q{n}\n" for n in range(100, 112)
)
IN_PLACE = Environment(preparation=InlinePreparation)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(CONTENT)
    return path


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


HOOKS = [name for name in vars(RunObserver) if not name.startswith("_")]


class Events(RunObserver):
    """Keeps every event that it is told of."""

    def __init__(self):
        self.all: list[Any] = []
        for hook in HOOKS:
            setattr(self, hook, self.all.append)

    def of(self, kind):
        return [event for event in self.all if isinstance(event, kind)]


async def observed(csv, settings, tenant, *observers):
    """Import, and return the events and the result."""
    events = Events()
    _, result = await run_import(
        csv, settings, tenant=tenant, observers=[*observers, events], environment=IN_PLACE
    )
    return events, result


@pytest.mark.slow
@pytest.mark.virtual_time
@pytest.mark.parametrize("status", [429, 503])
async def test_observers_are_told_of_a_tenant_that_asks_for_fewer_requests(csv, tmp_path, status):
    tenant = InMemoryTenant(
        faults=fault_plan({(RequestKind.SUBMIT, 2): throttled(7.0, status=status)})
    )
    events, result = await observed(csv, import_settings(tmp_path), tenant)
    assert events.of(Throttled) == [Throttled("submit", status, 7.0)]
    (paused,) = events.of(Paused)
    assert paused.pause_s >= 7.0
    of_submits = [event.status for event in events.of(RequestMade) if event.kind == "submit"]
    assert sorted(of_submits) == [200, 200, 200, status]
    assert result.successfully_imported == 12


async def test_an_observer_that_raises_is_told_no_more_and_the_run_goes_on(csv, tmp_path, caplog):
    class Raises(RunObserver):
        calls = 0

        def block_prepared(self, event):
            self.calls += 1
            raise RuntimeError("of the caller's own")

        chunk_submitted = run_ended = block_prepared

    raises = Raises()
    events, result = await observed(csv, import_settings(tmp_path), InMemoryTenant(), raises)
    assert raises.calls == 1
    assert result.successfully_imported == 12
    assert len(events.of(ChunkSubmitted)) == 3
    assert "observer_failed" in caplog.text


def refuse(fields, attempt):
    """Refuse some for good and some for a while."""
    match fields.phone[-1]:
        case "3":
            return "INVALID_PHONE"
        case "7":
            return "BUSY" if attempt == 1 else None
    return None


async def test_what_the_finished_imports_tell_sums_up_to_the_reconciliation(csv, tmp_path):
    tenant = InMemoryTenant(refuse=refuse)
    tenant.edit_report = lambda report: (
        msgspec.structs.replace(report, results=report.results[1:])
        if report.results and report.import_id == "import-1"
        else report
    )
    events, result = await observed(csv, import_settings(tmp_path), tenant)
    finished = events.of(ImportFinished)
    assert (
        sum(event.imported_count for event in finished),
        sum(event.failed_count for event in finished),
        sum(event.unresolved_count for event in finished),
    ) == (result.successfully_imported, result.failed_after_retries, result.unresolved)
    assert 0 not in (result.successfully_imported, result.failed_after_retries, result.unresolved)
    sent = sum(event.contact_count for event in events.of(ChunkSubmitted))
    assert sent == sum(len(each.payloads) for each in tenant.submissions.values())


class Stops(RunObserver):
    """Stops the import when it is told of an event of a kind, as often as asked."""

    def __init__(self, kind, times):
        self.kind, self.times = kind, times
        self.stop: Any = None

    def run_started(self, event):
        self.stop = event.stop
        self.block_prepared(event)

    def block_prepared(self, event):
        if isinstance(event, self.kind):
            for _ in range(self.times):
                self.stop(InterruptedRunError("the user pressed stop"))

    import_finished = block_prepared


# A file that a thread opens just when the waiting task is cancelled is closed by its collection.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("kind", [RunStarted, BlockPrepared, ImportFinished])
async def test_an_import_that_an_observer_stops_raises_the_reason_and_can_go_on(
    csv, tmp_path, kind, times
):
    tenant = InMemoryTenant()
    with pytest.raises(InterruptedRunError, match="the user pressed stop"):
        await observed(csv, import_settings(tmp_path, concurrency=1), tenant, Stops(kind, times))
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()
    _, result = await observed(csv, import_settings(tmp_path), tenant)
    assert result.successfully_imported + result.unresolved == 12


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_import_that_its_caller_cancels_is_cancelled_even_if_an_observer_stops_it_too(
    csv, tmp_path
):
    class CancelsToo(Stops):
        def run_started(self, event):
            running.cancel()
            super().run_started(event)

    running = asyncio.create_task(
        observed(csv, import_settings(tmp_path), InMemoryTenant(), CancelsToo(RunStarted, 1))
    )
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_submission_without_an_answer_is_no_chunk_submitted(csv, tmp_path):
    tenant = InMemoryTenant(faults=fault_plan({(RequestKind.SUBMIT, 1): answer_lost()}))
    events, result = await observed(csv, import_settings(tmp_path), tenant)
    assert (len(events.of(ChunkSubmitted)), len(events.of(ImportFinished))) == (2, 2)
    assert result.unresolved == 5


async def test_each_chunk_is_told_of_in_the_order_in_which_it_happens(csv, tmp_path):
    tenant = InMemoryTenant(refuse=refuse)
    events, _ = await observed(csv, import_settings(tmp_path, concurrency=1), tenant)
    told = [
        event.kind if isinstance(event, RequestMade) else type(event).__name__
        for event in events.all
        if not isinstance(event, BlockPrepared | JournalCommitted)
    ]
    of_a_chunk = ["submit", "ChunkSubmitted", "poll", "ImportFinished"]
    assert told == [
        *("ColumnsRead", "token", "campaign", "RunStarted"),
        *of_a_chunk * len(tenant.submissions),
        "RunEnded",
    ]
    assert isinstance(events.all[4], BlockPrepared)
    submitted = [(event.chunk_id, event.import_id) for event in events.of(ChunkSubmitted)]
    finished = [(event.chunk_id, event.import_id) for event in events.of(ImportFinished)]
    assert submitted == finished
    assert {key for key, _ in submitted} == set(tenant.submissions)


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
    read, said = (record.getMessage() for record in caplog.records)
    assert read.startswith("event=columns_read used={'phone': ['phone'], ")
    assert said.startswith("event=run_finished integrity=PASS total_input=12")
    assert "example.com" not in said
