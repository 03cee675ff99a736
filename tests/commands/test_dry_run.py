"""`import --dry-run`: a plan by the campaign's own rules, for a token and one look-up."""

import pytest

from cxone_async import ImportSettings, PlanSettings, run_import, run_plan
from cxone_async.commands.environment import Environment
from cxone_async.errors import AccessRefusedError, ConfigurationError, UnreadableInputError
from cxone_async.tenant.port import Campaign, RequestKind
from cxone_async.testing import InMemoryTenant
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.virtual_time

ROWS = """phone,email,first_name,last_name,country,dnc
+12025550101,ada@example.com,Ada,Abbott,US,
+441632960001,bob@example.com,Bob,Brown,GB,
+12025550103,cyd@example.com,Cyd,Clay,US,yes
+12025550104,,Dan,Dorn,US,
"""
STRICT = Campaign("campaign-1", frozenset({"US"}), True, frozenset({"phone"}))
IN_PLACE = Environment(preparation=InlinePreparation)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(ROWS)
    return path


def settings(tmp_path, **changes):
    named = {"run_dir": tmp_path / "run", "dry_run": True, **changes}
    return ImportSettings(
        base_url="http://127.0.0.1:9",
        list_id="list-1",
        campaign_id="campaign-1",
        client_id="me",
        client_secret="x",
        quota=0,
        **named,
    )


async def test_rows_are_judged_by_the_campaigns_own_rules_and_none_is_sent(csv, tmp_path):
    tenant = InMemoryTenant(campaigns=[STRICT])
    directory, result = await run_import(
        csv, settings(tmp_path, segment_id="segment-1"), tenant=tenant, environment=IN_PLACE
    )
    assert (result.ready, result.invalid, result.suppressed, result.exit_code) == (2, 1, 1, 0)
    assert [one.kind for one in tenant.requests] == [RequestKind.TOKEN, RequestKind.CAMPAIGN]
    assert not tenant.accepted
    asked = {kind: count for kind, count in result.requests_by_kind.items() if count}
    assert (asked, result.requests) == ({"token": 1, "campaign": 1}, 2)
    run = result.run
    assert (run.command, run.list_id, run.campaign_id) == ("plan", "list-1", "campaign-1")
    assert run.settings["campaign allowed_countries"] == "US"
    assert not (directory / "journal.db").exists()


async def test_the_import_that_follows_goes_by_the_same_rules_in_the_same_directory(csv, tmp_path):
    tenant = InMemoryTenant(campaigns=[STRICT])
    _, planned = await run_import(csv, settings(tmp_path), tenant=tenant, environment=IN_PLACE)
    _, result = await run_import(
        csv, settings(tmp_path, dry_run=False), tenant=tenant, environment=IN_PLACE
    )
    assert result.successfully_imported == planned.ready == 2
    assert (result.invalid, result.suppressed) == (planned.invalid, planned.suppressed)
    with pytest.raises(ConfigurationError, match="holds an import"):
        await run_import(csv, settings(tmp_path), tenant=tenant, environment=IN_PLACE)


async def test_a_dry_run_has_a_directory_of_its_own(csv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    directories = {
        (await run_plan(csv, PlanSettings(), environment=IN_PLACE)).run_directory,
        *[
            (
                await run_import(
                    csv, settings(tmp_path, run_dir=None, dry_run=dry), tenant=InMemoryTenant(),
                    environment=IN_PLACE,
                )
            ).run_directory
            for dry in (True, False)
        ],
    }  # fmt: skip
    assert len(directories) == 3


async def test_what_cannot_be_read_asks_the_tenant_nothing(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("name,city\nAda,Paris\n")
    tenant = InMemoryTenant()
    with pytest.raises(UnreadableInputError):
        await run_import(path, settings(tmp_path), tenant=tenant, environment=IN_PLACE)
    assert not tenant.requests


async def test_a_campaign_or_a_scope_that_is_not_there_is_found_out(csv, tmp_path):
    unknown = InMemoryTenant(campaigns=[])
    with pytest.raises(ConfigurationError, match="no campaign 'campaign-1'"):
        await run_import(csv, settings(tmp_path), tenant=unknown, environment=IN_PLACE)
    closed = InMemoryTenant(scopes=frozenset({"campaign:read"}))
    with pytest.raises(AccessRefusedError, match="import:write"):
        await run_import(csv, settings(tmp_path), tenant=closed, environment=IN_PLACE)
