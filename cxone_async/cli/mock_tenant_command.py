"""`mock-tenant`: replaces this process with the stand-in tenant."""

import os
import sys
from typing import Final

import typer

MOCK_TENANT: Final = "cxone_async.mock_tenant"

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    "mock-tenant",
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    },
)
def mock_tenant_command(context: typer.Context) -> None:
    """Start a stand-in tenant on this machine. `mock-tenant --help` lists its options."""
    program = [sys.executable, "-P", "-m", MOCK_TENANT, *context.args]
    os.execv(sys.executable, program)  # noqa: S606  a separate program takes this one's place
