"""`purge`: removes the personal data of a run, and keeps its figures."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cxone_async.cli.arguments import DryRun, Everything, Json, Unfinished
from cxone_async.cli.help_text import Command
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async purge tonight --dry-run
cxone-async purge /runs/2026-11-30"""


@app.command("purge", cls=Command, epilog=EXAMPLES)
def purge_command(
    run_dir: Annotated[
        Path,
        typer.Argument(metavar="RUN_DIR", show_default=False, help="Directory of a finished run."),
    ],
    everything: Everything = False,
    unfinished: Unfinished = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Remove the personal data of a run, and keep its figures."""
    from datetime import UTC, datetime

    from cxone_async.cli.purge_lines import purge_document, purge_lines
    from cxone_async.cli.run_table import terminal_width
    from cxone_async.logs import configure
    from cxone_async.runs.purge import exit_code_of, purge

    end_if_signalled()
    configure()
    purged = purge(
        run_dir, datetime.now(UTC), unfinished=unfinished, everything=everything, dry_run=dry_run
    )
    code = exit_code_of([purged])
    if json_document().is_wanted:
        json_document().write_result(purge_document(purged), code)
    else:
        typer.echo("\n".join(purge_lines(purged, terminal_width())))
    raise typer.Exit(code)
