"""What a run logs: who it is, what it was started with, how it ended; all of it documented."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cxone_async import ImportSettings, PlanSettings, run_import, run_plan
from cxone_async.commands.changed_settings import changed_settings
from cxone_async.commands.environment import Environment
from cxone_async.errors import AmbiguousError, InterruptedRunError
from cxone_async.logs import configure
from cxone_async.runs.observers import RunObserver
from cxone_async.tenant.port import RequestKind
from cxone_async.testing import InMemoryTenant, answer_lost, fault_plan
from cxone_async.testing.faults import Fault
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.virtual_time

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "log-events.schema.json").read_text(encoding="utf-8")
)
IN_PLACE = Environment(preparation=InlinePreparation)
TARGET: dict[str, Any] = {
    "base_url": "http://127.0.0.1:9",
    "list_id": "list-1",
    "campaign_id": "campaign-1",
    "client_id": "the-client",
    "client_secret": "the-secret",
}


class Stopping(RunObserver):
    """Stops the run as soon as it begins."""

    def run_started(self, event):
        assert event.stop is not None
        event.stop(InterruptedRunError("stopped by SIGTERM"))


@pytest.fixture
def logged():
    stream = io.StringIO()
    configure(json=True, level="debug", stream=stream)

    def lines() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in stream.getvalue().splitlines()]
        for line in found:
            jsonschema.validate(line, SCHEMA)
        stream.seek(0)
        stream.truncate()
        return found

    return lines


@pytest.fixture
def nightly(tmp_path):
    path = tmp_path / "nightly.csv"
    path.write_text(
        "phone,email,first_name,last_name\n"
        + "".join(f"+1202555{n:04},p{n}@example.com,P{n},Q{n}\n" for n in range(100, 130))
    )
    return path


def settings(tmp_path, **changes):
    return ImportSettings(**(TARGET | {"run_dir": tmp_path / "run", "quota": 0, **changes}))


async def test_every_line_of_an_import_and_of_its_resumption_names_the_same_run(
    nightly, tmp_path, logged
):
    tenant = InMemoryTenant()
    with pytest.raises(InterruptedRunError):
        await run_import(
            nightly,
            settings(tmp_path),
            tenant=tenant,
            environment=IN_PLACE,
            observers=[Stopping()],
        )
    first = logged()
    _, result = await run_import(nightly, settings(tmp_path), tenant=tenant, environment=IN_PLACE)
    second = logged()
    assert {line["run_id"] for line in first + second} == {result.run.run_id}
    assert {line["input_name"] for line in first + second} == {"nightly.csv"}
    assert [line["resumed"] for line in first + second if line["event"] == "run_started"] == [
        False,
        True,
    ]
    assert second[-1]["event"] == "run_finished"


async def test_the_start_says_where_the_contacts_go_and_what_differs_from_the_defaults(
    nightly, tmp_path, logged
):
    run = settings(
        tmp_path,
        chunk_size=7,
        match="exact",
        field=("origin:=hush-hush", "city=City"),
    )
    nightly.write_text(nightly.read_text().replace("last_name", "City"))
    await run_import(nightly, run, tenant=InMemoryTenant(), environment=IN_PLACE)
    (started,) = [line for line in logged() if line["event"] == "run_started"]
    assert (started["tenant"], started["list_id"], started["campaign_id"]) == (
        "http://127.0.0.1:9",
        "list-1",
        "campaign-1",
    )
    assert started["settings"] == {
        "chunk_size": 7,
        "field": ["city=City", "origin:=..."],
        "match": "exact",
        "quota": 0,
        "run_dir": str(tmp_path / "run"),
    }
    assert "the-secret" not in json.dumps(started)
    assert "the-client" not in json.dumps(started)


def test_settings_are_shown_in_a_line_of_bounded_length(tmp_path):
    run = settings(tmp_path, ignore_column=[f"c{n}" for n in range(99)])
    shown = changed_settings(run)["ignore_column"]
    assert isinstance(shown, list)
    assert len(shown) == 51
    assert shown[-1] == "and 49 more"


@pytest.mark.parametrize(("lost", "code"), [(0, 0), (1, 3)])
async def test_the_end_says_the_exit_code(nightly, tmp_path, logged, lost, code):
    faults = fault_plan({(RequestKind.SUBMIT, n): answer_lost() for n in range(1, 1 + lost)})
    tenant = InMemoryTenant(faults=faults)
    await run_import(
        nightly, settings(tmp_path, chunk_size=10), tenant=tenant, environment=IN_PLACE
    )
    (ended,) = [line for line in logged() if line["event"] == "run_finished"]
    assert ended["exit_code"] == code


async def test_a_failing_tenant_is_told_with_the_reason_from_the_first_line_on(
    nightly, tmp_path, logged
):
    bad_gateway = Fault(lambda: AmbiguousError("planned: bad gateway", status=502))
    faults = fault_plan({(RequestKind.SUBMIT, n): bad_gateway for n in range(1, 14)})
    tenant = InMemoryTenant(faults=faults)
    await run_import(nightly, settings(tmp_path, chunk_size=2), tenant=tenant, environment=IN_PLACE)
    failing = [line for line in logged() if line["event"] == "tenant_failing"]
    assert failing
    assert {(line["kind"], line["status"], line["what"]) for line in failing} == {
        ("submit", 502, "planned: bad gateway")
    }


async def test_lines_of_a_plan_name_its_input(nightly, tmp_path, logged):
    await run_plan(nightly, PlanSettings(run_dir=tmp_path / "plan"), environment=IN_PLACE)
    assert {(line["run_id"], line["input_name"]) for line in logged()} == {("", "nightly.csv")}


async def test_at_debug_each_request_is_a_line_without_address_or_contents(
    nightly, tmp_path, logged
):
    tenant = InMemoryTenant()
    _, result = await run_import(nightly, settings(tmp_path), tenant=tenant, environment=IN_PLACE)
    made = [line for line in logged() if line["event"] == "request_made"]
    assert {line["level"] for line in made} == {"debug"}
    kinds = [line["kind"] for line in made]
    assert {kind: kinds.count(kind) for kind in result.requests_by_kind} == result.requests_by_kind
    assert all(line["status"] == 200 and line["duration_s"] >= 0 for line in made)
    names = {"run_id", "version", "input_name", "event", "level", "timestamp"}
    assert {frozenset(line) - names for line in made} == {
        frozenset({"kind", "status", "duration_s", "sent_bytes", "received_bytes"})
    }


async def test_at_info_no_request_is_a_line(nightly, tmp_path):
    stream = io.StringIO()
    configure(json=True, level="info", stream=stream)
    await run_import(nightly, settings(tmp_path), tenant=InMemoryTenant(), environment=IN_PLACE)
    events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert "run_finished" in events
    assert "request_made" not in events
