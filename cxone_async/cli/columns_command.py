"""`columns`: shows what is understood of a file's columns, and writes a mapping template."""

from typing import Final

import typer

from cxone_async.cli.flags import with_settings
from cxone_async.cli.help_text import Command
from cxone_async.cli.process import end_if_signalled
from cxone_async.settings import ReadingSettings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async columns contacts.csv > contacts.toml
cxone-async columns contacts.xlsx --sheet Leads --skip-lines 2"""

_ABOUT_ROWS: Final = frozenset(
    {"threshold", "phone_check", "phone_country", "email_check", "suppress", "dnc", "name_order"}
)
"""Settings that have no say before the first row."""


@app.command("columns", cls=Command, epilog=EXAMPLES)
@with_settings(ReadingSettings, without=_ABOUT_ROWS)
def columns_command(csv: str, settings: ReadingSettings) -> int:
    """Print a mapping of a file's columns (TOML), to be corrected. Give it by --config."""
    import asyncio

    from rich.console import Console

    from cxone_async.cli.column_table import show_columns
    from cxone_async.commands.columns import columns_of

    end_if_signalled()
    found = asyncio.run(columns_of(csv, settings))
    console = Console(stderr=True)
    if found.understood is not None and console.is_terminal:
        show_columns(console, found.understood.understood, found.understood.samples)
    if found.refusal:
        typer.echo(f"cxone-async: an import would be refused: {found.refusal}", err=True)
    typer.echo(found.template, nl=False)
    return 0
