"""Whole imports, files and journal and all, with a dialect that the package does not know."""

import asyncio
import random
import shutil
import tempfile
from pathlib import Path

import pytest
from fixtures.bulk_file_dialect import BULK_FILE, NAME, refuse_some, times_taken
from pydantic import ValidationError

from cxone_async.commands.environment import Environment
from cxone_async.commands.import_contacts import run_import
from cxone_async.commands.plan import run_plan
from cxone_async.errors import ConfigurationError
from cxone_async.load.attempts import SubmitSemantics
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome
from cxone_async.settings import ImportSettings, PlanSettings
from cxone_async.tenant import registry
from cxone_async.testing import InMemoryTenant, answer_lost, no_connection, request_lost, throttled
from cxone_async.testing.preparation import InlinePreparation
from cxone_async.verification import verify

pytestmark = [pytest.mark.slow, pytest.mark.asyncio, pytest.mark.virtual_time]

ROWS = 1300
IN_PLACE = Environment(rng=random.Random(5), preparation=InlinePreparation)


@pytest.fixture
def csv(tmp_path, csv_of):
    path = tmp_path / "in.csv"
    path.write_bytes(csv_of(ROWS))
    return path


@pytest.fixture
def tenant(bulk_file_tenant, register_bulk_file):
    """A tenant whose dialect is in the registry."""
    tenant = bulk_file_tenant(refuse=refuse_some, latency_s=lambda draw: 900.0)
    register_bulk_file(tenant)
    return tenant


@pytest.fixture
def settings(tmp_path):
    def of(**changes):
        values = {
            "base_url": "http://127.0.0.1:9",
            "list_id": "list-1",
            "campaign_id": "campaign-1",
            "client_id": "me",
            "client_secret": "x",
            "dialect": NAME,
            "match": "exact",
            "quota": 0,
            "chunk_size": 500_000,
            "run_dir": tmp_path / "run",
        }
        return ImportSettings(**(values | changes))

    return of


