"""`compare`: what differs between two finished runs."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cxone_async.cli.arguments import Json
from cxone_async.cli.help_text import Command
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async compare last-night tonight
cxone-async compare plan tonight --json"""


@app.command("compare", cls=Command, epilog=EXAMPLES)
def compare_command(
    first: Annotated[
        Path,
        typer.Argument(metavar="RUN_DIR", show_default=False, help="Directory of a finished run."),
    ],
    second: Annotated[
        Path, typer.Argument(metavar="OTHER_RUN_DIR", show_default=False, help="That of another.")
    ],
    json: Json = False,
) -> None:
    """Tell what differs between two finished runs."""
    import msgspec

    from cxone_async.runs.difference import difference
    from cxone_async.runs.found_run import result_of

    end_if_signalled()
    found = difference(result_of(first), result_of(second))
    if json_document().is_wanted:
        json_document().write_result(
            {"is_same": found.is_none, **msgspec.to_builtins(found)}, exit_code=0
        )
    else:
        from cxone_async.cli.difference_table import difference_lines

        typer.echo("\n".join(difference_lines((str(first), str(second)), found)))
