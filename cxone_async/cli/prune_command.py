"""`prune`: purges the runs in a directory that ended long ago."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cxone_async.cli.age import age_of
from cxone_async.cli.arguments import DryRun, Everything, Json, Unfinished
from cxone_async.cli.help_text import Command
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async prune /runs --older-than 30d --dry-run
cxone-async prune /runs --older-than 52w --all"""


@app.command("prune", cls=Command, epilog=EXAMPLES)
def prune_command(
    root: Annotated[
        Path,
        typer.Argument(
            metavar="ROOT", show_default=False, help="Directory that holds run directories."
        ),
    ],
    older_than: Annotated[
        str,
        typer.Option(
            metavar="AGE",
            show_default=False,
            help="How long ago a run ended that is purged: 12h, 30d, 4w.",
        ),
    ],
    everything: Everything = False,
    unfinished: Unfinished = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Purge the runs in a directory that ended long ago."""
    age = age_of("--older-than", older_than)
    from datetime import UTC, datetime

    from cxone_async.cli.prune_lines import prune_document, prune_lines
    from cxone_async.cli.run_table import terminal_width
    from cxone_async.logs import configure
    from cxone_async.runs.prune import prune

    end_if_signalled()
    configure()
    pruned = prune(
        root,
        age,
        datetime.now(UTC),
        unfinished=unfinished,
        everything=everything,
        dry_run=dry_run,
    )
    if json_document().is_wanted:
        json_document().write_result(prune_document(pruned), pruned.exit_code)
    else:
        typer.echo("\n".join(prune_lines(pruned, terminal_width())))
    raise typer.Exit(pruned.exit_code)