async def test_a_whole_input_goes_out_as_one_file_and_the_run_verifies(csv, tenant, settings):
    run_directory, result = await run_import(csv, settings(), tenant=tenant, environment=IN_PLACE)
    assert [len(each.payloads) for each in tenant.submissions.values()] == [ROWS, ROWS // 10]
    assert (result.successfully_imported, result.failed_after_retries) == (1170, 130)
    assert (result.data_integrity_check, result.exit_code) == ("PASS", 3)
    assert set(times_taken(tenant).values()) == {1}
    assert result.requests == len(tenant.requests)
    assert verify(run_directory, csv) == ()
    rejects = (run_directory / "rejects.csv").read_text().splitlines()
    assert len(rejects) == 1 + 130
    assert all("tenant_invalid_phone" in line for line in rejects[1:])


async def test_a_name_is_enough_to_choose_the_dialect(csv, tenant, settings):
    _, result = await run_import(csv, settings(quota=600), environment=IN_PLACE)
    assert result.successfully_imported == 1170
    assert result.requests == len(tenant.requests)


async def test_a_second_start_of_the_finished_run_asks_nothing(csv, tenant, settings):
    first = await run_import(csv, settings(), tenant=tenant, environment=IN_PLACE)
    asked = len(tenant.requests)
    assert await run_import(csv, settings(), tenant=tenant, environment=IN_PLACE) == first
    assert len(tenant.requests) == asked
    (first.run_directory / "outcomes.csv").unlink()
    assert await run_import(csv, settings(), tenant=tenant, environment=IN_PLACE) == first
    assert len(tenant.requests) == asked
    assert verify(first.run_directory, csv) == ()


async def test_a_segment_is_refused_before_anything_is_sent(csv, tenant, settings):
    with pytest.raises(ConfigurationError, match="cannot add imported contacts") as refused:
        await run_import(csv, settings(segment_id="segment-1"), tenant=tenant, environment=IN_PLACE)
    assert refused.value.exit_code == 78
    assert tenant.requests == []


async def test_the_dialect_says_how_large_a_chunk_may_be(tenant, settings):
    assert settings(chunk_size=BULK_FILE.max_payloads).chunk_size == 500_000
    for dialect, most in (NAME, 500_000), (registry.DEFAULT, 500):
        with pytest.raises(ValidationError, match=f"from 1 to {most},"):
            settings(dialect=dialect, chunk_size=most + 1)


async def test_a_plan_forecasts_what_the_dialect_s_requests_come_to(csv, tenant, tmp_path):
    plan = PlanSettings(
        dialect=NAME, match=MatchPolicy.EXACT, chunk_size=1000, quota=60, run_dir=tmp_path / "plan"
    )
    _, result = await run_plan(csv, plan, environment=IN_PLACE)
    assert result.forecast is not None
    assert result.forecast.requests == (
        BULK_FILE.requests_before_rows + 2 * BULK_FILE.requests_per_submission
    )


async def test_a_run_goes_on_in_its_own_dialect_only(csv, tenant, settings):
    await run_import(csv, settings(), tenant=tenant, environment=IN_PLACE)
    other, asked = InMemoryTenant(), settings(dialect=registry.DEFAULT, chunk_size=500)
    with pytest.raises(
        ConfigurationError, match="setting dialect was 'bulk-file', is 'contact-lists'"
    ):
        await run_import(csv, asked, tenant=other, environment=IN_PLACE)
    assert other.requests == []


async def test_a_client_of_another_dialect_than_the_settings_name_is_refused(
    csv, tenant, settings, tmp_path
):
    with pytest.raises(ConfigurationError, match=r"'bulk-file'.*'contact-lists'"):
        await run_import(csv, settings(), tenant=InMemoryTenant(), environment=IN_PLACE)
    assert not (tmp_path / "run").exists()


def trouble(draw):
    """A tenant that gets one request in eight wrong, in some way."""

    def faults(request):
        if draw.random() > 1 / 8:
            return None
        return draw.choice([no_connection, request_lost, answer_lost, throttled])()

    return faults


class KeysForgotten(dict):
    """The submissions of a tenant that does not know a key when it comes again."""

    def get(self, key, default=None):
        return default

    def __setitem__(self, key, submission):
        """Keep each apart, so that the tenant takes its contacts once more."""
        super().__setitem__((key, len(self)), submission)


def outcomes_in(run_directory):
    lines = (run_directory / "outcomes.csv").read_text().splitlines()[1:]
    return {int(row): Outcome(outcome) for row, _, outcome, *_ in (x.split(",") for x in lines)}


async def killed(start, run_directory, draw):
    """Stop a start at some moment. Half of the time only what was on disk is left of it.

    Returns the start's result when it was quicker.
    """
    running = asyncio.create_task(start)
    await asyncio.sleep(draw.choice([0.0, 0.3, 30.0, 900.0, 2000.0]) * draw.random())
    for _ in range(draw.randrange(60)):
        await asyncio.sleep(0)
    if running.done():
        return running.result()
    left = run_directory.with_name("left")
    if is_sudden := run_directory.exists() and draw.random() < 0.5:
        shutil.copytree(run_directory, left, ignore=shutil.ignore_patterns("*-shm"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    if is_sudden:
        # Renamed, not removed: a thread that outlived the task may still write a file there.
        run_directory.rename(Path(tempfile.mkdtemp(dir=run_directory.parent)) / "dead")
        left.rename(run_directory)
    return None


@pytest.mark.parametrize("seed", range(30))
async def test_killed_at_any_moment_a_run_goes_on_and_nobody_is_taken_twice(
    tmp_path, csv_of, tenant, settings, seed
):
    draw, rows, run_directory = random.Random(seed), 60, tmp_path / "run"
    csv = tmp_path / "in.csv"
    csv.write_bytes(csv_of(rows))
    semantics = draw.choice(list(SubmitSemantics))
    if semantics is SubmitSemantics.AT_MOST_ONCE:
        tenant.submissions = KeysForgotten()
    tenant.seed, tenant.round_trip_s = seed, 0.2
    tenant.latency_s = lambda each: each.lognormvariate(5, 1)
    if draw.random() < 0.6:
        tenant.faults = trouble(draw)
    environment = Environment(rng=draw, preparation=InlinePreparation)

    def start():
        given = settings(
            chunk_size=draw.choice([7, 20, 1000]), concurrency=3, submit_semantics=semantics
        )
        return run_import(csv, given, tenant=tenant, environment=environment)

    result = None
    for _ in range(5):
        result = result or await killed(start(), run_directory, draw)
    tenant.faults = lambda request: None
    result = result or await start()

    taken, outcomes = times_taken(tenant), outcomes_in(run_directory)
    assert sorted(outcomes) == list(range(1, rows + 1))
    assert set(taken.values()) <= {1}
    for row, outcome in outcomes.items():
        on_list = taken[f"person{row - 1}@example.com"]
        if outcome is not Outcome.UNRESOLVED:
            assert on_list == (outcome is Outcome.IMPORTED)
    if semantics is SubmitSemantics.IDEMPOTENT:
        assert not result.reconciliation.unresolved
    assert verify(run_directory, csv) == ()


@pytest.mark.parametrize("changes", [{"external_id": "id"}, {"field": ["a=b"]}, {"field": "*"}])
async def test_further_fields_are_refused_where_the_dialect_takes_none(tenant, settings, changes):
    with pytest.raises(ValidationError, match=f"{NAME} takes no further fields"):
        settings(**changes)
