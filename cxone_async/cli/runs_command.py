"""`runs`: a table of the run directories in a place."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cxone_async.cli.arguments import Json
from cxone_async.cli.help_text import Command
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled
from cxone_async.errors import UnreadableInputError

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async runs /runs
cxone-async runs . --json"""


@app.command("runs", cls=Command, epilog=EXAMPLES)
def runs_command(
    root: Annotated[
        Path,
        typer.Argument(
            metavar="ROOT", show_default=False, help="Directory that holds run directories."
        ),
    ],
    json: Json = False,
) -> None:
    """List the runs in a directory, and how each ended."""
    import msgspec

    from cxone_async.cli.run_table import run_table, terminal_width
    from cxone_async.runs.found_run import RunState, runs_in

    end_if_signalled()
    found = runs_in(root)
    is_trouble = any(one.trouble and one.state is not RunState.NO_RUN for one in found)
    code = UnreadableInputError.exit_code if is_trouble else 0
    if json_document().is_wanted:
        json_document().write_result({"runs": msgspec.to_builtins(found)}, code)
    else:
        typer.echo("\n".join(run_table(found, terminal_width())))
    raise typer.Exit(code)
