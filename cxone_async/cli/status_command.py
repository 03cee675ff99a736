"""`status`: how far a run is, or how it ended."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cxone_async.cli.arguments import Json
from cxone_async.cli.help_text import Command
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled
from cxone_async.errors import MissingInputError, UnreadableInputError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async status tonight
cxone-async status /runs/2026-11-30 --json"""


@app.command("status", cls=Command, epilog=EXAMPLES)
def status_command(
    run_dir: Annotated[
        Path,
        typer.Argument(
            metavar="RUN_DIR", show_default=False, help="Directory of a run, also of one that runs."
        ),
    ],
    json: Json = False,
) -> None:
    """Tell how far a run is, or how it ended."""
    import msgspec

    from cxone_async.cli.run_table import status_lines, terminal_width
    from cxone_async.durable.held_leases import HeldLeases
    from cxone_async.runs.found_run import RunState, look_at

    end_if_signalled()
    if not run_dir.is_dir():
        raise MissingInputError(f"no such run directory: {run_dir}")
    found = look_at(run_dir.absolute(), HeldLeases.read())
    if found.state is RunState.NO_RUN:
        raise MissingInputError(f"there is no run in {run_dir}: {found.trouble}")
    code = UnreadableInputError.exit_code if found.trouble else 0
    if json_document().is_wanted:
        json_document().write_result(msgspec.to_builtins(found), code)
    else:
        typer.echo("\n".join(status_lines(found, terminal_width())))
    raise typer.Exit(code)
