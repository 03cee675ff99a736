"""Imports the packaged sample into a stand-in tenant, which runs only for that time."""

import asyncio
import os
import secrets
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from cxone_async.cli.attended_run import import_attended
from cxone_async.errors import TenantUnreachableError
from cxone_async.prepare.subprocesses import without_our_settings
from cxone_async.settings import ImportSettings

DEMO_TENANT: Final = "cxone_async.cli.demo_tenant"
QUOTA_PER_MINUTE: Final = 1200
TENANT_OPTIONS: Final = (
    *("--quota", str(QUOTA_PER_MINUTE), "--import-latency-s", "1.0"),
    *("--import-latency-sigma", "0.3", "--transient-share", "0.05", "--dnc-enabled"),
    *("--allowed-countries", "US,CA,GB,DE", "--seed", "7"),
)


async def import_sample(run_dir: Path | None) -> int:
    """Import the sample; return the exit code.

    Credentials in the environment play no part. Raises TenantUnreachableError when the
    stand-in tenant does not start, and whatever an import raises.
    """
    secret = secrets.token_urlsafe(16)
    tenant = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", DEMO_TENANT, *TENANT_OPTIONS],
        env={**without_our_settings(os.environ), "MOCK_TENANT_CLIENT_SECRET": secret},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert tenant.stdout is not None  # noqa: S101  asked for above
        announced = (await tenant.stdout.readline()).decode().split()
        if not announced:
            raise TenantUnreachableError("the stand-in tenant did not start")
        settings = ImportSettings(
            run_dir=run_dir,
            base_url=announced[-1],
            list_id="demo-list",
            campaign_id="demo-campaign",
            segment_id="demo-segment",
            client_id="demo-client",
            client_secret=secret,
            quota=QUOTA_PER_MINUTE,
        )
        with as_file(files("cxone_async") / "sample" / "contacts.csv") as sample:
            return await import_attended(str(sample), settings)
    finally:
        if tenant.returncode is None:
            tenant.terminate()
        await tenant.wait()
