"""`explain`: what became of a row of a finished run, and why."""

from typing import Annotated, Final

import typer

from cxone_async.cli.arguments import Json, RunDir
from cxone_async.cli.help_text import Command
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async explain tonight 4711
cxone-async explain tonight 4711 --show-values"""


@app.command("explain", cls=Command, epilog=EXAMPLES)
def explain_command(
    run_dir: RunDir,
    row: Annotated[
        int,
        typer.Argument(
            metavar="ROW", min=1, show_default=False, help="Number of the row, as in outcomes.csv."
        ),
    ],
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show phone numbers, emails and names unmasked.")
    ] = False,
    input_uri: Annotated[
        str | None,
        typer.Option(
            "--input", metavar="PATH", show_default=False, help="The input, if it has moved since."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show what a row held, each check, and why it ended so."""
    import asyncio

    from cxone_async.cli.explanation import explanation_document, show_row
    from cxone_async.cli.tables import console
    from cxone_async.commands.explain import explain_row
    from cxone_async.logs import configure

    end_if_signalled()
    configure()
    explained = asyncio.run(explain_row(run_dir, row, input_uri))
    if json_document().is_wanted:
        document = explanation_document(explained, masked=not show_values)
        json_document().write_result(document, 0)
    else:
        show_row(console(), explained, masked=not show_values)
