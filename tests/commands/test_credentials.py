"""Credentials that change while a run goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from cxone_async import ImportSettings, run_import
from cxone_async.commands.environment import Environment
from cxone_async.errors import AccessRefusedError, ConfigurationError
from cxone_async.mock_tenant import ServingTenant, TenantOptions, serving
from cxone_async.testing.preparation import InlinePreparation

pytestmark = pytest.mark.virtual_time

TENANT = TenantOptions(
    client_id="old-id", client_secret="old-secret", token_lifetime_s=100, import_latency_s=90
)
Change = Callable[[ServingTenant], Coroutine[None, None, None]]


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    (tmp_path / "id").write_text("old-id\n")
    (tmp_path / "secret").write_text("old-secret\n")
    (tmp_path / "secret").chmod(0o600)
    rows = "".join(f"+1{200 + n}5550100,person{n}@example.com\n" for n in range(40))
    (tmp_path / "in.csv").write_text("phone,email\n" + rows)
    return tmp_path


async def _run(place: Path, change: Change) -> Any:
    """The reconciliation, what was logged, and the tenant's statistics."""
    async with serving(TENANT) as tenant:
        settings = ImportSettings(
            base_url=tenant.base_url,
            list_id="demo-list",
            campaign_id="demo-campaign",
            client_id_file=place / "id",
            client_secret_file=place / "secret",
            quota=0,
            chunk_size=1,
            concurrency=4,
            run_dir=place / "run",
        )
        changing = asyncio.create_task(change(tenant))
        with structlog.testing.capture_logs() as logged:
            _, result = await run_import(
                place / "in.csv", settings, environment=Environment(preparation=InlinePreparation)
            )
        await changing
        return result, logged, tenant.state.statistics()


def _accept(tenant: ServingTenant, client_id: str, secret: str) -> None:
    tenant.state.options = replace(tenant.state.options, client_id=client_id, client_secret=secret)


async def test_a_rotation_in_mid_run_goes_through(credentials: Path) -> None:
    async def rotate(tenant: ServingTenant) -> None:
        await asyncio.sleep(120)
        (credentials / "id").write_text("new-id")
        (credentials / "secret").write_text("new-secret")
        _accept(tenant, "new-id", "new-secret")

    result, logged, statistics = await _run(credentials, rotate)
    assert (result.successfully_imported, result.data_integrity_check) == (40, "PASS")
    assert statistics.contacts_accepted == 40
    assert statistics.requests.by_kind_and_status["token"].keys() == {"200"}
    assert statistics.tokens_issued >= 5
    assert {line["log_level"] for line in logged} <= {"debug", "info"}


async def test_a_file_that_is_gone_for_a_while_does_not_stop_the_run(credentials: Path) -> None:
    async def remove(_: ServingTenant) -> None:
        await asyncio.sleep(120)
        (credentials / "secret").unlink()
        await asyncio.sleep(120)
        (credentials / "secret").write_text("old-secret")

    result, logged, _ = await _run(credentials, remove)
    assert result.successfully_imported == 40
    said = [line for line in logged if line["event"] == "credentials_not_read_again"]
    assert said
    assert "does not exist" in said[0]["message"]


async def test_a_secret_that_was_revoked_without_a_new_one_ends_the_run(credentials: Path) -> None:
    async def revoke(tenant: ServingTenant) -> None:
        await asyncio.sleep(120)
        _accept(tenant, "old-id", "another")

    with pytest.raises(AccessRefusedError, match="the client id or the client secret is refused"):
        await _run(credentials, revoke)


async def test_an_authority_that_cannot_be_read_is_refused_before_anything_is_done(
    credentials: Path,
) -> None:
    settings = ImportSettings(
        tenant="acme",
        list_id="demo-list",
        campaign_id="demo-campaign",
        client_id_file=credentials / "id",
        client_secret_file=credentials / "secret",
        run_dir=credentials / "run",
        ca_file=credentials / "gone.pem",
    )
    with pytest.raises(ConfigurationError, match=r"CA file .*gone\.pem does not exist"):
        await run_import(credentials / "in.csv", settings)
    assert not (credentials / "run").exists()
